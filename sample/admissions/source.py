"""The applications of the sample city: the truth, and the dirty table of pupils."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.admissions import schools
from sample.citizens.people import Person, person, resident_number
from sample.city import SEED, WIB, Size
from sample.dice import weighted
from sample.dirt import stored
from sample.shapes import Row, Source, Table

TBL_SISWA = Table(
    name="tbl_siswa",
    columns=(
        ("id", "integer PRIMARY KEY"),
        ("no_pendaftaran", "varchar(20)"),
        ("nisn", "varchar(20)"),
        ("nik", "varchar(40)"),
        ("nama_lengkap", "varchar(100)"),
        ("tgl_lahir", "varchar(10)"),
        ("jalur", "varchar(20)"),
        ("npsn_sekolah", "varchar(10)"),
        ("asal_sekolah", "varchar(60)"),
        ("tgl_daftar", "varchar(20)"),
        ("status_verifikasi", "char(1)"),
        ("status_pendaftaran", "varchar(20)"),
        ("enabled", "integer"),
    ),
    indexes=(("nik",), ("npsn_sekolah", "id")),
)


# Shares of values per kind of dirt, as in rates.py. A kind that destroys a value is named by what is stored instead.
RATES: Mapping[str, Mapping[str, float]] = {
    "registration": {"clean": 0.990, "-": 0.005, "": 0.005},
    "pupil number": {"clean": 0.930, "lost zero": 0.030, "-": 0.020, "": 0.010, "NULL": 0.010},
    "pupil name": {"capitals": 0.850, "mixed": 0.100, "padded": 0.040, "-": 0.005, "": 0.005},
    "birth day": {"clean": 0.980, "00-00-0000": 0.010, "31-02-2012": 0.005, "": 0.005},
    "pathway": {"usual": 0.820, "other": 0.160, "KETM": 0.010, "": 0.010},
    "admission school": {"clean": 0.960, "gone": 0.020, "-": 0.010, "9900": 0.010},
    "submitted": {"clean": 0.980, "00-00-0000 00:00:00": 0.010, "31-02-2026 08:00:00": 0.005, "-": 0.005},
    "verification": {"clean": 0.980, "9": 0.010, "NULL": 0.010},
    "admission status": {"usual": 0.860, "other": 0.120, "??": 0.010, "": 0.010},
    "application alive": {"1": 0.970, "2": 0.030},
}

_PATHWAYS: Mapping[str, tuple[str, str]] = {
    "AFFIRMATION": ("AFIRMASI", "Afirmasi"),
    "ACHIEVEMENT": ("PRESTASI", "Prestasi"),
    "TRANSFER": ("MUTASI", "Perpindahan Tugas"),
}
_DOMICILE, _ZONING = ("DOMISILI", "Domisili"), ("ZONASI", "Zonasi")
_ZONING_YEAR_LAST = 2024

STATUSES: Mapping[str, tuple[str, str]] = {
    "SUBMITTED": ("Terdaftar", "0"),
    "ACCEPTED": ("Diterima", "1"),
    "RESERVE": ("Cadangan", "Cadangan"),
    "REJECTED": ("Tidak Diterima", "2"),
    "ENROLLED": ("Daftar Ulang", "Daftar Ulang"),
    "WITHDRAWN": ("Mundur", "Mundur"),
}
VERIFICATIONS = {"0": "PENDING", "1": "VERIFIED", "2": "REFUSED"}

_NO_SCHOOL = "99999999"


def die(column: str) -> Callable[[float], str]:
    """A die that turns a number in 0..1 into a kind of dirt of `column`."""
    return weighted(RATES[column].items())


def pathways(year: int) -> Mapping[str, tuple[str, str]]:
    """The two spellings of each pathway in a year; domicile was called zoning until 2024."""
    return {"DOMICILE": _ZONING if year <= _ZONING_YEAR_LAST else _DOMICILE, **_PATHWAYS}


def dirty_name(name: str, kind: str) -> tuple[str | None, str | None]:
    spelled = {"capitals": name.upper(), "mixed": name, "padded": f"{name.upper()}  "}
    return (spelled[kind], name) if kind in spelled else (stored(kind), None)


def dirty_day(day: date, kind: str) -> tuple[str | None, date | None]:
    return (f"{day:%d-%m-%Y}", day) if kind == "clean" else (stored(kind), None)


def dirty_pupil_number(number: str, kind: str) -> tuple[str | None, str | None]:
    """A number opened in a spreadsheet loses its leading zero, and with it its meaning."""
    if kind == "clean":
        return number, number
    return (number[1:] if kind == "lost zero" else stored(kind)), None


def dirty_school(npsn: str, kind: str) -> tuple[str | None, str | None]:
    """The number of a school; a school that is not in the list has a number too."""
    if kind in ("clean", "gone"):
        return (npsn, npsn) if kind == "clean" else (_NO_SCHOOL, _NO_SCHOOL)
    return stored(kind), None


class ApplicationTruth(NamedTuple):
    """The true application; None or UNKNOWN where the dirt destroyed the value."""

    id: str
    registration_number: str | None
    school_npsn: str | None
    pathway: str
    status: str
    verification: str
    submitted_at: datetime | None
    applicant_nik: str | None
    pupil_number: str | None
    pupil_name: str | None
    birth_date: date | None


class ApplicationCase(NamedTuple):
    """The truth and the row; a deleted one must not be seen."""

    truth: ApplicationTruth
    legacy: Row
    alive: bool


class _Pupil(NamedTuple):
    """A child, and the level of school for its age."""

    nik: str
    name: str
    born: date
    level: str


YEARS = 5
# The register's youngest are born in 2008: they apply until 2024, for their last three years of school. All others are
# children whom the register does not have.
_REGISTERED_SHARE, _REGISTERED_YEAR_LAST, _REGISTERED_AGES = 0.5, 2024, (16, 17, 18)
_BORN_AFTER_REGISTER = 2009
_AGES = {"PRIMARY": 7, "LOWER_SECONDARY": 13, "UPPER_SECONDARY": 16}
_LEVELS_OF_AGE = {
    "PRIMARY": ("PRIMARY",),
    "LOWER_SECONDARY": ("LOWER_SECONDARY",),
    "UPPER_SECONDARY": ("UPPER_SECONDARY", "VOCATIONAL"),
}
# Some parents write their own resident number into the form; the resident of the demo did so for a grandchild, twice.
_PARENT_SHARE = 0.02
_OF_THE_RESIDENT = (11, 23)
_TRIES_MAX = 1_000

Draw = Callable[[], float]

_level = weighted((("PRIMARY", 0.45), ("LOWER_SECONDARY", 0.35), ("UPPER_SECONDARY", 0.20)))
_pathway = weighted((("DOMICILE", 0.55), ("AFFIRMATION", 0.20), ("ACHIEVEMENT", 0.20), ("TRANSFER", 0.05)))
_outcome = weighted(
    (
        ("ENROLLED", 0.45),
        ("ACCEPTED", 0.10),
        ("REJECTED", 0.30),
        ("RESERVE", 0.07),
        ("SUBMITTED", 0.05),
        ("WITHDRAWN", 0.03),
    )
)

_registration, _number, _name, _birth_day = (
    die("registration"),
    die("pupil number"),
    die("pupil name"),
    die("birth day"),
)
_dirty_pathway, _school, _submitted = die("pathway"), die("admission school"), die("submitted")
_verification, _status, _alive = die("verification"), die("admission status"), die("application alive")
_nik = dirt.die("nik")


def generate(size: Size, seed: int = SEED) -> Iterator[ApplicationCase]:
    """All applications, also deleted ones, by id and so by time; the same for the same seed."""
    draw = Random(f"{seed}:admissions").random
    by_level = _schools_by_level(size, seed)
    for number in range(1, size.admission_applications + 1):
        yield _case(number, by_level, size, draw)


@lru_cache(maxsize=4)
def _schools_by_level(size: Size, seed: int) -> Mapping[str, list[str]]:
    """The numbers of schools by their true level."""
    found: dict[str, list[str]] = {}
    for case in schools.cases(size, seed):
        found.setdefault(schools.LEVELS[case.form], []).append(case.truth.npsn)
    return found


def _moment(number: int, size: Size, draw: Draw) -> datetime:
    """A time within the admission weeks of a year; later numbers are later."""
    passed = (number - 1 + draw()) * YEARS / size.admission_applications
    year = min(int(passed), YEARS - 1)
    first = datetime(schools.year_last(size.day) - YEARS + 1 + year, *schools.WINDOW_FIRST, tzinfo=WIB)
    return first + timedelta(minutes=int((passed - year) * schools.WINDOW_DAYS * 24 * 60))


def _case(number: int, by_level: Mapping[str, list[str]], size: Size, draw: Draw) -> ApplicationCase:
    at = _moment(number, size, draw)
    pupil = _pupil(number, at.year, size, draw)
    fitting = [npsn for level in _LEVELS_OF_AGE[pupil.level] for npsn in by_level.get(level, ())]
    no_pendaftaran, registration = _either(f"SPMB{at.year}{number:07}", _registration(draw()))
    npsn_sekolah, school_npsn = dirty_school(fitting[int(draw() * len(fitting))], _school(draw()))
    jalur, pathway = dirt.dirty_code(pathways(at.year), _pathway(draw()), _dirty_pathway(draw()))
    stored_status, status = dirt.dirty_code(STATUSES, _outcome(draw()), _status(draw()))
    checked = "1" if status != "SUBMITTED" else "0"
    verified, kind = ("2" if status == "REJECTED" and draw() < 0.3 else checked), _verification(draw())
    stored_verified = verified if kind == "clean" else dirt.stored(kind)
    tgl_daftar, submitted_at = dirt.dirty_time(f"{at:%d-%m-%Y %H:%M:%S}", at, _submitted(draw()))
    stored_nik, nik = dirt.dirty_nik(_written_nik(number, pupil, size, draw), _nik(draw()))
    stored_nisn, pupil_number = dirty_pupil_number(f"{pupil.born.year % 1000:03}9{number:06}", _number(draw()))
    nama_lengkap, pupil_name = dirty_name(pupil.name, _name(draw()))
    tgl_lahir, birth_date = dirty_day(pupil.born, _birth_day(draw()))
    enabled = _alive(draw())
    truth = ApplicationTruth(
        str(number), registration, school_npsn, pathway, status, VERIFICATIONS.get(stored_verified or "", "UNKNOWN"),
        submitted_at, nik, pupil_number, pupil_name, birth_date,
    )  # fmt: skip
    row = (
        number, no_pendaftaran, stored_nisn, stored_nik, nama_lengkap, tgl_lahir, jalur, npsn_sekolah, "-", tgl_daftar,
        stored_verified, stored_status, int(enabled),
    )  # fmt: skip
    return ApplicationCase(truth, row, enabled == "1")


def _written_nik(number: int, pupil: _Pupil, size: Size, draw: Draw) -> str:
    """The resident number on the form: the pupil's, or that of a parent by mistake."""
    if number in _OF_THE_RESIDENT:
        return resident_number(0)
    return resident_number(int(draw() * size.citizens)) if draw() < _PARENT_SHARE else pupil.nik


def _either(text: str, kind: str) -> tuple[str | None, str | None]:
    return (text, text) if kind == "clean" else (dirt.stored(kind), None)


def _pupil(number: int, year: int, size: Size, draw: Draw) -> _Pupil:
    if year <= _REGISTERED_YEAR_LAST and draw() < _REGISTERED_SHARE:
        known = _registered(year, size, draw)
        if known is not None:
            return _Pupil(known.nik, known.name, known.born, "UPPER_SECONDARY")
    level = _level(draw())
    if year - _AGES[level] <= _BORN_AFTER_REGISTER:
        level = "PRIMARY"
    someone = person(2 * size.citizens + number)
    born = date(year - _AGES[level], 1, 1) + timedelta(days=int(draw() * 365))
    day = born.day + (40 if someone.sex == "FEMALE" else 0)
    nik = f"3671{1 + int(draw() * 13):02}{day:02}{born:%m%y}{9000 + number % 1000}"
    return _Pupil(nik, someone.name, born, level)


def _registered(year: int, size: Size, draw: Draw) -> Person | None:
    """A person in the register of this age in this year, if a few tries find one."""
    endings = {f"{(year - age) % 100:02}" for age in _REGISTERED_AGES}
    for _ in range(_TRIES_MAX):
        candidate = int(draw() * size.citizens)
        if resident_number(candidate)[10:12] in endings:
            return person(candidate)
    return None


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for case in generate(size, seed):
        yield TBL_SISWA.name, case.legacy


SOURCE = Source(
    "admissions",
    (TBL_SISWA,),
    main=TBL_SISWA.name,
    total=lambda size: size.admission_applications,
    rows=_rows,
)
