"""The hospitals: real names and codes, synthetic places, rooms and doctors, and dirt at the declared rates."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import timedelta
from math import sqrt
from pathlib import Path

import pytest

from sample import areas, rates
from sample.city import CLOCK, LATITUDE_MAX, LATITUDE_MIN, LONGITUDE_MAX, LONGITUDE_MIN, SEED, SIZES
from sample.hospitals import beds as hospital_beds
from sample.hospitals import schedules as hospital_schedules
from sample.hospitals import source as hospitals
from sample.shapes import Row


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for table, row in hospitals.SOURCE.rows(SIZES["small"], SEED):
        found.setdefault(table, []).append(row)
    return found


def test_names_codes_types_and_classes_are_the_official_ones(shared_data: Path) -> None:
    with (shared_data / "kota_tangerang_hospitals.csv").open(encoding="utf-8") as lines:
        official = {row["kode_rs"]: row for row in csv.DictReader(lines)}
    lost = {"UNKNOWN"}
    kinds = {"RSU": "GENERAL", "RSIA": "MOTHER_AND_CHILD", "RSK THT-KL": "SPECIAL"}
    assert [one.code for one in hospitals.truth()] == sorted(official)
    for one in hospitals.truth():
        row = official[one.code]
        assert one.name == " ".join(row["nama_rs"].split())
        assert {one.kind} - lost <= {kinds[row["jenis_rs"]]}
        assert {one.hospital_class} - lost <= {row["kelas"]}


def test_places_are_synthetic_and_in_their_district() -> None:
    districts = {area.code: area.name for area in areas.places() if area.level == "DISTRICT"}
    unplaced = 0
    for one in hospitals.truth():
        assert one.address.endswith(" (alamat contoh)")
        assert one.phone is None or re.fullmatch(r"\(021\) 0000-\d{4}", one.phone)
        if one.area_code is not None:
            assert f", {districts[one.area_code]} (" in one.address
        if one.latitude is None or one.longitude is None:
            unplaced += 1
            continue
        assert LATITUDE_MIN < one.latitude < LATITUDE_MAX
        assert LONGITUDE_MIN < one.longitude < LONGITUDE_MAX
    assert unplaced == rates.HOSPITAL_COUNTS["unplaced"]


def test_the_declared_numbers_of_the_register_occur(rows: dict[str, list[Row]]) -> None:
    register = rows["m_rumahsakit"]
    seen = {
        "plain district": sum(bool(re.fullmatch(r"3671\d\d", str(row[7]))) for row in register),
        "no district": sum(row[7] in ("", "-") for row in register),
        "swapped": sum(str(row[8]).startswith("106.") for row in register),
        "unplaced": sum(row[8] in ("0", "-") for row in register),
        "no phone": sum(row[5] in ("", "-", "0") for row in register),
        "class X": sum(row[3] == "X" for row in register),
        "type X": sum(row[2] == "X" for row in register),
        "without rooms": len(register) - len({row[2] for row in rows["bangsal"]}),
    }
    assert seen == rates.HOSPITAL_COUNTS


# Told from the stored cells alone, again.


def test_counts_of_beds_are_what_the_rooms_say(rows: dict[str, list[Row]]) -> None:
    ward_of = {row[0]: str(row[2]) for row in rows["bangsal"]}
    known = {spelling.lower(): name for name, all_ in hospital_beds.SPELLINGS.items() for spelling in all_}
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows["kamar"]:
        if row[4] == "1":
            care_class = known.get(str(row[2]).strip().lower(), "UNKNOWN")
            groups.setdefault((ward_of[row[1]], care_class), []).append(row)
    expected = []
    for (code, care_class), rooms in sorted(groups.items()):
        times = [str(row[5]) if re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d:\d\d", str(row[5])) else "" for row in rooms]
        free = sum(str(row[3]).upper() == "KOSONG" for row in rooms)
        expected.append((code, care_class, len(rooms), free, min(times) or None))
    assert [
        (*one[:4], f"{one.as_of:%Y-%m-%d %H:%M:%S}" if one.as_of is not None else None) for one in hospitals.beds()
    ] == expected


def test_wards_are_minutes_hours_and_days_old_at_the_clock() -> None:
    ages = [CLOCK - one.as_of for one in hospitals.beds() if one.as_of is not None]
    assert min(ages) > timedelta(0)
    assert max(ages) > timedelta(days=7)
    kinds = Counter(
        "minutes" if age <= timedelta(minutes=15) else "hours" if age <= timedelta(days=1) else "days" for age in ages
    )
    assert min(kinds.values()) >= 20
    assert set(kinds) == {"minutes", "hours", "days"}


def test_a_number_of_an_employee_is_nobodys_resident_number(rows: dict[str, list[Row]]) -> None:
    assert [name for name, _ in hospital_schedules.DOKTER.columns] == ["kd_dokter", "nik", "nm_dokter"]
    numbers = [str(row[1]) for row in rows["dokter"]]
    assert all(re.fullmatch(r"20[12]\d{7}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers) > 200


def test_schedules_end_after_they_begin_and_keep_their_clinic(rows: dict[str, list[Row]]) -> None:
    clinics = {row[0]: (str(row[1]).title(), row[2]) for row in rows["poliklinik"]}
    schedules = hospitals.schedules()
    assert [one.id for one in schedules] == [str(number) for number in range(1, len(schedules) + 1)]
    for one, row in zip(schedules, rows["jadwal"], strict=True):
        assert clinics[row[5]] == (one.service_name, one.hospital_code)
        assert one.opens is None or one.closes is None or one.opens < one.closes
    assert {one.weekday for one in schedules} == {*hospital_schedules.WEEKDAYS, "UNKNOWN"}
    assert {"JUM'AT", "JUMAT", "MINGGU", "AHAD", "AKHAD"} <= {str(row[2]) for row in rows["jadwal"]}


def test_declared_rates_occur(rows: dict[str, list[Row]]) -> None:
    rooms, weekly = rows["kamar"], rows["jadwal"]

    def told(cell: object, patterns: dict[str, str]) -> str:
        text = "NULL" if cell is None else str(cell)
        return next((kind for kind, pattern in patterns.items() if re.fullmatch(pattern, text)), text)

    clock = {"usual": r"\d\d:[03]0", "other": r"\d\d\.[03]0"}
    cases = {
        "room status": Counter(str(row[3]) for row in rooms),
        "room alive": Counter(str(row[4]) for row in rooms),
        "room time": Counter(told(row[5], {"clean": r"2026-\d\d-\d\d \d\d:\d\d:\d\d"}) for row in rooms),
        "clock time": Counter(told(cell, clock) for row in weekly for cell in (row[3], row[4])),
        "quota": Counter(told(row[6], {"clean": r"\d+"}) for row in weekly),
        "doctor": Counter(told(row[1], {"gone": "D9999", "known": r"D\d{4}"}) for row in weekly),
    }
    for rate, counts in cases.items():
        total = sum(counts.values())
        assert set(counts) <= set(rates.RATES[rate])
        for kind, share in rates.RATES[rate].items():
            assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share) + 1, (rate, kind)


def test_every_cell_fits_its_column(rows: dict[str, list[Row]]) -> None:
    tables = {table.name: table for table in hospitals.SOURCE.tables}
    assert set(rows) == set(tables)
    for name, table in tables.items():
        for row in rows[name]:
            assert len(row) == len(table.columns)
            for (_, kind), cell in zip(table.columns, row, strict=True):
                width = re.search(r"char\((\d+)\)", kind)
                assert cell is None or isinstance(cell, int) is kind.startswith("integer")
                assert width is None or cell is None or len(str(cell)) <= int(width[1])


def test_the_same_seed_gives_the_same_rooms_and_another_seed_others() -> None:
    assert hospitals.beds() == hospitals.beds()
    assert hospitals.beds() != hospitals.beds(seed=1)
    assert hospitals.schedules() != hospitals.schedules(seed=1)
