"""Schemas that were written before the drafting was changed, and first drafted when it was finished."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from connectors.departments.city import TANGERANG
from models.complaints import ComplaintStatus, ComplaintStatusDetail
from models.hospitals import CareClass, HospitalType, Weekday
from models.jobs import EducationLevel, EmploymentType, JobApplicationStatus, JobPostingStatus
from models.prices import PriceUnit
from models.values.types import AreaCode, Money, MoneyRange
from tests.onboarding.drafting.estates import Row
from tests.onboarding.hostile.suite import Cells, Hostile, Table, email_of, name_of, nik_of, phone_of


def _day(number: int) -> date:
    return date(2024, 3, 1) + timedelta(days=number)


def _moment(number: int) -> datetime:
    return datetime(2024, 3, 1, 7, 30) + timedelta(hours=5 * number)  # noqa: DTZ001  # as a column has it


def _care_directory_tables(
    facilities: Sequence[Cells], physicians: Sequence[Cells], beds: Sequence[Cells], hours: Sequence[Cells]
) -> dict[str, Table]:
    return {
        "facilities": Table(
            ("id int pk", "sirs_code char(7) unique", "facility_name varchar(80)", "type varchar(20)",
             "ownership varchar(20)",
             "street varchar(80)", "hotline varchar(20)", "district_code char(8)"),
            facilities,
        ),
        "physicians": Table(
            ("id int pk", "name varchar(60)", "mobile varchar(20)", "email varchar(60)", "license_no varchar(12)",
             "birth_date date", "facility_id int fk(facilities.id)"),
            physicians,
        ),
        "beds": Table(
            ("id int pk", "facility_id int fk(facilities.id)", "ward_class enum(VIP|Class 1|Class 2|Class 3)",
             "occupied int -- 0 = free, 1 = occupied"),
            beds,
        ),
        "consultation_hours": Table(
            ("id int pk", "physician_id int fk(physicians.id)", "facility_id int fk(facilities.id)",
             "clinic varchar(30)",
             "day_no int -- 1 = Monday, 2 = Tuesday, 3 = Wednesday, 4 = Thursday, 5 = Friday", "from_time time",
             "to_time time",
             "max_patients int"),
            hours,
        ),
        "users": Table(
            ("id int pk", "name varchar(40)", "password varchar(60)", "email varchar(60)"),
            [(at, f"Example Hospital {at}", "x" * 60, email_of(at)) for at in range(1, 16)],
        ),
    }  # fmt: skip


def care_directory() -> Hostile:
    """A directory of care: facilities, physicians with their own numbers, a row per bed."""
    facilities = [
        (at, f"36712{at:02}", f"Example {('General', 'Maternity', 'Eye')[at % 3]} Hospital {at}",
         ("General", "Maternity", "Special")[at % 3], ("Public", "Private")[at % 2], f"{at} Health Avenue",
          f"021-557{at:04}",
         f"36.71.{1 + at % 13:02}")
        for at in range(1, 16)
    ]  # fmt: skip
    physicians = [
        (at, f"Dr. {name_of(at)}", phone_of(at), email_of(at), f"LIC{at:05}", date(1972, 1, 1 + at % 28), 1 + at % 15)
        for at in range(1, 50)
    ]
    classes = ("VIP", "Class 1", "Class 2", "Class 3")
    beds = [(at, 1 + at % 15, classes[at // 15 % 4], at // 4 % 2) for at in range(180)]
    hours = [
        (at, 1 + at % 49, 1 + at % 15, ("Dental", "Eye", "Child care")[at % 3], 1 + at % 5, time(8 + at % 4),
         time(13 + at % 4),
         10 + at % 9)
        for at in range(1, 71)
    ]  # fmt: skip
    tables = _care_directory_tables(facilities, physicians, beds, hours)
    kinds = {
        "General": HospitalType.GENERAL,
        "Maternity": HospitalType.MOTHER_AND_CHILD,
        "Special": HospitalType.SPECIAL,
    }
    hospitals: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "code": row[1], "name": row[2], "kind": kinds[row[3]], "owner": row[4],
            "address": row[5],
            "phone": row[6], "area_code": AreaCode(row[7]),
        }
        for row in facilities
    }  # fmt: skip
    care = dict(zip(classes, (CareClass.VIP, CareClass.CLASS_1, CareClass.CLASS_2, CareClass.CLASS_3), strict=True))
    counts: dict[str, Row] = {}
    for _, facility, kind, occupied in beds:
        key = f"{facility}-{kind}"
        count = counts.setdefault(
            key, {"id": key, "hospital_id": str(facility), "care_class": care[kind], "capacity": 0, "available": 0}
        )
        count["capacity"] = int(str(count["capacity"])) + 1
        count["available"] = int(str(count["available"])) + (not occupied)
    schedules: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "hospital_id": str(row[2]), "service_name": row[3], "weekday": list(Weekday)[row[4] - 1],
            "opens": f"{row[5]:%H:%M}", "closes": f"{row[6]:%H:%M}", "quota": row[7],
        }
        for row in hours
    }  # fmt: skip
    return Hostile(
        "care_directory", "physicians, accounts and a row per bed", "en", "mariadb", "hospitals", "dinkes", tables,
        {"hospitals": "facilities", "bed_availability": "beds", "practitioner_schedules": "consultation_hours"},
        {"hospitals": hospitals, "bed_availability": counts, "practitioner_schedules": schedules},
        frozenset({f"physicians.{one}" for one in ("name", "mobile", "email", "license_no", "birth_date")}
                  | {f"users.{one}" for one in ("name", "password", "email")}),
        held_out=True,
    )  # fmt: skip


def traders() -> Hostile:
    """A market office: traders with stalls, markets, and prices with a year beside the day."""
    markets = [
        (at, f"Pasar Contoh {name}", f"36.71.0{at}")
        for at, name in enumerate(("Anyar", "Poris", "Malabar", "Ramadani"), start=1)
    ]
    goods = [(1, "Beras medium", "kg"), (2, "Telur ayam", "butir"), (3, "Minyak curah", "liter")]
    traders_ = [
        (at, name_of(at), nik_of(at), phone_of(at), 1 + at % 4, f"Blok {'ABC'[at % 3]} {at}", f"Jl. Pasar {at}")
        for at in range(1, 70)
    ]
    staff = [(at, name_of(at + 5), f"petugas{at}", "k" * 60, 1 + at % 4) for at in range(1, 9)]
    prices = [
        (at, 1 + at % 4, 1 + at % 3, _day(at // 12), Decimal(f"{9_500 + 25 * at}.00"), 2024, 1 + at % 8)
        for at in range(1, 141)
    ]
    tables = {
        "pasar": Table(("id int pk", "nama varchar(40)", "kode_kec char(8)"), markets),
        "komoditas": Table(("id int pk", "nama varchar(40)", "satuan varchar(10)"), goods),
        "pedagang": Table(
            ("id int pk", "nama varchar(60)", "no_ktp varchar(20)", "no_hp varchar(20)", "id_pasar int fk(pasar.id)",
             "kios varchar(20)", "alamat varchar(80)"),
            traders_,
        ),
        "petugas": Table(
            ("id int pk", "nama varchar(60)", "username varchar(20)", "password varchar(60)",
             "id_pasar int fk(pasar.id)"), staff
        ),
        "harga_harian": Table(
            ("id int pk", "id_pasar int fk(pasar.id)", "id_komoditas int fk(komoditas.id)", "tanggal date",
             "harga decimal(12,2)", "tahun int", "id_petugas int fk(petugas.id)"),
            prices,
        ),
    }  # fmt: skip
    units = {"kg": PriceUnit.KILOGRAM, "butir": PriceUnit.PIECE, "liter": PriceUnit.LITRE}
    found: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "day": row[3], "market_id": str(row[1]), "market_name": markets[row[1] - 1][1],
            "commodity_id": str(row[2]), "commodity_name": goods[row[2] - 1][1], "unit": units[goods[row[2] - 1][2]],
            "price": Money(Decimal(9_500 + 25 * row[0]), "IDR"),
        }
        for row in prices
    }  # fmt: skip
    places: dict[str, Row] = {
        str(row[0]): {"id": str(row[0]), "name": row[1], "area_code": AreaCode(row[2])} for row in markets
    }
    things: dict[str, Row] = {str(row[0]): {"id": str(row[0]), "name": row[1], "unit": units[row[2]]} for row in goods}
    return Hostile(
        "traders", "traders beside markets, a year beside a day", "id", "postgresql", "prices", "pdpasar", tables,
        {"market_prices": "harga_harian", "markets": "pasar", "commodities": "komoditas"},
        {"market_prices": found, "commodities": things, "markets": places},
        frozenset({f"pedagang.{one}" for one in ("nama", "no_ktp", "no_hp", "alamat")}
                  | {f"petugas.{one}" for one in ("nama", "username", "password")}),
        held_out=True,
    )  # fmt: skip


def _threads_tables(first: Sequence[Cells], answers: Sequence[Cells]) -> dict[str, Table]:
    return {
        "customers": Table(
            ("id int pk", "full_name varchar(60)", "email varchar(60)", "phone varchar(20)", "national_id varchar(20)"),
            [(at, name_of(at), email_of(at), phone_of(at), nik_of(at)) for at in range(1, 45)],
        ),
        "agents": Table(
            ("id int pk", "login varchar(20)", "password_hash varchar(60)", "name varchar(60)"),
            [(at, f"agent{at}", "h" * 60, name_of(at)) for at in range(1, 9)],
        ),
        "tickets": Table(
            ("id int pk", "parent_id int fk(tickets.id)", "customer_id int fk(customers.id)", "queue varchar(20)",
             "subject varchar(60)", "body text", "status int -- 1: waiting, 2: in progress, 3: done",
             "created_at datetime",
             "remote_ip varchar(40)"),
            [*first, *answers], "complaints of residents and the answers to them",
        ),
    }  # fmt: skip


def threads() -> Hostile:
    """A help desk: messages refer to the one that they answer, customers and agents stand beside."""
    texts = ("The bus shelter has been without a roof since the storm of last month",
             "A tree has fallen over the footpath and nobody can pass it with a pram")  # fmt: skip
    first: list[Cells] = [
        (
            at,
            None,
            1 + at % 40,
            ("transport", "parks")[at % 2],
            f"Message {at}",
            texts[at % 2],
            1 + at % 3,
            _moment(at),
            f"10.9.{at}.1",
        )
        for at in range(1, 61)
    ]
    answers: list[Cells] = [
        (500 + at, at, None, ("transport", "parks")[at % 2], f"Re: message {at}",
         "We have passed it on to the crew of that area",
         1 + at % 3, _moment(at + 1), "10.9.0.1")
        for at in range(1, 50)
    ]  # fmt: skip
    tables = _threads_tables(first, answers)
    states = list(ComplaintStatusDetail)
    zone = TANGERANG.time_zone
    complaints: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "category_code": row[3],
            "status": ComplaintStatus.CLOSED if row[6] == 3 else ComplaintStatus.OPEN,
            "status_detail": states[int(str(row[6])) - 1],
            "requested_at": _moment(int(str(row[0]))).replace(tzinfo=zone),
            "description": row[5], "reporter_nik": nik_of(int(str(row[2]))),
        }
        for row in first
    }  # fmt: skip
    steps: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "complaint_id": str(row[1]), "at": _moment(int(str(row[1])) + 1).replace(tzinfo=zone),
            "status_detail": states[int(str(row[6])) - 1], "note": row[5],
            "reporter_nik": nik_of(int(str(first[int(str(row[1])) - 1][2]))),
        }
        for row in answers
    }  # fmt: skip
    categories: dict[str, Row] = {one: {"id": one, "code": one, "name": one} for one in ("transport", "parks")}
    return Hostile(
        "threads", "answers in the table of the complaints, customers beside", "en", "postgresql", "complaints",
        "diskominfo", tables,
        {"complaints": "tickets", "complaint_status_changes": "tickets", "complaint_categories": "tickets"},
        {"complaints": complaints, "complaint_status_changes": steps, "complaint_categories": categories},
        frozenset({f"customers.{one}" for one in ("full_name", "email", "phone", "national_id")}
                  | {f"agents.{one}" for one in ("login", "password_hash", "name")} | {"tickets.remote_ip"}),
        held_out=True,
    )  # fmt: skip


def _job_board_tables(
    firms: Sequence[Cells], seekers: Sequence[Cells], vacancies: Sequence[Cells], sent: Sequence[Cells]
) -> dict[str, Table]:
    return {
        "perusahaan": Table(("id int pk", "nama varchar(60)", "alamat varchar(80)", "telp varchar(20)"), firms),
        "pencari_kerja": Table(
            ("id int pk", "nama varchar(60)", "nik varchar(20)", "email varchar(60)", "no_hp varchar(20)", "jk char(1)",
             "tgl_lahir varchar(10)", "pendidikan varchar(10)"),
            seekers,
        ),
        "lowongan": Table(
            ("id int pk", "judul varchar(60)", "id_perusahaan int fk(perusahaan.id)", "deskripsi text",
             "jenis varchar(20)",
             "pendidikan varchar(10)", "gaji int", "tgl_buka varchar(10)", "tgl_tutup varchar(10)",
             "status varchar(10)",
             "tahun int"),
            vacancies,
        ),
        "lamaran": Table(
            ("id int pk", "id_lowongan int fk(lowongan.id)", "id_pencari int fk(pencari_kerja.id)",
             "tgl_lamar varchar(20)",
             "status varchar(12)", "surat text"),
            sent,
        ),
        "users": Table(
            ("id int pk", "name varchar(60)", "email varchar(60)", "password varchar(60)"),
            [(at, name_of(at), email_of(at), "s" * 60) for at in range(1, 30)],
        ),
    }  # fmt: skip


def job_board() -> Hostile:
    """A job board: vacancies, firms, job seekers with all that a person has, and logins."""
    firms = [(at, f"PT Contoh {at}", f"Jl. Industri {at}", f"021-558{at:04}") for at in range(1, 21)]
    seekers = [
        (
            at,
            name_of(at),
            nik_of(at),
            email_of(at),
            phone_of(at),
            "LP"[at % 2],
            date(1995, 5, 1 + at % 28).isoformat(),
            "SMA",
        )
        for at in range(1, 70)
    ]
    levels = (("SMA", EducationLevel.UPPER_SECONDARY), ("D3", EducationLevel.DIPLOMA), ("S1", EducationLevel.BACHELOR))
    sorts = (
        ("Penuh waktu", EmploymentType.FULL_TIME),
        ("Kontrak", EmploymentType.CONTRACT),
        ("Magang", EmploymentType.INTERNSHIP),
    )
    vacancies = [
        (at, f"Operator Mesin {at}", 1 + at % 20,
         f"Mengoperasikan mesin produksi dan menjaga kebersihan area kerja nomor {at}",
         sorts[at % 3][0], levels[at % 3][0], 4_000_000 + 10_000 * at, _day(at).isoformat(), _day(at + 30).isoformat(),
         ("Dibuka", "Ditutup")[at % 2], 2024)
        for at in range(1, 61)
    ]  # fmt: skip
    sent = [
        (at, 1 + at % 60, 1 + at % 69, f"{_moment(at):%Y-%m-%d %H:%M:%S}", ("Terkirim", "Diproses", "Diterima",
         "Ditolak")[at % 4],
         "Saya tertarik dengan lowongan ini dan siap bekerja keras setiap hari")
        for at in range(1, 121)
    ]  # fmt: skip
    tables = _job_board_tables(firms, seekers, vacancies, sent)

    def pay(amount: int) -> MoneyRange:
        one = Money(Decimal(amount), "IDR")
        return MoneyRange(one, one)

    postings: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "title": row[1], "hiring_organization": firms[row[2] - 1][1], "description": row[3],
            "employment_type": dict(sorts)[row[4]], "education": dict(levels)[row[5]], "base_salary": pay(row[6]),
            "date_posted": date.fromisoformat(row[7]), "valid_through": date.fromisoformat(row[8]),
            "status": JobPostingStatus.OPEN if row[9] == "Dibuka" else JobPostingStatus.CLOSED,
        }
        for row in vacancies
    }  # fmt: skip
    states = dict(zip(("Terkirim", "Diproses", "Diterima", "Ditolak"), list(JobApplicationStatus)[:4], strict=True))
    applications: dict[str, Row] = {
        str(row[0]): {
            "id": str(row[0]), "posting_id": str(row[1]), "applicant_email": email_of(row[2]),
            "applicant_name": name_of(row[2]), "applied_at": _moment(row[0]).replace(tzinfo=TANGERANG.time_zone),
            "status": states[row[4]], "cover_letter": row[5],
        }
        for row in sent
    }  # fmt: skip
    return Hostile(
        "job_board", "job seekers and accounts beside vacancies", "id", "sqlite", "jobs", "disnaker", tables,
        {"job_postings": "lowongan", "job_applications": "lamaran"},
        {"job_postings": postings, "job_applications": applications},
        frozenset({f"pencari_kerja.{one}" for one in ("nama", "nik", "email", "no_hp", "tgl_lahir")}
                  | {f"users.{one}" for one in ("name", "email", "password")} | {"lamaran.surat"}),
        held_out=True,
    )  # fmt: skip
