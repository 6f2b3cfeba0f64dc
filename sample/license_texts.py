"""The kinds of licenses with fees and promised times as the department writes them, and names of businesses."""

# ruff: noqa: RUF001  # The quotes beyond ASCII are what offices type, and what encodings ruin.

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of license: fee and promised time as stored and as the hub must give them, its share in weight."""

    code: str
    name: str
    stored_fee: str | None
    fee: int | None
    stored_time: str | None
    time: tuple[int, str] | None
    valid_years: int
    weight: int


KINDS = (
    Kind("HO", "Izin Gangguan", "0", None, "sesuai antrean", None, 5, 3),
    Kind("IMB", "Izin Mendirikan Bangunan", "sesuai perda", None, "Maksimal 14 (empat belas) hari", (14, "DAY"), 0, 9),
    Kind("IUI", "Izin Usaha Industri", "", None, "-", None, 0, 4),
    Kind("PBG", "Persetujuan Bangunan Gedung", "1.200.000", 1_200_000, "28 hari kerja", (28, "WORKING_DAY"), 0, 10),
    Kind("REKLAME", "Izin Penyelenggaraan Reklame", "Rp. 11.000,-", 11_000, "Maksimal 7 (tujuh) hari", (7, "DAY"), 1,
         14),
    Kind("SIKP", "Surat Izin Kerja Perawat", "GRATIS", 0, "30 Menit", (30, "MINUTE"), 5, 6),
    Kind("SIPA", "Surat Izin Praktik Apoteker", "11000.00", 11_000, "5 Hari Kerja", (5, "WORKING_DAY"), 5, 6),
    Kind("SIPD", "Surat Izin Praktik Dokter", "11.000", 11_000, "7 Hari", (7, "DAY"), 5, 8),
    Kind("SIUJK", "Surat Izin Usaha Jasa Konstruksi", "Rp 250.000,00", 250_000, "10 hari kerja", (10, "WORKING_DAY"), 3,
         5),
    Kind("SIUP", "Surat Izin Usaha Perdagangan", "Gratis", 0, "7 hari kerja", (7, "WORKING_DAY"), 5, 20),
    Kind("TDG", "Tanda Daftar Gudang", "-", None, "1 Minggu", (1, "WEEK"), 5, 3),
    Kind("TDP", "Tanda Daftar Perusahaan", "Rp. 0,-", 0, "3 Hari", (3, "DAY"), 5, 9),
    Kind("TDUP", "Tanda Daftar Usaha Pariwisata", None, None, None, None, 0, 3),
)  # fmt: skip
"""In the order of their codes. Which laws still know them is not what the sample is about: registers keep old kinds."""

_FORMS = (
    "CV. {} Jaya",
    "PT. {} Abadi",
    "Toko {}",
    "Warung {}",
    "Bengkel {}",
    "UD. {} Makmur",
    "Apotek {}",
    "Klinik {}",
)
_TYPOGRAPHIC_FORMS = ("Kafé ‘{}’", "Pâtisserie {}", "Toko ‘{}’ – Cabang", "Salon {}’s")
_WORDS = (
    "Anugerah", "Barokah", "Cahaya", "Delima", "Edelweis", "Fajar", "Gemilang", "Harapan", "Indah", "Kenanga",
    "Lestari", "Melati", "Nusantara", "Pelangi", "Rejeki", "Sejahtera", "Teratai", "Utama", "Wijaya", "Berkah",
)  # fmt: skip

Draw = Callable[[], float]


def business_name(draw: Draw, *, typographic: bool) -> str:
    """The name of a business, with characters beyond ASCII if asked for; all of them are in cp1252."""
    forms = _TYPOGRAPHIC_FORMS if typographic else _FORMS
    return forms[int(draw() * len(forms))].format(_WORDS[int(draw() * len(_WORDS))])


def typographic_name(name: str) -> str:
    """A name of a person with an apostrophe as a word processor sets it."""
    given, rest = name.split(" ", 1)
    return f"{given} Ma’ruf {rest}"
