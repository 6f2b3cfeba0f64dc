"""Dimensions: what records of a kind can be grouped and measured by in the graph, as their contracts declare it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from models.records import Field, Record, Relation
from models.values import AreaCode

DEPARTMENT_CODE = "department_code"
_CODE = "_code"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field to group by. `name` is its own, or that of what its values are the keys of: `category` of a code."""

    field: Field
    name: str
    relation: Relation | None

    @property
    def is_department(self) -> bool:
        return self.field.name == DEPARTMENT_CODE

    @property
    def is_area(self) -> bool:
        return self.field.clean_type is AreaCode


@cache
def dimensions_of(record: type[Record]) -> tuple[Dimension, ...]:
    """What rows can be grouped by, but for moments, which are put into buckets."""
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
    """The days and moments that rows can be put into buckets by."""
    return tuple(field for field in record.fields.values() if field.group and issubclass(field.clean_type, date))


def measures_of(record: type[Record]) -> tuple[Field, ...]:
    """The numbers and amounts that can be measured."""
    return tuple(field for field in record.fields.values() if field.measure)


def has_groups(record: type[Record]) -> bool:
    """Whether anything can be grouped or measured."""
    return any(_grouped(record))


def _grouped(record: type[Record]) -> Iterator[object]:
    yield from dimensions_of(record)
    yield from moments_of(record)
    yield from measures_of(record)
