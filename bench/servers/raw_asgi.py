"""Raw ASGI that reads a body and answers constant bytes with a kept answer's head, by the hub's server: W7's floor."""

from __future__ import annotations

import sys
from pathlib import Path

from starlette.types import Receive, Scope, Send

from api.serving.server import listening, serve_on


class Constant:
    """Sends the same to whatever it is asked; it looks at nothing that it has read."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._headers = [
            (b"cache-control", b"public, max-age=45, stale-while-revalidate=15"),
            (b"etag", b'"0123456789abcdef0123456789abcdef"'),
            (b"vary", b"Accept, Accept-Language, Accept-Encoding, Authorization, X-Api-Key, Origin"),
            (b"x-content-type-options", b"nosniff"),
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"age", b"0"),
            (b"x-request-id", b"0123456789abcdef0123456789abcdef"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for stage in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{stage}.complete"})
            return
        # What was asked has to be read by whoever answers it.
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


if __name__ == "__main__":
    file, port = sys.argv[1:]
    serve_on(listening("127.0.0.1", int(port)), Constant(Path(file).read_bytes()))
