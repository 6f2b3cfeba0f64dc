"""The dirt of the licenses: functions from a clean value to what is stored and what survives."""

from __future__ import annotations

from datetime import date, timedelta

from sample import dirt

_OTHER_DAY = timedelta(days=2)
_DAY_NAMES = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_SUNDAY_NAMES = ("Minggu", "Ahad", "AKHAD")
_MONTH_NAMES = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip


def either(text: str, kind: str) -> tuple[str | None, str | None]:
    """A text as it is, or what the kind of dirt is named by, which says nothing."""
    return (text, text) if kind == "clean" else (dirt.stored(kind), None)


def dirty_type(code: str, kind: str) -> tuple[str | None, str | None]:
    """The code of a kind of license; one that is not in the list of kinds is still a code."""
    return ("LAIN2", "LAIN2") if kind == "LAIN2" else either(code, kind)


def dirty_date(day: date, kind: str) -> tuple[str | None, date | None]:
    return (day.isoformat(), day) if kind == "clean" else (dirt.stored(kind), None)


def dirty_district(bps_code: str | None, kind: str) -> tuple[str | None, str | None]:
    """The BPS code of a district; that of a district of another city is a code too, which joins nothing."""
    if kind == "clean":
        return bps_code, bps_code
    return (kind, kind) if kind == "3674010" else (dirt.stored(kind), None)


def dirty_place(district: str | None, village: str | None, kind: str) -> tuple[str | None, str | None, str | None]:
    """District and village as stored, and the BPS code that survives: the village's, else the district's."""
    if kind == "both":
        return district, village, village or district
    if kind == "district":
        return district, "", district
    return (district, "-", district) if kind == "dash" else (dirt.stored(kind), dirt.stored(kind), None)


def dirty_long_date(day: date, number: int, kind: str) -> tuple[str | None, date | None]:
    """A date with the names of its day and month; a wrong name of the day does not destroy it."""
    named = day + _OTHER_DAY if kind == "wrong day" else day
    name = _DAY_NAMES[named.weekday()]
    if name == "Minggu":
        name = _SUNDAY_NAMES[number % len(_SUNDAY_NAMES)]
    text = f"{name}, {day.day:02} {_MONTH_NAMES[day.month - 1]} {day.year}"
    if kind in ("clean", "wrong day"):
        return text, day
    if kind == "capitals":
        return text.upper(), day
    return (f"{day:%A, %d %B %Y}" if kind == "english" else dirt.stored(kind)), None
