"""PostgreSQL framing: a real server's stream passes in whatever parts, and nothing else gets to the driver."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.database.postgres_framing import KINDS, FramedProtocol, Framing, frame_connections

SOON_S = 5.0
MESSAGES = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.binary(max_size=300)), max_size=12)
WRONG = (b"\0\0\0\0\4", b"D\0\0\0\3", b"D\xff\xff\xff\xff", b"Q\0\0\0\4", b"D\x40\0\0\1")
CUTS = st.lists(st.integers(0, 2_000), max_size=12)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + (len(body) + 4).to_bytes(4, "big") + body


def parts(stream: bytes, cuts: list[int]) -> list[bytes]:
    ends = [*sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    return [stream[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


@given(MESSAGES, CUTS)
def test_messages_pass_in_whatever_parts(messages: list[tuple[int, bytes]], cuts: list[int]) -> None:
    framing = Framing()
    assert all(framing.fits(part) for part in parts(b"".join(message(*one) for one in messages), cuts))


@given(
    MESSAGES, CUTS, st.sampled_from([b"\0\0\0\0\4", b"D\0\0\0\3", b"D\xff\xff\xff\xff", b"Q\0\0\0\4", b"D\x40\0\0\1"])
)
def test_what_is_no_message_never_passes(messages: list[tuple[int, bytes]], cuts: list[int], wrong: bytes) -> None:
    framing, stream = Framing(), b"".join(message(*one) for one in messages) + wrong
    assert not all(framing.fits(part) for part in parts(stream, cuts))


async def test_rows_of_a_real_server_come_through(postgres_url: str) -> None:
    frame_connections()
    connection = await asyncpg.connect(postgres_url)
    try:
        assert type(connection._protocol) is FramedProtocol
        rows = await connection.fetch("SELECT g, repeat('x', g * 7 % 3000) FROM generate_series(1, 3000) g")
        assert [(row[0], len(row[1])) for row in rows] == [(g, g * 7 % 3000) for g in range(1, 3001)]
    finally:
        await connection.close()


SIGNED_IN = message(ord("R"), bytes(4)) + message(ord("S"), b"server_version\x0017.0\0") + message(ord("Z"), b"I")


async def asked(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.fetch("SELECT 1")


@pytest.mark.parametrize("begin", [b"", SIGNED_IN], ids=["at the door", "signed in"])
async def test_the_message_that_keeps_the_driver_busy_for_ever_ends_the_connection(begin: bytes) -> None:
    """Without the framing this test does not fail: it never ends, as the hub would not."""
    frame_connections()
    served: list[asyncio.Task[object]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.append(task)
        await reader.read(1_000)
        if begin:
            writer.write(begin)
            await reader.read(1_000)
        writer.write(message(0, b""))
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, asyncio.timeout(SOON_S):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
            await asked(f"postgresql://hub@127.0.0.1:{port}/city?sslmode=disable")
        await asyncio.gather(*served)
