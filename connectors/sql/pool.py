"""Pool: the sessions of one source, never more than its owner allows, those that end included.

Nobody waits for a driver's clean-up: a session whose statement was cancelled or lost is given to a reaper, which stops
the statement and closes the connection, and only then makes room for another.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from connectors.sql.session_protocol import Opener, Row, Session

SESSION_S_MAX = 300.0
"""How old a session may grow: servers and firewalls drop old ones without a word."""


@dataclass(frozen=True, slots=True)
class _Idle:
    session: Session
    opened_at_s: float


@dataclass(slots=True)
class Pool:
    """At most `sessions_max` sessions, opened when they are needed, the last one used first."""

    open: Opener
    sessions_max: int
    clock: Callable[[], float] = time.monotonic
    _idle: deque[_Idle] = field(default_factory=deque)
    _room: asyncio.Semaphore = field(init=False)
    _reaping: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: bool = False
    _heard_at_s: float = -math.inf
    """When the server last said something, on whatever session."""

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.sessions_max)

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        """All rows of one statement on one session. Raises what the driver raises.

        Where a session turns out to have been lost while it was idle, the statement is sent once more on a new one.
        """
        if self._closed:
            raise ConnectionError("the pool is closed")
        await self._room.acquire()
        taken = await self._last_idle()
        if taken is not None:
            try:
                return await self._fetched(taken, text, parameters, self.clock())
            except Exception:
                if taken.session.sound:
                    raise
            # The server was away: what else is idle is lost too.
            await self.forget_idle()
            await self._room.acquire()
        opened = await self._opened()
        return await self._fetched(opened, text, parameters, opened.opened_at_s)

    async def forget_idle(self) -> None:
        """Close in the background what is idle, whose server may have gone without a word; new sessions are opened."""
        while self._idle:
            # There is room at once: none is taken for what is idle.
            await self._room.acquire()
            self._end_later(self._closed_idle(self._idle.pop()))

    @asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """Room for one connection that is not of this pool, such as one that looks at the tables of a source."""
        async with self._room:
            if self._idle:
                await self._idle.popleft().session.close()
            yield

    async def close(self) -> None:
        """Let what runs and what waits come to its end, which the server's limit brings, and close everything."""
        self._closed = True
        for _ in range(self.sessions_max):
            await self._room.acquire()
        await self._close_idle()
        for _ in range(self.sessions_max):
            self._room.release()

    async def _last_idle(self) -> _Idle | None:
        """The session that was used last, if it is still good. Room has been taken for it.

        What is not is closed by itself, in that room: who waits here may be cancelled, and would take the room along.
        """
        while self._idle:
            idle = self._idle.pop()
            if idle.session.sound and self.clock() - idle.opened_at_s < SESSION_S_MAX:
                return idle
            self._end_later(self._closed_idle(idle))
            await self._room.acquire()
        return None

    async def _opened(self) -> _Idle:
        try:
            session = await self.open()
        except BaseException:
            self._room.release()
            raise
        self._heard_at_s = self.clock()
        return _Idle(session, self._heard_at_s)

    async def _fetched(self, taken: _Idle, text: str, parameters: tuple[object, ...], since_s: float) -> list[Row]:
        """The rows; room is made when the session is given back, or has been stopped.

        A server that says nothing from `since_s` on may be away.
        """
        try:
            rows = await taken.session.fetch(text, parameters)
        except BaseException as error:
            if taken.session.sound and not isinstance(error, asyncio.CancelledError):
                self._give_back(taken)
            else:
                self._reap(taken, since_s)
            raise
        self._give_back(taken)
        return rows

    def _give_back(self, taken: _Idle) -> None:
        self._heard_at_s = self.clock()
        self._idle.append(taken)
        self._room.release()

    async def _close_idle(self) -> None:
        while self._idle:
            await self._idle.pop().session.close()

    async def _closed_idle(self, idle: _Idle) -> None:
        """Room has been taken for it, so that what closes counts as open."""
        try:
            await idle.session.close()
        finally:
            self._room.release()

    def _reap(self, taken: _Idle, since_s: float) -> None:
        self._end_later(self._stopped(taken, since_s))

    def _end_later(self, ending: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(ending)
        self._reaping.add(task)
        task.add_done_callback(self._reaping.discard)

    async def _elsewhere(self, since_s: float, text: str) -> bool:
        """Send what stops a statement, if there is room for it at once; whether there was.

        A server that has said nothing since then is asked on a session that is there, and gets no connection more: it
        is most likely away, and to be left alone. What runs there ends at its own limit.
        """
        if self._room.locked():
            return False
        await self._room.acquire()
        taken = await self._last_idle()
        if taken is None and self._heard_at_s < since_s:
            self._room.release()
            return False
        taken = taken or await self._opened()
        try:
            await taken.session.fetch(text, ())
        except BaseException:
            # Closed, not stopped: what stops statements would be stopped by another one, and that by another.
            self._end_later(self._closed_idle(taken))
            raise
        self._give_back(taken)
        return True

    async def _stopped(self, taken: _Idle, since_s: float) -> None:
        try:
            if await taken.session.stop(partial(self._elsewhere, since_s)):
                self._idle.append(taken)
        finally:
            self._room.release()
