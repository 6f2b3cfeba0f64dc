"""One department fails in every way there is: the others answer in time, it is left alone, and it comes back.

Times are held with five times the slack; `python -m tests.faults.figures` prints them exactly.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from statistics import median

import pytest

from connectors.guard.breaker import BreakerState
from tests import garbage
from tests.faults.city import SixDepartments, six_departments
from tests.faults.proxy import Mode
from tests.faults.question import BUDGET_MS, SIX, Told
from tests.graph.harness import Urls

SLACK = 5
OVER_BUDGET_MS_MAX = 100 * SLACK
OPEN_MS_MAX = 20 * SLACK
GREETED_S_MAX = 3.0
HEALED_S_MAX = 2.0 * SLACK
OPENED_S_MAX = 15.0
IN_LINE = 60
IN_LINE_ATTEMPTS_MAX = 22
"""It is left alone after ten failures. As many again would come where nobody looks once more: thirty in all."""
TOGETHER = 5
"""How many ask at once while a department is down."""

ONE_EACH = [
    pytest.param(fault, (name,), id=f"{fault.value}-{name}")
    for fault, name in (
        (Mode.REFUSE, "complaints"),
        (Mode.BLACK_HOLE, "hospitals"),
        (Mode.BLACK_HOLE, "complaints"),
        (Mode.LATENCY, "complaints"),
        (Mode.GARBAGE, "hospitals"),
    )
]
"""One department: hospitals are on PostgreSQL, complaints on MariaDB."""
TWO_AT_ONCE = [
    pytest.param(fault, ("hospitals", "complaints"), id=fault.value)
    for fault in (Mode.RESET, Mode.TRICKLE, Mode.TRUNCATE)
]


@pytest.mark.parametrize(("fault", "names"), [*ONE_EACH, *TWO_AT_ONCE])
async def test_the_others_answer_and_it_comes_back(six: SixDepartments, fault: Mode, names: tuple[str, ...]) -> None:
    faulty = frozenset(names)
    await six.fail(fault, *names)
    first = await six.ask()
    assert six.wrongs(first, faulty) == []
    assert [name for name in names if not is_degraded(first, name)] == []
    assert six.in_time(first.took_ms, BUDGET_MS + OVER_BUDGET_MS_MAX)

    await until_open(six, names)
    await until_probed(six, names)
    before = {name: counted(six, name) for name in names}
    told = [await six.ask() for _ in range(TOGETHER)]
    assert [wrong for one in told for wrong in six.wrongs(one, faulty)] == []
    assert six.in_time(median(one.took_ms for one in told), OPEN_MS_MAX)

    await until_probed(six, names)
    if fault is not Mode.REFUSE:
        # However many ask, each probe of the guard's own is one attempt, and there is no other question. What stops a
        # statement that was abandoned may come seconds later, and says what it is after its greeting.
        after = {name: counted(six, name) for name in names}
        with suppress(TimeoutError):
            async with asyncio.timeout(GREETED_S_MAX):
                while any(unasked_for(six, name, before[name], after[name]) for name in names):  # noqa: ASYNC110  # no event tells
                    await asyncio.sleep(0.02)
        assert [unasked_for(six, name, before[name], after[name]) for name in names] == [0] * len(names)

    await six.heal()
    async with asyncio.timeout(HEALED_S_MAX):
        while [name for name in SIX if is_degraded(told[-1], name)]:
            await asyncio.sleep(0.02)
            told.append(await six.ask())
            assert six.wrongs(told[-1], faulty) == []
    assert (told[-1].errors, six.wrongs(told[-1], frozenset())) == ({}, [])
    metrics = (await six.running.client.get("/metrics")).text
    for name in names:
        (probes,) = re.findall(rf'^simpul_source_probes_total{{source="{name}"[^}}]*}} (\S+)$', metrics, re.MULTILINE)
        assert float(probes) == six.probes_of(name) >= 2


async def test_who_waits_in_line_is_not_sent_to_a_department_that_is_left_alone_by_now(
    urls: Urls, folder: Path
) -> None:
    # So many at once take a slow machine longer than what an operation may take, and time is not what this is about.
    async with six_departments(urls, folder, HUB_DEADLINE_MS="20000") as six:
        proxy = six.proxies["hospitals"]
        await six.fail(Mode.RESET, "hospitals")
        before = proxy.attempts
        told = await asyncio.gather(*(six.ask() for _ in range(IN_LINE)))
        assert [wrong for one in told for wrong in six.wrongs(one, frozenset({"hospitals"}))] == []
        # Calls that fail until it is left alone, those under way by then, and what may be sent again.
        assert 0 < proxy.attempts - before <= IN_LINE_ATTEMPTS_MAX


async def test_an_answer_without_a_department_leaves_no_garbage(six: SixDepartments) -> None:
    await six.fail(Mode.REFUSE, "hospitals")
    await until_open(six, ("hospitals",))
    with garbage.left() as left:
        for _ in range(TOGETHER):
            assert (await six.ask()).states["hospitals"] != "OK"
    # A probe meanwhile may leave its own.
    assert left["Request"] == 0


def counted(six: SixDepartments, name: str) -> tuple[int, int]:
    """How often a department was connected to, and how many probes there were."""
    return six.proxies[name].attempts, six.probes_of(name)


def unasked_for(six: SixDepartments, name: str, before: tuple[int, int], after: tuple[int, int]) -> int:
    """The connections between two counts that were neither probes nor stops."""
    stops = sum(before[0] < number <= after[0] for number in six.proxies[name].stops)
    return after[0] - before[0] - stops - (after[1] - before[1])


def is_degraded(told: Told, name: str) -> bool:
    """Whether a department has no answer, or not one of its own."""
    return told.rows[name] is None or told.states.get(name) != "OK"


async def until_open(six: SixDepartments, names: tuple[str, ...]) -> None:
    """Ask until the departments are left alone; nothing wrong is said on the way."""
    async with asyncio.timeout(OPENED_S_MAX):
        while any(six.state_of(name) is BreakerState.CLOSED for name in names):
            together = await asyncio.gather(*(six.ask() for _ in range(2 * TOGETHER)))
            assert [wrong for told in together for wrong in six.wrongs(told, frozenset(names))] == []
        await between_probes(six, names)


async def until_probed(six: SixDepartments, names: tuple[str, ...]) -> None:
    """Ask, many at once, until each department was asked by a probe and is left alone again."""
    before = {name: six.probes_of(name) for name in names}
    async with asyncio.timeout(HEALED_S_MAX):
        while any(six.probes_of(name) == before[name] for name in names):
            together = await asyncio.gather(*(six.ask() for _ in range(TOGETHER)))
            assert [wrong for told in together for wrong in six.wrongs(told, frozenset(names))] == []
            await asyncio.sleep(0.01)
        await between_probes(six, names)


async def between_probes(six: SixDepartments, names: tuple[str, ...]) -> None:
    while any(six.state_of(name) is not BreakerState.OPEN for name in names):  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.005)
