"""The dirt of the legacy systems: declared rates, and functions from a clean value to what is stored and survives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sample.dice import weighted

# Share of values per kind of dirt. A kind that destroys the value is named by what is stored instead ("NULL" is null).
RATES: Mapping[str, Mapping[str, float]] = {
    "time": {
        "clean": 0.985,
        "0000-00-00 00:00": 0.003,
        "31-02-2026 08:00": 0.003,
        "00-00-0000 00:00": 0.002,
        "-": 0.002,
        "": 0.002,
        "NULL": 0.003,
    },
    "nik": {
        "plain": 0.880,
        "2.2.2.6.4": 0.025,
        "4-4-4-4": 0.025,
        "4 4 4 4": 0.020,
        "6.6.4": 0.015,
        "6-6-4": 0.015,
        "clamped": 0.004,
        "10 digits": 0.002,
        "15 digits": 0.002,
        "20 digits": 0.002,
        "day 32": 0.002,
        "day 99": 0.002,
        "31 february": 0.002,
        "-": 0.002,
        "": 0.002,
    },
    "short text": {"clean": 0.930, "padded": 0.050, "-": 0.010, "": 0.010},
    "free text": {
        "clean": 0.875,
        "typographic": 0.040,
        "mojibake": 0.025,
        "cp1252 bytes": 0.015,
        "nul": 0.005,
        "padded": 0.025,
        "": 0.008,
        "NULL": 0.007,
    },
    "category": {"clean": 0.985, "99": 0.008, "": 0.007},
    # Of the complaints of a category that is listed twice.
    "category listed twice": {"first": 0.750, "second": 0.250},
    "area": {
        "dotted": 0.855,
        "plain": 0.100,
        "district dotted": 0.020,
        "district plain": 0.010,
        "-": 0.003,
        "": 0.003,
        "0": 0.003,
        "3671": 0.003,
        "99.99.99.9999": 0.003,
    },
    "position": {"clean": 0.895, "swapped": 0.090, "outside": 0.004, "0": 0.004, "": 0.004, "-": 0.003},
    # "usual" and "other" are the two spellings of one status.
    "status": {
        "usual": 0.885,
        "other": 0.100,
        "9": 0.003,
        "Dikembalikan": 0.003,
        "proses ": 0.003,
        "": 0.003,
        "NULL": 0.003,
    },
    "department": {"upper": 0.880, "lower": 0.100, "BAG. UMUM": 0.010, "-": 0.010},
    "channel": {
        "Android": 0.500,
        "iOS": 0.120,
        "Web": 0.150,
        "Telepon": 0.080,
        "Medsos": 0.080,
        "Loket": 0.050,
        "X": 0.010,
        "NULL": 0.010,
    },
    "publication": {"Publik": 0.800, "Anonim": 0.120, "Rahasia": 0.050, "?": 0.015, "NULL": 0.015},
    "alive": {"T": 0.980, "Y": 0.020},
    # Not dirt but personal data inside a free text, which the hub has to mask.
    "canary": {"none": 0.945, "nik": 0.010, "phone": 0.020, "email": 0.010, "plate": 0.015},
}

# The register of areas is too small for rates: so many of its villages are hit.
AREA_COUNTS: Mapping[str, int] = {"plain code": 24, "plain parent": 24, "swapped": 6, "unplaced": 3, "dead": 4}

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
