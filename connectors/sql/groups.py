"""Groups: GroupCriteria -> SQL text and parameters, for every dialect that groups exactly. Pure.

Rows are grouped by stored values; the hub then decodes the groups and merges equal ones. Moments are grouped by their
beginning: the stored one if the decoder can cut it, else that of the canonical text. GROUP BY holds no parameters,
because PostgreSQL considers two of them two expressions.
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
from connectors.sql.lowering import ALWAYS, Lowering, Shape, fields_of_shape, fields_with_value
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
    tells_oldest: bool

    def used(self) -> frozenset[str]:
        """Every legacy column that the text may name."""
        columns = self.mapping.columns
        fields = fields_of_shape(self.where) | {KEY, self.moment.field if self.moment is not None else KEY}
        return self.mapping.needed.union(self.legacy, *(columns[name].legacy for name in fields))


def grouped_statement(dialect: Dialect, mapping: Mapping, criteria: GroupCriteria) -> Statement:
    """The statement that counts grouped rows: legacy columns, the moment's text and oldest age if any, the count."""
    values: list[object] = []
    where = Lowering(mapping, dialect, values, criteria.related).shape(criteria.where)
    legacy = mapping.grouped_columns(criteria.columns, with_age=criteria.with_age)
    shape = GroupShape(
        mapping, legacy, criteria.moment, where, criteria.groups_max, mapping.tells_oldest(with_age=criteria.with_age)
    )
    text, names = _text(dialect.name, shape)
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
    conditions = clauses.alive(fields_with_value(shape.where))
    if shape.where != ALWAYS:
        conditions.insert(0, clauses.where(shape.where, itertools.count()))
    counted: list[Expression] = [sa.func.count(sa.literal_column("*")).label("n")]
    ages = [_age(clauses, shape.mapping, dialect)] if shape.tells_oldest else []
    if not keys:
        told = [*(sa.func.min(age) for age in ages), *counted]
        return compiled(dialect, sa.select(*told).select_from(clauses.table).where(*conditions))
    labelled = [key.label(f"c{at}") for at, key in enumerate(keys)] + [age.label("age") for age in ages]
    rows = sa.select(*labelled).select_from(clauses.table).where(*conditions)
    # The planner can estimate the number of groups of bare columns.
    found = (rows if shape.moment is None else dialect.to_group(rows)).subquery("g")
    columns = list(found.c)[: len(keys)]
    groups = [dialect.grouped(column) if is_text(column) else (column, column) for column in columns]
    told = [*(sa.func.min(age) for age in list(found.c)[len(keys) :]), *counted]
    counts = sa.select(*(shown for _, shown in groups), *told).group_by(*(key for key, _ in groups))
    text, names = compiled(dialect, counts)
    return f"{text} {dialect.limit(shape.groups_max + 1)}", names


def _beginning(clauses: Clauses, mapping: Mapping, moment: MomentPart, dialect: Dialect) -> Expression:
    mapped = mapping.columns[moment.field]
    legacy = [clauses.table.c[name] for name in mapped.legacy]
    if isinstance(mapped.decoder, CutsMoments):
        return mapped.decoder.beginning(legacy, dialect, moment.chars)
    return dialect.part(mapped.decoder.expression(legacy, dialect), 1, moment.chars)


def _age(clauses: Clauses, mapping: Mapping, dialect: Dialect) -> Expression:
    """The canonical text of the age of a row."""
    assert mapping.as_of is not None
    return mapping.as_of.decoder.expression([clauses.table.c[name] for name in mapping.as_of.legacy], dialect)


def raw_groups(mapping: Mapping, criteria: GroupCriteria, found: Sequence[Sequence[Any]]) -> RawGroups:
    """The answer of a source, as columns."""
    legacy = mapping.grouped_columns(criteria.columns, with_age=criteria.with_age)
    tells_oldest = mapping.tells_oldest(with_age=criteria.with_age)
    width = len(legacy) + (criteria.moment is not None) + tells_oldest + 1
    columns: list[tuple[Any, ...]] = list(zip(*found, strict=True)) if found else [()] * width
    moments = columns[len(legacy)] if criteria.moment is not None else ()
    oldest = columns[-2] if tells_oldest else ()
    return RawGroups(len(found), dict(zip(legacy, columns, strict=False)), moments, columns[-1], oldest=oldest)
