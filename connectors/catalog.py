"""The catalog: which record is read where, through which connector, and what of it the source lacks at the moment."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from connectors.column_kinds import changed_columns
from connectors.mapping import Mapping
from connectors.protocol import Connector
from connectors.scans import Scan
from connectors.sources import CityPackage, Source
from models.city import City, Department
from models.findings import Finding, FindingKind
from models.records import KEY, Record


@dataclass(slots=True)
class Binding:
    """A mapping bound to its source.

    `missing` are the fields that the source cannot give now; all of them if its table is gone. `scans` is what may not
    be asked of it now, since it could only answer by reading a large table from end to end.
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
        """Compare the mapping with the source as it is now. Raises SourceFailure when the source cannot be asked."""
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
        """The fields that cannot be read without these columns: all, where one of them is always read."""
        everything = frozenset(self.mapping.columns)
        return everything if self.mapping.needed & legacy else self.mapping.fields_reading(legacy)

    @property
    def place(self) -> str:
        """Where its rows are read: the source, or the hub's copy of it."""
        return f"{self.source.name} copy" if self.is_copy else self.source.name

    @property
    def unreadable(self) -> bool:
        return KEY in self.missing


class Catalog:
    """Every connected record of a city, by name."""

    def __init__(self, package: CityPackage, connectors: Dictionary[str, Connector]) -> None:
        """`connectors` are by the name of their source; a source without one is not connected."""
        self.city: City = package.city
        self.sources = package.sources
        self.connectors = connectors
        self._bindings: dict[str, tuple[Binding, ...]] = {}
        self._copies: dict[str, Binding] = {}
        for mapping in (*package.mappings, *package.fallbacks):
            if mapping.source in connectors:
                before = self._bindings.get(mapping.record.name, ())
                self._bindings[mapping.record.name] = (*before, _bound(package, mapping, connectors[mapping.source]))

    def binding(self, record: type[Record]) -> Binding | None:
        """Where a record is read, or None when the city has not connected it."""
        return self.named(record.name)

    def named(self, record: str) -> Binding | None:
        """Where the record of this name is read, or None when the city has not connected it."""
        return next(iter(self.all_named(record)), None)

    def all_named(self, record: str) -> tuple[Binding, ...]:
        """Where the record of this name is read, and where it is read when that gives no answer; the copy last."""
        bindings, copy = self._bindings.get(record, ()), self._copies.get(record)
        return (*bindings, copy) if copy is not None else bindings

    def keep(self, copy: Binding) -> None:
        """Answer from this copy of a record when no source of it does."""
        self._copies[copy.mapping.record.name] = copy

    def __iter__(self) -> Iterator[Binding]:
        return (binding for bindings in self._bindings.values() for binding in bindings)

    async def close(self) -> None:
        for connector in self.connectors.values():
            await connector.close()


def _bound(package: CityPackage, mapping: Mapping, connector: Connector) -> Binding:
    source = package.source(mapping.source)
    department = package.city.department(source.department)
    if department is None:
        raise ValueError(f"The source {source.name} belongs to no department of the city.")
    return Binding(mapping, source, department, connector)
