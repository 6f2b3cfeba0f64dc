"""Exports the ledger as NDJSON for machines and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum
from typing import Final

import orjson

from store.database.engine import HubDatabase
from store.ledger.chain import Entry, values_of
from store.ledger.rows import entries_between

FIELDS: Final = (
    "writer",
    "seq",
    "at",
    "kind",
    "viewer",
    "role",
    "department",
    "purpose",
    "operation",
    "requestId",
    "record",
    "fields",
    "persons",
    "rows",
    "outcome",
    "detail",
    "previous",
    "hash",
)
"""The names of the values of an entry, in canonical order."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection)."""


class ExportFormat(Enum):
    """The format of an export."""

    NDJSON = "ndjson"
    CSV = "csv"


async def exported(
    database: HubDatabase, form: ExportFormat, start: datetime | None, end: datetime | None
) -> AsyncIterator[str]:
    """The entries in [start, end) by time, as lines of text; CSV begins with a header."""
    line = _as_json if form is ExportFormat.NDJSON else _as_csv
    if form is ExportFormat.CSV:
        yield _csv_line(FIELDS)
    async for entry in entries_between(database, start, end):
        yield line(entry)


def _as_json(entry: Entry) -> str:
    return orjson.dumps(dict(zip(FIELDS, values_of(entry), strict=True))).decode() + "\n"


def _as_csv(entry: Entry) -> str:
    return _csv_line(tuple(map(_cell, values_of(entry))))


def _cell(value: object) -> str:
    """A cell that is never a formula: an apostrophe goes in front of what looks like one."""
    text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_line(cells: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
