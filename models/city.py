"""What a city package states about its city: the facts that nothing outside of it may assume."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from models.localized import Language
from models.values import Box

PAGE_ROWS_CEILING = 10_000
"""What a city may let a client ask for in one page, at most: more is an export."""


@dataclass(frozen=True, slots=True)
class Department:
    """An agency of the city that owns data."""

    code: str
    name: str
    abbreviation: str


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When the city's offices work: weekdays (0 is Monday), opening hours in local time, and days off."""

    weekdays: frozenset[int]
    opens_hour: int
    closes_hour: int
    holidays: frozenset[date]

    def __post_init__(self) -> None:
        if not self.weekdays <= frozenset(range(7)):
            raise ValueError("a weekday is a number from 0, Monday, to 6")
        if not 0 <= self.opens_hour < self.closes_hour <= 24:
            raise ValueError("offices open before they close, between 0 and 24")


@dataclass(frozen=True, slots=True)
class ComplaintLimits:
    """Within how many working days a complaint is to be forwarded, answered, and closed where no answer came.

    They are what an open complaint is marked by as well: GREEN while it could still be forwarded in time, then YELLOW
    while it could be answered in time, then RED.
    """

    forward_within_days: int
    respond_within_days: int
    close_after_days: int

    def __post_init__(self) -> None:
        if not 0 < self.forward_within_days <= self.respond_within_days <= self.close_after_days:
            raise ValueError("a complaint is forwarded first, then answered, then closed: each limit reaches the next")


@dataclass(frozen=True, slots=True)
class City:
    """One city: names, place, money and offices. In an area code shape such as `36.71.##`, `#` stands for any digit.

    `page_rows_max` is how many rows a client may ask for in one page of a list. A city without `complaint_limits` has
    promised its residents none.
    """

    code: str
    name: str
    time_zone: ZoneInfo
    languages: tuple[Language, ...]
    currency: str
    box: Box
    area_code_shapes: tuple[str, ...]
    departments: tuple[Department, ...]
    calendar: WorkingCalendar
    page_rows_max: int = 100
    complaint_limits: ComplaintLimits | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.page_rows_max <= PAGE_ROWS_CEILING:
            raise ValueError(f"a page has from 1 to {PAGE_ROWS_CEILING} rows at most, not {self.page_rows_max}")

    def department(self, code: str | None) -> Department | None:
        return next((department for department in self.departments if department.code == code), None)
