"""Texts of postings and applications: trades, employers, and Indonesian sentences from parts."""

# ruff: noqa: RUF001  # The dashes and quotes beyond ASCII are what people type, and what encodings ruin.

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sample.dirt import TYPOGRAPHIC


class Trade(NamedTuple):
    """A line of business: its jobs, what they ask for, and from where to where they pay, in millions of rupiah."""

    industry: str
    titles: tuple[str, ...]
    tasks: tuple[str, ...]
    educations: tuple[str, ...]
    pays: tuple[int, int]


TRADES = (
    Trade("Manufaktur", ("Operator Produksi", "Quality Control", "Teknisi Mesin", "Staf Gudang"), (
        "mengoperasikan mesin produksi", "memeriksa mutu barang jadi", "merawat mesin setiap giliran kerja"),
        ("UPPER_SECONDARY", "LOWER_SECONDARY", "DIPLOMA"), (3, 6)),
    Trade("Logistik dan pergudangan", ("Kurir", "Sopir Truk", "Admin Ekspedisi", "Helper Gudang Bandara"), (
        "mengantar paket ke pelanggan", "mencatat barang masuk dan keluar", "memuat kendaraan pada malam hari"),
        ("ANY", "UPPER_SECONDARY"), (3, 5)),
    Trade("Perdagangan", ("Kasir", "Pramuniaga", "Sales Lapangan", "Kepala Toko"), (
        "melayani pembeli", "menata barang di rak", "mencari pelanggan baru di wilayah kota"),
        ("UPPER_SECONDARY", "DIPLOMA"), (2, 5)),
    Trade("Perhotelan dan kuliner", ("Juru Masak", "Pramusaji", "Barista", "Resepsionis"), (
        "menyiapkan pesanan", "melayani tamu", "menjaga kebersihan dapur"),
        ("ANY", "UPPER_SECONDARY"), (2, 5)),
    Trade("Teknologi informasi", ("Programmer Web", "Staf TI", "Analis Data"), (
        "membangun aplikasi web", "merawat jaringan kantor", "menyusun laporan data bulanan"),
        ("DIPLOMA", "BACHELOR"), (5, 12)),
    Trade("Kesehatan", ("Perawat", "Apoteker", "Admin Klinik"), (
        "melayani pasien di klinik", "menyiapkan obat menurut resep", "mengatur jadwal dokter"),
        ("DIPLOMA", "BACHELOR"), (4, 8)),
    Trade("Jasa perusahaan", ("Staf Akuntansi", "Staf Personalia", "Manajer Keuangan"), (
        "menyusun laporan keuangan", "mengurus administrasi karyawan", "memimpin tim kantor"),
        ("BACHELOR", "MASTER"), (5, 15)),
    Trade("Pertukangan", ("Tukang Las", "Tukang Kayu", "Petugas Kebersihan"), (
        "mengerjakan pesanan bengkel", "menjaga kebersihan gedung", "memasang rangka baja ringan"),
        ("ANY", "PRIMARY", "LOWER_SECONDARY"), (2, 4)),
)  # fmt: skip

_FORMS = ("PT", "CV", "UD", "Toko")
_FIRST = ("Sinar", "Karya", "Mitra", "Cahaya", "Sumber", "Bintang", "Gema", "Tunas", "Maju", "Surya")
_SECOND = ("Abadi", "Sentosa", "Jaya", "Makmur", "Lestari", "Nusantara", "Mandiri", "Utama", "Cisadane", "Benteng")

_OPENINGS = (
    "Dengan hormat, saya melamar pekerjaan",
    "Saya tertarik dengan lowongan",
    "Mohon dipertimbangkan lamaran saya untuk",
    "Bersama surat ini saya mengajukan diri sebagai",
)
_CLOSINGS = (
    "Saya siap bekerja giliran.",
    "Saya dapat mulai minggu depan.",
    "Saya berpengalaman dua tahun di bidang ini.",
    "Saya baru lulus dan cepat belajar.",
)


def employer(draw: Callable[[], float]) -> str:
    """The name of a company that does not exist."""
    return " ".join(words[int(draw() * len(words))] for words in (_FORMS, _FIRST, _SECOND))


def posting_text(trade: Trade, title: str, contact: str, style: str, draw: Callable[[], float]) -> str:
    """What an employer publishes, with whom to call."""
    task = trade.tasks[int(draw() * len(trade.tasks))]
    quoted = f"‘{title}’ – segera" if style in TYPOGRAPHIC else f"{title}, segera"
    return f"Dibutuhkan {quoted}. Tugas: {task}. Lamaran lewat Siap Kerja atau hubungi {contact}."


def cover_letter(title: str, name: str, style: str, draw: Callable[[], float]) -> str:
    """What an applicant writes, signed with the name."""
    opening, closing = _OPENINGS[int(draw() * len(_OPENINGS))], _CLOSINGS[int(draw() * len(_CLOSINGS))]
    quoted = f"‘{title}’" if style in TYPOGRAPHIC else title
    return f"{opening} {quoted}. {closing} Hormat saya, {name}."
