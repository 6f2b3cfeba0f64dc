"""Clock times: a time of day as `HH:MM`, such as an opening hour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Expression,
    Raw,
    Spellings,
    SqlForms,
    WritesFirst,
    cleaned,
)
from models.predicates import Operator

_SHAPES = ("##:##", "##.##")
_WRITTEN = re.compile(r"([01][0-9]|2[0-3])[:.]([0-5][0-9])")
_CLEAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class TimeOfDay(WritesFirst):
    """Hour and minute, separated by a colon or by the dot of Indonesian spelling."""

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> str | None:
        match = _WRITTEN.fullmatch(value)
        return f"{match[1]}:{match[2]}" if match is not None else None

    def encode(self, value: object) -> Spellings:
        text = str(value)
        return Spellings((text, text.replace(":", ".")) if _CLEAN.fullmatch(text) else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        column = sa.type_coerce(columns[0], sa.String)
        hour, minute = sql.part(column, 1, 2), sql.part(column, 4, 2)
        possible = sa.and_(hour <= sql.constant("23"), minute <= sql.constant("59"))
        shaped = sa.or_(*(sql.shaped(column, shape) for shape in _SHAPES))
        # Nested: the shape is checked before its parts are.
        return sa.case((shaped, sa.case((possible, sql.joined(hour, sql.constant(":"), minute)))))

    def comparable(self, value: object) -> Raw:
        if "\0" in str(value) or not str(value).isprintable():
            raise ValueError("no time of day has such signs")
        return str(value)


def time_of_day(*, nulls: tuple[str, ...] = ("", "-")) -> TimeOfDay:
    """A time of day as text, `08:00` or `08.00`."""
    return TimeOfDay(nulls)
