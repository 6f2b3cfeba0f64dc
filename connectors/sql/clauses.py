"""Clauses: the conditions and sort terms of a mapping in a dialect, as SQLAlchemy Core expressions. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa

from connectors.criteria import RankOrder, SourceOrder
from connectors.decoders.positions import BoxedPosition
from connectors.decoders.protocol import Expression
from connectors.decoders.times.dates import is_canonical
from connectors.mapping import MappedColumn, Mapping
from connectors.sql.dialects import Dialect
from connectors.sql.lowering import (
    AS_ARRAY,
    BoxShape,
    CompareShape,
    InShape,
    ListShape,
    NotShape,
    RelatedShape,
    Shape,
    fields_of_shape,
)
from models.predicates import Operator
from models.records import KEY

Condition = sa.ColumnElement[bool]


class KeysetTerm(Enum):
    """The kind of a keyset value: null, a value, or a text as bytes."""

    NULL = "null"
    VALUE = "value"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort term. Null comes last in either direction, by an explicit rank."""

    expression: Expression
    nullable: bool
    descending: bool

    def order_by(self, *, reverse: bool) -> list[Expression]:
        down = self.descending is not reverse
        term = self.expression.desc() if down else self.expression.asc()
        if not self.nullable:
            return [term]
        rank = sa.case((self.expression.is_(None), _number(1)), else_=_number(0))
        return [rank.desc() if reverse else rank.asc(), term]


class Clauses:
    """Turns shapes into conditions; parameters are named p0, p1 ... in the order in which a shape uses its values."""

    def __init__(self, dialect: Dialect, mapping: Mapping, used: frozenset[str], *, alias: str = "t") -> None:
        """`used` are the legacy columns that the statement may mention."""
        self._dialect = dialect
        self._mapping = mapping
        self.table = narrowed(mapping.selectable, used).alias(alias)

    def key_type(self, field: str) -> sa.types.TypeEngine[Any]:
        """The type of parameters for a field."""
        return _plain(self._legacy(self._mapping.columns[field])[0].type)

    def where(self, shape: Shape, names: Iterator[int]) -> Condition:
        if isinstance(shape, ListShape):
            terms = [self.where(term, names) for term in shape.terms]
            if not terms:
                return _number(1 if shape.every else 0) == _number(1)
            return sa.and_(*terms) if shape.every else sa.or_(*terms)
        if isinstance(shape, NotShape):
            return sa.case((self.where(shape.term, names), _number(0)), else_=_number(1)) == _number(1)
        if isinstance(shape, RelatedShape):
            return self._related(shape, names)
        if isinstance(shape, BoxShape):
            return self._in_box(shape, names)
        return self._one_of(shape, names) if isinstance(shape, InShape) else self._compare(shape, names)

    def _related(self, shape: RelatedShape, names: Iterator[int]) -> Condition:
        """A semi-join on numeric keys, whose stored values are equal exactly if the clean values are."""
        target, there = shape.target, shape.target.columns[shape.there].legacy
        legacy = {name for field in fields_of_shape(shape.where) for name in target.columns[field].legacy}
        inner = Clauses(self._dialect, target, target.needed | legacy | set(there), alias=f"{self.table.name}x")
        (here,) = self._legacy(self._mapping.columns[shape.field])
        conditions = [inner.table.c[there[0]] == here]
        if shape.where != ListShape(every=True, terms=()):
            conditions.append(inner.where(shape.where, names))
        one = sa.select(_number(1)).select_from(inner.table).where(*conditions, *inner.alive())
        exists = sa.exists(one.correlate(self.table))
        return sa.not_(exists) if shape.complement else exists

    def _in_box(self, shape: BoxShape, names: Iterator[int]) -> Condition:
        mapped = self._mapping.columns[shape.field]
        decoder = mapped.decoder
        if not isinstance(decoder, BoxedPosition):
            raise AssertionError("only a decoder that declares IN_BOX is asked for it")
        borders = [parameter(f"p{next(names)}", sa.Double()) for _ in range(4)]
        return decoder.in_box(self._legacy(mapped), self._dialect, borders)

    def alive(self, present: Collection[str] = ()) -> list[Condition]:
        """The conditions that hide deleted rows, and rows that lack a required value: no answer could show them.

        The fields in `present` have a value in every row that the statement finds.
        """
        return [*self.not_deleted(), *(self.has(field) for field in self._to_prove() if field not in present)]

    def not_deleted(self) -> list[Condition]:
        return [
            self.table.c[alive.legacy].is_(None)
            if alive.values is None
            else self._dialect.one_of(self.table.c[alive.legacy], alive.values)
            for alive in self._mapping.conditions_alive
        ]

    def _to_prove(self) -> Iterator[str]:
        """The required fields but for a key that is stated to be unique, and of which any value but null is clean."""
        for field in self._mapping.required:
            mapped = self._mapping.columns[field]
            is_stated = self._mapping.unique_key and mapped.legacy == self._mapping.columns[KEY].legacy
            if not (is_stated and self._clean(mapped) is self._legacy(mapped)[0]):
                yield field

    def has(self, field: str) -> Condition:
        """Whether a row has a clean value in a field."""
        return self._clean(self._mapping.columns[field]).is_not(None)

    def _clean(self, mapped: MappedColumn) -> Expression:
        """What is null exactly where the clean value is; the column itself if the source cannot tell."""
        if Operator.IS_NULL not in mapped.decoder.operators:
            return self._legacy(mapped)[0]
        return mapped.decoder.expression(self._legacy(mapped), self._dialect)

    def equals(self, field: str, keys: Sequence[Expression], *, plain: bool) -> Condition:
        """Whether a field's legacy column is exactly one of the keys; `plain` if the keys are ASCII."""
        (column,) = self._legacy(self._mapping.columns[field])
        return self._exactly_in(column, keys, plain=plain)

    def leads_to(self, field: str, value: Expression) -> Condition:
        """Whether a field's legacy column equals a column of another table, by its own collation and index.

        A collation may match too many rows, which the hub filters out.
        """
        (column,) = self._legacy(self._mapping.columns[field])
        return column == value

    def sorts(self, order: Sequence[SourceOrder], present: frozenset[str]) -> list[Sort]:
        """The sort terms, each legacy column once. `present` are the fields that have a value in every row."""
        sorts: dict[object, Sort] = {}
        for term in order:
            sort = self._sort(term, is_present=term.field in present)
            sorts.setdefault(sort.expression, sort)
        return list(sorts.values())

    def _sort(self, order: SourceOrder, *, is_present: bool) -> Sort:
        mapped = self._mapping.columns[order.field]
        if isinstance(order, RankOrder):
            return self._rank(mapped, order)
        if mapped.sorts_as is not None:
            return Sort(self.table.c[mapped.sorts_as], nullable=False, descending=order.descending)
        if order.field == KEY:
            # Exactly: keys that a collation considers equal would tie.
            column = self.table.c[self._mapping.legacy_key]
            expression = self._dialect.exact(column) if is_text(column) else column
            return Sort(expression, nullable=False, descending=order.descending)
        if is_present and is_canonical(mapped.decoder):
            return Sort(self._legacy(mapped)[0], nullable=False, descending=order.descending)
        expression = mapped.decoder.expression(self._legacy(mapped), self._dialect)
        return Sort(expression, nullable=True, descending=order.descending)

    def _rank(self, mapped: MappedColumn, order: RankOrder) -> Sort:
        (column,) = self._legacy(mapped)
        whens = []
        for rank, values in order.ranks:
            raws = [raw for value in values for raw in mapped.decoder.encode(value).values]
            if raws:
                whens.append((self._dialect.one_of(column, raws), _number(rank)))
        expression = sa.case(*whens) if whens else sa.cast(sa.null(), sa.BigInteger)
        return Sort(expression, nullable=True, descending=order.descending)

    def beyond(
        self, sorts: Sequence[Sort], keyset: Sequence[KeysetTerm], names: Iterator[int], *, reverse: bool
    ) -> Condition:
        """Rows strictly after, or before, a keyset. Expanded, because not every dialect compares row values."""
        values = [self._keyset_value(sort, term, names) for sort, term in zip(sorts, keyset, strict=True)]
        alternatives: list[Condition] = []
        for index, (sort, value) in enumerate(zip(sorts, values, strict=True)):
            further = self._further(sort, value, reverse=reverse)
            if further is not None:
                equal = [_same(*pair) for pair in zip(sorts[:index], values[:index], strict=True)]
                alternatives.append(sa.and_(*equal, further))
        return sa.or_(*alternatives) if alternatives else _number(0) == _number(1)

    def _further(self, sort: Sort, value: Expression | None, *, reverse: bool) -> Condition | None:
        """Rows beyond `value` in this term; None if there can be none. Nulls come last, beyond every value."""
        down = sort.descending is not reverse
        if value is None:
            # A term without a rank should have no nulls; one that has some sorts by the database's default.
            first = reverse if sort.nullable else self._dialect.nulls_first is not down
            return sort.expression.is_not(None) if first else None
        beyond = sort.expression < value if down else sort.expression > value
        return sa.or_(beyond, sort.expression.is_(None)) if sort.nullable and not reverse else beyond

    def _keyset_value(self, sort: Sort, term: KeysetTerm, names: Iterator[int]) -> Expression | None:
        if term is KeysetTerm.NULL:
            return None
        bind = self._bind(sort.expression, names)
        return bind if term is KeysetTerm.VALUE else sa.cast(bind, sa.Text)

    def _legacy(self, mapped: MappedColumn) -> list[Expression]:
        return [self.table.c[name] for name in mapped.legacy]

    def _bind(self, like: Expression, names: Iterator[int]) -> Expression:
        return parameter(f"p{next(names)}", _plain(like.type))

    def _one_of(self, shape: InShape, names: Iterator[int]) -> Condition:
        (column,) = self._legacy(self._mapping.columns[shape.field])
        if shape.count == AS_ARRAY:
            inside: Condition = column == sa.any_(parameter(f"p{next(names)}", sa.ARRAY(_plain(column.type))))
            outside = sa.not_(inside)
        else:
            binds = [self._bind(column, names) for _ in range(shape.count)]
            inside = self._exactly_in(column, binds, plain=shape.plain)
            outside = sa.not_(self._in(*self._exact(column, binds, plain=shape.plain)))
        if not shape.complement:
            return sa.or_(column.is_(None), inside) if shape.or_null else inside
        return sa.or_(column.is_(None), outside) if shape.or_null else sa.and_(column.is_not(None), outside)

    def _exactly_in(self, column: Expression, values: Sequence[Expression], *, plain: bool) -> Condition:
        """By the column's collation, which an index serves, and also exactly if the collation may match too much."""
        exact, exact_values = self._exact(column, values, plain=plain)
        if exact is column:
            return self._in(column, values)
        exactly = self._in(exact, exact_values)
        return sa.and_(self._in(column, values), exactly) if plain or self._dialect.any_text else exactly

    def _in(self, column: Expression, values: Sequence[Expression]) -> Condition:
        if len(values) == 1:
            return column == values[0]
        at_once = self._dialect.list_values_max
        lists = [column.in_(values[first : first + at_once]) for first in range(0, len(values), at_once)]
        return sa.or_(*lists) if len(lists) > 1 else lists[0]

    def _exact(
        self, column: Expression, values: Sequence[Expression], *, plain: bool
    ) -> tuple[Expression, Sequence[Expression]]:
        if not is_text(column):
            return column, values
        return self._dialect.exact(column, plain=plain), [self._dialect.exact_value(value) for value in values]

    def _compare(self, shape: CompareShape, names: Iterator[int]) -> Condition:
        mapped = self._mapping.columns[shape.field]
        expression = mapped.decoder.expression(self._legacy(mapped), self._dialect)
        if shape.operator is Operator.IS_NULL:
            return expression.is_(None)
        value = parameter(f"p{next(names)}", sa.BigInteger() if shape.number else sa.String())
        if shape.operator is Operator.CONTAINS:
            return self._dialect.contains(expression, value)
        comparable = expression if shape.plain else self._dialect.wide(expression)
        condition = _COMPARISONS[shape.operator](comparable, value)
        if not is_canonical(mapped.decoder):
            return condition
        # The stored text can use an index; the expression then checks that it is valid.
        return sa.and_(_COMPARISONS[shape.operator](self._legacy(mapped)[0], value), condition)


_COMPARISONS: dict[Operator, Callable[[Expression, Expression], Condition]] = {
    Operator.GT: lambda expression, value: expression > value,
    Operator.GTE: lambda expression, value: expression >= value,
    Operator.LT: lambda expression, value: expression < value,
    Operator.LTE: lambda expression, value: expression <= value,
}


def narrowed(selectable: sa.FromClause, used: frozenset[str]) -> sa.FromClause:
    """The same rows with the used columns only, so that a missing unused column fails no statement."""
    inner = selectable.element if isinstance(selectable, sa.Subquery) else None
    if not isinstance(inner, sa.Select):
        return selectable
    columns = [column for name, column in inner.selected_columns.items() if name in used]
    return inner.with_only_columns(*columns, maintain_column_froms=True).subquery()


def parameter(name: str, kind: sa.types.TypeEngine[Any]) -> Expression:
    """A parameter without its value, so that the text can be cached."""
    return sa.bindparam(name, type_=kind, required=False)


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(value), sa.Integer)


def is_text(column: Expression) -> bool:
    """Whether a column holds texts, which collations compare."""
    return isinstance(column.type, sa.String)


def _plain(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """The type of a parameter without its column's width, so that a too long value is compared, not refused."""
    if isinstance(kind, sa.String | sa.types.NullType):
        return sa.String()
    return sa.BigInteger() if isinstance(kind, sa.Integer) else kind


def _same(sort: Sort, value: Expression | None) -> Condition:
    return sort.expression.is_(None) if value is None else sort.expression == value
