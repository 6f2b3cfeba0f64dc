"""Long dates in Indonesian, `Rabu, 01 Juni 2016`: names of days and months; read, not compared."""

from __future__ import annotations

import re
from datetime import date

from connectors.decoders.read_only import ReadOnly

DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad", "akhad")
"""Names of days in small letters; Friday has two spellings and Sunday three names."""

MONTHS = {
    "januari": 1,
    "februari": 2,
    "pebruari": 2,
    "maret": 3,
    "april": 4,
    "mei": 5,
    "juni": 6,
    "juli": 7,
    "agustus": 8,
    "september": 9,
    "oktober": 10,
    "nopember": 11,
    "november": 11,
    "desember": 12,
}
"""Names of months in small letters, the older spellings too."""

_LONG_DATE = re.compile(
    rf"(?:(?:{'|'.join(DAYS)}),? )?([0-9]{{1,2}}) ({'|'.join(MONTHS)}) ([0-9]{{4}})", re.IGNORECASE | re.ASCII
)
_ZEROS = ("0000-00-00", "00-00-0000")


def long_date(*, nulls: tuple[str, ...] = ("", "-", "0", *_ZEROS)) -> ReadOnly:
    """A date with the names of its day and month. A day of the week that contradicts the date is overruled by it."""
    return ReadOnly(date, _long_date, nulls)


def _long_date(text: str) -> date | None:
    found = _LONG_DATE.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    try:
        return date(int(found[3]), MONTHS[found[2].lower()], int(found[1]))
    except ValueError:
        return None
