"""The licenses: the truth is what can be won back from the dirt, and it is as one expects of an office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice

import pytest

from sample import areas, city, rates
from sample.citizens.people import resident_number
from sample.licenses import source as licenses
from sample.licenses.source import KINDS, ApplicationCase, LicenseCase

SMALL = city.SIZES["small"]
ACTIVE, EXPIRED, SUSPENDED, REVOKED = "ACTIVE", "EXPIRED", "SUSPENDED", "REVOKED"
STATUSES = {
    "TERBIT": ACTIVE, "AKTIF": ACTIVE, "HABIS": EXPIRED, "HABIS MASA": EXPIRED, "BEKU": SUSPENDED,
    "DIBEKUKAN": SUSPENDED, "CABUT": REVOKED, "DICABUT": REVOKED, "MASUK": "SUBMITTED", "PROSES": "IN_REVIEW",
    "KEMBALI": "RETURNED", "SETUJU": "APPROVED", "TOLAK": "REJECTED",
}  # fmt: skip
DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu", "ahad", "akhad")
MONTHS = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
)  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> list[ApplicationCase]:
    return list(licenses.generate(SMALL))


@pytest.fixture(scope="module")
def granted(cases: list[ApplicationCase]) -> list[LicenseCase]:
    return [case.license for case in cases if case.license is not None]


def _status(history: list[tuple[object, ...]]) -> str:
    """By the rules of the department, independent of the sample: the row with the highest id decides."""
    latest = max(history, key=lambda row: int(str(row[0])), default=None)
    return STATUSES.get(str(latest[2]), "UNKNOWN") if latest is not None else "UNKNOWN"


def _day(cell: object) -> date | None:
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        return None


def _long_day(cell: object) -> date | None:
    try:
        name, (day, month, year) = str(cell).lower().split(", ")[0], str(cell).lower().split(", ")[1].split()
        DAYS.index(name)
        return date(int(year), MONTHS.index(month) + 1, int(day))
    except (IndexError, ValueError):
        return None


def test_a_license_is_what_its_rows_say(granted: list[LicenseCase]) -> None:
    for truth, izin, history in granted:
        assert truth.id == str(izin[0])
        assert truth.type_code == (izin[1] or None)
        assert truth.number == (izin[2] if izin[2] not in ("", "-") else None)
        assert truth.issued_at == _day(izin[6])
        assert truth.valid_until == _day(izin[7])
        assert truth.area_bps_code == (izin[8] if str(izin[8]).isdigit() and len(str(izin[8])) == 7 else None)
        assert truth.status == _status(history)
        if truth.holder_nik is not None:
            assert str(izin[3]).replace(".", "") == truth.holder_nik


def test_an_application_is_what_its_rows_say(cases: list[ApplicationCase]) -> None:
    kinds = {"BARU": "NEW", "PERPANJANGAN": "RENEWAL", "PERUBAHAN": "CHANGE"}
    for truth, row, history, _ in cases:
        assert truth.id == str(row[0])
        assert truth.kind == kinds.get(str(row[3]), "UNKNOWN")
        assert truth.submitted_at == _long_day(row[8])
        assert truth.area_bps_code == (row[7] if row[7] not in ("", "-", None) else row[6] or None)
        assert truth.status == _status(history)


def test_licenses_are_granted_in_the_order_of_their_ids_and_nothing_is_later_than_the_clock(
    cases: list[ApplicationCase], granted: list[LicenseCase]
) -> None:
    assert [case.truth.id for case in granted] == [str(number) for number in range(1, 1_501)]
    issued = [case.truth.issued_at for case in granted if case.truth.issued_at is not None]
    assert issued == sorted(issued)
    assert max(issued) <= city.CLOCK.date()
    submitted = [case.truth.submitted_at for case in cases if case.truth.submitted_at is not None]
    assert submitted == sorted(submitted)
    days = [str(row[3]) for case in cases for row in case.history]
    days += [str(row[3]) for case in granted for row in case.history]
    assert max(days) <= city.CLOCK.date().isoformat()


def test_steps_have_ids_of_their_own_and_the_latest_is_not_the_last_in_the_table(granted: list[LicenseCase]) -> None:
    ids = [row[0] for case in granted for row in case.history]
    assert len(ids) == len(set(ids)) > len(granted)
    longer = [case.history for case in granted if len(case.history) > 1]
    assert len(longer) > 500
    assert all(history[0][0] == max(row[0] for row in history) for history in longer)  # type: ignore[type-var]  # ids
    # What stands in the license's own row is not its status.
    assert {case.izin[9] for case in granted} == {"1"}


def test_dirt_occurs_about_as_often_as_declared(granted: list[LicenseCase]) -> None:
    stored = Counter(case.izin[8] if case.truth.area_bps_code is None else "code" for case in granted)
    assert set(stored) == {"code", "36.71.05", "367105", "-", "", None}
    elsewhere = sum(case.truth.area_bps_code == "3674010" for case in granted)
    shares = rates.RATES["license area"]
    assert abs(elsewhere / len(granted) - shares["3674010"]) < 0.01
    dotted = sum(str(case.izin[3]).count(".") == 4 for case in granted) / len(granted)
    assert abs(dotted - rates.RATES["license nik"]["2.2.2.6.4"]) < 0.02
    assert any(isinstance(case.izin[5], bytes) for case in granted)
    assert not any(isinstance(case.izin[4], bytes) for case in granted)
    for name in (name for name in rates.RATES if name.startswith(("license ", "application "))):
        assert sum(rates.RATES[name].values()) == pytest.approx(1)


def test_holders_are_in_the_register_but_for_some_strangers(granted: list[LicenseCase]) -> None:
    registered = {resident_number(number) for number in range(SMALL.citizens)}
    niks = [case.truth.holder_nik for case in granted if case.truth.holder_nik is not None]
    strangers = sum(nik not in registered for nik in niks)
    assert 0.01 < strangers / len(niks) < 0.05
    assert niks.count(resident_number(0)) >= 2


def test_businesses_are_where_the_statistics_office_has_a_code(cases: list[ApplicationCase]) -> None:
    known = {area.bps_code for area in areas.truth()} | {"3674010", None}
    assert {case.truth.area_bps_code for case in cases} <= known
    villages = [case.truth.area_bps_code for case in cases if len(case.truth.area_bps_code or "") == 10]
    assert len(villages) > 1_400


def test_every_form_of_a_fee_and_of_a_promised_time_is_there() -> None:
    assert [kind.code for kind in KINDS] == sorted(kind.code for kind in KINDS)
    fees = {kind.stored_fee for kind in KINDS}
    assert fees >= {"Rp. 11.000,-", "11.000", "1.200.000", "11000.00", "Gratis", "0", "-", "", None}
    times = {kind.stored_time for kind in KINDS}
    assert times >= {"7 Hari", "7 hari kerja", "Maksimal 7 (tujuh) hari", "30 Menit", "-", None}


def test_the_same_seed_gives_the_same_and_another_gives_others(cases: list[ApplicationCase]) -> None:
    assert list(islice(licenses.generate(SMALL), 50)) == cases[:50]
    assert list(islice(licenses.generate(SMALL, seed=1), 50)) != cases[:50]


def test_rows_are_streamed_by_table() -> None:
    rows: Iterator[tuple[str, tuple[object, ...]]] = licenses.SOURCE.rows(replace(SMALL, licenses=10), city.SEED)
    counted = Counter(name for name, _ in rows)
    assert counted["dp_jenisizin"] == len(KINDS)
    assert counted["dp_izin"] == licenses.SOURCE.total(replace(SMALL, licenses=10)) == 10
    assert counted["dp_datapermohonanizin"] == 12
