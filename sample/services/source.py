"""The services of the sample city: the truth, and the dirty file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.city import SEED, Size
from sample.shapes import Drop

FILE = "layanan.json"
COLUMNS = ("kode", "nama", "deskripsi", "kanal", "biaya", "persyaratan", "waktu", "topik", "opd", "tautan", "aktif")

_CHANNELS = {
    "a": ("APP", ("Aplikasi", "Tangerang LIVE")),
    "w": ("WEB", ("Web", "Situs web")),
    "p": ("PHONE", ("Telepon", "Telepon")),
    "m": ("MESSAGE", ("WhatsApp", "SMS")),
    "c": ("COUNTER", ("Loket", "Kantor")),
    "v": ("VISIT", ("Keliling", "Keliling")),
    "?": ("UNKNOWN", ("Videotron", "Videotron")),
}
_UNITS = {
    "i": ("MINUTE", "menit"),
    "j": ("HOUR", "jam"),
    "d": ("DAY", "hari"),
    "w": ("WORKING_DAY", "hari kerja"),
    "m": ("MONTH", "bulan"),
}
ABBREVIATIONS = {
    "bpbd": "BPBD", "dindik": "Dindik", "dinkes": "Dinkes", "disdukcapil": "Disdukcapil", "dishub": "Dishub",
    "diskominfo": "Diskominfo", "disnaker": "Disnaker", "dlh": "DLH", "dpmptsp": "DPMPTSP", "dpupr": "DPUPR",
    "pdpasar": "Perumda Pasar", "perkimtan": "Perkimtan", "satpolpp": "Satpol PP",
}  # fmt: skip
"""The departments that the city's list has; the catalogue also names others."""

_WORDS = {1: "satu", 2: "dua", 3: "tiga", 5: "lima", 7: "tujuh", 10: "sepuluh", 14: "empat belas"}
_COSTS: dict[str, Callable[[int], str]] = {
    "Rp. 10.000,-": lambda amount: f"Rp. {_grouped(amount)},-",
    "Rp 10.000": lambda amount: f"Rp {_grouped(amount)}",
    "10000": str,
    "10.000,00": lambda amount: f"{_grouped(amount)},00",
}
_DEPENDS = ("Sesuai retribusi", "Sesuai Perda")

_cost = dirt.die("service cost")
_free = dirt.die("service free")
_time = dirt.die("service time")
_department = dirt.die("service department")

Draw = Callable[[], float]


# Code | name | channels | rupiah | time | topic | department | evidence | description.
# Channels: a app, w web, p phone, m message, c counter, v visit, ? one that nobody knows. Rupiah: `~` where it depends,
# nothing where the office does not say. Time: a number with i minutes, j hours, d days, w working days, m months.
_LIST = """
LAKSA|LAKSA|a,w,p|0|5w|Pengaduan|diskominfo||Menyampaikan keluhan dan memantau tindak lanjutnya.
SP4N|SP4N-LAPOR|w,m|0|5w|Pengaduan|diskominfo||Pengaduan pelayanan publik tingkat nasional.
DARURAT112|Panggilan Darurat 112|p|0||Kedaruratan|bpbd||Nomor tunggal bebas pulsa untuk keadaan darurat.
DAMKAR|Pemadam Kebakaran|p|0|15i|Kedaruratan|bpbd||Pemadaman dan penyelamatan.
AMBULANS|Ambulans Gratis|a,p|0|30i|Kedaruratan|dinkes|KTP-el|Antar jemput pasien ke rumah sakit.
INFOBANJIR|Info Banjir|a,w|0||Kedaruratan|bpbd||Tinggi muka air dan titik genangan.
LISENSI|Lisensi Online|a,w|~|7w|Perizinan|dpmptsp|KTP-el; NPWP; Bukti kepemilikan tempat|Izin tanpa datang ke kantor.
NIB|Pendampingan NIB|w,c|0|1d|Perizinan|dpmptsp|KTP-el; NPWP|Bantuan membuat nomor induk berusaha.
REKLAME|Izin Reklame|w,c|~|14w|Perizinan|dpmptsp|KTP-el; Gambar reklame; Foto lokasi|Izin memasang reklame.
PBG|Persetujuan Bangunan Gedung|w,c|~|28w|Perizinan|dpupr|KTP-el; Sertifikat tanah; Gambar bangunan|Izin mendirikan.
SLF|Sertifikat Laik Fungsi|w,c|~|28w|Perizinan|dpupr|KTP-el; PBG|Pernyataan bahwa bangunan layak dipakai.
PENELITIAN|Izin Penelitian|w|0|3w|Perizinan|dpmptsp|KTP-el; Surat pengantar kampus|Izin penelitian dan praktik kerja.
SIAPKERJA|Siap Kerja|a,w|0||Ketenagakerjaan|disnaker|KTP-el; Ijazah|Lowongan kerja yang sudah diperiksa.
AK1|Kartu Pencari Kerja (AK-1)|a,w,c|0|30i|Ketenagakerjaan|disnaker|KTP-el; Ijazah; Pas foto|Kartu kuning.
BLK|Pelatihan di Balai Latihan Kerja|w,c|0|2m|Ketenagakerjaan|disnaker|KTP-el; Ijazah|Pelatihan dengan sertifikat.
MAGANG|Magang Mandiri|w|0|14d|Ketenagakerjaan|disnaker|KTP-el; CV|Penempatan magang di perusahaan.
HUBINDUS|Mediasi Hubungan Industrial|c|0|30w|Ketenagakerjaan|disnaker|KTP-el; Surat permohonan|Perselisihan kerja.
SIMPATI|Rumah Sakit Simpati|a,w|0||Kesehatan|dinkes||Tempat tidur kosong di rumah sakit.
ANTREAN|Antrean Puskesmas|a|0|10i|Kesehatan|dinkes|KTP-el; Kartu BPJS|Mengambil nomor antrean dari rumah.
IMUNISASI|Imunisasi Anak|c,v|0|1j|Kesehatan|dinkes|Buku KIA|Imunisasi dasar lengkap.
DONOR|Donor Darah|c,v|0|1j|Kesehatan|dinkes|KTP-el|Jadwal dan tempat donor darah.
KIR|Uji Kendaraan Bermotor|w,c|75000|2j|Perhubungan|dishub|STNK; Buku uji|Uji berkala kendaraan.
TAYO|Bus Tayo dan Si Benteng|a|2000||Perhubungan|dishub||Rute, jadwal, dan tarif angkutan kota.
PARKIR|Parkir Berlangganan|a,c|150000|1d|Perhubungan|dishub|STNK|Parkir di tepi jalan umum.
CCTV|CCTV Kota|a,w|0||Perhubungan|dishub||Gambar langsung dari persimpangan.
KTPEL|Perekaman KTP-el|c,v|0|1d|Kependudukan|disdukcapil|Kartu Keluarga|Perekaman dan pencetakan KTP-el.
KK|Kartu Keluarga|a,w,c|0|3w|Kependudukan|disdukcapil|KTP-el; Buku nikah|Kartu keluarga baru atau perubahan.
LAHIR|Akta Kelahiran|a,w,c|0|3w|Kependudukan|disdukcapil|KTP-el; Kartu Keluarga; Surat kelahiran|Akta untuk bayi.
MATI|Akta Kematian|a,w,c|0|3w|Kependudukan|disdukcapil|KTP-el; Kartu Keluarga; Surat kematian|Akta kematian.
KIA|Kartu Identitas Anak|a,c|0|3w|Kependudukan|disdukcapil|Kartu Keluarga; Akta kelahiran|Kartu untuk anak.
PINDAH|Surat Pindah|a,w,c|0|1w|Kependudukan|disdukcapil|KTP-el; Kartu Keluarga|Pindah ke luar kota atau datang.
SPMB|Penerimaan Murid Baru (SPMB)|w|0|7d|Pendidikan|dindik|Kartu Keluarga; Akta kelahiran; Ijazah|Masuk sekolah negeri.
BEASISWA|Tangerang Cerdas|w|0|2m|Pendidikan|dindik|Kartu Keluarga; Surat keterangan tidak mampu|Beasiswa.
PINDAHSEK|Pindah Sekolah|w,c|0|3w|Pendidikan|dindik|Rapor; Surat pindah|Mutasi murid antar sekolah.
PERPUS|Perpustakaan Digital|a,w|0||Pendidikan|dindik|KTP-el|Meminjam buku elektronik.
SEGAR|SEGAR|a,w|0||Ekonomi|pdpasar||Harga kebutuhan pokok di enam pasar.
KIOS|Sewa Kios Pasar|c|~|14w|Ekonomi|pdpasar|KTP-el; Pas foto|Hak pemakaian kios dan los.
UMKM|Pendaftaran UMKM|a,w|0|2w|Ekonomi|dinkop|KTP-el; NIB|Pendataan dan pembinaan usaha kecil.
PBB|Cek Tagihan PBB|a,w|0||Pajak|bapenda||Tagihan pajak bumi dan bangunan.
BPHTB|BPHTB Online|w|~|3w|Pajak|bapenda|KTP-el; Sertifikat tanah|Bea perolehan hak atas tanah.
SAMPAH|Angkut Sampah Besar|a,m|50000|2d|Lingkungan|dlh|KTP-el|Penjemputan perabot bekas.
BANKSAMPAH|Bank Sampah|a,v|0||Lingkungan|dlh||Menabung dari sampah terpilah.
POHON|Pangkas Pohon|a,m|0|7d|Lingkungan|dlh||Pemangkasan pohon di jalan umum.
TINJA|Sedot Tinja Terjadwal|a,p|300000|3d|Lingkungan|perkimtan|KTP-el|Layanan lumpur tinja.
BEDAHRUMAH|Bedah Rumah|c|0|3m|Perumahan|perkimtan|KTP-el; Kartu Keluarga; Sertifikat tanah|Rumah tidak layak huni.
MAKAM|Pemakaman Umum|c,p|~|1d|Perumahan|perkimtan|Surat kematian|Petak di tempat pemakaman umum.
JALAN|Lapor Jalan Rusak|a,m|0|3d|Pekerjaan Umum|dpupr||Perbaikan jalan lingkungan.
KETERTIBAN|Lapor Ketertiban|a,p|0|1d|Ketertiban|satpolpp||Gangguan ketertiban umum.
ENEWS|E-News|a,w|0||Informasi|diskominfo||Berita resmi kota.
LIVEROOM|Liveroom|?|0||Informasi|diskominfo||Ruang kendali kota.
SANJUNG|SANJUNG|c|0||Informasi|diskominfo||Setiap Selasa, terbuka untuk semua warga.
WIFI|WiFi Publik|a|0||Informasi|diskominfo||Titik internet gratis.
PPID|Permohonan Informasi Publik|w,c|0|10w|Informasi|diskominfo|KTP-el|Informasi yang dimiliki badan publik.
SMSINFO|SMS Info Kota|m|0||Informasi|diskominfo||Layanan lama, sudah ditutup.
"""


class Service(NamedTuple):
    """One line of the catalogue, as its author means it."""

    code: str
    name: str
    channels: str
    cost: str
    time: str
    topic: str
    department: str
    evidence: str
    description: str


SERVICES = tuple(Service(*line.split("|")) for line in _LIST.strip().splitlines())
CLOSED = ("SMSINFO",)
"""Services that the catalogue still has, though nobody can ask for them any more."""


class ServiceTruth(NamedTuple):
    """The true service; cost in rupiah, the time as amount and unit."""

    code: str
    name: str
    description: str
    channels: tuple[str, ...]
    cost: int | None
    required_evidence: tuple[str, ...] | None
    processing_time: tuple[int, str] | None
    topic: str
    department_code: str | None
    url: str


class ServiceCase(NamedTuple):
    """The entry of the file and the truth; a deleted service must not be seen."""

    truth: ServiceTruth
    legacy: tuple[str | None, ...]
    alive: bool


def generate(seed: int = SEED) -> Iterator[ServiceCase]:
    """The catalogue, which is the same in every size of the city, in the order of the file."""
    draw = Random(f"{seed}:services").random
    for service in SERVICES:
        yield _case(service, draw)


def _case(service: Service, draw: Draw) -> ServiceCase:
    channels, stored_channels = _dirty_channels(service.channels.split(","), draw)
    cost, stored_cost = _dirty_cost(service.cost, draw)
    processing_time, stored_time = _dirty_time(service.time, draw)
    department, stored_department = _dirty_department(service.department, _department(draw()))
    url = f"https://layanan.example.com/{service.code.lower()}"
    truth = ServiceTruth(
        service.code, service.name, service.description, channels, cost,
        tuple(service.evidence.split("; ")) if service.evidence else None, processing_time, service.topic, department,
        url,
    )  # fmt: skip
    alive = service.code not in CLOSED
    legacy = (
        service.code, service.name, service.description, stored_channels, stored_cost, service.evidence or "-",
        stored_time, service.topic, stored_department, url, "Y" if alive else "T",
    )  # fmt: skip
    return ServiceCase(truth, legacy, alive)


def _dirty_channels(signs: list[str], draw: Draw) -> tuple[tuple[str, ...], str]:
    stored = ", ".join(_CHANNELS[sign][1][draw() < 0.3] for sign in signs)
    return tuple(_CHANNELS[sign][0] for sign in signs), stored


def _dirty_cost(cost: str, draw: Draw) -> tuple[int | None, str]:
    if cost == "~":
        return None, _DEPENDS[draw() < 0.5]
    if cost == "0":
        return 0, _free(draw())
    return int(cost), _COSTS[_cost(draw())](int(cost))


def _dirty_time(time: str, draw: Draw) -> tuple[tuple[int, str] | None, str]:
    if not time:
        return None, "Seketika" if draw() < 0.5 else "-"
    amount, (unit, word) = int(time[:-1]), _UNITS[time[-1]]
    kind = _time(draw())
    if kind == "in words" and amount in _WORDS:
        return (amount, unit), f"Maksimal {amount} ({_WORDS[amount]}) {word}"
    return (amount, unit), f"Maksimal {amount} {word}" if kind == "at most" else f"{amount} {word}"


def _dirty_department(code: str, kind: str) -> tuple[str | None, str]:
    """A department of the city in one of its spellings; one that the city's list does not have is lost."""
    if code not in ABBREVIATIONS:
        return None, code.upper()
    return code, {"abbreviation": ABBREVIATIONS[code], "capitals": code.upper(), "small": code}[kind]


def _grouped(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _write(folder: Path, _size: Size, seed: int) -> None:
    """The catalogue as one array of objects, what is to be brought as a list where there is anything."""
    listed = []
    for case in generate(seed):
        evidence = case.truth.required_evidence
        described: dict[str, object] = dict(zip(COLUMNS, case.legacy, strict=True))
        listed.append(described | {"persyaratan": list(evidence) if evidence else "-"})
    (folder / FILE).write_text(json.dumps(listed, ensure_ascii=False, indent=1), encoding="utf-8")


DROP = Drop("services", _write)
