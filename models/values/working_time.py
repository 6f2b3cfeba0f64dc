"""Working time: how long the city's offices were open between two moments, and when a limit in working days ends."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from models.city import WorkingCalendar

_DAY = timedelta(days=1)
_HOUR_S = 3600
_DAY_S = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Seconds: TypeAlias = npt.NDArray[np.float64]
"""Many times as seconds since 1970 in UTC, or many durations in seconds."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Counts in a calendar, on the wall clock of one time zone, in constant time."""

    calendar: WorkingCalendar
    zone: ZoneInfo
    _days_off: tuple[int, ...] = field(init=False, repr=False)
    _days_before: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weekdays = self.calendar.weekdays
        if not weekdays:
            raise ValueError("a calendar in which nobody works has no working time")
        off = sorted(day.toordinal() for day in self.calendar.holidays if day.weekday() in weekdays)
        object.__setattr__(self, "_days_off", tuple(off))
        # The number of working days before each weekday, in a week that begins on Monday.
        counts = tuple(sum(day < weekday for day in weekdays) for weekday in range(8))
        object.__setattr__(self, "_days_before", counts)

    def ends_after(self, began_at: datetime, working_days: int) -> datetime:
        """When a number of working days is over: the close of the last. The day of the beginning does not count."""
        day = self._working_day(self._days_until(began_at.astimezone(self.zone).date() + _DAY) + working_days)
        return self._at(day, self.calendar.closes_hour)

    def began_before(self, now: datetime, working_days: int) -> datetime:
        """The midnight before which a limit of this many working days must have begun to be over now.

        It is the inverse of `ends_after`: began_at < began_before(now) exactly where ends_after(began_at) <= now.
        """
        local = now.astimezone(self.zone)
        closed = self._days_until(local.date())
        if self._is_working_day(local.date()) and now >= self._at(local.date(), self.calendar.closes_hour):
            closed += 1
        # A beginning on the last working day that does not count, or on days off after it, is in time.
        return self._at(self._working_day(closed - working_days + 1), 0)

    def hours_between(self, start: datetime, end: datetime) -> float:
        """The open hours from start to end; negative if the end is earlier."""
        return (self._open_s(end) - self._open_s(start)) / _HOUR_S

    def seconds_between(self, starts: Seconds, ends: Seconds) -> Seconds:
        """The open seconds between many starts and ends."""
        return self._all_open_s(ends) - self._all_open_s(starts)

    def _all_open_s(self, moments: Seconds) -> Seconds:
        local = moments + self._offsets_s(moments)
        days = np.floor(local / _DAY_S).astype(np.int64)
        of_day = local - days * _DAY_S
        ordinals = days + _EPOCH_DAY
        weeks, weekdays = np.divmod(ordinals - 1, 7)
        off = np.array(self._days_off, dtype=np.int64)
        before = weeks * len(self.calendar.weekdays) + np.array(self._days_before)[weekdays]
        before = before - np.searchsorted(off, ordinals)
        opens, closes = self.calendar.opens_hour * _HOUR_S, self.calendar.closes_hour * _HOUR_S
        works = np.isin(weekdays, list(self.calendar.weekdays)) & ~np.isin(ordinals, off)
        open_s: Seconds = before * (closes - opens) + works * np.clip(of_day - opens, 0.0, closes - opens)
        return open_s

    def _offsets_s(self, moments: Seconds) -> Seconds:
        """The UTC offsets of the wall clock, looked up per quarter of an hour, because they change only then."""
        quarters, where = np.unique(np.floor(moments / 900), return_inverse=True)
        days, of_days = np.unique(np.floor(quarters / 96), return_inverse=True)
        ends = np.array([[self._offset_s(day * _DAY_S), self._offset_s((day + 1) * _DAY_S)] for day in days.tolist()])
        offsets = ends.reshape(-1, 2)[of_days, 0]
        for at in np.flatnonzero((ends.reshape(-1, 2)[:, 0] != ends.reshape(-1, 2)[:, 1])[of_days]).tolist():
            offsets[at] = self._offset_s(float(quarters[at]) * 900)
        found: Seconds = offsets[where]
        return found

    def _offset_s(self, moment_s: float) -> float:
        offset = datetime.fromtimestamp(moment_s, self.zone).utcoffset()
        return offset.total_seconds() if offset is not None else 0.0

    def _open_s(self, moment: datetime) -> float:
        """The open seconds from the first day of the calendar to a moment."""
        local = moment.astimezone(self.zone)
        day = local.date()
        opens, closes = self.calendar.opens_hour * _HOUR_S, self.calendar.closes_hour * _HOUR_S
        today = 0.0
        if self._is_working_day(day):
            of_day = local.hour * _HOUR_S + local.minute * 60 + local.second + local.microsecond / 1e6
            today = min(max(of_day - opens, 0.0), closes - opens)
        return self._days_until(day) * (closes - opens) + today

    def _is_working_day(self, day: date) -> bool:
        return day.weekday() in self.calendar.weekdays and day not in self.calendar.holidays

    def _days_until(self, day: date) -> int:
        """The number of working days before a day, from the first Monday of the calendar on (0001-01-01)."""
        weeks, weekday = divmod(day.toordinal() - 1, 7)
        full = weeks * len(self.calendar.weekdays) + self._days_before[weekday]
        return full - bisect_left(self._days_off, day.toordinal())

    def _working_day(self, number: int) -> date:
        """The working day with this number, counted from one."""
        # The week in which it would be without days off, and as many weeks more as the days off could take.
        low = (number - 1) // len(self.calendar.weekdays) * 7 + 1
        high = low + 7 * (1 + len(self._days_off))
        while low < high:
            middle = (low + high) // 2
            if self._days_until(date.fromordinal(middle) + _DAY) < number:
                low = middle + 1
            else:
                high = middle
        return date.fromordinal(low)

    def _at(self, day: date, hour: int) -> datetime:
        midnight = day + _DAY if hour == 24 else day
        return datetime.combine(midnight, time(hour % 24), self.zone).astimezone(UTC)
