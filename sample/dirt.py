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
    # Of the register of citizens. Codes are stored as they are named here.
    "citizen name": {"capitals": 0.900, "mixed": 0.070, "padded": 0.020, "-": 0.005, "": 0.005},
    "sex": {"clean": 0.990, "0": 0.007, "NULL": 0.003},
    "birth date": {
        "clean": 0.985,
        "0000-00-00": 0.004,
        "1990-02-31": 0.003,
        "-": 0.003,
        "": 0.003,
        "NULL": 0.002,
    },
    "birth place": {"capitals": 0.870, "mixed": 0.080, "padded": 0.030, "-": 0.010, "": 0.010},
    "marital status": {"1": 0.280, "2": 0.620, "3": 0.030, "4": 0.060, "0": 0.006, "NULL": 0.004},
    "registration status": {
        "1": 0.930,
        "2": 0.030,
        "3": 0.022,
        "4": 0.003,
        "6": 0.008,
        "5": 0.004,
        "NULL": 0.003,
    },
    "household": {"clean": 0.980, "no family": 0.010, "no address": 0.010},
    "citizen phone": {"clean": 0.900, "padded": 0.040, "-": 0.040, "": 0.020},
    "citizen email": {
        "clean": 0.400,
        "capitals": 0.030,
        "first capital": 0.040,
        "blank": 0.010,
        "tidak ada": 0.010,
        "-": 0.030,
        "": 0.030,
        "NULL": 0.450,
    },
    "family card": {"plain": 0.930, "6.6.4": 0.030, "4 4 4 4": 0.020, "15 digits": 0.010, "-": 0.010},
    "neighbourhood area": {
        "dotted": 0.860,
        "plain": 0.110,
        "-": 0.010,
        "": 0.005,
        "0": 0.005,
        "99.99.99.9999": 0.010,
    },
    "neighbourhood number": {"clean": 0.970, "-": 0.010, "": 0.010, "0": 0.010},
    # Not dirt but personal data inside a free text, which the hub has to mask.
    "canary": {"none": 0.945, "nik": 0.010, "phone": 0.020, "email": 0.010, "plate": 0.015},
    # Of the job exchange. Pay is named by how a pay of one and a half, or of one to two, millions would be written.
    "pay": {
        "1 - 2 Juta": 0.300,
        "Rp 1.000.000 - Rp 2.000.000": 0.200,
        "Rp. 1.500.000": 0.120,
        "Rp. 1.500.000,-": 0.080,
        "1500000": 0.080,
        "Nego": 0.100,
        "Sesuai UMK Kota Tangerang": 0.040,
        "-": 0.040,
        "": 0.020,
        "NULL": 0.020,
    },
    "job code": {"usual": 0.770, "other": 0.200, "Lainnya": 0.010, "": 0.010, "NULL": 0.010},
    "job day": {"clean": 0.970, "0000-00-00": 0.010, "2026-02-31": 0.005, "": 0.005, "NULL": 0.010},
    "job last day": {"clean": 0.800, "0000-00-00": 0.170, "2026-02-31": 0.010, "": 0.010, "NULL": 0.010},
    "job verification": {"1": 0.880, "0": 0.080, "2": 0.040},
    "job deleted": {"NULL": 0.940, "deleted": 0.060},
    "job employer": {"clean": 0.960, "-": 0.020, "": 0.010, "NULL": 0.010},
    "job district": {
        "dotted": 0.810,
        "plain": 0.140,
        "-": 0.010,
        "": 0.010,
        "0": 0.010,
        "36.71": 0.010,
        "32.73.01": 0.010,
    },
    "applicant address": {
        "small": 0.820,
        "first capital": 0.080,
        "capitals": 0.030,
        "blank behind": 0.040,
        "mixed": 0.010,
        "no sign": 0.005,
        "two": 0.005,
        "-": 0.005,
        "": 0.005,
    },
    "applied at": {"clean": 0.980, "0000-00-00 00:00:00": 0.010, "2026-02-31 08:00:00": 0.005, "": 0.005},
    "applied for": {"there": 0.980, "gone": 0.020},
    # Of the licenses, whose office writes resident numbers with dots.
    "license nik": {
        "2.2.2.6.4": 0.940,
        "plain": 0.030,
        "clamped": 0.010,
        "15 digits": 0.005,
        "day 99": 0.005,
        "-": 0.005,
        "": 0.005,
    },
    "license holder": {
        "clean": 0.900,
        "typographic": 0.030,
        "mojibake": 0.030,
        "padded": 0.030,
        "": 0.005,
        "NULL": 0.005,
    },
    "license business": {
        "clean": 0.880,
        "typographic": 0.030,
        "mojibake": 0.030,
        "cp1252 bytes": 0.020,
        "nul": 0.005,
        "padded": 0.020,
        "": 0.008,
        "NULL": 0.007,
    },
    "license date": {"clean": 0.980, "0000-00-00": 0.010, "2019-02-31": 0.004, "": 0.003, "NULL": 0.003},
    "license type": {"clean": 0.985, "LAIN2": 0.010, "": 0.005},
    "license number": {"clean": 0.990, "-": 0.005, "": 0.005},
    # "36.71.05" and "367105" are official codes where those of the statistics office belong.
    "license area": {
        "clean": 0.960,
        "3674010": 0.010,
        "36.71.05": 0.005,
        "367105": 0.005,
        "-": 0.010,
        "": 0.005,
        "NULL": 0.005,
    },
    "license status": {"clean": 0.975, "no history": 0.010, "??": 0.005, "": 0.005, "NULL": 0.005},
    "application date": {
        "clean": 0.900,
        "capitals": 0.040,
        "wrong day": 0.020,
        "english": 0.010,
        "Rabu, 31 Juni 2016": 0.010,
        "-": 0.010,
        "": 0.005,
        "NULL": 0.005,
    },
    "application area": {"both": 0.880, "district": 0.070, "dash": 0.030, "": 0.010, "NULL": 0.010},
    "application kind": {"clean": 0.980, "LAINNYA": 0.010, "": 0.005, "NULL": 0.005},
    "application tax number": {"clean": 0.900, "00.000.000.0-000.000": 0.030, "-": 0.040, "": 0.020, "NULL": 0.010},
    # Of hospital rooms: how old a ward's reports are, which report is lost, and how a room spells its class.
    "ward age": {"minutes": 0.550, "hours": 0.250, "days": 0.200},
    "room time": {"clean": 0.988, "0000-00-00 00:00:00": 0.004, "-": 0.002, "": 0.002, "NULL": 0.004},
    "room class": {
        "usual": 0.600,
        "bare": 0.200,
        "upper": 0.100,
        "bpjs": 0.060,
        "padded": 0.025,
        "X": 0.010,
        "NULL": 0.005,
    },
    "room status": {
        "ISI": 0.620,
        "KOSONG": 0.250,
        "kosong": 0.020,
        "DIBERSIHKAN": 0.060,
        "DIBOOKING": 0.045,
        "": 0.005,
    },
    "room alive": {"1": 0.940, "0": 0.060},
    # Of doctors' schedules. "usual" and "other" are spellings of one day, or of one time.
    "weekday": {"usual": 0.750, "other": 0.230, "HARI LIBUR": 0.010, "": 0.005, "NULL": 0.005},
    "clock time": {"usual": 0.890, "other": 0.080, "24:60": 0.010, "8:00": 0.010, "-": 0.005, "NULL": 0.005},
    "quota": {"clean": 0.950, "-1": 0.020, "NULL": 0.030},
    "doctor": {"known": 0.980, "gone": 0.020},
    # Of news. "contradicted" has the name of another day beside the date, which decides.
    "news day": {"clean": 0.900, "padded": 0.040, "contradicted": 0.030, "": 0.020, "NULL": 0.010},
    "news time": {"clean": 0.975, "0000-00-00": 0.008, "2026-02-31": 0.008, "": 0.004, "NULL": 0.005},
    "news markup": {
        "clean": 0.760,
        "script": 0.050,
        "style": 0.030,
        "event handler": 0.040,
        "javascript link": 0.040,
        "iframe": 0.020,
        "comment": 0.020,
        "attributes": 0.040,
    },
    "news flag": {"Y": 0.110, "N": 0.870, "?": 0.010, "": 0.010},
    "news section": {"clean": 0.980, "-": 0.010, "": 0.010},
    "news views": {"clean": 0.980, "-1": 0.010, "NULL": 0.010},
    "news alive": {"Y": 0.970, "N": 0.030},
}

# The register of areas is too small for rates: so many of its villages are hit.
AREA_COUNTS: Mapping[str, int] = {"plain code": 24, "plain parent": 24, "swapped": 6, "unplaced": 3, "dead": 4}

# The register of hospitals is as small.
HOSPITAL_COUNTS: Mapping[str, int] = {
    "plain district": 10, "no district": 1, "swapped": 3, "unplaced": 2, "no phone": 4, "class X": 1, "type X": 1,
    "without rooms": 2,
}  # fmt: skip

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
