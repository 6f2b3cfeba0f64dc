"""Jobs while the city lives: employers post, people apply, and Disnaker decides and closes what is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random

from sample.city import SPAN_DAYS, Size, midnight
from sample.jobs import source
from sample.jobs.source import (
    APPLICATION_STATUSES,
    LAMARS,
    LOWONGANS,
    STATUSES,
    JobApplicationTruth,
    JobPostingCase,
    JobPostingTruth,
)
from sample.live.book import Book, Name
from sample.live.deeds import RESIDENTS, Change, Deed, Done, Put
from sample.live.office import Rate, in_office, is_working
from sample.shapes import Table

SOURCE, _BY = "jobs", "disnaker"
_WEEK, _WORKING_DAYS = 7, 5
_DAY = timedelta(days=1)
_A_DAY_LEAST = 1
_DECIDED_LEAST, _DECIDED_MORE = 2, 8
_GONE = 10_000_000
"""The number of a posting that is not there is beyond all that ever will be."""


class Jobs:
    """The exchange of jobs."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed = size, seed
        self._posting, self._application = size.job_postings, size.job_applications
        self._postings = Rate(size.job_postings / SPAN_DAYS * _WEEK / _WORKING_DAYS)
        self._applications = Rate(size.job_applications / SPAN_DAYS)

    def begin(self) -> Iterator[Deed]:
        for case in source.postings(self._size, self._seed):
            if case.truth.status == "OPEN":
                yield _closing(Name("lowongan", int(case.truth.id)), case)

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live jobs:{day}").random
        for _ in range(max(_A_DAY_LEAST, self._postings.on()) if is_working(day) else 0):
            self._posting += 1
            at = midnight(day) + timedelta(hours=9, minutes=int(draw() * 360))
            case = source.posting_of(self._posting, day, self._size, draw)
            yield _publishing(at, Name("lowongan", self._posting), case)
            if case.truth.status == "OPEN":
                yield _closing(Name("lowongan", self._posting), case)
        for second in sorted(int(draw() * 86_400) for _ in range(self._applications.on())):
            self._application += 1
            yield from self._applying(midnight(day) + timedelta(seconds=second), draw)

    def _applying(self, at: datetime, draw: Callable[[], float]) -> Iterator[Deed]:
        """An application, and what becomes of it in the end."""
        # What is posted today may not be published yet.
        published = self._posting - self._postings_a_day
        case = source.application_of(self._application, at, published, self._size, draw)
        name, last = Name("lamar", self._application), case.truth.status
        # Above those that are published are those that are gone.
        wanted = int(case.truth.posting_id)
        posting: Name | int = Name("lowongan", wanted) if wanted <= published else _GONE + wanted
        spelled = _spelling(APPLICATION_STATUSES, last, case.legacy[5])
        first = "SUBMITTED" if last != "UNKNOWN" else last
        row = Put.row(LAMARS, case.legacy, name, id_informasi_lowongan=posting, status=spelled("SUBMITTED"))

        def told(book: Book) -> None:
            number = book.number(posting) if isinstance(posting, Name) else posting
            book.add(name, case.truth._replace(posting_id=str(number), status=first))

        yield Deed(at, RESIDENTS, SOURCE, lambda _at: Done([row], told))
        if last not in ("SUBMITTED", "UNKNOWN"):
            decided = in_office(at + (_DECIDED_LEAST + int(draw() * _DECIDED_MORE)) * _DAY)
            yield _changing(decided, LAMARS, name, spelled(last), last, "status")

    @property
    def _postings_a_day(self) -> int:
        return int(self._postings.per_day) + 1


def _publishing(at: datetime, name: Name, case: JobPostingCase) -> Deed:
    row = Put.row(LOWONGANS, case.legacy, name)
    return Deed(at, _BY, SOURCE, lambda _at: Done(
        [row], lambda book: book.add(name, case.truth) if case.alive else None
    ))  # fmt: skip


def _closing(name: Name, case: JobPostingCase) -> Deed:
    """In the night after its last day."""
    spelled = _spelling(STATUSES, case.truth.status, case.legacy[10])
    at = midnight(case.last_day + _DAY) + timedelta(minutes=10)
    return _changing(at, LOWONGANS, name, spelled("CLOSED"), "CLOSED", "status_lowongan")


def _changing(at: datetime, table: Table, name: Name, stored: str | None, status: str, column: str) -> Deed:
    return Deed(at, _BY, SOURCE, lambda _at: Done(
        [Change(table, {column: stored}, name)], lambda book: book.change(name, lambda one: one._replace(status=status))
    ))  # fmt: skip


def _spelling(spellings: Mapping[str, tuple[str, str]], last: str, stored: object) -> Callable[[str], str | None]:
    """How a row spells its statuses; one that says nothing says nothing all the time."""
    if last == "UNKNOWN":
        return lambda _status: None if stored is None else str(stored)
    which = spellings[last].index(str(stored))
    return lambda status: spellings[status][which]


def postings_before(size: Size, seed: int) -> Iterator[JobPostingTruth]:
    """The postings that a city begins with."""
    return (case.truth for case in source.postings(size, seed) if case.alive)


def applications_before(size: Size, seed: int) -> Iterator[JobApplicationTruth]:
    """The applications that a city begins with."""
    return (case.truth for case in source.applications(size, seed))
