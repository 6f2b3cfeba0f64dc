"""Clauses: the conditions and sort terms of one mapping in one dialect, as SQLAlchemy Core expressions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.criteria import Order
from connectors.mapping import MappedColumn, Mapping
from connectors.sql.dialects import Dialect, Expression
from connectors.sql.lowering import CompareShape, InShape, ListShape, NotShape, Shape
from models.predicates import Operator
from models.records import KEY


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of an order: what the source sorts by. Null comes last in either direction, by an explicit rank."""

    expression: Expression
    nullable: bool
    descending: bool

    def order_by(self, *, reverse: bool) -> list[Expression]:
        down = self.descending is not reverse
        term = self.expression.desc() if down else self.expression.asc()
        if not self.nullable:
            return [term]
        rank = sa.case((self.expression.is_(None), sa.literal_column("1")), else_=sa.literal_column("0"))
        return [rank.desc() if reverse else rank.asc(), term]


class Clauses:
    """Turns shapes into conditions; binds are named p0, p1 ... in the order in which a shape uses its values."""

    def __init__(self, dialect: Dialect, mapping: Mapping) -> None:
        self._dialect = dialect
        self._mapping = mapping
        self.table = mapping.selectable.alias("t")

    def type_of(self, field: str) -> sa.types.TypeEngine[Any]:
        return self._legacy(self._mapping.columns[field])[0].type

    def where(self, shape: Shape, names: Iterator[int]) -> sa.ColumnElement[bool]:
        if isinstance(shape, ListShape):
            terms = [self.where(term, names) for term in shape.terms]
            if not terms:
                return sa.literal_column("1" if shape.every else "0") == sa.literal_column("1")
            return sa.and_(*terms) if shape.every else sa.or_(*terms)
        if isinstance(shape, NotShape):
            inner = self.where(shape.term, names)
            return sa.case((inner, sa.literal_column("0")), else_=sa.literal_column("1")) == sa.literal_column("1")
        return self._one_of(shape, names) if isinstance(shape, InShape) else self._compare(shape, names)

    def alive(self) -> list[sa.ColumnElement[bool]]:
        """The condition that hides the rows which the department has deleted, if it marks them."""
        alive = self._mapping.alive
        if alive is None:
            return []
        return [self._dialect.one_of(self.table.c[alive.legacy], alive.values)]

    def equals(self, field: str, key: Expression) -> sa.ColumnElement[bool]:
        """Whether a field's legacy column is exactly the key: by the plain comparison an index serves, and character by character."""
        (column,) = self._legacy(self._mapping.columns[field])
        exact = self._dialect.exact(column)
        return column == key if exact is column or not _is_text(column) else sa.and_(column == key, exact == key)

    def equals_any(self, field: str, names: Sequence[str]) -> sa.ColumnElement[bool]:
        (column,) = self._legacy(self._mapping.columns[field])
        binds = [sa.bindparam(name, type_=_plain(column.type)) for name in names]
        if len(binds) == 1:
            return self.equals(field, binds[0])
        return self._exactly_in(column, binds)

    def sorts(self, order: Sequence[Order]) -> list[Sort]:
        """What the source sorts by; a legacy column that already decides is not sorted by twice."""
        sorts: dict[object, Sort] = {}
        for term in order:
            sort = self._sort(term)
            sorts.setdefault(sort.expression, sort)
        return list(sorts.values())

    def _sort(self, order: Order) -> Sort:
        mapped = self._mapping.columns[order.field]
        if mapped.sorts_as is not None:
            return Sort(self.table.c[mapped.sorts_as], nullable=False, descending=order.descending)
        if order.field == KEY:
            return Sort(self.table.c[self._mapping.legacy_key], nullable=False, descending=order.descending)
        expression = mapped.decoder.expression(self._legacy(mapped), self._dialect)
        return Sort(expression, nullable=True, descending=order.descending)

    def beyond(
        self, sorts: Sequence[Sort], nulls: Sequence[bool], names: Iterator[int], *, reverse: bool
    ) -> sa.ColumnElement[bool]:
        """Rows strictly after a place in the order; before it if `reverse`. Written out, since not every dialect compares rows."""
        places = [None if null else self._bind(sort.expression, names) for sort, null in zip(sorts, nulls, strict=True)]
        alternatives: list[sa.ColumnElement[bool]] = []
        for index, (sort, place) in enumerate(zip(sorts, places, strict=True)):
            further = _further(sort, place, reverse=reverse)
            if further is not None:
                equal = [_same(*pair) for pair in zip(sorts[:index], places[:index], strict=True)]
                alternatives.append(sa.and_(*equal, further))
        return sa.or_(*alternatives)

    def _legacy(self, mapped: MappedColumn) -> list[Expression]:
        return [self.table.c[name] for name in mapped.legacy]

    def _bind(self, like: Expression, names: Iterator[int]) -> Expression:
        return sa.bindparam(f"p{next(names)}", type_=_plain(like.type))

    def _one_of(self, shape: InShape, names: Iterator[int]) -> sa.ColumnElement[bool]:
        (column,) = self._legacy(self._mapping.columns[shape.field])
        binds = [self._bind(column, names) for _ in range(shape.count)]
        if not shape.complement:
            return self._exactly_in(column, binds)
        among = self._dialect.exact(column).in_(binds) if _is_text(column) else column.in_(binds)
        outside = sa.and_(column.is_not(None), sa.not_(among))
        return sa.or_(column.is_(None), outside) if shape.or_null else outside

    def _exactly_in(self, column: Expression, binds: Sequence[Expression]) -> sa.ColumnElement[bool]:
        exact = self._dialect.exact(column)
        plain = column.in_(binds) if len(binds) > 1 else column == binds[0]
        if exact is column or not _is_text(column):
            return plain
        return sa.and_(plain, exact.in_(binds) if len(binds) > 1 else exact == binds[0])

    def _compare(self, shape: CompareShape, names: Iterator[int]) -> sa.ColumnElement[bool]:
        mapped = self._mapping.columns[shape.field]
        expression = mapped.decoder.expression(self._legacy(mapped), self._dialect)
        if shape.operator is Operator.IS_NULL:
            return expression.is_(None)
        value = sa.bindparam(f"p{next(names)}", type_=_plain(expression.type) if shape.numbers else sa.String())
        if shape.operator is Operator.CONTAINS:
            return self._dialect.contains(expression, value)
        return _COMPARISONS[shape.operator](expression, value)


_COMPARISONS = {
    Operator.GT: lambda expression, value: expression > value,
    Operator.GTE: lambda expression, value: expression >= value,
    Operator.LT: lambda expression, value: expression < value,
    Operator.LTE: lambda expression, value: expression <= value,
}


def _is_text(column: Expression) -> bool:
    return isinstance(column.type, sa.String)


def _plain(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """The type of a parameter: a text without the width of its column, so that a longer one is compared and not cut."""
    return sa.String() if isinstance(kind, sa.String | sa.types.NullType) else kind


def _further(sort: Sort, place: Expression | None, *, reverse: bool) -> sa.ColumnElement[bool] | None:
    """Rows beyond `place` in this term; None where nothing is. Nulls are last, so they are beyond every value."""
    if place is None:
        return sort.expression.is_not(None) if reverse else None
    beyond = sort.expression < place if sort.descending is not reverse else sort.expression > place
    return sa.or_(beyond, sort.expression.is_(None)) if sort.nullable and not reverse else beyond


def _same(sort: Sort, place: Expression | None) -> sa.ColumnElement[bool]:
    return sort.expression.is_(None) if place is None else sort.expression == place
