"""The jobs of the sample city: the truth, and the dirty job exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sample import areas, dirt
from sample.citizens.people import email_address, person, streets
from sample.city import SEED, SPAN_DAYS, Size
from sample.dice import weighted
from sample.dirt import stored
from sample.jobs.texts import TRADES, cover_letter, employer, posting_text
from sample.shapes import Row, Source, Table

LOWONGANS = Table(
    name="informasi_lowongans",
    columns=(
        ("id_informasi_lowongan", "integer PRIMARY KEY"),
        ("judul_lowongan", "varchar(150)"),
        ("perusahaan", "text"),
        ("salary", "text"),
        ("bidang", "varchar(60)"),
        ("jenis_lowongan", "varchar(30)"),
        ("pendidikan", "varchar(30)"),
        ("jenis_kelamin", "varchar(10)"),
        ("deskripsi", "text"),
        ("verifikasi", "char(1)"),
        ("status_lowongan", "varchar(20)"),
        ("lokasi", "varchar(200)"),
        ("kd_kec", "varchar(20)"),
        ("tgl_buka", "varchar(10)"),
        ("tgl_tutup", "varchar(10)"),
        ("deleted_at", "varchar(20)"),
    ),
    indexes=(("kd_kec", "id_informasi_lowongan"),),
)
LAMARS = Table(
    name="lamars",
    columns=(
        ("id", "integer PRIMARY KEY"),
        ("id_informasi_lowongan", "integer"),
        ("email", "varchar(100)"),
        ("nama", "varchar(100)"),
        ("tgl_lamar", "varchar(20)"),
        ("status", "varchar(20)"),
        ("surat", "text"),
    ),
    indexes=(("email", "id"), ("id_informasi_lowongan",)),
)


TYPES: Mapping[str, tuple[str, str]] = {
    "FULL_TIME": ("Full Time", "Penuh Waktu"),
    "PART_TIME": ("Part Time", "Paruh Waktu"),
    "CONTRACT": ("Kontrak", "PKWT"),
    "INTERNSHIP": ("Magang", "MAGANG"),
}
EDUCATIONS: Mapping[str, tuple[str, str]] = {
    "ANY": ("Semua Jenjang", "Semua Jenjang"),
    "PRIMARY": ("SD", "SD"),
    "LOWER_SECONDARY": ("SMP", "SLTP"),
    "UPPER_SECONDARY": ("SMA/SMK", "SLTA"),
    "DIPLOMA": ("D3", "D1"),
    "BACHELOR": ("S1", "D4"),
    "MASTER": ("S2", "S2"),
}
STATUSES: Mapping[str, tuple[str, str]] = {"OPEN": ("Dibuka", "1"), "CLOSED": ("Ditutup", "0")}
APPLICATION_STATUSES: Mapping[str, tuple[str, str]] = {
    "SUBMITTED": ("Terkirim", "0"),
    "UNDER_REVIEW": ("Diproses", "Interview"),
    "ACCEPTED": ("Diterima", "DITERIMA"),
    "REJECTED": ("Ditolak", "DITOLAK"),
}
VERIFICATIONS: Mapping[str, str] = {"0": "PENDING", "1": "VERIFIED", "2": "REFUSED"}

_MILLION = 1_000_000

# How pay is written from its bounds in millions; those of one amount name the lower bound.
_RANGES: Mapping[str, Callable[[int, int], str]] = {
    "1 - 2 Juta": lambda low, high: f"{low} - {high} Juta",
    "Rp 1.000.000 - Rp 2.000.000": lambda low, high: f"Rp {low}.000.000 - Rp {high}.000.000",
}
_AMOUNTS: Mapping[str, Callable[[int], str]] = {
    "Rp. 1.500.000": lambda low: f"Rp. {low}.500.000",
    "Rp. 1.500.000,-": lambda low: f"Rp. {low}.500.000,-",
    "1500000": lambda low: f"{low}500000",
}

_ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "small": lambda address: address,
    "first capital": lambda address: address[0].upper() + address[1:],
    "capitals": lambda address: address.upper(),
    "blank behind": lambda address: f"{address} ",
}
_RUINED_ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "mixed": lambda address: address.title(),
    "no sign": lambda address: address.replace("@", ""),
    "two": lambda address: f"{address}, {address}",
}


def dirty_pay(low: int, high: int, kind: str) -> tuple[str | None, int | None, int | None]:
    """Pay from `low` to `high` millions: what is stored, and the bounds in rupiah that survive."""
    if kind in _RANGES:
        return _RANGES[kind](low, high), low * _MILLION, high * _MILLION
    if kind in _AMOUNTS:
        amount = low * _MILLION + _MILLION // 2
        return _AMOUNTS[kind](low), amount, amount
    return stored(kind), None, None


def dirty_address(address: str, kind: str) -> tuple[str | None, str | None]:
    """An e-mail address: four spellings survive; any mix of capitals, two in one cell and broken ones do not."""
    spell = _ADDRESSES.get(kind)
    if spell:
        return spell(address), address
    ruin = _RUINED_ADDRESSES.get(kind)
    return (ruin(address) if ruin else stored(kind)), None


def dirty_district(code: str, kind: str) -> tuple[str | None, str | None]:
    """The code of a district, with its dots or without."""
    if kind in ("dotted", "plain"):
        return (code if kind == "dotted" else code.replace(".", "")), code
    return stored(kind), None


class JobPostingTruth(NamedTuple):
    """The true posting; pay in rupiah."""

    id: str
    title: str
    hiring_organization: str | None
    description: str | None
    industry: str
    employment_type: str
    education: str
    salary_min: int | None
    salary_max: int | None
    date_posted: date | None
    valid_through: date | None
    status: str
    verification: str
    area_code: str | None
    location: str | None


class JobApplicationTruth(NamedTuple):
    """The true application; it keeps the key of a posting that is gone."""

    id: str
    posting_id: str
    applicant_email: str | None
    applicant_name: str | None
    applied_at: datetime | None
    status: str
    cover_letter: str | None


class JobPostingCase(NamedTuple):
    """The stored row and the truth; a deleted posting must not be seen."""

    truth: JobPostingTruth
    legacy: Row
    alive: bool
    last_day: date


class JobApplicationCase(NamedTuple):
    """The stored row, the truth, and the true applicant."""

    truth: JobApplicationTruth
    legacy: Row
    applicant: int


Draw = Callable[[], float]

_SPAN_MINUTES = SPAN_DAYS * 24 * 60
_OPEN_DAYS_MAX = 60
_RECENT_POSTINGS = 40
# Of the register's people this share looks for work; beside them there are people whom the register does not have.
_SEEKERS_SHARE = 0.2
_STRANGERS = 500
_STRANGER_SHARE = 0.08

_DISTRICTS = [area.code for area in areas.truth() if area.level == "DISTRICT"]

_type = weighted((("FULL_TIME", 0.55), ("CONTRACT", 0.3), ("PART_TIME", 0.08), ("INTERNSHIP", 0.07)))
_sex = weighted((("", 0.6), ("L", 0.2), ("P", 0.2)))
_outcome = weighted((("SUBMITTED", 0.4), ("UNDER_REVIEW", 0.25), ("REJECTED", 0.25), ("ACCEPTED", 0.1)))

_pay = dirt.die("pay")
_code = dirt.die("job code")
_day = dirt.die("job day")
_last_day = dirt.die("job last day")
_verification = dirt.die("job verification")
_deleted = dirt.die("job deleted")
_employer = dirt.die("job employer")
_district = dirt.die("job district")
_short_text = dirt.die("short text")
_free_text = dirt.die("free text")
_address = dirt.die("applicant address")
_applied = dirt.die("applied at")
_posting = dirt.die("applied for")


def postings(size: Size, seed: int = SEED) -> Iterator[JobPostingCase]:
    """All postings, also deleted ones, by id; the same for the same size and seed."""
    draw = Random(f"{seed}:job postings").random
    for number in range(1, size.job_postings + 1):
        first_day = size.start.date() + timedelta(days=(number - 1) * SPAN_DAYS // size.job_postings)
        yield posting_of(number, first_day, size, draw)


def applications(size: Size, seed: int = SEED) -> Iterator[JobApplicationCase]:
    """All applications in the order of their ids, which is that of time."""
    draw = Random(f"{seed}:job applications").random
    for number in range(1, size.job_applications + 1):
        minute = int((number - 1 + draw()) * _SPAN_MINUTES / size.job_applications)
        published = max(1, minute * size.job_postings // _SPAN_MINUTES)
        yield application_of(number, size.start + timedelta(minutes=minute), published, size, draw)


def posting_of(number: int, first_day: date, size: Size, draw: Draw) -> JobPostingCase:
    """A posting of a day, cell by cell what is stored and what survives."""
    trade = TRADES[int(draw() * len(TRADES))]
    title = trade.titles[int(draw() * len(trade.titles))]
    last_day = first_day + timedelta(days=7 + int(draw() * _OPEN_DAYS_MAX))
    district = _DISTRICTS[int(draw() * len(_DISTRICTS))]
    low = trade.pays[0] + int(draw() * (trade.pays[1] - trade.pays[0]))

    stored_employer, organization = _dirty_employer(employer(draw), _employer(draw()))
    stored_pay, salary_min, salary_max = dirty_pay(low, low + 1 + int(draw() * 3), _pay(draw()))
    stored_type, employment_type = dirt.dirty_code(TYPES, _type(draw()), _code(draw()))
    asked = trade.educations[int(draw() * len(trade.educations))]
    stored_education, education = dirt.dirty_code(EDUCATIONS, asked, _code(draw()))
    style = _free_text(draw())
    text = posting_text(trade, title, person(int(draw() * size.citizens)).phone, style, draw)
    stored_text, description = dirt.dirty_free_text(text, style)
    usual = "OPEN" if last_day >= size.day else "CLOSED"
    stored_status, status = dirt.dirty_code(STATUSES, usual, _code(draw()))
    stored_place, location = dirt.dirty_short_text(streets()[int(draw() * len(streets()))], _short_text(draw()))
    stored_district, area_code = dirty_district(district, _district(draw()))
    stored_first, date_posted = _dirty_day(first_day, _day(draw()))
    stored_last, valid_through = _dirty_day(last_day, _last_day(draw()))
    verified, deleted = _verification(draw()), _deleted(draw())
    deleted_at = None if deleted == "NULL" else f"{last_day} 17:00:00"

    truth = JobPostingTruth(
        str(number), title, organization, description, trade.industry, employment_type, education, salary_min,
        salary_max, date_posted, valid_through, status, VERIFICATIONS[verified], area_code, location,
    )  # fmt: skip
    legacy = (
        number, title, stored_employer, stored_pay, trade.industry, stored_type, stored_education, _sex(draw()),
        stored_text, verified, stored_status, stored_place, stored_district, stored_first, stored_last, deleted_at,
    )  # fmt: skip
    return JobPostingCase(truth, legacy, verified == "1" and deleted_at is None, last_day)


def _dirty_employer(name: str, kind: str) -> tuple[str | None, str | None]:
    return (name, name) if kind == "clean" else (dirt.stored(kind), None)


def _dirty_day(day: date, kind: str) -> tuple[str | None, date | None]:
    return (day.isoformat(), day) if kind == "clean" else (dirt.stored(kind), None)


def application_of(number: int, at: datetime, published: int, size: Size, draw: Draw) -> JobApplicationCase:
    """An application at a moment for one of the postings that were published last."""
    posting = max(1, published - int(draw() ** 2 * _RECENT_POSTINGS))
    posting_id = posting if _posting(draw()) == "there" else size.job_postings + posting
    applicant = _applicant(size, draw)
    name = person(applicant).name

    stored_address, address = dirty_address(email_address(applicant), _address(draw()))
    stored_name, applicant_name = dirt.dirty_short_text(name, _short_text(draw()))
    stored_at, applied_at = dirt.dirty_time(f"{at:%Y-%m-%d %H:%M:%S}", at, _applied(draw()))
    stored_status, status = dirt.dirty_code(APPLICATION_STATUSES, _outcome(draw()), _code(draw()))
    style = _free_text(draw())
    trade = TRADES[int(draw() * len(TRADES))]
    text = cover_letter(trade.titles[int(draw() * len(trade.titles))], name, style, draw)
    stored_text, letter = dirt.dirty_free_text(text, style)

    truth = JobApplicationTruth(str(number), str(posting_id), address, applicant_name, applied_at, status, letter)
    legacy = (number, posting_id, stored_address, stored_name, stored_at, stored_status, stored_text)
    return JobApplicationCase(truth, legacy, applicant)


def _applicant(size: Size, draw: Draw) -> int:
    """Few people apply often; some are in no register of this city."""
    if draw() < _STRANGER_SHARE:
        return size.citizens + int(draw() * _STRANGERS)
    return int(size.citizens * _SEEKERS_SHARE * draw() ** 2)


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for posting in postings(size, seed):
        yield LOWONGANS.name, posting.legacy
    for application in applications(size, seed):
        yield LAMARS.name, application.legacy


SOURCE = Source(
    "jobs",
    (LOWONGANS, LAMARS),
    main=LOWONGANS.name,
    total=lambda size: size.job_postings,
    rows=_rows,
)
