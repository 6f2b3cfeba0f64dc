"""Statements: Criteria -> SQL text and parameters, for every dialect. Pure. Texts are cached by shape.

The children of many parents are one statement: a list of keys joined to a limited select (LATERAL, CROSS APPLY), or a
UNION ALL of limited selects where such a join is missing or slow.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import sqlalchemy as sa

from connectors.criteria import CountCriteria, Criteria, KeysetMismatch, SourceOrder
from connectors.decoders.protocol import Expression
from connectors.mapping import Mapping
from connectors.sql.clauses import Clauses, Condition, KeysetTerm, parameter
from connectors.sql.dialects import Dialect
from connectors.sql.joins import JoinShape, PageText, join_shape, joined_text
from connectors.sql.lowering import ALWAYS, Lowering, Shape, fields_of_shape, fields_with_value
from connectors.sql.parents import ParentChunk
from connectors.sql.texts import Name, compiled, numbered_behind, sweep
from models.mechanisms.bounded_map import BoundedMap
from models.records import KEY

STATEMENT_TEXTS_MAX = 2_000
"""How many texts are cached (LRU)."""
TEXT_CHARS_MAX = 20_000_000
"""The total length of cached texts."""


@dataclass(slots=True)
class Statement:
    """Text for one dialect and its parameters in order.

    A row holds n, if there are parents, the legacy columns, sort values that are not among these, and the legacy
    columns of each join. `sorts_at` are the positions of the sort values after n.
    """

    text: str
    parameters: tuple[object, ...]
    sorts_at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParentsShape:
    """How the parents of a statement are told apart: a select for each branch, of so many `keys`.

    `by_id`: whether these are keys of the rows themselves. `trimmed`: a parent has several branches. `plain`: all keys
    are ASCII.
    """

    field: str
    keys: tuple[int, ...]
    by_id: tuple[bool, ...]
    trimmed: bool
    plain: bool


@dataclass(frozen=True, slots=True)
class StatementShape:
    """Everything that decides the text of a statement. `order` is empty and `rows_max` 0 for a count."""

    mapping: Mapping
    legacy: tuple[str, ...]
    where: Shape
    order: tuple[SourceOrder, ...]
    keyset: tuple[KeysetTerm, ...]
    reverse: bool
    rows_max: int
    parents: ParentsShape | None
    joins: tuple[JoinShape, ...] = ()

    def used(self) -> frozenset[str]:
        """Every legacy column that the text may name."""
        columns = self.mapping.columns
        fields = fields_of_shape(self.where) | {self.parents.field if self.parents else KEY, KEY}
        ordered = [columns[order.field] for order in self.order]
        sorts = {column.sorts_as for column in ordered if column.sorts_as is not None}
        compared = {name for field in fields for name in columns[field].legacy}
        sorted_by = {name for column in ordered for name in column.legacy}
        return self.mapping.needed | frozenset(self.legacy) | compared | sorts | sorted_by


Branches = BoundedMap[Hashable, tuple[str, tuple[Name, ...]]]
"""The texts of branches with their parameters: few of them make the many unions of parents."""


class Statements:
    """Builds the statements of one dialect, and caches their texts by shape."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._texts: BoundedMap[StatementShape, _Text] = BoundedMap(
            STATEMENT_TEXTS_MAX, TEXT_CHARS_MAX, lambda text: len(text.text)
        )
        self._branches: Branches = BoundedMap(STATEMENT_TEXTS_MAX, TEXT_CHARS_MAX, lambda branch: len(branch[0]))

    def select(self, mapping: Mapping, criteria: Criteria, chunk: ParentChunk | None = None) -> Statement:
        """The statement of a read, or of one chunk of its parents."""
        values: list[object] = []
        where = Lowering(mapping, self.dialect, values, criteria.related).shape(criteria.where)
        keyset = criteria.keyset.values if criteria.keyset is not None else ()
        values.extend(_bindable(value) for value in keyset if value is not None)
        shape = StatementShape(
            mapping,
            mapping.legacy_columns(criteria.columns),
            where,
            criteria.order,
            tuple(map(_place_of, keyset)),
            criteria.reverse,
            criteria.rows_max,
            _parents_shape(criteria.parents.field, chunk) if criteria.parents is not None and chunk else None,
            tuple(join_shape(join, self.dialect, values) for join in criteria.joins),
        )
        return self._statement(shape, values, chunk)

    def count(self, mapping: Mapping, criteria: CountCriteria, chunk: ParentChunk | None = None) -> Statement:
        """The statement of a count: one number, or one row (n, number) per branch."""
        values: list[object] = []
        where = Lowering(mapping, self.dialect, values, criteria.related).shape(criteria.where)
        parents = _parents_shape(criteria.parents.field, chunk) if criteria.parents is not None and chunk else None
        shape = StatementShape(mapping, (), where, (), (), reverse=False, rows_max=0, parents=parents)
        return self._statement(shape, values, chunk)

    def values_count(self, mapping: Mapping, criteria: Criteria | CountCriteria) -> int:
        """The number of parameters of a question's filter."""
        values: list[object] = []
        Lowering(mapping, self.dialect, values, criteria.related).shape(criteria.where)
        return len(values)

    def _statement(self, shape: StatementShape, values: list[object], chunk: ParentChunk | None) -> Statement:
        try:
            text = self._texts[shape]  # not `get`, which works out the hash of the shape once more
        except KeyError:
            text = self._texts[shape] = _TextBuilder(self.dialect, shape, self._branches).text()
            sweep()
        return Statement(text.text, tuple(_parameters(text, values, chunk)), text.sorts_at)


def _place_of(value: object) -> KeysetTerm:
    if value is None:
        return KeysetTerm.NULL
    return KeysetTerm.BYTES if isinstance(value, str) and _ESCAPED_BYTE.search(value) else KeysetTerm.VALUE


def _bindable(value: object) -> object:
    """A sort value as a parameter: a text with invalid bytes as bytes."""
    return str(value).encode("utf-8", "surrogateescape") if _place_of(value) is KeysetTerm.BYTES else value


_ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")


def _parents_shape(field: str, chunk: ParentChunk) -> ParentsShape:
    return ParentsShape(field, tuple(map(len, chunk.branch_keys)), chunk.by_id, chunk.trimmed, chunk.plain)


class _Feed(Enum):
    """The order of a text's parameters."""

    ONCE = "the values"
    PER_BRANCH = "ordinal, keys and values, as one branch uses them, for each branch"
    PAIRS_FIRST = "ordinal and key in turn, then the values"
    ARRAYS_LAST = "the values, then all ordinals and all keys"


@dataclass(frozen=True, slots=True)
class _Text:
    """A text and its parameters: those in the order of `feed`, then those of its joins.

    `names_by_id` are those of a branch that is about keys of rows.
    """

    text: str
    names: tuple[Name, ...]
    feed: _Feed
    sorts_at: tuple[int, ...]
    joins: tuple[Name, ...] = ()
    names_by_id: tuple[Name, ...] = ()


def _parameters(text: _Text, values: list[object], chunk: ParentChunk | None) -> list[object]:
    return [*_fed(text, values, chunk), *in_order(text.joins, values)]


def _fed(text: _Text, values: list[object], chunk: ParentChunk | None) -> Iterable[object]:
    if chunk is None:
        return in_order(text.names, values)
    if text.feed is _Feed.PER_BRANCH:
        return _of_branches(text, values, chunk)
    own = in_order(text.names, values)
    firsts = [keys[0] for keys in chunk.branch_keys]
    if text.feed is _Feed.PAIRS_FIRST:
        return (*itertools.chain.from_iterable(zip(chunk.ordinals, firsts, strict=True)), *own)
    return (*own, list(chunk.ordinals), firsts)


def _of_branches(text: _Text, values: list[object], chunk: ParentChunk) -> Iterator[object]:
    for ordinal, keys, by_id in zip(chunk.ordinals, chunk.branch_keys, chunk.by_id, strict=True):
        for name in text.names_by_id if by_id else text.names:
            if name.kind == "n":
                yield ordinal
            elif name.kind == "k":
                # The names are those of the branch that has most keys.
                if name.index < len(keys):
                    yield keys[name.index]
            else:
                yield values[name.index] if name.kind == "p" else name.constant


def in_order(names: tuple[Name, ...], values: list[object]) -> list[object]:
    """The parameters of a text in order: values of the question, and constants of the mapping."""
    return [values[name.index] if name.kind == "p" else name.constant for name in names]


def _numbers(names: tuple[Name, ...], keys: int) -> int:
    """How many parameters a branch with so many keys has."""
    return sum(name.kind != "k" or name.index < keys for name in names)


class _TextBuilder:
    """Builds the text of one shape."""

    def __init__(self, dialect: Dialect, shape: StatementShape, branches: Branches) -> None:
        self._dialect = dialect
        self._branches = branches
        self._shape = shape
        self._clauses = Clauses(dialect, shape.mapping, shape.used())
        of_parents = {shape.parents.field} if shape.parents is not None else set()
        self._present = fields_with_value(shape.where) | of_parents
        self._sorts = self._clauses.sorts(shape.order, fields_with_value(shape.where))
        self._output: list[Expression] = [self._clauses.table.c[name] for name in shape.legacy]
        # By identity, since == builds a condition.
        places = {id(column): at for at, column in enumerate(self._output)}
        for sort in self._sorts:
            if id(sort.expression) not in places:
                places[id(sort.expression)] = len(self._output)
                self._output.append(sort.expression)
        self._sorts_at = tuple(places[id(sort.expression)] for sort in self._sorts)

    def text(self) -> _Text:
        parents = self._shape.parents
        if parents is None:
            page, names = self._compiled(self._branch(None))
            return self._joined(page, names, _Feed.ONCE) if self._shape.joins else self._text(page, names, _Feed.ONCE)
        if self._dialect.parents_form == "union" or max(parents.keys) > 1 or any(parents.by_id):
            return self._union(parents)
        return self._lateral(parents)

    def _text(
        self,
        text: str,
        names: tuple[Name, ...],
        feed: _Feed,
        joins: tuple[Name, ...] = (),
        *,
        by_id: tuple[Name, ...] = (),
    ) -> _Text:
        return _Text(text, names, feed, self._sorts_at, joins, by_id)

    def _joined(self, page: str, names: tuple[Name, ...], feed: _Feed, by_id: tuple[Name, ...] = ()) -> _Text:
        """The text of a page, in any order, with its joins around it."""
        shape, of_parents = self._shape, self._shape.parents is not None
        values = 1 + max((name.index for name in (*names, *by_id) if name.kind == "p"), default=-1)
        numbers = len(names) + (2 if feed is _Feed.ARRAYS_LAST else 0)
        if shape.parents is not None and feed is _Feed.PER_BRANCH:
            branches = zip(shape.parents.by_id, shape.parents.keys, strict=True)
            numbers = sum(_numbers(by_id if of_rows else names, keys) for of_rows, keys in branches)
        text = PageText(page, shape.mapping, shape.legacy, len(self._output), of_parents, numbers, values)
        order = (*(("page.n",) if of_parents else ()), *self._outer_order("page."))
        joined, of_joins = joined_text(self._dialect, text, shape.joins, order)
        return self._text(joined, names, feed, of_joins, by_id=by_id)

    def _branch(self, key: Condition | None, *extra: sa.ColumnElement[Any], labelled: bool = True) -> sa.Select[Any]:
        """One select. In a UNION only the first needs labels; others take time to parse."""
        shape, clauses = self._shape, self._clauses
        names = itertools.count()
        conditions = [] if key is None else [key]
        if shape.where != ALWAYS:
            conditions.append(clauses.where(shape.where, names))
        conditions += clauses.alive(self._present)
        if not shape.order:
            counted = sa.func.count(sa.literal_column("*"))
            return (
                sa.select(*extra, counted.label("c") if labelled else counted)
                .select_from(clauses.table)
                .where(*conditions)
            )
        sorts = self._sorts
        if shape.keyset:
            if len(shape.keyset) != len(sorts):
                raise KeysetMismatch("a keyset has one value for each sort term")
            conditions.append(clauses.beyond(sorts, shape.keyset, names, reverse=shape.reverse))
        selected = [column.label(f"c{at}") if labelled else column for at, column in enumerate(self._output)]
        statement = sa.select(*extra, *selected).select_from(clauses.table).where(*conditions)
        for sort in sorts:
            statement = statement.order_by(*sort.order_by(reverse=shape.reverse))
        return statement

    def _union(self, parents: ParentsShape) -> _Text:
        """One branch after the other; those of one kind and number of keys are alike."""
        kinds = list(zip(parents.by_id, parents.keys, strict=True))
        names = {by_id: self._of_keys(parents, by_id, max(keys for of, keys in kinds if of is by_id))[1]
                 for by_id in set(parents.by_id)}  # fmt: skip
        branches, numbers = [self._of_keys(parents, *kinds[0], labelled=True)[0]], 0
        for (by_id_before, before), (by_id, keys) in itertools.pairwise(kinds):
            numbers += _numbers(names[by_id_before], before)
            branches.append(numbered_behind(self._dialect, self._of_keys(parents, by_id, keys)[0], numbers))
        own = names.get(False, ()), names.get(True, ())
        if not self._shape.order:
            return self._text(" UNION ALL ".join(branches), own[0], _Feed.PER_BRANCH, by_id=own[1])
        body = " UNION ALL ".join(self._dialect.union_branch(branch, at) for at, branch in enumerate(branches))
        return self._by_parent(f"({body}) u", parents, own[0], _Feed.PER_BRANCH, own[1])

    def _of_keys(
        self,
        parents: ParentsShape,
        by_id: bool,
        keys: int,
        *,
        labelled: bool = False,  # a kind of branch
    ) -> tuple[str, tuple[Name, ...]]:
        """The branch of a parent with so many keys, or of so many rows."""
        key = (replace(self._shape, parents=None, joins=()), parents.field, parents.plain, by_id, keys, labelled)
        known = self._branches.get(key)
        if known is None:
            field = KEY if by_id else parents.field
            binds = [parameter(f"k{index}", self._clauses.key_type(field)) for index in range(keys)]
            ordinal = parameter("n0", sa.Integer())
            condition = self._clauses.equals(field, binds, plain=parents.plain)
            branch = self._branch(condition, ordinal.label("n") if labelled else ordinal, labelled=labelled)
            known = self._branches[key] = self._compiled(branch)
        return known

    def _lateral(self, parents: ParentsShape) -> _Text:
        dialect = self._dialect
        key_type = self._clauses.key_type(parents.field)
        key = self._clauses.equals(parents.field, [sa.literal_column("p.k", key_type)], plain=parents.plain)
        branch, names = self._compiled(self._branch(key))
        keys = dialect.keys_table(len(parents.keys), key_type, first=len(names))
        columns = ", ".join(f"u.{name}" for name in self._output_names() or ("c",))
        body = f"SELECT p.n, {columns} FROM {keys} {dialect.lateral_join(branch)}"  # noqa: S608  # the compiler's text
        feed = _Feed.ARRAYS_LAST if dialect.keys_form == "arrays" else _Feed.PAIRS_FIRST
        if not self._shape.order:
            return self._text(body, names, feed)
        return self._by_parent(f"({body}) u", parents, names, feed)

    def _by_parent(
        self, body: str, parents: ParentsShape, names: tuple[Name, ...], feed: _Feed, by_id: tuple[Name, ...] = ()
    ) -> _Text:
        """Rows by parent and order; if a parent has several branches, only its first `rows_max` rows."""
        output = ", ".join(("n", *self._output_names()))
        order = ", ".join(self._outer_order())
        page, ordered = f"SELECT {output} FROM {body}", f"n, {order}"  # noqa: S608  # names are c0, c1 ...
        if parents.trimmed:
            rank = f"row_number() OVER (PARTITION BY n ORDER BY {order}) AS r"
            ranked = f"SELECT {output}, {rank} FROM {body}"  # noqa: S608  # as above
            page, ordered = f"SELECT {output} FROM ({ranked}) w WHERE r <= {self._shape.rows_max}", "n, r"  # noqa: S608  # as above
        if self._shape.joins:
            return self._joined(page, names, feed, by_id)
        return self._text(f"{page} ORDER BY {ordered}", names, feed, by_id=by_id)

    def _outer_order(self, table: str = "") -> Iterator[str]:
        for sort, at in zip(self._sorts, self._sorts_at, strict=True):
            down = sort.descending is not self._shape.reverse
            if sort.nullable:
                yield f"CASE WHEN {table}c{at} IS NULL THEN 1 ELSE 0 END" + (" DESC" if self._shape.reverse else "")
            yield f"{table}c{at}" + (" DESC" if down else "")

    def _output_names(self) -> tuple[str, ...]:
        return tuple(f"c{at}" for at in range(len(self._output)))

    def _compiled(self, statement: sa.Select[Any]) -> tuple[str, tuple[Name, ...]]:
        text, names = compiled(self._dialect, statement)
        return (f"{text} {self._dialect.limit(self._shape.rows_max)}" if self._shape.order else text), names
