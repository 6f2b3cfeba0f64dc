"""The vacancies: a job portal that an agency built: words glued together, companies and seekers in their own tables."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from connectors.departments.city import TANGERANG
from models.jobs import EducationLevel, EmploymentType, JobApplicationStatus, JobPostingStatus, PostingVerification
from models.values.types import AreaCode, Money, MoneyRange
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import Estate, Row

DDL = (
    "CREATE TABLE tk_bidang (idbidang int PRIMARY KEY, uraian varchar(60), aktif tinyint)",
    "CREATE TABLE tk_pendidikan (kdpend smallint PRIMARY KEY, uraian varchar(40))",
    """CREATE TABLE tk_perusahaan (
        idperusahaan int PRIMARY KEY, nib char(13), namaperusahaan varchar(100), idbidang int,
        alamatkantor varchar(150), namahrd varchar(60), kontakhrd varchar(30), emailhrd varchar(80), npwp varchar(25),
        jmlkaryawan int, terdaftar datetime)""",
    """CREATE TABLE tk_loker (
        idloker int PRIMARY KEY, idperusahaan int, posisi varchar(100), kualifikasi text, gajimin int, gajimax int,
        tipekerja varchar(20), kdpend smallint, usiamax tinyint, jmlformasi smallint, wilayahkerja varchar(8),
        alamatkerja varchar(150), mulaitayang date, akhirtayang date, stloker char(1), stverif char(1),
        petugasverif varchar(40), dilihat int, dihapus_pada datetime)""",
    """CREATE TABLE tk_pencaker (
        idpencaker int PRIMARY KEY, nik char(16), namalengkap varchar(80), surel varchar(80), ponsel varchar(20),
        jk char(1), tgllahir date, alamatktp varchar(150), katasandi varchar(80), daftar datetime)""",
    """CREATE TABLE tk_lamaran (
        idlamaran int PRIMARY KEY, idloker int, idpencaker int, tglkirim datetime, ststerakhir varchar(20), pesan text,
        berkas varchar(100))""",
    """CREATE TABLE tk_pelatihan (
        idpelatihan int PRIMARY KEY, judul varchar(80), mulai date, selesai date, kuota smallint)""",
    "CREATE TABLE tk_pengaturan (kunci varchar(40) PRIMARY KEY, nilai text)",
)

_FIELDS = ("Perdagangan", "Industri pengolahan", "Jasa keuangan", "Konstruksi")
_EDUCATIONS = (
    (1, "SD Sederajat", EducationLevel.PRIMARY), (2, "SMP Sederajat", EducationLevel.LOWER_SECONDARY),
    (3, "SMA/SMK Sederajat", EducationLevel.UPPER_SECONDARY), (4, "Diploma III", EducationLevel.DIPLOMA),
    (5, "Sarjana (S1)", EducationLevel.BACHELOR),
)  # fmt: skip
_TYPES = {
    "Penuh Waktu": EmploymentType.FULL_TIME,
    "Paruh Waktu": EmploymentType.PART_TIME,
    "Kontrak": EmploymentType.CONTRACT,
    "Magang": EmploymentType.INTERNSHIP,
}
_OPEN = {"B": JobPostingStatus.OPEN, "T": JobPostingStatus.CLOSED}
_VERIFIED = {"P": PostingVerification.PENDING, "V": PostingVerification.VERIFIED, "R": PostingVerification.REFUSED}
_STATUSES = {
    "Dikirim": JobApplicationStatus.SUBMITTED,
    "Ditinjau": JobApplicationStatus.UNDER_REVIEW,
    "Diterima": JobApplicationStatus.ACCEPTED,
    "Ditolak": JobApplicationStatus.REJECTED,
}
_TITLES = ("Kasir toko", "Operator produksi", "Staf administrasi", "Teknisi listrik", "Perawat klinik")
_NAMES = ("Siti Rahmawati", "Agus Setiawan", "Dewi Kurniasih", "Bambang Prakoso", "Nur Hasanah", "Rudi Hartono")
_WANTED = (
    "Teliti, jujur dan bersedia bekerja dengan jam bergantian di lokasi kami",
    "Pengalaman satu tahun di bidang yang sama dan mampu bekerja dalam tim",
)
_LETTERS = (
    "Dengan hormat, saya ingin melamar pekerjaan ini karena sesuai dengan keahlian saya",
    "Mohon dipertimbangkan ya pak",
)
_POSTINGS, _SEEKERS, _APPLICATIONS, _COMPANIES = 230, 70, 300, 25


def estate() -> Estate:
    dice = random.Random(3)
    companies = [_company(number) for number in range(1, _COMPANIES + 1)]
    postings = [_posting(number, dice) for number in range(1, _POSTINGS + 1)]
    seekers = [_seeker(number) for number in range(1, _SEEKERS + 1)]
    applications = [_application(number, dice) for number in range(1, _APPLICATIONS + 1)]
    rows: dict[str, list[Row]] = {
        "tk_bidang": [{"idbidang": at, "uraian": name, "aktif": 1} for at, name in enumerate(_FIELDS, start=1)],
        "tk_pendidikan": [{"kdpend": code, "uraian": words} for code, words, _ in _EDUCATIONS],
        "tk_perusahaan": companies,
        "tk_loker": postings,
        "tk_pencaker": seekers,
        "tk_lamaran": applications,
        "tk_pelatihan": [
            {
                "idpelatihan": 1,
                "judul": "Las dasar",
                "mulai": date(2026, 1, 5),
                "selesai": date(2026, 1, 9),
                "kuota": 20,
            }
        ],
        "tk_pengaturan": [{"kunci": "judul_situs", "nilai": "Bursa Kerja"}],
    }
    truth: dict[str, dict[str, Row]] = {
        "job_postings": {
            str(row["idloker"]): _clean(row, companies) for row in postings if row["dihapus_pada"] is None
        },
        "job_applications": {str(row["idlamaran"]): _clean_application(row, seekers) for row in applications},
    }
    personal = (
        ("tk_pencaker", "nik"), ("tk_pencaker", "namalengkap"), ("tk_pencaker", "surel"), ("tk_pencaker", "ponsel"),
        ("tk_pencaker", "alamatktp"), ("tk_lamaran", "pesan"), ("tk_perusahaan", "namahrd"),
        ("tk_perusahaan", "kontakhrd"), ("tk_perusahaan", "emailhrd"), ("tk_loker", "petugasverif"),
    )  # fmt: skip
    return Estate("vacancies", "jobs", "disnaker", DDL, rows, truth, personal)


def _moment(*parts: int) -> datetime:
    """A moment without a zone, as a column has it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # naive is the point


def _company(number: int) -> Row:
    return {
        "idperusahaan": number, "nib": f"91200{number:08}", "namaperusahaan": f"PT Karya Makmur {number}",
        "idbidang": 1 + number % len(_FIELDS), "alamatkantor": f"Jl. Industri No. {number}",
        "namahrd": f"Ibu Personalia {number}",
        "kontakhrd": f"0812-5552-{number:04}", "emailhrd": f"hrd{number}@usaha.example",
        "npwp": f"01.555.{number:03}.7-402.000", "jmlkaryawan": 10 * number, "terdaftar": _moment(2019, 1, 1),
    }  # fmt: skip


def _posting(number: int, dice: random.Random) -> Row:
    start = date(2024, 1, 3) + timedelta(days=number * 2 + dice.randint(0, 1))
    least = dice.randint(3, 6) * 1_000_000
    return {
        "idloker": number,
        "idperusahaan": dice.randint(1, _COMPANIES),
        "posisi": dice.choice(_TITLES),
        "kualifikasi": dice.choice(_WANTED),
        "gajimin": least,
        "gajimax": least + dice.randint(0, 4) * 500_000,
        "tipekerja": dice.choice(tuple(_TYPES)),
        "kdpend": dice.choice(_EDUCATIONS)[0],
        "usiamax": dice.randint(25, 40),
        "jmlformasi": dice.randint(1, 30),
        "wilayahkerja": dice.choice(("36.71.01", "36.71.05", "36.71.07")),
        "alamatkerja": f"Kawasan Industri Blok {dice.choice('ABC')} No. {number}",
        "mulaitayang": start,
        "akhirtayang": start + timedelta(days=dice.randint(14, 60)),
        "stloker": dice.choice(tuple(_OPEN)),
        "stverif": dice.choices(tuple(_VERIFIED), (1, 8, 1))[0],
        "petugasverif": dice.choice(("Ratna Sari", "Joko Susilo")),
        "dilihat": dice.randint(0, 900),
        "dihapus_pada": _moment(2026, 1, 1) if dice.random() < 0.05 else None,
    }


def _seeker(number: int) -> Row:
    name = _NAMES[number % len(_NAMES)]
    return {
        "idpencaker": number, "nik": resident_number(4_000 + number), "namalengkap": name,
        "surel": f"{name.split()[0].lower()}.{number}@surel.example", "ponsel": f"0813-5553-{number:04}",
        "jk": "LP"[number % 2],
        "tgllahir": date(1990, 1, 1) + timedelta(days=number * 40), "alamatktp": f"Kampung Baru Nomor {number}",
        "katasandi": "x", "daftar": _moment(2023, 1, 1),
    }  # fmt: skip


def _application(number: int, dice: random.Random) -> Row:
    return {
        "idlamaran": number, "idloker": dice.randint(1, _POSTINGS), "idpencaker": dice.randint(1, _SEEKERS),
        "tglkirim": _moment(2024, 2, 1, 8) + timedelta(hours=number * 5, minutes=dice.randint(0, 200)),
        "ststerakhir": dice.choice(tuple(_STATUSES)), "pesan": dice.choice(_LETTERS), "berkas": f"cv_{number}.pdf",
    }  # fmt: skip


def _clean(row: Row, companies: list[Row]) -> Row:
    company = next(one for one in companies if one["idperusahaan"] == row["idperusahaan"])
    field = company["idbidang"]
    assert isinstance(field, int)
    least, most = (Money(Decimal(str(row[name])), "IDR") for name in ("gajimin", "gajimax"))
    return {
        "id": str(row["idloker"]),
        "title": row["posisi"],
        "hiring_organization": company["namaperusahaan"],
        "description": row["kualifikasi"],
        "industry": _FIELDS[field - 1],
        "employment_type": _TYPES[str(row["tipekerja"])],
        "education": next(level for code, _, level in _EDUCATIONS if code == row["kdpend"]),
        "base_salary": MoneyRange(least, most),
        "date_posted": row["mulaitayang"],
        "valid_through": row["akhirtayang"],
        "status": _OPEN[str(row["stloker"])],
        "verification": _VERIFIED[str(row["stverif"])],
        "area_code": AreaCode(str(row["wilayahkerja"])),
        "location": row["alamatkerja"],
    }


def _clean_application(row: Row, seekers: list[Row]) -> Row:
    seeker = next(one for one in seekers if one["idpencaker"] == row["idpencaker"])
    moment = row["tglkirim"]
    assert isinstance(moment, datetime)
    return {
        "id": str(row["idlamaran"]),
        "posting_id": str(row["idloker"]),
        "applicant_email": seeker["surel"],
        "applicant_name": seeker["namalengkap"],
        "applied_at": moment.replace(tzinfo=TANGERANG.time_zone),
        "status": _STATUSES[str(row["ststerakhir"])],
        "cover_letter": row["pesan"],
    }
