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
        values: list[object] = []
        flaws = {FindingKind.UNDECODABLE: 0, FindingKind.SWAPPED_COORDINATES: 0}
        for latitude, longitude in zip(latitudes, longitudes, strict=True):
            position, swapped = self._clean(latitude, longitude)
            flaws[FindingKind.SWAPPED_COORDINATES] += swapped
            flaws[FindingKind.UNDECODABLE] += position is None and not (latitude in _NOTHING and longitude in _NOTHING)
            values.append(position)
        return Decoded(values, {kind: count for kind, count in flaws.items() if count})

    def _clean(self, latitude: object, longitude: object) -> tuple[Position | None, bool]:
        first, second = _degrees(latitude), _degrees(longitude)
        if first is None or second is None:
            return None, False
        if self.box.contains(Position(first, second)):
            return Position(first, second), False
        if self.box.contains(Position(second, first)):
            return Position(second, first), True
        return None, False


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
