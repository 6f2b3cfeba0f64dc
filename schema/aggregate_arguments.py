"""Aggregate arguments: what groups are asked with, made from the contracts of the records, and its checked form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from models.areas import AreaLevel
from models.city import City
from models.errors import BadInput
from models.measures import Statistic, Tally
from models.periods import FIRST_LOCAL, BucketUnit, Comparison
from models.records import Record
from resolvers.aggregates import Aggregate, Bucket, GroupKey, GroupQuestion
from schema.aggregate_tables import order_of_key
from schema.dimensions import dimensions_of, measures_of, moments_of
from schema.filters import filter_input, predicate_of
from schema.group_extras import SECONDS_PER_HOUR, hour_figures
from schema.grouped import extras_of
from schema.inputs import input_of
from schema.lanes import Arguments
from schema.orders import Direction

BY_MAX = 4
GROUPS_DEFAULT = 50
GROUPS_MAX = 1_000
ORDER_TERMS_MAX = 4
ZONE_CHARS_MAX = 64

MEASURED, PART, TIMED = "measured:", "part:", "timed:"
"""How facts begin that say what a question has to bring: values of a field, a part of the rows, how long it took."""

_UNITS = {
    BucketUnit.HOUR: "An hour of a wall clock.",
    BucketUnit.DAY: "A day.",
    BucketUnit.WEEK: "A week from Monday on (ISO 8601).",
    BucketUnit.MONTH: "A calendar month.",
    BucketUnit.QUARTER: "Three months, from January, April, July or October on.",
    BucketUnit.YEAR: "A calendar year.",
}
_COMPARISONS = {
    Comparison.PREVIOUS_PERIOD: "The bucket before; without buckets, the range as long as the filter's and before it.",
    Comparison.PREVIOUS_YEAR: "The same a year before; a week is compared with the one 52 weeks before.",
}
_RANGES = {
    "eq": "Exactly this.", "gt": "More than this.", "gte": "This or more.", "lt": "Less than this.",
    "lte": "This or less.",
}  # fmt: skip
_FULFILS: Mapping[str, Callable[[float, float], bool]] = {
    "eq": lambda figure, bound: figure == bound,
    "gt": lambda figure, bound: figure > bound,
    "gte": lambda figure, bound: figure >= bound,
    "lt": lambda figure, bound: figure < bound,
    "lte": lambda figure, bound: figure <= bound,
}

_STATISTICS = {
    Statistic.MIN: "smallest", Statistic.MAX: "largest", Statistic.SUM: "sum", Statistic.AVERAGE: "average",
    Statistic.MEDIAN: "median", Statistic.P90: "90th percentile",
}  # fmt: skip


def enum_of(name: str, members: Mapping[str, tuple[str, str]], about: str) -> Any:
    """An enum of the graph: members by name, each with its value and what it means."""
    values = {member: strawberry.enum_value(value, description=told) for member, (value, told) in members.items()}
    made: Any = Enum(name, values)  # type: ignore[misc]  # an enum made at run time
    return strawberry.enum(made, description=about)


def _tell(kind: type[Enum], told: Mapping[Any, str]) -> None:
    """Describe the members of an enum of the graph."""
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set by strawberry.enum
        value.description = told[kind[value.name]]


_tell(strawberry.enum(BucketUnit, description="How long a period is."), _UNITS)
_tell(strawberry.enum(Comparison, name="GroupComparison", description="What groups are compared with."), _COMPARISONS)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that groups are ordered by, or that they must have: of a measured field, or the number of rows.

    `need` is the fact that says what a question has to bring for it; of a `part` it is the number of its rows.
    `divisor` makes the graph's unit of what a tally holds.
    """

    field: str | None = None
    statistic: Statistic | None = None
    need: str | None = None
    part: str | None = None
    divisor: int = 1

    @property
    def is_count(self) -> bool:
        return self.field is None

    def of(self, tally: Tally) -> float | None:
        if self.part is not None:
            return tally.parts.get(self.part, 0)
        if self.field is None or self.statistic is None:
            return tally.count
        number = tally.statistic(self.field, self.statistic)
        return None if number is None else float(number / self.divisor)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which groups are shown, and in which order: `order` by figures, or by the period where there is no figure."""

    having: tuple[tuple[Figure, str, float], ...]
    order: tuple[tuple[Figure | None, bool], ...]
    first: int

    @property
    def needs(self) -> frozenset[str]:
        """What a question has to bring for them, as facts."""
        figures = [figure for figure, _, _ in self.having] + [figure for figure, _ in self.order if figure is not None]
        return frozenset(figure.need for figure in figures if figure.need is not None)

    def chosen(self, aggregate: Aggregate) -> tuple[list[GroupKey], int]:
        """The keys of the groups to show, in order, and how many there were to choose from."""
        groups = aggregate.groups
        kept = sorted((key for key in groups if self._fulfils(groups[key])), key=order_of_key)
        order = self.order
        if not order:
            order = ((None, False), (Figure(), True)) if aggregate.question.bucket is not None else ((Figure(), True),)
        for figure, descending in reversed(order):
            kept = _sorted(kept, [_rank(key, groups[key], figure) for key in kept], descending=descending)
        return kept[: self.first], len(kept)

    def _fulfils(self, tally: Tally) -> bool:
        for figure, operator, bound in self.having:
            known = figure.of(tally)
            if known is None or not _FULFILS[operator](known, bound):
                return False
        return True


def _rank(key: GroupKey, tally: Tally, figure: Figure | None) -> float | None:
    if figure is not None:
        return figure.of(tally)
    start = key[-1] if key else None
    return (start - FIRST_LOCAL).total_seconds() if isinstance(start, datetime) else None


def _sorted(keys: list[GroupKey], ranks: Sequence[float | None], *, descending: bool) -> list[GroupKey]:
    """The keys by their ranks; equal ones stay in order, and what has no rank comes last either way."""
    ranked = [(rank, key) for rank, key in zip(ranks, keys, strict=True) if rank is not None]
    ranked.sort(key=lambda pair: -pair[0] if descending else pair[0])
    unranked = [key for rank, key in zip(ranks, keys, strict=True) if rank is None]
    return [key for _, key in ranked] + unranked


def _figures(record: type[Record]) -> dict[str, tuple[Figure, str]]:
    """Every figure of a record by its Python name, with what it is."""
    figures = {"count": (Figure(), "How many rows the group has.")}
    for field in measures_of(record):
        for statistic, told in _STATISTICS.items():
            about = f"Of what follows, the {told}: {field.description[0].lower()}{field.description[1:]}."
            figures[f"{field.name}_{statistic.value}"] = (Figure(field.name, statistic, MEASURED + field.name), about)
    extras = extras_of(record)
    for part in extras.parts:
        figures[part.name] = (Figure(need=PART + part.part, part=part.part), f"{part.description}.")
    for time in extras.times:
        for name, seconds, statistic, about in hour_figures(time):
            figures[name] = (Figure(seconds, statistic, TIMED + time.name, divisor=SECONDS_PER_HOUR), about)
    return figures


@cache
def dimension_enum(record: type[Record]) -> Any:
    """What a record can be grouped by, as an enum of the graph; None where there is nothing."""
    members = {one.name.upper(): (one.field.name, f"{one.field.description}.") for one in dimensions_of(record)}
    about = f"What {record.__name__} can be grouped by."
    return enum_of(f"{record.__name__}Dimension", members, about) if members else None


@cache
def _bucket_input(record: type[Record]) -> Any:
    members = {field.name.upper(): (field.name, f"{field.description}.") for field in moments_of(record)}
    if not members:
        return None
    name = record.__name__
    moments = enum_of(f"{name}Moment", members, f"The days and moments of {name} that make periods.")
    return input_of(
        f"{name}Bucket",
        {
            "field": (moments, "The day or moment."),
            "unit": (BucketUnit, "How long a period is."),
            "timeZone": (str | None, "The zone of the wall clock, such as Asia/Jakarta; the city's own unless told."),
        },
        f"Puts rows of {name} into periods.",
    )


@cache
def _range_input(name: str, kind: type) -> Any:
    return input_of(name, {operator: (kind | None, told) for operator, told in _RANGES.items()}, "Bounds of a figure.")


@cache
def _having_input(record: type[Record]) -> Any:
    fields = {
        to_camel_case(name): (
            (_range_input("CountRange", int) if figure.is_count else _range_input("FigureRange", float)) | None,
            told,
        )
        for name, (figure, told) in _figures(record).items()
    }
    return input_of(f"{record.__name__}GroupsHaving", fields, "What groups must have; all bounds given must hold.")


@cache
def _order_input(record: type[Record]) -> Any:
    fields: dict[str, tuple[object, str]] = {
        to_camel_case(name): (Direction | None, told) for name, (_, told) in _figures(record).items()
    }
    if moments_of(record):
        fields["period"] = (Direction | None, "The start of the group's period.")
    return input_of(
        f"{record.__name__}GroupsOrder", fields, f"One figure to sort groups of {record.__name__} by.", one_of=True
    )


def arguments_of_groups(record: type[Record]) -> Arguments:
    """The arguments of the groups of this record."""
    arguments: dict[str, tuple[Any, str]] = {}
    dimensions, bucket = dimension_enum(record), _bucket_input(record)
    if dimensions is not None:
        arguments["by"] = (
            list[dimensions] | None,  # type: ignore[valid-type]  # a type made at run time
            f"What to group by, {BY_MAX} things at most.",
        )
    if any(one.is_area for one in dimensions_of(record)):
        arguments["area_level"] = (
            AreaLevel | None, "Roll areas up to those of this level; what lies in none has no area.",
        )  # fmt: skip
    filters = filter_input(record, record.__name__)
    if filters is not None:
        arguments["filter"] = (filters | None, "Which rows to count.")
    if bucket is not None:
        arguments["bucket"] = (bucket | None, "Periods to group by as well, and to make series of.")
        arguments["compare_to"] = (
            Comparison | None,
            "Also count the period before: that needs a range in the filter, which ends now unless it says otherwise.",
        )
    arguments["having"] = (_having_input(record) | None, "Which groups to show.")
    arguments["order_by"] = (
        list[_order_input(record)] | None,  # type: ignore[misc]  # a type made at run time
        "How to sort the groups; by period and then by count, the largest first, unless told.",
    )
    arguments["first"] = (
        int | None,
        f"How many groups to show at most, and how many series: {GROUPS_DEFAULT} unless told, {GROUPS_MAX} at most.",
    )
    return arguments


def question_of(record: type[Record], city: City, given: Mapping[str, Any]) -> GroupQuestion:
    """What is asked, checked, without what is measured. Raises BadInput."""
    by = [member.value for member in _value(given, "by") or ()]
    repeated = next((name for name in by if by.count(name) > 1), None)
    if repeated is not None:
        raise BadInput("groups_by_twice", name=to_camel_case(repeated))
    if len(by) > BY_MAX:
        raise BadInput("groups_by_many", maximum=BY_MAX)
    return GroupQuestion(
        record,
        tuple(by),
        predicate_of(record, given.get("filter")),
        _bucket_of(record, city, _value(given, "bucket")),
        area_dots=_dots_of(city, _value(given, "area_level")),
        compare=_value(given, "compare_to"),
    )


def _bucket_of(record: type[Record], city: City, given: Any) -> Bucket | None:
    if given is None:
        return None
    name, unit, zone_name = given.field_.value, given.unit_, given.timeZone_
    of_days = not issubclass(record.fields[name].clean_type, datetime)
    if of_days and (unit is BucketUnit.HOUR or zone_name not in (None, UNSET)):
        raise BadInput("bucket_unit", field=to_camel_case(name))
    return Bucket(name, unit, city.time_zone if zone_name in (None, UNSET) else _zone(zone_name))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name if 0 < len(name) <= ZONE_CHARS_MAX else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("time_zone_unknown") from None


def _dots_of(city: City, level: AreaLevel | None) -> int | None:
    """How many dots the codes of a level have in this city, whose shapes go from the city down."""
    if level is None:
        return None
    levels = [one for one in AreaLevel if one is not AreaLevel.UNKNOWN]
    shapes = dict(zip(levels, city.area_code_shapes, strict=False))
    if level not in shapes:
        raise BadInput("area_level")
    return shapes[level].count(".")


def shown_of(record: type[Record], given: Mapping[str, Any]) -> Shown:
    """Which groups to show. Raises BadInput."""
    first = _value(given, "first")
    first = GROUPS_DEFAULT if first is None else first
    if not 0 <= first <= GROUPS_MAX:
        raise BadInput("first_range", argument="first", maximum=GROUPS_MAX)
    figures = {name: figure for name, (figure, _) in _figures(record).items()}
    return Shown(tuple(_having(figures, _value(given, "having"))), _order(figures, _value(given, "order_by")), first)


def _having(figures: Mapping[str, Figure], given: Any) -> list[tuple[Figure, str, float]]:
    bounds: list[tuple[Figure, str, float]] = []
    for name, figure in figures.items():
        asked = getattr(given, f"{to_camel_case(name)}_", None)
        for operator in _RANGES if asked not in (None, UNSET) else ():
            bound = getattr(asked, f"{operator}_")
            if bound is None:
                raise BadInput("filter_null", operator=operator)
            if bound is not UNSET:
                bounds.append((figure, operator, bound))
    return bounds


def _order(figures: Mapping[str, Figure], given: Any) -> tuple[tuple[Figure | None, bool], ...]:
    terms: list[tuple[Figure | None, bool]] = []
    known: dict[str, Figure | None] = {**figures, "period": None}
    for term in given or ():
        for name, figure in known.items():
            direction = getattr(term, f"{to_camel_case(name)}_", None)
            if direction in (None, UNSET):
                continue
            if any(other == figure for other, _ in terms):
                raise BadInput("order_twice", field=to_camel_case(name))
            terms.append((figure, direction is Direction.DESC))
    if len(terms) > ORDER_TERMS_MAX:
        raise BadInput("order_terms", maximum=ORDER_TERMS_MAX)
    return tuple(terms)


def _value(given: Mapping[str, Any], name: str) -> Any:
    value = given.get(name)
    return None if value is UNSET else value
