"""Predicates over the records of one kind: an immutable, canonical, hashable tree with two-valued logic.

Null equals nothing, and `Not` is the complement: each row is either in or out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from itertools import repeat
from operator import lt

from models.records import Relation
from models.values.types import AreaCode, Position


class Operator(Enum):
    """How a field is compared. EQ is IN with one value; CONTAINS ignores the case of ASCII letters.

    IN_BOX finds at least the positions in a box, and others that a source cannot tell from them: it narrows what is
    then looked at one by one, and is never negated.
    """

    __hash__ = object.__hash__  # as in Vocabulary

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
    """At least one of the records that `relation` leads to satisfies `where`, a predicate over their fields.

    `settled`: the predicate goes to a source, and `where` includes which of those records the viewer may know of.
    """

    relation: Relation
    where: Predicate
    settled: bool = False

    @property
    def field(self) -> str:
        """The field of this record that the relation starts from."""
        return self.relation.on[0][0]


@dataclass(frozen=True, slots=True)
class Near:
    """The position in `field` is within a number of meters from a place."""

    field: str
    place: Position
    meters: float


@dataclass(frozen=True, slots=True)
class Inside:
    """The record is in an area or below it, by the position in `field`, or by its code if no shape is known."""

    field: str
    area: AreaCode


@dataclass(frozen=True, slots=True)
class InReach:
    """Some records of the target of `relation` that satisfy `where` lie near the position in `field`; or `none` does.

    Near is within so many meters, whatever the relation leads to. A row without a known position does not satisfy it,
    be it for some or for none.
    """

    field: str
    relation: Relation
    where: Predicate
    meters: float
    none: bool


@dataclass(frozen=True, slots=True)
class Matches:
    """Every word of `text` is one of the record's public words, in whatever form; `field` is the key of the record."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All of the terms hold; without terms, always."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the terms holds; without terms, never."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Predicate


Leaf = Compare | Related | Near | Inside | InReach | Matches
"""The leaves, which look at one `field` of a row."""

Predicate = Leaf | And | Or | Not

EVERYTHING = And(())
NOTHING = Or(())


def is_everything(canonical_form: Predicate) -> bool:
    return type(canonical_form) is And and not canonical_form.terms


def is_nothing(canonical_form: Predicate) -> bool:
    return type(canonical_form) is Or and not canonical_form.terms


def is_in(field: str, *values: object) -> Compare:
    return Compare(field, Operator.IN, values)


def canonical(predicate: Predicate) -> Predicate:
    """The predicate in canonical form: flat, without repeats, with ordered terms. Equal forms are one cache key.

    Equal forms mean the same; the same meaning may have several forms.
    """
    if isinstance(predicate, And | Or):
        return _canonical_list(type(predicate), map(canonical, predicate.terms))
    if isinstance(predicate, Compare):
        if predicate.operator is not Operator.IN:
            return predicate
        values = _in_order(predicate.values)
        return Compare(predicate.field, Operator.IN, values) if values else NOTHING
    if isinstance(predicate, Related):
        where = canonical(predicate.where)
        return replace(predicate, where=where) if where != NOTHING else NOTHING
    if isinstance(predicate, InReach):
        return replace(predicate, where=canonical(predicate.where))
    if isinstance(predicate, Not):
        term = canonical(predicate.term)
        if isinstance(term, Not):
            return term.term
        return _NEGATED_CONSTANTS.get(term, Not(term))
    return predicate


def _canonical_list(kind: type[And | Or], canonical_terms: Iterable[Predicate]) -> Predicate:
    absorbs = is_nothing if kind is And else is_everything
    terms: set[Predicate] = set()
    for term in canonical_terms:
        if absorbs(term):
            return term
        # The neutral constant is an empty And or Or, so flattening removes it.
        terms.update(term.terms if isinstance(term, kind) else (term,))
    if len(terms) == 1:
        return terms.pop()
    heads = {_head(term): term for term in terms}
    # Terms almost always differ in their first parts, so the repr of thousands of values is rarely needed.
    ordered = [heads[head] for head in sorted(heads)] if len(heads) == len(terms) else sorted(terms, key=_order)
    return kind(tuple(ordered))


def _in_order(values: tuple[object, ...]) -> tuple[object, ...]:
    """Each value once, in an order that equal values share. Thousands of keys are mostly texts in order already."""
    if len(values) < 2:
        return values
    if all(map(isinstance, values, repeat(str))):
        ascends = all(map(lt, values, values[1:]))  # type: ignore[arg-type]  # texts
        return values if ascends else tuple(sorted(set(values)))  # type: ignore[type-var]  # texts
    return tuple(sorted(set(values), key=_value_order))


def without(predicate: Predicate, term: Predicate) -> Predicate:
    """The terms of a canonical predicate except one."""
    if predicate == term:
        return EVERYTHING
    return And(tuple(one for one in predicate.terms if one != term)) if isinstance(predicate, And) else predicate


_NEGATED_CONSTANTS: dict[Predicate, Predicate] = {EVERYTHING: NOTHING, NOTHING: EVERYTHING}


# The order is by a text that equal values share. `repr` is not: one time can have many offsets.


def _head(predicate: Predicate) -> str:
    return f"{predicate.field} {predicate.operator.value}" if isinstance(predicate, Compare) else _order(predicate)


def _order(predicate: Predicate) -> str:
    if isinstance(predicate, Compare):
        return f"{predicate.field} {predicate.operator.value} {' '.join(map(_value_order, predicate.values))}"
    if isinstance(predicate, Related):
        return f"{predicate.field} {predicate.relation.name}({_order(predicate.where)})"
    if isinstance(predicate, InReach):
        reach = f"{predicate.meters!r} {predicate.none}"
        return f"{predicate.field} {predicate.relation.name} {reach} ({_order(predicate.where)})"
    if isinstance(predicate, Near | Inside | Matches):
        return f"{predicate.field} {predicate!r}"
    terms = (predicate.term,) if isinstance(predicate, Not) else predicate.terms
    return f"{type(predicate).__name__}({', '.join(map(_order, terms))})"


def _value_order(value: object) -> str:
    return repr(value - _EPOCH) if isinstance(value, datetime) and value.tzinfo is not None else repr(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shape(predicate: Predicate) -> str:
    """What a canonical predicate asks, without the values."""
    if isinstance(predicate, Compare):
        return f"{predicate.field} {predicate.operator.value}"
    if isinstance(predicate, Related):
        return f"{predicate.field} {predicate.relation.name}({shape(predicate.where)})"
    if isinstance(predicate, InReach):
        return f"{predicate.field} {predicate.relation.name} within({shape(predicate.where)})"
    if isinstance(predicate, Near | Inside | Matches):
        return f"{predicate.field} {type(predicate).__name__}"
    terms = (predicate.term,) if isinstance(predicate, Not) else predicate.terms
    return f"{type(predicate).__name__}({', '.join(map(shape, terms))})"


def both(left: Predicate, right: Predicate) -> Predicate:
    return canonical(And((left, right)))


def conjunction(*canonical_terms: Predicate) -> Predicate:
    """What holds where all of these do, which are canonical: as `both`, without walking through them again."""
    told = [term for term in canonical_terms if not is_everything(term)]
    return told[0] if len(told) == 1 else _canonical_list(And, told)


def over(predicate: Predicate, fields: Collection[str]) -> Predicate:
    """The canonical predicate over rows in which every field except these is null."""
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
    """All leaves of the tree about fields of the record itself, from left to right."""
    if isinstance(predicate, Leaf):
        yield predicate
    elif isinstance(predicate, Not):
        yield from leaves(predicate.term)
    else:
        for term in predicate.terms:
            yield from leaves(term)


def compared(predicate: Predicate) -> Iterator[Compare]:
    """All comparisons of fields of the record itself, from left to right."""
    return (leaf for leaf in leaves(predicate) if isinstance(leaf, Compare))


def fields_of(predicate: Predicate) -> frozenset[str]:
    """The fields of the record itself in a predicate."""
    return frozenset(leaf.field for leaf in leaves(predicate))


def terms_count(predicate: Predicate) -> int:
    """The number of terms about a record and its related records."""
    return sum(
        1 + (terms_count(leaf.where) if isinstance(leaf, Related | InReach) else 0) for leaf in leaves(predicate)
    )


def relations_count(predicate: Predicate) -> int:
    """The number of relations in a predicate."""
    return sum(1 + relations_count(leaf.where) for leaf in leaves(predicate) if isinstance(leaf, Related | InReach))


def is_settled(predicate: Predicate) -> bool:
    """Whether a source can be asked for this predicate as it is."""
    return all(isinstance(leaf, Compare) or (isinstance(leaf, Related) and leaf.settled) for leaf in leaves(predicate))
