"""Fits: which column may serve a field at all, whatever it is called."""

from __future__ import annotations

import pytest

from models.citizens import Citizen
from models.complaints import Complaint
from models.jobs import JobPosting
from models.licenses import License
from models.records import Record
from onboarding.drafting.fits import Candidate, Confidence, Fit, Fitting, Wish
from onboarding.drafting.people import People
from onboarding.drafting.tables import SqlType
from sample.citizens.people import resident_number
from tests.onboarding.drafting.sampled import SETTING, looks

NIKS = [resident_number(number) for number in range(40)]


def fit(record: type[Record], field: str, name: str, values: list[object], kind: SqlType = SqlType.TEXT) -> Fit | None:
    candidate = Candidate((looks(name, values, kind),))
    return Fitting(SETTING, {}, People({}, frozenset())).fit(Wish.of(record, record.fields[field]), candidate)


@pytest.mark.parametrize(
    "values", [list(NIKS), [f"orang{at}@surel.example" for at in range(9)], [f"0812-5555-{at:04}" for at in range(9)]]
)
def test_a_field_that_everybody_reads_gets_nothing_that_is_somebodys(values: list[object]) -> None:
    assert fit(JobPosting, "title", "judul_lowongan", ["Kasir", "Perawat"]) is not None
    assert fit(JobPosting, "title", "judul_lowongan", values) is None
    assert fit(JobPosting, "description", "deskripsi", values) is None


def test_resident_numbers_are_known_by_their_values() -> None:
    found = fit(License, "holder_nik", "kolom7", list(NIKS))
    assert found is not None
    assert found.cleaning.code == "nik()"
    assert found.confidence is Confidence.MEDIUM
    # Hospitals call the number of an employee so.
    assert fit(License, "holder_nik", "nik", [f"198001{at:04}" for at in range(40)]) is None


def test_a_number_of_a_person_is_no_family_card() -> None:
    cards = [f"36710{at % 9}1912{at:02}0001" for at in range(1, 40)]
    assert fit(Citizen, "family_card_number", "no_kk", list(cards)) is not None
    assert fit(Citizen, "family_card_number", "kolom7", list(NIKS)) is None


def test_days_of_something_else_are_not_taken() -> None:
    days: list[object] = ["01-02-2020", "03-04-2021"]
    assert fit(Complaint, "requested_at", "tgl_lapor", days) is not None
    assert fit(Complaint, "requested_at", "masa_str", days) is None
    assert fit(Complaint, "ticket_number", "tgl_tiket", days) is None


def test_where_people_write_is_told_by_how_they_write() -> None:
    long: list[object] = ["lampu jalan di depan rumah kami mati sejak kemarin malam dan gelap sekali"] * 3
    found = fit(Complaint, "description", "kolom7", long)
    assert found is not None
    assert found.confidence is Confidence.LOW
    assert fit(Complaint, "description", "kolom7", ["mati", "gelap"]) is None


def test_area_codes_are_not_those_of_the_statistics_office() -> None:
    assert fit(Complaint, "area_code", "kd_bps", ["3671051003", "3671051001"]) is None
    assert fit(License, "area_bps_code", "kd_bps", ["3671010", "3671020"]) is not None


def test_a_column_without_a_value_fits_by_its_name_alone() -> None:
    found = fit(Complaint, "address", "alamat", [None, None])
    assert found is not None
    assert found.confidence is Confidence.LOW
