"""What callers of the emergency number say: Indonesian sentences put together from parts."""

# ruff: noqa: RUF001  # The dashes and quotes beyond ASCII are what people type, and what encodings ruin.

from __future__ import annotations

from collections.abc import Callable, Mapping

from sample.dirt import TYPOGRAPHIC

_SAYINGS: Mapping[str, tuple[str, ...]] = {
    "FIRE": ("Rumah tetangga terbakar, api sudah besar", "Ada asap tebal dari ruko", "Mobil terbakar di pinggir jalan"),
    "WILDFIRE": ("Lahan kosong terbakar", "Alang-alang terbakar dekat permukiman"),
    "FLOOD": ("Air masuk rumah setinggi lutut", "Jalan tergenang, mobil mogok", "Tanggul mulai rembes"),
    "STORM": ("Atap rumah terbang diterjang angin", "Papan reklame roboh kena angin"),
    "FALLEN_TREE": ("Pohon tumbang menutup jalan", "Dahan besar menimpa kabel listrik"),
    "LANDSLIDE": ("Tebing sungai longsor", "Tanah di belakang rumah ambles"),
    "TRAFFIC_ACCIDENT": ("Motor tabrakan dengan truk", "Ada kecelakaan di perempatan"),
    "MEDICAL": ("Bapak saya sesak napas", "Ada orang pingsan di pasar", "Ibu mau melahirkan, butuh ambulans"),
    "ANIMAL": ("Ada ular masuk dapur", "Sarang tawon di atap sekolah", "Biawak masuk kamar mandi"),
    "NON_EMERGENCY": ("Mau tanya syarat buat kartu keluarga", "Lampu jalan mati", "Nomor PLN berapa ya"),
    "PRANK": ("Halo, pesan martabak dua", "Cuma coba-coba, Pak"),
    "GHOST": ("(tidak ada suara)",),
    "ABANDONED": ("(terputus)",),
}


def saying(what: str, name: str, style: str, draw: Callable[[], float]) -> str:
    """What a caller says about a kind of hazard, or in a call of another sort, and often gives the name."""
    sayings = _SAYINGS[what]
    said = sayings[int(draw() * len(sayings))]
    quoted = f"‘{said}’ – segera" if style in TYPOGRAPHIC else said
    return f"{quoted}. Saya {name}." if draw() < 0.5 else f"{quoted}."
