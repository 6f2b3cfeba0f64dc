"""The simulator: a city that lives step by step in its legacy systems, and knows what is true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sample.admissions import source as admissions
from sample.areas import truth as areas_truth
from sample.citizens import source as citizens
from sample.complaints import live as complaints
from sample.emergencies import live as emergencies
from sample.events import live as events
from sample.hospitals import live as hospitals
from sample.jobs import live as jobs
from sample.licenses import live as licenses
from sample.live.book import Book, Name, Record
from sample.live.deeds import Done
from sample.live.journal import Journal
from sample.live.plan import Plan, Strike
from sample.live.systems import Systems
from sample.news import live as news
from sample.prices import live as prices
from sample.services import source as services

DEPARTMENTS = tuple(sorted(services.ABBREVIATIONS))
"""Who can be on strike."""
STEP_MAX = timedelta(days=1)
"""What is made up for is done in steps of at most so long, so that no transaction is without a bound."""
_QUIET_MAX = timedelta(minutes=1)


class Simulator:
    """A city that was written, from its first midnight or from where its journal says that it is.

    `strikes` are the departments that do nothing from now on. One at a time may live in a city's systems.
    """

    def __init__(self, journal: Journal, systems: Systems, *, strikes: Sequence[str] = ()) -> None:
        self.size, self.seed = size, seed = journal.size, journal.seed
        self.journal, self.systems = journal, systems
        self.now = journal.at or size.clock
        self.book = Book()
        self.book.numbers |= journal.numbers
        self.wards = hospitals.Wards(size, seed)
        lasting = [Strike(department, self.now) for department in strikes]
        workers = (
            complaints.Complaints(size, seed, strikes=lasting), emergencies.Calls(size, seed),
            emergencies.Alerts(size, seed), events.Events(size, seed), jobs.Jobs(size, seed),
            licenses.Licenses(size, seed), news.News(size, seed), prices.Prices(size, seed),
        )  # fmt: skip
        self._plan = Plan(size.day, workers, (*journal.strikes, *lasting))
        # What was done before the pause is only remembered.
        if journal.at is not None:
            for at, deed in self._plan.take(journal.at):
                deed.do(at).tell(self.book)
            self.wards.report(self._strikes("dinkes"), journal.at)

    async def step(self, until: datetime) -> int:
        """Do everything that is due until a moment, and nothing if it has passed. Returns how many rows and files."""
        written = 0
        while self.now < until:
            written += await self._step(min(until, self.now + STEP_MAX))
        return written

    async def _step(self, until: datetime) -> int:
        done: list[tuple[str, Done]] = [(deed.source, deed.do(at)) for at, deed in self._plan.take(until)]
        counted = sum(len(one.writes) for _, one in done)
        done += self.wards.report(self._strikes("dinkes"), until)
        before = self.now
        numbers: dict[Name, int] = {}
        for source, some in groupby(sorted(done, key=lambda one: one[0]), key=lambda one: one[0]):
            listed = [one for _, one in some]
            numbers |= await self.systems.apply(source, (write for one in listed for write in one.writes), self.book)
            for one in listed:
                one.tell(self.book)
        self.now = until
        if counted or until - (self.journal.at or before) >= _QUIET_MAX:
            self.journal.step(until, numbers, self._plan.strikes)
        return sum(len(one.writes) for _, one in done)

    def _strikes(self, department: str) -> list[Strike]:
        return [strike for strike in self._plan.strikes if strike.department == department]

    def truth(self, subject: str) -> list[Record]:
        """What is true of a subject now: all that everybody could know, as each record must be given back."""
        return TRUTHS[subject](self)

    async def close(self) -> None:
        """Leave the systems; the journal says until when the city has lived."""
        if self.now != self.journal.at:
            self.journal.step(self.now, {}, self._plan.strikes)
        await self.systems.close()


TRUTHS: dict[str, Callable[[Simulator], list[Record]]] = {
    "admissions": lambda city: [one.truth for one in admissions.generate(city.size, city.seed) if one.alive],
    "alerts": lambda city: emergencies.alerts_now(city.book, city.size),
    "areas": lambda _city: areas_truth(),
    "articles": lambda city: city.book.now("article", lambda: news.before(city.size, city.seed)),
    "beds": lambda city: city.wards.truth(),
    "citizens": lambda city: [one.truth for one in citizens.generate(city.size, city.seed) if one.alive],
    "complaints": lambda city: city.book.now("complaint", lambda: complaints.before(city.size, city.seed)),
    "events": lambda city: events.now(city.book, city.size, city.seed),
    "incidents": lambda city: city.book.now("call", lambda: emergencies.before(city.size, city.seed)),
    "job_applications": lambda city: city.book.now("lamar", lambda: jobs.applications_before(city.size, city.seed)),
    "job_postings": lambda city: city.book.now("lowongan", lambda: jobs.postings_before(city.size, city.seed)),
    "license_applications": lambda city: city.book.now(
        "permohonan", lambda: licenses.applications_before(city.size, city.seed)
    ),
    "licenses": lambda city: city.book.now("izin", lambda: licenses.before(city.size, city.seed)),
    "prices": lambda city: prices.now(city.book, city.size, city.seed),
    "reported_beds": lambda city: city.wards.reported(),
}


class Clock:
    """The time of a city: now, or from a moment on so many times as fast as ours."""

    def __init__(self, ours: Callable[[], datetime], since: datetime, speed: float = 1.0) -> None:
        self._ours, self._since, self._speed = ours, since, speed
        self._began = ours()

    def __call__(self) -> datetime:
        return self._since + (self._ours() - self._began) * self._speed


async def live(simulator: Simulator, clock: Callable[[], datetime], stop: Callable[[], bool], tick_s: float) -> None:
    """Let a city live until it is told to stop; what was missed is made up for."""
    while not stop():
        await simulator.step(clock())
        await asyncio.sleep(tick_s)
