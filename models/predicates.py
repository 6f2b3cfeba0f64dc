"""Predicates over the records of one kind: an immutable, canonical, hashable tree with two-valued logic.

Null equals nothing, and `Not` is the complement: a row is either in or out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from models.records import Relation
from models.values import AreaCode, Position


class Operator(Enum):
    """How a field is compared. EQ is IN with one value; CONTAINS ignores the case of ASCII letters.

    IN_BOX finds at least the positions in a box, and others that a source cannot tell from them: it narrows what is
    then looked at one by one, and is never negated.
    """

    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    IS_NULL = "isNull"
    IN_BOX = "inBox"


@dataclass(frozen=True, slots=True)
class Compare:
    """`field operator values`: IN takes any number of clean values, IS_NULL none, the others one."""

    field: str
    operator: Operator
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """At least one of the records that `relation` leads to satisfies `where`, which is about the fields of those.

    `settled`: it is a source that is asked, and `where` says too which of those records the viewer may know of.
    """

    relation: Relation
    where: Predicate
    settled: bool = False

    @property
    def field(self) -> str:
        """The field that leads there, which this compares."""
        return self.relation.on[0][0]


@dataclass(frozen=True, slots=True)
class Near:
    """The position in `field` is at most so many meters from a place."""

    field: str
    place: Position
    meters: float


@dataclass(frozen=True, slots=True)
class Inside:
    """The record lies in an area or below it: by the position in `field`, or by its code where no shape is known."""

    field: str
    area: AreaCode


@dataclass(frozen=True, slots=True)
class And:
    """All of them; with none, everything."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them; with none, nothing."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The complement."""

    term: Predicate


Leaf = Compare | Related | Near | Inside
"""What is true or false of a row by itself, and names the one `field` of it that it looks at."""

Predicate = Leaf | And | Or | Not

EVERYTHING = And(())
NOTHING = Or(())


def is_in(field: str, *values: object) -> Compare:
    return Compare(field, Operator.IN, values)


def canonical(predicate: Predicate) -> Predicate:
    """The same predicate in its one form: flat, without repeats, terms in a fixed order. Equal forms are one cache key.

    Equal forms mean the same; that every two predicates of one meaning have one form is not promised.
    """
    if isinstance(predicate, Compare):
        if predicate.operator is not Operator.IN:
            return predicate
        values = tuple(sorted(set(predicate.values), key=_value_order))
        return Compare(predicate.field, Operator.IN, values) if values else NOTHING
    if isinstance(predicate, Related):
        where = canonical(predicate.where)
        return replace(predicate, where=where) if where != NOTHING else NOTHING
    if isinstance(predicate, Near | Inside):
        return predicate
    if isinstance(predicate, Not):
        term = canonical(predicate.term)
        if isinstance(term, Not):
            return term.term
        return _NEGATED_CONSTANTS.get(term, Not(term))
    return _canonical_list(predicate)


def _canonical_list(predicate: And | Or) -> Predicate:
    kind = type(predicate)
    absorbing = NOTHING if kind is And else EVERYTHING
    terms: set[Predicate] = set()
    for term in map(canonical, predicate.terms):
        if term == absorbing:
            return absorbing
        # The neutral constant is an empty list of this very kind, so it leaves nothing behind.
        terms.update(term.terms if isinstance(term, kind) else (term,))
    if len(terms) == 1:
        return terms.pop()
    return kind(tuple(sorted(terms, key=_order)))


_NEGATED_CONSTANTS: dict[Predicate, Predicate] = {EVERYTHING: NOTHING, NOTHING: EVERYTHING}


# Order is by texts that equal values share. `repr` alone would not do: one moment may be written with many offsets.


def _order(predicate: Predicate) -> str:
    if isinstance(predicate, Compare):
        return f"{predicate.field} {predicate.operator.value} {' '.join(map(_value_order, predicate.values))}"
    if isinstance(predicate, Related):
        return f"{predicate.field} {predicate.relation.name}({_order(predicate.where)})"
    if isinstance(predicate, Near | Inside):
        return f"{predicate.field} {predicate!r}"
    terms = (predicate.term,) if isinstance(predicate, Not) else predicate.terms
    return f"{type(predicate).__name__}({', '.join(map(_order, terms))})"


def _value_order(value: object) -> str:
    return repr(value - _EPOCH) if isinstance(value, datetime) and value.tzinfo is not None else repr(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shape(predicate: Predicate) -> str:
    """What a canonical predicate asks, without the values that it compares with."""
    if isinstance(predicate, Compare):
        return f"{predicate.field} {predicate.operator.value}"
    if isinstance(predicate, Related):
        return f"{predicate.field} {predicate.relation.name}({shape(predicate.where)})"
    if isinstance(predicate, Near | Inside):
        return f"{predicate.field} {type(predicate).__name__}"
    terms = (predicate.term,) if isinstance(predicate, Not) else predicate.terms
    return f"{type(predicate).__name__}({', '.join(map(shape, terms))})"


def both(left: Predicate, right: Predicate) -> Predicate:
    return canonical(And((left, right)))


def over(predicate: Predicate, fields: Collection[str]) -> Predicate:
    """The same predicate, canonical, over rows in which every field but these is null."""
    if isinstance(predicate, Compare):
        if predicate.field in fields:
            return canonical(predicate)
        return EVERYTHING if predicate.operator is Operator.IS_NULL else NOTHING
    if isinstance(predicate, Leaf):
        return canonical(predicate) if predicate.field in fields else NOTHING
    if isinstance(predicate, Not):
        return canonical(Not(over(predicate.term, fields)))
    return canonical(type(predicate)(tuple(over(term, fields) for term in predicate.terms)))


def leaves(predicate: Predicate) -> Iterator[Leaf]:
    """Everything in the tree that is about a field of the record itself, from left to right."""
    if isinstance(predicate, Leaf):
        yield predicate
    elif isinstance(predicate, Not):
        yield from leaves(predicate.term)
    else:
        for term in predicate.terms:
            yield from leaves(term)


def compared(predicate: Predicate) -> Iterator[Compare]:
    """Every comparison of a field of the record itself, from left to right."""
    return (leaf for leaf in leaves(predicate) if isinstance(leaf, Compare))


def fields_of(predicate: Predicate) -> frozenset[str]:
    """The fields of the record itself that a predicate looks at."""
    return frozenset(leaf.field for leaf in leaves(predicate))


def terms_count(predicate: Predicate) -> int:
    """How many things a predicate says of a record and of those that it leads to."""
    return sum(1 + (terms_count(leaf.where) if isinstance(leaf, Related) else 0) for leaf in leaves(predicate))


def relations_count(predicate: Predicate) -> int:
    """How many ways to other records a predicate takes."""
    return sum(1 + relations_count(leaf.where) for leaf in leaves(predicate) if isinstance(leaf, Related))


def is_settled(predicate: Predicate) -> bool:
    """Whether a source can be asked for this as it stands."""
    return all(isinstance(leaf, Compare) or (isinstance(leaf, Related) and leaf.settled) for leaf in leaves(predicate))
