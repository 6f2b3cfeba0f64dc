"""Scalars: how values of the graph are written on the wire. Each names its specification."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from strawberry.types.scalar import ScalarDefinition, scalar

from models.values.types import AreaCode, BpsCode, GeoJson, Url
from models.values.written_column import WrittenColumn


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
    """Times as ISO 8601 writes them, with their offset."""

    def __call__(self, moment: datetime) -> str:
        return datetime.isoformat(moment)

    def printed(self, moments: Sequence[Any]) -> Sequence[str | None] | None:
        return _printed(moments, datetime)

    def column(self, moments: Sequence[Any]) -> list[str] | None:
        """Many times at once, faster; None if orjson would write one differently.

        orjson drops the seconds of an offset, which clocks had until 1972 (Liberia).
        """
        if set(map(type, moments)) != {datetime}:
            return None
        zones = {moment.tzinfo for moment in moments}
        if not all(isinstance(zone, ZoneInfo) for zone in zones) or min(moments).year < _WHOLE_MINUTES_SINCE:
            return None
        return orjson.dumps(moments if isinstance(moments, list) else list(moments))[2:-2].decode().split('","')


_WHOLE_MINUTES_SINCE: Final = 1973


class _Days:
    """Days as ISO 8601 writes them."""

    def __call__(self, day: date) -> str:
        return date.isoformat(day)

    def printed(self, days: Sequence[Any]) -> Sequence[str | None] | None:
        return _printed(days, date)

    def column(self, days: Sequence[Any]) -> list[str] | None:
        """Many days at once, faster."""
        if set(map(type, days)) != {date}:
            return None
        return orjson.dumps(days if isinstance(days, list) else list(days))[2:-2].decode().split('","')


def _printed(values: Sequence[Any], kind: type) -> Sequence[str | None] | None:
    """The texts of a column that knows them; None for any other."""
    return values.texts if isinstance(values, WrittenColumn) and values.kind is kind else None


class _Texts:
    """Texts of a type of their own, which JSON takes as they are."""

    def __call__(self, text: object) -> str:
        return str(text)

    def column(self, texts: Sequence[Any]) -> Sequence[str] | None:
        return texts if all(issubclass(kind, str) for kind in set(map(type, texts))) else None


def _day(text: object) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("a Date is a text such as 2026-10-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a Date is a day that exists, such as 2026-10-01") from None


# Python also accepts weeks, and dates without dashes.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _decimal(text: object) -> Decimal:
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise ValueError("a Decimal is a text such as 11000 or 2.50")
    return Decimal(text)


def _plain_decimal(value: Decimal) -> str:
    return f"{value:f}"


# Python also accepts exponents, infinities and digits of other scripts.
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,20})?")


def _area_code(text: object) -> AreaCode:
    if not isinstance(text, str):
        raise ValueError("an AreaCode is a text such as 36.71.05")
    return AreaCode(text)


def _bps_code(text: object) -> BpsCode:
    if not isinstance(text, str):
        raise ValueError("a BpsCode is a text such as 3671010")
    return BpsCode(text)


def _url(text: object) -> Url:
    if not isinstance(text, str):
        raise ValueError("a Url is a text such as https://example.com/page")
    return Url(text)


def _only_told(_: object) -> GeoJson:
    raise ValueError("a GeoJson is told and never asked with")


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
        serialize=_Days(),
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
            "The official code of an area, of letters and digits. What lies in what, `parent` and `depth` say, and not "
            "the code. In Indonesia (Kepmendagri 300.2.2-2430/2025) 36.71 is a city and 36.71.05 a district in it; in "
            "England E07000178 is a district."
        ),
        specified_by_url="https://peraturan.bpk.go.id",
        serialize=_Texts(),
        parse_value=_area_code,
    ),
    BpsCode: scalar(
        name="BpsCode",
        description=(
            "An area code of the statistics office (BPS), without dots: 4 digits for a city, 7 for a district, 10 for "
            "a village. It is no AreaCode, whose digits may name another area."
        ),
        specified_by_url="https://sig.bps.go.id",
        serialize=_Texts(),
        parse_value=_bps_code,
    ),
    GeoJson: scalar(
        name="GeoJson",
        description="A geometry as GeoJSON, an object with `type` and `coordinates`: longitude before latitude.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc7946",
        serialize=dict,
        parse_value=_only_told,
    ),
    Url: scalar(
        name="Url",
        description="A link that can be followed as it is (RFC 3986): http or https, and a host; never a script.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        serialize=_Texts(),
        parse_value=_url,
    ),
}


def scalar_map() -> dict[Any, ScalarDefinition]:
    return dict(SCALARS)
