"""Statements: Criteria -> SQL text and parameters, pure, for every dialect. Text is built once per shape and kept.

The children of many parents are one statement: a list of keys joined to a limited select (LATERAL, CROSS APPLY), or a UNION ALL
of limited selects where a dialect has no such join or runs it badly.
"""

from __future__ import annotations

import itertools
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.criteria import CountCriteria, Criteria, KeysetMismatch, Order
from connectors.decoders.protocol import Raw
from connectors.mapping import Mapping
from connectors.sql.clauses import Clauses
from connectors.sql.dialects import Dialect, Expression
from connectors.sql.lowering import Lowering, Shape, in_powers_of_two
from models.records import KEY

STATEMENT_TEXTS_MAX = 2_000
"""How many texts are kept, the least recently used leave first."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Text for one dialect and its parameters in order. Each row is (n if there are parents, legacy columns, sort values)."""

    text: str
    parameters: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ParentsShape:
    """How the parents of a statement are told apart: `branches` selects of `keys` keys each; `trimmed` when a parent has several."""

    field: str
    branches: int
    keys: int
    trimmed: bool


@dataclass(frozen=True, eq=True, slots=True)
class StatementShape:
    """Everything that decides the text of a statement. `order` is empty and `rows_max` 0 for a count."""

    mapping: Mapping
    legacy: tuple[str, ...]
    where: Shape
    order: tuple[Order, ...]
    keyset_nulls: tuple[bool, ...]
    reverse: bool
    rows_max: int
    parents: ParentsShape | None


@dataclass(frozen=True, slots=True)
class ParentChunk:
    """Some parents of a read, by ordinal, with the legacy keys of each branch; `keys` of them in every branch."""

    ordinals: tuple[int, ...]
    branch_keys: tuple[tuple[Raw, ...], ...]
    keys: int
    trimmed: bool


class Statements:
    """Builds the statements of one dialect, and keeps their texts by shape."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._texts: OrderedDict[StatementShape, _Text] = OrderedDict()

    def select(self, mapping: Mapping, criteria: Criteria, chunk: ParentChunk | None = None) -> Statement:
        """The statement of a read, or of one chunk of its parents."""
        values: list[object] = []
        where = Lowering(mapping, self.dialect, values).shape(criteria.where)
        keyset = criteria.keyset.values if criteria.keyset is not None else ()
        values.extend(value for value in keyset if value is not None)
        shape = StatementShape(
            mapping,
            mapping.legacy_columns(criteria.columns),
            where,
            criteria.order,
            tuple(value is None for value in keyset),
            criteria.reverse,
            criteria.rows_max,
            _parents_shape(criteria.parents.field, chunk) if criteria.parents is not None and chunk else None,
        )
        return self._statement(shape, values, chunk)

    def count(self, mapping: Mapping, criteria: CountCriteria, chunk: ParentChunk | None = None) -> Statement:
        """The statement of a count: one number, or one row (n, number) per branch."""
        values: list[object] = []
        where = Lowering(mapping, self.dialect, values).shape(criteria.where)
        parents = _parents_shape(criteria.parents.field, chunk) if criteria.parents is not None and chunk else None
        shape = StatementShape(mapping, (), where, (), (), reverse=False, rows_max=0, parents=parents)
        return self._statement(shape, values, chunk)

    def _statement(self, shape: StatementShape, values: list[object], chunk: ParentChunk | None) -> Statement:
        text = self._texts.get(shape)
        if text is None:
            text = self._texts[shape] = _TextBuilder(self.dialect, shape).text()
            if len(self._texts) > STATEMENT_TEXTS_MAX:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(shape)
        return Statement(text.text, tuple(_parameters(text, values, chunk)))


def chunks_of(
    mapping: Mapping, parents_field: str, keys: tuple[tuple[object, ...], ...], keys_max: int
) -> Iterator[ParentChunk]:
    """Parents in chunks of at most `keys_max` spelled keys, one branch per key.

    A parent with more keys than that has a chunk of its own with a single branch over all of them. Parents whose keys the source
    cannot have written are in no chunk: they have no children there.
    """
    encode = mapping.columns[parents_field].decoder.encode
    ordinals: list[int] = []
    branches: list[tuple[Raw, ...]] = []
    for ordinal, clean in enumerate(keys):
        spelled = tuple(dict.fromkeys(raw for value in clean for raw in encode(value).values))
        if len(spelled) > keys_max:
            padded = in_powers_of_two(spelled)
            yield ParentChunk((ordinal,), (padded,), len(padded), trimmed=False)
            continue
        if branches and len(branches) + len(spelled) > keys_max:
            yield _chunk(ordinals, branches)
            ordinals, branches = [], []
        ordinals.extend([ordinal] * len(spelled))
        branches.extend((raw,) for raw in spelled)
    if branches:
        yield _chunk(ordinals, branches)


def _chunk(ordinals: list[int], branches: list[tuple[Raw, ...]]) -> ParentChunk:
    return ParentChunk(tuple(ordinals), tuple(branches), 1, trimmed=len(set(ordinals)) < len(ordinals))


def _parents_shape(field: str, chunk: ParentChunk) -> ParentsShape:
    return ParentsShape(field, len(chunk.ordinals), chunk.keys, chunk.trimmed)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, and where its parameters come from: names of one branch in order, repeated per branch if `per_branch`."""

    text: str
    names: tuple[str, ...]
    per_branch: bool
    keys_first: bool
    keys_as_arrays: bool


def _parameters(text: _Text, values: list[object], chunk: ParentChunk | None) -> Iterator[object]:
    if chunk is None:
        yield from (values[int(name[1:])] for name in text.names)
    elif text.per_branch:
        for ordinal, keys in zip(chunk.ordinals, chunk.branch_keys, strict=True):
            for name in text.names:
                kind, index = name[0], name[1:]
                yield ordinal if kind == "n" else keys[int(index)] if kind == "k" else values[int(index)]
    else:
        pairs = [
            part for ordinal, keys in zip(chunk.ordinals, chunk.branch_keys, strict=True) for part in (ordinal, keys[0])
        ]
        listed = [list(chunk.ordinals), [keys[0] for keys in chunk.branch_keys]] if text.keys_as_arrays else pairs
        own = [values[int(name[1:])] for name in text.names]
        yield from (*listed, *own) if text.keys_first else (*own, *listed)


class _TextBuilder:
    """Builds the text of one shape."""

    def __init__(self, dialect: Dialect, shape: StatementShape) -> None:
        self._dialect = dialect
        self._shape = shape
        self._clauses = Clauses(dialect, shape.mapping)
        self._sorts = self._clauses.sorts(shape.order)

    def text(self) -> _Text:
        parents = self._shape.parents
        if parents is None:
            text, names = self._compiled(self._branch(None, ()))
            return _Text(text, names, per_branch=False, keys_first=False, keys_as_arrays=False)
        if self._dialect.parents_form == "union" or parents.keys > 1:
            return self._union(parents)
        return self._lateral(parents)

    def _branch(self, key: Expression | None, extra: tuple[Expression, ...]) -> sa.Select[Any]:
        shape, clauses = self._shape, self._clauses
        names = itertools.count()
        conditions = [clauses.where(shape.where, names), *clauses.alive()]
        if key is not None:
            conditions.insert(0, key)
        if not shape.order:
            counted = sa.func.count(sa.literal_column("*")).label("c")
            return sa.select(*extra, counted).select_from(clauses.table).where(*conditions)
        sorts = self._sorts
        if shape.keyset_nulls:
            if len(shape.keyset_nulls) != len(sorts):
                raise KeysetMismatch("a keyset has one value for each sort term")
            conditions.append(clauses.beyond(sorts, shape.keyset_nulls, names, reverse=shape.reverse))
        selected = [clauses.table.c[name].label(f"c{i}") for i, name in enumerate(shape.legacy)]
        selected += [sort.expression.label(f"s{i}") for i, sort in enumerate(sorts)]
        statement = sa.select(*extra, *selected).select_from(clauses.table).where(*conditions)
        for sort in sorts:
            statement = statement.order_by(*sort.order_by(reverse=shape.reverse))
        return statement

    def _union(self, parents: ParentsShape) -> _Text:
        keys = [f"k{i}" for i in range(parents.keys)]
        ordinal = sa.bindparam("n0", type_=sa.Integer()).label("n")
        key = self._clauses.equals_any(parents.field, keys)
        branch, names = self._compiled(self._branch(key, (ordinal,)))
        if self._shape.order:
            body = " UNION ALL ".join(self._dialect.union_branch(branch, i) for i in range(parents.branches))
            return _Text(self._outer(f"({body}) u", "u", parents), names, True, False, False)
        return _Text(" UNION ALL ".join([branch] * parents.branches), names, True, False, False)

    def _lateral(self, parents: ParentsShape) -> _Text:
        dialect = self._dialect
        key_type = self._clauses.type_of(parents.field)
        key = self._clauses.equals(parents.field, sa.literal_column("p.k", key_type))
        branch, names = self._compiled(self._branch(key, ()))
        keys = dialect.keys_table(parents.branches, key_type, first=len(set(names)))
        columns = ", ".join(f"u.{name}" for name in self._output_names()) or "u.c"
        body = f"(SELECT p.n, {columns} FROM {keys} {dialect.lateral_join(branch)}) u"
        if not self._shape.order:
            body = f"SELECT p.n, u.c FROM {keys} {dialect.lateral_join(branch)}"
            return _Text(body, names, False, dialect.keys_first, dialect.keys_as_arrays)
        outer = self._outer(body, "u", parents)
        return _Text(outer, names, False, dialect.keys_first, dialect.keys_as_arrays)

    def _outer(self, body: str, alias: str, parents: ParentsShape) -> str:
        """Rows by parent and then in order; where a parent had several branches, only its first `rows_max` rows."""
        names = ", ".join(("n", *self._output_names()))
        order = ", ".join(self._outer_order())
        if not parents.trimmed:
            return f"SELECT {names} FROM {body} ORDER BY n, {order}"
        ranked = f"SELECT {names}, row_number() OVER (PARTITION BY n ORDER BY {order}) AS r FROM {body}"
        return f"SELECT {names} FROM ({ranked}) w WHERE r <= {self._shape.rows_max} ORDER BY n, r"

    def _outer_order(self) -> Iterator[str]:
        for index, sort in enumerate(self._sorts):
            down = sort.descending is not self._shape.reverse
            if sort.nullable:
                yield f"CASE WHEN s{index} IS NULL THEN 1 ELSE 0 END" + (" DESC" if self._shape.reverse else "")
            yield f"s{index}" + (" DESC" if down else "")

    def _output_names(self) -> tuple[str, ...]:
        columns = (f"c{i}" for i in range(len(self._shape.legacy)))
        sorts = (f"s{i}" for i in range(len(self._sorts)))
        return (*columns, *sorts)

    def _compiled(self, statement: sa.Select[Any]) -> tuple[str, tuple[str, ...]]:
        compiled = statement.compile(dialect=self._dialect.core)
        text = re.sub(r"\s*\n\s*", " ", compiled.string)
        if self._shape.order:
            text = f"{text} {self._dialect.limit(self._shape.rows_max)}"
        names = compiled.positiontup
        return text, tuple(names if names is not None else re.findall(r":([knp]\d+)", text))
