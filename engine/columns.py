"""Columns: rows of a table as the columns that an operation selects of them, without the dictionaries of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql.pyutils import Path

from engine.awaiting import wait_for
from engine.facts import Table
from engine.failures import Failure
from engine.level import Column, Level, Place, is_waited
from engine.run import Run
from engine.selections import SelectionPlan


async def columns_of_rows(run: Run, selection: SelectionPlan, table: Table, rows: Sequence[int]) -> list[Column]:
    """One completed column for each field of a selection: what JSON carries, objects as dictionaries.

    Raises the first error of any field: who takes rows away cannot be told of it beside them.
    """
    place = Place(lambda: [Path(None, index, None) for index in range(len(rows))])
    level = Level(table, rows, (), place)
    columns: list[Any] = [run.field(plan, level) for plan in selection.fields]
    await wait_for(columns, [number for number, column in enumerate(columns) if is_waited(column)])
    if run.failed:
        raise next(error for column in columns if (error := _first_error(column)) is not None)
    return columns


def _first_error(value: object) -> Exception | None:
    if isinstance(value, Failure):
        return value.error
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return next((error for one in below if (error := _first_error(one)) is not None), None)
