"""Clients that take nothing of what they are sent: they are cut off, over real connections."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from contextlib import closing

import pytest
from starlette.types import Receive, Scope, Send

from api.serving.server import SlowReaders
from tests.api.serving import served

SOON_S = 10.0
PART = b"x" * 65_536
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n"
HANDSHAKE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    + base64.b64encode(os.urandom(16))
)


class Talker:
    """An application that talks until its client is gone."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        talking = asyncio.ensure_future(self._talk(scope["type"], send))
        message = await receive()
        while not message["type"].endswith("disconnect"):
            message = await receive()
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        self.ended.set()

    async def _talk(self, kind: str, send: Send) -> None:
        if kind == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        else:
            await send({"type": "websocket.accept"})
        while True:
            if kind == "http":
                await send({"type": "http.response.body", "body": PART, "more_body": True})
            else:
                await send({"type": "websocket.send", "bytes": PART})


@pytest.mark.parametrize("more", [b"", HANDSHAKE + b"\r\n"], ids=["http", "websocket"])
@pytest.mark.parametrize("takes", [True, False])
async def test_who_takes_nothing_is_cut_off_and_who_is_slow_is_not(
    monkeypatch: pytest.MonkeyPatch, more: bytes, *, takes: bool
) -> None:
    monkeypatch.setattr(SlowReaders, "reads_nothing_s_max", 0.2)
    app = Talker()
    async with served(app) as place:
        host, port = place.split(":")
        client = socket.create_connection((host, int(port)))
        client.setblocking(False)
        with closing(client):
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, REQUEST + more + b"\r\n")
            if takes:
                # For five times as long, a little of it at a time.
                for _ in range(20):
                    assert len(await loop.sock_recv(client, 1 << 22)) > 0
                    await asyncio.sleep(0.05)
                assert not app.ended.is_set()
            else:
                async with asyncio.timeout(SOON_S):
                    await app.ended.wait()
        async with asyncio.timeout(SOON_S):
            await app.ended.wait()
