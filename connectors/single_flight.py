"""Single flight: the same work asked for by many at once is done once, and nobody who leaves takes it away from others.

The work is a task of its own, found by whoever comes meanwhile. It ends early only when everybody who waited has left.
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


@dataclass(eq=False, slots=True)
class Flight(Generic[T]):
    """A work under way: its result, and how many wait for it."""

    name: str
    result: asyncio.Future[T]
    task: asyncio.Task[None] | None = None
    waiting: int = 0


@dataclass(slots=True)
class Flights(Generic[T]):
    """Works under way, by name. The name of a work is free again when the work and what comes after it have ended."""

    flights_max: int = FLIGHTS_MAX
    _flights: dict[str, Flight[T]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(
        self, name: str, work: Callable[[], Awaitable[T]], after: Callable[[T], Awaitable[None]] | None = None
    ) -> Flight[T]:
        """The work of this name, which begins now unless it is under way.

        `after` runs when the result is there and given to all who wait; who comes before it has ended gets that result
        too. Raises TooManyFlights.
        """
        under_way = self._flights.get(name)
        if under_way is not None:
            return under_way
        if len(self._flights) >= self.flights_max:
            raise TooManyFlights
        flight: Flight[T] = Flight(name, asyncio.get_running_loop().create_future())
        self._flights[name] = flight
        flight.task = asyncio.create_task(self._fly(flight, work, after))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return flight

    async def wait(self, flight: Flight[T], within_s: float | None = None) -> T:
        """The result, or what the work raised. Raises TimeoutError after `within_s`, and FlightEnded.

        When the last of those who wait is cancelled, so is the work: nobody wants it any more.
        """
        flight.waiting += 1
        try:
            done, _ = await asyncio.wait({flight.result}, timeout=within_s)
        except asyncio.CancelledError:
            if flight.waiting == 1:
                self._end(flight)
            raise
        finally:
            flight.waiting -= 1
        if not done:
            raise TimeoutError
        if flight.result.cancelled():
            raise FlightEnded
        return flight.result.result()

    async def close(self) -> None:
        """End everything that is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, flight: Flight[T]) -> None:
        """End a work, unless it has its result. Its name is free at once: who comes now must not be ended with it."""
        if flight.task is not None and not flight.result.done():
            flight.task.cancel()
            self._forget(flight)

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
                # A defect in what comes after: for whoever listens to the loop.
                raise
            result.set_exception(error)
            # It belongs to those who wait, and where all have left it is nobody's.
            result.exception()
        finally:
            self._forget(flight)
            if not result.done():
                result.cancel()
