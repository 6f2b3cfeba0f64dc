"""The proxy itself, before a server that says everything back: a fault that is none would prove nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from tests.faults.proxy import HOST, Mode, Proxy, Target

SOON_S = 5.0
SILENT_S = 0.15
WORDS = b"sixteen letters."


@dataclass(slots=True)
class Talk:
    """One connection through the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, words: bytes = WORDS) -> bytes:
        """What comes back, as far as it comes before the end of the connection."""
        self.writer.write(words)
        return await self.hear(len(words))

    async def hear(self, length: int) -> bytes:
        async with asyncio.timeout(SOON_S):
            try:
                return await self.reader.readexactly(length)
            except asyncio.IncompleteReadError as ended:
                return ended.partial

    async def is_silent(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENT_S):
                await self.reader.read(1)
                return False
        return True


@dataclass(slots=True)
class Talks:
    """Makes connections, and closes them after the test."""

    proxy: Proxy
    made: list[Talk] = field(default_factory=list)

    async def new(self) -> Talk:
        reader, writer = await asyncio.open_connection(HOST, self.proxy.port)
        self.made.append(Talk(reader, writer))
        return self.made[-1]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    echoing: set[asyncio.Task[object] | None] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        echoing.add(asyncio.current_task())
        with suppress(OSError):
            while part := await reader.read(1024):
                writer.write(part)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    made = Proxy(Target(HOST, server.sockets[0].getsockname()[1]))
    await made.start()
    yield made
    await made.close()
    server.close()
    await asyncio.gather(*filter(None, echoing))


@pytest.fixture
async def talks(proxy: Proxy) -> AsyncIterator[Talks]:
    made = Talks(proxy)
    yield made
    for talk in made.made:
        talk.writer.close()
        with suppress(OSError):
            await talk.writer.wait_closed()


async def test_what_passes_is_what_was_said(proxy: Proxy, talks: Talks) -> None:
    talk = await talks.new()
    large = bytes(range(256)) * 4_000
    assert await talk.say(large) == large
    assert (proxy.attempts, proxy.open) == (1, 1)
    talk.writer.close()
    async with asyncio.timeout(SOON_S):
        while proxy.open:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.001)


async def test_refused(proxy: Proxy, talks: Talks) -> None:
    talk = await talks.new()
    await talk.say()
    await proxy.switch(Mode.REFUSE)
    with pytest.raises(ConnectionResetError):
        await talk.hear(1)
    with pytest.raises(ConnectionRefusedError):
        await talks.new()
    await proxy.switch(Mode.PASS)
    assert await (await talks.new()).say() == WORDS


async def test_reset(proxy: Proxy, talks: Talks) -> None:
    talk = await talks.new()
    await talk.say()
    await proxy.switch(Mode.RESET)
    with pytest.raises(ConnectionResetError):
        await talk.hear(1)
    with pytest.raises(ConnectionResetError):
        await (await talks.new()).say()
    assert (proxy.attempts, proxy.open) == (2, 0)


async def test_a_black_hole_keeps_what_fell_into_it(proxy: Proxy, talks: Talks) -> None:
    before = await talks.new()
    await before.say()
    await proxy.switch(Mode.BLACK_HOLE)
    during = await talks.new()
    for talk in (before, during):
        talk.writer.write(WORDS)
        assert await talk.is_silent()
    assert (proxy.attempts, proxy.open) == (2, 2)
    await proxy.switch(Mode.PASS)
    for talk in (before, during):
        talk.writer.write(WORDS)
        assert await talk.is_silent()
    assert await (await talks.new()).say() == WORDS


async def test_late_answers_come_when_it_is_over(proxy: Proxy, talks: Talks) -> None:
    talk = await talks.new()
    await proxy.switch(Mode.LATENCY)
    talk.writer.write(WORDS)
    assert await talk.is_silent()
    await proxy.switch(Mode.PASS)
    assert await talk.hear(len(WORDS)) == WORDS


async def test_a_trickle_flows_when_it_is_over(proxy: Proxy, talks: Talks) -> None:
    proxy.trickle_s = 0.02
    talk = await talks.new()
    await proxy.switch(Mode.TRICKLE)
    talk.writer.write(WORDS)
    assert await talk.hear(1) == WORDS[:1]
    proxy.trickle_s = 60.0
    await proxy.switch(Mode.PASS)
    assert await talk.hear(len(WORDS) - 1) == WORDS[1:]


async def test_garbage_is_as_long_and_as_random_as_its_seed(proxy: Proxy, talks: Talks) -> None:
    talk = await talks.new()
    await proxy.switch(Mode.GARBAGE)
    said = await talk.say()
    assert len(said) == len(WORDS)
    assert WORDS not in said
    await proxy.switch(Mode.PASS)
    assert await talk.say() == WORDS


async def test_half_of_an_answer_is_the_last(proxy: Proxy, talks: Talks) -> None:
    talk = await talks.new()
    await proxy.switch(Mode.TRUNCATE)
    assert await talk.say() == WORDS[: len(WORDS) // 2]
    assert proxy.attempts == 1
