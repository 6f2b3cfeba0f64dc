"""The licenses of the sample city: the truth, and the dirty legacy tables."""

from __future__ import annotations

# ruff: noqa: RUF001  # The quotes beyond ASCII are what offices type, and what encodings ruin.
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.areas import AreaTruth, places
from sample.citizens.people import Person, person
from sample.city import SEED, Size
from sample.dice import weighted
from sample.shapes import Row, Source, Table


class Kind(NamedTuple):
    """A kind of license: fee and promised time as stored and as the hub must give them, its share in weight."""

    code: str
    name: str
    stored_fee: str | None
    fee: int | None
    stored_time: str | None
    time: tuple[int, str] | None
    valid_years: int
    weight: int


KINDS = (
    Kind("HO", "Izin Gangguan", "0", None, "sesuai antrean", None, 5, 3),
    Kind("IMB", "Izin Mendirikan Bangunan", "sesuai perda", None, "Maksimal 14 (empat belas) hari", (14, "DAY"), 0, 9),
    Kind("IUI", "Izin Usaha Industri", "", None, "-", None, 0, 4),
    Kind("PBG", "Persetujuan Bangunan Gedung", "1.200.000", 1_200_000, "28 hari kerja", (28, "WORKING_DAY"), 0, 10),
    Kind("REKLAME", "Izin Penyelenggaraan Reklame", "Rp. 11.000,-", 11_000, "Maksimal 7 (tujuh) hari", (7, "DAY"), 1,
         14),
    Kind("SIKP", "Surat Izin Kerja Perawat", "GRATIS", 0, "30 Menit", (30, "MINUTE"), 5, 6),
    Kind("SIPA", "Surat Izin Praktik Apoteker", "11000.00", 11_000, "5 Hari Kerja", (5, "WORKING_DAY"), 5, 6),
    Kind("SIPD", "Surat Izin Praktik Dokter", "11.000", 11_000, "7 Hari", (7, "DAY"), 5, 8),
    Kind("SIUJK", "Surat Izin Usaha Jasa Konstruksi", "Rp 250.000,00", 250_000, "10 hari kerja", (10, "WORKING_DAY"), 3,
         5),
    Kind("SIUP", "Surat Izin Usaha Perdagangan", "Gratis", 0, "7 hari kerja", (7, "WORKING_DAY"), 5, 20),
    Kind("TDG", "Tanda Daftar Gudang", "-", None, "1 Minggu", (1, "WEEK"), 5, 3),
    Kind("TDP", "Tanda Daftar Perusahaan", "Rp. 0,-", 0, "3 Hari", (3, "DAY"), 5, 9),
    Kind("TDUP", "Tanda Daftar Usaha Pariwisata", None, None, None, None, 0, 3),
)  # fmt: skip
"""In the order of their codes. Which laws still know them is not what the sample is about: registers keep old kinds."""

_FORMS = (
    "CV. {} Jaya",
    "PT. {} Abadi",
    "Toko {}",
    "Warung {}",
    "Bengkel {}",
    "UD. {} Makmur",
    "Apotek {}",
    "Klinik {}",
)
_TYPOGRAPHIC_FORMS = ("Kafé ‘{}’", "Pâtisserie {}", "Toko ‘{}’ – Cabang", "Salon {}’s")
_WORDS = (
    "Anugerah", "Barokah", "Cahaya", "Delima", "Edelweis", "Fajar", "Gemilang", "Harapan", "Indah", "Kenanga",
    "Lestari", "Melati", "Nusantara", "Pelangi", "Rejeki", "Sejahtera", "Teratai", "Utama", "Wijaya", "Berkah",
)  # fmt: skip

Draw = Callable[[], float]


def business_name(draw: Draw, *, typographic: bool) -> str:
    """The name of a business, with characters beyond ASCII if asked for; all of them are in cp1252."""
    forms = _TYPOGRAPHIC_FORMS if typographic else _FORMS
    return forms[int(draw() * len(forms))].format(_WORDS[int(draw() * len(_WORDS))])


def typographic_name(name: str) -> str:
    """A name of a person with an apostrophe as a word processor sets it."""
    given, rest = name.split(" ", 1)
    return f"{given} Ma’ruf {rest}"


class LicenseTypeTruth(NamedTuple):
    """The true kind of license: fee in rupiah, promised time as (amount, unit)."""

    code: str
    name: str
    fee: int | None
    promised_time: tuple[int, str] | None


class LicenseTruth(NamedTuple):
    """The true license; None or UNKNOWN where the dirt destroyed the value."""

    id: str
    number: str | None
    type_code: str | None
    status: str
    issued_at: date | None
    valid_until: date | None
    business_name: str | None
    area_bps_code: str | None
    holder_nik: str | None
    holder_name: str | None


class ApplicationTruth(NamedTuple):
    """The true application."""

    id: str
    license_type_code: str | None
    kind: str
    status: str
    submitted_at: date | None
    business_name: str | None
    area_bps_code: str | None
    tax_number: str | None
    applicant_nik: str | None


class LicenseCase(NamedTuple):
    """A license: what must be given back, its row of dp_izin and those of dp_statusizin."""

    truth: LicenseTruth
    izin: Row
    history: list[Row]


class ApplicationCase(NamedTuple):
    """An application, its row and those of its history; with the license that it led to, if it was granted."""

    truth: ApplicationTruth
    permohonan: Row
    history: list[Row]
    license: LicenseCase | None


class _Facts(NamedTuple):
    """What happened, before it is written down."""

    number: int
    kind: Kind
    village: AreaTruth
    applicant: Person
    business: str
    business_style: str
    submitted: date
    granted: bool


FIRST_DAY = date(2016, 1, 4)
# Always the same, so that licenses are granted in the order of their ids.
GRANTED_AFTER = timedelta(days=7)
# One application in six is refused, returned or still open.
_GRANTED_OF, _APPLICATIONS = 5, 6
_STRANGER_SHARE, _STRANGERS = 0.03, 5_000
# The resident of the demo has some to look at.
_OF_THE_RESIDENT = (2, 9, 16)


_kind = weighted((kind, kind.weight) for kind in KINDS)
_request = weighted((("BARU", 0.70), ("PERPANJANGAN", 0.20), ("PERUBAHAN", 0.10)))
_KINDS_OF_REQUEST = {"BARU": "NEW", "PERPANJANGAN": "RENEWAL", "PERUBAHAN": "CHANGE"}
_refusal = weighted((("TOLAK", 0.4), ("KEMBALI", 0.2), ("PROSES", 0.25), ("MASUK", 0.15)))
APPLICATION_STATUSES = {
    "MASUK": "SUBMITTED", "PROSES": "IN_REVIEW", "KEMBALI": "RETURNED", "SETUJU": "APPROVED", "TOLAK": "REJECTED",
}  # fmt: skip
_SPELLINGS = {
    "ACTIVE": ("TERBIT", "AKTIF"), "EXPIRED": ("HABIS", "HABIS MASA"), "SUSPENDED": ("BEKU", "DIBEKUKAN"),
    "REVOKED": ("CABUT", "DICABUT"),
}  # fmt: skip
_after_its_end = weighted((("EXPIRED", 0.75), ("ACTIVE", 0.20), ("REVOKED", 0.05)))
_before_its_end = weighted((("ACTIVE", 0.92), ("SUSPENDED", 0.04), ("REVOKED", 0.04)))

_nik = dirt.die("license nik")
_name = dirt.die("license holder")
_business = dirt.die("license business")
_date = dirt.die("license date")
_type = dirt.die("license type")
_number = dirt.die("license number")
_area = dirt.die("license area")
_status = dirt.die("license status")
_long_date = dirt.die("application date")
_application_area = dirt.die("application area")
_application_kind = dirt.die("application kind")
_tax_number = dirt.die("application tax number")


def license_types() -> list[LicenseTypeTruth]:
    """The true kinds of licenses, by code."""
    return [LicenseTypeTruth(kind.code, kind.name, kind.fee, kind.time) for kind in KINDS]


def generate(size: Size, seed: int = SEED) -> Iterator[ApplicationCase]:
    """All applications with the licenses that they led to, in the order of their ids; the same for the same seed."""
    draw = Random(f"{seed}:licenses").random
    applications = applications_total(size)
    span_days = (size.day - GRANTED_AFTER - FIRST_DAY).days
    licenses = 0
    for number in range(1, applications + 1):
        submitted = FIRST_DAY + timedelta(days=(number - 1) * span_days // applications)
        license_number = licenses + 1 if licenses < size.licenses else None
        case = application_of(number, submitted, license_number, size, draw)
        licenses += case.license is not None
        yield case


def applications_total(size: Size) -> int:
    return size.licenses * _APPLICATIONS // _GRANTED_OF


def application_of(number: int, day: date, license_number: int | None, size: Size, draw: Draw) -> ApplicationCase:
    """An application of a day, with the license of this number if it is granted."""
    facts = _facts(number, day, size, draw)
    license_case = None
    if facts.granted and license_number is not None:
        license_case = _license(license_number, facts, max(size.day, day + GRANTED_AFTER), draw)
    return _application(facts, license_case, draw)


def _facts(number: int, submitted: date, size: Size, draw: Draw) -> _Facts:
    stranger = draw() < _STRANGER_SHARE
    someone = size.citizens + int(draw() * _STRANGERS) if stranger else int(draw() * size.citizens)
    style = _business(draw())
    return _Facts(
        number=number,
        kind=_kind(draw()),
        village=_villages()[int(draw() * len(_villages()))],
        applicant=person(0 if number in _OF_THE_RESIDENT else someone),
        business=business_name(draw, typographic=style in dirt.TYPOGRAPHIC),
        business_style=style,
        submitted=submitted,
        granted=number % _APPLICATIONS != 0,
    )


@lru_cache(maxsize=1)
def _villages() -> tuple[AreaTruth, ...]:
    return tuple(area for area in places() if area.level == "VILLAGE")


@lru_cache(maxsize=1)
def _bps_codes() -> dict[str, str | None]:
    return {area.code: area.bps_code for area in places()}


def _district_bps_code(village: AreaTruth) -> str | None:
    return _bps_codes()[village.code[:8]]


def _license(number: int, facts: _Facts, today: date, draw: Draw) -> LicenseCase:
    """One license, cell by cell: what is stored and what survives."""
    day = facts.submitted + GRANTED_AFTER
    years = facts.kind.valid_years
    end = day.replace(year=day.year + years, day=min(day.day, 28)) if years else None
    written_number = f"503/{number:06}-DPMPTSP/{facts.kind.code}/{day.year}"
    stored_number, license_number = either(written_number, _number(draw()))
    stored_type, type_code = dirty_type(facts.kind.code, _type(draw()))
    stored_nik, nik = dirt.dirty_nik(facts.applicant.nik, _nik(draw()))
    style = _name(draw())
    name = typographic_name(facts.applicant.name) if style in dirt.TYPOGRAPHIC else facts.applicant.name
    stored_name, holder_name = dirt.dirty_free_text(name, style)
    stored_business, business = dirt.dirty_free_text(facts.business, facts.business_style)
    stored_day, issued_at = dirty_date(day, _date(draw()))
    stored_end, valid_until = dirty_date(end, _date(draw())) if end else ("0000-00-00", None)
    stored_area, area_bps_code = dirty_district(_district_bps_code(facts.village), _area(draw()))
    history, status = _license_history(number, (day, end, today), draw)
    truth = LicenseTruth(
        str(number), license_number, type_code, status, issued_at, valid_until, business, area_bps_code, nik,
        holder_name,
    )  # fmt: skip
    izin = (
        number, stored_type, stored_number, stored_nik, stored_name, stored_business, stored_day, stored_end,
        stored_area, "1", "Y", "Y", "Y", "N" if number % 9 == 0 else "Y",
    )  # fmt: skip
    return LicenseCase(truth, izin, history)


def _license_history(number: int, days: tuple[date, date | None, date], draw: Draw) -> tuple[list[Row], str]:
    """Up to three rows, the newest first in the table although its id is the highest, and the status after them.

    The days are those of its issue, of its end and of the city.
    """
    day, end, today = days
    kind = _status(draw())
    if kind == "no history":
        return [], "UNKNOWN"
    last = (_after_its_end if end is not None and end < today else _before_its_end)(draw())
    statuses = ["ACTIVE"]
    if last == "ACTIVE" and draw() < 0.1:
        statuses += ["SUSPENDED", "ACTIVE"]
    elif last != "ACTIVE":
        statuses.append(last)
    rows: list[Row] = []
    for step, status in enumerate(statuses):
        stored: str | None = _SPELLINGS[status][int(draw() * 2)]
        if step == len(statuses) - 1 and kind != "clean":
            stored, last = dirt.stored(kind), "UNKNOWN"
        rows.append((number * 3 + step, number, stored, min(day + timedelta(days=90 * step), today).isoformat()))
    return rows[::-1], last


def _application(facts: _Facts, license_case: LicenseCase | None, draw: Draw) -> ApplicationCase:
    stored_nik, nik = dirt.dirty_nik(facts.applicant.nik, _nik(draw()))
    stored_type, type_code = dirty_type(facts.kind.code, _type(draw()))
    request = _request(draw())
    stored_request, kind = either(request, _application_kind(draw()))
    stored_business, business = dirt.dirty_free_text(facts.business, facts.business_style)
    tax_digits = f"99{facts.number:07}"
    tax = f"{tax_digits[:2]}.{tax_digits[2:5]}.{tax_digits[5:8]}.{tax_digits[8]}-416.000"
    stored_tax, tax_number = either(tax, _tax_number(draw()))
    stored_district, stored_village, area_bps_code = dirty_place(
        _district_bps_code(facts.village), facts.village.bps_code, _application_area(draw())
    )
    stored_day, submitted_at = dirty_long_date(facts.submitted, facts.number, _long_date(draw()))
    history, status = _application_history(facts, granted=license_case is not None, draw=draw)
    truth = ApplicationTruth(
        str(facts.number), type_code, _KINDS_OF_REQUEST.get(kind or "", "UNKNOWN"), status, submitted_at, business,
        area_bps_code, tax_number, nik,
    )  # fmt: skip
    permohonan = (
        facts.number, stored_nik, stored_type, stored_request, stored_business, stored_tax, stored_district,
        stored_village, stored_day,
    )  # fmt: skip
    return ApplicationCase(truth, permohonan, history, license_case)


def _application_history(facts: _Facts, *, granted: bool, draw: Draw) -> tuple[list[Row], str]:
    last = "SETUJU" if granted else _refusal(draw())
    kind = _status(draw())
    if kind == "no history":
        return [], "UNKNOWN"
    steps: list[str | None] = ["MASUK", "PROSES", last]
    if last in steps[:2]:
        steps = steps[: steps.index(last) + 1]
    status = APPLICATION_STATUSES[last]
    if kind != "clean":
        steps[-1], status = dirt.stored(kind), "UNKNOWN"
    rows: list[Row] = [
        (facts.number * 3 + step, facts.number, stored, (facts.submitted + timedelta(days=2 * step)).isoformat())
        for step, stored in enumerate(steps)
    ]
    return rows[::-1], status


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for kind in KINDS:
        yield DP_JENISIZIN.name, (kind.code, kind.name, kind.stored_fee, kind.stored_time)
    for case in generate(size, seed):
        yield DP_DATAPERMOHONANIZIN.name, case.permohonan
        for row in case.history:
            yield DP_STATUSPERMOHONAN.name, row
        if case.license is not None:
            yield DP_IZIN.name, case.license.izin
            for row in case.license.history:
                yield DP_STATUSIZIN.name, row


DP_JENISIZIN = Table(
    name="dp_jenisizin",
    columns=(("kode", "varchar(10)"), ("nama", "varchar(100)"), ("biaya", "text"), ("waktu", "text")),
)
DP_IZIN = Table(
    name="dp_izin",
    columns=(
        ("izin_id", "integer PRIMARY KEY"),
        ("izin_kode_jenis", "varchar(10)"),
        ("izin_no_sk", "varchar(60)"),
        ("izin_ktp", "varchar(30)"),
        ("izin_nama", "varchar(100)"),
        ("izin_namausaha", "text"),
        ("izin_tglterbit", "varchar(10)"),
        ("izin_tglberakhir", "varchar(10)"),
        ("izin_kecamatan", "varchar(12)"),
        ("izin_status", "char(1)"),
        ("izin_ver_1", "char(1)"),
        ("izin_ver_2", "char(1)"),
        ("izin_ver_3", "char(1)"),
        ("izin_ver_4", "char(1)"),
    ),
    indexes=(
        ("izin_kecamatan", "izin_id"),
        ("izin_kode_jenis", "izin_id"),
        ("izin_tglberakhir", "izin_id"),
        ("izin_no_sk",),
        ("izin_ktp",),
    ),
)
DP_STATUSIZIN = Table(
    name="dp_statusizin",
    columns=(
        ("id", "integer PRIMARY KEY"), ("izin_id", "integer"), ("status", "varchar(20)"), ("tgl", "varchar(10)"),
    ),
    indexes=(("izin_id", "id"),),
)  # fmt: skip
DP_DATAPERMOHONANIZIN = Table(
    name="dp_datapermohonanizin",
    columns=(
        ("dpi_id", "integer PRIMARY KEY"),
        ("dpi_no_ident", "varchar(30)"),
        ("dpi_jenisizin", "varchar(10)"),
        ("dpi_jenispermohonan", "varchar(20)"),
        ("dpi_namausaha", "text"),
        ("dpi_npwp", "varchar(30)"),
        ("dpi_kecamatan", "char(7)"),
        ("dpi_desa", "char(10)"),
        ("dpi_tanggal", "varchar(40)"),
    ),
    indexes=(("dpi_no_ident",),),
)
DP_STATUSPERMOHONAN = Table(
    name="dp_statuspermohonan",
    columns=(
        ("id", "integer PRIMARY KEY"), ("dpi_id", "integer"), ("status", "varchar(20)"), ("tgl", "varchar(10)"),
    ),
    indexes=(("dpi_id", "id"),),
)  # fmt: skip


_OTHER_DAY = timedelta(days=2)
_DAY_NAMES = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_SUNDAY_NAMES = ("Minggu", "Ahad", "AKHAD")
_MONTH_NAMES = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip


def either(text: str, kind: str) -> tuple[str | None, str | None]:
    """A text as it is, or what the kind of dirt is named by, which says nothing."""
    return (text, text) if kind == "clean" else (dirt.stored(kind), None)


def dirty_type(code: str, kind: str) -> tuple[str | None, str | None]:
    """The code of a kind of license; one that is not in the list of kinds is still a code."""
    return ("LAIN2", "LAIN2") if kind == "LAIN2" else either(code, kind)


def dirty_date(day: date, kind: str) -> tuple[str | None, date | None]:
    return (day.isoformat(), day) if kind == "clean" else (dirt.stored(kind), None)


def dirty_district(bps_code: str | None, kind: str) -> tuple[str | None, str | None]:
    """The BPS code of a district; that of a district of another city is a code too, which joins nothing."""
    if kind == "clean":
        return bps_code, bps_code
    return (kind, kind) if kind == "3674010" else (dirt.stored(kind), None)


def dirty_place(district: str | None, village: str | None, kind: str) -> tuple[str | None, str | None, str | None]:
    """District and village as stored, and the BPS code that survives: the village's, else the district's."""
    if kind == "both":
        return district, village, village or district
    if kind == "district":
        return district, "", district
    return (district, "-", district) if kind == "dash" else (dirt.stored(kind), dirt.stored(kind), None)


def dirty_long_date(day: date, number: int, kind: str) -> tuple[str | None, date | None]:
    """A date with the names of its day and month; a wrong name of the day does not destroy it."""
    named = day + _OTHER_DAY if kind == "wrong day" else day
    name = _DAY_NAMES[named.weekday()]
    if name == "Minggu":
        name = _SUNDAY_NAMES[number % len(_SUNDAY_NAMES)]
    text = f"{name}, {day.day:02} {_MONTH_NAMES[day.month - 1]} {day.year}"
    if kind in ("clean", "wrong day"):
        return text, day
    if kind == "capitals":
        return text.upper(), day
    return (f"{day:%A, %d %B %Y}" if kind == "english" else dirt.stored(kind)), None


SOURCE = Source(
    "licenses",
    (DP_JENISIZIN, DP_IZIN, DP_STATUSIZIN, DP_DATAPERMOHONANIZIN, DP_STATUSPERMOHONAN),
    main=DP_IZIN.name,
    total=lambda size: size.licenses,
    rows=_rows,
)
