"""The fields by which records can be grouped and measured in the graph, as their contracts declare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from models.records import Field, Record, Relation
from models.values.periods import ClockPart
from models.values.types import AreaCode, BpsCode

DEPARTMENT_CODE = "department_code"
_CODE = "_code"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field to group by. `name` is its own name, or that of the record of which its values are keys."""

    field: Field
    name: str
    relation: Relation | None

    @property
    def is_department(self) -> bool:
        return self.field.name == DEPARTMENT_CODE

    @property
    def is_area(self) -> bool:
        return self.field.clean_type in (AreaCode, BpsCode)


@cache
def dimensions_of(record: type[Record]) -> tuple[Dimension, ...]:
    """The fields by which rows can be grouped, without days and times, which are put into buckets."""
    ones = {relation.on[0][0]: relation for relation in record.relations.values() if not relation.many}
    return tuple(
        Dimension(field, _name(field, ones.get(field.name)), ones.get(field.name))
        for field in record.fields.values()
        if field.group and not issubclass(field.clean_type, date)
    )


def _name(field: Field, relation: Relation | None) -> str:
    if relation is not None:
        return relation.name
    return field.name.removesuffix(_CODE) if field.name == DEPARTMENT_CODE else field.name


def moments_of(record: type[Record]) -> tuple[Field, ...]:
    """The days and times that can be put into buckets."""
    return tuple(field for field in record.fields.values() if field.group and issubclass(field.clean_type, date))


def clock_parts_of(record: type[Record]) -> tuple[ClockPart, ...]:
    """What can be read off a clock: of days only the weekday."""
    kinds = [field.clean_type for field in moments_of(record)]
    has_times = any(issubclass(kind, datetime) for kind in kinds)
    return tuple(part for part in ClockPart if has_times or (kinds and part is ClockPart.WEEKDAY))


def measures_of(record: type[Record]) -> tuple[Field, ...]:
    """The numbers and amounts of money that can be measured."""
    return tuple(field for field in record.fields.values() if field.measure)
