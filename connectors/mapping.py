"""Mapping: how a record is stored in a source. Declared in a city package and checked at start."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders.protocol import Decoder, Remembers
from models.areas import AreaLevel
from models.predicates import Operator
from models.records import KEY, PersonalClass, Record
from models.values.types import AreaCode, BpsCode, Duration, Money, MoneyRange, Npsn
from models.values.vocabulary import Vocabulary

REMEMBERED = frozenset({date, datetime, AreaCode, BpsCode, Npsn, Money, MoneyRange, Duration})
"""The types of values that decoders may remember: they recur, and none is free text or the number of a person."""
_SOME_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


class MappingError(Exception):
    """A mapping that cannot work; the message names the mapping, the field and what to do."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One field of a record: its legacy columns and the decoder that cleans them.

    `sorts_as` names a legacy column with the same order that is never null and indexed. `scan_allowed` is the reason
    why a large table may be scanned for this field; None forbids it. `publishes` is the reason why a field that
    everybody may read holds what looks like people's names or numbers; None forbids it, as `sources check` says.
    `area_level` is the level of the smallest areas that the codes of a column name, where the city has smaller ones.
    """

    legacy: tuple[str, ...]
    decoder: Decoder
    sorts_as: str | None = None
    scan_allowed: str | None = None
    publishes: str | None = None
    area_level: AreaLevel | None = None


def column(
    *legacy: str,
    decoder: Decoder,
    sorts_as: str | None = None,
    scan_allowed: str | None = None,
    publishes: str | None = None,
    area_level: AreaLevel | None = None,
) -> MappedColumn:
    """A field that is read from one legacy column, or from several that together make one value."""
    return MappedColumn(legacy, decoder, sorts_as, scan_allowed, publishes, area_level)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows exist: those whose legacy column has one of these exact values, or is null if `values` is None."""

    legacy: str
    values: tuple[str | int, ...] | None


def column_equals(legacy: str, *values: str | int) -> RowFilter:
    return RowFilter(legacy, values)


def column_is_null(legacy: str) -> RowFilter:
    return RowFilter(legacy, None)


def constant(value: str) -> sa.ColumnElement[str]:
    """A text written into a statement: GROUP BY takes no parameters."""
    return sa.literal_column("'" + value.replace("'", "''") + "'", sa.String())


@dataclass(frozen=True, eq=False, slots=True)
class Mapping:
    """One record in one source. `selectable` is a table, or a select with joins and grouping inside that source.

    A row exists if it passes every filter of `alive` and its `required` fields have a value. `unique_key` states that
    the key is unique and never null, as a primary key is, so that other records of the source can be joined to this
    one. Mappings are compared by identity. Raises MappingError if the mapping contradicts the record.
    """

    record: type[Record]
    source: str
    selectable: sa.FromClause
    columns: Dictionary[str, MappedColumn]
    alive: RowFilter | tuple[RowFilter, ...] = ()
    as_of: MappedColumn | None = None
    fresh_for: timedelta | None = None
    stale_for: timedelta | None = None
    unique_key: bool = False

    def __post_init__(self) -> None:
        for name, mapped in self.columns.items():
            self._check(name, mapped)
        object.__setattr__(self, "columns", {name: self._remembering(name) for name in self.columns})
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

    def _remembering(self, name: str) -> MappedColumn:
        """The column, whose decoder has a memory if its field is not personal and its kind of value recurs."""
        mapped = self.columns[name]
        decoder = mapped.decoder
        is_public = self.record.fields[name].personal is PersonalClass.NON_PERSONAL
        if is_public and decoder.clean_type in REMEMBERED and isinstance(decoder, Remembers):
            return replace(mapped, decoder=decoder.remembering())
        return mapped

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
        if mapped.area_level is not None and contract.clean_type not in (AreaCode, BpsCode):
            raise MappingError(f"{where} names a level of areas, but its values are no codes of areas.")
        if mapped.decoder.arity != len(mapped.legacy):
            raise MappingError(f"{where} names {len(mapped.legacy)} columns, its decoder takes {mapped.decoder.arity}.")
        if mapped.scan_allowed is not None and not mapped.scan_allowed.strip():
            raise MappingError(f"{where} allows scans without a reason: say why the owner of the table allows them.")
        if mapped.publishes is not None and not mapped.publishes.strip():
            raise MappingError(f"{where} publishes without a reason: say why everybody may read what is people's.")
        for legacy in mapped.legacy:
            self._check_kind(where, legacy, mapped.decoder.raw_type)

    def _check_kind(self, where: str, legacy: str, raw_type: type | None) -> None:
        """Never compare a number column with texts or a text column with numbers: some databases convert them."""
        column = self.selectable.c.get(legacy)
        wanted = _COLUMN_TYPES.get(raw_type)
        if column is None or wanted is None or isinstance(column.type, wanted | sa.types.NullType):
            return
        raise MappingError(f"{where} reads {legacy} as {wanted.__name__}, its selectable says {column.type!r}.")

    @property
    def conditions_alive(self) -> tuple[RowFilter, ...]:
        return (self.alive,) if isinstance(self.alive, RowFilter) else self.alive

    @property
    def legacy_key(self) -> str:
        return self.columns[KEY].legacy[0]

    def legacy_columns(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """The legacy columns of these fields and of the age of a row, each once, in order."""
        return _legacy_columns(self, fields)

    def grouped_columns(self, fields: tuple[str, ...], *, with_age: bool) -> tuple[str, ...]:
        """The legacy columns of these fields, and of the age of a row if `with_age`."""
        mapped = [self.columns[field] for field in fields]
        if with_age and self.as_of is not None:
            mapped.append(self.as_of)
        return tuple(dict.fromkeys(name for column in mapped for name in column.legacy))

    @property
    def age_zone(self) -> ZoneInfo | None:
        """The zone of the canonical texts of ages, by which a source finds its oldest row; None without such texts."""
        if self.as_of is None:
            return None
        decoder = self.as_of.decoder
        zone = getattr(decoder, "zone", None)
        has_texts = Operator.GT in decoder.operators and isinstance(decoder.comparable(_SOME_MOMENT), str)
        return zone if isinstance(zone, ZoneInfo) and has_texts else None

    def tells_oldest(self, *, with_age: bool) -> bool:
        """Whether the source tells the oldest age of each group that is not grouped by age."""
        return not with_age and self.age_zone is not None

    def operators(self, field: str) -> frozenset[Operator]:
        """The comparisons that this source can make on a field; none for a field that is not mapped."""
        mapped = self.columns.get(field)
        return mapped.decoder.operators if mapped is not None else frozenset()

    def sortable(self, field: str) -> bool:
        mapped = self.columns.get(field)
        return mapped is not None and (mapped.sorts_as is not None or Operator.GT in mapped.decoder.operators)

    @property
    def required(self) -> tuple[str, ...]:
        """The key, and the other fields without which there is no record. A code that is never null is UNKNOWN."""
        return _required(self)

    @property
    def needed(self) -> frozenset[str]:
        """The legacy columns that every read needs: the required fields, the row filters and the age."""
        return self._always_read.union(*(self.columns[field].legacy for field in self.required))

    @property
    def _always_read(self) -> frozenset[str]:
        as_of = self.as_of.legacy if self.as_of is not None else ()
        return frozenset((*(alive.legacy for alive in self.conditions_alive), *as_of))

    def fields_reading(self, legacy: frozenset[str]) -> frozenset[str]:
        """The fields that are read from, or sorted by, one of these legacy columns."""
        return frozenset(
            name
            for name, mapped in self.columns.items()
            if legacy.intersection(mapped.legacy) or mapped.sorts_as in legacy
        )


@lru_cache(maxsize=2_048)
def _legacy_columns(mapping: Mapping, fields: tuple[str, ...]) -> tuple[str, ...]:
    return mapping.grouped_columns(fields, with_age=True)


@lru_cache(maxsize=2_048)
def _required(mapping: Mapping) -> tuple[str, ...]:
    names: list[str] = []
    read: list[tuple[tuple[str, ...], Decoder]] = []
    for field in (KEY, *mapping.columns):
        contract, mapped = mapping.record.fields[field], mapping.columns[field]
        has_unknown = issubclass(contract.clean_type, Vocabulary)
        # A key is often the official code too: once is enough.
        if not (contract.nullable or has_unknown) and (mapped.legacy, mapped.decoder) not in read:
            names.append(field)
            read.append((mapped.legacy, mapped.decoder))
    return tuple(names)


_COLUMN_TYPES: Dictionary[type | None, type[sa.types.TypeEngine[Any]]] = {
    str: sa.String,
    int: sa.Integer,
    bool: sa.Boolean,
    float: sa.Numeric,
}
