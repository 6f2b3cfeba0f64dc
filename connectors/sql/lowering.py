"""Lowering (predicate pushdown): a predicate over clean values -> a shape over legacy spellings, and its values. Pure.

A shape is hashable and holds no values, so that statements of one shape share a text. Values are listed in the order in
which the shape uses them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from connectors.decoders.protocol import Raw
from connectors.mapping import Mapping
from connectors.sql.dialects import Dialect
from models.predicates import And, Compare, InReach, Inside, Matches, Near, Not, Operator, Predicate, Related
from models.values.types import Box


@dataclass(frozen=True, slots=True)
class InShape:
    """`field` is one of `count` spellings, or none of them if `complement`; `or_null`: or it is null.

    `plain`: all spellings are ASCII. `count` is AS_ARRAY if the dialect takes them as one parameter.
    """

    field: str
    count: int
    plain: bool
    complement: bool
    or_null: bool


@dataclass(frozen=True, slots=True)
class CompareShape:
    """Compares the canonical expression of `field` with one number or text; IS_NULL with none."""

    field: str
    operator: Operator
    number: bool = False
    plain: bool = True


@dataclass(frozen=True, slots=True)
class ListShape:
    """All of the terms if `every`, else any."""

    every: bool
    terms: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class NotShape:
    """The complement of one comparison."""

    term: CompareShape


@dataclass(frozen=True, slots=True)
class BoxShape:
    """The position in `field` lies within four numbers: south, west, north and east."""

    field: str


@dataclass(frozen=True, slots=True)
class RelatedShape:
    """A semi-join: a row of `target` whose `there` is the row's `field` satisfies `where`; `complement`: none does."""

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
    """The fields that are not null in any row that matches a shape."""
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
    """Builds a shape and collects its values. `related` are the mappings of related records."""

    mapping: Mapping
    dialect: Dialect
    values: list[object]
    related: tuple[Mapping, ...] = ()

    def shape(self, predicate: Predicate, *, negated: bool = False) -> Shape:
        """The shape of a predicate. Negations are pushed down to the comparisons, which have exact complements."""
        if isinstance(predicate, Not):
            return self.shape(predicate.term, negated=not negated)
        if isinstance(predicate, Compare):
            return _negated(self._comparison(predicate)) if negated else self._comparison(predicate)
        if isinstance(predicate, Related):
            return self._related(predicate, complement=negated)
        if isinstance(predicate, Near | Inside | InReach | Matches):
            raise AssertionError("no source is asked for distances, shapes and words")
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
            # Every text contains the empty one, but not in every database.
            if value == "":
                return present
            value = self.dialect.sought(str(value))
        self.values.append(value)
        return CompareShape(field, operator, not isinstance(value, str), is_plain(value))

    def _one_of(self, field: str, clean: tuple[object, ...]) -> Shape:
        decoder = self.mapping.columns[field].decoder
        spelled = list(map(decoder.encode, clean))
        terms: list[Shape] = []
        found = chain.from_iterable([spelling.values for spelling in spelled if not spelling.complement])
        plain = self._stored(tuple(dict.fromkeys(found)))
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
        """The spellings that can be stored: where the empty text is null, even `<>` with it is never true."""
        return raws if self.dialect.empty_text else tuple(raw for raw in raws if raw != "")

    def _spelled(self, field: str, raws: tuple[Raw, ...], *, complement: bool, or_null: bool) -> InShape:
        plain = are_plain(raws)
        if self.dialect.keys_form == "arrays" and len(raws) > 1:
            self.values.append(list(raws))
            return InShape(field, AS_ARRAY, plain, complement, or_null)
        padded = in_powers_of_two(raws)
        self.values.extend(padded)
        return InShape(field, len(padded), plain, complement, or_null)


def is_plain(value: object) -> bool:
    """Whether a value is ASCII or a number. MariaDB refuses to compare a latin1 column with a Chinese name."""
    return not isinstance(value, str) or value.isascii()


def are_plain(values: Iterable[Raw]) -> bool:
    """Whether all of these are."""
    try:
        return "".join(values).isascii()  # type: ignore[arg-type]  # almost always texts
    except TypeError:
        return all(map(is_plain, values))


def _negated(shape: Shape) -> Shape:
    if isinstance(shape, InShape):
        # The planner can estimate the rows of this form.
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
    """The values, padded with the last one to a power of two, so that there are few shapes.

    Long lists are padded less, since SQLite takes 32,766 parameters.
    """
    size = 1
    while size < len(raws):
        size = size * 2 if size < _DOUBLED_MAX else size + _DOUBLED_MAX // 4
    return raws + raws[-1:] * (size - len(raws))
