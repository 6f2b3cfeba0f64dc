"""The complaints: the truth is what can be won back from the dirt, and it is as one expects of a city."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice, pairwise

import pytest

from sample import areas, city
from sample.complaints import source as complaints
from sample.complaints.source import ComplaintCase, ComplaintTruth, StatusChangeTruth
from sample.shapes import Row, Table

STATUSES = {
    "0": "WAITING",
    "Menunggu": "WAITING",
    "Proses": "IN_PROGRESS",
    "PROSES": "IN_PROGRESS",
    "Selesai": "DONE",
    "SELESAI": "DONE",
}
CHANNELS = {
    "Android": "APP",
    "iOS": "APP",
    "Web": "WEB",
    "Telepon": "PHONE",
    "Medsos": "SOCIAL_MEDIA",
    "Loket": "WALK_IN",
}
PUBLICATIONS = {"Publik": "PUBLIC", "Anonim": "ANONYMOUS", "Rahasia": "CONFIDENTIAL"}
SPELLED_NIK = re.compile(
    r"\d{16}|\d\d\.\d\d\.\d\d\.\d{6}\.\d{4}|\d{4}(-\d{4}){3}|\d{4}( \d{4}){3}|\d{6}\.\d{6}\.\d{4}|\d{6}-\d{6}-\d{4}"
)


def _time(cell: object) -> datetime | None:
    try:
        return datetime.strptime(str(cell), "%d-%m-%Y %H:%M").replace(tzinfo=city.WIB)
    except ValueError:
        return None


def _nik(cell: object) -> str | None:
    if not SPELLED_NIK.fullmatch(str(cell)):
        return None
    digits = re.sub(r"\D", "", str(cell))
    day = int(digits[6:8])
    try:
        # 2000 is a leap year, so that 29 February is possible in every year.
        datetime.strptime(f"{day - 40 if day > 40 else day}-{digits[8:10]}-2000", "%d-%m-%Y").replace(tzinfo=city.WIB)
    except ValueError:
        return None
    return digits


def _text(cell: object) -> str | None:
    if cell is None:
        return None
    text = cell.decode("cp1252") if isinstance(cell, bytes) else str(cell)
    if not isinstance(cell, bytes):
        with suppress(UnicodeDecodeError):
            text = text.encode("cp1252").decode()
    text = text.replace("\0", "").rstrip()
    return text if text not in ("", "-") else None


def _position(lat: object, lng: object) -> tuple[float | None, float | None]:
    try:
        pair = float(str(lat)), float(str(lng))
    except ValueError:
        return None, None
    for latitude, longitude in (pair, pair[::-1]):
        if city.LATITUDE_MIN < latitude < city.LATITUDE_MAX and city.LONGITUDE_MIN < longitude < city.LONGITUDE_MAX:
            return latitude, longitude
    return None, None


def _area(cell: object) -> str | None:
    digits = str(cell).replace(".", "")
    code = ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)
    return code if code in {area.code for area in areas.truth()} - {"36.71"} else None


def _decoded(case: ComplaintCase) -> ComplaintTruth:
    """The truth won back from the legacy rows, by the rules of their department, independent of the sample."""
    (number, ticket, at, nik, name, phone, kind, text, address, area, lat, lng, _, status, opd, channel, shown, _) = (
        case.legacy.pengaduan
    )
    detail = STATUSES.get(str(status), "UNKNOWN")
    category = {"K14": "K03", "K17": "K05"}.get(str(kind), str(kind))
    return ComplaintTruth(
        str(number),
        str(ticket),
        category if category in {kind.code for kind in complaints.categories()} else None,
        {"DONE": "CLOSED", "UNKNOWN": "UNKNOWN"}.get(detail, "OPEN"),
        detail,
        PUBLICATIONS.get(str(shown), "UNKNOWN"),
        _time(at),
        _area(area),
        str(opd).lower() if str(opd) not in ("-", "BAG. UMUM") else None,
        _text(text),
        _text(address),
        *_position(lat, lng),
        CHANNELS.get(str(channel), "UNKNOWN"),
        _nik(nik),
        _text(name),
        _text(phone),
        tuple(
            StatusChangeTruth(
                str(row[0]), str(row[1]), _time(row[2]), STATUSES.get(str(row[3]), "UNKNOWN"), _text(row[4])
            )
            for row in case.legacy.tanggapan
        ),
    )


def test_the_truth_is_what_can_be_won_back(small_cases: list[ComplaintCase]) -> None:
    for case in small_cases:
        assert _decoded(case) == case.truth
        assert (case.legacy.pengaduan[-1] == "T") is case.alive


def test_the_same_seed_gives_the_same_city_and_another_seed_another(small_cases: list[ComplaintCase]) -> None:
    size = city.SIZES["small"]
    assert list(complaints.generate(size)) == small_cases
    assert list(islice(complaints.generate(size, seed=1), 50)) != small_cases[:50]


def test_ids_count_up_and_time_never_goes_back(small_cases: list[ComplaintCase]) -> None:
    assert [case.truth.id for case in small_cases] == [str(number) for number in range(1, 4_001)]
    times = [case.truth.requested_at for case in small_cases if case.truth.requested_at]
    assert all(left <= right for left, right in pairwise(times))
    assert times[0] >= city.SIZES["small"].start
    assert times[-1] < city.CLOCK
    assert len({case.truth.ticket_number for case in small_cases}) == 4_000
    assert all(re.fullmatch(r"LAKSA-202[456]-\d{6}", case.truth.ticket_number) for case in small_cases)


def test_ids_of_answers_count_up_with_time_across_complaints(small_cases: list[ComplaintCase]) -> None:
    answers = sorted(
        (change for case in small_cases for change in case.truth.history), key=lambda change: int(change.id)
    )
    assert [int(change.id) for change in answers] == list(range(1, len(answers) + 1))
    times = [change.at for change in answers if change.at]
    assert all(left <= right for left, right in pairwise(times))
    assert times[-1] < city.CLOCK


def test_history_is_ordered_belongs_and_follows_the_request(small_cases: list[ComplaintCase]) -> None:
    for case in small_cases:
        history = case.truth.history
        assert len(history) <= 5
        assert {change.complaint_id for change in history} <= {case.truth.id}
        assert all(int(left.id) < int(right.id) for left, right in pairwise(history))
        times = [at for at in (case.truth.requested_at, *(change.at for change in history)) if at]
        assert all(left < right for left, right in pairwise(times))
    assert 2.3 < sum(len(case.truth.history) for case in small_cases) / 4_000 < 2.6


def test_statuses_are_consistent(small_cases: list[ComplaintCase]) -> None:
    coarse = {"WAITING": "OPEN", "IN_PROGRESS": "OPEN", "DONE": "CLOSED", "UNKNOWN": "UNKNOWN"}
    for case in small_cases:
        truth = case.truth
        assert truth.status == coarse[truth.status_detail]
        last = truth.history[-1].status_detail if truth.history else "WAITING"
        assert "UNKNOWN" in (truth.status_detail, last) or truth.status_detail == last
        assert all(change.status_detail != "DONE" for change in truth.history[:-1])


def test_areas_exist_and_every_district_has_complaints_of_its_own(small_cases: list[ComplaintCase]) -> None:
    codes = {area.code for area in areas.truth()}
    used = {case.truth.area_code for case in small_cases if case.truth.area_code and case.alive}
    assert used <= codes
    assert used == codes - {"36.71"}


def test_reporters_are_people(small_cases: list[ComplaintCase]) -> None:
    names: dict[str, set[str]] = {}
    for case in small_cases:
        if case.truth.reporter_nik and case.truth.reporter_name:
            names.setdefault(case.truth.reporter_nik, set()).add(case.truth.reporter_name)
    assert all(len(of_one) == 1 for of_one in names.values())
    assert all(re.fullmatch(r"3671\d{8}9\d{3}", nik) for nik in names)
    assert all(
        re.fullmatch(r"08\d\d-0000-\d{6}", case.truth.reporter_phone)
        for case in small_cases
        if case.truth.reporter_phone
    )


def test_texts_fit_cp1252_and_are_never_taken_for_mojibake(small_cases: list[ComplaintCase]) -> None:
    texts = {case.truth.description for case in small_cases} | {
        change.note for case in small_cases for change in case.truth.history
    }
    beyond_ascii = [text for text in texts if text and not text.isascii()]
    assert len(beyond_ascii) > 200
    for text in beyond_ascii:
        with pytest.raises(UnicodeDecodeError):
            text.encode("cp1252").decode()


def test_complaints_gather_in_place_time_and_kind(small_cases: list[ComplaintCase]) -> None:
    floods = [case.truth for case in small_cases if case.truth.category_code == "K04"]
    wet = sum(truth.requested_at.month in (1, 2) for truth in floods if truth.requested_at)
    # Two months of twelve bring more than a third of the floods.
    assert wet > len(floods) / 3
    periuk = Counter(truth.area_code[:8] for truth in floods if truth.area_code).most_common(1)
    assert periuk[0][0] == "36.71.08"
    hours = Counter(case.truth.requested_at.hour for case in small_cases if case.truth.requested_at)
    assert hours[9] > 5 * hours[3]


def _cells(cases: list[ComplaintCase]) -> Iterator[tuple[Table, Row]]:
    for case in cases:
        yield complaints.TBL_PENGADUAN, case.legacy.pengaduan
        for row in case.legacy.tanggapan:
            yield complaints.TBL_TANGGAPAN, row


def test_every_cell_fits_its_column(small_cases: list[ComplaintCase]) -> None:
    for table, row in _cells(small_cases):
        assert len(row) == len(table.columns)
        for (_, kind), cell in zip(table.columns, row, strict=True):
            width = re.search(r"char\((\d+)\)", kind)
            assert isinstance(cell, int) is kind.startswith("integer")
            assert width is None or cell is None or len(str(cell)) <= int(width[1])


def test_categories_are_listed_once_for_the_hub_and_two_of_them_twice_in_the_register() -> None:
    rows = [
        row
        for name, row in complaints.SOURCE.rows(replace(city.SIZES["small"], complaints=0, reporters=1), 1)
        if name == "m_kategori"
    ]
    assert [str(row[0]) for row in rows[:16]] == [kind.code for kind in complaints.categories()]
    assert [row[0] for row in rows[16:]] == ["K14", "K17"]
    assert len(str(rows[17][1])) == 40
    assert complaints.categories()[2] == ("K03", "Penerangan jalan umum (PJU) padam", "Infrastruktur")
