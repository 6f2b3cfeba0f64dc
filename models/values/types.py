"""Value types: what a clean identifier, place or amount is. Each refuses what it is not, with ValueError.

Sources: NIK and family card numbers after Permendagri 108/2019; area codes after Kepmendagri 300.2.2-2430/2025; BPS
codes after the statistics office's master file, which looks alike and means other places; numbers of schools and pupils
after Permendikbud 79/2015.
"""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Self

from models.values.vocabulary import Vocabulary

_SEPARATORS = str.maketrans("", "", ".- ")
_AREA_CODE = re.compile(r"(?=.{1,40}\Z)[A-Za-z0-9]+([._:-][A-Za-z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
# No backslash, which browsers take for a slash, and no user before the host, which people take for the host.
_URL = re.compile(
    r"(https?)://((?:[a-z0-9-]{1,63}\.){1,20}[a-z0-9-]{1,63})(:[0-9]{1,5})?((?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?)",
    re.IGNORECASE | re.ASCII,
)
URL_CHARS_MAX = 2_048
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEMALE_DAY_OFFSET = 40


def _ascii_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


class PersonId(str):
    """A number or name by which a city knows one person. Which are possible, its Identity says."""

    __slots__ = ()


class Nik(PersonId):
    """A resident number: 16 digits; region of first issue, day (+40 for women), month, year of birth, serial.

    The century is not written in a NIK, so 29 February is accepted for every year that could be a leap year.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not cls.is_valid(text):
            raise ValueError("not a NIK: 16 digits with a possible date of birth")
        return super().__new__(cls, text)

    @staticmethod
    def is_valid(text: str) -> bool:
        if not _ascii_digits(text, 16) or text[12:] == "0000" or text[:2] < "11":
            return False
        day, month, year = _written_birth(text)
        if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
            return False
        return not (day == 29 and month == 2 and year % 4)

    def birth_date(self, today: date) -> date:
        """The date of birth: the latest possible one that is not after today, so that nobody is older than 99.

        Only who was born on 29 February may come out older, because 1900 and 2100 have no such day.
        """
        day, month, year = _written_birth(self)
        full_year = today.year - (today.year - year) % 100
        while (full_year, month, day) > (today.year, today.month, today.day) or (
            (month, day) == (2, 29) and not isleap(full_year)
        ):
            full_year -= 100
        return date(full_year, month, day)


def _written_birth(nik: str) -> tuple[int, int, int]:
    """Day, month and year of the century as a NIK has them, the day without what marks a woman."""
    day = int(nik[6:8])
    return day - _FEMALE_DAY_OFFSET if day > _FEMALE_DAY_OFFSET else day, int(nik[8:10]), int(nik[10:12])


class FamilyCardNumber(str):
    """A family card number (KK): 16 digits; region, date of issue, serial."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _ascii_digits(text, 16) or text[:2] < "11":
            raise ValueError("not a family card number: 16 digits that begin with a region code")
        return super().__new__(cls, text)

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(text.strip().translate(_SEPARATORS))


class AreaCode(str):
    """The official code of an area. What its parts mean, and what lies in what, only the city's tables know.

    Kemendagri's are 36.71 for a city, 36.71.05 for a district; a ward of England is E05000026. Which codes a city has,
    its package says.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _AREA_CODE.fullmatch(text):
            raise ValueError("not an area code: letters and digits, with dots, dashes or underscores between them")
        return super().__new__(cls, text)


class AreaCodes(tuple[AreaCode, ...]):
    """Some area codes, each once, in the order in which a source names them."""

    __slots__ = ()


class TextList(tuple[str, ...]):
    """Several short texts as one value of a field, in the order of the source; read, and never compared."""

    __slots__ = ()


class GeoJson(dict[str, object]):
    """A geometry as GeoJSON (RFC 7946)."""

    __slots__ = ()


class Url(str):
    """A link that a client may follow as it is (RFC 3986): http or https, and a host whose name has a dot.

    Nothing that runs (`javascript:`, `data:`) or takes its scheme or host from elsewhere (`//host`, `/path`), and no
    user before the host.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        found = _URL.fullmatch(text) if len(text) <= URL_CHARS_MAX else None
        if found is None:
            raise ValueError("not a URL that can be followed: http or https with a host")
        scheme, host, port, rest = found.groups(default="")
        return super().__new__(cls, f"{scheme.lower()}://{host.lower()}{port}{rest}")


class BpsCode(str):
    """Another code of an area, as the statistics office has it: Indonesia's BPS. Which are possible, a decoder says.

    3671010 is Ciledug, while Kemendagri's 36.71.01 is Tangerang: only a crosswalk turns one into the other.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if "." in text or not _AREA_CODE.fullmatch(text):
            raise ValueError("not a code of the statistics office: letters and digits, and no dots")
        return super().__new__(cls, text)


class Npsn(str):
    """The ministry's number of a school (NPSN): 8 digits, without a meaning of their own."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _ascii_digits(text, 8):
            raise ValueError("not an NPSN: 8 digits")
        return super().__new__(cls, text)


class Nisn(str):
    """The ministry's number of a pupil (NISN): 10 digits, of which the first three are of the year of birth."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _ascii_digits(text, 10):
            raise ValueError("not an NISN: 10 digits")
        return super().__new__(cls, text)


class Position(NamedTuple):
    """A point on earth in WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of WGS 84 degrees, its borders included."""

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        if not (-90 <= self.south < self.north <= 90 and -180 <= self.west < self.east <= 180):
            raise ValueError("a box reaches from south to north and from west to east, in degrees")

    def contains(self, position: Position) -> bool:
        return self.south <= position.latitude <= self.north and self.west <= position.longitude <= self.east


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError("an amount of money is a finite number")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("a currency is a three-letter code of ISO 4217")


@dataclass(frozen=True, slots=True)
class MoneyRange:
    """An amount that lies between two bounds, either of which may be open."""

    min: Money | None
    max: Money | None

    def __post_init__(self) -> None:
        if self.min is not None and self.max is not None:
            if self.min.currency != self.max.currency:
                raise ValueError("both bounds of a range have one currency")
            if self.min.amount > self.max.amount:
                raise ValueError("the lower bound of a range is not above the upper")


class DurationUnit(Vocabulary):
    """What a promised time is counted in."""

    MINUTE = "MINUTE", "Menit", "Minute", "Minutes"
    HOUR = "HOUR", "Jam", "Hour", "Hours"
    DAY = "DAY", "Hari", "Day", "Days of the calendar, as far as the office says"
    WORKING_DAY = "WORKING_DAY", "Hari kerja", "Working day", "Days on which the city's offices are open"
    WEEK = "WEEK", "Minggu", "Week", "Weeks"
    MONTH = "MONTH", "Bulan", "Month", "Months"
    YEAR = "YEAR", "Tahun", "Year", "Years"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A unit that the hub does not know"


@dataclass(frozen=True, slots=True)
class Duration:
    """So many units of time, more than none."""

    amount: int
    unit: DurationUnit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError("a duration is longer than nothing")
