"""Costs: what every question of the schema costs a hub over a whole city, beside what it is charged.

Each runs alone and twenty times under aliases, without any cache. Measured are the processor time of the process, in
which the sources are, and for how long the thread of the event loop held one turn, both in processor time: other
programs on the machine change nothing. Exits with 1 where a gate breaks.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import random
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from unittest import mock

import tests.api.hub
from bench.results import Section
from connectors.load import LoadContract
from sample.write import write_city
from schema.build import SCHEMA
from settings import ROOT
from store.database.sqlite_accounting import stop_accounting
from tests.api.hub import Running
from tests.api.serving import tuned_as_when_serving
from tests.attacks import bystanders
from tests.attacks.cost_cases import Case, cases_of
from tests.attacks.stage import MeasuredLoop
from tests.attacks.whole_city import forget, hub_of

MINUTES: Final = 30.0
"""How long the search takes, unless told."""
CPU_TIMES_MAX: Final = 10.0
"""So much more processor time than a plain list a question may take for a unit."""
HELD_MS_MAX: Final = 50.0
REPEATED: Final = 200
REPEATED_S_MAX: Final = 4.0
REPEATED_MIN: Final = 12
"""How often a question is repeated to see whether memory stays flat; less often where that takes longer."""
GROWTH_MB_MAX: Final = 16
QUARTERS: Final = 4
ASKING_MS: Final = 5.0
"""What asking takes besides, about."""
OTHERS_TIMES_MAX: Final = 1.5
"""Of the event loop's work until an answer is there. By the clock it is told, which a busy machine makes longer."""
TRIES: Final = 3
"""How often what breaks a gate is looked at: what a thread of the hub's own did meanwhile is nobody's fault."""
PLAIN_TRIES: Final = 5
WORST: Final = 20
ASKED_SHARE: Final = 0.5
REPEATED_SHARE: Final = 0.38
"""Of the time, for asking every question, and for asking one of each kind again and again; the rest is for others'
waits."""
ALIASED_SHARE: Final = 0.25
"""Of the time for every question, for those under aliases; those come first that were dearest alone."""
LOOK_EVERY_S: Final = 0.1
QUIET_S_MIN: Final = 0.5
SETTLED_S_MAX: Final = 120.0
"""How long a hub may take until it has done what it does after its start."""
PLAIN: Final = "complaints(first: 100) { nodes { id ticketNumber status } }"
EMPTY: Final = "__typename"
PATIENT: Final = LoadContract(statement_ms_max=60_000)
"""What is slow is measured, and not cut off."""
CASES: Final = {case.name: case for case in cases_of(SCHEMA._schema)}
CITY: Final = ROOT / "var" / "attacks" / "city"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one question took, and what it was charged; 0 units for one that was refused before it ran.

    What any request takes that asks for nothing is not in it.
    """

    units: int
    cpu_ms: float
    held_ms: float
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `times` is the processor time of a unit, in that of a plain list."""

    name: str
    cost: Cost
    times: float

    @property
    def breaks(self) -> bool:
        return self.cost.units > 0 and (self.times > CPU_TIMES_MAX or self.cost.held_ms > HELD_MS_MAX)

    def row(self) -> str:
        cost = self.cost
        told = f"{cost.units} | {cost.cpu_ms:.0f} | {self.times:.1f} | {cost.held_ms:.0f}"
        return f"| {self.name} | {told} | {' '.join(sorted(cost.codes))} |"


@dataclass(frozen=True, slots=True)
class Grown:
    """By how many MB the process grew after the first quarter of so many times that a question was answered."""

    name: str
    times: int
    mb: float

    def row(self) -> str:
        return f"| {self.name} | {self.times} | {self.mb:.1f} |"


GROWN_HEAD: Final = ("| asked again and again | times | MB more after the first quarter |", "|---|--:|--:|")
HEAD: Final = (
    "| question | units | CPU ms | per unit, in plain lists | held ms | errors |",
    "|---|--:|--:|--:|--:|---|",
)


class Bench:
    """Asks a hub, and knows what asking itself and a plain list take."""

    def __init__(self, hub: Running, loop: MeasuredLoop) -> None:
        self._hub = hub
        self._loop = loop
        self._numbers = itertools.count()
        self._empty_ms = 0.0
        self._plain_ms = 1.0

    async def prepare(self) -> None:
        """Measure what all others are measured by, and leave what is made once behind."""
        quiet_s, until_s = 0.0, time.monotonic() + SETTLED_S_MAX
        while quiet_s < QUIET_S_MIN and time.monotonic() < until_s:
            started_s = time.process_time()
            await asyncio.sleep(LOOK_EVERY_S)
            quiet_s = quiet_s + LOOK_EVERY_S if time.process_time() - started_s < LOOK_EVERY_S / 10 else 0.0
        for _ in range(5):
            await self.cost(f"{{ {PLAIN} }}")
        self._empty_ms = statistics.median([(await self.cost(f"{{ {EMPTY} }}")).cpu_ms for _ in range(9)])
        await self._measure_plain()

    async def _measure_plain(self) -> None:
        """The least of some tries, as of what is compared with it."""
        plain = [await self.cost(f"{{ {PLAIN} }}") for _ in range(PLAIN_TRIES)]
        # Of a plain list all of it counts.
        self._plain_ms = min((self._empty_ms + cost.cpu_ms) / cost.units for cost in plain)

    async def cost(self, query: str) -> Cost:
        """One question, which no cache knows: neither its document nor what it reads."""
        await forget(self._hub)
        gc.collect()
        # The next turn of the loop is the first that the question can hold.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        named = f"query Q{next(self._numbers)} {query}"
        self._loop.held_s = 0.0
        started_s = time.process_time()
        response = await self._hub.ask(named)
        cpu_ms = (time.process_time() - started_s) * 1_000
        await asyncio.sleep(0)
        held_ms = self._loop.held_s * 1_000
        body = response.json()
        codes = frozenset(error["extensions"]["code"] for error in body.get("errors", ()))
        units = body.get("extensions", {}).get("cost", {}).get("units", 0) if "data" in body else 0
        return Cost(units, max(0.0, cpu_ms - self._empty_ms), held_ms, codes)

    async def line(self, name: str, query: str) -> Line:
        """What a question costs: the least of some tries where it seems to break a gate.

        A machine that others use takes more processor time for the same work: the plain list is asked again beside it.
        """
        line = self._line(name, await self.cost(query))
        for _ in range(TRIES - 1):
            if not line.breaks:
                break
            await self._measure_plain()
            again = self._line(name, await self.cost(query))
            held_ms = min(again.cost.held_ms, line.cost.held_ms)
            least = min(again, line, key=lambda one: one.times)
            line = replace(least, cost=replace(least.cost, held_ms=held_ms))
        return line

    def _line(self, name: str, cost: Cost) -> Line:
        return Line(name, cost, cost.cpu_ms / cost.units / self._plain_ms if cost.units else 0.0)

    async def growth(self, query: str, times: int, size: Callable[[], float]) -> float:
        """By how much a size grew after the first quarter of so many times that a question was answered anew."""
        sizes = []
        for _ in range(QUARTERS):
            for _ in range(times // QUARTERS):
                await forget(self._hub)
                await self._hub.ask(query)
            await forget(self._hub)
            gc.collect()
            sizes.append(size())
        return max(sizes) - sizes[0]


def resident_mb() -> float:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


@asynccontextmanager
async def bench(city: Path, folder: Path) -> AsyncIterator[Bench]:
    """A hub over a city in a folder, once it has done what it does after its start. Runs in a MeasuredLoop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MeasuredLoop)
    with mock.patch.object(tests.api.hub, "PATIENT", PATIENT), tuned_as_when_serving():
        async with hub_of(city, folder) as hub:
            made = Bench(hub, loop)
            await made.prepare()
            yield made


async def lines(bench: Bench, cases: Sequence[Case], seconds: float) -> tuple[list[Line], int]:
    """The lines of as many cases as there is time for, and of how many."""
    until_s = time.monotonic() + seconds * (1 - ALIASED_SHARE)
    alone: list[tuple[Line, Case]] = []
    for case in cases:
        if time.monotonic() > until_s:
            break
        alone.append((await bench.line(case.name, case.alone), case))
    # Those whose work is largest are the ones that hold the most when they come twenty times.
    alone.sort(key=lambda pair: -pair[0].cost.cpu_ms)
    found, until_s = [line for line, _ in alone], until_s + seconds * ALIASED_SHARE
    for _, case in _mixed([case for _, case in alone]):
        if time.monotonic() > until_s:
            break
        found.append(await bench.line(f"{case.name} x20", case.aliased))
    return found, len(alone)


def _mixed(cases: Sequence[Case]) -> Iterator[tuple[int, Case]]:
    """By turns the dearest that is left and one from the middle, so that neither kind waits for the other."""
    half = len(cases) // 2
    for at in range(half):
        yield at, cases[at]
        yield at, cases[half + at]


async def _run(given: argparse.Namespace, section: Section) -> tuple[bool, list[Line]]:
    """Whether the gates of single questions hold, and the lines of those that were answered alone, the worst first."""
    cases = cases_of(SCHEMA._schema)  # Strawberry offers no other way to it
    random.Random(given.seed).shuffle(cases)
    cases = [case for case in cases if given.only in case.name][given.skip :]
    seconds = (given.minutes or MINUTES) * 60
    with tempfile.TemporaryDirectory(prefix="simpul-costs-") as folder:
        async with bench(given.city, Path(folder)) as made:
            found, alone = await lines(made, cases, seconds * ASKED_SHARE)
            found.sort(key=lambda line: -max(line.times / CPU_TIMES_MAX, line.cost.held_ms / HELD_MS_MAX))
            section.say(f"{alone} of {len(cases)} questions (seed {given.seed}, the first {given.skip} left out).", "")
            breaking = [line for line in found if line.breaks]
            section.say(f"{len(breaking)} of {len(found)} lines break a gate; the {WORST} worst:", "", *HEAD)
            section.say(*(line.row() for line in found[:WORST]))
            answered = [line for line in found if line.name in CASES and line.cost.units and not line.cost.codes]
            grown = await _grown(made, answered, seconds * REPEATED_SHARE)
            grown.sort(key=lambda one: -one.mb)
            often = sum(one.times >= REPEATED for one in grown)
            kinds = len({case.kind for case in cases})
            section.say("", f"{len(grown)} of {kinds} kinds of questions, {often} of them {REPEATED} times;")
            section.say(f"the {WORST} that grew most:", "", *GROWN_HEAD, *(one.row() for one in grown[:WORST]))
    for line in breaking[WORST:]:
        section.say_only(line.row())
    return not breaking and grown[0].mb <= GROWTH_MB_MAX, answered


async def _grown(made: Bench, answered: Sequence[Line], seconds: float) -> list[Grown]:
    """How much memory one question of each kind takes when it is repeated, the quickest first, while there is time."""
    until_s, found = time.monotonic() + seconds, []
    for line in sorted(_one_of_each_kind(answered), key=lambda line: line.cost.cpu_ms):
        if time.monotonic() > until_s:
            break
        times = max(REPEATED_MIN, min(REPEATED, _times(line)))
        mb = await made.growth(CASES[line.name].alone, times, resident_mb)
        if mb > GROWTH_MB_MAX:
            # What is kept for good is kept again; what a cache or the allocator has taken is there by now.
            mb = min(mb, await made.growth(CASES[line.name].alone, times, resident_mb))
        found.append(Grown(line.name, times, mb))
    return found


def _times(line: Line) -> int:
    """How often a question can be repeated in the time of one."""
    return int(REPEATED_S_MAX * 1_000 / (line.cost.cpu_ms + ASKING_MS))


def _one_of_each_kind(answered: Sequence[Line]) -> Iterator[Line]:
    """The dearest that can be repeated as often as is wanted, or the quickest."""
    kinds: dict[str, list[Line]] = {}
    for line in answered:
        kinds.setdefault(CASES[line.name].kind, []).append(line)
    for lines in kinds.values():
        lines.sort(key=lambda line: line.cost.cpu_ms)
        quick = [line for line in lines if _times(line) >= REPEATED]
        yield (quick[-1:] or lines)[0]


def _others(given: argparse.Namespace, section: Section, answered: Sequence[Line]) -> bool:
    """Whether others wait no longer while a client spends its budget on the dearest, or the dearest for its price."""
    good = True
    for line in dict.fromkeys((max(answered, key=lambda line: line.cost.cpu_ms), answered[0])):
        with tempfile.TemporaryDirectory(prefix="simpul-costs-") as folder:
            waited, spent_s = bystanders.waits(given.city, Path(folder), CASES[line.name].each)
        good &= all(one.loop_times <= OTHERS_TIMES_MAX for one in waited.values())
        told = f"While one client spends its budget on `{line.name}`, in {spent_s:.0f} s:"
        section.say("", told, "", *bystanders.HEAD, *(one.row(name) for name, one in waited.items()))
    return good


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `--costs` takes."""
    parser.add_argument("--costs", action="store_true", help="measure what every question costs a whole city instead")
    parser.add_argument("--skip", type=int, default=0, help="go on behind so many questions of this seed (%(default)s)")
    parser.add_argument("--only", default="", help="questions whose name has this in it")
    parser.add_argument("--city", type=Path, default=CITY, help="a sample city that is written already, or made here")
    parser.add_argument(
        "--put", action="store_true", help="write the section of --wire or --costs into bench/RESULTS.md"
    )


def measure(given: argparse.Namespace) -> bool:
    """Measure, print and say whether all gates hold."""
    stop_accounting()
    if not (given.city / "complete").exists():
        given.city.mkdir(parents=True, exist_ok=True)
        write_city("city", given.city)
    section = Section(
        "What each question costs, beside what it is charged",
        "`dev.py attack --costs` asks a hub over the sample city of the size `city`, in SQLite files of the same"
        " process, every list with every argument, order and relation, and every figure, alone and 20 times under"
        " aliases, and without any cache. CPU is of the whole process, the sources' work in it; a unit may take"
        f" {CPU_TIMES_MAX:.0f} times that of a plain list of 100, and no turn of the event loop more than"
        f" {HELD_MS_MAX:.0f} ms of its thread's processor time. Others' waits are medians, of processes of their own"
        " that ask a hub with the budgets of production, in turns alone and meanwhile: by the clock, which counts that"
        " hub, spender and bystander wait for processors, and in what the hub's event loop worked until the answer.",
    )
    with asyncio.Runner(loop_factory=MeasuredLoop) as runner:
        good, answered = runner.run(_run(given, section))
    good &= _others(given, section, answered)
    if given.put:
        section.put()
    return good
