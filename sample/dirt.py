"""The dirt of the legacy systems: functions from a clean value to what is stored and what survives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sample.dice import weighted
from sample.rates import RATES

# Kinds of dirt that need a text with characters beyond ASCII.
TYPOGRAPHIC = frozenset({"typographic", "mojibake", "cp1252 bytes"})

CHANNELS = {
    "Android": "APP",
    "iOS": "APP",
    "Web": "WEB",
    "Telepon": "PHONE",
    "Medsos": "SOCIAL_MEDIA",
    "Loket": "WALK_IN",
}
PUBLICATIONS = {"Publik": "PUBLIC", "Anonim": "ANONYMOUS", "Rahasia": "CONFIDENTIAL"}
_STATUSES = {"WAITING": ("0", "Menunggu"), "IN_PROGRESS": ("Proses", "PROSES"), "DONE": ("Selesai", "SELESAI")}

_NIK_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda nik: nik,
    "2.2.2.6.4": lambda nik: f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}.{nik[6:12]}.{nik[12:]}",
    "4-4-4-4": lambda nik: f"{nik[:4]}-{nik[4:8]}-{nik[8:12]}-{nik[12:]}",
    "4 4 4 4": lambda nik: f"{nik[:4]} {nik[4:8]} {nik[8:12]} {nik[12:]}",
    "6.6.4": lambda nik: f"{nik[:6]}.{nik[6:12]}.{nik[12:]}",
    "6-6-4": lambda nik: f"{nik[:6]}-{nik[6:12]}-{nik[12:]}",
}
_NIK_RUINS: Mapping[str, Callable[[str], str]] = {
    "clamped": lambda _: "2147483647",
    "10 digits": lambda nik: nik[:10],
    "15 digits": lambda nik: nik[:15],
    "20 digits": lambda nik: nik + nik[:4],
    "day 32": lambda nik: f"{nik[:6]}32{nik[8:]}",
    "day 99": lambda nik: f"{nik[:6]}99{nik[8:]}",
    "31 february": lambda nik: f"{nik[:6]}3102{nik[10:]}",
}


def die(column: str) -> Callable[[float], str]:
    """A die that turns a number in 0..1 into a kind of dirt of `column`, at the declared rates."""
    return weighted(RATES[column].items())


def stored(kind: str) -> str | None:
    """What is stored by a kind of dirt that is named by it."""
    return None if kind == "NULL" else kind


def dirty_time(text: str, at: datetime, kind: str) -> tuple[str | None, datetime | None]:
    """A local time written as text."""
    return (text, at) if kind == "clean" else (stored(kind), None)


def dirty_nik(nik: str, kind: str) -> tuple[str | None, str | None]:
    """A resident number: six spellings survive; cut, clamped, lengthened and impossible ones do not."""
    spell = _NIK_SPELLINGS.get(kind)
    if spell:
        return spell(nik), nik
    ruin = _NIK_RUINS.get(kind)
    return (ruin(nik) if ruin else stored(kind)), None


def dirty_short_text(text: str, kind: str) -> tuple[str | None, str | None]:
    """A name, phone number or address; spaces at its end are not part of it."""
    if kind == "clean":
        return text, text
    return (f"{text}  ", text) if kind == "padded" else (stored(kind), None)


def dirty_free_text(text: str, kind: str) -> tuple[str | bytes | None, str | None]:
    """A free text; bytes are to be stored raw where the database lets that happen.

    Raises UnicodeError when `text` has a character outside cp1252 and the kind needs it there.
    """
    if kind in ("", "NULL"):
        return stored(kind), None
    if kind == "mojibake":
        return text.encode().decode("cp1252"), text
    if kind == "cp1252 bytes":
        return text.encode("cp1252"), text
    if kind == "nul":
        middle = len(text) // 2
        return f"{text[:middle]}\0{text[middle:]}", text
    return (f"{text} \r\n", text) if kind == "padded" else (text, text)


def dirty_area(village: str, kind: str) -> tuple[str | None, str | None]:
    """The dotted code of a village; sometimes only its district is stored."""
    place, _, spelling = kind.rpartition(" ")
    if spelling not in ("dotted", "plain"):
        return stored(kind), None
    code = village[:8] if place == "district" else village
    return (code if spelling == "dotted" else code.replace(".", "")), code


def dirty_position(
    latitude: str, longitude: str, kind: str
) -> tuple[str | None, str | None, float | None, float | None]:
    """Two texts in degrees; swapped ones survive, because only the swap fits the city's box."""
    if kind == "clean":
        return latitude, longitude, float(latitude), float(longitude)
    if kind == "swapped":
        return longitude, latitude, float(latitude), float(longitude)
    if kind == "outside":
        return f"-7{latitude[2:]}", f"110{longitude[3:]}", None, None
    return stored(kind), stored(kind), None, None


def dirty_status(detail: str, kind: str) -> tuple[str | None, str]:
    """A status in one of its two spellings, or a code that nobody knows."""
    if kind == "usual":
        return _STATUSES[detail][0], detail
    return (_STATUSES[detail][1], detail) if kind == "other" else (stored(kind), "UNKNOWN")


def dirty_department(code: str, kind: str) -> tuple[str | None, str | None]:
    """The code of a department, lower case in the hub."""
    if kind == "upper":
        return code.upper(), code
    return (code, code) if kind == "lower" else (stored(kind), None)


def dirty_code(spellings: Mapping[str, tuple[str, str]], code: str, kind: str) -> tuple[str | None, str]:
    """A code in one of its two spellings, or a word that nobody knows."""
    if kind in ("usual", "other"):
        return spellings[code][kind == "other"], code
    return stored(kind), "UNKNOWN"
