"""Compresses answers for clients that accept gzip, by the weights of Accept-Encoding."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware, GZipResponder, IdentityResponder
from starlette.types import Receive, Scope, Send

from api.serving.frozen_head import head_of


class Packing(GZipMiddleware):
    """Starlette's middleware, but with our parser: its own takes `xgzip` and `gzip;q=0` for gzip."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        excluded = self.exclude_content_types
        if head_of(scope).takes_gzip:
            responder: IdentityResponder = GZipResponder(
                self.app,
                self.minimum_size,
                compresslevel=self.compresslevel,
                thread_minimum_size=self.thread_minimum_size,
                exclude_content_types=excluded,
            )
        else:
            responder = IdentityResponder(self.app, self.minimum_size, exclude_content_types=excluded)
        await responder(scope, receive, send)
