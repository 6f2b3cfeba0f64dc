"""Shedding and the door: where there is no room, no is said at once, except to what may be urgent or is no question."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial

import pytest
import uvicorn
from uvicorn.server import ServerState

from api.admission import ORDINARY, Admission
from api.cors import Cors
from api.door import Door
from api.server import listening, protocol_of
from api.shedding import Shedding
from api.whole_requests import whole_request
from models.request import Deadline
from models.viewer import Role
from tests.api.hub import Running

SOON_S = 5.0
BODY = b'{"query": "{ departments { code } }"}'
URGENT = b'{"query": "{ incidents(first: 1) { nodes { id } } }"}'
TOLD = {"errors": [{"message": "The hub is very busy. Try again in a moment.", "extensions": {"code": "RATE_LIMITED"}}]}


@asynccontextmanager
async def full() -> AsyncIterator[Admission]:
    """An admission with one at work and one that waits, which is all that it has room for."""
    admission = Admission(running_max=1, waiting_max=1)

    async def wait() -> None:
        async with admission.turn(Deadline.in_ms(60_000)):
            pass

    async with admission.turn(Deadline.in_ms(60_000)):
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        assert admission.is_full
        yield admission
        waiting.cancel()


def asking(body: bytes = BODY, *headers: bytes, length: int | None = None, start: bytes = b"POST /graphql") -> bytes:
    given = [
        b"Host: hub",
        b"Authorization: Bearer x",
        b"Accept-Language: en",
        b"Content-Type: application/json",
        *headers,
    ]
    size = str(len(body) if length is None else length).encode()
    return start + b" HTTP/1.1\r\n" + b"\r\n".join([*given, b"Content-Length: " + size]) + b"\r\n\r\n" + body


def refusal(door: Door, data: bytes) -> bytes | None:
    request = whole_request(data)
    return door.refusal(request) if request is not None else None


@pytest.mark.parametrize("signed", [b"Authorization: Bearer x", b"X-API-Key: x"])
async def test_the_door_refuses_what_is_beyond_doubt(signed: bytes) -> None:
    async with full() as admission:
        told = refusal(Door(admission), asking().replace(b"Authorization: Bearer x", signed))
    assert told is not None
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nretry-after: 1\r\n" in head
    assert b"\r\ncontent-length: %d\r\n" % len(body) in head
    assert json.loads(body) == TOLD
    assert admission.lines[ORDINARY].refused == 1


@pytest.mark.parametrize(
    "data",
    [
        asking(URGENT),
        asking(length=len(BODY) + 1),
        asking(length=len(BODY) - 1),
        asking(BODY, b"Content-Length: 3"),
        asking(BODY, b"Transfer-Encoding: chunked"),
        asking(BODY, b"Origin: https://app.example.go.id"),
        asking(BODY, b"Expect: 100-continue"),
        asking(BODY, b"Connection: close"),
        asking(start=b"POST /graphql/"),
        asking(start=b"GET /graphql"),
        asking().replace(b"Authorization", b"X-Nothing"),
        asking()[:40],
        b"",
    ],
)
async def test_the_door_leaves_everything_else_alone(data: bytes) -> None:
    async with full() as admission:
        assert refusal(Door(admission), data) is None
        assert admission.lines[ORDINARY].refused == 0


async def test_the_door_is_open_where_there_is_room() -> None:
    assert refusal(Door(Admission()), asking()) is None


async def test_of_many_that_come_at_once_no_more_get_through_than_there_is_room_for() -> None:
    door = Door(Admission(running_max=2, waiting_max=1))
    assert [refusal(door, asking()) is None for _ in range(5)] == [True] * 3 + [False] * 2
    # None of them has come to the admission by now, so that there is room for as many again.
    for _ in range(3):
        await asyncio.sleep(0)
    assert [refusal(door, asking()) is None for _ in range(5)] == [True] * 3 + [False] * 2


@asynccontextmanager
async def serving(hub: Running, admission: Admission) -> AsyncIterator[int]:
    """The hub behind the shedding and the door of an admission, on a port."""
    app = Shedding(hub.app, admission, Cors(("https://app.example.go.id",)))
    protocol = protocol_of(None, Door(admission))
    config = uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    with closing(listening("127.0.0.1", 0)) as listener:
        make = partial(protocol, config=config, server_state=state, app_state={})
        server = await asyncio.get_running_loop().create_server(make, sock=listener)
        try:
            yield listener.getsockname()[1]
        finally:
            server.close()
            for connection in list(state.connections):
                connection.transport.abort()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    lines = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SOON_S)).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    return int(lines[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


async def test_a_connection_is_good_for_more_after_a_refusal(hub: Running) -> None:
    token = hub.bearer(Role.OPERATOR)["authorization"]
    async with full() as admission, serving(hub, admission) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        signed = asking().replace(b"Bearer x", token.encode())
        for _ in range(2):
            writer.write(signed)
            status, _, body = await answer(reader)
            assert (status, json.loads(body)) == (503, TOLD)
        # Another admission is the hub's own, which has room.
        writer.write(
            asking(URGENT.replace(b"incidents(first: 1) { nodes { id } }", b"alert: __typename")).replace(
                b"Bearer x", token.encode()
            )
        )
        status, _, body = await answer(reader)
        assert (status, json.loads(body)) == (200, {"data": {"alert": "Query"}})
        writer.write(signed)
        assert (await answer(reader))[0] == 503
        writer.close()


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_without_a_token_it_is_refused_before_the_route(hub: Running, method: str) -> None:
    unsigned = asking(BODY, b"Origin: https://app.example.go.id").replace(b"Authorization", b"X-Nothing")
    if method == "GET":
        unsigned = unsigned.replace(b"POST /graphql", b"GET /graphql?query=%7B__typename%7D").replace(BODY, b"")
        unsigned = unsigned.replace(b"Content-Length: %d" % len(BODY), b"Content-Length: 0")
    async with full() as admission, serving(hub, admission) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(unsigned)
        status, headers, body = await answer(reader)
        writer.close()
    assert (status, json.loads(body), headers["retry-after"]) == (503, TOLD, "1")
    assert headers["access-control-allow-origin"] in ("*", "https://app.example.go.id")
    assert admission.lines[ORDINARY].refused == 1


async def test_what_comes_in_parts_is_looked_at_properly(hub: Running) -> None:
    async with full() as admission, serving(hub, admission) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        whole = asking(URGENT.replace(b"incidents(first: 1) { nodes { id } }", b"__typename")).replace(
            b"Authorization", b"X-Nothing"
        )
        writer.write(whole[:-20])
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(whole[-20:])
        assert (await answer(reader))[0] == 200
        reader_live, writer_live = await asyncio.open_connection("127.0.0.1", port)
        writer_live.write(b"GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert (await answer(reader_live))[0] == 200
        writer.close()
        writer_live.close()
