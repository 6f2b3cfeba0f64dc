"""Index advice: the indexes that a source lacks for the filters, orders and relations of a mapping. Pure.

It compares what a mapping asks for with the indexes of the source. Nothing is explained or created.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from connectors.decoders.codes import Codes
from connectors.decoders.protocol import RANGE
from connectors.decoders.times.dates import is_canonical
from connectors.mapping import Mapping
from models.predicates import Operator
from models.records import KEY, Relation

ROWS_MIN = 10_000
"""A smaller table is scanned as quickly as an index is read."""

Indexes = Dictionary[str, frozenset[tuple[str, ...]]]
"""The columns of each index of a table, primary keys among them; a view is not a table."""


_RANGED = (date, int)
"""The types that a filter of the graph takes a range of; a moment is a date too."""


@dataclass(frozen=True, slots=True)
class MissingIndex:
    """An index that the owner of a table could add, and the uses that need it."""

    table: str
    columns: tuple[str, ...]
    uses: tuple[str, ...]

    @property
    def statement(self) -> str:
        """The statement for the owner. The hub never runs it."""
        name = f"idx_{self.table.rpartition('.')[2]}_{self.columns[0]}"
        return f"CREATE INDEX {name} ON {self.table} ({', '.join(self.columns)})"


@dataclass(frozen=True, slots=True)
class Unserved:
    """Uses of a field that no index on columns can serve, and the expression that they compare."""

    field: str
    uses: tuple[str, ...]
    compared: str


@dataclass(frozen=True, slots=True)
class IndexAdvice:
    """The missing indexes; `unserved` uses scan whatever index is added."""

    missing: tuple[MissingIndex, ...] = ()
    unserved: tuple[Unserved, ...] = ()


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a field, and the legacy column whose index would serve it, if there is one."""

    field: str
    what: str
    legacy: str | None


def advice_for(mapping: Mapping, relations: Iterable[Relation], indexes: Indexes) -> IndexAdvice:
    """The advice for a mapping. `relations` are those of all records, `indexes` those of the source's tables."""
    missing: dict[tuple[str, str], list[str]] = {}
    unserved: dict[str, list[str]] = {}
    for use in (*_compared(mapping), *_sorted(mapping), *_related(mapping, relations)):
        pair = _table_column(mapping, use.legacy) if use.legacy is not None else None
        if pair is None:
            unserved.setdefault(use.field, []).append(use.what)
        elif pair[0] in indexes and not any(index[0] == pair[1] for index in indexes[pair[0]]):
            missing.setdefault(pair, []).append(f"{use.what} {use.field}")
    key = _table_column(mapping, mapping.legacy_key)
    return IndexAdvice(
        tuple(MissingIndex(pair[0], _columns(pair, key), tuple(uses)) for pair, uses in missing.items()),
        tuple(Unserved(name, tuple(uses), _compared_words(mapping, name)) for name, uses in unserved.items()),
    )


def is_indexed(mapping: Mapping, field: str, indexes: Indexes) -> bool:
    """Whether an index begins with the column that a field is read from."""
    pair = _table_column(mapping, mapping.columns[field].legacy[0])
    return pair is not None and any(index[0] == pair[1] for index in indexes.get(pair[0], ()))


def _columns(pair: tuple[str, str], key: tuple[str, str] | None) -> tuple[str, ...]:
    """The columns of the index: the column, then the key as tie-breaker if it is another column of the same table."""
    table, column = pair
    return (column, key[1]) if key is not None and key[0] == table and key != pair else (column,)


def _compared(mapping: Mapping) -> Iterator[_Use]:
    """Filters. Codes need no index: so many rows have each code that a page is soon full.

    Nobody filters a moment by equality.
    """
    for name, mapped in mapping.columns.items():
        contract, operators = mapping.record.fields[name], mapped.decoder.operators
        if not contract.filter or isinstance(mapped.decoder, Codes):
            continue
        if Operator.IN in operators and not issubclass(contract.clean_type, datetime):
            yield _Use(name, "filter by", mapped.legacy[0])
        if operators >= RANGE and issubclass(contract.clean_type, _RANGED) and not is_canonical(mapped.decoder):
            yield _Use(name, "filter by a range of", None)
        if Operator.CONTAINS in operators and contract.clean_type is str:
            yield _Use(name, "filter by a part of", None)


def _sorted(mapping: Mapping) -> Iterator[_Use]:
    """Orders. A date stored as its canonical text is sorted by its column within a range, else by an expression."""
    yield _Use(KEY, "order by", mapping.legacy_key)
    for name, mapped in mapping.columns.items():
        if name == KEY or not mapping.record.fields[name].sort or not mapping.sortable(name):
            continue
        if mapped.sorts_as is not None:
            yield _Use(name, "order by", mapped.sorts_as)
        elif is_canonical(mapped.decoder):
            yield _Use(name, "order within a range by", mapped.legacy[0])
            yield _Use(name, "order without a range by", None)
        else:
            yield _Use(name, "order by", None)


def _related(mapping: Mapping, relations: Iterable[Relation]) -> Iterator[_Use]:
    """Relations that lead to this record, by the field that they look up."""
    for relation in relations:
        if relation.target == mapping.record.name:
            for _, there in relation.on:
                mapped = mapping.columns.get(there)
                if mapped is not None:
                    yield _Use(there, f"reached from {relation.record}.{relation.name} by", mapped.legacy[0])


def _table_column(mapping: Mapping, legacy: str) -> tuple[str, str] | None:
    """The table and column behind a legacy column of a mapping; None if its select computes the value."""
    column: sa.ColumnElement[object] = mapping.selectable.c[legacy]
    inner = mapping.selectable.element if isinstance(mapping.selectable, sa.Subquery) else None
    if isinstance(inner, sa.Select):
        column = inner.selected_columns[legacy]
    roots = [root for root in column.base_columns if isinstance(root, sa.ColumnClause)]
    if len(roots) != 1 or not isinstance(roots[0].table, sa.TableClause):
        return None
    return table_name(roots[0].table), roots[0].name


def table_name(table: sa.TableClause) -> str:
    """The full name of a table."""
    return f"{table.schema}.{table.name}" if table.schema else table.name


def _compared_words(mapping: Mapping, name: str) -> str:
    legacy = mapping.columns[name].legacy
    computed = [column for column in legacy if _table_column(mapping, column) is None]
    return f"{computed[0]}, which the mapping computes" if computed else f"an expression over {', '.join(legacy)}"
