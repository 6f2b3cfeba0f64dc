"""Pacing: who has spent a tenth of its budget leaves three quarters of the event loop to others."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.graphql.operations import Operations, Ready
from api.overload import pacing
from api.overload.pacing import Pacing
from api.responses.cache import room
from models.policy.viewer import Purpose, Role
from models.request import Request
from store.buckets import MemoryBuckets
from tests.api.hub import Running, codes_of, environment, running
from tests.api.test_charging import TEN, Clock, from_address, small

SPENDER, OTHER = "203.0.113.1", "203.0.113.2"
BUSY_S = 0.06
"""How long each operation of these tests seems to keep the loop busy."""
PAUSE_S = 3 * BUSY_S
CONNECTIONS = 4
COUNTED = "complaints { totalCount }"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def hub(city_folder: Path, database: Path, clock: Clock) -> AsyncIterator[Running]:
    async with small(city_folder, database, clock) as started:
        looks = itertools.count()
        object.__setattr__(started.hub.charging, "pacing", Pacing(busy=lambda: next(looks) * BUSY_S))
        yield started


async def spend(hub: Running, times: int, address: str = SPENDER) -> None:
    """Ask questions of a tenth of the budget each."""
    for number in range(times):
        assert (await from_address(hub, address, TEN.replace("10", f"{10 - number}"))).status_code == 200


async def paced(hub: Running) -> asyncio.Task[Response]:
    """A client whose next question has to wait, and that question."""
    await spend(hub, 2)
    waiting = asyncio.ensure_future(from_address(hub, SPENDER))
    await asyncio.sleep(0)
    return waiting


async def test_who_has_spent_a_tenth_waits_three_times_as_long_as_it_was_busy(hub: Running) -> None:
    await spend(hub, 1)
    started_s = time.monotonic()
    await spend(hub, 1)
    # What was asked with a full bucket is not waited for.
    assert time.monotonic() - started_s < PAUSE_S
    started_s = time.monotonic()
    assert (await from_address(hub, SPENDER)).status_code == 200
    assert PAUSE_S / 2 < time.monotonic() - started_s < 3 * PAUSE_S


async def test_others_do_not_wait_for_it(hub: Running) -> None:
    waiting = await paced(hub)
    assert (await from_address(hub, OTHER)).status_code == 200
    assert (await from_address(hub, SPENDER, **hub.bearer(Role.OPERATOR))).status_code == 200
    assert not waiting.done()
    assert (await waiting).status_code == 200


async def test_a_bucket_that_has_filled_again_ends_it(hub: Running, clock: Clock) -> None:
    await spend(hub, 3)
    clock.now_s += 200
    await from_address(hub, SPENDER, "{ __typename }")
    waiting = asyncio.ensure_future(from_address(hub, SPENDER, TEN.replace("10", "3")))
    assert (await from_address(hub, OTHER, TEN.replace("10", "4"))).status_code == 200
    async with asyncio.timeout(PAUSE_S / 2):
        assert (await waiting).status_code == 200


async def test_so_many_of_it_run_and_wait_and_the_rest_is_told_to_come_again(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "WAITING_MAX", 3)
    await spend(hub, 2)
    asked = await asyncio.gather(*(from_address(hub, SPENDER, TEN.replace("10", f"{1 + at}")) for at in range(5)))
    assert sorted(response.status_code for response in asked) == [200, 200, 200, 503, 503]
    refused = next(response for response in asked if response.status_code == 503)
    assert (codes_of(refused), refused.headers["retry-after"]) == (["RATE_LIMITED"], "1")
    # What is refused before it is charged costs nothing.
    monkeypatch.setattr(pacing, "WAITING_S_MAX", PAUSE_S / 10)
    assert (await from_address(hub, SPENDER)).status_code == 503
    assert (await from_address(hub, OTHER)).status_code == 200


# --- How long others wait ---------------------------------------------------------------------------------------------


class Work:
    """A clock that stands still but for the operations that run: each takes the event loop for the same while."""

    OPERATION_S = 0.001
    done = 0

    def __call__(self) -> float:
        return self.done * self.OPERATION_S


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    work, run = Work(), Operations.run

    async def counted(self: Operations, ready: Ready, request: Request) -> dict[str, Any]:
        work.done += 1
        return await run(self, ready, request)

    monkeypatch.setattr(Operations, "run", counted)
    return work


@pytest.fixture
async def in_production(city_folder: Path, database: Path, work: Work) -> AsyncIterator[Running]:
    """A hub with the budgets of production, which fill no more, whose pacing knows no other time than the work."""
    async with running(environment(city_folder, database, HUB_BUDGET_SCALE="1")) as started:
        started.hub.responses._kept = room(bytes_max=0)
        object.__setattr__(started.hub.charging.fallback_buckets, "own", MemoryBuckets(clock=Clock()))
        object.__setattr__(started.hub.charging, "pacing", Pacing(clock=work, busy=work))
        yield started


async def spend_all(hub: Running, connection: int) -> int:
    """Ask until the bucket is empty, each time something else. How many were answered."""
    for answered in itertools.count():
        alias = f"a{connection}x{answered}"
        asked = await from_address(hub, SPENDER, f"{{ {alias}: areas(first: 1) {{ nodes {{ {COUNTED} }} }} }}")
        if asked.status_code != 200:
            assert asked.status_code == 429
            return answered
    raise AssertionError("a bucket never ends")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ANONYMOUS])
async def test_others_wait_no_longer_while_one_client_spends_its_budget(
    in_production: Running, work: Work, role: Role
) -> None:
    hub = in_production
    officer = hub.bearer(Role.OFFICER, department="dpupr") | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}

    async def ask(number: int) -> int:
        """How many operations ran until its answer came, its own too."""
        began = work.done
        if role is Role.OFFICER:
            answer = await hub.ask(f'{{ complaint(ticketNumber: "{number}") {{ id }} }}', officer)
        else:
            address = f"10.2.{number // 250}.{number % 250}"
            answer = await from_address(hub, address, f"{{ a{number}: complaints(first: 1) {{ nodes {{ id }} }} }}")
        assert answer.status_code == 200
        return work.done - began

    assert [await ask(number) for number in range(5)] == [1] * 5
    spending = asyncio.gather(*(spend_all(hub, connection) for connection in range(CONNECTIONS)))
    waited: list[int] = []
    while not spending.done():
        waited.append(await ask(len(waited)))
    answered = sum(await spending)
    assert answered == 20_000 // 421
    # A quarter for the client is one and a third for others; what it asks while it is not paced yet comes on top.
    assert statistics.median(waited) <= 1.5
    assert statistics.mean(waited) <= 2
