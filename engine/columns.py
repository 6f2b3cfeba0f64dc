"""Completes rows of a table into the columns that an operation selects, without building dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

from graphql.pyutils import Path

from engine.awaiting import wait_for
from engine.facts import Children, Lists, Table, taken_apart
from engine.groups import is_alike
from engine.leaves import placed
from engine.level import AnswerPaths, Column, Failure, Level, is_waited
from engine.run import Run
from engine.selections import Composite, FieldPlan, NonNull, SelectionPlan


@dataclass(frozen=True, slots=True)
class ObjectColumns:
    """A column of objects, stored as one column per field. Rows without an object are null in each."""

    fields: dict[str, Column]
    is_object: Sequence[bool]

    def objects(self) -> list[dict[str, Any] | None]:
        """The same column as JSON carries it."""
        rows = zip(self.is_object, zip(*self.fields.values(), strict=True), strict=True)
        return [dict(zip(self.fields, row, strict=True)) if is_object else None for is_object, row in rows]


SelectedColumn: TypeAlias = Column | ObjectColumns


async def columns_of_rows(
    run: Run, selection: SelectionPlan, table: Table, rows: Sequence[int]
) -> list[SelectedColumn]:
    """One completed column per field of the selection, as JSON carries it; objects are dictionaries or ObjectColumns.

    Raises the first error of any field: an export has no place for errors beside its rows.
    """
    paths = AnswerPaths(lambda: [Path(None, index, None) for index in range(len(rows))])
    level = Level(table, rows, (), paths)
    columns: list[Any] = [_object_columns(run, plan, level) or run.field(plan, level) for plan in selection.fields]
    await wait_for(columns, [number for number, column in enumerate(columns) if is_waited(column)])
    if run.failed:
        raise next(error for column in columns if (error := _first_error(column)) is not None)
    return columns


def _object_columns(run: Run, plan: FieldPlan, level: Level) -> ObjectColumns | None:
    """The columns of objects that need no read; None where the objects are completed in the ordinary way."""
    kind = plan.kind.inner if isinstance(plan.kind, NonNull) else plan.kind
    if not isinstance(kind, Composite) or kind.is_abstract:
        return None
    try:
        values = _objects(run, plan, level)
    except Exception:  # noqa: BLE001  # completing the field reports the error
        return None
    if values is None:
        return None
    (selection,) = kind.selections.values()
    different, spread = taken_apart(values)
    kinds = set(map(type, different))
    if selection.typename_keys or not is_alike(kind, kinds) or (type(None) in kinds and isinstance(plan.kind, NonNull)):
        return None
    present = Level(None, (), [value for value in different if value is not None], level.paths)
    fields: dict[str, Column] = {}
    for child in selection.fields:
        column = _leaves(run, child, present)
        if column is None:
            return None
        fields[child.key] = spread(placed(column, different))
    return ObjectColumns(fields, spread([value is not None for value in different]))


def _objects(run: Run, plan: FieldPlan, level: Level) -> Column | None:
    """The objects of a table column, or of a batch field that reads nothing; None for any other field."""
    if plan.is_column:
        return level.column(plan.column_name)
    if plan.batch is None or plan.batch.reads is not None or iscoroutinefunction(plan.batch.resolve):
        return None
    resolved = run.resolved(plan, level)
    return None if isinstance(resolved, Children | Lists) else resolved


def _leaves(run: Run, plan: FieldPlan, objects: Level) -> Column | None:
    """A plain attribute of the objects, as JSON carries it; None for any other field, or where a value fails."""
    if plan.leaf is None or not plan.is_column:
        return None
    column, has_nulls, has_failures = plan.leaf.serialize(run.called(plan, objects))
    return None if has_failures or (has_nulls and plan.is_required) else column


def _first_error(value: object) -> Exception | None:
    if isinstance(value, Failure):
        return value.error
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return next((error for one in below if (error := _first_error(one)) is not None), None)
