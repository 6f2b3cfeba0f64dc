"""Pool: the sessions of one source, bounded by its load contract, including those that are closing.

Callers never wait for a driver's clean-up: a reaper stops the statement of a cancelled or lost session, closes it, and
only then frees its connection.
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

from connectors.guard.connections import Connections, Held
from connectors.sql.sessions.protocol import Opener, Row, Session

SESSION_S_MAX = 300.0
"""The longest life of a session: servers and firewalls silently drop old ones."""


@dataclass(frozen=True, slots=True)
class _Idle:
    session: Session
    opened_at_s: float


@dataclass(slots=True)
class Pool:
    """At most `sessions_max` sessions, opened on demand, last used first. `connections` is the queue for them."""

    open: Opener
    sessions_max: int
    statements_per_second_max: float = math.inf
    clock: Callable[[], float] = time.monotonic
    _idle: deque[_Idle] = field(default_factory=deque)
    connections: Connections = field(init=False)
    _reaping: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: bool = False
    _heard_at_s: float = -math.inf
    """When the server last answered on any session."""

    def __post_init__(self) -> None:
        self.connections = Connections(self.sessions_max, self.statements_per_second_max)

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        """All rows of a statement. Raises what the driver raises.

        If a session was lost while it was idle, the statement is retried once on a new one.
        """
        if self._closed:
            raise ConnectionError("the pool is closed")
        held = await self.connections.take()
        taken, held = await self._last_idle(held)
        if taken is not None:
            try:
                return await self._fetched(taken, held, text, parameters, self.clock())
            except Exception:
                if taken.session.sound:
                    raise
            # The server was away, so all idle sessions are lost.
            self.forget_idle()
            held = await self.connections.take()
        opened = await self._opened(held)
        return await self._fetched(opened, held, text, parameters, opened.opened_at_s)

    def forget_idle(self) -> None:
        """Close idle sessions in the background, because the server may have silently gone."""
        while self._idle:
            held = self.connections.take_at_once()
            # Free at once: idle sessions hold no connection.
            assert held is not None
            self._end_later(self._closed_idle(self._idle.pop(), held))

    @asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """Hold a connection of the contract for something outside the pool, such as a look at the catalog."""
        async with self.connections.one():
            if self._idle:
                await self._idle.popleft().session.close()
            yield

    async def close(self) -> None:
        """Wait for running and waiting statements, within the server's time limit, and close everything."""
        self._closed = True
        await self.connections.idle()
        await self._close_idle()

    async def _last_idle(self, held: Held) -> tuple[_Idle | None, Held]:
        """The last used session, if it is still sound, and the held connection.

        An unsound session is closed by a task of its own with its held connection, because the caller may be cancelled.
        """
        while self._idle:
            idle = self._idle.pop()
            if idle.session.sound and self.clock() - idle.opened_at_s < SESSION_S_MAX:
                return idle, held
            self._end_later(self._closed_idle(idle, held))
            held = await self.connections.take()
        return None, held

    async def _opened(self, held: Held) -> _Idle:
        try:
            session = await self.open()
        except BaseException:
            held.give_back()
            raise
        self._heard_at_s = self.clock()
        return _Idle(session, self._heard_at_s)

    async def _fetched(
        self, taken: _Idle, held: Held, text: str, parameters: tuple[object, ...], since_s: float
    ) -> list[Row]:
        """The rows. The connection is freed when the session is returned, or has been stopped.

        A server that is silent since `since_s` may be away.
        """
        try:
            rows = await taken.session.fetch(text, parameters)
        except BaseException as error:
            if taken.session.sound and not isinstance(error, asyncio.CancelledError):
                self._give_back(taken, held)
            else:
                self._end_later(self._stopped(taken, held, since_s))
            raise
        self._give_back(taken, held)
        return rows

    def _give_back(self, taken: _Idle, held: Held) -> None:
        self._heard_at_s = self.clock()
        self._idle.append(taken)
        held.give_back()

    async def _close_idle(self) -> None:
        while self._idle:
            await self._idle.pop().session.close()

    async def _closed_idle(self, idle: _Idle, held: Held) -> None:
        """Close a session; it holds a connection until it is closed."""
        try:
            await idle.session.close()
        finally:
            held.give_back()

    def _end_later(self, ending: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(ending)
        self._reaping.add(task)
        task.add_done_callback(self._reaping.discard)

    async def _elsewhere(self, since_s: float, text: str) -> bool:
        """Send a statement that stops another, if a connection is free at once; returns whether one was.

        A server that is silent since `since_s` is only asked on an idle session and gets no new connection: it is
        probably away. Its statements end at their own limit.
        """
        held = self.connections.take_at_once()
        if held is None:
            return False
        taken, held = await self._last_idle(held)
        if taken is None and self._heard_at_s < since_s:
            held.give_back()
            return False
        taken = taken or await self._opened(held)
        try:
            await taken.session.fetch(text, ())
        except BaseException:
            # Closed, not stopped: else stopping would need another stop, and so on.
            self._end_later(self._closed_idle(taken, held))
            raise
        self._give_back(taken, held)
        return True

    async def _stopped(self, taken: _Idle, held: Held, since_s: float) -> None:
        try:
            if await taken.session.stop(partial(self._elsewhere, since_s)):
                self._idle.append(taken)
        finally:
            held.give_back()
