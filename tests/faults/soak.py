"""Soaks the hub in random faults of all its sources, from a seed: what `dev.py soak` starts, and briefly every CI run.

What must hold all the time: each answer within its budget, departments that are well answer, no value is another than
the source's own at a time that the answer admits, and nothing grows: no memory, no task, no open file.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gc
import logging
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from uvicorn.loops.auto import auto_loop_factory

from api.serving.server import tune_interpreter
from connectors.sql.pool import Pool
from tests.faults.city import SixDepartments, cities_of_this_machine, prepared, six_departments
from tests.faults.proxy import Mode
from tests.faults.question import BUDGET_MS, FIELDS, ROWS_MAX, SIX, Told
from tests.faults.schedule import Step, schedule_of
from tests.graph.harness import Scribe, Urls, scribe_of

MINUTES = 30.0
KEEPING = "tests.faults.keeping"
CLIENTS = 4
PAUSE_S = 0.04
"""Between two questions of a client, about."""
PAUSE_IN_CI_S = 0.4
"""A slow machine has to keep up with it."""
BURST = 30
"""Now and then so many ask at once."""
OVER_BUDGET_MS_MAX = 500
HEALED_S_MAX = 4.0
"""For how long after its fault a department may be away: twice what is promised, as all share a machine here."""
WRITE_EVERY_S = 0.4
GROWTH_BYTES_MAX = 64 * 1024 * 1024
SETTLED_S_MAX = 15.0
TELL_EVERY_S = 10.0
CLOCKS_APART = timedelta(milliseconds=50)
"""What the answer shows is rounded, and a statement takes its time."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0


class Broken(AssertionError):
    """Something that must hold did not."""


@dataclass(slots=True)
class Tally:
    """What was seen. `states` counts how the sources did, answer by answer."""

    answers: int = 0
    slowest_ms: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    grown_bytes: int | None = None
    """How much more is held at rest than before; known at the end."""

    def __str__(self) -> str:
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        grown = "" if self.grown_bytes is None else f", {self.grown_bytes / 1024 / 1024:+.1f} MiB"
        return (
            f"{self.steps} steps, {self.answers} answers, the slowest {self.slowest_ms:.0f} ms{grown}; "
            f"sources: {states}"
        )


# --- Rows that change -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Version:
    """A text that a row has had: from when, and when the next was there for sure."""

    text: str
    begun: datetime
    ended: datetime | None = None


@dataclass(slots=True)
class ChangingRow:
    """The first row of a source's list: its department writes a new text into it all the time, past the proxy."""

    source: str
    shown: str
    table: str
    column: str
    key_column: str
    key: str = ""
    before: str = ""
    versions: list[Version] = field(default_factory=list)

    async def begin(self, six: SixDepartments, scribe: Scribe) -> None:
        path = FIELDS[self.source]
        answer = (await six.running.ask(f"{{ {path}(first: 1) {{ nodes {{ id }} }} }}")).json()
        self.key = base64.b64decode(answer["data"][path]["nodes"][0]["id"]).decode().partition(":")[2]
        ((self.before,),) = await scribe.rows(f"SELECT {self.column} FROM {self.table} WHERE {self._where}")
        self.versions = [Version(six.truth[self.source][0][self.shown], datetime.now(UTC))]

    @property
    def _where(self) -> str:
        return (
            f"{self.key_column} = {self.key}"
            if self.key_column.startswith("id")
            else f"{self.key_column} = '{self.key}'"
        )

    async def change(self, scribe: Scribe, text: str) -> None:
        self.versions.append(Version(text, datetime.now(UTC)))
        await self._write(scribe, text)
        self.versions[-2].ended = datetime.now(UTC)

    async def restore(self, scribe: Scribe) -> None:
        await self._write(scribe, self.before)

    async def _write(self, scribe: Scribe, text: str) -> None:
        await scribe(f"UPDATE {self.table} SET {self.column} = :text WHERE {self._where}", text=text)

    def wrongs(self, told: Told, asked: datetime, answered: datetime) -> list[str]:
        """What is wrong with the text in an answer: none of the row's, or an old one as if it were of now."""
        rows = told.rows[self.source]
        if not rows:
            return []
        found = next((version for version in self.versions if version.text == rows[0][self.shown]), None)
        if found is None or found.begun > answered:
            return [f"{self.source}: a text that it never had"]
        is_old = found.ended is not None and found.ended < asked
        if is_old and not self._admitted(told, found):
            return [f"{self.source}: an old text as if it were of now"]
        return []

    def _admitted(self, told: Told, found: Version) -> bool:
        as_of = told.as_of.get(self.source)
        return as_of is not None and found.ended is not None and as_of <= found.ended + CLOCKS_APART

    def without(self, told: Told, truth: Sequence[Any]) -> None:
        """Put what was there at first in the place of the text, so that the rest can be held against the truth."""
        rows = told.rows[self.source]
        if rows:
            rows[0][self.shown] = truth[0][self.shown]


def changing_rows() -> tuple[ChangingRow, ...]:
    return (
        ChangingRow("hospitals", "name", "m_rumahsakit", "nm_rs", "kd_rs"),
        ChangingRow("news", "headline", "berita", "judul", "id_berita"),
    )


# --- The soak ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Soak:
    """One run: clients ask, departments write, the schedule switches the proxies."""

    six: SixDepartments
    seed: int
    seconds: float
    rows: tuple[ChangingRow, ...]
    scribes: dict[str, Scribe]
    pause_s: float = PAUSE_S
    tally: Tally = field(default_factory=Tally)
    done: list[Step] = field(default_factory=list)
    ill: set[str] = field(default_factory=set)
    healed_s: dict[str, float] = field(default_factory=dict)
    started_s: float = field(default_factory=time.monotonic)

    @property
    def at_s(self) -> float:
        return time.monotonic() - self.started_s

    async def run(self) -> Tally:
        """Raises Broken, with the seed and the schedule so far."""
        before = await self._at_rest()
        self.started_s = time.monotonic()
        clients = [self._client(random.Random(f"{self.seed} client {number}")) for number in range(CLIENTS)]
        async with asyncio.timeout(self.seconds + SETTLED_S_MAX), asyncio.TaskGroup() as group:
            for work in (self._switching(), self._writing(), self._bursting(), self._telling(), *clients):
                group.create_task(work)
        await self._back_to(before)
        return self.tally

    def broken(self, what: str) -> Broken:
        story = "\n".join(
            ["The schedule so far:", *map(str, self.done), "The last calls that failed:", *self.six.failures]
        )
        return Broken(
            f"At {self.at_s:.2f} s of seed {self.seed}: {what}\n{story}\nAgain: dev.py soak --seed {self.seed}"
        )

    async def _switching(self) -> None:
        for step in schedule_of(self.seed, self.seconds, SIX):
            await asyncio.sleep(step.at_s - self.at_s)
            if step.mode is not Mode.PASS:
                self.ill.add(step.source)
            await self.six.proxies[step.source].switch(step.mode)
            if step.mode is Mode.PASS:
                self.ill.discard(step.source)
                self.healed_s[step.source] = self.at_s
            self.done.append(step)
            self.tally.steps += 1

    async def _writing(self) -> None:
        number = 0
        while self.at_s < self.seconds:
            number += 1
            for row in self.rows:
                await row.change(self.scribes[row.source], f"Teks ke-{number}")
            await asyncio.sleep(WRITE_EVERY_S)

    async def _client(self, dice: random.Random) -> None:
        while self.at_s < self.seconds:
            await self._ask(dice.randint(1, ROWS_MAX))
            await asyncio.sleep(self.pause_s * dice.uniform(0.5, 1.5))

    async def _bursting(self) -> None:
        dice = random.Random(f"{self.seed} bursts")
        while self.at_s < self.seconds:
            await asyncio.sleep(dice.uniform(1.0, 4.0))
            await asyncio.gather(*(self._ask(dice.randint(1, ROWS_MAX)) for _ in range(BURST)))

    async def _telling(self) -> None:
        while self.at_s + TELL_EVERY_S < self.seconds:
            await asyncio.sleep(TELL_EVERY_S)
            _say(f"{self.at_s:6.0f} s  {self.tally}")

    async def _ask(self, first: int) -> None:
        may_be_away = self._away()
        asked = datetime.now(UTC)
        told = await self.six.ask(first)
        answered = datetime.now(UTC)
        may_be_away |= self._away()
        wrongs = [wrong for row in self.rows for wrong in row.wrongs(told, asked, answered)]
        for row in self.rows:
            row.without(told, self.six.truth[row.source])
        wrongs += self.six.wrongs(told, may_be_away)
        if not self.six.in_time(told.took_ms, BUDGET_MS + OVER_BUDGET_MS_MAX):
            wrongs.append("too late")
        if wrongs:
            raise self.broken(f"{'; '.join(wrongs)} (after {told.took_ms:.0f} ms)")
        self.tally.answers += 1
        self.tally.slowest_ms = max(self.tally.slowest_ms, told.took_ms)
        self.tally.states.update(told.states.values())

    def _away(self) -> frozenset[str]:
        """The departments that may be without an answer now: they are ill, or were a moment ago."""
        recent_s = self.at_s - HEALED_S_MAX
        return frozenset(self.ill | {name for name, at_s in self.healed_s.items() if at_s > recent_s})

    # --- What must not grow -------------------------------------------------------------------------------------------

    async def _at_rest(self) -> Held:
        """What is held while nobody asks, and no connection is kept for the next who does."""
        for _ in range(3):
            await asyncio.gather(*(self.six.ask() for _ in range(BURST)))
        # Those of the hub's own copies too, which are nowhere all together.
        pools = [pool for pool in gc.get_objects() if issubclass(type(pool), Pool)]
        async with asyncio.timeout(SETTLED_S_MAX):
            while any(proxy.open for proxy in self.six.proxies.values()):
                # Again and again: what the hub does by itself in the background takes connections too.
                for pool in pools:
                    pool.forget_idle()
                await asyncio.sleep(0.02)
        gc.collect()
        return Held.now()

    async def _back_to(self, before: Held) -> None:
        ends_s = time.monotonic() + SETTLED_S_MAX
        while True:
            after = await self._at_rest()
            self.tally.grown_bytes = after.resident_bytes - before.resident_bytes
            grown = after.more_than(before)
            if not grown:
                return
            if time.monotonic() > ends_s:
                raise self.broken(grown)
            await asyncio.sleep(0.2)


FILES_MORE_MAX = 6
"""Connections that the pools of six sources may hold for the next call, one each. A leak is one for every fault."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds. Of open files and memory nothing is known where there is no /proc."""

    tasks: int
    files: int
    resident_bytes: int

    @classmethod
    def now(cls) -> Held:
        proc = Path("/proc/self")
        files = len(list((proc / "fd").iterdir())) if proc.exists() else 0
        pages = int((proc / "statm").read_text(encoding="ascii").split()[1]) if proc.exists() else 0
        return cls(len(asyncio.all_tasks()), files, pages * PAGE_BYTES)

    def more_than(self, before: Held) -> str:
        """What has grown, in words."""
        if self.tasks > before.tasks:
            return f"{self.tasks} tasks after {before.tasks}"
        if self.files > before.files + FILES_MORE_MAX:
            return f"{self.files} open files after {before.files}"
        if self.resident_bytes > before.resident_bytes + GROWTH_BYTES_MAX:
            return f"{(self.resident_bytes - before.resident_bytes) / 1024 / 1024:.0f} MiB more memory"
        return ""


async def soak(urls: Urls, folder: Path, seed: int, seconds: float, pause_s: float, **settings: str) -> Tally:
    """Soak a hub over these sources, whose rows are afterwards as before. Raises Broken."""
    async with AsyncExitStack() as stack:
        six = await stack.enter_async_context(six_departments(urls, folder, **settings))
        rows = changing_rows()
        scribes = {row.source: await stack.enter_async_context(scribe_of(urls[row.source])) for row in rows}
        for row in rows:
            await row.begin(six, scribes[row.source])
        try:
            return await Soak(six, seed, seconds, rows, scribes, pause_s).run()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            for row in rows:
                await row.restore(scribes[row.source])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how long (default: {MINUTES:.0f})")
    parser.add_argument("--seed", type=int, help="the schedule of this seed, as a failure prints it")
    parser.add_argument("--keeping", action="store_true", help="let the hub keep what its departments allow")
    given = parser.parse_args(arguments)
    seed = given.seed if given.seed is not None else secrets.randbelow(2**32)
    settings = {"HUB_CITY": KEEPING} if given.keeping else {}
    _say(f"{given.minutes * 60:.0f} s of seed {seed}")
    # As the server does. The pools are made later, so that they are still among the objects that are looked through.
    tune_interpreter()
    # What the hub says of failing sources is as long as the soak.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as name, cities_of_this_machine(Path(name)) as urls:
        try:
            with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
                run = soak(urls, prepared(Path(name)), seed, given.minutes * 60, PAUSE_S, **settings)
                _say(str(runner.run(run)))
        except Broken as broken:
            _say(str(broken))
            return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
