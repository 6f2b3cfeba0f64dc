"""The guard: the only way to a source. It bounds how long a call may take and how many run at once.

At its deadline a call is abandoned: the caller gets its error at once, and a task of the guard's own waits for the
driver.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable, HubError
from models.request import Request

T = TypeVar("T")

ABANDONED_CALLS_MAX = 64
"""How many calls of one source may wait for their driver after their deadline, before new ones are refused."""


@dataclass(slots=True)
class _Door:
    """The state of one source: its free connections, and the calls that nobody waits for any more."""

    slots: asyncio.Semaphore
    abandoned: set[asyncio.Task[object]] = field(default_factory=set)


class Guard:
    """Stands before every source of the hub. `log` is told why a call failed; the client never is."""

    def __init__(self, log: Callable[[str, str, BaseException], None]) -> None:
        self._doors: dict[str, _Door] = {}
        self._log = log

    async def call(self, source: Source, department: str, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` against a source within the request's deadline.

        Raises DepartmentTimeout at the deadline, DepartmentUnavailable when the source cannot be reached or is overrun,
        and DataQuality when it refuses the statement. Each of these, and success, is noted in the request's source
        report; cancellation, and what `work` raises of its own before it asks the source, are not.
        """
        request.cancellation.raise_if_requested()
        started = time.perf_counter()
        door = self._doors.setdefault(source.name, _Door(asyncio.Semaphore(source.load.connections_max)))
        try:
            result = await self._bounded(door, source, request, work)
        except HubError as error:
            self._report(request, source, started, _STATES.get(type(error), SourceState.BROKEN))
            raise error.named(source=source.name, department=department) from error.__cause__
        self._report(request, source, started, SourceState.OK)
        return result

    async def _bounded(self, door: _Door, source: Source, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        budget_s = request.deadline.remaining_s
        if len(door.abandoned) >= ABANDONED_CALLS_MAX:
            raise DepartmentUnavailable("department_unavailable")
        task = asyncio.ensure_future(self._in_slot(door, work))
        try:
            done, _ = await asyncio.wait({task}, timeout=budget_s)
        except asyncio.CancelledError:
            self._abandon(door, task)
            raise
        if not done:
            self._abandon(door, task)
            raise DepartmentTimeout("department_timeout", waited_ms=round(budget_s * 1000))
        try:
            return task.result()
        except asyncio.CancelledError as failure:
            # The driver gave up by itself: nobody cancelled the caller.
            self._log(source.name, "unavailable", failure)
            raise DepartmentUnavailable("department_unavailable") from failure
        except SourceTimeout as failure:
            self._log(source.name, "timeout", failure)
            raise DepartmentTimeout("department_timeout", waited_ms=source.load.statement_ms_max) from failure
        except SourceBroken as failure:
            self._log(source.name, "broken", failure)
            raise DataQuality("source_refused") from failure
        except SourceFailure as failure:
            self._log(source.name, "unavailable", failure)
            raise DepartmentUnavailable("department_unavailable") from failure

    async def _in_slot(self, door: _Door, work: Callable[[], Awaitable[T]]) -> T:
        async with door.slots:
            return await work()

    def _abandon(self, door: _Door, task: asyncio.Future[T]) -> None:
        """Stop waiting. The task is told to stop, and kept until it has, so that its connection is accounted for."""
        task.cancel()
        abandoned = asyncio.ensure_future(_settled(task))
        door.abandoned.add(abandoned)
        abandoned.add_done_callback(door.abandoned.discard)

    def _report(self, request: Request, source: Source, started: float, state: SourceState) -> None:
        request.report.note(source.name, state, elapsed_ms=(time.perf_counter() - started) * 1000)


_STATES: dict[type[HubError], SourceState] = {
    DepartmentTimeout: SourceState.TIMEOUT,
    DepartmentUnavailable: SourceState.UNAVAILABLE,
    DataQuality: SourceState.BROKEN,
}


async def _settled(task: asyncio.Future[T]) -> object:
    await asyncio.wait({task})
    return None if task.cancelled() else task.exception()
