"""Lines: columns of cells -> lines of CSV, a column at a time, sign for sign as Python's csv module writes them.

Almost no column has a cell that needs quotes, and one look at all its cells as one text says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from models.dictionary_column import DictionaryColumn, per_value

END: Final = "\r\n"
_SEPARATOR: Final = ","
_QUOTE: Final = '"'
_NOTHING: Any = type(None)


def lines_of(columns: Sequence[Sequence[Any]]) -> str:
    """The rows of some columns, as RFC 4180 has them. Null is an empty cell."""
    cells = [per_value(column, _written) for column in columns]
    if len(cells) == 1:
        # A line with nothing in it would be no row.
        cells = [[cell or _QUOTE * 2 for cell in cells[0]]]
    lines = list(map(_SEPARATOR.join, zip(*_together(cells), strict=True)))
    return END.join(lines) + END if lines else ""


def _together(columns: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The same with neighbours as one column whose values stand side by side in every row."""
    together: list[Sequence[str]] = []
    for column in columns:
        before = together[-1] if together else None
        if (
            isinstance(column, DictionaryColumn)
            and isinstance(before, DictionaryColumn)
            and column.codes is before.codes
        ):
            pairs = zip(before.values, column.values, strict=True)
            together[-1] = before.with_values(list(map(_SEPARATOR.join, pairs)))
        else:
            together.append(column)
    return together


def _written(column: Sequence[Any]) -> Sequence[str]:
    try:
        # Joining refuses what is no text, in half the time of looking at each value's type.
        text, cells = "".join(column), column
    except TypeError:
        cells = _texts(column)
        text = "".join(cells)
    return _quoted(cells) if _needs_quotes(text) else cells


def _texts(column: Sequence[Any]) -> Sequence[str]:
    """A column with nulls, or of other things than texts, as texts."""
    kinds = set(map(type, column))
    if all(issubclass(kind, str | _NOTHING) for kind in kinds):
        return [value or "" for value in column]
    numbers = _numbers(column) if kinds <= {int, float, _NOTHING} else None
    return ["" if value is None else str(value) for value in column] if numbers is None else numbers


def _numbers(column: Sequence[float | None]) -> Sequence[str] | None:
    """Numbers as Python writes them, in a fraction of the time; None where JSON would write one in another way."""
    try:
        text = orjson.dumps(column if isinstance(column, list | tuple) else list(column)).decode()
    except orjson.JSONEncodeError:
        return None
    # Python writes what is below 0.0001 with an exponent, and JSON in other ways; what is infinite is null there.
    if "e" in text or "0.0000" in text or text.count("null") != list(column).count(None):
        return None
    return text[1:-1].replace("null", "").split(",")


def _quoted(cells: Sequence[str]) -> Sequence[str]:
    # Names with a comma in them stand in many rows.
    written = {cell: _in_quotes(cell) if _needs_quotes(cell) else cell for cell in set(cells)}
    return list(map(written.__getitem__, cells))


def _needs_quotes(text: str) -> bool:
    return _SEPARATOR in text or _QUOTE in text or "\n" in text or "\r" in text


def _in_quotes(cell: str) -> str:
    return f'"{cell.replace(_QUOTE, _QUOTE * 2)}"'
