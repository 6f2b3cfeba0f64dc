"""Headers: which row of a file names its columns, and under which of them each wanted column stands. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from connectors.files.cells import text_of
from connectors.files.plan import FilePlan, FileRefused, Parsed, Row
from models.findings import FindingKind

HEADER_ROWS_MAX = 30
"""How far down the row of headers is looked for: above it stand titles, dates and logos."""

_KEPT_MAX = 4_096


@lru_cache(maxsize=_KEPT_MAX)
def folded(text: str) -> str:
    """A header without what people write in one way today and in another tomorrow: case, blanks, dots, dashes."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


@dataclass(frozen=True, slots=True)
class Header:
    """A row of headers: the place of each wanted column, None for one that is not there."""

    row: int
    width: int
    places: tuple[int | None, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]

    def checked(self) -> Header:
        """Raises FileRefused for a header that lacks a column, or that has one twice."""
        if self.missing:
            found = f"no row of the first {HEADER_ROWS_MAX} has the headers of {', '.join(self.missing)}"
            raise FileRefused(FindingKind.MISSING_COLUMN, found)
        if self.doubled:
            raise FileRefused(FindingKind.UNREADABLE, f"several headers for {', '.join(self.doubled)}")
        return self


def header_of(rows: Iterable[Sequence[object]], plan: FilePlan) -> Header:
    """The first row that has all wanted columns; where none has, the one that has most of them."""
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
    places: dict[str, list[int]] = {}
    width = 0
    for place, cell in enumerate(row):
        if isinstance(cell, str) and cell.strip():
            places.setdefault(folded(cell), []).append(place)
            width = place + 1
    found = [[place for text in texts for place in places.get(text, ())] for _, texts in plan.columns]
    wanted = list(zip(plan.names, found, strict=True))
    return Header(
        at,
        width,
        tuple(one[0] if one else None for one in found),
        tuple(name for name, one in wanted if not one and name not in plan.optional),
        tuple(name for name, one in wanted if len(one) > 1),
    )


def parsed(rows: Iterator[Sequence[object]], header: Header, plan: FilePlan, *, ragged_is_broken: bool) -> Parsed:
    """The wanted cells of the rows below a header. A row with nothing in them is none.

    `ragged_is_broken` is for formats in which a row with too many cells has them in the wrong places. Raises
    FileRefused where there is no row, where most are ragged, and beyond the bounds.
    """
    found: list[Row] = []
    ragged = 0
    for row in rows:
        if ragged_is_broken and any(row[header.width :]):
            ragged += 1
            continue
        texts = [
            text_of(row[place], plan.bounds.cell_chars_max) if place is not None and place < len(row) else None
            for place in header.places
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
