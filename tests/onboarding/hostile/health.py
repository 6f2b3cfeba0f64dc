"""Hospitals that are hidden among doctors, settings and rooms, or are not there at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from models.hospitals import CareClass, HospitalClass, HospitalType, Weekday
from models.values.types import AreaCode, Position
from tests.onboarding.drafting.estates import Row
from tests.onboarding.hostile.suite import Cells, Hostile, Table, email_of, name_of, nik_of, phone_of

_KINDS = {
    "RSU": HospitalType.GENERAL,
    "RSIA": HospitalType.MOTHER_AND_CHILD,
    "RSK": HospitalType.SPECIAL,
}


def _doctors_beside_tables(
    hospitals: Sequence[Cells],
    doctors: Sequence[Cells],
    clinics: Sequence[Cells],
    schedule: Sequence[Cells],
    staff: Sequence[Cells],
    users: Sequence[Cells],
) -> dict[str, Table]:
    return {
        "tb_rs": Table(
            ("kd_rs char(7) pk", "nm_rs varchar(80)", "jns varchar(4)", "kls char(1)", "milik varchar(40)",
             "alamat varchar(120)", "telp varchar(20)", "kd_kec char(8)", "stts char(1) -- 1 = aktif, 0 = tutup"),
            hospitals, "rumah sakit",
        ),
        "poliklinik": Table(("kd_poli char(3) pk", "nm_poli varchar(40)"), clinics),
        "dokter": Table(
            ("kd_dokter varchar(8) pk", "nm_dokter varchar(60)", "jk char(1)", "tmp_lahir varchar(30)",
             "tgl_lahir date",
             "almt_tgl varchar(80)", "no_telp varchar(20)", "no_ijn_praktek varchar(30)", "kd_rs char(7)",
             "status char(1)"),
            doctors,
        ),
        "jadwal": Table(
            ("id_jadwal int pk", "kd_dokter varchar(8)", "hari_kerja enum(SENIN|SELASA|RABU|KAMIS|JUMAT|SABTU|AKHAD)",
             "jam_mulai time", "jam_selesai time", "kd_poli char(3)", "kuota int", "kd_rs char(7)"),
            schedule,
        ),
        "pegawai": Table(
            ("id int pk", "nik varchar(20)", "nama varchar(60)", "jk char(1)", "jbtn varchar(30)", "alamat varchar(80)",
             "tgl_lahir date"),
            staff,
        ),
        "user": Table(
            ("id_user int pk", "username varchar(30)", "password varchar(64)", "nama varchar(60)", "email varchar(60)"),
            users,
        ),
    }  # fmt: skip


def doctors_beside() -> Hostile:
    """A health office: hospitals with a laconic name, and doctors with everything that a hospital has."""
    hospitals = [
        (f"36710{at:02}", f"RS Contoh {['Melati', 'Mawar', 'Kenanga', 'Anggrek', 'Dahlia', 'Teratai'][at % 6]} {at}",
         ("RSU", "RSIA", "RSK")[at % 3], "ABCD"[at % 4], ("Pemkot", "Swasta", "Yayasan")[at % 3],
         f"Jl. Raya Sejahtera No. {at}", f"021-555{at:04}", f"36.71.{1 + at % 13:02}", "1" if at % 9 else "0")
        for at in range(1, 31)
    ]  # fmt: skip
    doctors = [
        (f"D{at:03}", f"dr. {name_of(at)}, Sp.A", "LP"[at % 2], "Tangerang", date(1970 + at % 20, 1 + at % 12, 5),
         f"Jl. Mawar No. {at} RT 02", phone_of(at), f"503/{at:04}/SIP", hospitals[at % 30][0], "1")
        for at in range(60)
    ]  # fmt: skip
    clinics = [("P01", "Poli Anak"), ("P02", "Poli Gigi"), ("P03", "Poli Saraf")]
    days = ("SENIN", "SELASA", "RABU", "KAMIS", "JUMAT")
    schedule = [
        (at, doctors[at % 60][0], days[at % 5], time(8 + at % 3, 0), time(12 + at % 3, 30), clinics[at % 3][0],
         10 + at % 20, doctors[at % 60][8])
        for at in range(1, 81)
    ]  # fmt: skip
    staff = [
        (at, f"19800101{at:010}", name_of(at), "LP"[at % 2], "Perawat", f"Jl. Anggrek {at}", date(1985, 3, 1 + at % 28))
        for at in range(1, 50)
    ]
    users = [(at, f"user{at}", "x" * 32, name_of(at), email_of(at)) for at in range(1, 20)]
    tables = _doctors_beside_tables(hospitals, doctors, clinics, schedule, staff, users)
    weekdays = dict(zip(days, list(Weekday)[:5], strict=True))
    truth_hospitals: dict[str, Row] = {
        row[0]: {
            "id": row[0], "code": row[0], "name": row[1], "kind": _KINDS[row[2]],
            "hospital_class": HospitalClass[row[3]], "owner": row[4], "address": row[5], "phone": row[6],
            "area_code": AreaCode(row[7]),
        }
        for row in hospitals
        if row[8] == "1"
    }  # fmt: skip
    truth_schedules: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "hospital_id": row[7], "practitioner_name": f"{doctors[row[0] % 60][1]}",
            "service_name": dict(clinics)[row[5]], "weekday": weekdays[row[2]], "opens": f"{row[3]:%H:%M}",
            "closes": f"{row[4]:%H:%M}", "quota": row[6],
        }
        for row in schedule
    }  # fmt: skip
    return Hostile(
        "doctors_beside", "doctors with private phones beside the hospitals", "id", "mariadb", "hospitals", "dinkes",
        tables, {"hospitals": "tb_rs", "practitioner_schedules": "jadwal"},
        {"hospitals": truth_hospitals, "practitioner_schedules": truth_schedules},
        frozenset({f"dokter.{one}" for one in ("nm_dokter", "tmp_lahir", "tgl_lahir", "almt_tgl", "no_telp")}
                  | {f"pegawai.{one}" for one in ("nik", "nama", "alamat", "tgl_lahir")}
                  | {f"user.{one}" for one in ("username", "password", "nama", "email")}),
    )  # fmt: skip


def settings_table() -> Hostile:
    """One hospital's own system: what it is stands in a table of settings."""
    settings = [
        ("hospital_name", "Contoh Harapan Hospital"), ("hospital_code", "3671099"), ("hospital_type", "RSU"),
        ("hospital_class", "B"), ("hospital_address", "12 Example Road"), ("hospital_phone", "021-5550199"),
        ("hospital_owner", "City"), ("hospital_district", "36.71.05"), ("theme", "blue"), ("smtp_host", "mail.example"),
        ("smtp_password", "correct horse"), ("backup_hour", "3"), ("language", "en"),
    ]  # fmt: skip
    doctors = [
        (at, name_of(at), phone_of(at), email_of(at), date(1975, 2, 1 + at % 28), f"{at} Rose Street", at)
        for at in range(1, 40)
    ]
    seen = datetime(2024, 1, 9, 8, 0)  # noqa: DTZ001  # as a column has it
    logins = [(at, f"login{at}", "y" * 40, seen) for at in range(1, 40)]
    tables = {
        "app_settings": Table(("setting_key varchar(40) pk", "setting_value varchar(200)"), settings),
        "logins": Table(
            ("id int pk", "username varchar(30)", "password_hash varchar(80)", "last_login datetime"), logins
        ),
        "physicians": Table(
            ("id int pk", "full_name varchar(60)", "mobile varchar(20)", "email varchar(60)", "date_of_birth date",
             "address varchar(80)", "login_id int fk(logins.id)"),
            doctors,
        ),
        "wards": Table(("id int pk", "name varchar(40)", "floor int"), [(1, "Rose", 1), (2, "Lily", 2), (3, "Oak", 3)]),
    }  # fmt: skip
    truth: dict[str, Row] = {
        "3671099": {
            "id": "3671099", "code": "3671099", "name": "Contoh Harapan Hospital", "kind": HospitalType.GENERAL,
            "hospital_class": HospitalClass.B, "address": "12 Example Road", "phone": "021-5550199", "owner": "City",
            "area_code": AreaCode("36.71.05"),
        }
    }  # fmt: skip
    return Hostile(
        "settings_table", "a hospital in a table of keys and values", "en", "sqlite", "hospitals", "dinkes", tables,
        {"hospitals": "app_settings"}, {"hospitals": truth},
        frozenset({f"physicians.{one}" for one in ("full_name", "mobile", "email", "date_of_birth", "address")}
                  | {"logins.username", "logins.password_hash"}),
    )  # fmt: skip


def room_rows() -> Hostile:
    """Beds that nobody counts: one row per room, and patients beside them."""
    hospitals = [
        (at, f"36711{at:02}", f"RSUD Contoh {at}", "RSU", "BCD"[at % 3], f"Jl. Sehat No. {at}", f"021-556{at:04}",
         -6.12 - at / 100, 106.6 + at / 100)
        for at in range(1, 11)
    ]  # fmt: skip
    classes, states = ("VIP", "Kelas 1", "Kelas 2", "Kelas 3"), ("ISI", "KOSONG", "DIBERSIHKAN")
    rooms = [
        (f"K{at:03}", 1 + at % 10, classes[(at // 10) % 4], states[(at // 7) % 3], Decimal(100_000 + 1_000 * at))
        for at in range(200)
    ]
    patients = [
        (f"{at:06}", name_of(at), date(1960 + at % 50, 1, 1 + at % 28), "LP"[at % 2], f"Jl. Kemuning {at}",
         phone_of(at),
         nik_of(at))
        for at in range(1, 80)
    ]  # fmt: skip
    stays = [
        (at, f"{1 + at % 79:06}", f"K{at % 200:03}", datetime(2024, 3, 1 + at % 28, 9, 0))  # noqa: DTZ001  # as above
        for at in range(1, 120)
    ]
    tables = {
        "rumah_sakit": Table(
            ("id int pk", "kode_rs char(7) unique", "nama varchar(80)", "jenis varchar(5)", "kelas char(1)",
             "alamat varchar(80)", "telepon varchar(20)", "lat float", "lng float"),
            hospitals,
        ),
        "kamar": Table(
            ("kd_kamar varchar(8) pk", "id_rs int fk(rumah_sakit.id)", "kelas enum(VIP|Kelas 1|Kelas 2|Kelas 3)",
             "status enum(ISI|KOSONG|DIBERSIHKAN|DIBOOKING)", "trf_kamar decimal(12,2)"),
            rooms,
        ),
        "pasien": Table(
            ("no_rm varchar(8) pk", "nm_pasien varchar(60)", "tgl_lahir date", "jk char(1)", "alamat varchar(80)",
             "no_tlp varchar(20)", "no_ktp varchar(20)"),
            patients,
        ),
        "kamar_inap": Table(
            ("id int pk", "no_rm varchar(8) fk(pasien.no_rm)", "kd_kamar varchar(8) fk(kamar.kd_kamar)",
             "tgl_masuk datetime"),
            stays,
        ),
    }  # fmt: skip
    truth: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "code": row[1], "name": row[2], "kind": HospitalType.GENERAL,
            "hospital_class": HospitalClass[row[4]], "address": row[5], "phone": row[6],
            "position": Position(row[7], row[8]),
        }
        for row in hospitals
    }  # fmt: skip
    care = dict(zip(classes, (CareClass.VIP, CareClass.CLASS_1, CareClass.CLASS_2, CareClass.CLASS_3), strict=True))
    beds: dict[str, Row] = {}
    for _, hospital, kind, state, _ in rooms:
        key = f"{hospital}-{kind}"
        count = beds.setdefault(
            key, {"id": key, "hospital_id": str(hospital), "care_class": care[kind], "capacity": 0, "available": 0}
        )
        count["capacity"] = int(str(count["capacity"])) + 1
        count["available"] = int(str(count["available"])) + (state == "KOSONG")
    return Hostile(
        "room_rows", "one row per room where beds are counted", "id", "postgresql", "hospitals", "dinkes", tables,
        {"hospitals": "rumah_sakit", "bed_availability": "kamar"}, {"hospitals": truth, "bed_availability": beds},
        frozenset(f"pasien.{one}" for one in ("no_rm", "nm_pasien", "tgl_lahir", "alamat", "no_tlp", "no_ktp")),
    )  # fmt: skip


def no_hospital() -> Hostile:
    """A hospital's store and staff: doctors, ambulances and medicine, and no word of the hospital itself."""
    doctors = [
        (f"{at:04}", f"dr. {name_of(at)}", "A" if at % 2 else "B", f"Jl. Mawar {at}", phone_of(at), "Umum", "1")
        for at in range(1, 50)
    ]
    cars = [
        (at, f"B {1000 + at} CTH", 2 + at % 3, "siap" if at % 3 else "jalan", "Garasi Timur") for at in range(1, 12)
    ]
    drugs = [(f"O{at:03}", f"Obat Contoh {at}", "tablet", at * 3, Decimal(1500 * at)) for at in range(1, 60)]
    assets = [(at, f"Kursi roda {at}", "Baik", "Bangsal Melati", 2015 + at % 9) for at in range(1, 40)]
    shifts = [
        (at, f"{1 + at % 49:04}", date(2024, 5, 1 + at % 28), ("pagi", "siang", "malam")[at % 3]) for at in range(1, 90)
    ]
    tables = {
        "m_dokter": Table(
            ("kode char(4) pk", "nama varchar(60)", "gol char(1)", "alamat varchar(80)", "telepon varchar(20)",
             "jenis varchar(20)", "aktif char(1)"),
            doctors,
        ),
        "m_ambulans": Table(
            ("id int pk", "no_polisi varchar(12)", "kapasitas int", "status varchar(10)", "lokasi varchar(30)"), cars
        ),
        "m_obat": Table(
            ("kd_obat char(4) pk", "nm_obat varchar(40)", "satuan varchar(10)", "stok int", "harga decimal(12,2)"),
             drugs
        ),
        "t_aset": Table(
            ("id int pk", "nama_barang varchar(40)", "kondisi varchar(10)", "ruang varchar(40)", "tahun int"), assets
        ),
        "t_dinas": Table(
            ("id int pk", "kode_dokter char(4) fk(m_dokter.kode)", "tanggal date", "sesi varchar(8)"), shifts
        ),
    }  # fmt: skip
    return Hostile(
        "no_hospital", "weak tables only", "id", "postgresql", "hospitals", "dinkes", tables, {}, {},
        frozenset(f"m_dokter.{one}" for one in ("nama", "alamat", "telepon")),
    )  # fmt: skip
