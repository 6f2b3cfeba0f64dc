"""Instants: moments that a source states by themselves, with their offset from UTC or in seconds since 1970.

Their order is that of a number and not of a text, since one instant is written with many offsets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders.beginnings import leap
from connectors.decoders.moments import Written, possible
from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.findings import FindingKind
from models.predicates import Operator

_WRITTEN = Written.of("%Y-%m-%dT%H:%M:%S", "YmdHMS")
_QUARTERS = ("00", "15", "30", "45")
_OFFSET_HOURS_MAX = 14
_YEAR_MIN, _YEAR_MAX = 2, 9998
"""So that no offset leads out of the calendar."""

_OFFSETS: Mapping[str, timezone] = {
    "Z": UTC,
    **{
        f"{sign}{minutes // 60:02}:{minutes % 60:02}": timezone(timedelta(minutes=int(f"{sign}{minutes}")))
        for sign in "+-"
        for minutes in range(0, _OFFSET_HOURS_MAX * 60 + 1, 15)
    },
}
"""Every offset that a clock on earth is set to, in quarters of an hour; UTC has three spellings (CAP 1.2: -00:00)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_SECONDS = _EPOCH.toordinal() * 86_400
_UNIX_MAX = int((datetime(_YEAR_MAX + 1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) - 1


def _microseconds(value: object) -> int:
    """How far a moment is from 1970, exactly: a moment to compare with may have parts of a second."""
    if not isinstance(value, datetime):
        raise TypeError("a moment is compared with a moment")
    return (value - _EPOCH) // timedelta(microseconds=1)


def _scaled(seconds: Expression) -> Expression:
    """Whole seconds as microseconds. A number is made wider, which nothing can fail at."""
    return sa.cast(seconds, sa.BigInteger) * _integer(1_000_000)


def _integer(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(number), sa.Integer)


@dataclass(frozen=True, slots=True)
class OffsetDatetime:
    """`2026-11-20T07:00:00+07:00`: a moment with its offset (RFC 3339, CAP 1.2), shown in the city's own time.

    It sorts by a computed number that no index serves, so it is for tables that are small.
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

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """Microseconds since 1970, added up from the column's digits once they are known to be a possible moment."""
        column = sa.type_coerce(columns[0], sa.String)
        parts = _WRITTEN.parts(column, sql)
        sign, hours, minutes = (sql.part(column, start, length) for start, length in ((20, 1), (21, 2), (24, 2)))
        most = sql.constant(str(_OFFSET_HOURS_MAX))
        is_offset = sa.and_(
            sa.or_(*(sql.shaped(column, f"{_WRITTEN.shape}{either}##:##") for either in "+-")),
            sql.one_of(minutes, _QUARTERS),
            sa.or_(hours < most, sa.and_(hours == most, minutes == sql.constant("00"))),
        )
        is_year = sa.and_(parts["Y"] >= sql.constant(f"{_YEAR_MIN:04}"), parts["Y"] <= sql.constant(str(_YEAR_MAX)))
        ahead = _number(hours, 60, 3600, sql) + _number(minutes, 60, 60, sql)
        offset = sa.case((sign == sql.constant("+"), ahead), (sign == sql.constant("-"), -ahead), else_=_integer(0))
        time = _number(parts["H"], 24, 3600, sql) + _number(parts["M"], 60, 60, sql) + _number(parts["S"], 60, 1, sql)
        days = sa.cast(_days(parts, sql), sa.BigInteger) * _integer(86_400)
        instant = _scaled(days + time - offset - _integer(_EPOCH_SECONDS))
        is_written = sa.or_(is_offset, sql.shaped(column, f"{_WRITTEN.shape}Z"))
        return sa.case((is_written, sa.case((sa.and_(is_year, possible(parts, sql)), instant))))

    def comparable(self, value: object) -> Raw:
        return _microseconds(value)


def _days(parts: Mapping[str, Expression], sql: SqlForms) -> Expression:
    """The day's ordinal (1 January of year 1 is 1) without a division, which databases round in their own ways."""
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
    """Two digits below `below` as so many times `each`; null for others. Looked up: nothing is cast."""
    return _looked_up(digits, {f"{number:02}": number * each for number in range(below)}, sql)


def _looked_up(text: Expression, numbers: Mapping[str, int], sql: SqlForms) -> Expression:
    return sa.case({sql.constant(known): _integer(number) for known, number in numbers.items()}, value=text)


def offset_datetime(zone: ZoneInfo, *, nulls: tuple[str, ...] = ("", "-")) -> OffsetDatetime:
    """A date and time with its offset from UTC, as feeds have it: `+07:00`, `-00:00` or `Z`."""
    return OffsetDatetime(zone, nulls)


@dataclass(frozen=True, slots=True)
class UnixSeconds:
    """A moment as the number of seconds since 1970 in UTC, shown in the city's own time."""

    zone: ZoneInfo
    nulls: tuple[int, ...]
    clean_type: type = datetime
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # By its type: a boolean is an int too, and is no moment.
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

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        number = sql.whole_number(columns[0])
        return sa.case((sa.and_(number > _integer(0), number <= _integer(_UNIX_MAX)), _scaled(number)))

    def comparable(self, value: object) -> Raw:
        return _microseconds(value)


def unix_seconds(zone: ZoneInfo, *, nulls: tuple[int, ...] = (0,)) -> UnixSeconds:
    """A moment from a column of whole numbers, the seconds since 1970; zero and what is below it is none."""
    return UnixSeconds(zone, nulls)
