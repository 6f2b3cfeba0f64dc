"""Aggregate arguments: what groups are asked with, made from the contracts of the records, and its checked form."""

from __future__ import annotations

from collections.abc import Mapping
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
from models.periods import BucketUnit, Comparison
from models.records import Record
from resolvers.aggregates import Bucket, GroupQuestion
from schema.aggregate_figures import GROUPS_DEFAULT, GROUPS_MAX, RANGES, figures_of
from schema.dimensions import dimensions_of, moments_of
from schema.filters import filter_input, predicate_of
from schema.inputs import given_value, input_of
from schema.lanes import Arguments
from schema.orders import Direction

BY_MAX = 4
ZONE_CHARS_MAX = 64

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
    return input_of(name, {operator: (kind | None, told) for operator, told in RANGES.items()}, "Bounds of a figure.")


@cache
def _having_input(record: type[Record]) -> Any:
    fields = {
        to_camel_case(name): (
            (_range_input("CountRange", int) if figure.is_count else _range_input("FigureRange", float)) | None,
            told,
        )
        for name, (figure, told) in figures_of(record).items()
    }
    return input_of(f"{record.__name__}GroupsHaving", fields, "What groups must have; all bounds given must hold.")


@cache
def _order_input(record: type[Record]) -> Any:
    fields: dict[str, tuple[object, str]] = {
        to_camel_case(name): (Direction | None, told) for name, (_, told) in figures_of(record).items()
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
    by = [member.value for member in given_value(given, "by") or ()]
    repeated = next((name for name in by if by.count(name) > 1), None)
    if repeated is not None:
        raise BadInput("groups_by_twice", name=to_camel_case(repeated))
    if len(by) > BY_MAX:
        raise BadInput("groups_by_many", maximum=BY_MAX)
    return GroupQuestion(
        record,
        tuple(by),
        predicate_of(record, given.get("filter")),
        _bucket_of(record, city, given_value(given, "bucket")),
        area_dots=_dots_of(city, given_value(given, "area_level")),
        compare=given_value(given, "compare_to"),
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
