"""Single flight: one work for all who ask meanwhile, and nobody who leaves takes it away."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from models.mechanisms.single_flight import FlightEnded, Flights, TooManyFlights
from tests.connectors.caching import settled


@dataclass
class Work:
    begun: int = 0
    failure: Exception | None = None
    let: asyncio.Event = field(default_factory=asyncio.Event)
    after_let: asyncio.Event = field(default_factory=asyncio.Event)
    came_after: list[int] = field(default_factory=list)

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        await self.let.wait()
        if self.failure is not None:
            raise self.failure
        return number

    async def after(self, result: int) -> None:
        self.came_after.append(result)
        await self.after_let.wait()


@pytest.fixture
async def flights() -> AsyncIterator[Flights[int]]:
    flights: Flights[int] = Flights()
    yield flights
    await flights.close()
    assert (flights._flights, flights._tasks) == ({}, set())


async def test_all_who_ask_meanwhile_get_the_one_result(flights: Flights[int]) -> None:
    work = Work()
    waiting = [asyncio.create_task(flights.wait(flights.begin("a", work))) for _ in range(3)]
    other = Work()
    apart = asyncio.create_task(flights.wait(flights.begin("b", other)))
    await settled()
    work.let.set()
    assert await asyncio.gather(*waiting) == [1, 1, 1]
    assert (work.begun, other.begun, apart.done()) == (1, 1, False)
    other.let.set()
    assert await apart == 1
    assert await flights.wait(flights.begin("a", work)) == 2


async def test_what_comes_after_holds_the_name_and_nobody_who_waits(flights: Flights[int]) -> None:
    work = Work()
    work.let.set()
    assert await flights.wait(flights.begin("a", work, work.after)) == 1
    assert await flights.wait(flights.begin("a", work, work.after)) == 1
    assert (work.begun, work.came_after) == (1, [1])
    work.after_let.set()
    await settled()
    assert await flights.wait(flights.begin("a", work, work.after)) == 2


async def test_a_failure_is_everybodys_and_frees_the_name(flights: Flights[int]) -> None:
    work = Work(failure=ValueError("no"))
    work.let.set()
    results = await asyncio.gather(*(flights.wait(flights.begin("a", work)) for _ in range(3)), return_exceptions=True)
    assert ({type(result) for result in results}, work.begun) == ({ValueError}, 1)
    await settled()
    work.failure = None
    assert await flights.wait(flights.begin("a", work)) == 2


async def test_who_leaves_or_runs_out_of_time_takes_nothing_away(flights: Flights[int]) -> None:
    work = Work()
    result = flights.begin("a", work)
    leaving, staying = (asyncio.create_task(flights.wait(result)) for _ in range(2))
    await settled()
    leaving.cancel()
    with pytest.raises(TimeoutError):
        await flights.wait(result, 0)
    await settled()
    work.let.set()
    assert (await staying, work.begun) == (1, 1)


async def test_when_all_have_left_the_work_ends_and_its_name_is_free_at_once(flights: Flights[int]) -> None:
    work = Work()
    leaving = [asyncio.create_task(flights.wait(flights.begin("a", work))) for _ in range(2)]
    await settled()
    for each in leaving:
        each.cancel()
    await asyncio.wait(leaving)
    coming = flights.begin("a", work)
    work.let.set()
    assert (await flights.wait(coming), work.begun) == (2, 2)


async def test_what_comes_after_is_not_ended_by_who_leaves(flights: Flights[int]) -> None:
    work = Work()
    leaving = asyncio.create_task(flights.wait(flights.begin("a", work, work.after)))
    await settled()
    work.let.set()
    await settled()
    leaving.cancel()
    await settled()
    assert work.came_after == [1]
    assert await flights.wait(flights.begin("a", work, work.after)) == 1


async def test_a_failure_that_nobody_waits_for_is_no_complaint_of_the_loop(flights: Flights[int]) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    work = Work(failure=ValueError("no"))
    work.let.set()
    flights.begin("a", work)
    await settled()
    assert (work.begun, complaints) == (1, [])


async def test_a_defect_in_what_comes_after_is_a_complaint_of_the_loop(flights: Flights[int]) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["exception"]))
    work = Work()
    work.let.set()

    async def after(_: int) -> None:
        raise ZeroDivisionError

    assert await flights.wait(flights.begin("a", work, after)) == 1
    await settled()
    gc.collect()
    assert [type(complaint) for complaint in complaints] == [ZeroDivisionError]
    assert await flights.wait(flights.begin("a", work)) == 2


async def test_a_bound_holds(flights: Flights[int]) -> None:
    flights.flights_max = 1
    work = Work()
    assert flights.begin("a", work) is flights.begin("a", work)
    with pytest.raises(TooManyFlights):
        flights.begin("b", work)


async def test_above_the_bound_each_works_alone(flights: Flights[int]) -> None:
    flights.flights_max = 1
    first, work = Work(), Work()
    work.let.set()
    sharing = [asyncio.create_task(flights.share("a", first)) for _ in range(2)]
    await settled()
    assert [await flights.share("b", work) for _ in range(2)] == [1, 2]
    assert ("a" in flights, "b" in flights) == (True, False)
    first.let.set()
    assert await asyncio.gather(*sharing) == [1, 1]


async def test_the_last_who_leaves_says_so_first_and_goes_when_the_work_has_ended(flights: Flights[int]) -> None:
    told: list[str] = []
    cleaned = asyncio.Event()

    async def work() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("ending")
            await cleaned.wait()
        return 1

    flight = flights.begin("a", work, left=lambda: told.append("left"))
    leaving = asyncio.create_task(flights.wait(flight))
    await settled()
    leaving.cancel()
    await settled()
    assert (told, leaving.done()) == (["left", "ending"], False)
    cleaned.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert flight.task is not None
    assert flight.task.done()


async def test_the_end_of_all_is_told(flights: Flights[int]) -> None:
    waiting = asyncio.create_task(flights.wait(flights.begin("a", Work())))
    await settled()
    await flights.close()
    with pytest.raises(FlightEnded):
        await waiting
