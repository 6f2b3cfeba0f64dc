"""Texts of complaints and answers: categories, and Indonesian sentences from parts."""

# ruff: noqa: RUF001  # The dashes and quotes beyond ASCII are what residents type, and what encodings ruin.

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Category(NamedTuple):
    """A kind of problem, its share of all complaints in weight, and who handles it."""

    code: str
    name: str
    group: str
    department: str
    weight: int
    problems: tuple[str, ...]


CATEGORIES = (
    Category("K01", "Jalan rusak", "Infrastruktur", "dpupr", 18, (
        "Jalan berlubang cukup dalam dan membahayakan pengendara motor", "Aspal mengelupas setelah hujan",
        "Paving ambles dan belum diperbaiki", "Bekas galian kabel tidak ditutup kembali",
        "Trotoar pecah sehingga pejalan kaki turun ke jalan")),
    Category("K02", "Sampah menumpuk", "Lingkungan", "dlh", 16, (
        "Sampah menumpuk sudah tiga hari tidak diangkut", "Ada pembuangan sampah liar di lahan kosong",
        "Warga membakar sampah setiap sore dan asapnya masuk rumah", "Kontainer sampah penuh dan berbau",
        "Sampah menyumbat kali kecil")),
    Category("K03", "Penerangan jalan umum (PJU) padam", "Infrastruktur", "dishub", 13, (
        "Lampu PJU padam sejak minggu lalu", "Lampu jalan berkedip terus pada malam hari",
        "Tiang lampu miring dan kabelnya menjuntai", "Lampu jalan menyala siang malam",
        "Jalan gelap gulita karena lima lampu mati")),
    Category("K04", "Banjir dan drainase", "Infrastruktur", "dpupr", 9, (
        "Air menggenang setinggi lutut setelah hujan deras", "Saluran air mampet dan meluap ke rumah warga",
        "Gorong-gorong tersumbat lumpur", "Tanggul retak dan air mulai merembes",
        "Pompa air tidak berfungsi saat banjir")),
    Category("K05", "Pohon tumbang dan pemangkasan pohon", "Lingkungan", "dlh", 5, (
        "Pohon tumbang menutup separuh jalan", "Dahan pohon menyentuh kabel listrik",
        "Pohon besar condong ke arah rumah", "Mohon pemangkasan pohon yang terlalu rimbun")),
    Category("K06", "Pedagang kaki lima (PKL)", "Ketertiban", "satpolpp", 6, (
        "Pedagang kaki lima memakai seluruh trotoar", "Lapak PKL menutup pintu masuk gang",
        "Gerobak ditinggal di badan jalan semalaman", "PKL kembali berjualan setelah ditertibkan")),
    Category("K07", "Air bersih", "Infrastruktur", "perkimtan", 5, (
        "Air ledeng tidak mengalir sejak subuh", "Air keruh dan berbau", "Pipa air bocor di pinggir jalan",
        "Tekanan air sangat kecil pada pagi hari")),
    Category("K08", "Perizinan bangunan", "Perizinan", "dpmptsp", 3, (
        "Bangunan tiga lantai berdiri tanpa papan izin", "Pengajuan izin belum ada kabar setelah satu bulan",
        "Pembangunan ruko menutup saluran air", "Bangunan melewati garis sempadan jalan")),
    Category("K09", "Kemacetan dan parkir liar", "Perhubungan", "dishub", 8, (
        "Parkir liar di kedua sisi jalan membuat macet", "Lampu lalu lintas mati pada jam sibuk",
        "Truk besar melintas di luar jam yang diizinkan", "Angkutan umum menunggu penumpang di tikungan",
        "Juru parkir meminta tarif dua kali lipat")),
    Category("K10", "Kebisingan dan ketertiban umum", "Ketertiban", "satpolpp", 4, (
        "Suara musik keras sampai lewat tengah malam", "Bengkel las bekerja sampai larut malam",
        "Remaja balap liar setiap malam minggu", "Pengeras suara dipasang menghadap rumah warga")),
    Category("K11", "Pelayanan kesehatan", "Pelayanan publik", "dinkes", 3, (
        "Antrean puskesmas sangat panjang dan loket hanya satu", "Mohon pengasapan karena ada kasus demam berdarah",
        "Obat di puskesmas sering kosong", "Ambulans lama datang")),
    Category("K12", "Administrasi kependudukan", "Pelayanan publik", "disdukcapil", 4, (
        "KTP elektronik belum jadi setelah dua bulan", "Kartu keluarga salah cetak nama anak",
        "Akta kelahiran belum bisa diunduh", "Antrean loket kependudukan tidak tertib")),
    Category("K13", "Pendidikan dan sekolah", "Pelayanan publik", "dindik", 2, (
        "Atap ruang kelas bocor", "Ada pungutan di sekolah negeri", "Pagar sekolah roboh sebagian",
        "Jadwal pendaftaran murid baru membingungkan")),
    Category("K15", "Ketenagakerjaan", "Pelayanan publik", "disnaker", 1, (
        "Lowongan di papan pengumuman sudah kedaluwarsa", "Pelatihan kerja dibatalkan tanpa pemberitahuan",
        "Kartu pencari kerja tidak bisa dicetak")),
    Category("K16", "Kebakaran dan kebencanaan", "Kebencanaan", "bpbd", 1, (
        "Ada sarang tawon besar dekat sekolah", "Lahan kosong terbakar dan apinya mendekati rumah",
        "Dinding penahan tanah longsor", "Mohon evakuasi ular di halaman rumah")),
    Category("K18", "Aplikasi dan jaringan internet", "Pelayanan publik", "diskominfo", 2, (
        "Aplikasi selalu keluar sendiri saat mengirim foto", "Wifi gratis di taman tidak tersambung",
        "Kode OTP tidak pernah masuk", "Kabel internet menjuntai rendah di atas jalan")),
)  # fmt: skip

# The register lists two categories twice; the hub knows each by its first code. One second name is cut at the width
# of its column.
LISTED_TWICE = {"K03": "K14", "K05": "K17"}
SECOND_NAMES = {"K14": "PENERANGAN JALAN UMUM (PJU)", "K17": "Pohon tumbang, rawan tumbang, dan pemang"}

_WISHES = (
    "Mohon segera ditindaklanjuti.",
    "Sudah lapor ke RT tetapi belum ada perbaikan.",
    "Terima kasih atas perhatiannya.",
    "Warga sangat terganggu.",
    "Mohon petugas turun ke lokasi.",
    "Kejadian ini berulang setiap minggu.",
    "Tolong dijadwalkan secepatnya.",
    "Sudah pernah dilaporkan bulan lalu.",
)
# Each has a character beyond ASCII that is in cp1252, and whose bytes in UTF-8 all are: read wrongly once, all of it
# can be told back. (A closing double quote cannot: its last byte means nothing in cp1252.)
_TYPOGRAPHIC_WISHES = (
    "Kata petugas: “nanti dicek dulu, tetapi tidak ada yang datang.",
    "Mohon segera – sudah dua minggu begini.",
    "Warga menyebutnya ‘kubangan kerbau’ sejak tahun lalu.",
    "Letaknya persis di depan Café Kenanga.",
    "Sudah lapor berkali-kali… belum ada jawaban.",
    "Ketua RT’nya juga sudah tahu — mohon perhatian.",
)
# These stand only where the text is stored as it is.
_QUOTING_WISHES = (
    "Jawabannya selalu “sedang diproses” saja.",
    "Spanduknya bertuliskan “proyek selesai” padahal belum.",
)

_ANSWERS = {
    "WAITING": (
        "Laporan diterima dan diteruskan ke dinas terkait.",
        "Laporan sedang diverifikasi oleh admin.",
        "Mohon menunggu, laporan masuk antrean.",
    ),
    "IN_PROGRESS": (
        "Petugas sudah meninjau lokasi.",
        "Sedang dijadwalkan perbaikan oleh bidang terkait.",
        "Koordinasi dengan kelurahan sedang berjalan.",
        "Material sedang disiapkan, pengerjaan menyusul.",
        "Tim sudah di lapangan dan pekerjaan dimulai.",
    ),
    "DONE": (
        "Pekerjaan selesai, terima kasih atas laporannya.",
        "Sudah ditangani oleh petugas di lapangan.",
        "Laporan ditutup setelah perbaikan selesai.",
        "Sudah dibersihkan pada hari yang sama.",
    ),
}
_TYPOGRAPHIC_ANSWERS = (
    "Catatan petugas: “lokasi sudah dicek.",
    "Dikerjakan bertahap – mohon maklum.",
    "Warga setempat menyebut titik ini ‘pertigaan lama’ saja.",
    "Terima kasih… mohon kabari bila terulang.",
)


def _one_of(parts: tuple[str, ...], number: float) -> str:
    return parts[int(number * len(parts))]


def complaint_text(category: Category, where: str, style: str, draw: Callable[[], float]) -> str:
    """What a resident writes; `style` is a kind of dirt, and decides whether characters beyond ASCII are needed."""
    if style in ("mojibake", "cp1252 bytes"):
        wish = _one_of(_TYPOGRAPHIC_WISHES, draw())
    elif style == "typographic":
        wish = _one_of(_TYPOGRAPHIC_WISHES + _QUOTING_WISHES, draw())
    else:
        wish = _one_of(_WISHES, draw())
    return f"{_one_of(category.problems, draw())} di {where}. {wish}"


def answer_text(detail: str, style: str, draw: Callable[[], float]) -> str:
    """What an officer answers when a complaint reaches a status."""
    answer = _one_of(_ANSWERS[detail], draw())
    if style in ("typographic", "mojibake", "cp1252 bytes"):
        return f"{answer} {_one_of(_TYPOGRAPHIC_ANSWERS, draw())}"
    return answer
