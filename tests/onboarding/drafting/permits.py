"""The permits: a licensing service of files that people hand in: applicants, files and permits in their own tables."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.licenses import LicenseApplicationKind, LicenseApplicationStatus, LicenseStatus
from models.values.types import BpsCode, Duration, DurationUnit, Money
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import Estate, Row

DDL = (
    """CREATE TABLE m_jenis_perizinan (
        id_jp int PRIMARY KEY, kode_perizinan varchar(12) UNIQUE, nama_perizinan varchar(120), retribusi decimal(14,2),
        lama_proses varchar(30), dasar_hukum text, sektor varchar(40), urutan smallint)""",
    "CREATE TABLE m_status_izin (id_status smallint PRIMARY KEY, nama_status varchar(30), warna varchar(10))",
    """CREATE TABLE t_pemohon (
        id_pemohon int PRIMARY KEY, no_identitas varchar(25), nama_lengkap varchar(100), alamat varchar(200),
        no_handphone varchar(20), tempat_lahir varchar(40), tanggal_lahir date, pekerjaan varchar(40))""",
    """CREATE TABLE t_berkas_permohonan (
        id_berkas int PRIMARY KEY, no_registrasi varchar(30), id_pemohon int, id_jp int, tipe_permohonan varchar(30),
        nama_perusahaan varchar(120), npwp_perusahaan varchar(25), lokasi_kelurahan char(10), luas_lokasi decimal(10,2),
        waktu_pendaftaran datetime, posisi_berkas varchar(30), petugas_loket varchar(40), is_void enum('0','1'))""",
    """CREATE TABLE t_izin_terbit (
        id_izin int PRIMARY KEY, id_berkas int, nomor_sk varchar(60), tanggal_penetapan date, tanggal_kadaluarsa date,
        status_izin smallint, penandatangan varchar(80), nip_penandatangan char(18), file_sk varchar(80),
        jumlah_cetak tinyint)""",
    """CREATE TABLE t_log_berkas (
        id_log int PRIMARY KEY, id_berkas int, aksi varchar(40), waktu datetime, oleh varchar(40))""",
)

_TYPES = (
    ("SIP", "Surat Izin Praktik Dokter", "0.00", "5 hari kerja", Duration(5, DurationUnit.WORKING_DAY)),
    ("PBG", "Persetujuan Bangunan Gedung", "1250000.00", "28 hari", Duration(28, DurationUnit.DAY)),
    ("RKL", "Izin Pemasangan Reklame", "350000.00", "7 hari kerja", Duration(7, DurationUnit.WORKING_DAY)),
    ("TDG", "Tanda Daftar Gudang", "150000.00", "2 minggu", Duration(2, DurationUnit.WEEK)),
)
_STATUSES = (
    (1, "Aktif", LicenseStatus.ACTIVE), (2, "Kadaluarsa", LicenseStatus.EXPIRED),
    (3, "Dibekukan", LicenseStatus.SUSPENDED), (4, "Dicabut", LicenseStatus.REVOKED),
)  # fmt: skip
_KINDS = {
    "Permohonan Baru": LicenseApplicationKind.NEW,
    "Perpanjangan": LicenseApplicationKind.RENEWAL,
    "Perubahan Data": LicenseApplicationKind.CHANGE,
}
_STEPS = {
    "Diterima Loket": LicenseApplicationStatus.SUBMITTED,
    "Verifikasi Teknis": LicenseApplicationStatus.IN_REVIEW,
    "Dikembalikan": LicenseApplicationStatus.RETURNED,
    "Disetujui": LicenseApplicationStatus.APPROVED,
    "Ditolak": LicenseApplicationStatus.REJECTED,
}
_NAMES = ("SITI RAHMAWATI", "AGUS SETIAWAN", "DEWI KURNIASIH", "BAMBANG PRAKOSO", "NUR HASANAH")
_BUSINESSES = ("Toko Maju Jaya", "CV Berkah Abadi", "Apotek Sehat", "PT Sinar Timur", "Klinik Melati")
_VILLAGES = ("3671010001", "3671020004", "3671031002", "3671040005")
_APPLICANTS, _FILES, _PERMITS = 90, 240, 150


def estate() -> Estate:
    dice = random.Random(11)
    applicants: list[Row] = [
        {"id_pemohon": at, "no_identitas": _dashed(resident_number(5_000 + at)), "nama_lengkap": _NAMES[at % 5],
         "alamat": f"Perumahan Rahasia Blok {at}", "no_handphone": f"0812-5554-{at:04}", "tempat_lahir": "Tangerang",
         "tanggal_lahir": date(1980, 1, 1) + timedelta(days=at), "pekerjaan": "Wiraswasta"}
        for at in range(1, _APPLICANTS + 1)
    ]  # fmt: skip
    files = [_file(number, dice) for number in range(1, _FILES + 1)]
    permits = [_permit(number, dice) for number in range(1, _PERMITS + 1)]
    rows: dict[str, list[Row]] = {
        "m_jenis_perizinan": [
            {"id_jp": at, "kode_perizinan": code, "nama_perizinan": name, "retribusi": fee, "lama_proses": time,
             "dasar_hukum": "Perda", "sektor": "Umum", "urutan": at}
            for at, (code, name, fee, time, _) in enumerate(_TYPES, start=1)
        ],
        "m_status_izin": [{"id_status": code, "nama_status": name, "warna": "abu"} for code, name, _ in _STATUSES],
        "t_pemohon": applicants,
        "t_berkas_permohonan": files,
        "t_izin_terbit": permits,
        "t_log_berkas": [
            {"id_log": at, "id_berkas": 1 + at % _FILES, "aksi": "diperiksa", "waktu": _moment(2025, 1, 1),
             "oleh": "staf"}
            for at in range(1, 300)
        ],
    }  # fmt: skip
    truth: dict[str, dict[str, Row]] = {
        "license_types": {
            str(at): {"id": str(at), "code": code, "name": name, "fee": Money(Decimal(fee).to_integral_value(), "IDR"),
                      "promised_time": time}
            for at, (code, name, fee, _, time) in enumerate(_TYPES, start=1)
        },
        "licenses": {str(row["id_izin"]): _clean(row, files, applicants) for row in permits},
        "license_applications": {
            str(row["id_berkas"]): _clean_file(row, applicants) for row in files if row["is_void"] == "0"
        },
    }  # fmt: skip
    personal = (
        ("t_pemohon", "no_identitas"), ("t_pemohon", "nama_lengkap"), ("t_pemohon", "alamat"),
        ("t_pemohon", "no_handphone"), ("t_berkas_permohonan", "npwp_perusahaan"), ("t_izin_terbit", "penandatangan"),
        ("t_izin_terbit", "nip_penandatangan"), ("t_berkas_permohonan", "petugas_loket"),
    )  # fmt: skip
    return Estate("permits", "licenses", "dpmptsp", DDL, rows, truth, personal)


def _moment(*parts: int) -> datetime:
    """A moment without a zone, as a column has it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # naive is the point


def _dashed(nik: str) -> str:
    return f"{nik[:6]}-{nik[6:12]}-{nik[12:]}"


def _file(number: int, dice: random.Random) -> Row:
    return {
        "id_berkas": number,
        "no_registrasi": f"REG/{number:05}/2025",
        "id_pemohon": dice.randint(1, _APPLICANTS),
        "id_jp": dice.randint(1, len(_TYPES)),
        "tipe_permohonan": dice.choices(tuple(_KINDS), (6, 3, 1))[0],
        "nama_perusahaan": dice.choice(_BUSINESSES),
        "npwp_perusahaan": f"02.345.{number:03}.8-402.000",
        "lokasi_kelurahan": dice.choice(_VILLAGES),
        "luas_lokasi": 100 + number,
        "waktu_pendaftaran": _moment(2024, 3, 4, 8) + timedelta(hours=number * 20, minutes=dice.randint(0, 300)),
        "posisi_berkas": dice.choice(tuple(_STEPS)),
        "petugas_loket": dice.choice(("Ratna Sari", "Joko Susilo")),
        "is_void": "1" if dice.random() < 0.05 else "0",
    }


def _permit(number: int, dice: random.Random) -> Row:
    granted = date(2024, 4, 1) + timedelta(days=number * 3 + dice.randint(0, 2))
    return {
        "id_izin": number,
        "id_berkas": number,
        "nomor_sk": f"503/{number:04}/DPM/{granted.year}",
        "tanggal_penetapan": granted,
        "tanggal_kadaluarsa": granted + timedelta(days=365 * dice.randint(1, 5)) if number % 5 else None,
        "status_izin": dice.choices([code for code, _, _ in _STATUSES], (7, 2, 1, 1))[0],
        "penandatangan": "Drs. Kepala Dinas",
        "nip_penandatangan": "196501011990031001",
        "file_sk": f"sk_{number}.pdf",
        "jumlah_cetak": 1,
    }


def _clean(row: Row, files: list[Row], applicants: list[Row]) -> Row:
    file = next(one for one in files if one["id_berkas"] == row["id_berkas"])
    holder = next(one for one in applicants if one["id_pemohon"] == file["id_pemohon"])
    return {
        "id": str(row["id_izin"]),
        "number": row["nomor_sk"],
        "type_code": _code_of(file),
        "status": next(status for code, _, status in _STATUSES if code == row["status_izin"]),
        "issued_at": row["tanggal_penetapan"],
        "valid_until": row["tanggal_kadaluarsa"],
        "business_name": file["nama_perusahaan"],
        "area_bps_code": BpsCode(str(file["lokasi_kelurahan"])),
        "holder_nik": str(holder["no_identitas"]).replace("-", ""),
        "holder_name": str(holder["nama_lengkap"]).title(),
    }


def _clean_file(row: Row, applicants: list[Row]) -> Row:
    applicant = next(one for one in applicants if one["id_pemohon"] == row["id_pemohon"])
    moment = row["waktu_pendaftaran"]
    assert isinstance(moment, datetime)
    return {
        "id": str(row["id_berkas"]),
        "license_type_code": _code_of(row),
        "kind": _KINDS[str(row["tipe_permohonan"])],
        "status": _STEPS[str(row["posisi_berkas"])],
        "submitted_at": moment.date(),
        "business_name": row["nama_perusahaan"],
        "area_bps_code": BpsCode(str(row["lokasi_kelurahan"])),
        "tax_number": row["npwp_perusahaan"],
        "applicant_nik": str(applicant["no_identitas"]).replace("-", ""),
    }


def _code_of(file: Row) -> str:
    kind = file["id_jp"]
    assert isinstance(kind, int)
    return _TYPES[kind - 1][0]
