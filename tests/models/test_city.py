"""What a city package states: calendars that cannot be are refused, departments are found."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from models.city import City, Department, WorkingCalendar
from models.values.localized import Language
from models.values.types import Box

WEEK = frozenset(range(5))


@pytest.mark.parametrize("hours", [(0, 24), (8, 16), (23, 24)])
def test_opening_hours(hours: tuple[int, int]) -> None:
    calendar = WorkingCalendar(WEEK, *hours, frozenset())
    assert (calendar.opens_hour, calendar.closes_hour) == hours


@pytest.mark.parametrize("hours", [(-1, 8), (16, 8), (8, 8), (8, 25)])
def test_impossible_opening_hours_are_refused(hours: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="offices open before they close"):
        WorkingCalendar(WEEK, *hours, frozenset())


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_weekday_that_is_none_is_refused(weekday: int) -> None:
    with pytest.raises(ValueError, match="a weekday is a number from 0"):
        WorkingCalendar(WEEK | {weekday}, 8, 16, frozenset())


WORKS, HEALTH = Department("dpupr", "Dinas Pekerjaan Umum", "DPUPR"), Department("dinkes", "Dinas", "Dinkes")
CITY = City(
    code="36.71",
    name="Kota Tangerang",
    time_zone=ZoneInfo("Asia/Jakarta"),
    languages=(Language.ID, Language.EN),
    currency="IDR",
    box=Box(south=-6.26, west=106.55, north=-6.09, east=106.75),
    area_code_shapes=("36.71",),
    departments=(WORKS, HEALTH),
    calendar=WorkingCalendar(WEEK, 8, 16, frozenset()),
)


def test_a_page_has_a_hundred_rows_unless_the_city_says_otherwise() -> None:
    assert CITY.page_rows_max == 100
    assert replace(CITY, page_rows_max=10_000).page_rows_max == 10_000


@pytest.mark.parametrize("rows", [-1, 0, 10_001])
def test_a_page_without_rows_or_without_end_is_refused(rows: int) -> None:
    with pytest.raises(ValueError, match=f"a page has from 1 to 10000 rows at most, not {rows}"):
        replace(CITY, page_rows_max=rows)


def test_a_department_is_found_by_its_code() -> None:
    city, health = CITY, HEALTH
    assert city.department("dinkes") is health
    assert city.department("DINKES") is None
    assert city.department("") is None
    assert city.department(None) is None
