"""Slow readers: connections whose other side takes nothing of what it is sent are cut off after a while.

A server that waits for them would hold what it has to say, and a place among the connections, for ever.
"""

from __future__ import annotations

import asyncio

TAKES_NOTHING_S_MAX = 30.0
"""How long what was sent may lie in the full buffer of a connection."""


class SlowReaders(asyncio.Protocol):
    """Stands before a protocol of uvicorn's, whose transport it aborts."""

    transport: asyncio.Transport
    takes_nothing_s_max = TAKES_NOTHING_S_MAX
    _full_timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full_timer = asyncio.get_running_loop().call_later(self.takes_nothing_s_max, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_full_timer()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_full_timer()
        super().connection_lost(exc)

    def _stop_full_timer(self) -> None:
        if self._full_timer is not None:
            self._full_timer.cancel()
            self._full_timer = None
