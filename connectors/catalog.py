"""The catalog: where each record is read, through which connector, and which of its fields cannot be read now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

import sqlalchemy as sa

from connectors.decoders.protocol import RANGE
from connectors.mapping import Mapping
from connectors.protocol import Connector
from connectors.sources import CityPackage, Source
from models.city import City, Department
from models.predicates import And, Compare, Operator, Predicate
from models.records import KEY, Record
from models.sources.findings import Finding, FindingKind


class Way(Enum):
    """Uses of a field besides comparing: sort all rows, sort within a range of it, find the rows of given parents."""

    ORDER = "order"
    ORDER_IN_RANGE = "order in range"
    PARENTS = "parents"


Scan = tuple[str, Operator | Way]
"""A field, and a use of it that would scan a large table."""


def way_of_order(where: Predicate, field: str) -> Way:
    """Whether a list with these conditions sorts all rows by a field, or rows within a range of it."""
    ranged = any(term.field == field and term.operator in RANGE for term in _certain(where))
    return Way.ORDER_IN_RANGE if ranged else Way.ORDER


def _certain(where: Predicate) -> Iterator[Compare]:
    """The comparisons that hold in every row."""
    if isinstance(where, Compare):
        yield where
    elif isinstance(where, And):
        for term in where.terms:
            yield from _certain(term)


@dataclass(slots=True, eq=False)
class Binding:
    """A mapping bound to its source.

    `missing` are the fields that the source cannot give now: all of them if its table is gone. `scans` are the uses of
    fields that are refused, because the source would scan a large table for them.
    """

    mapping: Mapping
    source: Source
    department: Department
    connector: Connector
    missing: frozenset[str] = field(default_factory=frozenset)
    scans: frozenset[Scan] = field(default_factory=frozenset)
    is_copy: bool = False
    """Whether this is the hub's last good copy of what the source had."""

    async def check(self) -> list[Finding]:
        """Compare the mapping with the source as it is now. Raises SourceFailure."""
        present = await self.connector.columns_of(self.mapping)
        wanted = frozenset(self.mapping.selectable.c.keys())
        absent = wanted if present is None else wanted - frozenset(present)
        changed = changed_columns(self.mapping, present or {})
        lost, retyped = self._fields_without(absent), self._fields_without(changed)
        self.missing = lost | retyped
        place = (self.source.name, self.mapping.record.name)
        return [
            Finding(*place, name, FindingKind.MISSING_COLUMN if name in lost else FindingKind.CHANGED_TYPE, 1)
            for name in sorted(self.missing)
        ]

    def _fields_without(self, legacy: frozenset[str]) -> frozenset[str]:
        """The fields that need one of these columns: all fields, if every read needs one of them."""
        everything = frozenset(self.mapping.columns)
        return everything if self.mapping.needed & legacy else self.mapping.fields_reading(legacy)

    def present(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """Those of some fields that the source can give now."""
        return tuple(name for name in fields if name not in self.missing) if self.missing else fields

    @property
    def place(self) -> str:
        """The name of the source, or of the hub's copy of it, that the rows are read from."""
        return f"{self.source.name} copy" if self.is_copy else self.source.name

    @property
    def unreadable(self) -> bool:
        return KEY in self.missing


class Catalog:
    """Every connected record of a city, by name."""

    def __init__(self, package: CityPackage, connectors: Dictionary[str, Connector]) -> None:
        """`connectors` are keyed by the name of their source; a source without one is not connected."""
        self.city: City = package.city
        self.sources = package.sources
        self.connectors = connectors
        self.generation = 0
        """Another number after every change of what is connected."""
        self._bindings: dict[str, tuple[Binding, ...]] = {}
        self._copies: dict[str, Binding] = {}
        for mapping in (*package.mappings, *package.fallbacks):
            if mapping.source in connectors:
                before = self._bindings.get(mapping.record.name, ())
                self._bindings[mapping.record.name] = (*before, _bound(package, mapping, connectors[mapping.source]))

    def binding(self, record: type[Record]) -> Binding | None:
        """Where a record is read; None if the city has not connected it."""
        return self.named(record.name)

    def named(self, record: str) -> Binding | None:
        """Where the record of this name is read; None if the city has not connected it."""
        return next(iter(self.all_named(record)), None)

    def all_named(self, record: str) -> tuple[Binding, ...]:
        """Where the record of this name is read, then its fallbacks, then the hub's copy."""
        bindings, copy = self._bindings.get(record, ()), self._copies.get(record)
        return (*bindings, copy) if copy is not None else bindings

    def promise_of(self, source: str) -> timedelta | None:
        """How young a source promises its youngest records to be; of those that it only stands in for, if no others."""
        promises = [(binding.mapping.fresh_for, binding) for binding in self if binding.source.name == source]
        told = [(promise, binding) for promise, binding in promises if promise is not None]
        own = [promise for promise, binding in told if binding is self.named(binding.mapping.record.name)]
        return min(own or [promise for promise, _ in told], default=None)

    def keep(self, copy: Binding) -> None:
        """Answer from this copy of a record when none of its sources answers."""
        self._copies[copy.mapping.record.name] = copy
        self.generation += 1

    def department_of(self, source: Source) -> Department:
        """The department that a source belongs to. Raises ValueError if the city has none of this name."""
        return _department_of(self.city, source)

    def __iter__(self) -> Iterator[Binding]:
        return (binding for bindings in self._bindings.values() for binding in bindings)

    async def close(self) -> None:
        for connector in self.connectors.values():
            await connector.close()


def _bound(package: CityPackage, mapping: Mapping, connector: Connector) -> Binding:
    source = package.source(mapping.source)
    return Binding(mapping, source, _department_of(package.city, source), connector)


def _department_of(city: City, source: Source) -> Department:
    department = city.department(source.department)
    if department is None:
        raise ValueError(f"The source {source.name} belongs to no department of the city.")
    return department


_TEXT_TYPES = ("CHAR", "VARCHAR", "NCHAR", "NVARCHAR", "CITEXT", "ENUM", "SET", "CLOB", "STRING")
_WHOLE_TYPES = re.compile(r"(TINY|SMALL|MEDIUM|BIG)?(INT|SERIAL)(?!ERVAL)")
_NUMBER_TYPES = ("NUM", "DEC", "FLOAT", "REAL", "DOUBLE", "BIT", "YEAR", "MONEY")
_MOMENT_TYPES = ("DATE", "TIME")


def kind_of_type(name: str) -> str | None:
    """What a database type holds: "text", "number" or "moment"; None for any other type."""
    upper = name.upper()
    if "TEXT" in upper or upper.startswith(_TEXT_TYPES):
        return "text"
    if _WHOLE_TYPES.match(upper) or upper.startswith(_NUMBER_TYPES):
        return "number"
    return "moment" if upper.startswith(_MOMENT_TYPES) else None


def declared_kind(mapping: Mapping, legacy: str) -> str | None:
    """What a mapping declares that a legacy column holds; None if it does not say."""
    kind = mapping.selectable.c[legacy].type
    if isinstance(kind, sa.String):
        return "text"
    return "number" if isinstance(kind, sa.Integer | sa.Numeric) else None


def changed_columns(mapping: Mapping, present: Dictionary[str, str]) -> frozenset[str]:
    """The columns that now hold texts where the mapping expects numbers, or numbers where it expects texts.

    Moments are not compared: some databases declare a text as a date.
    """
    return frozenset(
        name
        for name, kind in present.items()
        if name in mapping.selectable.c and {declared_kind(mapping, name), kind_of_type(kind)} == {"text", "number"}
    )
