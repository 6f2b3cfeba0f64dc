"""Shedding: where there is no room, no is said at once, except to what may be urgent or is no question."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.overload.admission import ORDINARY, Admission
from api.overload.shedding import Shedding
from api.serving.cors import Cors
from api.serving.frozen_head import FrozenHead
from api.serving.server import listening, protocol_of
from models.policy.viewer import Role
from models.request import Deadline
from tests.api.hub import RawClient, Running, Sent

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


async def told(admission: Admission, *headers: tuple[bytes, bytes], body: bytes = BODY) -> Sent | None:
    """What the shedding of an admission says itself; None where it lets pass."""
    passed = False

    async def route(_scope: Scope, _receive: Receive, _send: Send) -> None:
        nonlocal passed
        passed = True

    client = RawClient()
    client.send_part(body, more=False)
    sent = await client.call(Shedding(route, admission, Cors(())), headers=headers)
    assert (sent is None) is passed
    return sent


@pytest.mark.parametrize("signed", [(b"authorization", b"Bearer x"), (b"x-api-key", b"x")])
async def test_who_signs_in_is_refused_before_anything_is_done(signed: tuple[bytes, bytes]) -> None:
    async with full() as admission:
        sent = await told(admission, signed)
        assert await told(admission, signed, body=URGENT) is None
    assert sent is not None
    assert (sent.status, sent.headers["retry-after"], json.loads(sent.body)) == (503, "1", TOLD)
    assert sent.headers["content-length"] == str(len(sent.body))
    assert admission.lines[ORDINARY].refused == 1


async def test_of_many_that_come_at_once_no_more_get_through_than_there_is_room_for() -> None:
    admission, app = Admission(running_max=2, waiting_max=1), []

    async def route(_scope: Scope, _receive: Receive, send: Send) -> None:
        app.append(send)

    shedding = Shedding(route, admission, Cors(()))

    async def ask() -> None:
        client = RawClient()
        client.send_part(BODY, more=False)
        await client.call(shedding, headers=((b"authorization", b"Bearer x"),))

    await asyncio.gather(*(ask() for _ in range(5)))
    assert (len(app), admission.lines[ORDINARY].refused) == (3, 2)
    # None of them has come to the admission by now, so that there is room for as many again.
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.gather(*(ask() for _ in range(5)))
    assert (len(app), admission.lines[ORDINARY].refused) == (6, 4)


async def test_the_anonymous_share_an_answer_and_so_a_place() -> None:
    admission = Admission(running_max=1, waiting_max=0)
    assert [await told(admission) for _ in range(3)] == [None] * 3


@asynccontextmanager
async def serving(hub: Running, admission: Admission) -> AsyncIterator[int]:
    """The hub behind the shedding of an admission, on a port."""
    app = FrozenHead(Shedding(hub.app, admission, Cors(("https://app.example.go.id",))))
    protocol = protocol_of()
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
