"""Single flight: concurrent requests for the same work share one task.

The task is cancelled only when the last waiter has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

FLIGHTS_MAX = 4_096
"""How many flights may be under way at once."""


class TooManyFlights(Exception):
    """The work was not begun: too many flights are under way."""


class FlightEnded(Exception):
    """The work was cancelled before it had a result."""


@dataclass(eq=False, slots=True)
class Flight(Generic[T]):
    """Work under way: its result, and how many wait for it."""

    name: Hashable
    result: asyncio.Future[T]
    left: Callable[[], None]
    task: asyncio.Task[None] | None = None
    waiting: int = 0


@dataclass(slots=True)
class Flights(Generic[T]):
    """Flights by name. A name is free again when the work and its `after` have ended."""

    flights_max: int = FLIGHTS_MAX
    _flights: dict[Hashable, Flight[T]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __contains__(self, name: Hashable) -> bool:
        return name in self._flights

    def begin(
        self,
        name: Hashable,
        work: Callable[[], Awaitable[T]],
        after: Callable[[T], Awaitable[None]] | None = None,
        left: Callable[[], None] = lambda: None,
    ) -> Flight[T]:
        """Join the flight of this name, or begin it.

        `after` runs when the result is there and given to all who wait; who comes before it has ended gets that result
        too. `left` is called before the work is ended because all have left. Raises TooManyFlights.
        """
        under_way = self._flights.get(name)
        if under_way is not None:
            return under_way
        if len(self._flights) >= self.flights_max:
            raise TooManyFlights
        flight: Flight[T] = Flight(name, asyncio.get_running_loop().create_future(), left)
        self._flights[name] = flight
        flight.task = asyncio.create_task(self._fly(flight, work, after))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return flight

    async def share(self, name: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What the work of this name brings to all who ask. Where too many are under way, each works alone."""
        try:
            flight = self.begin(name, work)
        except TooManyFlights:
            return await work()
        return await self.wait(flight)

    async def wait(self, flight: Flight[T], within_s: float | None = None) -> T:
        """The result, or what the work raised. Raises TimeoutError after `within_s`, and FlightEnded.

        When the last of those who wait is cancelled, so is the work, and it leaves when the work has ended: nothing
        runs on unseen.
        """
        flight.waiting += 1
        try:
            done, _ = await asyncio.wait({flight.result}, timeout=within_s)
        except asyncio.CancelledError:
            if flight.waiting == 1:
                await self._end(flight)
            raise
        finally:
            flight.waiting -= 1
        if not done:
            raise TimeoutError
        if flight.result.cancelled():
            raise FlightEnded
        return flight.result.result()

    async def close(self) -> None:
        """Cancel all flights."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self, flight: Flight[T]) -> None:
        """End a work, unless it has its result. Its name is free at once: who comes now must not be ended with it."""
        if flight.task is not None and not flight.result.done():
            self._forget(flight)
            flight.left()
            flight.task.cancel()
            await asyncio.wait({flight.task})

    def _forget(self, flight: Flight[T]) -> None:
        if self._flights.get(flight.name) is flight:
            del self._flights[flight.name]

    async def _fly(
        self, flight: Flight[T], work: Callable[[], Awaitable[T]], after: Callable[[T], Awaitable[None]] | None
    ) -> None:
        result = flight.result
        try:
            answer = await work()
            result.set_result(answer)
            if after is not None:
                await after(answer)
        except Exception as error:
            if result.done():
                # A defect in `after`: the loop's exception handler reports it.
                raise
            result.set_exception(error)
            # Mark it as retrieved: all waiters may have left.
            result.exception()
        finally:
            self._forget(flight)
            if not result.done():
                result.cancel()
