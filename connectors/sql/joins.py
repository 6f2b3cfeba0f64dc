"""Joins: LEFT JOINs around the select of a page, which keeps its own plan. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.criteria import Join
from connectors.decoders.codes import Codes
from connectors.decoders.protocol import Expression, Raw
from connectors.mapping import Mapping
from connectors.sql.clauses import Clauses, Condition
from connectors.sql.dialects import Dialect
from connectors.sql.lowering import ALWAYS, Lowering, Shape
from connectors.sql.texts import Name, compiled, numbered_behind


@dataclass(frozen=True, slots=True)
class JoinShape:
    """The part of a join that decides the text of a statement."""

    target: Mapping
    here: str
    there: str
    legacy: tuple[str, ...]
    where: Shape


def join_shape(join: Join, dialect: Dialect, values: list[object]) -> JoinShape:
    """The shape of a join; its values are appended to `values`."""
    where = Lowering(join.target, dialect, values).shape(join.where)
    return JoinShape(join.target, join.here, join.there, join.legacy, where)


@dataclass(frozen=True, slots=True)
class PageText:
    """The select of a page without its order. Its columns are `n`, if it has parents, and c0, c1 ...

    The `legacy` columns come first; `columns` counts all. The text has `numbers` parameters, and `values` of them are
    values of the statement.
    """

    text: str
    mapping: Mapping
    legacy: tuple[str, ...]
    columns: int
    of_parents: bool
    numbers: int
    values: int


def joined_text(
    dialect: Dialect, page: PageText, joins: Sequence[JoinShape], order: Sequence[str]
) -> tuple[str, tuple[Name, ...]]:
    """The text of a page with the joined columns behind its own, and the parameters of the joins."""
    table = sa.table("page", *_columns_of(page))
    names = itertools.count(page.values)
    source: sa.FromClause = table
    selected: list[Expression] = list(table.c)
    for at, join in enumerate(joins):
        clauses = Clauses(dialect, join.target, frozenset(), alias=f"j{at}")
        source = source.outerjoin(clauses.table, _condition(clauses, join, _here(dialect, page, table, join), names))
        selected += [clauses.table.c[name].label(f"j{at}c{index}") for index, name in enumerate(join.legacy)]
    statement: sa.Select[Any] = sa.select(*selected).select_from(source)
    text, parameters = compiled(dialect, statement)
    # The compiled text names the page; the page's own text replaces the name.
    before, joined = numbered_behind(dialect, text, page.numbers).split(" FROM page ", 1)
    return f"{before} FROM ({page.text}) page {joined} ORDER BY {', '.join(order)}", parameters


def _columns_of(page: PageText) -> list[sa.ColumnClause[Any]]:
    kinds = [page.mapping.selectable.c[name].type for name in page.legacy]
    kinds += [sa.types.NullType()] * (page.columns - len(kinds))
    ordinal = [sa.column("n", sa.Integer)] if page.of_parents else []
    return [*ordinal, *(sa.column(f"c{at}", kind) for at, kind in enumerate(kinds))]


def _here(dialect: Dialect, page: PageText, table: sa.TableClause, join: JoinShape) -> Expression:
    """The key of the joined record, as the target spells it.

    The column itself is compared; only codes that the target spells differently are translated. A value that means null
    may join a row, which the hub then drops.
    """
    mapped = page.mapping.columns[join.here]
    column, decoder = table.c[f"c{page.legacy.index(mapped.legacy[0])}"], mapped.decoder
    if not isinstance(decoder, Codes):
        return column
    if decoder.raw_type is not str:
        return decoder.expression([column], dialect)
    otherwise: dict[str, list[Raw]] = {}
    for raw, meaning in decoder.meanings.items():
        if raw != meaning:
            otherwise.setdefault(str(meaning), []).append(raw)
    translated = [(dialect.one_of(column, raws), dialect.constant(meaning)) for meaning, raws in otherwise.items()]
    return sa.case(*translated, else_=column) if translated else column


def _condition(clauses: Clauses, join: JoinShape, here: Expression, names: itertools.count[int]) -> Condition:
    conditions = [clauses.leads_to(join.there, here)]
    if join.where != ALWAYS:
        conditions.append(clauses.where(join.where, names))
    return sa.and_(*conditions, *clauses.alive())
