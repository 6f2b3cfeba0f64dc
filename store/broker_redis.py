"""The broker between processes, on Redis pub/sub. Without Redis, events still reach listeners in the same process."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from store.broker import BrokerCounts, Event, LocalBroker, Mailbox

PAUSE_S_FIRST = 0.2
PAUSE_S_MAX = 5.0
CONNECT_S_MAX = 1.0
ANSWER_S_MAX = 1.0
HEALTH_S = 5
"""After this silence a connection is pinged. A hanging connection is closed when a message cannot be sent."""
MESSAGE_BYTES_MAX = 65_536


class _Message(msgspec.Struct, array_like=True, frozen=True):
    """An event with the process that published it."""

    origin: str
    topic: str
    key: str
    payload: bytes


_decoder = msgspec.msgpack.Decoder(_Message)


@dataclass(slots=True)
class RedisBroker:
    """The broker of all processes that share a Redis and a secret. Events wait for Redis until newer ones come."""

    url: str
    secret: bytes
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    connected: Callable[[bool], None] = lambda _: None
    local: LocalBroker = field(default_factory=LocalBroker)
    origin: str = field(default_factory=lambda: os.urandom(8).hex())
    _leaving: Mailbox = field(init=False)
    _pause_s: float = PAUSE_S_FIRST

    def __post_init__(self) -> None:
        self._leaving = Mailbox(self.local.counts)

    @property
    def counts(self) -> BrokerCounts:
        return self.local.counts

    @property
    def channel(self) -> str:
        """The Redis channel. It depends on the secret, so that other hubs on the same Redis are not heard."""
        return f"simpul:events:{hmac.new(self.secret, b'events 1', hashlib.sha256).hexdigest()[:24]}"

    def publish(self, event: Event) -> None:
        self.local.publish(event)
        self._leaving.put(event)

    def listening(self, topic: str) -> AbstractContextManager[Mailbox]:
        return self.local.listening(topic)

    async def run(self) -> None:
        """Send and receive until cancelled; reconnect with exponential backoff."""
        while True:
            client = Redis.from_url(
                self.url,
                socket_connect_timeout=CONNECT_S_MAX,
                # The client's own timeouts use asyncio.wait_for, which can lose a cancellation before Python 3.12, so
                # that the hub would never stop. asyncio.timeout bounds the waits here.
                socket_timeout=None,
                health_check_interval=HEALTH_S,
                # This loop reconnects; the client must not.
                retry=Retry(NoBackoff(), 0),
            )
            is_connected = False
            # Garbage raises all kinds of errors in the client library. Each of them means: connect again.
            with suppress(Exception):
                async with client, client.pubsub() as heard:
                    async with asyncio.timeout(ANSWER_S_MAX):
                        await heard.subscribe(self.channel)
                    is_connected = True
                    self.connected(True)
                    await self._until_one_fails(client, heard)
            if is_connected:
                self.connected(False)
            await self.sleep(self._pause_s)
            self._pause_s = min(self._pause_s * 2, PAUSE_S_MAX)

    async def _until_one_fails(self, client: Redis, heard: PubSub) -> None:
        both = [asyncio.ensure_future(self._send(client)), asyncio.ensure_future(self._hear(heard))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _send(self, client: Redis) -> None:
        while True:
            event = await self._leaving.next()
            message = msgspec.msgpack.encode(_Message(self.origin, event.topic, event.key, event.payload))
            try:
                async with asyncio.timeout(ANSWER_S_MAX):
                    await client.publish(self.channel, message)
            except BaseException:
                # Sent when Redis is back, unless a newer event replaces it.
                self._leaving.put_back(event)
                raise
            self._pause_s = PAUSE_S_FIRST

    async def _hear(self, heard: PubSub) -> None:
        while True:
            async with asyncio.timeout(HEALTH_S + ANSWER_S_MAX):
                message = await heard.get_message(ignore_subscribe_messages=True, timeout=HEALTH_S)
            if message is not None:
                self._take(message["data"])

    def _take(self, data: object) -> None:
        if not isinstance(data, bytes) or len(data) > MESSAGE_BYTES_MAX:
            return
        try:
            message = _decoder.decode(data)
        except msgspec.MsgspecError:
            return
        if message.origin != self.origin:
            self.local.publish(Event(message.topic, message.key, message.payload))
