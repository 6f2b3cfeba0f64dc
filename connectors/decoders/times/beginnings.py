"""Beginnings: SQL that groups moments in texts by year, month or day.

The source must check that each row's moment exists. It looks up the digits of cut-off parts in a list, which costs a
third of comparing them; kept parts are decoded here, once per group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import sqlalchemy as sa

from connectors.decoders.protocol import Expression, SqlForms

WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
"""The number of digits of each part."""
_CHARS = {"Y": 4, "m": 7, "d": 10, "H": 13, "M": 16, "S": 19}
"""The length of a canonical text that ends with this part."""
_FIRST = {"m": "01", "d": "01", "H": "00", "M": "00", "S": "00"}
_EXISTING = {
    "m": tuple(f"{month:02}" for month in range(1, 13)),
    "d": tuple(f"{day:02}" for day in range(1, 29)),
    "H": tuple(f"{hour:02}" for hour in range(24)),
    "M": tuple(f"{minute:02}" for minute in range(60)),
    "S": tuple(f"{second:02}" for second in range(60)),
}
"""The valid digits of each part that can be cut off; days only as far as every month has them."""
_LATE_DAYS = ("29", "30", "31")
_LEAP_ENDINGS = tuple(f"{year:02}" for year in range(0, 100, 4))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text with the literals before and, for the last part, behind it. `start` counts from 1."""

    letter: str
    before: str
    behind: str
    start: int
    kept: bool

    @property
    def width(self) -> int:
        return len(self.before) + WIDTHS[self.letter] + len(self.behind)

    def written(self, digits: str) -> str:
        return self.before + digits + self.behind

    def digits(self, column: Expression, sql: SqlForms) -> Expression:
        return sql.part(column, self.start + len(self.before), WIDTHS[self.letter])


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a fixed-width text holds the first parts of its moment."""

    pieces: tuple[_Piece, ...]

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, shape: str, starts: tuple[tuple[str, int], ...], chars: int) -> Beginning:
        """For the first `chars` characters of the canonical text, stored as `shape` with parts at `starts`."""
        pieces, end = [], 0
        for letter, start in starts:
            is_last = letter == starts[-1][0]
            before, start_of_piece = shape[end : start - 1], end + 1
            end = start - 1 + WIDTHS[letter]
            pieces.append(
                _Piece(letter, before, shape[end:] if is_last else "", start_of_piece, _CHARS[letter] <= chars)
            )
        return cls(tuple(pieces))

    def expression(self, column: Expression, sql: SqlForms) -> Expression:
        """The stored digits of the kept parts; null if a cut-off part is invalid."""
        runs = [tuple(run) for kept, run in groupby(self.pieces, lambda piece: piece.kept) if kept]
        exists = [self._exists(piece, column, sql) for piece in self.pieces if not piece.kept]
        stored = sql.joined(*(self._stored(run, column, sql) for run in runs))
        return sa.case((sa.and_(*exists), stored)) if exists else stored

    def _stored(self, run: Sequence[_Piece], column: Expression, sql: SqlForms) -> Expression:
        # One character more, so that a text that is too long shows.
        width = sum(piece.width for piece in run) + (run[-1] is self.pieces[-1])
        return sql.part(column, run[0].start, width)

    def _exists(self, piece: _Piece, column: Expression, sql: SqlForms) -> sa.ColumnElement[bool]:
        stored = self._stored((piece,), column, sql)

        def one_of(digits: tuple[str, ...]) -> sa.ColumnElement[bool]:
            return sql.one_of(stored, [piece.written(some) for some in digits])

        exists = one_of(_EXISTING[piece.letter])
        if piece.letter != "d":
            return exists
        parts = {other.letter: other.digits(column, sql) for other in self.pieces}
        return sa.or_(exists, sa.and_(one_of(_LATE_DAYS), has_late_day(parts, sql)))

    def completed(self, stored: Sequence[str | None]) -> list[str | None]:
        """The text of the first moment with each of these beginnings."""
        pieces = [piece.width if piece.kept else piece.written(_FIRST[piece.letter]) for piece in self.pieces]
        return [None if text is None else _whole(text, pieces) for text in stored]


def _whole(stored: str, pieces: Sequence[int | str]) -> str:
    """A text from its pieces: how many characters are stored, or what stands for those that are not."""
    whole, at = "", 0
    for piece in pieces:
        if isinstance(piece, str):
            whole += piece
        else:
            whole += stored[at : at + piece]
            at += piece
    # A text that is too long stays invalid.
    return whole + stored[at:]


def has_late_day(parts: dict[str, Expression], sql: SqlForms) -> sa.ColumnElement[bool]:
    """Whether the day is the 29th, 30th or 31st of a month that has it."""
    year, month, day = parts["Y"], parts["m"], parts["d"]
    return sa.or_(
        sa.and_(day <= sql.constant("30"), month != sql.constant("02")),
        sa.and_(day == sql.constant("31"), sql.one_of(month, ("01", "03", "05", "07", "08", "10", "12"))),
        sa.and_(day == sql.constant("29"), month == sql.constant("02"), leap(year, sql)),
    )


def leap(year: Expression, sql: SqlForms) -> sa.ColumnElement[bool]:
    """Whether a year of four digits has a 29 February."""
    century, ending = sql.part(year, 1, 2), sql.part(year, 3, 2)
    return sa.and_(
        sql.one_of(ending, _LEAP_ENDINGS), sa.or_(ending != sql.constant("00"), sql.one_of(century, _LEAP_ENDINGS))
    )
