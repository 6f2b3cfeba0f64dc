"""Figures: what a failing department costs, or a failing cache; `python -m tests.faults.figures` notes the results."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from api.identity.dev_tokens import DevTokens
from bench.processes import pin
from bench.results import Section
from connectors.departments.city import TANGERANG
from connectors.guard.breaker import BreakerState
from models.policy.viewer import Role
from tests import servers
from tests.api.hub import SECRET
from tests.faults.city import cities_of_this_machine, prepared
from tests.faults.proxy import FAULTS, Mode, proxied, through
from tests.faults.question import Told
from tests.faults.served import HUB_CORE, REST_CORE, ServedDepartments, served_departments
from tests.faults.soak import KEEPING
from tests.graph.harness import Urls

SOURCES = {"hospitals": "PostgreSQL", "complaints": "MariaDB"}
WARM_ROUNDS = 40
ASKED_WHILE_OPEN = 60
TOGETHER = 10
ASKED_OF_CACHE = 500
ROUNDS = 2
WORK_TURNS = 15_000
CALM_UP_TO = 1.5
"""A moment is calm when a piece of work takes less than this many times its median."""
HEALED_S_MAX = 10.0
ABOUT = """\
`python -m tests.faults.figures`: a question over six departments with a budget of 800 ms, of which one fails behind a
proxy. The hub is a server with a core of its own; who asks it and the proxies share the other. `asked` is how many
questions came until the breaker opened, ten at once; `then` are answers while it is open, as who asks sees them;
`attempts / probes` are connections that the failing source was asked for meanwhile, and the probes of a half-open
breaker among them; `back` is the time from healing to the first whole and live answer; `wrong` are wrong values and
needless errors. The machine is shared, and slower at times: a short piece of work that is always the same is done on
the hub's core before and after each answer, and `in calm` are the answers beside which it took less than one and a half
times its median."""


@dataclass(frozen=True, slots=True)
class Timed:
    """How long an answer took, and the piece of work beside it, whichever of the two was slower."""

    took_ms: float
    work_ms: float


@dataclass(frozen=True, slots=True)
class Round:
    """One fault, from its begin to the first whole answer after its end."""

    first_ms: float
    until_open: int
    open: tuple[Timed, ...]
    attempts: int
    probes: int
    healed_s: float
    wrongs: int


@dataclass(slots=True)
class Asking:
    """Asks, and keeps of each answer no more than how long it took and what was wrong with it."""

    six: ServedDepartments
    faulty: frozenset[str]
    wrongs: int = 0
    took_ms: list[float] = field(default_factory=list)

    async def ask(self) -> Told:
        told = await self.six.ask()
        self.wrongs += len(self.six.wrongs(told, self.faulty))
        self.took_ms.append(told.took_ms)
        return told


async def one_round(six: ServedDepartments, name: str, fault: Mode) -> Round:
    asking, proxy = Asking(six, frozenset({name})), six.proxies[name]
    await proxy.switch(fault)
    await asking.ask()
    while (await six.door(name)).breaker is BreakerState.CLOSED:
        await asyncio.gather(*(asking.ask() for _ in range(TOGETHER)))
    until_open = len(asking.took_ms)
    while not (door := await six.door(name)).probes or door.breaker is not BreakerState.OPEN:  # noqa: ASYNC110
        # By then, whatever stops abandoned statements has made its connections.
        await asyncio.sleep(0.02)
    attempts_before, probes_before = proxy.attempts, door.probes
    beside: list[Timed] = []
    for _ in range(ASKED_WHILE_OPEN):
        before_ms = _work_ms()
        told = await asking.ask()
        beside.append(Timed(told.took_ms, max(before_ms, _work_ms())))
        await asyncio.sleep(0.03)
    attempts = proxy.attempts - attempts_before
    probes = (await six.door(name)).probes - probes_before
    await proxy.switch(Mode.PASS)
    switched_s = time.perf_counter()
    told = await asking.ask()
    while not _is_whole(told, name) and time.perf_counter() - switched_s < HEALED_S_MAX:
        await asyncio.sleep(0.01)
        told = await asking.ask()
    healed_s = time.perf_counter() - switched_s
    return Round(asking.took_ms[0], until_open, tuple(beside), attempts, probes, healed_s, asking.wrongs)


def _work_ms() -> float:
    """How long the hub's core takes for a piece of work, while nobody asks the hub."""
    pin(0, HUB_CORE)
    started_s = time.perf_counter()
    sum(number for number in range(WORK_TURNS))
    took_ms = (time.perf_counter() - started_s) * 1000
    pin(0, REST_CORE)
    return took_ms


def _is_whole(told: Told, name: str) -> bool:
    return told.rows[name] is not None and told.states.get(name) == "OK"


async def table(urls: Urls, folder: Path, section: Section) -> None:
    section.say(
        "| one department | first answer | asked | then: median, p95, most | in calm: most, how many "
        "| attempts / probes | back | wrong |",
        "|---|---|---|---|---|---|---|---|",
    )
    found: dict[tuple[Mode, str], list[Round]] = {}
    for fault, (name, engine) in itertools.product(FAULTS, SOURCES.items()):
        print(f"{fault.value}, {engine}", flush=True)  # noqa: T201  # for a terminal
        found[fault, engine] = [await _fresh_round(urls, folder, name, fault) for _ in range(ROUNDS)]
    usual_ms = median(answer.work_ms for rounds in found.values() for one in rounds for answer in one.open)
    for (mode, engine), rounds in found.items():
        section.say(_row(mode, engine, rounds, CALM_UP_TO * usual_ms))


def _row(fault: Mode, engine: str, rounds: list[Round], calm_ms_max: float) -> str:
    answers = [answer for one in rounds for answer in one.open]
    took = sorted(answer.took_ms for answer in answers)
    calm = [answer.took_ms for answer in answers if answer.work_ms < calm_ms_max]
    counted = "cannot be counted" if fault is Mode.REFUSE else f"{sum(one.attempts for one in rounds)}"
    return (
        f"| {fault.value}, {engine} | {max(one.first_ms for one in rounds):.0f} ms "
        f"| {max(one.until_open for one in rounds)} "
        f"| {median(took):.1f}, {took[len(took) * 95 // 100]:.1f}, {took[-1]:.1f} ms "
        f"| {max(calm, default=0.0):.1f} ms, {len(calm)} "
        f"| {counted} / {sum(one.probes for one in rounds)} "
        f"| {max(one.healed_s for one in rounds):.2f} s | {sum(one.wrongs for one in rounds)} |"
    )


async def cache_table(urls: Urls, folder: Path, section: Section) -> None:
    section.say(
        "",
        f"The cache of reads in a Redis that fails; {ASKED_OF_CACHE} questions each, after as many while it is well:",
        "",
        "| Redis | well: median, p99 | failing: median, p99 | p99 worse by | wrong |",
        "|---|---|---|---|---|",
    )
    with servers.redis_database(servers.redis_server()) as redis_url:
        for fault in FAULTS:
            section.say(await _cache_row(urls, folder, redis_url, fault))


async def _cache_row(urls: Urls, folder: Path, redis_url: str, fault: Mode) -> str:
    async with proxied(redis_url) as proxy:
        settings = {"HUB_CITY": KEEPING, "HUB_CACHE_URL": through(redis_url, proxy)}
        async with served_departments(urls, folder, **settings) as six:
            token = DevTokens(SECRET.encode(), TANGERANG).issue(Role.ANALYST)
            six.headers = {"authorization": f"Bearer {token}"}
            await _warmed(six)
            asking = Asking(six, frozenset())
            for _ in range(ASKED_OF_CACHE):
                await asking.ask()
            await proxy.switch(fault)
            for _ in range(ASKED_OF_CACHE):
                await asking.ask()
            await proxy.switch(Mode.PASS)
    before, then = sorted(asking.took_ms[:ASKED_OF_CACHE]), sorted(asking.took_ms[ASKED_OF_CACHE:])
    return (
        f"| {fault.value} | {median(before):.1f}, {_p99(before):.1f} ms | {median(then):.1f}, {_p99(then):.1f} ms "
        f"| {_p99(then) - _p99(before):+.1f} ms | {asking.wrongs} |"
    )


def _p99(took_ms: list[float]) -> float:
    return took_ms[len(took_ms) * 99 // 100]


async def _warmed(six: ServedDepartments) -> None:
    for _ in range(WARM_ROUNDS):
        await six.ask()


async def _fresh_round(urls: Urls, folder: Path, name: str, fault: Mode) -> Round:
    async with served_departments(urls, folder) as six:
        await _warmed(six)
        return await one_round(six, name, fault)


def main() -> None:
    section = Section("W9: a department fails, or the cache", ABOUT)
    with tempfile.TemporaryDirectory() as name, cities_of_this_machine(Path(name)) as urls:
        folder = prepared(Path(name))
        asyncio.run(table(urls, folder, section))
        asyncio.run(cache_table(urls, folder, section))
    section.put()


if __name__ == "__main__":
    main()
