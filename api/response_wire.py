"""Response wire: a way around ASGI's messages for an answer that is there as bytes, head and body.

uvicorn looks at every header of every answer, which takes longer than all that a kept answer needs besides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

WIRE = "simpul.wire"
"""Where a request's scope holds its wire, if the server has one."""

Wire = Callable[[bytes, bytes], bool]
"""Sends head (from the status line to the last header) and body. False, with nothing sent, where ASGI has to do it."""


class WiredHttp(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with a wire in each request's scope."""

    def on_headers_complete(self) -> None:
        known = self.cycle
        super().on_headers_complete()
        if self.cycle is not known:
            self.cycle.scope[WIRE] = partial(_write, self.cycle)  # type: ignore[literal-required]  # scopes are open


def _write(cycle: RequestResponseCycle, head: bytes, body: bytes) -> bool:
    """What `send` of uvicorn's cycle does for an answer in one piece on a connection that stays open."""
    if cycle.response_started or cycle.disconnected or not cycle.keep_alive or cycle.flow.write_paused:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    server = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
    cycle.transport.write(b"".join((head, server, b"\r\n", body)))
    cycle.message_event.set()
    cycle.on_response()
    return True
