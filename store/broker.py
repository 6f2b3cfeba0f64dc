"""Broker: delivers events to listeners and keeps only the latest event of each key.

An event is a state, not a change. A slow listener misses states that were replaced, but never the last one, so its
queue stays bounded.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

KEYS_MAX = 1_000
"""How many keys may wait for one listener. Beyond that the oldest is dropped and counted."""
LISTENERS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """The latest state of a key of a topic, as bytes."""

    topic: str
    key: str
    payload: bytes


@dataclass(slots=True)
class BrokerCounts:
    """How many events a broker has handled since its start."""

    published: int = 0
    overtaken: int = 0
    dropped: int = 0


class TooManyListeners(Exception):
    """The broker has LISTENERS_MAX listeners already."""


@dataclass(eq=False, slots=True)
class Mailbox:
    """The queue of one listener: the latest event of each key, in the order in which the keys changed."""

    counts: BrokerCounts
    _waiting: OrderedDict[tuple[str, str], Event] = field(default_factory=OrderedDict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, event: Event) -> None:
        if self._waiting.pop((event.topic, event.key), None) is not None:
            self.counts.overtaken += 1
        self._waiting[event.topic, event.key] = event
        if len(self._waiting) > KEYS_MAX:
            self._waiting.popitem(last=False)
            self.counts.dropped += 1
        self._arrived.set()

    def put_back(self, event: Event) -> None:
        """Put an event back at the front of the queue, unless a newer one of its key waits."""
        place = (event.topic, event.key)
        if place not in self._waiting:
            self._waiting[place] = event
            self._waiting.move_to_end(place, last=False)
            self._arrived.set()

    async def next(self) -> Event:
        """Wait for an event and take it."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popitem(last=False)[1]


class Broker(Protocol):
    """Delivers events to all listeners of their topic, in this process and in others.

    Delivery is at most once and nothing is stored, so publishers repeat their state from time to time.
    """

    @property
    def counts(self) -> BrokerCounts:
        """How many events it has handled."""

    def publish(self, event: Event) -> None:
        """Publish an event. Never waits and never fails."""

    async def run(self) -> None:
        """Do the background work until cancelled."""

    def listening(self, topic: str) -> AbstractContextManager[Mailbox]:
        """Open a mailbox for a topic while the context lasts. Raises TooManyListeners."""


@dataclass(slots=True)
class LocalBroker:
    """A broker within one process. Belongs to one event loop."""

    _counts: BrokerCounts = field(default_factory=BrokerCounts)
    _mailboxes: dict[str, set[Mailbox]] = field(default_factory=dict)

    @property
    def counts(self) -> BrokerCounts:
        return self._counts

    def publish(self, event: Event) -> None:
        self.counts.published += 1
        for mailbox in self._mailboxes.get(event.topic, ()):
            mailbox.put(event)

    @contextmanager
    def listening(self, topic: str) -> Iterator[Mailbox]:
        if self.listeners >= LISTENERS_MAX:
            raise TooManyListeners
        mailbox = Mailbox(self.counts)
        mailboxes = self._mailboxes.setdefault(topic, set())
        mailboxes.add(mailbox)
        try:
            yield mailbox
        finally:
            mailboxes.discard(mailbox)
            if not mailboxes:
                self._mailboxes.pop(topic, None)

    async def run(self) -> None:
        """Return at once: one process needs no background work."""

    @property
    def listeners(self) -> int:
        return sum(map(len, self._mailboxes.values()))
