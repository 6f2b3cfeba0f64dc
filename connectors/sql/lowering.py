"""Lowering: a predicate in clean words -> the same predicate over legacy spellings, as a shape and its values. Pure.

A shape is hashable and holds no value, so statements of one shape share one text; values are listed in the order in
which the shape uses them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from connectors.decoders.protocol import Raw
from connectors.mapping import Mapping
from connectors.sql.dialects import Dialect
from models.predicates import And, Compare, Inside, Near, Not, Operator, Predicate, Related
from models.values import Box


@dataclass(frozen=True, slots=True)
class InShape:
    """`field` is one of `count` spellings, or none of them if `complement`; `or_null`: or it has no value.

    `plain`: all of them can be compared with a text in any character set. `count` is AS_ARRAY where the dialect takes
    all of them as one parameter.
    """

    field: str
    count: int
    plain: bool
    complement: bool
    or_null: bool


@dataclass(frozen=True, slots=True)
class CompareShape:
    """The canonical expression of `field` against one value, a number or a text; IS_NULL against none."""

    field: str
    operator: Operator
    number: bool = False
    plain: bool = True


@dataclass(frozen=True, slots=True)
class ListShape:
    """All (`every`) or any of the terms."""

    every: bool
    terms: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class NotShape:
    """The complement of one comparison."""

    term: CompareShape


@dataclass(frozen=True, slots=True)
class BoxShape:
    """The position in `field` against four numbers: south, west, north and east."""

    field: str


@dataclass(frozen=True, slots=True)
class RelatedShape:
    """Whether a row of `target`, whose `there` is the row's `field`, satisfies `where`; `complement`: none does."""

    field: str
    target: Mapping
    there: str
    where: Shape
    complement: bool


AS_ARRAY = 0
_DOUBLED_MAX = 16_384

Shape = InShape | CompareShape | ListShape | NotShape | BoxShape | RelatedShape

ALWAYS = ListShape(every=True, terms=())
NEVER = ListShape(every=False, terms=())


def fields_of_shape(shape: Shape) -> frozenset[str]:
    """The fields that a shape compares."""
    if isinstance(shape, ListShape):
        return frozenset().union(*map(fields_of_shape, shape.terms))
    return fields_of_shape(shape.term) if isinstance(shape, NotShape) else frozenset({shape.field})


def fields_with_value(shape: Shape) -> frozenset[str]:
    """The fields that surely have a value in every row that a shape lets through."""
    if isinstance(shape, ListShape):
        return frozenset().union(*map(fields_with_value, shape.terms)) if shape.every else frozenset()
    if isinstance(shape, InShape):
        return frozenset() if shape.complement or shape.or_null else frozenset({shape.field})
    if isinstance(shape, CompareShape):
        return frozenset() if shape.operator is Operator.IS_NULL else frozenset({shape.field})
    if isinstance(shape, BoxShape):
        return frozenset({shape.field})
    if isinstance(shape, RelatedShape):
        return frozenset() if shape.complement else frozenset({shape.field})
    return frozenset({shape.term.field}) if shape.term.operator is Operator.IS_NULL else frozenset()


@dataclass(slots=True)
class Lowering:
    """Collects the values of a statement while its shape is built. `related` are mappings that relations lead to."""

    mapping: Mapping
    dialect: Dialect
    values: list[object]
    related: tuple[Mapping, ...] = ()

    def shape(self, predicate: Predicate, *, negated: bool = False) -> Shape:
        """The shape of a predicate. Negations are pushed down to the comparisons, whose complement is exact."""
        if isinstance(predicate, Not):
            return self.shape(predicate.term, negated=not negated)
        if isinstance(predicate, Compare):
            return _negated(self._comparison(predicate)) if negated else self._comparison(predicate)
        if isinstance(predicate, Related):
            return self._related(predicate, complement=negated)
        if isinstance(predicate, Near | Inside):
            raise AssertionError("no source is asked for distances and shapes")
        every = isinstance(predicate, And) is not negated
        return ListShape(every, tuple(self.shape(term, negated=negated) for term in predicate.terms))

    def _related(self, predicate: Related, *, complement: bool) -> Shape:
        ((here, there),) = predicate.relation.on
        target = next(mapping for mapping in self.related if mapping.record.name == predicate.relation.target)
        where = Lowering(target, self.dialect, self.values, self.related).shape(predicate.where)
        return RelatedShape(here, target, there, where, complement)

    def _comparison(self, comparison: Compare) -> Shape:
        field, operator = comparison.field, comparison.operator
        if operator is Operator.IN_BOX:
            box = cast(Box, comparison.values[0])
            self.values += (box.south, box.west, box.north, box.east)
            return BoxShape(field)
        if operator is Operator.IN:
            return self._one_of(field, comparison.values)
        present = NotShape(CompareShape(field, Operator.IS_NULL))
        if operator is Operator.IS_NULL:
            return present.term
        try:
            value = self.mapping.columns[field].decoder.comparable(comparison.values[0])
        except ValueError:
            return NEVER
        if operator is Operator.CONTAINS:
            # Every text contains the empty one, and not every database knows that.
            if value == "":
                return present
            value = self.dialect.sought(str(value))
        self.values.append(value)
        return CompareShape(field, operator, not isinstance(value, str), is_plain(value))

    def _one_of(self, field: str, clean: tuple[object, ...]) -> Shape:
        decoder = self.mapping.columns[field].decoder
        spelled = [decoder.encode(value) for value in clean]
        terms: list[Shape] = []
        found = (raw for spelling in spelled if not spelling.complement for raw in self._stored(spelling.values))
        plain = tuple(dict.fromkeys(found))
        if plain:
            terms.append(self._spelled(field, plain, complement=False, or_null=False))
        terms.extend(
            self._spelled(
                field, self._stored(spelling.values) or spelling.values, complement=True, or_null=spelling.or_null
            )
            for spelling in spelled
            if spelling.complement
        )
        return terms[0] if len(terms) == 1 else ListShape(every=False, terms=tuple(terms))

    def _stored(self, raws: tuple[Raw, ...]) -> tuple[Raw, ...]:
        """Those that a row can have: compared with a text that is null, not even the complement would be true."""
        return raws if self.dialect.empty_text else tuple(raw for raw in raws if raw != "")

    def _spelled(self, field: str, raws: tuple[Raw, ...], *, complement: bool, or_null: bool) -> InShape:
        plain = all(map(is_plain, raws))
        if self.dialect.keys_form == "arrays" and len(raws) > 1:
            self.values.append(list(raws))
            return InShape(field, AS_ARRAY, plain, complement, or_null)
        padded = in_powers_of_two(raws)
        self.values.extend(padded)
        return InShape(field, len(padded), plain, complement, or_null)


def is_plain(value: object) -> bool:
    """Whether every character set knows a value. MariaDB refuses to compare a latin1 column with a Chinese name."""
    return not isinstance(value, str) or value.isascii()


def _negated(shape: Shape) -> Shape:
    if isinstance(shape, InShape):
        # Said like this, a planner can tell how many rows it leaves.
        return replace(shape, complement=not shape.complement, or_null=not shape.or_null)
    if isinstance(shape, CompareShape):
        return NotShape(shape)
    if isinstance(shape, NotShape):
        return shape.term
    if isinstance(shape, BoxShape):
        raise AssertionError("what a box leaves out is not asked for: it lets too much through")
    if isinstance(shape, RelatedShape):
        return replace(shape, complement=not shape.complement)
    return ListShape(not shape.every, tuple(map(_negated, shape.terms)))


def in_powers_of_two(raws: tuple[Raw, ...]) -> tuple[Raw, ...]:
    """The values, the last one repeated until their number is a power of two: so that there are few shapes.

    Very many are filled up by less, since SQLite takes 32,766 parameters.
    """
    size = 1
    while size < len(raws):
        size = size * 2 if size < _DOUBLED_MAX else size + _DOUBLED_MAX // 4
    return raws + raws[-1:] * (size - len(raws))
