"""Instants: moments with an offset from UTC, or in seconds since 1970.

They are compared as numbers, since one instant can be written with many offsets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Expression,
    Raw,
    Spellings,
    SqlForms,
    Unwritable,
    cleaned,
)
from connectors.decoders.times.beginnings import leap
from connectors.decoders.times.moments import Written, moment_written, possible
from models.predicates import Operator
from models.sources.findings import FindingKind

_WRITTEN = Written.of("%Y-%m-%dT%H:%M:%S", "YmdHMS")
_QUARTERS = ("00", "15", "30", "45")
_OFFSET_HOURS_MAX = 14
_YEAR_MIN, _YEAR_MAX = 2, 9998
"""So that no offset leaves the range of datetime."""

_OFFSETS: Mapping[str, timezone] = {
    "Z": UTC,
    **{
        f"{sign}{minutes // 60:02}:{minutes % 60:02}": timezone(timedelta(minutes=int(f"{sign}{minutes}")))
        for sign in "+-"
        for minutes in range(0, _OFFSET_HOURS_MAX * 60 + 1, 15)
    },
}
"""Every offset in use, in quarters of an hour; UTC has three spellings (CAP 1.2: -00:00)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_SECONDS = _EPOCH.toordinal() * 86_400
_UNIX_MAX = int((datetime(_YEAR_MAX + 1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) - 1


def _microseconds(value: object) -> int:
    """Microseconds since 1970, exactly: a filter's moment may have fractions of a second."""
    if not isinstance(value, datetime):
        raise TypeError("a moment is compared with a moment")
    return (value - _EPOCH) // timedelta(microseconds=1)


def _scaled(seconds: Expression) -> Expression:
    """Whole seconds as microseconds. Widening a number cannot fail."""
    return sa.cast(seconds, sa.BigInteger) * _integer(1_000_000)


def _integer(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(number), sa.Integer)


@dataclass(frozen=True, slots=True)
class OffsetDatetime:
    """`2026-11-20T07:00:00+07:00`: a moment with its offset (RFC 3339, CAP 1.2), shown in local time.

    It sorts by a computed number without an index, so it is for small tables.
    """

    zone: ZoneInfo
    nulls: tuple[str, ...]
    clean_type: type = datetime
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> datetime | None:
        numbers, offset = _WRITTEN.numbers(value[: len(_WRITTEN.shape)]), _OFFSETS.get(value[len(_WRITTEN.shape) :])
        if numbers is None or offset is None or not _YEAR_MIN <= numbers[0] <= _YEAR_MAX:
            return None
        try:
            return datetime(*numbers, tzinfo=offset).astimezone(self.zone)  # type: ignore[misc, arg-type]  # mypy cannot count them
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        if not isinstance(value, datetime) or value.microsecond:
            return Spellings(())
        try:
            moments = [(value.astimezone(zone), offset) for offset, zone in _OFFSETS.items()]
        except OverflowError:
            return Spellings(())
        return Spellings(
            tuple(
                f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}{offset}"
                for moment, offset in moments
                if _YEAR_MIN <= moment.year <= _YEAR_MAX
            )
        )

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """In local time, to the second."""
        if value is None:
            return (None,)
        if not isinstance(value, datetime):
            raise Unwritable("a moment is written as one")
        written = value.astimezone(self.zone).isoformat(timespec="seconds")
        if self._clean(written) != value.replace(microsecond=0):
            raise Unwritable("the source cannot store this moment")
        return (written,)

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """Microseconds since 1970, computed from the column's digits if they are a valid moment."""
        column = sa.type_coerce(columns[0], sa.String)
        parts = _WRITTEN.parts(column, sql)
        sign, hours, minutes = (sql.part(column, start, length) for start, length in ((20, 1), (21, 2), (24, 2)))
        most = sql.constant(str(_OFFSET_HOURS_MAX))
        is_offset = sa.and_(
            sa.or_(*(sql.shaped(column, f"{_WRITTEN.shape}{either}##:##") for either in "+-")),
            sql.one_of(minutes, _QUARTERS),
            sa.or_(hours < most, sa.and_(hours == most, minutes == sql.constant("00"))),
        )
        is_year = parts["Y"].between(sql.constant(f"{_YEAR_MIN:04}"), sql.constant(str(_YEAR_MAX)))
        seconds = sql.epoch_seconds(column)
        if seconds is None:
            ahead = _number(hours, 60, 3600, sql) + _number(minutes, 60, 60, sql)
            offset = sa.case((sign == sql.constant("+"), ahead), (sign == sql.constant("-"), -ahead), else_=_integer(0))
            time = _number(parts["H"], 24, 3600, sql) + _number(parts["M"], 60, 60, sql)
            time += _number(parts["S"], 60, 1, sql)
            days = sa.cast(_days(parts, sql), sa.BigInteger) * _integer(86_400)
            seconds = days + time - offset - _integer(_EPOCH_SECONDS)
        instant = _scaled(seconds)
        is_written = sa.or_(is_offset, sql.shaped(column, f"{_WRITTEN.shape}Z"))
        return sa.case((is_written, sa.case((sa.and_(is_year, possible(parts, sql)), instant))))

    def comparable(self, value: object) -> Raw:
        return _microseconds(value)


def _days(parts: Mapping[str, Expression], sql: SqlForms) -> Expression:
    """The day's ordinal (1 January of year 1 is 1) without division, which databases round differently."""
    year, month = parts["Y"], parts["m"]
    century, ending = sql.part(year, 1, 2), sql.part(year, 3, 2)
    ends_century = ending == sql.constant("00")
    no_leap_century = sa.not_(sql.one_of(century, tuple(f"{number:02}" for number in range(0, 100, 4))))
    before_year = _looked_up(
        century, {f"{number:02}": 36_524 * number + (number + 3) // 4 for number in range(100)}, sql
    )
    before_year += _looked_up(ending, {f"{number:02}": 365 * number + (number + 3) // 4 for number in range(100)}, sql)
    before_year -= sa.case((sa.and_(sa.not_(ends_century), no_leap_century), _integer(1)), else_=_integer(0))
    starts = {f"{number:02}": datetime(1, number, 1, tzinfo=UTC).toordinal() - 1 for number in range(1, 13)}
    before_month = _looked_up(month, starts, sql)
    before_month += sa.case((sa.and_(month > sql.constant("02"), leap(year, sql)), _integer(1)), else_=_integer(0))
    return before_year + before_month + _number(parts["d"], 32, 1, sql) - _integer(366)


def _number(digits: Expression, below: int, each: int, sql: SqlForms) -> Expression:
    """Two digits below `below`, times `each`; null for others. Looked up, not cast."""
    return _looked_up(digits, {f"{number:02}": number * each for number in range(below)}, sql)


def _looked_up(text: Expression, numbers: Mapping[str, int], sql: SqlForms) -> Expression:
    return sa.case({sql.constant(known): _integer(number) for known, number in numbers.items()}, value=text)


def offset_datetime(zone: ZoneInfo, *, nulls: tuple[str, ...] = ("", "-")) -> OffsetDatetime:
    """A date and time with its offset from UTC: `+07:00`, `-00:00` or `Z`."""
    return OffsetDatetime(zone, nulls)


@dataclass(frozen=True, slots=True)
class UnixSeconds:
    """A moment in seconds since 1970 in UTC, shown in local time."""

    zone: ZoneInfo
    nulls: tuple[int, ...]
    clean_type: type = datetime
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # By its exact type: a boolean is an int too.
        values: list[object] = [
            datetime.fromtimestamp(value, self.zone) if type(value) is int and 0 < value <= _UNIX_MAX else None
            for value in column
        ]
        nulls = (None, *self.nulls)
        bad = sum(clean is None and value not in nulls for clean, value in zip(values, column, strict=True))
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def encode(self, value: object) -> Spellings:
        if not isinstance(value, datetime) or value.microsecond:
            return Spellings(())
        seconds = _microseconds(value) // 1_000_000
        return Spellings((seconds,) if 0 < seconds <= _UNIX_MAX else ())

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """To the second."""
        return moment_written(self, value, self.zone, *"HMS")

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        number = sql.whole_number(columns[0])
        return sa.case((sa.and_(number > _integer(0), number <= _integer(_UNIX_MAX)), _scaled(number)))

    def comparable(self, value: object) -> Raw:
        return _microseconds(value)


def unix_seconds(zone: ZoneInfo, *, nulls: tuple[int, ...] = (0,)) -> UnixSeconds:
    """A moment in a column of whole numbers, the seconds since 1970; zero and less is none."""
    return UnixSeconds(zone, nulls)
