"""Admissions and schools: the truth is what can be won back, and the sheet opens as one expects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import islice, pairwise
from math import sqrt
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from sample import areas, city
from sample.admissions import schools
from sample.admissions import source as admissions
from sample.admissions.schools import SchoolCase
from sample.admissions.source import RATES, STATUSES, VERIFICATIONS, ApplicationCase, pathways
from sample.citizens.people import resident_number

SMALL = city.SIZES["small"]
CASES = list(admissions.generate(SMALL))
SCHOOLS = schools.cases(SMALL)
MANY = replace(SMALL, admission_applications=20_000)

PATHWAYS = {word: meaning for year in (2024, 2025) for meaning, words in pathways(year).items() for word in words}
MEANINGS = {word: meaning for meaning, words in STATUSES.items() for word in words}


def _day(cell: object) -> date | None:
    try:
        return datetime.strptime(str(cell), "%d-%m-%Y").replace(tzinfo=city.WIB).date()
    except ValueError:
        return None


def _moment(cell: object) -> datetime | None:
    try:
        return datetime.strptime(str(cell), "%d-%m-%Y %H:%M:%S").replace(tzinfo=city.WIB)
    except ValueError:
        return None


def _digits(cell: object, length: int) -> str | None:
    return str(cell) if re.fullmatch(rf"\d{{{length}}}", str(cell)) else None


def _nik(cell: object) -> str | None:
    digits = re.sub("[.\\- ]", "", str(cell))
    if not re.fullmatch(r"\d{16}", digits):
        return None
    day = int(digits[6:8]) % 40 if int(digits[6:8]) > 40 else int(digits[6:8])
    try:
        date(2000 + int(digits[10:12]), int(digits[8:10]), day)
    except ValueError:
        return None
    return digits if int(digits[6:8]) <= 71 else None


def _name(cell: object) -> str | None:
    text = str(cell if cell is not None else "").strip()
    if text in ("", "-"):
        return None
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), text) if text.isupper() else text


# --- Applications -----------------------------------------------------------------------------------------------------


def test_the_truth_of_applications_is_what_can_be_won_back() -> None:
    for case in CASES:
        row = case.legacy
        assert case.truth == (
            str(row[0]), str(row[1]) if row[1] not in ("-", "", None) else None, _digits(row[7], 8),
            PATHWAYS.get(str(row[6]), "UNKNOWN"), MEANINGS.get(str(row[11]), "UNKNOWN"),
            VERIFICATIONS.get(str(row[10]), "UNKNOWN"), _moment(row[9]), _nik(row[3]), _digits(row[2], 10),
            _name(row[4]), _day(row[5]),
        )  # fmt: skip
        assert case.alive is (row[12] == 1)


def test_the_same_seed_gives_the_same_applications_and_another_seed_others() -> None:
    assert list(admissions.generate(SMALL)) == CASES
    assert list(islice(admissions.generate(SMALL, seed=1), 50)) != CASES[:50]


def test_ids_count_up_and_everybody_applies_in_june() -> None:
    assert [case.truth.id for case in CASES] == [str(number) for number in range(1, 1_501)]
    times = [case.truth.submitted_at for case in CASES if case.truth.submitted_at]
    assert all(left <= right for left, right in pairwise(times))
    assert {at.month for at in times} <= {6, 7}
    assert {at.year for at in times} == set(range(2022, 2027))
    assert times[-1] < city.CLOCK


def test_zoning_ends_in_2024() -> None:
    zoning = {"ZONASI", "Zonasi"}
    years: dict[bool, set[int]] = {True: set(), False: set()}
    for case in CASES:
        if case.truth.pathway == "DOMICILE" and case.truth.submitted_at is not None:
            years[case.legacy[6] in zoning].add(case.truth.submitted_at.year)
    assert years == {True: {2022, 2023, 2024}, False: {2025, 2026}}


def test_pupils_are_as_old_as_their_schools_want_and_their_number_says_so() -> None:
    forms = {case.truth.npsn: schools.LEVELS[case.form] for case in SCHOOLS}
    ages = {"PRIMARY": {7}, "LOWER_SECONDARY": {13}, "UPPER_SECONDARY": {16, 17, 18}, "VOCATIONAL": {16, 17, 18}}
    checked = 0
    for case in CASES:
        truth = case.truth
        if truth.birth_date and truth.submitted_at and truth.school_npsn in forms:
            assert truth.submitted_at.year - truth.birth_date.year in ages[forms[truth.school_npsn]]
            checked += 1
        if truth.pupil_number and truth.birth_date:
            assert truth.pupil_number[:3] == f"{truth.birth_date.year % 1000:03}"
    assert checked > 1_000


def test_some_are_in_the_register_and_the_others_are_children_that_it_does_not_have() -> None:
    register = {resident_number(number) for number in range(SMALL.citizens)}
    known = [case.truth for case in CASES if case.truth.applicant_nik in register]
    assert 250 < len(known) < 700
    own = [case for case in CASES if case.truth.applicant_nik == resident_number(0)]
    assert [case.truth.id for case in own] == ["11", "23"]
    assert all(case.alive for case in own)
    parents = [
        truth for truth in known
        if truth.birth_date and truth.applicant_nik and truth.applicant_nik[10:12] != f"{truth.birth_date:%y}"
    ]  # fmt: skip
    assert 10 < len(parents) < 60


def test_every_cell_fits_its_column() -> None:
    for case in CASES:
        for (_, kind), cell in zip(admissions.TBL_SISWA.columns, case.legacy, strict=True):
            width = re.search(r"char\((\d+)\)", kind)
            assert cell is None or isinstance(cell, int) is kind.startswith("integer")
            assert width is None or cell is None or len(str(cell)) <= int(width[1])


def test_the_source_streams_what_is_generated() -> None:
    assert list(admissions.SOURCE.rows(SMALL, city.SEED)) == [("tbl_siswa", case.legacy) for case in CASES]
    assert admissions.SOURCE.total(SMALL) == 1_500


@pytest.fixture(scope="module")
def many() -> list[ApplicationCase]:
    return list(admissions.generate(MANY))


def _or_stored(kind: str, holds: Callable[[str], bool]) -> Callable[[object], str]:
    return lambda cell: "NULL" if cell is None else kind if holds(str(cell)) else str(cell)


def _of_school(cell: object) -> str:
    return {"99999999": "gone"}.get(str(cell)) or ("clean" if _digits(cell, 8) else str(cell))


def _of_number(cell: object) -> str:
    return "lost zero" if _digits(cell, 9) else _or_stored("clean", lambda text: len(text) == 10)(cell)


KINDS: list[tuple[str, int, Callable[[object], str]]] = [
    ("registration", 1, _or_stored("clean", lambda text: text.startswith("SPMB"))),
    ("pupil number", 2, _of_number),
    ("birth day", 5, _or_stored("clean", lambda text: _day(text) is not None)),
    ("admission school", 7, _of_school),
    ("submitted", 9, _or_stored("clean", lambda text: _moment(text) is not None)),
    ("verification", 10, _or_stored("clean", lambda text: text in VERIFICATIONS)),
    ("application alive", 12, str),
]


@pytest.mark.parametrize(("rate", "column", "kind"), KINDS)
def test_applications_are_as_dirty_as_declared(
    rate: str, column: int, kind: Callable[[object], str], many: list[ApplicationCase]
) -> None:
    counts = Counter(kind(case.legacy[column]) for case in many)
    assert set(counts) == set(RATES[rate])
    for name, share in RATES[rate].items():
        assert abs(counts[name] - share * len(many)) <= 4 * sqrt(len(many) * share * (1 - share)), (name, counts[name])


# --- Schools ----------------------------------------------------------------------------------------------------------


def _of_sheet(case: SchoolCase) -> tuple[object, ...]:
    npsn, name, form, status, address, area, latitude, longitude, quota = case.texts
    place = None
    if re.fullmatch(r"-?[\d.]+", latitude) and re.fullmatch(r"-?[\d.]+", longitude):
        for one in ((float(latitude), float(longitude)), (float(longitude), float(latitude))):
            if -6.26 <= one[0] <= -6.09 and 106.55 <= one[1] <= 106.75:
                place = one
    found = re.fullmatch(r"36\.?71\.?(\d\d)\.?(1\d{3})", area)
    owners = {
        "NEGERI": "PUBLIC",
        "Negeri": "PUBLIC",
        "N": "PUBLIC",
        "SWASTA": "PRIVATE",
        "Swasta": "PRIVATE",
        "S": "PRIVATE",
    }
    return (
        npsn, npsn, name, schools.LEVELS.get(form, "UNKNOWN"), owners.get(status, "UNKNOWN"), address,
        f"36.71.{found[1]}.{found[2]}" if found else None, place, int(quota) if quota.isdigit() else None,
    )  # fmt: skip


def test_the_truth_of_schools_is_what_can_be_won_back() -> None:
    assert len(SCHOOLS) == 300
    villages = {area.code for area in areas.places() if area.level == "VILLAGE"}
    for case in SCHOOLS:
        assert case.truth == _of_sheet(case)
        assert case.truth.area_code in {*villages, None}
    assert [case.truth.npsn for case in SCHOOLS] == [str(99_000_000 + number) for number in range(1, 301)]
    assert {case.form for case in SCHOOLS} == set(schools.LEVELS)
    assert schools.cases(SMALL, seed=1) != SCHOOLS


def test_each_kind_of_dirt_is_in_the_sheet() -> None:
    cells = {str(cell) for case in SCHOOLS for cell in case.cells}
    assert {"PKBM", "", "-", "32.73.01.1001", "320 siswa", "NEGERI", "Negeri", "N", "SWASTA", "Swasta", "S"} <= cells
    for column, kinds in ((0, {int, str}), (8, {int, str})):
        assert {type(case.cells[column]) for case in SCHOOLS} == kinds


def test_the_sheet_has_its_header_below_titles_and_every_school(tmp_path: Path) -> None:
    schools.DROP.write(tmp_path, SMALL, city.SEED)
    assert [path.name for path in tmp_path.iterdir()] == [schools.FILE]
    rows = CalamineWorkbook.from_path(tmp_path / schools.FILE).get_sheet_by_index(0).to_python(skip_empty_area=False)
    titles, empty, header, *lines = rows[:1], rows[2], rows[3], *rows[4:]
    assert titles[0][0] == "DAFTAR SEKOLAH KOTA TANGERANG"
    assert set(empty) == {""}
    assert tuple(header) == schools.HEADER
    assert [tuple(line) for line in lines] == [case.cells for case in SCHOOLS]
