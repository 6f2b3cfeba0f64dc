"""What a city package states about its city: the facts that nothing outside of it may assume."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from models.areas import AreaLevel
from models.values import position_accuracy
from models.values.identity import NIK, Identity
from models.values.localized import Languages, Localized
from models.values.position_accuracy import ComplaintPositions
from models.values.types import AreaCode, Box, Position

PAGE_ROWS_CEILING = 10_000
"""The largest page that a city may allow: more is an export."""


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
class LevelOfAreas:
    """What a city calls its areas of one depth, and the level of the graph that they are."""

    level: AreaLevel
    name: Localized


@dataclass(frozen=True, slots=True)
class Examples:
    """What the city's first questions are about: those of personas, of the explorer and of programs to begin with.

    `area` is one with areas in it, if the city has such, and `small_area` one of the smallest; both have data. `words`
    are searched for, `goods` are sold in markets. `day` is today, unless the city's data stands still. `person` is
    somebody made up, whose data is no person's; without one there is no persona of a resident with data of their own.
    """

    area: AreaCode
    small_area: AreaCode
    position: Position
    department: str
    words: str
    goods: str
    day: date | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class City:
    """One city: names, place, money and offices. In an area code shape such as `36.71.##`, `#` stands for any digit.

    `area_levels` go from the city downwards. `languages` are those that people are spoken to in, the first one where
    they ask for none of them; `stemmer` is Snowball's for the language of its texts. `money_pattern` is how amounts are
    written (CLDR); `identity` is by what the city knows people.

    `page_rows_max` is how many rows a client may ask for in one page of a list. A city without `complaint_limits` has
    promised its residents none. `complaint_positions` says how exactly everybody is told where complaints are.
    `complaint_routes` are pairs: the code of a category, and the department that handles its complaints first.
    """

    code: str
    name: str
    time_zone: ZoneInfo
    languages: Languages
    currency: str
    box: Box
    area_code_shapes: tuple[str, ...]
    departments: tuple[Department, ...]
    calendar: WorkingCalendar
    page_rows_max: int = 100
    complaint_limits: ComplaintLimits | None = None
    complaint_positions: ComplaintPositions = position_accuracy.BY_DEFAULT
    area_levels: tuple[LevelOfAreas, ...] = tuple(
        LevelOfAreas(level, level.label) for level in AreaLevel if level is not AreaLevel.UNKNOWN
    )
    identity: Identity = NIK
    stemmer: str = "english"
    money_pattern: str = "¤#,##0.00"
    examples: Examples | None = None
    complaint_routes: tuple[tuple[str, str], ...] = ()

    def first_handler(self, category: str | None) -> str | None:
        """The code of the department that handles complaints of this category first; None where nobody is named."""
        return dict(self.complaint_routes).get(category or "")

    def __post_init__(self) -> None:
        if not self.languages:
            raise ValueError("a city speaks at least one language")
        if not self.departments:
            raise ValueError("a city has at least one department")
        if self.examples is not None and self.department(self.examples.department) is None:
            raise ValueError(f"the examples name the department {self.examples.department!r}, which the city has not")
        if not self.area_levels:
            raise ValueError("a city has at least one level of areas")
        if not 1 <= self.page_rows_max <= PAGE_ROWS_CEILING:
            raise ValueError(f"a page has from 1 to {PAGE_ROWS_CEILING} rows at most, not {self.page_rows_max}")

    def department(self, code: str | None) -> Department | None:
        return next((department for department in self.departments if department.code == code), None)

    def level_name(self, level: AreaLevel, depth: int) -> Localized:
        """What the city calls an area of this level; several of one level are told apart by their depth."""
        named = [one for one in self.area_levels if one.level is level]
        if len(named) > 1 and 0 <= depth < len(self.area_levels):
            named = [self.area_levels[depth]]
        return named[0].name if named else level.label

    @property
    def shown(self) -> Examples:
        """The examples; of a city that states none, itself, its middle and its first department."""
        if self.examples is not None:
            return self.examples
        code, south, west = AreaCode(self.code), self.box.south, self.box.west
        middle = Position((south + self.box.north) / 2, (west + self.box.east) / 2)
        return Examples(code, code, middle, self.departments[0].code, self.name, self.name)

    @property
    def parts(self) -> LevelOfAreas:
        """The areas that the city as a whole is divided into: districts, wards."""
        return self.area_levels[:2][-1]
