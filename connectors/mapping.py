"""Mapping: how one record lies in one source of one city. Data, written in a city package and checked at start."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from connectors.decoders.protocol import Decoder
from models.predicates import Operator
from models.records import KEY, Record


class MappingError(Exception):
    """A mapping that cannot work; the sentence names the mapping, the field and what to do."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One field of a record: the legacy columns that it comes from and the decoder that cleans them.

    `sorts_as` names a legacy column that sorts the same and is cheaper: never null, and served by an index.
    `scan_allowed` is why the source may be scanned for this field however large its table is; None if it may not.
    """

    legacy: tuple[str, ...]
    decoder: Decoder
    sorts_as: str | None = None
    scan_allowed: str | None = None


def column(
    *legacy: str, decoder: Decoder, sorts_as: str | None = None, scan_allowed: str | None = None
) -> MappedColumn:
    """A field that is read from one legacy column, or from several that only together make a value."""
    return MappedColumn(legacy, decoder, sorts_as, scan_allowed)


@dataclass(frozen=True, slots=True)
class Alive:
    """Which rows exist: the legacy column that says so, and the exact values that mean alive; None for null.

    Its polarity differs per table.
    """

    legacy: str
    values: tuple[str | int, ...] | None


def column_equals(legacy: str, *values: str | int) -> Alive:
    return Alive(legacy, values)


def column_is_null(legacy: str) -> Alive:
    return Alive(legacy, None)


@dataclass(frozen=True, eq=False, slots=True)
class Mapping:
    """One record in one source. `selectable` is a table, or a select with joins and grouping inside that source.

    A row exists where all that `alive` states is so. `unique_key` states that no two rows of the table have one key, so
    that other records of the source can be read together with what they lead to here. Identity is equality: a city
    states each mapping once. Raises MappingError when it contradicts the record.
    """

    record: type[Record]
    source: str
    selectable: sa.FromClause
    columns: Dictionary[str, MappedColumn]
    alive: Alive | tuple[Alive, ...] = ()
    as_of: MappedColumn | None = None
    fresh_for: timedelta | None = None
    stale_for: timedelta | None = None
    unique_key: bool = False

    def __post_init__(self) -> None:
        for name, mapped in self.columns.items():
            self._check(name, mapped)
        for alive in self.conditions_alive:
            kind = type(alive.values[0]) if alive.values else None
            self._check_kind(f"What says that {self.record.name} are alive", alive.legacy, kind)
        if KEY not in self.columns:
            raise MappingError(f"The mapping of {self.record.name} has no column for {KEY!r}, the key of the record.")
        legacy = {name for mapped in self.columns.values() for name in mapped.legacy}
        legacy |= {mapped.sorts_as for mapped in self.columns.values() if mapped.sorts_as}
        legacy |= self._always_read
        missing = sorted(legacy - set(self.selectable.c.keys()))
        if missing:
            raise MappingError(
                f"The mapping of {self.record.name} reads {', '.join(missing)}, which its selectable does not have."
            )

    def _check(self, name: str, mapped: MappedColumn) -> None:
        contract = self.record.fields.get(name)
        where = f"The mapping of {self.record.name}.{name}"
        if contract is None:
            raise MappingError(
                f"{where} maps a field that the record does not have. Known: {', '.join(self.record.fields)}."
            )
        if not issubclass(mapped.decoder.clean_type, contract.clean_type):
            raise MappingError(
                f"{where} decodes to {mapped.decoder.clean_type.__name__}, "
                f"the record wants {contract.clean_type.__name__}."
            )
        if mapped.decoder.arity != len(mapped.legacy):
            raise MappingError(f"{where} names {len(mapped.legacy)} columns, its decoder takes {mapped.decoder.arity}.")
        if mapped.scan_allowed is not None and not mapped.scan_allowed.strip():
            raise MappingError(f"{where} allows scans without a reason: say why the owner of the table allows them.")
        for legacy in mapped.legacy:
            self._check_kind(where, legacy, mapped.decoder.raw_type)

    def _check_kind(self, where: str, legacy: str, raw_type: type | None) -> None:
        """A number column is never compared with texts, nor a text column with numbers: some databases convert both."""
        column = self.selectable.c.get(legacy)
        wanted = _COLUMN_TYPES.get(raw_type)
        if column is None or wanted is None or isinstance(column.type, wanted | sa.types.NullType):
            return
        raise MappingError(f"{where} reads {legacy} as {wanted.__name__}, its selectable says {column.type!r}.")

    @property
    def conditions_alive(self) -> tuple[Alive, ...]:
        return (self.alive,) if isinstance(self.alive, Alive) else self.alive

    @property
    def legacy_key(self) -> str:
        return self.columns[KEY].legacy[0]

    def legacy_columns(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """The legacy columns that these fields and the age of a row are read from, each once, in order."""
        mapped = [self.columns[field] for field in fields]
        if self.as_of is not None:
            mapped.append(self.as_of)
        return tuple(dict.fromkeys(name for column in mapped for name in column.legacy))

    def grouped_columns(self, fields: tuple[str, ...], *, with_age: bool) -> tuple[str, ...]:
        """The legacy columns that rows are grouped by: those of these fields, and of the age of a row if it counts."""
        mapped = [self.columns[field] for field in fields]
        if with_age and self.as_of is not None:
            mapped.append(self.as_of)
        return tuple(dict.fromkeys(name for column in mapped for name in column.legacy))

    def operators(self, field: str) -> frozenset[Operator]:
        """What this source can be asked to compare on a field; empty for one that is not mapped."""
        mapped = self.columns.get(field)
        return mapped.decoder.operators if mapped is not None else frozenset()

    def sortable(self, field: str) -> bool:
        mapped = self.columns.get(field)
        return mapped is not None and (mapped.sorts_as is not None or Operator.GT in mapped.decoder.operators)

    @property
    def needed(self) -> frozenset[str]:
        """The legacy columns without which nothing can be read: the key, what says a row is alive, how old it is."""
        return frozenset(self.columns[KEY].legacy) | self._always_read

    @property
    def _always_read(self) -> frozenset[str]:
        as_of = self.as_of.legacy if self.as_of is not None else ()
        return frozenset((*(alive.legacy for alive in self.conditions_alive), *as_of))

    def fields_reading(self, legacy: frozenset[str]) -> frozenset[str]:
        """The fields that read one of these legacy columns, or that the source sorts by one."""
        return frozenset(
            name
            for name, mapped in self.columns.items()
            if legacy.intersection(mapped.legacy) or mapped.sorts_as in legacy
        )


_COLUMN_TYPES: Dictionary[type | None, type[sa.types.TypeEngine[Any]]] = {
    str: sa.String,
    int: sa.Integer,
    bool: sa.Boolean,
    float: sa.Numeric,
}
