"""Single flight: the same work asked for by many at once is done once, and nobody who leaves takes it away from others.

The work is a task of its own. What stands until its end is found by whoever comes meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

FLIGHTS_MAX = 4_096
"""How many different works may be under way at once."""


class TooManyFlights(Exception):
    """The work was not begun, since too many others are under way."""


class FlightEnded(Exception):
    """The work was cancelled before it had a result."""


@dataclass(slots=True)
class Flights(Generic[T]):
    """Works under way, by name. The name of a work is free again when the work and what comes after it have ended."""

    flights_max: int = FLIGHTS_MAX
    _results: dict[str, asyncio.Future[T]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(
        self, name: str, work: Callable[[], Awaitable[T]], after: Callable[[T], Awaitable[None]] | None = None
    ) -> asyncio.Future[T]:
        """The result of the work of this name, which begins now unless it is under way.

        `after` runs when the result is there and given to all who wait; who comes before it has ended gets that result
        too. Cancelling the future is the work's own to do: wait for it by `wait`. Raises TooManyFlights.
        """
        under_way = self._results.get(name)
        if under_way is not None:
            return under_way
        if len(self._results) >= self.flights_max:
            raise TooManyFlights
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._results[name] = result
        task = asyncio.create_task(self._fly(name, result, work, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return result

    async def wait(self, result: asyncio.Future[T], within_s: float | None = None) -> T:
        """The result, or what the work raised. Raises TimeoutError after `within_s`, and FlightEnded."""
        done, _ = await asyncio.wait({result}, timeout=within_s)
        if not done:
            raise TimeoutError
        if result.cancelled():
            raise FlightEnded
        return result.result()

    async def close(self) -> None:
        """End everything that is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fly(
        self,
        name: str,
        result: asyncio.Future[T],
        work: Callable[[], Awaitable[T]],
        after: Callable[[T], Awaitable[None]] | None,
    ) -> None:
        try:
            answer = await work()
            result.set_result(answer)
            if after is not None:
                await after(answer)
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to those who wait
            if not result.done():
                result.set_exception(error)
                # It is theirs, and where all have left it is nobody's.
                result.exception()
        finally:
            del self._results[name]
            if not result.done():
                result.cancel()
