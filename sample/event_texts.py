"""What the city invites to: kinds of events with their names, places and hosts."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of event: how its category is written, whether it is for whole days, its names, halls and host."""

    category: str
    written: str
    days: int
    """For how many days it is; none where it takes hours."""
    names: tuple[str, ...]
    halls: tuple[str, ...]
    host: str


KINDS = (
    Kind(
        "EXHIBITION", "Pameran", 3,
        ("Pameran Produk UMKM", "Pameran Batik dan Kriya", "Pameran Foto Tangerang Tempo Dulu", "Bazar Buku Murah"),
        ("Gedung MUI, Jl. Satria Sudirman", "Taman Elektrik", "Tangcity Mall, Lantai Dasar"),
        "Dinas Perindustrian, Perdagangan, Koperasi dan UKM",
    ),
    Kind(
        "FORUM", "Forum Warga", 0,
        ("Musyawarah Rencana Pembangunan", "Forum Anak", "Rembuk Warga Tanggap Banjir", "Forum Kota Sehat"),
        ("Aula Kecamatan", "Aula Kelurahan", "Balai Warga"),
        "Bagian Pemerintahan",
    ),
    Kind(
        "JOB_FAIR", "Bursa Kerja", 2,
        ("Job Fair Tangerang Cakap Kerja", "Bursa Kerja SMK", "Walk-in Interview Bersama"),
        ("Gedung Serba Guna", "SMK Negeri 4; Aula Utama"),
        "Dinas Ketenagakerjaan",
    ),
    Kind(
        "TRAINING", "Pelatihan", 0,
        ("Pelatihan Barista", "Pelatihan Menjahit Dasar", "Pelatihan Pemasaran Digital", "Pelatihan Hidroponik"),
        ("Balai Latihan Kerja", "Rumah Kreatif, Lantai 2"),
        "Dinas Ketenagakerjaan",
    ),
    Kind(
        "FESTIVAL", "Festival", 1,
        ("Festival Cisadane", "Festival Kuliner Pasar Lama", "Festival Budaya Benteng"),
        ("Tepi Sungai Cisadane", "Kawasan Pasar Lama"),
        "Dinas Kebudayaan dan Pariwisata",
    ),
    Kind(
        "HEALTH", "Kesehatan", 0,
        ("Donor Darah", "Pemeriksaan Gratis Lansia", "Imunisasi Kejar"),
        ("Puskesmas", "Balai Warga"),
        "Dinas Kesehatan",
    ),
)  # fmt: skip

DESCRIPTIONS = (
    "Terbuka untuk umum; tidak dipungut biaya.",
    "Peserta diharap membawa KTP-el, alat tulis, dan botol minum sendiri.",
    "Tempat terbatas. Pendaftaran dibuka di aplikasi Tangerang LIVE\\menu Kegiatan.",
    "Informasi lebih lanjut ada di laman kegiatan, atau di kantor kecamatan pada jam kerja: pukul 08.00 s.d. 16.00.",
)
"""With signs that a calendar has to escape, and long enough that it has to fold a line."""
