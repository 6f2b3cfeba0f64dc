"""When people work and when they do not: office hours, working days, and the seasons of a city's year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sample.city import WIB

OPENS, CLOSES = 8, 16
# Holidays are decreed year by year: these are those of the year that the city's own calendar knows.
_HOLIDAYS = frozenset(date(2026, month, day) for month, day in ((1, 1), (5, 1), (6, 1), (8, 17), (12, 25)))
_DAY = timedelta(days=1)
# The first days of Ramadan, each of 29 or 30 days.
_RAMADAN = (date(2024, 3, 12), date(2025, 3, 1), date(2026, 2, 19), date(2027, 2, 8), date(2028, 1, 28))
_RAMADAN_DAYS = 30
_SCHOOL_HOLIDAYS = ((6, 20), (7, 12)), ((12, 19), (12, 31))


def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in _HOLIDAYS


def in_office(at: datetime) -> datetime:
    """The moment itself where it is in office hours, or one on the next working day that is spread over its morning."""
    if is_working(at.date()) and OPENS <= at.hour < CLOSES:
        return at
    day = at.date() + (_DAY if at.hour >= CLOSES or not is_working(at.date()) else timedelta(0))
    while not is_working(day):
        day += _DAY
    return datetime.combine(day, time(OPENS + at.hour % 4, at.minute), WIB)


def working_days_after(at: datetime, days: int) -> datetime:
    """The same time in office hours, so many working days later."""
    day = at.date()
    while days:
        day += _DAY
        days -= is_working(day)
    return in_office(datetime.combine(day, at.timetz()))


def is_ramadan(day: date) -> bool:
    return any(timedelta(0) <= day - first < timedelta(days=_RAMADAN_DAYS) for first in _RAMADAN)


def is_school_holiday(day: date) -> bool:
    return any(first <= (day.month, day.day) <= last for first, last in _SCHOOL_HOLIDAYS)


class Rate:
    """So many things a day on average, of which a part of one is kept for the next day."""

    def __init__(self, per_day: float) -> None:
        self.per_day = per_day
        self._left = 0.5

    def on(self, weight: float = 1.0) -> int:
        """How many there are on the next day, which has so many times as many as others."""
        self._left += self.per_day * weight
        count = int(self._left)
        self._left -= count
        return count
