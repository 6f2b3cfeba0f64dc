"""Headers: find the header row of a file, and the wanted columns in it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from connectors.files.cells import text_of
from connectors.files.plan import FilePlan, FileRefused, Parsed, Row
from models.sources.findings import FindingKind

HEADER_ROWS_MAX = 30
"""How many rows are searched for the header: titles, dates and logos may stand above it."""

_KEPT_MAX = 4_096


@lru_cache(maxsize=_KEPT_MAX)
def folded(text: str) -> str:
    """A header without case, blanks and punctuation, which vary from file to file."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


@dataclass(frozen=True, slots=True)
class Header:
    """A header row. `columns[i]` is the index of wanted column i; None if it is missing."""

    row: int
    width: int
    columns: tuple[int | None, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]

    def checked(self) -> Header:
        """Raises FileRefused if a column is missing or appears twice."""
        if self.missing:
            found = f"no row of the first {HEADER_ROWS_MAX} has the headers of {', '.join(self.missing)}"
            raise FileRefused(FindingKind.MISSING_COLUMN, found)
        if self.doubled:
            raise FileRefused(FindingKind.UNREADABLE, f"several headers for {', '.join(self.doubled)}")
        return self


def header_of(rows: Iterable[Sequence[object]], plan: FilePlan) -> Header:
    """The first row with all wanted columns, else the one with the most of them."""
    best: Header | None = None
    for at, row in zip(range(HEADER_ROWS_MAX), rows, strict=False):
        header = _header(at, row, plan)
        if best is None or len(header.missing) < len(best.missing):
            best = header
        if not header.missing:
            break
    if best is None:
        raise FileRefused(FindingKind.EMPTY, "no rows")
    return best


def _header(at: int, row: Sequence[object], plan: FilePlan) -> Header:
    columns: dict[str, list[int]] = {}
    width = 0
    for column, cell in enumerate(row):
        if isinstance(cell, str) and cell.strip():
            columns.setdefault(folded(cell), []).append(column)
            width = column + 1
    found = [[column for text in texts for column in columns.get(text, ())] for _, texts in plan.columns]
    wanted = list(zip(plan.names, found, strict=True))
    return Header(
        at,
        width,
        tuple(one[0] if one else None for one in found),
        tuple(name for name, one in wanted if not one and name not in plan.optional),
        tuple(name for name, one in wanted if len(one) > 1),
    )


def parsed(rows: Iterator[Sequence[object]], header: Header, plan: FilePlan, *, ragged_is_broken: bool) -> Parsed:
    """The wanted cells of the rows below a header, without empty rows.

    `ragged_is_broken` is for formats in which the cells of a row with too many cells are shifted. Raises FileRefused
    if there is no row, if most are ragged, and beyond the bounds.
    """
    found: list[Row] = []
    ragged = 0
    for row in rows:
        if ragged_is_broken and any(row[header.width :]):
            ragged += 1
            continue
        texts = [
            text_of(row[column], plan.bounds.cell_chars_max) if column is not None and column < len(row) else None
            for column in header.columns
        ]
        if any(text is not None for text in texts):
            found.append(texts)
        if len(found) > plan.bounds.rows_max:
            raise FileRefused(FindingKind.TOO_LARGE, f"more than {plan.bounds.rows_max} rows")
    if ragged > len(found):
        raise FileRefused(FindingKind.UNREADABLE, f"{ragged} rows have more cells than the header, {len(found)} do not")
    if not found:
        raise FileRefused(FindingKind.EMPTY, "no rows below its header")
    return Parsed(found, ragged)
