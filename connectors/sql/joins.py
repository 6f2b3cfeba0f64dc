"""Joins: what each row of a page leads to, as LEFT JOINs around the page, whose own plan stays what it was. Pure."""

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
    """What of a join decides the text of a statement."""

    target: Mapping
    here: str
    there: str
    legacy: tuple[str, ...]
    where: Shape


def join_shape(join: Join, dialect: Dialect, values: list[object]) -> JoinShape:
    """The shape of a join; its values are added to those of the statement."""
    where = Lowering(join.target, dialect, values).shape(join.where)
    return JoinShape(join.target, join.here, join.there, join.legacy, where)


@dataclass(frozen=True, slots=True)
class PageText:
    """A select of a page without its order: its columns are `n`, if of parents, and c0, c1 ...

    `legacy` are those columns that are the mapping's own, which come first, and `columns` counts them all. `numbers`
    parameters stand in the text, `values` of them values of the statement.
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
    """The text of a page with what its rows lead to behind its own columns, and the parameters of the joins."""
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
    # The name of the page stands where the page itself belongs.
    before, joined = numbered_behind(dialect, text, page.numbers).split(" FROM page ", 1)
    return f"{before} FROM ({page.text}) page {joined} ORDER BY {', '.join(order)}", parameters


def _columns_of(page: PageText) -> list[sa.ColumnClause[Any]]:
    kinds = [page.mapping.selectable.c[name].type for name in page.legacy]
    kinds += [sa.types.NullType()] * (page.columns - len(kinds))
    ordinal = [sa.column("n", sa.Integer)] if page.of_parents else []
    return [*ordinal, *(sa.column(f"c{at}", kind) for at, kind in enumerate(kinds))]


def _here(dialect: Dialect, page: PageText, table: sa.TableClause, join: JoinShape) -> Expression:
    """What a row of the page leads to, as its target spells it.

    What means nothing may find a row here that the hub then leaves aside: so the column itself is compared, and of
    codes only those are translated that their target writes otherwise.
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
