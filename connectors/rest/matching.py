"""Matching: which rows of a source that cannot filter satisfy a predicate. Pure, on clean values, two-valued."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

from connectors.mapping import Mapping
from connectors.protocol import SourceBroken
from models.predicates import And, Compare, Not, Operator, Or, Predicate

Row = Dictionary[str, object]


def matching(mapping: Mapping, where: Predicate, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The rows that are alive and satisfy `where`."""
    return [row for row in rows if _alive(mapping, row) and _holds(mapping, where, row)]


def row_matches(mapping: Mapping, name: str, values: Sequence[object], row: Row) -> bool:
    """Whether a field of a row is one of these clean values."""
    value = _clean(mapping, name, row)
    return value is not None and value in values


def _alive(mapping: Mapping, row: Row) -> bool:
    return all(
        row[alive.legacy] is None if alive.values is None else row[alive.legacy] in alive.values
        for alive in mapping.conditions_alive
    )


def _holds(mapping: Mapping, where: Predicate, row: Row) -> bool:
    if isinstance(where, And):
        return all(_holds(mapping, term, row) for term in where.terms)
    if isinstance(where, Or):
        return any(_holds(mapping, term, row) for term in where.terms)
    if isinstance(where, Not):
        return not _holds(mapping, where.term, row)
    if not isinstance(where, Compare):
        raise SourceBroken("this kind of source knows no other record and no place")
    return _compares(mapping, where, row)


def _compares(mapping: Mapping, compare: Compare, row: Row) -> bool:
    if compare.operator is Operator.IN:
        return row_matches(mapping, compare.field, compare.values, row)
    if compare.operator is Operator.IS_NULL:
        return _clean(mapping, compare.field, row) is None
    raise SourceBroken("this kind of source compares for equality only")


def _clean(mapping: Mapping, name: str, row: Row) -> object:
    mapped = mapping.columns[name]
    return mapped.decoder.decode(*([row[legacy]] for legacy in mapped.legacy)).values[0]
