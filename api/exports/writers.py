"""Writers: chunks of rows -> the bytes of a file, whatever its form, one after the other.

Nothing here waits, and nothing is kept from chunk to chunk but a count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from api.exports.asking import CSV, CURSOR, GEOJSON, NDJSON, Asked
from api.exports.cells import cells_of, flat_columns, nested
from api.exports.lines import lines_of
from engine.columns import SelectedColumn

BOM: Final = "\ufeff".encode()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows: the selected columns by name, and what cursors they have, if they were asked for."""

    length: int
    selected: dict[str, SelectedColumn]
    cursors: Sequence[str] | None


class Writer(Protocol):
    """Makes a file of chunks. `begun` comes before all of them, `ended` behind them with the number of all rows."""

    def begun(self) -> bytes: ...

    def rows(self, chunk: Chunk) -> bytes: ...

    def ended(self, rows: int) -> bytes: ...


class CsvWriter:
    """RFC 4180, with a header, in UTF-8. Null is an empty cell."""

    def __init__(self, asked: Asked) -> None:
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

    def ended(self, rows: int) -> bytes:  # a table has no place for it
        return b""


class NdjsonWriter:
    """One JSON object per line, nested as the graph nests it; at the end, if it is wanted, how many there were."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def begun(self) -> bytes:
        return b""

    def rows(self, chunk: Chunk) -> bytes:
        return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in _objects(chunk))

    def ended(self, rows: int) -> bytes:
        summary = {"hub": {"rows": rows, "complete": True}}
        return orjson.dumps(summary, option=orjson.OPT_APPEND_NEWLINE) if self._asked.has_summary else b""


class GeojsonWriter:
    """RFC 7946: one FeatureCollection. A row that nobody knows the place of is a feature without geometry."""

    def __init__(self, asked: Asked) -> None:
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
                "geometry": _point(place),
                "properties": properties[row] if properties else {},
            }
            for row, place in enumerate(nested(chunk.selected[located_by]))
        ]
        separator = b",\n" if self._has_rows else b""
        self._has_rows = True
        return separator + b",\n".join(map(orjson.dumps, features))

    def ended(self, rows: int) -> bytes:  # the brackets say that it is whole
        return b"\n]}\n"


def _point(place: dict[str, float] | None) -> dict[str, Any] | None:
    """Longitude first, as RFC 7946 has it."""
    return {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]} if place is not None else None


def _objects(chunk: Chunk) -> list[dict[str, Any]]:
    names, columns = list(chunk.selected), list(map(nested, chunk.selected.values()))
    if chunk.cursors is not None:
        names.append(CURSOR)
        columns.append(chunk.cursors)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


WRITERS: Final[dict[str, Callable[[Asked], Writer]]] = {CSV: CsvWriter, NDJSON: NdjsonWriter, GEOJSON: GeojsonWriter}
"""By the form of a file, for those that can be sent while they are made."""
