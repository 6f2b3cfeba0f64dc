"""The hub tells the truth while the city moves: what was true between question and answer, and nothing else."""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from models.complaints import Complaint, StatusChange
from models.emergencies import Incident
from models.hospitals import BedAvailability
from models.jobs import JobApplication, JobPosting
from models.licenses import License, LicenseApplication
from models.news import NewsArticle
from models.policy.viewer import Purpose, Role, Viewer
from models.records import Record
from resolvers.records import Columns, Read
from sample.city import SEED, SIZES, midnight
from sample.live.journal import Journal
from sample.live.simulator import Clock, Simulator
from sample.live.systems import Systems
from tests.graph.filters import plain
from tests.graph.harness import DPUPR, City, Urls, opened, request_of, written
from tests.graph.test_truth import visible

LIVELY = replace(
    SIZES["small"], citizens=300, complaints=1_000, reporters=200, licenses=300, job_postings=150, job_applications=500,
    articles=60, calls=1_500, schools=40, admission_applications=40, price_days=2, events=5,
)  # fmt: skip
DAY = timedelta(days=1)
SHORT, SHORT_STEP = timedelta(hours=30), timedelta(minutes=40)
LONG, SPEED, TICK_S = timedelta(days=10), 1_000, 1.0
TURNS_TO_ASK = 3
"""After how many turns of the event loop a question that waits for a step is on its way."""
ROWS_MAX = 50_000

Row = tuple[object, ...]
ANALYST = Viewer(Role.ANALYST)
EXCHANGE = Viewer(Role.OFFICER, subject="officer-2", department_code="disnaker")
PERMITS = Viewer(Role.OFFICER, subject="officer-3", department_code="dpmptsp")


def _rows(truths: list[Any], names: tuple[str, ...]) -> list[Row]:
    return [tuple(plain(getattr(truth, name)) for name in names) for truth in truths]


def _complaints(city: Simulator, names: tuple[str, ...]) -> list[Row]:
    return _rows(visible(city.truth("complaints"), department="dpupr"), names)


def _steps(city: Simulator, names: tuple[str, ...]) -> list[Row]:
    shown = visible(city.truth("complaints"), department="dpupr")
    return sorted(_rows([step for truth in shown for step in truth.history], names), key=lambda row: int(str(row[0])))


def _beds(city: Simulator, names: tuple[str, ...]) -> list[Row]:
    return _rows(city.truth("beds"), names)


def _of(subject: str) -> Callable[[Simulator, tuple[str, ...]], list[Row]]:
    return lambda city, names: _rows(city.truth(subject), names)


@dataclass(frozen=True)
class Question:
    """All rows of a record with these fields, and what of the truth they must be."""

    record: type[Record]
    names: tuple[str, ...]
    truth: Callable[[Simulator, tuple[str, ...]], list[Row]]
    viewer: Viewer = ANALYST

    async def ask(self, city: City) -> list[Row]:
        read = Read(self.record, Columns(joined=frozenset(self.names)), rows_max=ROWS_MAX)
        batch = await city.records.read(request_of(self.viewer, purpose=Purpose.SERVICE_DELIVERY), read)
        columns = [[plain(value) for value in batch.joining(name)] for name in self.names]
        return list(zip(*columns, strict=True))


QUESTIONS = (
    Question(
        Complaint,
        ("id", "ticket_number", "category_code", "status", "status_detail", "requested_at", "area_code",
         "department_code", "description", "address", "reporter_nik"),
        _complaints, DPUPR,
    ),
    Question(StatusChange, ("id", "complaint_id", "at", "status_detail", "note"), _steps, DPUPR),
    Question(Incident, tuple(name for name in Incident.fields if name != "position"), _of("incidents")),
    Question(BedAvailability, ("hospital_id", "care_class", "capacity", "available"), lambda city, _: _rows(
        city.truth("beds"), ("hospital_code", "care_class", "capacity", "available"))),
    Question(License, tuple(License.fields), _of("licenses")),
    Question(LicenseApplication, tuple(LicenseApplication.fields), _of("license_applications"), PERMITS),
    Question(JobPosting, tuple(name for name in JobPosting.fields if name != "base_salary"), _of("job_postings")),
    Question(JobApplication, tuple(JobApplication.fields), _of("job_applications"), EXCHANGE),
    Question(NewsArticle, tuple(NewsArticle.fields), _of("articles")),
)  # fmt: skip


class Moving:
    """A city that moves while it is asked."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.step = asyncio.Lock()
        self.is_due = asyncio.Event()
        self.heard: Callable[[], None] = lambda: None

    async def move(self, until: datetime, moment: Callable[[], datetime], tick_s: float) -> None:
        while self.simulator.now < until:
            self.is_due.set()
            for _ in range(TURNS_TO_ASK):
                await asyncio.sleep(0)
            async with self.step:
                await self.simulator.step(min(moment(), until))
                self.heard()
            await asyncio.sleep(tick_s)
        self.is_due.set()

    async def asked(self, city: City, question: Question) -> tuple[list[Row], list[list[Row]]]:
        """An answer while the city takes a step, and what was true at some moment between the question and it."""
        true: list[list[Row]] = []

        def hear() -> None:
            true.append(question.truth(self.simulator, question.names))

        await self.is_due.wait()
        self.is_due.clear()
        async with self.step:
            hear()
            self.heard = hear
        rows = await question.ask(city)
        # A step that is written but not over has been seen, and is told of when it is over.
        async with self.step:
            self.heard = lambda: None
        return rows, true


@pytest.fixture
def lively_urls(engine: str, server: str, tmp_path: Path) -> Iterator[Urls]:
    with written(engine, server, tmp_path, LIVELY) as urls:
        yield urls


async def test_what_is_answered_was_true_between_question_and_answer(
    engine: str, lively_urls: Urls, everything: bool
) -> None:
    async with opened(lively_urls) as city:
        simulator = Simulator(Journal("tested", LIVELY, SEED), Systems(lively_urls))
        try:
            asked, moved = await _is_held_to_the_truth(city, Moving(simulator), everything=everything)
        finally:
            await simulator.close()
    # It would prove nothing if nothing had moved in between.
    assert moved >= 3
    # No lock of the one has failed the other.
    failed = (simulator.systems.retries, len(city.refusals))
    assert failed == (0, 0), city.refusals
    lived = simulator.now - midnight(LIVELY.day)
    # With -rP: the row of this engine in bench/RESULTS.md.
    sys.stdout.write(f"| {engine} | {lived / DAY:.1f} | {asked} | {moved} | 0 | {failed[0]} | {failed[1]} |\n")


async def _is_held_to_the_truth(city: City, moving: Moving, *, everything: bool) -> tuple[int, int]:
    """Ask all questions in turn for as long as the city moves: how many, and before how many answers it moved."""
    simulator, started = moving.simulator, moving.simulator.now
    if everything:
        # It takes longer than a test may that hangs.
        faulthandler.cancel_dump_traceback_later()
        clock = Clock(lambda: datetime.now(UTC), started, SPEED)
        going = asyncio.create_task(moving.move(started + LONG, clock, TICK_S))
    else:
        going = asyncio.create_task(moving.move(started + SHORT, lambda: simulator.now + SHORT_STEP, 0))
    asked: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for question in cycle(QUESTIONS):
        rows, true = await moving.asked(city, question)
        name = question.record.__name__
        assert rows in true, (name, simulator.now, [sorted(set(rows) ^ set(one), key=str)[:6] for one in true])
        asked[name] += 1
        moved[name] += true[0] != true[-1]
        if going.done():
            break
    await going
    assert asked.keys() == {question.record.__name__ for question in QUESTIONS}
    return asked.total(), moved.total()
