"""Parts: a moment in three columns: the name of the day, the date and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.decoders.protocol import RANGE, Decoded, Expression, Raw, Spellings, SqlForms
from connectors.decoders.times.dates import DAYS_WRITTEN
from connectors.decoders.times.moments import LocalDatetime, local_datetime
from models.batch import Column
from models.predicates import Operator
from models.sources.findings import FindingKind

_DAY_NAMES = {
    "senin": 0,
    "selasa": 1,
    "rabu": 2,
    "kamis": 3,
    "jumat": 4,
    "jum'at": 4,
    "sabtu": 5,
    "minggu": 6,
    "ahad": 6,
    "akhad": 6,
}
_NO_NAME = (None, "", "-")


@dataclass(frozen=True, slots=True)
class LocalDatetimeParts:
    """`Rabu`, `2016-06-01` and `07:30:00`. The date decides; another day's name is a flaw.

    It supports ranges and null but not equality, since no single column holds the moment.
    """

    moment: LocalDatetime
    nulls: tuple[str, ...]
    clean_type: type = datetime
    raw_type: type = str
    arity: int = 3
    operators: frozenset[Operator] = RANGE | {Operator.IS_NULL}

    def remembering(self) -> LocalDatetimeParts:
        return replace(self, moment=self.moment.remembering())

    def decode(self, *columns: Sequence[object]) -> Decoded:
        names, dates, times = columns
        joined: list[object] = [
            None if date in (None, *self.nulls) or time is None else f"{date} {time}"
            for date, time in zip(dates, times, strict=True)
        ]
        decoded = self.moment.decode(joined)
        wrong = sum(
            isinstance(moment, datetime) and name not in _NO_NAME and _weekday_of(name) != moment.weekday()
            for name, moment in zip(names, decoded.values, strict=True)
        )
        return Decoded(decoded.values, decoded.flaws | ({FindingKind.CONTRADICTION: wrong} if wrong else {}))

    def encode(self, value: object) -> Spellings:
        raise NotImplementedError("a moment in parts declares no equality")

    def write(self, value: object) -> tuple[Raw | None, ...]:
        (written,) = self.moment.write(value)
        if not isinstance(written, str) or not isinstance(value, datetime):
            return None, None, None
        day, _, time = written.partition(" ")
        return DAYS_WRITTEN[value.astimezone(self.moment.zone).weekday()], day, time

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        _, date, time = columns
        return self.moment.expression([sql.joined(date, sql.constant(" "), time)], sql)

    def beginning(self, columns: Sequence[Expression], sql: SqlForms, chars: int) -> Expression:
        _, date, time = columns
        return self.moment.beginning([sql.joined(date, sql.constant(" "), time)], sql, chars)

    def begun(self, stored: Sequence[str | None], chars: int) -> Column:
        return self.moment.begun(stored, chars)

    def comparable(self, value: object) -> Raw:
        return self.moment.comparable(value)


def _weekday_of(name: object) -> int | None:
    """The number of a named day from Monday, 0; None for any other text."""
    return _DAY_NAMES.get(name.strip().lower()) if isinstance(name, str) else None


def local_datetime_parts(
    zone: ZoneInfo, *, nulls: tuple[str, ...] = ("", "-", "0", "0000-00-00")
) -> LocalDatetimeParts:
    """A moment in three columns: the Indonesian name of the day, `YYYY-MM-DD` and `HH:MM:SS`.

    `nulls` are the dates that mean null.
    """
    return LocalDatetimeParts(local_datetime("%Y-%m-%d %H:%M:%S", zone), nulls)
