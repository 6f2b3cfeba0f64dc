"""The city that lives: on every day of a year it looks like one in which offices work and a few are late."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import pytest

from connectors.departments.city import TANGERANG
from sample.city import SEED, SIZES, WIB, Size, midnight
from sample.complaints import live as complaints
from sample.complaints import source
from sample.complaints.source import ComplaintTruth
from sample.emergencies import live as emergencies
from sample.emergencies.source import IncidentTruth
from sample.events import live as events
from sample.jobs import live as jobs
from sample.licenses import live as licenses
from sample.live.book import Book
from sample.live.plan import Plan, Strike
from sample.news import live as news
from sample.prices import live as prices

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
NOON = time(12, tzinfo=WIB)
assert TANGERANG.complaint_limits is not None
RESPOND_WITHIN_DAYS = TANGERANG.complaint_limits.respond_within_days
YEAR_FIRST, YEAR_DAYS = date(2027, 6, 1), 366
WINTER_FIRST, WINTER_DAYS = date(2027, 12, 28), 66
"""The part of that year with its end and a leap day."""
FEW = (date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 14), date(2027, 6, 20), date(2028, 2, 29))
"""A leap day, both sides of a new year, a Sunday in the floods, and a day in the weeks of admissions."""


@pytest.fixture(scope="module", autouse=True)
def remembered() -> Iterator[None]:
    """The complaints that a city begins with: thinking them up takes longer than weeks of its life."""
    generate = source.generate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "generate", lru_cache(maxsize=2)(lambda size, seed: tuple(generate(size, seed))))
        yield


class City:
    """A city without systems: what would be written is true at once."""

    def __init__(self, day: date, strikes: tuple[Strike, ...] = ()) -> None:
        self.size: Size = SIZES["small"].until(day)
        self.book = Book()
        of = (
            emergencies.Alerts,
            emergencies.Calls,
            events.Events,
            jobs.Jobs,
            licenses.Licenses,
            news.News,
            prices.Prices,
        )
        workers = (complaints.Complaints(self.size, SEED, strikes), *(one(self.size, SEED) for one in of))
        self._plan = Plan(day, workers, strikes)

    def live(self, until: datetime) -> None:
        for at, deed in self._plan.take(until):
            deed.do(at).tell(self.book)

    def complaints(self) -> list[ComplaintTruth]:
        """What everybody sees."""
        every = self.book.now("complaint", lambda: complaints.before(self.size, SEED))
        return [truth for truth in every if truth.publication in ("PUBLIC", "ANONYMOUS")]


def is_overdue(truth: ComplaintTruth, now: datetime) -> bool:
    """Whether the time to answer it is over: four in the afternoon of the fifth working day after it came."""
    if truth.status != "OPEN" or truth.requested_at is None:
        return False
    day, days = truth.requested_at, RESPOND_WITHIN_DAYS
    while days:
        day += DAY
        days -= day.weekday() < 5 and day.date() not in TANGERANG.calendar.holidays
    return now >= day.replace(hour=16, minute=0)


def shares(city: City, now: datetime) -> tuple[int, int]:
    """How many complaints are open, and how many of them overdue."""
    seen = [truth for truth in city.complaints() if truth.status == "OPEN"]
    return len(seen), sum(is_overdue(truth, now) for truth in seen)


def looks_alive(city: City, now: datetime) -> Iterator[str]:
    """What would look wrong on a wall."""
    seen, late = shares(city, now)
    if not 0.02 <= late / seen <= 0.15:
        yield f"{late} of {seen} are overdue"
    yesterday = {truth.requested_at.date() for truth in city.complaints()[-40:] if truth.requested_at is not None}
    if now.date() - DAY not in yesterday:
        yield "nothing was reported yesterday"
    sent = [alert.sent for alert in emergencies.alerts_now(city.book, city.size) if alert.sent <= now]
    if now - max(sent) > WEEK:
        yield "no alert is of this week"
    if not any(timedelta(0) <= one.start_date - now <= WEEK for one in events.now(city.book, city.size, SEED)):
        yield "no event is within a week"
    published = [one.date_published for one in city.book.now("article", lambda: news.before(city.size, SEED))[-5:]]
    if now - max(at for at in published if at is not None) > 3 * DAY:
        yield "no news"
    if city.book.told["prices"][-1] != now.date():
        yield "there are no prices of today"


@pytest.fixture
def patient(everything: bool) -> bool:
    """Whether a whole year is looked at, which takes longer than a test may that hangs."""
    if everything:
        faulthandler.cancel_dump_traceback_later()
    return everything


def test_a_city_looks_alive_on_every_day_on_which_it_may_be_made(patient: bool) -> None:
    wrong: dict[date, list[str]] = {}
    for day in [date(2027, 6, 1) + number * DAY for number in range(366)] if patient else FEW:
        now = datetime.combine(day, NOON)
        city = City(day)
        city.live(now)
        wrong[day] = list(looks_alive(city, now))
    assert {day: found for day, found in wrong.items() if found} == {}


def test_a_city_that_lives_for_a_year_looks_alive_on_each_of_its_days(patient: bool) -> None:
    first, days = (YEAR_FIRST, YEAR_DAYS) if patient else (WINTER_FIRST, WINTER_DAYS)
    city = City(first)
    seen: list[date] = []
    wrong: list[tuple[date, str]] = []
    for number in range(days):
        now = datetime.combine(first + number * DAY, NOON)
        city.live(now)
        wrong += [(now.date(), what) for what in looks_alive(city, now) if "event" not in what]
        seen.append(now.date())
    assert wrong == []
    assert {date(2027, 12, 31), date(2028, 1, 1), date(2028, 2, 29)} <= {*seen}


def test_most_complaints_are_answered_in_time_and_a_few_departments_are_late() -> None:
    day = date(2027, 3, 1)
    city = City(day)
    now = midnight(day + 60 * DAY)
    city.live(now)
    lived = [
        one for one in city.complaints() if one.requested_at and midnight(day) <= one.requested_at < now - 4 * WEEK
    ]
    late = [one for one in lived if is_late(one)]
    assert (len(late), len(lived)) == (4, 153)
    assert {one.department_code for one in late} <= {"dishub", "perkimtan", "satpolpp"}
    # Clerks answer in office hours.
    at = [step.at for one in lived for step in one.history if step.at is not None]
    assert {(one.weekday() < 5, 8 <= one.hour < 16) for one in at} == {(True, True)}


def is_late(truth: ComplaintTruth) -> bool:
    done = truth.history[-1]
    assert truth.status != "OPEN"
    return done.at is not None and is_overdue(truth._replace(status="OPEN"), done.at)


def test_a_department_on_strike_falls_behind_and_nobody_else_does() -> None:
    day = date(2027, 3, 1)
    now = datetime.combine(day + 14 * DAY, NOON)
    struck = City(day, (Strike("disnaker", midnight(day)),))
    struck.live(now)
    of = [one for one in struck.complaints() if one.department_code == "disnaker" and one.requested_at]
    came = [one for one in of if one.requested_at and one.requested_at >= midnight(day)]
    assert len(came) > 20
    assert {(one.status_detail, one.history) for one in came if one.status != "UNKNOWN"} == {("WAITING", ())}
    assert sum(is_overdue(one, now) for one in came) > 10
    # Its own system stands still too: nothing is posted, nothing decided, nothing closed.
    others = City(day)
    others.live(now)
    lowongan = [city.book.now("lowongan", lambda: iter(())) for city in (struck, others)]
    assert (len(lowongan[0]), len(lowongan[1])) == (0, 8)
    elsewhere = [
        [(one.ticket_number[:4], one.status_detail) for one in city.complaints() if one.department_code == "dlh"]
        for city in (struck, others)
    ]
    assert abs(len(elsewhere[0]) - len(elsewhere[1])) < 20


def test_a_strike_that_ends_is_made_up_for() -> None:
    day = date(2027, 3, 1)
    over = midnight(day + 10 * DAY)
    city = City(day, (Strike("disnaker", midnight(day), over),))
    city.live(over + 12 * timedelta(hours=1))
    waited = [
        one for one in city.complaints()
        if one.department_code == "disnaker" and one.history and one.requested_at
        and midnight(day) <= one.requested_at < over - WEEK
    ]  # fmt: skip
    assert len(waited) > 3
    assert all(step.at is None or step.at >= over for one in waited for step in one.history)


def test_what_happens_follows_from_the_seed() -> None:
    first, again, other = (happened(seed) for seed in (SEED, SEED, 7))
    assert len(first) == 33
    assert first == again
    assert first != other


def happened(seed: int) -> list[IncidentTruth]:
    """The calls of some days of a living city, which come one after another."""
    size = SIZES["small"].until(date(2027, 3, 1))
    plan, book = Plan(size.day, [emergencies.Calls(size, seed)]), Book()
    for at, deed in plan.take(midnight(size.day + WEEK)):
        deed.do(at).tell(book)
    return book.now("call", lambda: iter(()))
