"""Places: latitude and longitude as text, checked against the city's box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import Decoded, Expression, SqlForms
from connectors.decoders.read_only import OnlyRead
from models.findings import FindingKind
from models.predicates import Operator
from models.values import Box, Position

_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_NOTHING = (None, "", "-", "0", "0.0")


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
        box = self.box
        south, north, west, east = box.south, box.north, box.west, box.east
        values: list[object] = []
        swapped = undecodable = 0
        # Written out: a call for each of ten thousands of rows would take as long as all the rest.
        for row, (first, second) in enumerate(zip(firsts, seconds, strict=True)):
            if first is None or second is None:
                values.append(None)
            elif south <= first <= north and west <= second <= east:
                values.append(Position(first, second))
                continue
            elif south <= second <= north and west <= first <= east:
                values.append(Position(second, first))
                swapped += 1
                continue
            else:
                values.append(None)
            undecodable += not (latitudes[row] in _NOTHING and longitudes[row] in _NOTHING)
        flaws = {FindingKind.UNDECODABLE: undecodable, FindingKind.SWAPPED_COORDINATES: swapped}
        return Decoded(values, {kind: count for kind, count in flaws.items() if count})


def _degrees_of(column: Sequence[object]) -> list[float | None]:
    is_number = _NUMBER.fullmatch
    return [
        float(value) if type(value) is str and is_number(value) is not None else _degrees(value) for value in column
    ]


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
