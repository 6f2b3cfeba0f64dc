"""Writes chunks of rows as CSV, NDJSON or GeoJSON. No writer waits, or keeps rows from chunk to chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from api.exports.cells import cells_of, flat_columns, nested
from api.exports.request import CSV, CURSOR, GEOJSON, NDJSON, ExportRequest
from engine.columns import SelectedColumn
from models.values.dictionary_column import DictionaryColumn, per_value

BOM: Final = "\ufeff".encode()
END: Final = "\r\n"
_SEPARATOR: Final = ","
_QUOTE: Final = '"'
_NOTHING: Any = type(None)


def lines_of(columns: Sequence[Sequence[Any]]) -> str:
    """The rows of these columns as RFC 4180. Null is an empty cell."""
    cells = [per_value(column, _written) for column in columns]
    if len(cells) == 1:
        # An empty line would be no row.
        cells = [[cell or _QUOTE * 2 for cell in cells[0]]]
    lines = list(map(_SEPARATOR.join, zip(*_together(cells), strict=True)))
    return END.join(lines) + END if lines else ""


def _together(columns: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The columns, with neighbours that share their dictionary codes joined into one column."""
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
        # `join` refuses whatever is no text, in half the time that checking each type takes.
        text, cells = "".join(column), column
    except TypeError:
        cells = _texts(column)
        text = "".join(cells)
    return _quoted(cells) if _needs_quotes(text) else cells


def _texts(column: Sequence[Any]) -> Sequence[str]:
    """A column with nulls, or of other types, as texts."""
    kinds = set(map(type, column))
    if all(issubclass(kind, str | _NOTHING) for kind in kinds):
        return [value or "" for value in column]
    numbers = _numbers(column) if kinds <= {int, float, _NOTHING} else None
    return ["" if value is None else str(value) for value in column] if numbers is None else numbers


def _numbers(column: Sequence[float | None]) -> Sequence[str] | None:
    """Numbers as Python writes them, in a fraction of its time; None where JSON would write one differently."""
    try:
        text = orjson.dumps(column if isinstance(column, list | tuple) else list(column)).decode()
    except orjson.JSONEncodeError:
        return None
    # Python writes numbers below 0.0001 with an exponent, and JSON differently; infinity is null in JSON.
    if "e" in text or "0.0000" in text or text.count("null") != list(column).count(None):
        return None
    return text[1:-1].replace("null", "").split(",")


def _quoted(cells: Sequence[str]) -> Sequence[str]:
    # Cells with a comma are often repeated, so each distinct one is quoted once.
    written = {cell: _in_quotes(cell) if _needs_quotes(cell) else cell for cell in set(cells)}
    return list(map(written.__getitem__, cells))


def _needs_quotes(text: str) -> bool:
    return _SEPARATOR in text or _QUOTE in text or "\n" in text or "\r" in text


def _in_quotes(cell: str) -> str:
    return f'"{cell.replace(_QUOTE, _QUOTE * 2)}"'


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows: the selected columns by name, and their cursors, if they were asked for."""

    length: int
    selected: dict[str, SelectedColumn]
    cursors: Sequence[str] | None


class Writer(Protocol):
    """Writes a file: `begun` before all chunks, `ended` after them, with the number of all rows."""

    def begun(self) -> bytes: ...

    def rows(self, chunk: Chunk) -> bytes: ...

    def ended(self, rows: int) -> bytes: ...


class CsvWriter:
    """RFC 4180, with a header, in UTF-8. Null is an empty cell."""

    def __init__(self, asked: ExportRequest) -> None:
        self._asked = asked

    def begun(self) -> bytes:
        return (BOM if self._asked.has_bom else b"") + lines_of([[name] for name in self._asked.names]).encode()

    def rows(self, chunk: Chunk) -> bytes:
        columns = self._asked.columns
        values = flat_columns(columns, chunk.selected)
        cells = [cells_of(column, one) for column, one in zip(columns, values, strict=True)]
        if chunk.cursors is not None:
            cells.append(chunk.cursors)
        return lines_of(cells).encode("utf-8", "replace")

    def ended(self, rows: int) -> bytes:  # a table has no footer
        return b""


class NdjsonWriter:
    """One JSON object per line, nested as in the graph; at the end, on request, a summary with the number of rows."""

    def __init__(self, asked: ExportRequest) -> None:
        self._asked = asked

    def begun(self) -> bytes:
        return b""

    def rows(self, chunk: Chunk) -> bytes:
        return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in _objects(chunk))

    def ended(self, rows: int) -> bytes:
        summary = {"hub": {"rows": rows, "complete": True}}
        return orjson.dumps(summary, option=orjson.OPT_APPEND_NEWLINE) if self._asked.has_summary else b""


class GeojsonWriter:
    """RFC 7946: one FeatureCollection. A row without a position is a feature without geometry."""

    def __init__(self, asked: ExportRequest) -> None:
        self._asked = asked
        self._has_rows = False

    def begun(self) -> bytes:
        return b'{"type":"FeatureCollection","features":[\n'

    def rows(self, chunk: Chunk) -> bytes:
        if not chunk.length:
            return b""
        located_by = self._asked.collection.located_by or ""
        columns = [column for column in self._asked.columns if column.path[0] != located_by]
        names = [column.name for column in columns]
        values: list[Sequence[Any]] = flat_columns(columns, chunk.selected)
        if chunk.cursors is not None:
            names.append(CURSOR)
            values.append(chunk.cursors)
        properties = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
        ids = nested(chunk.selected["id"]) if "id" in chunk.selected else None
        features = [
            {
                "type": "Feature",
                **({"id": ids[row]} if ids is not None else {}),
                "geometry": _point(position),
                "properties": properties[row] if properties else {},
            }
            for row, position in enumerate(nested(chunk.selected[located_by]))
        ]
        separator = b",\n" if self._has_rows else b""
        self._has_rows = True
        return separator + b",\n".join(map(orjson.dumps, features))

    def ended(self, rows: int) -> bytes:  # the closing brackets mark the end
        return b"\n]}\n"


def _point(position: dict[str, float] | None) -> dict[str, Any] | None:
    """A point, longitude first as in RFC 7946."""
    if position is None:
        return None
    return {"type": "Point", "coordinates": [position["longitude"], position["latitude"]]}


def _objects(chunk: Chunk) -> list[dict[str, Any]]:
    names, columns = list(chunk.selected), list(map(nested, chunk.selected.values()))
    if chunk.cursors is not None:
        names.append(CURSOR)
        columns.append(chunk.cursors)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


WRITERS: Final[dict[str, Callable[[ExportRequest], Writer]]] = {
    CSV: CsvWriter,
    NDJSON: NdjsonWriter,
    GEOJSON: GeojsonWriter,
}
"""The writers of the forms that can be sent while they are made."""
