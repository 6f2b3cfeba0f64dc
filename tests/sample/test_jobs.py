"""The jobs: the truth is what can be won back from the dirt, and the job exchange is as one expects it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from math import sqrt

import pytest

from sample import areas, city, rates
from sample.citizens.people import email_address
from sample.jobs import source as jobs
from sample.jobs.source import JobApplicationCase, JobPostingCase
from sample.shapes import Row, Table

SMALL = city.SIZES["small"]
POSTINGS = list(jobs.postings(SMALL))
APPLICATIONS = list(jobs.applications(SMALL))
MANY = replace(SMALL, job_postings=4_000, job_applications=4_000)

TYPES = {
    "Full Time": "FULL_TIME", "Penuh Waktu": "FULL_TIME", "Part Time": "PART_TIME", "Paruh Waktu": "PART_TIME",
    "Kontrak": "CONTRACT", "PKWT": "CONTRACT", "Magang": "INTERNSHIP", "MAGANG": "INTERNSHIP",
}  # fmt: skip
EDUCATIONS = {
    "Semua Jenjang": "ANY", "SD": "PRIMARY", "SMP": "LOWER_SECONDARY", "SLTP": "LOWER_SECONDARY",
    "SMA/SMK": "UPPER_SECONDARY", "SLTA": "UPPER_SECONDARY", "D1": "DIPLOMA", "D3": "DIPLOMA", "D4": "BACHELOR",
    "S1": "BACHELOR", "S2": "MASTER",
}  # fmt: skip
STATUSES = {"Dibuka": "OPEN", "1": "OPEN", "Ditutup": "CLOSED", "0": "CLOSED"}
OUTCOMES = {
    "Terkirim": "SUBMITTED", "0": "SUBMITTED", "Diproses": "UNDER_REVIEW", "Interview": "UNDER_REVIEW",
    "Diterima": "ACCEPTED", "DITERIMA": "ACCEPTED", "Ditolak": "REJECTED", "DITOLAK": "REJECTED",
}  # fmt: skip


def _day(cell: object) -> date | None:
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        return None


def _moment(cell: object) -> datetime | None:
    try:
        return datetime.strptime(str(cell), "%Y-%m-%d %H:%M:%S").replace(tzinfo=city.WIB)
    except ValueError:
        return None


def _pay(cell: object) -> tuple[int | None, int | None]:
    numbers = [int(re.sub(r"\D", "", part)) for part in re.findall(r"\d[\d.]*", str(cell))]
    if not numbers:
        return None, None
    times = 1_000_000 if str(cell).endswith("Juta") else 1
    return numbers[0] * times, numbers[-1] * times


def _text(cell: object) -> str | None:
    text = cell.decode("cp1252") if isinstance(cell, bytes) else str(cell if cell is not None else "")
    if not isinstance(cell, bytes) and re.search("[âÃ]", text):
        text = text.encode("cp1252").decode()
    text = text.replace("\0", "").strip()
    return text if text not in ("", "-") else None


def _address(cell: object) -> str | None:
    text = str(cell)
    local, _, domain = text.strip().partition("@")
    if "," in text or not domain or (domain not in ("example.com", "EXAMPLE.COM")):
        return None
    return text.strip().lower() if local in (local.lower(), local.upper(), local.capitalize()) else None


def _district(cell: object) -> str | None:
    found = re.fullmatch(r"36\.?71\.?(\d\d)", str(cell))
    return f"36.71.{found[1]}" if found else None


def test_the_truth_of_postings_is_what_can_be_won_back() -> None:
    for case in POSTINGS:
        row = case.legacy
        assert case.truth == (
            str(row[0]), row[1], _text(row[2]), _text(row[8]), row[4], TYPES.get(str(row[5]), "UNKNOWN"),
            EDUCATIONS.get(str(row[6]), "UNKNOWN"), *_pay(row[3]), _day(row[13]), _day(row[14]),
            STATUSES.get(str(row[10]), "UNKNOWN"), {"0": "PENDING", "1": "VERIFIED", "2": "REFUSED"}[str(row[9])],
            _district(row[12]), _text(row[11]),
        )  # fmt: skip
        assert case.alive is (row[9] == "1" and row[15] is None)


def test_the_truth_of_applications_is_what_can_be_won_back() -> None:
    for case in APPLICATIONS:
        row = case.legacy
        assert case.truth == (
            str(row[0]), str(row[1]), _address(row[2]), _text(row[3]), _moment(row[4]),
            OUTCOMES.get(str(row[5]), "UNKNOWN"), _text(row[6]),
        )  # fmt: skip
        assert case.truth.applicant_email in (None, email_address(case.applicant))


def test_the_same_seed_gives_the_same_jobs_and_another_seed_others() -> None:
    assert list(jobs.postings(SMALL)) == POSTINGS
    assert list(jobs.applications(SMALL)) == APPLICATIONS
    assert list(islice(jobs.postings(SMALL, seed=1), 50)) != POSTINGS[:50]
    assert list(islice(jobs.applications(SMALL, seed=1), 50)) != APPLICATIONS[:50]


def test_ids_count_up_and_time_never_goes_back() -> None:
    assert [case.truth.id for case in POSTINGS] == [str(number) for number in range(1, 301)]
    assert [case.truth.id for case in APPLICATIONS] == [str(number) for number in range(1, 2_001)]
    days = [case.truth.date_posted for case in POSTINGS if case.truth.date_posted]
    assert all(left <= right for left, right in pairwise(days))
    times = [case.truth.applied_at for case in APPLICATIONS if case.truth.applied_at]
    assert all(left <= right for left, right in pairwise(times))
    assert days[0] >= city.SIZES["small"].start.date()
    assert times[-1] < city.CLOCK


def test_postings_end_after_they_begin_and_are_closed_once_they_have_ended() -> None:
    for case in POSTINGS:
        first, last = case.truth.date_posted, case.truth.valid_through
        assert first is None or last is None or first < last
        if last is not None and case.truth.status != "UNKNOWN":
            assert (case.truth.status == "OPEN") is (last >= city.CLOCK.date())
    counts = Counter(case.truth.status for case in POSTINGS if case.alive)
    assert counts["OPEN"] > 5


def test_every_district_has_postings_and_the_pay_is_a_range() -> None:
    districts = {area.code for area in areas.truth() if area.level == "DISTRICT"}
    assert {case.truth.area_code for case in POSTINGS} == {*districts, None}
    pays = [(case.truth.salary_min, case.truth.salary_max) for case in POSTINGS]
    assert all((low is None) is (high is None) for low, high in pays)
    assert all(low <= high for low, high in pays if low is not None and high is not None)
    assert any(low == high for low, high in pays if low is not None)


def test_applications_follow_their_posting_and_some_postings_are_gone() -> None:
    posted = {case.truth.id: case.truth.date_posted for case in POSTINGS}
    gone = [case for case in APPLICATIONS if case.truth.posting_id not in posted]
    assert 20 < len(gone) < 70
    for case in APPLICATIONS:
        day = posted.get(case.truth.posting_id)
        if day is not None and case.truth.applied_at is not None and case.truth.posting_id != "1":
            assert day <= case.truth.applied_at.date() + timedelta(days=1)


def test_applicants_are_residents_and_some_strangers_and_share_addresses() -> None:
    strangers = sum(case.applicant >= SMALL.citizens for case in APPLICATIONS)
    assert 100 < strangers < 220
    sharing = {
        case.applicant for case in APPLICATIONS if email_address(case.applicant) == email_address(case.applicant - 1)
    }
    assert len(sharing) > 50
    assert any(case.applicant == 0 for case in APPLICATIONS)


# Rate, column of informasi_lowongans, and how a kind is told from its cell.
Kind = Callable[[object], str]


def _matching(patterns: dict[str, str]) -> Kind:
    def kind(cell: object) -> str:
        if cell is None:
            return "NULL"
        return next((name for name, pattern in patterns.items() if re.fullmatch(pattern, str(cell))), str(cell))

    return kind


PAY = _matching({
    "1 - 2 Juta": r"\d+ - \d+ Juta",
    "Rp 1.000.000 - Rp 2.000.000": r"Rp \d+\.000\.000 - Rp \d+\.000\.000",
    "Rp. 1.500.000": r"Rp\. \d+\.500\.000",
    "Rp. 1.500.000,-": r"Rp\. \d+\.500\.000,-",
    "1500000": r"\d+500000",
})  # fmt: skip
DAY = _matching({"clean": r"(?!2026-02-31)202\d-\d\d-\d\d"})
DISTRICT = _matching({"dotted": r"36\.71\.\d\d", "plain": r"3671\d\d"})
ADDRESS = _matching({
    "two": ".+, .+",
    "small": r"[a-z]+\.[a-z]+\d+@example\.com",
    "blank behind": r"[a-z]+\.[a-z]+\d+@example\.com ",
    "first capital": r"[A-Z][a-z]*\.[a-z]+\d+@example\.com",
    "capitals": r"[A-Z]+\.[A-Z]+\d+@EXAMPLE\.COM",
    "mixed": r"[A-Z][a-z]*\.[A-Z][a-z]*\d+@Example\.Com",
    "no sign": r"[a-z]+\.[a-z]+\d+example\.com",
})  # fmt: skip
MOMENT = _matching({"clean": r"(?!2026-02-31)202\d-\d\d-\d\d \d\d:\d\d:\d\d"})
DELETED = _matching({"deleted": r"202\d-.*"})
EMPLOYER = _matching({"clean": ".{3,}"})

RATES: list[tuple[str, int, Kind]] = [
    ("pay", 3, PAY),
    ("job day", 13, DAY),
    ("job last day", 14, DAY),
    ("job verification", 9, _matching({})),
    ("job deleted", 15, DELETED),
    ("job district", 12, DISTRICT),
    ("job employer", 2, EMPLOYER),
]
APPLICATION_RATES: list[tuple[str, int, Kind]] = [("applicant address", 2, ADDRESS), ("applied at", 4, MOMENT)]


@pytest.fixture(scope="module")
def many_postings() -> list[JobPostingCase]:
    return list(jobs.postings(MANY))


@pytest.fixture(scope="module")
def many_applications() -> list[JobApplicationCase]:
    return list(jobs.applications(MANY))


def _assert_rates(rate: str, kinds: list[str]) -> None:
    counts, total = Counter(kinds), len(kinds)
    assert set(counts) == set(rates.RATES[rate])
    for kind, share in rates.RATES[rate].items():
        assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share * (1 - share)), (kind, counts[kind])


@pytest.mark.parametrize(("rate", "column", "kind"), RATES)
def test_postings_are_as_dirty_as_declared(
    rate: str, column: int, kind: Kind, many_postings: list[JobPostingCase]
) -> None:
    _assert_rates(rate, [kind(case.legacy[column]) for case in many_postings])


@pytest.mark.parametrize(("rate", "column", "kind"), APPLICATION_RATES)
def test_applications_are_as_dirty_as_declared(
    rate: str, column: int, kind: Kind, many_applications: list[JobApplicationCase]
) -> None:
    _assert_rates(rate, [kind(case.legacy[column]) for case in many_applications])


def test_codes_are_as_dirty_as_declared(many_postings: list[JobPostingCase]) -> None:
    usual = {"Full Time", "Part Time", "Kontrak", "Magang"}
    kinds = ["NULL" if case.legacy[5] is None else str(case.legacy[5]) for case in many_postings]
    _assert_rates("job code", ["usual" if one in usual else "other" if one in TYPES else one for one in kinds])


def _cells() -> list[tuple[Table, Row]]:
    return [
        *((jobs.LOWONGANS, case.legacy) for case in POSTINGS),
        *((jobs.LAMARS, case.legacy) for case in APPLICATIONS),
    ]


def test_every_cell_fits_its_column() -> None:
    for table, row in _cells():
        assert len(row) == len(table.columns)
        for (_, kind), cell in zip(table.columns, row, strict=True):
            width = re.search(r"char\((\d+)\)", kind)
            assert isinstance(cell, int) is kind.startswith("integer")
            assert width is None or cell is None or len(str(cell)) <= int(width[1])


def test_the_source_streams_what_is_generated() -> None:
    rows = list(jobs.SOURCE.rows(SMALL, city.SEED))
    assert rows == [
        *(("informasi_lowongans", case.legacy) for case in POSTINGS),
        *(("lamars", case.legacy) for case in APPLICATIONS),
    ]
    assert jobs.SOURCE.total(SMALL) == 300
