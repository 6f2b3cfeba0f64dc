"""The arguments of groups, generated from the contracts of the records, and their checked form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from models.areas import AreaLevel
from models.batch import Freshness
from models.city import City
from models.errors import BadInput
from models.records import Record
from models.values.periods import CLOCK_PARTS, BucketUnit, ClockPart, Comparison
from resolvers.aggregates.groups import Bucket, Clock, GroupQuestion
from schema.aggregates.dimensions import clock_parts_of, dimensions_of, moments_of
from schema.aggregates.figures import GROUPS_DEFAULT, GROUPS_MAX, RANGES, figures_of
from schema.core.derived import settled_filter
from schema.core.filters import filter_input, predicate_of
from schema.core.inputs import given_value, input_of
from schema.core.lanes import Arguments
from schema.core.orders import Direction

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


_CLOCK_PARTS = {
    ClockPart.HOUR_OF_DAY: "The hour of the day, from 0 to 23, of the bucket's field, or else of the first moment.",
    ClockPart.WEEKDAY: "The day of the week of the bucket's field, or else of the first day or moment.",
}


def enum_of(name: str, members: Mapping[str, tuple[str, str]], about: str) -> Any:
    """An enum of the graph: members by name, each with its value and description."""
    values = {member: strawberry.enum_value(value, description=told) for member, (value, told) in members.items()}
    made: Any = Enum(name, values)  # type: ignore[misc]  # an enum made at run time
    return strawberry.enum(made, description=about)


def _tell(kind: type[Enum], told: Mapping[Any, str]) -> None:
    """Add descriptions to the members of an enum of the graph."""
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set by strawberry.enum
        value.description = told[kind[value.name]]


_tell(strawberry.enum(BucketUnit, description="How long a period is."), _UNITS)
_tell(strawberry.enum(Comparison, name="GroupComparison", description="What groups are compared with."), _COMPARISONS)


@cache
def dimension_enum(record: type[Record]) -> Any:
    """The enum of fields by which a record can be grouped; None if there are none."""
    members = {one.name.upper(): (one.field.name, f"{one.field.description}.") for one in dimensions_of(record)}
    members |= {part.name: (part.value, _CLOCK_PARTS[part]) for part in clock_parts_of(record)}
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
    arguments["freshness"] = (
        list[Freshness] | None,
        "Only rows that are so young: [FRESH] leaves out what is older than its source promises, or of unknown age.",
    )
    arguments["having"] = (_having_input(record) | None, "Which groups to show.")
    arguments["order_by"] = (
        list[_order_input(record)] | None,  # type: ignore[misc]  # a type made at run time
        "How to sort the groups; by period and then by count, the largest first, unless told.",
    )
    arguments["top_of_each"] = (
        int | None,
        "Only so many groups of each period, by this order; without periods, of each value of the first of `by`.",
    )
    arguments["first"] = (
        int | None,
        f"How many groups to show at most, and how many series: {GROUPS_DEFAULT} unless told, {GROUPS_MAX} at most.",
    )
    return arguments


def question_of(record: type[Record], city: City, now: datetime, given: Mapping[str, Any]) -> GroupQuestion:
    """The checked question, without the measures and the areas that are rolled up to. Raises BadInput."""
    by = [member.value for member in given_value(given, "by") or ()]
    repeated = next((name for name in by if by.count(name) > 1), None)
    if repeated is not None:
        raise BadInput("groups_by_twice", name=to_camel_case(repeated))
    if len(by) > BY_MAX:
        raise BadInput("groups_by_many", maximum=BY_MAX)
    bucket = _bucket_of(record, city, given_value(given, "bucket"))
    return GroupQuestion(
        record,
        tuple(by),
        settled_filter(record.name, predicate_of(record, given.get("filter")), city, now),
        bucket,
        _clock_of(record, city, [CLOCK_PARTS[name] for name in by if name in CLOCK_PARTS], bucket),
        compare=given_value(given, "compare_to"),
        freshness=_freshness_of(given_value(given, "freshness")),
    )


def _freshness_of(given: Sequence[Freshness] | None) -> frozenset[Freshness] | None:
    return None if given is None else frozenset(given)


def _bucket_of(record: type[Record], city: City, given: Any) -> Bucket | None:
    if given is None:
        return None
    name, unit, zone_name = given.field_.value, given.unit_, given.timeZone_
    of_days = not issubclass(record.fields[name].clean_type, datetime)
    if of_days and (unit is BucketUnit.HOUR or zone_name not in (None, UNSET)):
        raise BadInput("bucket_unit", field=to_camel_case(name))
    return Bucket(name, unit, city.time_zone if zone_name in (None, UNSET) else _zone(zone_name))


def _clock_of(record: type[Record], city: City, parts: list[ClockPart], bucket: Bucket | None) -> Clock | None:
    if bucket is not None:
        if ClockPart.HOUR_OF_DAY in parts and not issubclass(record.fields[bucket.field].clean_type, datetime):
            raise BadInput("bucket_unit", field=to_camel_case(bucket.field))
        return Clock(bucket.field, bucket.zone)
    if not parts:
        return None
    kind = datetime if ClockPart.HOUR_OF_DAY in parts else date
    return Clock(next(one.name for one in moments_of(record) if issubclass(one.clean_type, kind)), city.time_zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name if 0 < len(name) <= ZONE_CHARS_MAX else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("time_zone_unknown") from None


def level_of(city: City, given: Mapping[str, Any]) -> AreaLevel | None:
    """The level to which areas are rolled up. Raises BadInput for one that the city has not."""
    level: AreaLevel | None = given_value(given, "area_level")
    if level is not None and all(one.level is not level for one in city.area_levels):
        raise BadInput("area_level", levels=", ".join(dict.fromkeys(one.level.value for one in city.area_levels)))
    return level
