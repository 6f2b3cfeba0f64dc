"""Places: latitude and longitude as text, checked against the city's box."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import orjson
import sqlalchemy as sa

from connectors.decoders.protocol import Decoded, Expression, SqlForms
from connectors.decoders.read_only import OnlyRead
from models.findings import FindingKind
from models.predicates import Operator
from models.values import Box, Position

_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_USUAL_CHARS_MAX = 17
"""A number of JSON that is no longer has no more than 15 decimals."""
_USUAL_SIGNS = b"0123456789-.,nul"
_SIGNS_OF_NOTHING = ("", "-")
_NOTHING = (None, *_SIGNS_OF_NOTHING, "0", "0.0")
_place_of: Callable[[tuple[float, float]], Position] = partial(tuple.__new__, Position)
"""A position of two numbers, in half the time that it takes by their names."""


@dataclass(frozen=True, slots=True)
class BoxedPosition(OnlyRead):
    """A point inside a box. Where only the swap of both numbers lies inside, they were swapped; 0,0 is nothing."""

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
        """Whether the numbers lie between south, west, north and east, in this order or swapped.

        Both ways, since a row may be swapped: what is then too much, whoever decodes it sees.
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
        box, place = self.box, _place_of
        south, north, west, east = box.south, box.north, box.west, box.east
        # Written out: a call for each of ten thousands of rows would take as long as all the rest.
        values: list[object] = [
            place((first, second))
            if first is not None and second is not None and south <= first <= north and west <= second <= east
            else None
            for first, second in zip(firsts, seconds, strict=True)
        ]
        swapped = undecodable = 0
        for row in [row for row, value in enumerate(values) if value is None] if None in values else ():
            first, second = firsts[row], seconds[row]
            if first is not None and second is not None and south <= second <= north and west <= first <= east:
                values[row] = place((second, first))
                swapped += 1
            else:
                undecodable += not (latitudes[row] in _NOTHING and longitudes[row] in _NOTHING)
        flaws = {FindingKind.UNDECODABLE: undecodable, FindingKind.SWAPPED_COORDINATES: swapped}
        return Decoded(values, {kind: count for kind, count in flaws.items() if count})


def _degrees_of(column: Sequence[object]) -> list[float | None]:
    return _read_together(column) or list(map(_degrees, column))


def _read_together(column: Sequence[object]) -> list[float | None] | None:
    """The numbers of a column as one text of JSON, in a sixth of the time; None where that might read one otherwise.

    JSON knows no 0 before another digit, and here it gets no exponent. A number of more than three digits before its
    point is read, and is in nobody's box.
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
    # A boolean is an int too, and no place.
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def position(box: Box) -> BoxedPosition:
    """A point from two columns, latitude and longitude, inside a box."""
    return BoxedPosition(box)


@dataclass(frozen=True, slots=True)
class PairedPosition(OnlyRead):
    """A point in one text: latitude and longitude with a separator between them."""

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


def position_pair(box: Box, separator: str = ";") -> PairedPosition:
    """A point in one column, `-6.18;106.63` as iCalendar writes it, inside a box."""
    return PairedPosition(BoxedPosition(box), separator)
