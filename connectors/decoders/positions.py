"""Positions: latitude and longitude as text, checked against the city's box."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import orjson
import sqlalchemy as sa

from connectors.decoders.protocol import Decoded, Expression, OnlyRead, Raw, SqlForms, Unwritable
from models.predicates import Operator
from models.sources.findings import FindingKind
from models.values.types import Box, Position

_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_USUAL_CHARS_MAX = 17
"""A JSON number of at most this length has at most 15 decimals."""
_USUAL_SIGNS = b"0123456789-.,nul"
_SIGNS_OF_NOTHING = ("", "-")
_NOTHING = (None, *_SIGNS_OF_NOTHING, "0", "0.0")
WRITTEN_DECIMALS = 6
"""A position is written to a tenth of a metre, as phones tell it."""
_position_of: Callable[[tuple[float, float]], Position] = partial(tuple.__new__, Position)
"""Makes a position in half the time of its constructor."""


@dataclass(frozen=True, slots=True)
class BoxedPosition(OnlyRead):
    """A point inside a box. If only the swapped numbers lie inside, they are swapped; 0,0 is null."""

    box: Box
    clean_type: type = Position
    raw_type: None = None
    arity: int = 2

    @property
    def operators(self) -> frozenset[Operator]:
        return frozenset({Operator.IN_BOX})

    def in_box(
        self, columns: Sequence[Expression], sql: SqlForms, borders: Sequence[Expression]
    ) -> sa.ColumnElement[bool]:
        """Whether the numbers, as they are or swapped, lie between south, west, north and east.

        It may match too many rows, which decoding removes.
        """
        south, west, north, east = borders
        first, second = (sql.degrees(column) if isinstance(column.type, sa.String) else column for column in columns)
        return sa.or_(
            sa.and_(first.between(south, north), second.between(west, east)),
            sa.and_(second.between(south, north), first.between(west, east)),
        )

    def decode(self, *columns: Sequence[object]) -> Decoded:
        latitudes, longitudes = columns
        firsts, seconds = _degrees_of(latitudes), _degrees_of(longitudes)
        box, position_of = self.box, _position_of
        south, north, west, east = box.south, box.north, box.west, box.east
        # Inlined: a call per row would double the time.
        values: list[object] = [
            position_of((first, second))
            if first is not None and second is not None and south <= first <= north and west <= second <= east
            else None
            for first, second in zip(firsts, seconds, strict=True)
        ]
        swapped = undecodable = 0
        for row in [row for row, value in enumerate(values) if value is None] if None in values else ():
            first, second = firsts[row], seconds[row]
            if first is not None and second is not None and south <= second <= north and west <= first <= east:
                values[row] = position_of((second, first))
                swapped += 1
            else:
                undecodable += not (latitudes[row] in _NOTHING and longitudes[row] in _NOTHING)
        flaws = {FindingKind.UNDECODABLE: undecodable, FindingKind.SWAPPED_COORDINATES: swapped}
        return Decoded(values, {kind: count for kind, count in flaws.items() if count})

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """Both numbers in degrees, as texts."""
        if value is None:
            return None, None
        if not isinstance(value, Position):
            raise Unwritable("a position is written as one")
        written = tuple(f"{degrees:.{WRITTEN_DECIMALS}f}" for degrees in value)
        if self.decode(*([text] for text in written)).values[0] != tuple(map(float, written)):
            raise Unwritable("the position lies outside the city")
        return written


def _degrees_of(column: Sequence[object]) -> list[float | None]:
    return _read_together(column) or list(map(_degrees, column))


def _read_together(column: Sequence[object]) -> list[float | None] | None:
    """The numbers of a column parsed together as JSON, in a sixth of the time; None if JSON might read one differently.

    JSON allows no leading zeros, and exponents are excluded. A number with more than three digits before the point is
    read, but lies in no box.
    """
    try:
        written = ",".join(["null" if value in _SIGNS_OF_NOTHING else value for value in column])  # type: ignore[misc]  # what is no text raises
        if max(map(len, column), default=0) > _USUAL_CHARS_MAX or written.encode().translate(None, _USUAL_SIGNS):  # type: ignore[arg-type]  # texts
            return None
        numbers = orjson.loads(f"[{written}]")
    except (TypeError, UnicodeEncodeError, orjson.JSONDecodeError):
        return None
    if len(numbers) != len(column):
        return None
    if written.count(".") + written.count("n") < len(column):
        return [None if number is None else float(number) for number in numbers]
    return numbers  # type: ignore[no-any-return]  # a list of what JSON has in the place of each text


def _degrees(value: object) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    # A boolean is an int too.
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def position(box: Box) -> BoxedPosition:
    """A point inside a box, from two columns: latitude and longitude."""
    return BoxedPosition(box)


@dataclass(frozen=True, slots=True)
class PairedPosition(OnlyRead):
    """A point in one text: latitude, separator, longitude."""

    boxed: BoxedPosition
    separator: str
    clean_type: type = Position
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        pairs = [self._cut(value) for value in column]
        return self.boxed.decode([latitude for latitude, _ in pairs], [longitude for _, longitude in pairs])

    def _cut(self, value: object) -> tuple[object, object]:
        if not isinstance(value, str):
            return value, None
        latitude, _, longitude = value.partition(self.separator)
        return latitude, longitude

    def write(self, value: object) -> tuple[Raw | None, ...]:
        latitude, longitude = self.boxed.write(value)
        return (None if latitude is None else f"{latitude}{self.separator}{longitude}",)


def position_pair(box: Box, separator: str = ";") -> PairedPosition:
    """A point inside a box, from one column: `-6.18;106.63`, as in iCalendar."""
    return PairedPosition(BoxedPosition(box), separator)
