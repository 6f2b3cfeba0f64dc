"""Vocabularies: which member a code means by its spelling, what is left to a person, and what is never shown."""

from __future__ import annotations

import pytest

from models.citizens import MaritalStatus, Sex
from models.complaints import ComplaintChannel, ComplaintStatus, ComplaintStatusDetail, Publication
from models.hospitals import CareClass, HospitalType, Weekday
from models.jobs import EducationLevel, EmploymentType, JobApplicationStatus
from models.licenses import LicenseApplicationStatus, LicenseStatus
from models.values.vocabulary import Vocabulary
from onboarding.drafting.words.vocabularies import best_member, codebook, column_remark, yes_and_no
from tests.onboarding.drafting.sampled import column


@pytest.mark.parametrize(
    ("kind", "spelling", "name"),
    [
        (ComplaintStatusDetail, "Menunggu", "WAITING"),
        (ComplaintStatusDetail, "IN_PROGRESS", "IN_PROGRESS"),
        (ComplaintStatusDetail, "in progress", "IN_PROGRESS"),
        (ComplaintStatusDetail, "inProgress", "IN_PROGRESS"),
        (ComplaintStatusDetail, "sedang diproses", "IN_PROGRESS"),
        (ComplaintStatusDetail, "resolved", "DONE"),
        (ComplaintStatus, "Proses", "OPEN"),
        (ComplaintStatus, "Selesai", "CLOSED"),
        (Publication, "Rahasia", "CONFIDENTIAL"),
        (ComplaintChannel, "Android", "APP"),
        (ComplaintChannel, "Medsos", "SOCIAL_MEDIA"),
        (JobApplicationStatus, "DITERIMA", "ACCEPTED"),
        (LicenseStatus, "BEKU", "SUSPENDED"),
        (LicenseStatus, "DICABUT", "REVOKED"),
        (LicenseStatus, "HABIS MASA", "EXPIRED"),
        (LicenseApplicationStatus, "SETUJU", "APPROVED"),
        (LicenseApplicationStatus, "TOLAK", "REJECTED"),
        (EmploymentType, "PENUH WAKTU", "FULL_TIME"),
        (EmploymentType, "PKWT", "CONTRACT"),
        (EducationLevel, "D3", "DIPLOMA"),
        (EducationLevel, "SLTA", "UPPER_SECONDARY"),
        (HospitalType, "RSIA", "MOTHER_AND_CHILD"),
        (HospitalType, "RSK THT-KL", "SPECIAL"),
        (CareClass, "KL2", "CLASS_2"),
        (CareClass, "kelas 3", "CLASS_3"),
        (Weekday, "JUM'AT", "FRIDAY"),
        (Weekday, "AHAD", "SUNDAY"),
        (Sex, "L", "MALE"),
        (Sex, "Perempuan", "FEMALE"),
        (MaritalStatus, "Cerai Mati", "WIDOWED"),
    ],
)
def test_a_spelling_tells_its_member(kind: type[Vocabulary], spelling: str, name: str) -> None:
    member, _ = best_member(kind, spelling)
    assert member is kind[name]


@pytest.mark.parametrize(
    ("kind", "spelling"),
    [
        (ComplaintStatus, "9"),
        (ComplaintStatusDetail, "Lainnya"),
        (LicenseStatus, "X"),
        (Publication, ""),
        (Weekday, "??"),
    ],
)
def test_what_a_spelling_does_not_tell(kind: type[Vocabulary], spelling: str) -> None:
    assert best_member(kind, spelling) == (None, 0.0)


def test_what_is_not_told_is_listed_and_counted() -> None:
    book = codebook(ComplaintStatusDetail, column("stts", ["Selesai"] * 6 + ["9", "9", ""]), personal=False)
    assert book is not None
    assert [(one.raw, one.rows, one.member) for one in book.meanings] == [
        ("Selesai", 6, ComplaintStatusDetail.DONE),
        ("9", 2, None),
    ]
    assert (book.hidden, book.nothings, book.rows, book.rows_told) == (0, ("",), 8, 6)


def test_an_untold_code_of_a_personal_field_is_not_shown() -> None:
    values = ["1"] * 5 + ["2"] * 5 + ["Banci"] * 3
    book = codebook(Sex, column("sex", values), personal=True)
    assert book is not None
    assert {one.raw: one.member for one in book.meanings} == {"1": Sex.MALE, "2": Sex.FEMALE}
    assert (book.hidden, book.untold) == (1, ())


@pytest.mark.parametrize(
    "value",
    ["Siti Rahma", "Bambang", "3671010101900001", "0812-3456-7890", "budi@surel.example", "B 1234 XYZ", "once only"],
)
def test_what_could_be_a_person_is_not_shown(value: str) -> None:
    rows = 1 if value == "once only" else 4
    book = codebook(ComplaintStatus, column("petugas", [value] * rows + ["Selesai"]), personal=False)
    assert book is not None
    assert value not in {one.raw for one in book.meanings}
    assert book.hidden == 1


def test_a_name_among_codes_is_not_shown() -> None:
    values = ["Selesai"] * 20 + ["Siti Rahma"] * 4 + ["Hari kerja"] * 4 + ["Lainnya"] * 4
    book = codebook(ComplaintStatus, column("stts", values), personal=False)
    assert book is not None
    assert [one.raw for one in book.untold] == ["Hari kerja", "Lainnya"]
    assert book.hidden == 1


@pytest.mark.parametrize("value", ["Selesai Bambang Prakoso", "selesai 0812-3456-7890", "Selesai oleh Ratna"])
def test_a_code_with_a_name_in_it_is_not_shown_although_it_is_told(value: str) -> None:
    book = codebook(ComplaintStatus, column("stts", ["Selesai"] * 20 + [value] * 4), personal=False)
    assert book is not None
    assert [one.raw for one in book.meanings] == ["Selesai"]
    assert book.hidden == 1


@pytest.mark.parametrize(("value", "rows"), [("B1234XYZ", 4), ("Bambang", 1), ("budi@surel.example", 4)])
def test_what_looks_like_somebody_is_not_shown_among_codes_either(value: str, rows: int) -> None:
    book = codebook(ComplaintStatus, column("stts", ["Selesai"] * 20 + [value] * rows), personal=False)
    assert book is not None
    assert (book.untold, book.hidden) == ((), 1)


def test_the_owner_says_what_codes_mean() -> None:
    one = column("stts", [0, 1, 2, 2], remark="0=menunggu, 1=proses, 2=selesai")
    book = codebook(ComplaintStatusDetail, one, personal=False)
    assert book is not None
    assert [str(meaning.member) for meaning in book.meanings] == [
        "ComplaintStatusDetail.WAITING", "ComplaintStatusDetail.IN_PROGRESS", "ComplaintStatusDetail.DONE",
    ]  # fmt: skip
    assert column_remark(column("jk", [], remark="L: laki-laki; P: perempuan")) == [
        ("L", "laki-laki"), ("P", "perempuan"),
    ]  # fmt: skip


def test_a_table_of_codes_says_what_they_mean() -> None:
    spellings: dict[str | int | bool, str] = {"A": "AKTIF", "C": "DICABUT"}
    book = codebook(LicenseStatus, column("stts", ["A", "C", "A"]), personal=False, spellings=spellings)
    assert book is not None
    assert {one.raw: one.member for one in book.told} == {"A": LicenseStatus.ACTIVE, "C": LicenseStatus.REVOKED}


def test_first_letters_where_each_member_has_its_own() -> None:
    book = codebook(ComplaintStatusDetail, column("st", ["M", "P", "S"]), personal=False)
    assert book is not None
    assert {one.raw: one.member for one in book.told} == {
        "M": ComplaintStatusDetail.WAITING, "P": ComplaintStatusDetail.IN_PROGRESS, "S": ComplaintStatusDetail.DONE,
    }  # fmt: skip


def test_columns_that_hold_no_codes() -> None:
    assert codebook(ComplaintStatus, column("isi", [f"laporan {at}" for at in range(99)]), personal=False) is None
    assert codebook(ComplaintStatus, column("isi", ["a" * 41]), personal=False) is None
    assert codebook(ComplaintStatus, column("isi", [None, ""]), personal=False) is None


@pytest.mark.parametrize(
    ("values", "yes", "no"),
    [
        (["Y", "T"], "Y", "T"),
        (["Y", "N", "", "-"], "Y", "N"),
        (["T", "F"], "T", "F"),
        ([1, 0], 1, 0),
        ([1, 2], 1, 2),
        (["1", "0"], "1", "0"),
        ([True, False], True, False),
        (["ya", "tidak"], "ya", "tidak"),
        (["Y"], "Y", "N"),
    ],
)
def test_yes_and_no(values: list[object], yes: object, no: object) -> None:
    assert yes_and_no(column("flag", values)) == (yes, no)


@pytest.mark.parametrize("values", [["A", "B"], ["Y", "N", "X"], [], [3, 4], ["Y", 1]])
def test_what_are_no_flags(values: list[object]) -> None:
    assert yes_and_no(column("flag", values)) is None
