"""Cells: the columns of a chunk, flat, for files of rows, and texts made harmless for whoever opens them in a sheet.

A spreadsheet takes a text that begins like a formula for one, and runs it (CWE-1236). What people wrote must not do
that.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from api.exports.collections import ExportColumn, Kind
from engine.columns import ObjectColumns, SelectedColumn
from models.dictionary_column import per_value

FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What no cell begins with: the signs of formulas, also in their full width, and blanks that are cut off first."""
QUOTE: Final = "'"
LIST_SEPARATOR: Final = "; "


def harmless(text: str) -> str:
    """A text that is none of a spreadsheet's formulas: one that begins like one gets an apostrophe before it."""
    return QUOTE + text if text[:1] in FORMULA_STARTS and text else text


def at_path(column: SelectedColumn, path: Sequence[str]) -> Sequence[Any]:
    """The values of a leaf in a column of nested objects, None below what is null."""
    if isinstance(column, ObjectColumns):
        return at_path(column.fields[path[0]], path[1:])
    return per_value(column, lambda values: _below(values, path))


def _below(values: Sequence[Any], path: Sequence[str]) -> Sequence[Any]:
    for part in path:
        values = [None if value is None else value[part] for value in values]
    return values


def nested(column: SelectedColumn) -> Sequence[Any]:
    """The values of a column as JSON has them."""
    return column.objects() if isinstance(column, ObjectColumns) else column


def flat_columns(columns: Sequence[ExportColumn], selected: dict[str, SelectedColumn]) -> list[Sequence[Any]]:
    """The columns of a file, out of those of the selection by their first name."""
    return [at_path(selected[column.path[0]], column.path[1:]) for column in columns]


def cells_of(column: ExportColumn, values: Sequence[Any]) -> Sequence[Any]:
    """The cells of a column: texts that are harmless, numbers as they are, flags as words, lists as one text."""
    return per_value(values, lambda present: _cells(column, present))


def _cells(column: ExportColumn, values: Sequence[Any]) -> Sequence[Any]:
    if column.is_list:
        return [None if value is None else harmless(LIST_SEPARATOR.join(map(str, value))) for value in values]
    if column.kind is Kind.FLAG:
        return list(map(_FLAGS.__getitem__, values))
    # Almost no column has any that begins so: one look at the first sign of each.
    if column.kind is Kind.TEXT and not FORMULA_STARTS.isdisjoint(map(_FIRST, filter(None, values))):
        return [harmless(value) if value else value for value in values]
    return values


_FIRST = itemgetter(0)
_FLAGS = {True: "true", False: "false", None: None}
