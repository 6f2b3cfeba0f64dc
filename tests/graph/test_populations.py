"""How many people live in an area, and what there is per 10,000 of them: against the sample's register."""

from __future__ import annotations

from collections import Counter

import pytest

from models.errors import DepartmentUnavailable
from resolvers.aggregates.statistics import rounded
from sample import areas
from sample.citizens import source as citizens
from sample.city import SIZES
from sample.licenses.source import generate as license_cases
from tests.graph.harness import City
from tests.graph.test_across import joined

PLACES = {one.code: one for one in areas.truth()}
PEOPLE = [case.truth for case in citizens.generate(SIZES["small"]) if case.alive]


def around(code: str | None) -> list[str]:
    """An area and all around it."""
    found: list[str] = []
    while code is not None and code in PLACES:
        found.append(code)
        code = PLACES[code].parent_code
    return found


def populations() -> Counter[str]:
    living = Counter(one.area_code for one in PEOPLE if one.registration_status == "ALIVE")
    sums: Counter[str] = Counter()
    for code, count in living.items():
        sums.update(dict.fromkeys(around(code), rounded(count)))
    return +sums


PEOPLE_OF = populations()


async def test_the_people_of_an_area_are_the_sum_of_rounded_counts(city: City) -> None:
    answer = await city(
        """{ city: area(code: "36.71") { population }
          areas(first: 100, orderBy: [{code: ASC}]) { nodes { code population } } }"""
    )
    assert answer.errors == []
    found = {node["code"]: node["population"] for node in answer.data["areas"]["nodes"]}
    assert len(found) == 100
    assert found == {code: PEOPLE_OF[code] or None for code in found}
    assert answer.data["city"]["population"] == PEOPLE_OF["36.71"]
    assert all(count % 5 == 0 for count in PEOPLE_OF.values())
    dead = sum(one.registration_status != "ALIVE" for one in PEOPLE)
    assert dead > 50
    assert PEOPLE_OF["36.71"] < len(PEOPLE) - dead // 2


async def test_people_are_counted_once_for_many_questions(city: City) -> None:
    await city('{ area(code: "36.71") { population } }')
    answer = await city('{ area(code: "36.71.05") { population } complaintGroups(by: [AREA]) { groups { per10000 } } }')
    assert answer.errors == []
    assert "citizens" not in answer.statements


@pytest.mark.parametrize("level", ["DISTRICT", "VILLAGE"])
async def test_rates_are_of_the_people_of_each_area(city: City, level: str) -> None:
    answer = await city(
        """query ($level: AreaLevel!) { complaintGroups(
          by: [AREA, STATUS], areaLevel: $level, first: 1000, orderBy: [{per10000: DESC}]
          having: {per10000: {gt: 0}}) {
            groups { key { areaCode status } count per10000 } groupsCount } }""",
        level=level,
    )
    assert answer.errors == []
    counts: Counter[tuple[str, str]] = Counter()
    for row in joined(SIZES["small"]).rows["complaints"]:
        for code in around(row["liesIn"]):
            if PLACES[code].level == level and PEOPLE_OF[code]:
                counts[code, row["status"]] += 1
    found = answer.data["complaintGroups"]
    assert {(one["key"]["areaCode"], one["key"]["status"]): one["count"] for one in found["groups"]} == counts
    assert found["groupsCount"] == len(counts)
    rates = [one["per10000"] for one in found["groups"]]
    assert rates == sorted(rates, reverse=True)
    for one in found["groups"]:
        people = PEOPLE_OF[one["key"]["areaCode"]]
        assert one["per10000"] == pytest.approx(one["count"] * 10_000 / people)


async def test_there_is_no_rate_without_an_area_and_none_of_what_lies_nowhere(city: City) -> None:
    answer = await city(
        "{ complaintGroups(by: [AREA], areaLevel: DISTRICT) { groups { key { areaCode } per10000 } } "
        "all: complaintGroups(by: [STATUS]) { groups { per10000 } } }"
    )
    assert answer.errors == []
    nowhere = [one for one in answer.data["complaintGroups"]["groups"] if one["key"]["areaCode"] is None]
    assert [one["per10000"] for one in nowhere] == [None]
    assert {one["per10000"] for one in answer.data["all"]["groups"]} == {None}


async def test_a_register_that_is_down_takes_the_rates_and_nothing_else(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise DepartmentUnavailable("department_unavailable", source="citizens", department="Disdukcapil")

    monkeypatch.setattr(city.populations, "_counts", None)
    monkeypatch.setattr(type(city.populations), "_counted", down)
    answer = await city("{ complaintGroups(by: [AREA]) { totals { count } groups { count per10000 } } }")
    assert {one.code for one in answer.errors} == {"DEPARTMENT_UNAVAILABLE"}
    assert answer.data["complaintGroups"]["totals"]["count"] == len(joined(SIZES["small"]).rows["complaints"])
    assert {one["per10000"] for one in answer.data["complaintGroups"]["groups"]} == {None}


async def test_licences_are_rolled_up_by_the_codes_of_their_kind_and_have_rates(city: City) -> None:
    answer = await city(
        "{ licenseGroups(by: [AREA], areaLevel: DISTRICT) { groups { key { area { code } } count per10000 } } "
        "city: licenseGroups(by: [AREA], areaLevel: CITY) { groups { key { area { code } } count } } }"
    )
    assert answer.errors == []
    district_of = {one.bps_code: one.code for one in areas.truth() if one.bps_code}
    rows = [case.license.truth for case in license_cases(SIZES["small"]) if case.license is not None]
    expected = Counter(district_of.get(row.area_bps_code or "") for row in rows)
    groups = answer.data["licenseGroups"]["groups"]
    assert {(one["key"]["area"] or {}).get("code"): one["count"] for one in groups} == expected
    for one in groups:
        code = (one["key"]["area"] or {}).get("code")
        assert one["per10000"] == (None if code is None else pytest.approx(one["count"] * 10_000 / PEOPLE_OF[code]))
    known = sum(count for code, count in expected.items() if code is not None)
    whole = {(one["key"]["area"] or {}).get("code"): one["count"] for one in answer.data["city"]["groups"]}
    assert whole == {"36.71": known, None: expected[None]}


async def test_rounded_counts_are_added_up_and_not_counted_anew(city: City) -> None:
    answer = await city(
        "{ citizenStatistics(by: [AREA_CODE], areaLevel: DISTRICT) { cells { areaCode count } total } "
        "all: citizenStatistics { total } }"
    )
    assert answer.errors == []
    table = {cell: rounded(count) for cell, count in Counter((one.area_code, one.sex) for one in PEOPLE).items()}
    expected: Counter[str | None] = Counter()
    for (code, _), count in table.items():
        expected[next((one for one in around(code) if PLACES[one].level == "DISTRICT"), None)] += count
    assert {one["areaCode"]: one["count"] for one in answer.data["citizenStatistics"]["cells"]} == +expected
    assert answer.data["citizenStatistics"]["total"] == answer.data["all"]["total"] == rounded(len(PEOPLE))


async def test_jobs_stand_in_the_middle_of_the_area_that_their_address_names(city: City) -> None:
    answer = await city(
        "{ jobPostings(first: 100) { nodes { area { code } position { latitude longitude } positionAccuracy } } }"
    )
    assert answer.errors == []
    seen = Counter(node["position"] is not None for node in answer.data["jobPostings"]["nodes"])
    assert seen[True] > 50
    for node in answer.data["jobPostings"]["nodes"]:
        one = PLACES.get((node["area"] or {}).get("code", ""))
        if one is None or one.latitude is None:
            assert (node["position"], node["positionAccuracy"]) == (None, None)
        else:
            assert node["position"] == {"latitude": one.latitude, "longitude": one.longitude}
            assert node["positionAccuracy"] == "AREA"
