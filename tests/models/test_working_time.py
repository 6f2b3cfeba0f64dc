"""Working time against counting by hand, minute by minute and day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.city import ComplaintLimits, WorkingCalendar
from models.values.working_time import WorkingTime

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = frozenset({date(2026, 1, 1), date(2026, 8, 17), date(2026, 12, 25), date(2026, 8, 15)})
OFFICE = WorkingTime(WorkingCalendar(frozenset(range(5)), 8, 16, HOLIDAYS), JAKARTA)

calendars = st.builds(
    WorkingCalendar,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 11),
    st.integers(12, 24),
    st.frozensets(st.dates(date(2025, 12, 20), date(2026, 2, 10)), max_size=12),
)
clocks = st.builds(WorkingTime, calendars, st.sampled_from((JAKARTA, BERLIN, ZoneInfo("UTC"))))
FIRST = datetime(2025, 12, 22, tzinfo=UTC)
moments = st.integers(0, 60 * 24 * 40).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def local(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def is_working_day(clock: WorkingTime, day: date) -> bool:
    return day.weekday() in clock.calendar.weekdays and day not in clock.calendar.holidays


@pytest.mark.parametrize(
    ("began_at", "days", "ends_at"),
    [
        ("2026-11-23 09:00", 5, "2026-11-30 16:00"),  # Monday to Monday
        ("2026-11-27 23:59", 5, "2026-12-04 16:00"),  # late on Friday
        ("2026-11-28 10:00", 5, "2026-12-04 16:00"),  # on Saturday
        (
            "2026-08-14 10:00",
            1,
            "2026-08-18 16:00",
        ),  # a holiday on Monday; one on Saturday takes nothing
        ("2026-12-24 17:00", 1, "2026-12-28 16:00"),  # Christmas on a Friday
    ],
)
def test_when_a_limit_ends(began_at: str, days: int, ends_at: str) -> None:
    assert OFFICE.ends_after(local(began_at), days) == local(ends_at)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23 09:00", "2026-11-23 11:30", 2.5),
        ("2026-11-23 15:00", "2026-11-24 09:00", 2.0),
        ("2026-11-27 15:00", "2026-11-30 09:00", 2.0),
        ("2026-11-28 00:00", "2026-11-29 23:00", 0.0),
        ("2026-08-14 15:30", "2026-08-18 08:30", 1.0),
        ("2026-11-24 09:00", "2026-11-23 15:00", -2.0),
        ("2025-11-24 00:00", "2026-11-24 00:00", 259 * 8.0),
    ],
)
def test_open_hours(start: str, end: str, hours: float) -> None:
    assert OFFICE.hours_between(local(start), local(end)) == hours


@given(clocks, moments, st.integers(1, 15))
def test_a_limit_ends_where_counting_day_by_day_ends(clock: WorkingTime, began_at: datetime, days: int) -> None:
    day = began_at.astimezone(clock.zone).date()
    left = days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(clock, day)
    close = datetime.combine(day, datetime.min.time(), clock.zone) + timedelta(hours=clock.calendar.closes_hour)
    assert clock.ends_after(began_at, days) == close


@given(clocks, moments, moments, st.integers(1, 15))
def test_what_began_before_the_cutoff_is_over_and_nothing_else(
    clock: WorkingTime, began_at: datetime, now: datetime, days: int
) -> None:
    assert (began_at < clock.began_before(now, days)) == (clock.ends_after(began_at, days) <= now)


@given(clocks, moments, st.integers(0, 60 * 24 * 12))
def test_open_hours_are_those_of_counting_by_the_minute(clock: WorkingTime, start: datetime, minutes: int) -> None:
    start = start.replace(second=0, microsecond=0)
    each = (start + timedelta(minutes=minute) for minute in range(minutes))
    walls = (moment.astimezone(clock.zone) for moment in each)
    opens, closes = clock.calendar.opens_hour, clock.calendar.closes_hour
    counted = sum(is_working_day(clock, wall.date()) and opens <= wall.hour < closes for wall in walls)
    assert round(clock.hours_between(start, start + timedelta(minutes=minutes)) * 60, 6) == counted


@given(clocks, moments, moments, moments)
def test_hours_add_up(clock: WorkingTime, first: datetime, second: datetime, third: datetime) -> None:
    whole = clock.hours_between(first, second) + clock.hours_between(second, third)
    assert whole == pytest.approx(clock.hours_between(first, third), abs=1e-6)


def test_a_calendar_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody works"):
        WorkingTime(WorkingCalendar(frozenset(), 8, 16, frozenset()), JAKARTA)


@pytest.mark.parametrize("limits", [(0, 5, 10), (3, 2, 10), (3, 5, 4), (-1, 5, 10)])
def test_limits_that_cannot_be_kept_in_order_are_refused(limits: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="forwarded first"):
        ComplaintLimits(*limits)


@given(clocks, st.lists(st.tuples(moments, moments), min_size=1, max_size=20))
def test_many_times_at_once_are_those_of_each(clock: WorkingTime, pairs: list[tuple[datetime, datetime]]) -> None:
    starts, ends = (np.array([moment.timestamp() for moment in side]) for side in zip(*pairs, strict=True))
    expected = [clock.hours_between(start, end) * 3_600 for start, end in pairs]
    assert clock.seconds_between(starts, ends).tolist() == pytest.approx(expected)
