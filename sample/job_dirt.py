"""How the job exchange spells what it knows: pay in five forms, codes of three generations, addresses as typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sample.dirt import stored

TYPES: Mapping[str, tuple[str, str]] = {
    "FULL_TIME": ("Full Time", "Penuh Waktu"),
    "PART_TIME": ("Part Time", "Paruh Waktu"),
    "CONTRACT": ("Kontrak", "PKWT"),
    "INTERNSHIP": ("Magang", "MAGANG"),
}
EDUCATIONS: Mapping[str, tuple[str, str]] = {
    "ANY": ("Semua Jenjang", "Semua Jenjang"),
    "PRIMARY": ("SD", "SD"),
    "LOWER_SECONDARY": ("SMP", "SLTP"),
    "UPPER_SECONDARY": ("SMA/SMK", "SLTA"),
    "DIPLOMA": ("D3", "D1"),
    "BACHELOR": ("S1", "D4"),
    "MASTER": ("S2", "S2"),
}
STATUSES: Mapping[str, tuple[str, str]] = {"OPEN": ("Dibuka", "1"), "CLOSED": ("Ditutup", "0")}
APPLICATION_STATUSES: Mapping[str, tuple[str, str]] = {
    "SUBMITTED": ("Terkirim", "0"),
    "UNDER_REVIEW": ("Diproses", "Interview"),
    "ACCEPTED": ("Diterima", "DITERIMA"),
    "REJECTED": ("Ditolak", "DITOLAK"),
}
VERIFICATIONS: Mapping[str, str] = {"0": "PENDING", "1": "VERIFIED", "2": "REFUSED"}

_MILLION = 1_000_000

# How pay is written from its bounds in millions; those of one amount name the lower bound.
_RANGES: Mapping[str, Callable[[int, int], str]] = {
    "1 - 2 Juta": lambda low, high: f"{low} - {high} Juta",
    "Rp 1.000.000 - Rp 2.000.000": lambda low, high: f"Rp {low}.000.000 - Rp {high}.000.000",
}
_AMOUNTS: Mapping[str, Callable[[int], str]] = {
    "Rp. 1.500.000": lambda low: f"Rp. {low}.500.000",
    "Rp. 1.500.000,-": lambda low: f"Rp. {low}.500.000,-",
    "1500000": lambda low: f"{low}500000",
}

_ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "small": lambda address: address,
    "first capital": lambda address: address[0].upper() + address[1:],
    "capitals": lambda address: address.upper(),
    "blank behind": lambda address: f"{address} ",
}
_RUINED_ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "mixed": lambda address: address.title(),
    "no sign": lambda address: address.replace("@", ""),
    "two": lambda address: f"{address}, {address}",
}


def dirty_code(spellings: Mapping[str, tuple[str, str]], code: str, kind: str) -> tuple[str | None, str]:
    """A code in one of its two spellings, or a word that nobody knows."""
    if kind in ("usual", "other"):
        return spellings[code][kind == "other"], code
    return stored(kind), "UNKNOWN"


def dirty_pay(low: int, high: int, kind: str) -> tuple[str | None, int | None, int | None]:
    """Pay from `low` to `high` millions: what is stored, and the bounds in rupiah that survive."""
    if kind in _RANGES:
        return _RANGES[kind](low, high), low * _MILLION, high * _MILLION
    if kind in _AMOUNTS:
        amount = low * _MILLION + _MILLION // 2
        return _AMOUNTS[kind](low), amount, amount
    return stored(kind), None, None


def dirty_address(address: str, kind: str) -> tuple[str | None, str | None]:
    """An e-mail address: four spellings survive; any mix of capitals, two in one cell and broken ones do not."""
    spell = _ADDRESSES.get(kind)
    if spell:
        return spell(address), address
    ruin = _RUINED_ADDRESSES.get(kind)
    return (ruin(address) if ruin else stored(kind)), None


def dirty_district(code: str, kind: str) -> tuple[str | None, str | None]:
    """The code of a district, with its dots or without."""
    if kind in ("dotted", "plain"):
        return (code if kind == "dotted" else code.replace(".", "")), code
    return stored(kind), None
