"""Working time: how long the city's offices were open between two moments, and when a limit in working days ends."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.city import WorkingCalendar

_DAY = timedelta(days=1)
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Counts in a calendar, on the wall clock of one time zone; a question takes no longer where it reaches further."""

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
        # Of a week that begins on Monday: how many working days come before each weekday.
        counts = tuple(sum(day < weekday for day in weekdays) for weekday in range(8))
        object.__setattr__(self, "_days_before", counts)

    def ends_after(self, began_at: datetime, working_days: int) -> datetime:
        """When so many working days are over: the close of the last. The day of the beginning does not count."""
        day = self._working_day(self._days_until(began_at.astimezone(self.zone).date() + _DAY) + working_days)
        return self._at(day, self.calendar.closes_hour)

    def began_before(self, now: datetime, working_days: int) -> datetime:
        """The midnight before which everything began whose limit of so many working days is over by now.

        It is the inverse of `ends_after`: began_at < began_before(now) exactly where ends_after(began_at) <= now.
        """
        local = now.astimezone(self.zone)
        closed = self._days_until(local.date())
        if self._is_working_day(local.date()) and now >= self._at(local.date(), self.calendar.closes_hour):
            closed += 1
        # What began after the working day before the first that counts, and on days off behind it, is in time.
        return self._at(self._working_day(closed - working_days + 1), 0)

    def hours_between(self, start: datetime, end: datetime) -> float:
        """The open hours from start to end; negative where the end comes first."""
        return (self._open_s(end) - self._open_s(start)) / _HOUR_S

    def _open_s(self, moment: datetime) -> float:
        """The open seconds from the first day of the calendar of the world to a moment."""
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
        """How many working days there are before a day, from the first Monday of the calendar on (0001-01-01)."""
        weeks, weekday = divmod(day.toordinal() - 1, 7)
        full = weeks * len(self.calendar.weekdays) + self._days_before[weekday]
        return full - bisect_left(self._days_off, day.toordinal())

    def _working_day(self, number: int) -> date:
        """The working day with this number, counted from one."""
        # The week in which it would be without days off, and as many weeks more as those could take.
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
