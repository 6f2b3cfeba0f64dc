"""Scalars: how values of the graph look on the wire. Each says where it is specified."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from strawberry.types.scalar import ScalarDefinition, scalar

from models.values import AreaCode, BpsCode


def _aware(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError("a DateTime is a text such as 2026-10-01T00:00:00+07:00")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a DateTime is a text such as 2026-10-01T00:00:00+07:00") from None
    if value.tzinfo is None:
        raise ValueError("a DateTime needs its offset from UTC, such as +07:00 or Z")
    return value


class _Moments:
    """Moments as ISO 8601 writes them, with their offset."""

    def __call__(self, moment: datetime) -> str:
        return datetime.isoformat(moment)

    def column(self, moments: Sequence[Any]) -> list[str] | None:
        """Many moments at once, in a fraction of the time; None where orjson would write one in another way.

        It leaves out the seconds of an offset, which clocks had until the last country, Liberia, gave them up in 1972.
        """
        if set(map(type, moments)) != {datetime}:
            return None
        zones = {moment.tzinfo for moment in moments}
        if not all(isinstance(zone, ZoneInfo) for zone in zones) or min(moments).year < _WHOLE_MINUTES_SINCE:
            return None
        return orjson.dumps(moments if isinstance(moments, list) else list(moments))[2:-2].decode().split('","')


_WHOLE_MINUTES_SINCE: Final = 1973


def _day(text: object) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("a Date is a text such as 2026-10-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a Date is a day that exists, such as 2026-10-01") from None


# Python reads more than this: weeks, and dates without dashes.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _decimal(text: object) -> Decimal:
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise ValueError("a Decimal is a text such as 11000 or 2.50")
    return Decimal(text)


def _plain_decimal(value: Decimal) -> str:
    return f"{value:f}"


# Python reads more than this: exponents, infinities, digits of other scripts.
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,20})?")


def _area_code(text: object) -> AreaCode:
    if not isinstance(text, str):
        raise ValueError("an AreaCode is a text such as 36.71.05")
    return AreaCode(text)


def _bps_code(text: object) -> BpsCode:
    if not isinstance(text, str):
        raise ValueError("a BpsCode is a text such as 3671010")
    return BpsCode(text)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: scalar(
        name="DateTime",
        description="A moment with its offset from UTC (RFC 3339). Local facts carry the city's offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_Moments(),
        parse_value=_aware,
    ),
    date: scalar(
        name="Date",
        description="A day of the Gregorian calendar, YYYY-MM-DD (RFC 3339, full-date).",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date",
        serialize=date.isoformat,
        parse_value=_day,
    ),
    Decimal: scalar(
        name="Decimal",
        description="An exact decimal number, written as text without an exponent: 11000 or 2.50.",
        specified_by_url="https://docs.python.org/3/library/decimal.html",
        serialize=_plain_decimal,
        parse_value=_decimal,
    ),
    AreaCode: scalar(
        name="AreaCode",
        description=(
            "An official area code with dots, each of them one level down. In Indonesia (Kepmendagri "
            "300.2.2-2430/2025) 36.71 is a city, 36.71.05 a district, 36.71.05.1003 a village."
        ),
        specified_by_url="https://peraturan.bpk.go.id",
        serialize=str,
        parse_value=_area_code,
    ),
    BpsCode: scalar(
        name="BpsCode",
        description=(
            "An area code of the statistics office (BPS), without dots: 4 digits for a city, 7 for a district, 10 for "
            "a village. It is no AreaCode, whose digits may name another area."
        ),
        specified_by_url="https://sig.bps.go.id",
        serialize=str,
        parse_value=_bps_code,
    ),
}


def scalar_map() -> dict[Any, ScalarDefinition]:
    return dict(SCALARS)
