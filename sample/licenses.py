"""The licenses of the sample city: what the hub must give, and the legacy tables that it must be won back from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.areas import AreaTruth, places
from sample.city import CLOCK, SEED, Size
from sample.dice import weighted
from sample.license_dirt import dirty_date, dirty_district, dirty_long_date, dirty_place, dirty_type, either
from sample.license_tables import (
    DP_DATAPERMOHONANIZIN,
    DP_IZIN,
    DP_JENISIZIN,
    DP_STATUSIZIN,
    DP_STATUSPERMOHONAN,
)
from sample.license_texts import KINDS, Kind, business_name, typographic_name
from sample.people import Person, person
from sample.shapes import Row, Source


class LicenseTypeTruth(NamedTuple):
    """A kind of license as the hub must give it: fee in rupiah, promised time as (amount, unit)."""

    code: str
    name: str
    fee: int | None
    promised_time: tuple[int, str] | None


class LicenseTruth(NamedTuple):
    """A license as the hub must give it: none, or UNKNOWN, where the dirt destroyed the value."""

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
    """An application as the hub must give it."""

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
    """What happened, before anybody writes it down."""

    number: int
    kind: Kind
    village: AreaTruth
    applicant: Person
    business: str
    business_style: str
    submitted: date
    granted: bool


_FIRST_DAY = date(2016, 1, 4)
# Always the same, so that licenses are granted in the order of their ids.
_GRANTED_AFTER = timedelta(days=7)
_SPAN_DAYS = (CLOCK.date() - _GRANTED_AFTER - _FIRST_DAY).days
# One application in six is refused, returned or still open.
_GRANTED_OF, _APPLICATIONS = 5, 6
_STRANGER_SHARE, _STRANGERS = 0.03, 5_000
# The resident of the demo has some to look at.
_OF_THE_RESIDENT = (2, 9, 16)

Draw = Callable[[], float]

_kind = weighted((kind, kind.weight) for kind in KINDS)
_request = weighted((("BARU", 0.70), ("PERPANJANGAN", 0.20), ("PERUBAHAN", 0.10)))
_KINDS_OF_REQUEST = {"BARU": "NEW", "PERPANJANGAN": "RENEWAL", "PERUBAHAN": "CHANGE"}
_refusal = weighted((("TOLAK", 0.4), ("KEMBALI", 0.2), ("PROSES", 0.25), ("MASUK", 0.15)))
_APPLICATION_STATUSES = {
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
    """The kinds of licenses as the hub must give them, in the order of their codes."""
    return [LicenseTypeTruth(kind.code, kind.name, kind.fee, kind.time) for kind in KINDS]


def generate(size: Size, seed: int = SEED) -> Iterator[ApplicationCase]:
    """All applications with the licenses that they led to, in the order of their ids; the same for the same seed."""
    draw = Random(f"{seed}:licenses").random
    applications = size.licenses * _APPLICATIONS // _GRANTED_OF
    licenses = 0
    for number in range(1, applications + 1):
        facts = _facts(number, applications, size, draw)
        license_case = None
        if facts.granted and licenses < size.licenses:
            licenses += 1
            license_case = _license(licenses, facts, draw)
        yield _application(facts, license_case, draw)


def _facts(number: int, applications: int, size: Size, draw: Draw) -> _Facts:
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
        submitted=_FIRST_DAY + timedelta(days=(number - 1) * _SPAN_DAYS // applications),
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


def _license(number: int, facts: _Facts, draw: Draw) -> LicenseCase:
    """One license: cell by cell what was stored and what survives."""
    day = facts.submitted + _GRANTED_AFTER
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
    history, status = _license_history(number, day, end, draw)
    truth = LicenseTruth(
        str(number), license_number, type_code, status, issued_at, valid_until, business, area_bps_code, nik,
        holder_name,
    )  # fmt: skip
    izin = (
        number, stored_type, stored_number, stored_nik, stored_name, stored_business, stored_day, stored_end,
        stored_area, "1", "Y", "Y", "Y", "N" if number % 9 == 0 else "Y",
    )  # fmt: skip
    return LicenseCase(truth, izin, history)


def _license_history(number: int, day: date, end: date | None, draw: Draw) -> tuple[list[Row], str]:
    """Up to three rows, the newest first in the table although its id is the highest, and the status after them."""
    kind = _status(draw())
    if kind == "no history":
        return [], "UNKNOWN"
    last = (_after_its_end if end is not None and end < CLOCK.date() else _before_its_end)(draw())
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
        rows.append((number * 3 + step, number, stored, min(day + timedelta(days=90 * step), CLOCK.date()).isoformat()))
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
    status = _APPLICATION_STATUSES[last]
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


SOURCE = Source(
    "licenses",
    (DP_JENISIZIN, DP_IZIN, DP_STATUSIZIN, DP_DATAPERMOHONANIZIN, DP_STATUSPERMOHONAN),
    main=DP_IZIN.name,
    total=lambda size: size.licenses,
    rows=_rows,
)
