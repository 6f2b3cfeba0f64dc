"""The areas: official facts, positions inside the box, and the dirt of their register."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from sample import areas, city, rates

OFFICIAL = Path(__file__).parents[3] / "shared" / "data" / "areas.csv"


def test_there_are_a_city_13_districts_and_104_villages() -> None:
    truth = areas.truth()
    assert len(truth) == 118
    assert [sum(area.level == level for area in truth) for level in ("CITY", "DISTRICT", "VILLAGE")] == [1, 13, 104]


def test_one_village_in_full() -> None:
    [village] = [area for area in areas.truth() if area.code == "36.71.05.1002"]
    assert village[:5] == ("36.71.05.1002", "Cipondoh Makmur", "VILLAGE", "36.71.05", "15148")
    assert areas.truth()[0] == ("36.71", "Kota Tangerang", "CITY", None, None, -6.18, 106.63, "3671")


@pytest.mark.skipif(not OFFICIAL.exists(), reason="../shared/data is not there: official areas not compared")
def test_codes_names_and_postal_codes_are_the_official_ones() -> None:
    with OFFICIAL.open(encoding="utf-8") as file:
        official = [
            (
                row["code"],
                row["name"],
                row["level"],
                None if row["level"] == "CITY" else row["parent"],
                row["postal_code"] or None,
            )
            for row in csv.DictReader(file)
        ]
    assert [area[:5] for area in areas.truth()] == official


def test_parents_exist_and_a_code_begins_with_its_parents() -> None:
    codes = {area.code for area in areas.truth()}
    for area in areas.truth():
        if area.parent_code:
            assert area.parent_code in codes
            assert area.code.startswith(f"{area.parent_code}.")


def test_every_place_is_distinct_and_inside_the_box() -> None:
    places = areas.places()
    assert len({(place.latitude, place.longitude) for place in places}) == 118
    for place in places:
        assert place.latitude is not None
        assert place.longitude is not None
        assert city.LATITUDE_MIN + 0.003 < place.latitude < city.LATITUDE_MAX - 0.003
        assert city.LONGITUDE_MIN + 0.003 < place.longitude < city.LONGITUDE_MAX - 0.003


def _decoded(row: tuple[object, ...]) -> areas.AreaTruth:
    """The truth won back from a row of the register, by the rules of its department, independent of the sample."""
    _, code, name, kind, parent, postal, lat, lng = (str(cell) for cell in row[:8])
    position: tuple[float | None, float | None] = (None, None)
    if lat not in ("", "-", "0"):
        position = (float(lat), float(lng)) if float(lat) < 0 else (float(lng), float(lat))
    return areas.AreaTruth(
        _dotted(code),
        name.title(),
        {"KOTA": "CITY", "KEC": "DISTRICT", "KEL": "VILLAGE"}[kind],
        None if parent == "36" else _dotted(parent),
        None if postal in ("", "-", "0") else postal,
        *position,
        None if row[8] is None else str(row[8]),
    )


def _dotted(code: str) -> str:
    digits = code.replace(".", "")
    return ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)


def test_the_truth_is_what_the_register_says() -> None:
    alive = [case for case in areas.cases() if case.legacy[-1] == "T"]
    assert sorted(_decoded(case.legacy) for case in alive) == sorted(areas.truth())
    assert all(_decoded(case.legacy) == case.truth for case in alive)


def test_dirt_occurs_as_often_as_declared() -> None:
    rows = [case.legacy for case in areas.cases() if case.alive]
    places = {place.code: place for place in areas.places()}
    assert sum("." not in str(row[1]) for row in rows) == rates.AREA_COUNTS["plain code"]
    assert sum("." not in str(row[4]) and row[4] != "36" for row in rows) == rates.AREA_COUNTS["plain parent"]
    assert sum(str(row[6]).startswith("106") for row in rows) == rates.AREA_COUNTS["swapped"]
    assert sorted(str(row[6]) for row in rows if row[6] in ("0", "", "-")) == ["", "-", "0"]
    assert {row[5] for row in rows if row[3] != "KEL"} == {"-", "", "0"}
    dead = [case for case in areas.cases() if not case.alive]
    assert len(dead) == rates.AREA_COUNTS["dead"]
    assert all(case.legacy[-1] == "Y" and case.truth.code in places for case in dead)


def test_ids_say_nothing_about_codes() -> None:
    codes = [case.truth.code for case in areas.cases()]
    assert [case.legacy[0] for case in areas.cases()] == list(range(1, 123))
    assert 40 < sum(left < right for left, right in pairwise(codes)) < 80
