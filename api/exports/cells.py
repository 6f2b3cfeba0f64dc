"""Flattens the columns of a chunk into cells, and escapes texts against formula injection (CWE-1236).

A spreadsheet runs a text that begins like a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from api.exports.collections import ColumnKind, ExportColumn
from engine.columns import ObjectColumns, SelectedColumn
from models.values.dictionary_column import per_value

FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""No cell begins with these: formula signs, their full-width forms, and white space that is stripped first."""
QUOTE: Final = "'"
LIST_SEPARATOR: Final = "; "


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where it begins like a formula."""
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
    """The columns of a file, out of the selected columns by the first name of their path."""
    return [at_path(selected[column.path[0]], column.path[1:]) for column in columns]


def cells_of(column: ExportColumn, values: Sequence[Any]) -> Sequence[Any]:
    """The cells of a column: escaped texts, unchanged numbers, flags as words, lists as one text."""
    return per_value(values, lambda present: _cells(column, present))


def _cells(column: ExportColumn, values: Sequence[Any]) -> Sequence[Any]:
    if column.is_list:
        return [None if value is None else harmless(LIST_SEPARATOR.join(map(str, value))) for value in values]
    if column.kind is ColumnKind.FLAG:
        return list(map(_FLAGS.__getitem__, values))
    # Few columns hold such a text, so the first characters are checked at once.
    if column.kind is ColumnKind.TEXT and not FORMULA_STARTS.isdisjoint(map(_FIRST, filter(None, values))):
        return [harmless(value) if value else value for value in values]
    return values


_FIRST = itemgetter(0)
_FLAGS = {True: "true", False: "false", None: None}
