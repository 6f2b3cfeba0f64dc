"""Complaints while the city lives: residents report, clerks answer in office hours, and a few departments are late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.city import SPAN_DAYS, Size, midnight
from sample.complaints import source
from sample.complaints.source import TBL_PENGADUAN, TBL_TANGGAPAN, ComplaintCase, ComplaintTruth, StatusChangeTruth
from sample.complaints.texts import CATEGORIES, answer_text
from sample.complaints.times import Answer, Arrival, answer_minutes, minute_of_day, season_of, weight_of
from sample.live.book import Book, Name
from sample.live.deeds import RESIDENTS, Change, Deed, Done, Put
from sample.live.office import CLOSES, Rate, in_office, is_ramadan, is_school_holiday, working_days_after
from sample.live.plan import Strike

SOURCE = "complaints"
_CLOSED_AFTER, _OVERDUE_AFTER, _LATE_CLOSED_AFTER = 4, 5, range(10, 21)
"""Working days until a complaint is over, may no longer be answered in time, and is over where it is late."""
_LAST_MINUTES = 10
"""Of an office's day: what is late is closed in them, just before its successor is late."""
_LATE_DEPARTMENTS = frozenset({"dishub", "perkimtan", "satpolpp"})
_LATE_FOR = timedelta(days=7)
_LATE_SHARE = 0.07
"""Of what everybody sees open, at the most, but at least one."""
# Who fasts reports less by day, who travels with the children too, and whose office is closed is reported.
_RAMADAN, _SCHOOL_HOLIDAY, _STRIKE_SHARE = 0.8, 0.9, 0.6
_MINUTE = timedelta(minutes=1)
_LEFT_OVER = timedelta(days=7)
_FIRST = "diskominfo"
"""Who has a complaint that nobody was given."""


class _Answered(NamedTuple):
    """What a clerk writes down: the row without its time, the status after it, and the truth."""

    row: tuple[object, ...]
    detail: str
    truth: StatusChangeTruth
    is_timed: bool


class _Desk:
    """What lies open, whether everybody sees it, and what of it is late: not too much of it, and never nothing."""

    def __init__(self) -> None:
        self._open: dict[Name, bool] = {}
        self._late: dict[Name, datetime] = {}

    def comes(self, name: Name, truth: ComplaintTruth) -> None:
        is_known = truth.requested_at is not None and truth.status != "UNKNOWN"
        self._open[name] = is_known and truth.publication in ("PUBLIC", "ANONYMOUS")

    def is_over(self, name: Name) -> None:
        self._open.pop(name, None)
        self._late.pop(name, None)

    def is_open(self, name: Name) -> bool:
        return name in self._open

    def is_late(self, name: Name, since: datetime, now: datetime) -> bool:
        """Whether this one is left to be late from a moment on. What has been so for a week waits for its successor."""
        room = max(1, int(_LATE_SHARE * sum(self._open.values())))
        if not self._open[name] or sum(now - one < _LATE_FOR for one in self._late.values()) >= room:
            return False
        self._late[name] = since
        return True

    def stays_late(self, name: Name, now: datetime) -> bool:
        """Whether this one is still left, because no other one is late when the office closes."""
        closing = now.replace(hour=CLOSES, minute=0, second=0, microsecond=0)
        return name in self._late and not any(since <= closing for other, since in self._late.items() if other != name)


class Complaints:
    """Everything that happens in LAKSA."""

    def __init__(self, size: Size, seed: int, strikes: Sequence[Strike] = ()) -> None:
        self._size, self._seed, self._strikes = size, seed, strikes
        self._number, self._answer = size.complaints, 0
        self._desk = _Desk()
        weather = Random(f"{seed}:weather").random
        days = [size.day - timedelta(days=ago) for ago in range(SPAN_DAYS, 0, -1)]
        weights = sum(weight_of(day, season_of(day, weather)) for day in days)
        self._rate = Rate(size.complaints / weights)

    def begin(self) -> Iterator[Deed]:
        """What was left open for too long is closed at the first midnight; the rest is over in its time."""
        clock, old = self._size.clock, list[tuple[Name, ComplaintTruth, datetime]]()
        for case in source.generate(self._size, self._seed):
            truth, at = case.truth, case.truth.requested_at
            if not case.alive or truth.status != "OPEN":
                continue
            name = Name("complaint", int(truth.id))
            if at is not None and _after(at, _CLOSED_AFTER) > clock:
                self._desk.comes(name, truth)
                yield from self._ending(at, truth.department_code or _FIRST, name)
            else:
                old.append((name, truth, at or self._size.start))
        closed: list[Name] = []
        # What came last is late, and the rest of it is closed.
        for name, truth, at in sorted(old, key=lambda one: one[2], reverse=True):
            since = _overdue(at)
            self._desk.comes(name, truth)
            if since < clock and self._desk.is_late(name, since, since):
                yield from self._ending(at, truth.department_code or _FIRST, name, is_late=True)
            else:
                self._desk.is_over(name)
                closed.append(name)
        yield Deed(clock, RESIDENTS, SOURCE, lambda _at: _closed(closed))

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live complaints:{day}").random
        season = season_of(day, draw)
        weight = weight_of(day, season) * (_RAMADAN if is_ramadan(day) else 1)
        count = self._rate.on(weight * (_SCHOOL_HOLIDAY if is_school_holiday(day) else 1))
        for minute in sorted(minute_of_day(draw) for _ in range(count)):
            yield from self._reported(midnight(day) + minute * _MINUTE, season, draw)
        for strike in self._strikes:
            if strike.since.date() <= day and (strike.until is None or day <= strike.until.date()):
                yield from self._about_a_strike(strike, day, season, draw)

    def _about_a_strike(self, strike: Strike, day: date, season: int, draw: Callable[[], float]) -> Iterator[Deed]:
        """Who stands before a closed office reports it."""
        kind = next((kind for kind in CATEGORIES if kind.department == strike.department), None)
        for _ in range(round(self._rate.per_day * _STRIKE_SHARE) if kind is not None else 0):
            at = midnight(day) + minute_of_day(draw) * _MINUTE
            if at > strike.since:
                yield from self._reported(at, season, draw, kind and kind.code)

    def _reported(
        self, at: datetime, season: int, draw: Callable[[], float], kind: str | None = None
    ) -> Iterator[Deed]:
        """A complaint, and all that is answered to it until it is over."""
        self._number += 1
        minute = int((at - self._size.start) / _MINUTE)
        answers = tuple(Answer(0, one) for one in answer_minutes(minute, draw, None))
        case = source.case_of(Arrival(self._number, minute, season, answers), self._size, draw, kind)
        by = case.truth.department_code or _FIRST
        name, spelled = Name("complaint", self._number), _spelling(case)
        truth = _with_status(case.truth, "WAITING")._replace(history=())
        row = Put.row(TBL_PENGADUAN, case.legacy.pengaduan, name, stts=spelled("WAITING"))

        def come(_at: datetime) -> Done:
            if not case.alive:
                return Done([row])
            self._desk.comes(name, case.truth)
            return Done([row], lambda book: book.add(name, truth))

        yield Deed(at, RESIDENTS, SOURCE, come)
        over, before = _after(at, _CLOSED_AFTER), at
        steps = zip(case.legacy.tanggapan, case.truth.history, case.details, answers, strict=True)
        for legacy, step, detail, answer in steps:
            when = in_office(self._size.start + answer.minute * _MINUTE)
            if when >= over:
                break
            before = max(when, before + _MINUTE)
            yield self._answering(before, by, name, _Answered(legacy, detail, step, step.at is not None), spelled)
            if detail == "DONE":
                return
        yield from self._ending(at, by, name, spelled)

    def _answering(
        self, at: datetime, by: str, name: Name, answered: _Answered, spelled: Callable[[str], str | None]
    ) -> Deed:
        """An answer, and the status of the complaint after it."""
        self._answer += 1
        number = Name("answer", self._answer)

        def do(now: datetime) -> Done:
            now = now.replace(second=0, microsecond=0)
            if answered.detail == "DONE":
                self._desk.is_over(name)
            known = answered.truth.status_detail != "UNKNOWN"
            stored = dirt.dirty_status(answered.detail, "usual")[0] if known else answered.row[3]
            written = source.written(now) if answered.is_timed else answered.row[2]
            row = Put.row(
                TBL_TANGGAPAN, answered.row, number, id_pengaduan=name, tgl_tanggapan=written, stts=stored
            )  # fmt: skip
            change = Change(TBL_PENGADUAN, {"stts": spelled(answered.detail)}, name)
            truth = answered.truth._replace(
                at=now if answered.is_timed else None, status_detail=answered.detail if known else "UNKNOWN"
            )

            def tell(book: Book) -> None:
                step = truth._replace(id=str(book.number(number)), complaint_id=str(book.number(name)))
                book.change(name, lambda one: _with_status(one, answered.detail)._replace(history=(*one.history, step)))

            return Done([row, change], tell)

        return Deed(at, by, SOURCE, do)

    def _ending(
        self,
        came: datetime,
        by: str,
        name: Name,
        spelled: Callable[[str], str | None] | None = None,
        *,
        is_late: bool = False,
    ) -> Iterator[Deed]:
        """The last answer, that it is done: in time, or later where the department is late with it."""
        draw = Random(f"{self._seed}:closing:{name.number}").random
        text = answer_text("DONE", "clean", draw)
        row = (0, 0, "", "", text, "", 1 + name.number % source.OFFICERS)
        answered = _Answered(row, "DONE", StatusChangeTruth("", "", came, "DONE", text), is_timed=True)
        ending = self._answering(came, by, name, answered, spelled or _usual)
        overdue = _overdue(came)

        def in_time(now: datetime) -> Done:
            if not self._desk.is_open(name) or (by in _LATE_DEPARTMENTS and self._desk.is_late(name, overdue, now)):
                return Done([])
            return ending.do(now)

        def late(now: datetime) -> Done:
            is_left = now < last and self._desk.stays_late(name, now)
            return ending.do(now) if self._desk.is_open(name) and not is_left else Done([])

        last = max(_last_minutes(came, _LATE_CLOSED_AFTER[-1]), self._size.clock + _LEFT_OVER)
        if not is_late:
            yield replace(ending, at=_after(came, _CLOSED_AFTER), do=in_time)
        if is_late or by in _LATE_DEPARTMENTS:
            for days in _LATE_CLOSED_AFTER[:-1]:
                if _last_minutes(came, days) > self._size.clock:
                    yield replace(ending, at=_last_minutes(came, days), do=late)
            yield replace(ending, at=last, do=late)


def _after(came: datetime, days: int) -> datetime:
    return working_days_after(in_office(came), days)


def _overdue(came: datetime) -> datetime:
    """When the time to answer is over: the working days are counted from the day it came, be it a Sunday."""
    return working_days_after(came.replace(hour=CLOSES - 1), _OVERDUE_AFTER).replace(hour=CLOSES, minute=0)


def _last_minutes(came: datetime, days: int) -> datetime:
    """Shortly before the office closes, so many working days after a moment."""
    at = _after(came, days)
    return at.replace(hour=CLOSES - 1, minute=60 - _LAST_MINUTES + at.minute % _LAST_MINUTES)


def _closed(old: Sequence[Name]) -> Done:
    """What nobody answered any more is closed, without an answer."""

    def tell(book: Book) -> None:
        for name in old:
            book.change(name, lambda one: _with_status(one, "DONE"))

    return Done([Change(TBL_PENGADUAN, {"stts": _usual("DONE")}, name) for name in old], tell)


def _usual(detail: str) -> str | None:
    return dirt.dirty_status(detail, "usual")[0]


def _spelling(case: ComplaintCase) -> Callable[[str], str | None]:
    """How this complaint's statuses are spelled; one that says nothing says nothing all the time."""
    last, stored = case.truth.status_detail, case.legacy.pengaduan[13]
    if last == "UNKNOWN":
        return lambda _detail: stored if stored is None else str(stored)
    kind = "usual" if stored == dirt.dirty_status(last, "usual")[0] else "other"
    return lambda detail: dirt.dirty_status(detail, kind)[0]


def _with_status(truth: ComplaintTruth, detail: str) -> ComplaintTruth:
    """A complaint after a step; what is not known at first is never known."""
    if truth.status == "UNKNOWN":
        return truth
    return truth._replace(status="CLOSED" if detail == "DONE" else "OPEN", status_detail=detail)


def before(size: Size, seed: int) -> Iterator[ComplaintTruth]:
    """What a city begins with."""
    return (case.truth for case in source.generate(size, seed) if case.alive)
