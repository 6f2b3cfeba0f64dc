"""Delimited: CSV and similar files, with detection of encoding and delimiter."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from connectors.files.headers import HEADER_ROWS_MAX, Header, header_of, parsed
from connectors.files.plan import FilePlan, FileRefused, Parsed
from models.sources.findings import FindingKind

DELIMITERS = (",", ";", "\t", "|")
NUL_SHARE_MAX = 0.05
"""With a larger share of NUL a file is UTF-16 or no text; with less it is text with flaws."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose byte order mark is a prefix of this one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOK_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def rows_of(content: bytes, plan: FilePlan) -> Parsed:
    """The rows of a delimited file. Raises FileRefused."""
    if content.startswith(_WORKBOOK_BEGINNINGS):
        raise FileRefused(FindingKind.UNREADABLE, "a workbook under the name of a text")
    text = decoded(content, plan.encoding)
    csv.field_size_limit(plan.bounds.cell_chars_max)
    try:
        delimiter, header = _header_by_delimiter(text, plan)
        rows = _Rows(text, delimiter, plan)
        for _ in range(header.row + 1):
            next(rows)
        found = parsed(rows, header.checked(), plan, ragged_is_broken=True)
    except csv.Error as error:
        too_large = "field limit" in str(error)
        kind = FindingKind.TOO_LARGE if too_large else FindingKind.UNREADABLE
        raise FileRefused(kind, "a cell is too long" if too_large else "its quotes do not match") from error
    if rows.last_width < header.width and not text.endswith(("\n", "\r")):
        raise FileRefused(FindingKind.UNREADABLE, "it ends in the middle of a row")
    return found


def decoded(content: bytes, encoding: str | None) -> str:
    """The text of a file: in the given encoding, by its byte order mark, as UTF-8, else as Windows-1252."""
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    tried = (encoding,) if encoding is not None else (marked,) if marked is not None else ("utf-8", "cp1252")
    for name in tried:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if text.count("\0") <= len(text) * NUL_SHARE_MAX:
            return text
    raise FileRefused(FindingKind.UNREADABLE, f"no text in {' or '.join(tried)}")


def _header_by_delimiter(text: str, plan: FilePlan) -> tuple[str, Header]:
    """The delimiter with which the header has the most wanted columns."""
    candidates = DELIMITERS if plan.delimiter is None else (plan.delimiter,)
    headers: list[tuple[int, str, Header]] = []
    failure: csv.Error | None = None
    for delimiter in candidates:
        try:
            header = header_of(_Rows(text, delimiter, plan), plan)
        except csv.Error as error:
            failure = error
            continue
        headers.append((len(header.missing), delimiter, header))
    if not headers:
        raise failure or csv.Error(f"no rows in the first {HEADER_ROWS_MAX}")
    _, delimiter, header = min(headers, key=lambda found: found[0])
    return delimiter, header


class _Rows(Iterator[Sequence[str]]):
    """The rows of a text, within the bounds of the plan."""

    def __init__(self, text: str, delimiter: str, plan: FilePlan) -> None:
        self.last_width = 0
        self._columns_max = plan.bounds.columns_max
        # Strict: else an unclosed quote turns the rest of the file into one cell.
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    def __next__(self) -> Sequence[str]:
        row = next(self._reader)
        self.last_width = len(row)
        if self.last_width > self._columns_max:
            raise FileRefused(FindingKind.TOO_LARGE, f"a row of more than {self._columns_max} cells")
        return row
