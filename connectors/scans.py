"""Scans: what a source can only answer by reading a large table from end to end, and what is refused for that. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from connectors.decoders.protocol import RANGE
from models.predicates import And, Compare, Operator, Predicate


class Way(Enum):
    """Ways to ask by a field besides comparing it: sort by it, among all rows or within a range of it, and reach by it.

    Reached are the rows that belong to parents, whose key the field holds.
    """

    ORDER = "order"
    ORDER_IN_RANGE = "order in range"
    PARENTS = "parents"


Scan = tuple[str, Operator | Way]
"""A field, and what is asked of it."""


def way_of_order(where: Predicate, field: str) -> Way:
    """How a list with these conditions is sorted by a field."""
    ranged = any(term.field == field and term.operator in RANGE for term in _certain(where))
    return Way.ORDER_IN_RANGE if ranged else Way.ORDER


def _certain(where: Predicate) -> Iterator[Compare]:
    """The comparisons that hold in every row."""
    if isinstance(where, Compare):
        yield where
    elif isinstance(where, And):
        for term in where.terms:
            yield from _certain(term)
