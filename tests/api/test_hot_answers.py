"""What a kept answer costs: about as much as constant bytes do by the same server, with as many headers."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from api.serving.server import BoundedHttp, config_of, protocol_of
from tests.api.hub import RawClient, Running
from tests.api.kept import posted

TIMES_MAX = 1.8
"""Without what the sockets cost both it is 1.4 to 1.5 of processor time; `bench.hot` measures with them."""
REQUESTS, ROUNDS = 300, 9
QUERY = "{ complaints(first: 20) { nodes { ticketNumber status statusLabel requestedAt area { name } } } }"


class Wire(asyncio.Transport):
    """The other side of a connection, which counts what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.received = 0
        self.protocol: asyncio.BaseProtocol | None = None

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self.protocol is not None
        return self.protocol

    def write(self, data: Any) -> None:
        self.received += len(data)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def abort(self) -> None: ...


def connected(app: ASGIApp) -> tuple[BoundedHttp, Wire]:
    config = config_of(app)
    config.load()
    wire = Wire()
    state = ServerState()
    state.default_headers = [(b"date", b"Tue, 01 Dec 2026 00:00:00 GMT")]
    protocol = wire.protocol = protocol_of()(config, state, {})
    protocol.connection_made(wire)
    return protocol, wire


async def cpu_s(protocol: BoundedHttp, wire: Wire, request: bytes, whole: int) -> float:
    """Processor time of so many requests, one after another."""
    began_s = time.thread_time()
    for _ in range(REQUESTS):
        until = wire.received + whole
        protocol.data_received(request)
        while wire.received < until:  # noqa: ASYNC110  # an event would be part of what is measured
            await asyncio.sleep(0)
    return time.thread_time() - began_s


async def test_a_kept_answer_costs_about_what_constant_bytes_do(hub: Running) -> None:
    body = posted(QUERY)
    client = RawClient()
    client.send_part(body, more=False)
    sent = await client.call(hub.app)
    assert sent is not None
    headers = [(name.encode(), value.encode()) for name, value in sent.headers.items()]

    async def constant(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": sent.body})

    lines = (
        b"POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        b"Accept-Language: en\r\nAccept-Encoding: identity\r\nUser-Agent: x\r\nContent-Length: %d\r\n\r\n"
    )
    request = lines % len(body) + body
    ours, theirs = connected(hub.app), connected(constant)
    wholes = []
    for protocol, wire in (ours, theirs):
        protocol.data_received(request)
        while not wire.received or not protocol.cycle.response_complete:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0)
        wholes.append(wire.received)
    taken: list[list[float]] = [[], []]
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for number, (protocol, wire) in enumerate((ours, theirs)):
                taken[number].append(await cpu_s(protocol, wire, request, wholes[number]))
    finally:
        gc.enable()
    for protocol, _ in (ours, theirs):
        protocol.connection_lost(None)
    kept_s, constant_s = map(min, taken)
    assert kept_s / constant_s <= TIMES_MAX
