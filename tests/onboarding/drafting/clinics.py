"""The clinics: hospitals as a health system keeps them: wide tables, references by number, times as types."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta

from models.hospitals import CareClass, HospitalClass, HospitalType, Weekday
from models.values.types import AreaCode, Position
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import Estate, Row

DDL = (
    """CREATE TABLE ref_kecamatan (
        id_kecamatan int PRIMARY KEY, kemendagri char(8), bps char(7), nama_kecamatan varchar(60),
        luas_km2 decimal(8,2))""",
    """CREATE TABLE mst_faskes (
        kode_faskes char(7) PRIMARY KEY, nama_faskes varchar(100), jenis_faskes enum('RSU','RSIA','RSK'),
        kls varchar(2), kepemilikan varchar(40), no_telp varchar(30), fax varchar(30), almt text,
        rt char(3), rw char(3),
        id_kecamatan int, koordinat varchar(40), surel_faskes varchar(80), website varchar(80), akreditasi varchar(20),
        tgl_akreditasi date, direktur varchar(80), nip_direktur char(18), jml_karyawan int, luas_tanah decimal(10,2),
        status_operasional tinyint, dibuat_oleh varchar(20), dibuat_pada int)""",
    "CREATE TABLE ref_kelas_rawat (kode smallint PRIMARY KEY, nama varchar(20), tarif_dasar int)",
    """CREATE TABLE trx_ketersediaan_tt (
        faskes char(7), kelas_rawat smallint, jml_tt smallint, tt_terisi smallint, tt_kosong smallint,
        tgl_lapor datetime, petugas_input varchar(40), ip_address varchar(40), PRIMARY KEY (faskes, kelas_rawat))""",
    """CREATE TABLE ref_tenaga_medis (
        nip char(18) PRIMARY KEY, nama_tenaga varchar(80), nik char(16), jk enum('L','P'), spesialisasi varchar(40),
        no_hp varchar(20), tgl_lahir date, alamat_rumah varchar(120), no_str varchar(30), masa_str date)""",
    """CREATE TABLE ref_unit_layanan (
        kode_unit smallint PRIMARY KEY, faskes char(7), nama_unit varchar(60), lantai tinyint)""",
    """CREATE TABLE trx_jadwal_praktek (
        id_jadwal int PRIMARY KEY, nip_dokter char(18), kode_unit smallint, hari tinyint, pukul_awal time,
        pukul_akhir time, maks_pasien smallint, jml_terdaftar smallint, catatan varchar(100), aktif enum('Y','N'))""",
    """CREATE TABLE trx_kunjungan (
        no_rawat varchar(20) PRIMARY KEY, nik_pasien char(16), nama_pasien varchar(80), tgl_masuk datetime,
        kode_unit smallint, diagnosa varchar(80))""",
    """CREATE TABLE sys_pengguna (
        id_pengguna int PRIMARY KEY, nama_login varchar(40), sandi varchar(80), terakhir datetime)""",
)

_DISTRICTS = (
    (1, "36.71.01", "3671060"),
    (2, "36.71.05", "3671030"),
    (3, "36.71.07", "3671050"),
    (4, "36.71.09", "3671011"),
)
_KINDS = {
    "RSU": HospitalType.GENERAL,
    "RSIA": HospitalType.MOTHER_AND_CHILD,
    "RSK": HospitalType.SPECIAL,
}
_CARE = (
    (1, "VVIP", CareClass.VVIP), (2, "VIP", CareClass.VIP), (3, "Kelas I", CareClass.CLASS_1),
    (4, "Kelas II", CareClass.CLASS_2), (5, "Kelas III", CareClass.CLASS_3), (6, "ICU", CareClass.ICU),
    (7, "Ruang Isolasi", CareClass.ISOLATION),
)  # fmt: skip
_DAYS = dict(enumerate([day for day in Weekday if day is not Weekday.UNKNOWN], start=1))
_DOCTORS = ("dr. Siti Rahmawati, Sp.A", "dr. Agus Setiawan", "dr. Dewi Kurniasih, Sp.OG", "drg. Bambang Prakoso")
_UNITS = ("POLI ANAK", "POLI KANDUNGAN", "POLI GIGI", "POLI PENYAKIT DALAM")
_HOSPITALS, _SCHEDULES, _VISITS = 24, 260, 80


def estate() -> Estate:
    dice = random.Random(7)
    hospitals = [_hospital(number, dice) for number in range(1, _HOSPITALS + 1)]
    beds = [
        _beds(str(row["kode_faskes"]), code, dice) for row in hospitals for code, _, _ in _CARE if dice.random() < 0.8
    ]
    doctors = [_doctor(number, dice) for number in range(1, 41)]
    units: list[Row] = [
        {"kode_unit": 100 + at, "faskes": hospitals[at % _HOSPITALS]["kode_faskes"], "nama_unit": _UNITS[at % 4],
         "lantai": 1 + at % 3}
        for at in range(60)
    ]  # fmt: skip
    schedules = [_schedule(number, doctors, dice) for number in range(1, _SCHEDULES + 1)]
    visits: list[Row] = [
        {"no_rawat": f"2026/{at:06}", "nik_pasien": resident_number(3_000 + at), "nama_pasien": f"Pasien Rahasia {at}",
         "tgl_masuk": _moment(2026, 1, 1) + timedelta(hours=at), "kode_unit": 100 + at % 60, "diagnosa": "J06.9"}
        for at in range(_VISITS)
    ]  # fmt: skip
    rows: dict[str, list[Row]] = {
        "ref_kecamatan": [
            {"id_kecamatan": key, "kemendagri": code, "bps": bps, "nama_kecamatan": f"Kecamatan {key}", "luas_km2": 10}
            for key, code, bps in _DISTRICTS
        ],
        "mst_faskes": hospitals,
        "ref_kelas_rawat": [{"kode": code, "nama": name, "tarif_dasar": code * 50_000} for code, name, _ in _CARE],
        "trx_ketersediaan_tt": beds,
        "ref_tenaga_medis": doctors,
        "ref_unit_layanan": units,
        "trx_jadwal_praktek": schedules,
        "trx_kunjungan": visits,
        "sys_pengguna": [{"id_pengguna": 1, "nama_login": "admin", "sandi": "x", "terakhir": _moment(2026, 1, 1)}],
    }
    unit_of = {row["kode_unit"]: row for row in units}
    truth: dict[str, dict[str, Row]] = {
        "hospitals": {str(row["kode_faskes"]): _clean(row) for row in hospitals if row["status_operasional"]},
        "bed_availability": {f"{row['faskes']}-{row['kelas_rawat']}": _clean_beds(row) for row in beds},
        "practitioner_schedules": {
            str(row["id_jadwal"]): _clean_schedule(row, doctors, unit_of[row["kode_unit"]])
            for row in schedules
            if row["aktif"] == "Y"
        },
    }
    personal = (
        ("ref_tenaga_medis", "nik"), ("ref_tenaga_medis", "no_hp"), ("ref_tenaga_medis", "alamat_rumah"),
        ("ref_tenaga_medis", "nama_tenaga"), ("ref_tenaga_medis", "nip"), ("trx_kunjungan", "nik_pasien"),
        ("trx_kunjungan", "nama_pasien"), ("mst_faskes", "direktur"), ("mst_faskes", "nip_direktur"),
    )  # fmt: skip
    return Estate("clinics", "hospitals", "dinkes", DDL, rows, truth, personal)


def _moment(*parts: int) -> datetime:
    """A moment without a zone, as a column has it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # naive is the point


def _hospital(number: int, dice: random.Random) -> Row:
    has_place = number % 6 != 0
    kind = dice.choice(tuple(_KINDS))
    return {
        "kode_faskes": f"3671{number:03}",
        "nama_faskes": f"{kind} Harapan {number}",
        "jenis_faskes": kind,
        "kls": dice.choice("ABCD"),
        "kepemilikan": dice.choice(("Pemerintah Kota", "Swasta", "Yayasan")),
        "no_telp": f"(021) 5550{number:03}",
        "fax": "-",
        "almt": f"Jl. Jenderal Sudirman No. {number}, Tangerang",
        "rt": "001",
        "rw": "002",
        "id_kecamatan": 1 + number % len(_DISTRICTS),
        "koordinat": f"{dice.uniform(-6.25, -6.10):.6f},{dice.uniform(106.56, 106.74):.6f}" if has_place else "",
        "surel_faskes": f"info@rs{number}.example",
        "website": f"https://rs{number}.example",
        "akreditasi": dice.choice(("Paripurna", "Utama", "Madya")),
        "tgl_akreditasi": _moment(2020, 1, 1).date() + timedelta(days=number * 30),
        "direktur": f"dr. Direktur Nomor {number}",
        "nip_direktur": f"19700101199903{number:04}",
        "jml_karyawan": 50 + number,
        "luas_tanah": 1000 + number,
        "status_operasional": 0 if number % 11 == 0 else 1,
        "dibuat_oleh": "admin",
        "dibuat_pada": 1_600_000_000 + number * 9_000,
    }


def _beds(hospital: str, care: int, dice: random.Random) -> Row:
    capacity = dice.randint(2, 40)
    free = dice.randint(0, capacity)
    return {
        "faskes": hospital, "kelas_rawat": care, "jml_tt": capacity, "tt_terisi": capacity - free, "tt_kosong": free,
        "tgl_lapor": _moment(2026, 11, 19, 6) + timedelta(minutes=dice.randint(0, 1_200)),
        "petugas_input": "perawat jaga", "ip_address": "10.0.0.1",
    }  # fmt: skip


def _doctor(number: int, dice: random.Random) -> Row:
    return {
        "nip": f"19800101200501{number:04}", "nama_tenaga": dice.choice(_DOCTORS),
        "nik": resident_number(2_000 + number),
        "jk": dice.choice("LP"), "spesialisasi": "Anak", "no_hp": f"0812-5551-{number:04}",
        "tgl_lahir": _moment(1980, 1, 1).date(), "alamat_rumah": f"Jl. Rahasia Dokter No. {number}",
        "no_str": f"STR{number:07}",
        "masa_str": _moment(2027, 1, 1).date(),
    }  # fmt: skip


def _schedule(number: int, doctors: list[Row], dice: random.Random) -> Row:
    start = dice.randint(7, 15)
    return {
        "id_jadwal": number, "nip_dokter": dice.choice(doctors)["nip"], "kode_unit": 100 + dice.randint(0, 59),
        "hari": dice.randint(1, 7), "pukul_awal": time(start, 30), "pukul_akhir": time(start + 3, 0),
        "maks_pasien": dice.randint(5, 40), "jml_terdaftar": dice.randint(0, 5), "catatan": "",
        "aktif": "N" if dice.random() < 0.08 else "Y",
    }  # fmt: skip


def _clean(row: Row) -> Row:
    place = str(row["koordinat"])
    latitude, _, longitude = place.partition(",")
    district = next(code for key, code, _ in _DISTRICTS if key == row["id_kecamatan"])
    return {
        "id": row["kode_faskes"],
        "code": row["kode_faskes"],
        "name": row["nama_faskes"],
        "kind": _KINDS[str(row["jenis_faskes"])],
        "hospital_class": HospitalClass[str(row["kls"])],
        "owner": row["kepemilikan"],
        "phone": row["no_telp"],
        "address": row["almt"],
        "area_code": AreaCode(district),
        "position": Position(float(latitude), float(longitude)) if place else None,
    }


def _clean_beds(row: Row) -> Row:
    return {
        "id": f"{row['faskes']}-{row['kelas_rawat']}",
        "hospital_id": row["faskes"],
        "care_class": next(member for code, _, member in _CARE if code == row["kelas_rawat"]),
        "capacity": row["jml_tt"],
        "available": row["tt_kosong"],
    }


def _clean_schedule(row: Row, doctors: list[Row], unit: Row) -> Row:
    day = row["hari"]
    assert isinstance(day, int)
    return {
        "id": str(row["id_jadwal"]),
        "hospital_id": unit["faskes"],
        "practitioner_name": next(one["nama_tenaga"] for one in doctors if one["nip"] == row["nip_dokter"]),
        "service_name": str(unit["nama_unit"]).title(),
        "weekday": _DAYS[day],
        "opens": f"{row['pukul_awal']:%H:%M}",
        "closes": f"{row['pukul_akhir']:%H:%M}",
        "quota": row["maks_pasien"],
    }
