"""Beginnings: the year, the month or the day of moments as they stand in a text, for groups that a source makes.

Of each row a source has to know whether its moment exists. Where a part is cut off, it looks the digits up in a list of
those that exist, which costs a third of comparing them; what is kept is decoded here, once for each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import sqlalchemy as sa

from connectors.decoders.protocol import Expression, SqlForms

WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
"""How many digits each part has."""
_CHARS = {"Y": 4, "m": 7, "d": 10, "H": 13, "M": 16, "S": 19}
"""How long a canonical text is with this part as its last."""
_FIRST = {"m": "01", "d": "01", "H": "00", "M": "00", "S": "00"}
_EXISTING = {
    "m": tuple(f"{month:02}" for month in range(1, 13)),
    "d": tuple(f"{day:02}" for day in range(1, 29)),
    "H": tuple(f"{hour:02}" for hour in range(24)),
    "M": tuple(f"{minute:02}" for minute in range(60)),
    "S": tuple(f"{second:02}" for second in range(60)),
}
"""What each part may be that can be cut off; of days those that every month has."""
_LATE_DAYS = ("29", "30", "31")
_LEAP_ENDINGS = tuple(f"{year:02}" for year in range(0, 100, 4))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text with the signs before it, and after the last one those behind it. `start` counts from 1."""

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
    """How a text of fixed places holds the first parts of its moment, and what to make of them."""

    pieces: tuple[_Piece, ...]

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, shape: str, places: tuple[tuple[str, int], ...], chars: int) -> Beginning:
        """For the first `chars` signs of the canonical text, where it is written as `shape`, with parts at `places`."""
        pieces, end = [], 0
        for letter, start in places:
            is_last = letter == places[-1][0]
            before, start_of_piece = shape[end : start - 1], end + 1
            end = start - 1 + WIDTHS[letter]
            pieces.append(
                _Piece(letter, before, shape[end:] if is_last else "", start_of_piece, _CHARS[letter] <= chars)
            )
        return cls(tuple(pieces))

    def expression(self, column: Expression, sql: SqlForms) -> Expression:
        """What is stored of the parts that are kept; null where one that is cut off does not exist."""
        runs = [tuple(run) for kept, run in groupby(self.pieces, lambda piece: piece.kept) if kept]
        exists = [self._exists(piece, column, sql) for piece in self.pieces if not piece.kept]
        stored = sql.joined(*(self._stored(run, column, sql) for run in runs))
        return sa.case((sa.and_(*exists), stored)) if exists else stored

    def _stored(self, run: Sequence[_Piece], column: Expression, sql: SqlForms) -> Expression:
        # With one sign more than there should be, a text that is too long shows.
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
        """The texts of the first moments that have these beginnings."""
        return [None if text is None else self._whole(text) for text in stored]

    def _whole(self, stored: str) -> str:
        whole, at = "", 0
        for piece in self.pieces:
            if piece.kept:
                whole += stored[at : at + piece.width]
                at += piece.width
            else:
                whole += piece.written(_FIRST[piece.letter])
        # What is too long stays so, and is no moment.
        return whole + stored[at:]


def has_late_day(parts: dict[str, Expression], sql: SqlForms) -> sa.ColumnElement[bool]:
    """Whether a month that exists has a day that is no later than the 31st and that not every month has."""
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
