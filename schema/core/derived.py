"""Derived fields: what rows are filtered and sorted by although no source has it, such as a time limit.

A filter compares a derived field like any other. Before it goes to a source, the comparison becomes one of real fields,
for the city and the moment of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.criteria import AskedOrder, DistanceOrder, Order, RelatedOrder
from models.city import City
from models.predicates import And, Compare, InReach, Not, Or, Predicate, Related, canonical, leaves
from models.records import Record


@dataclass(frozen=True, slots=True)
class DerivedField:
    """`settled` gives the comparison of real fields; `sorts_as` is a field with the same order, None: no order.

    `relations` is how many relations a comparison follows.
    """

    name: str
    clean_type: type
    description: str
    settled: Callable[[City, datetime, Compare], Predicate]
    sorts_as: str | None = None
    relations: int = 0


DERIVED: dict[str, tuple[DerivedField, ...]] = {}
"""By the name of the record; each subject adds its own."""


def derived_of(record: type[Record]) -> tuple[DerivedField, ...]:
    return DERIVED.get(record.name, ())


def settled_filter(record_name: str, where: Predicate, city: City, now: datetime) -> Predicate:
    """The canonical predicate without derived fields."""
    return canonical(_settled(record_name, where, city, now)) if _has_derived(record_name, where) else where


def _has_derived(record_name: str, where: Predicate) -> bool:
    names = {one.name for one in DERIVED.get(record_name, ())}
    return any(
        _has_derived(leaf.relation.target, leaf.where) if isinstance(leaf, Related | InReach) else leaf.field in names
        for leaf in leaves(where)
    )


def _settled(record_name: str, where: Predicate, city: City, now: datetime) -> Predicate:
    if isinstance(where, Compare):
        fields = (one for one in DERIVED.get(record_name, ()) if one.name == where.field)
        return next((one.settled(city, now, where) for one in fields), where)
    if isinstance(where, Related | InReach):
        return replace(where, where=_settled(where.relation.target, where.where, city, now))
    if isinstance(where, Not):
        return Not(_settled(record_name, where.term, city, now))
    if isinstance(where, And | Or):
        return type(where)(tuple(_settled(record_name, term, city, now) for term in where.terms))
    return where


def settled_order(record_name: str, order: Sequence[AskedOrder]) -> tuple[AskedOrder, ...]:
    """The order without derived fields."""
    return tuple(term if isinstance(term, DistanceOrder) else _settled_term(record_name, term) for term in order)


def _settled_term(record_name: str, term: Order | RelatedOrder) -> Order | RelatedOrder:
    if isinstance(term, RelatedOrder):
        return replace(term, term=_settled_term(term.relation.target, term.term))
    real = next((one.sorts_as for one in DERIVED.get(record_name, ()) if one.name == term.field), None)
    return replace(term, field=real) if real is not None else term
