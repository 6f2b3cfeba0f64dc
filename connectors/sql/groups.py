"""Groups: GroupCriteria -> SQL text and parameters, pure, for every dialect that groups exactly.

Rows are grouped by what is stored and not by what it means: the hub decodes each group as it decodes rows, and then
merges the groups of one meaning. Of moments, which are as many as rows, the source groups by their beginning: as it is
stored where their decoder knows how, or else by the beginning of the canonical text. What is grouped by holds no
parameter, since PostgreSQL takes two of them for two expressions.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from connectors.criteria import GroupCriteria, MomentPart
from connectors.decoders.protocol import CutsMoments, Expression
from connectors.mapping import Mapping
from connectors.protocol import RawGroups
from connectors.sql.clauses import Clauses, is_text
from connectors.sql.dialects import DIALECTS, Dialect
from connectors.sql.lowering import ALWAYS, Lowering, Shape, fields_of_shape
from connectors.sql.statements import Statement, in_order
from connectors.sql.texts import Name, compiled, sweep
from models.records import KEY

GROUP_TEXTS_MAX = 500


@dataclass(frozen=True, slots=True)
class GroupShape:
    """Everything that decides the text of a grouped count."""

    mapping: Mapping
    legacy: tuple[str, ...]
    moment: MomentPart | None
    where: Shape
    groups_max: int

    def used(self) -> frozenset[str]:
        """Every legacy column that the text may mention."""
        columns = self.mapping.columns
        fields = fields_of_shape(self.where) | {KEY, self.moment.field if self.moment is not None else KEY}
        return self.mapping.needed.union(self.legacy, *(columns[name].legacy for name in fields))


def grouped_statement(dialect: Dialect, mapping: Mapping, criteria: GroupCriteria) -> Statement:
    """The statement that counts rows by groups: legacy columns, the moment's text if there is one, and the number."""
    values: list[object] = []
    where = Lowering(mapping, dialect, values, criteria.related).shape(criteria.where)
    legacy = mapping.grouped_columns(criteria.columns, with_age=criteria.with_age)
    text, names = _text(dialect.name, GroupShape(mapping, legacy, criteria.moment, where, criteria.groups_max))
    return Statement(text, tuple(in_order(names, values)), ())


@lru_cache(maxsize=GROUP_TEXTS_MAX)
def _text(dialect_name: str, shape: GroupShape) -> tuple[str, tuple[Name, ...]]:
    built = _built(DIALECTS[dialect_name], shape)
    sweep()
    return built


def _built(dialect: Dialect, shape: GroupShape) -> tuple[str, tuple[Name, ...]]:
    clauses = Clauses(dialect, shape.mapping, shape.used())
    keys: list[Expression] = [clauses.table.c[name] for name in shape.legacy]
    if shape.moment is not None:
        keys.append(_beginning(clauses, shape.mapping, shape.moment, dialect))
    conditions = clauses.alive()
    if shape.where != ALWAYS:
        conditions.insert(0, clauses.where(shape.where, itertools.count()))
    counted = sa.func.count(sa.literal_column("*")).label("n")
    if not keys:
        return compiled(dialect, sa.select(counted).select_from(clauses.table).where(*conditions))
    rows = sa.select(*(key.label(f"c{at}") for at, key in enumerate(keys))).select_from(clauses.table)
    rows = rows.where(*conditions)
    # Of bare columns a planner knows how many groups they make.
    found = (rows if shape.moment is None else dialect.to_group(rows)).subquery("g")
    groups = [dialect.grouped(column) if is_text(column) else (column, column) for column in found.c]
    counts = sa.select(*(shown for _, shown in groups), counted).group_by(*(key for key, _ in groups))
    text, names = compiled(dialect, counts)
    return f"{text} {dialect.limit(shape.groups_max + 1)}", names


def _beginning(clauses: Clauses, mapping: Mapping, moment: MomentPart, dialect: Dialect) -> Expression:
    mapped = mapping.columns[moment.field]
    legacy = [clauses.table.c[name] for name in mapped.legacy]
    if isinstance(mapped.decoder, CutsMoments):
        return mapped.decoder.beginning(legacy, dialect, moment.chars)
    return dialect.part(mapped.decoder.expression(legacy, dialect), 1, moment.chars)


def raw_groups(mapping: Mapping, criteria: GroupCriteria, found: Sequence[Sequence[Any]]) -> RawGroups:
    """What a source answered, as columns."""
    legacy = mapping.grouped_columns(criteria.columns, with_age=criteria.with_age)
    width = len(legacy) + (criteria.moment is not None) + 1
    columns: list[tuple[Any, ...]] = list(zip(*found, strict=True)) if found else [()] * width
    moments = columns[len(legacy)] if criteria.moment is not None else ()
    return RawGroups(len(found), dict(zip(legacy, columns, strict=False)), moments, columns[-1])
