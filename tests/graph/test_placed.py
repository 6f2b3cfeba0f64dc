"""What a source names by a district lies in the village of its position, and what has none is never counted as none.

Against the sample's truth, reckoned by plain trigonometry: lists, counts, groups and filters, on every engine.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import resolvers.areas.placement
from resolvers.areas.geography import BOUNDARY_POINTS_MAX, read_polygons
from sample import areas
from sample.city import SIZES
from tests.graph.harness import City, opened
from tests.graph.placing import VILLAGES, hospitals_unknown, meters
from tests.graph.test_across import joined
from tests.slow import examples

ROWS = joined(SIZES["small"]).rows
HOSPITALS, COMPLAINTS = ROWS["hospitals"], ROWS["complaints"]
UNKNOWN = hospitals_unknown(HOSPITALS)
PLACES = {one.code: one for one in areas.truth()}
NO_HOSPITALS = (
    "The source of hospitals names no areas below DISTRICT, and no position tells more. Ask for areas of that level."
)


NEVER_NAMED = (
    'The source of {} names no areas below DISTRICT. Ask for areas of that level, or with "within" where there are '
    "positions."
)


def lying_in(rows: list[dict[str, Any]], code: str) -> list[dict[str, Any]]:
    return [row for row in rows if f"{row['liesIn']}.".startswith(f"{code}.")]


async def test_a_hospital_is_in_the_village_of_its_position_and_no_village_has_none_unless_it_is_known(
    city: City,
) -> None:
    query = """{ areas(first: 100, orderBy: [{code: %s}]) { nodes { code
      hospitals(first: 2, orderBy: [{name: DESC}, {code: ASC}]) {
        totalCount pageInfo { hasNextPage } nodes { code } } } } }"""
    told: dict[str, Any] = {}
    for direction in ("ASC", "DESC"):
        answer = await city(query % direction)
        assert {(one.code, one.text) for one in answer.errors} <= {("NOT_SUPPORTED", NO_HOSPITALS)}
        assert answer.statements["hospitals"] == 2
        told |= {node["code"]: node["hospitals"] for node in answer.data["areas"]["nodes"]}
    assert told.keys() == PLACES.keys()
    assert UNKNOWN
    assert {code for code, page in told.items() if page is None} == UNKNOWN
    counts = {code: page["totalCount"] for code, page in told.items() if page is not None}
    assert counts == {code: len(lying_in(HOSPITALS, code)) for code in PLACES.keys() - UNKNOWN}
    assert sum(count for code, count in counts.items() if code in VILLAGES) == 31
    for code, page in told.items():
        if page is not None:
            assert page["pageInfo"]["hasNextPage"] == (counts[code] > 2)
            assert {node["code"] for node in page["nodes"]} <= {row["code"] for row in lying_in(HOSPITALS, code)}
            assert len(page["nodes"]) == min(2, counts[code])


async def test_pages_of_a_village_go_through_what_is_named_and_what_is_placed(city: City) -> None:
    placed = Counter(row["liesIn"] for row in COMPLAINTS if row["liesIn"] != row["areaCode"])
    ((village, rows),) = placed.most_common(1)
    assert rows > 2
    query = """query ($code: AreaCode!, $at: String) { area(code: $code) { complaints(
      first: 7, after: $at, orderBy: [{requestedAt: DESC}], filter: {status: {in: [OPEN, CLOSED]}}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ticketNumber } } } }"""
    found: list[str] = []
    at, more, total = None, True, 0
    while more:
        page = (await city(query, code=village, at=at)).data["area"]["complaints"]
        found += [node["ticketNumber"] for node in page["nodes"]]
        at, more, total = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"], page["totalCount"]
    own = [row for row in COMPLAINTS if row["liesIn"] == village and row["status"] in ("OPEN", "CLOSED")]
    assert sorted(found) == sorted(row["ticketNumber"] for row in own)
    assert total == len(found) == len(set(found))
    ids = {row["ticketNumber"]: int(row["id"]) for row in own}
    # The source sorts by its key, as its mapping says.
    assert [ids[ticket] for ticket in found] == sorted(ids.values(), reverse=True)


@pytest.mark.parametrize("level", ["VILLAGE", "DISTRICT", "CITY"])
async def test_groups_by_area_count_what_lies_there(city: City, level: str) -> None:
    answer = await city(
        """query ($level: AreaLevel!) {
          hospitalGroups(by: [AREA], areaLevel: $level, first: 1000) {
            groups { key { areaCode } count } totals { count } }
          complaintGroups(by: [AREA, STATUS], areaLevel: $level, first: 1000) {
            groups { key { areaCode status } count } totals { count } } }""",
        level=level,
    )
    assert answer.errors == []
    for rows, field, names in (
        (HOSPITALS, "hospitalGroups", ("areaCode",)),
        (COMPLAINTS, "complaintGroups", ("areaCode", "status")),
    ):
        expected = Counter((above(row["liesIn"], level), *(row[name] for name in names[1:])) for row in rows)
        found = answer.data[field]
        assert {tuple(one["key"][name] for name in names): one["count"] for one in found["groups"]} == expected
        assert found["totals"]["count"] == len(rows)


def above(code: str | None, level: str) -> str | None:
    """The area of a level around an area, by what the register says lies in what."""
    while code is not None and PLACES[code].level != level:
        code = PLACES[code].parent_code
    return code


async def listed(city: City, given_filter: dict[str, Any]) -> set[str]:
    query = """query ($f: AreaFilter) {
      one: areas(first: 100, filter: $f, orderBy: [{code: ASC}]) { totalCount nodes { code } }
      two: areas(last: 100, filter: $f, orderBy: [{code: ASC}]) { nodes { code } } }"""
    answer = await city(query, f=given_filter)
    assert answer.errors == []
    found = {node["code"] for part in ("one", "two") for node in answer.data[part]["nodes"]}
    assert answer.data["one"]["totalCount"] == len(found)
    return found


VILLAGE = {"level": {"eq": "VILLAGE"}}


async def test_villages_without_a_hospital_are_those_of_which_it_is_known(city: City) -> None:
    with_one = {code for code in VILLAGES if lying_in(HOSPITALS, code)}
    of_class_c = {code for code in VILLAGES if any(row["hospitalClass"] == "C" for row in lying_in(HOSPITALS, code))}
    assert len(with_one) > len(of_class_c) > 5
    wanted = {"hospitalClass": {"eq": "C"}}
    assert await listed(city, VILLAGE | {"hospitals": {"some": {}}}) == with_one
    assert await listed(city, VILLAGE | {"hospitals": {"none": {}}}) == VILLAGES.keys() - with_one - UNKNOWN
    assert await listed(city, VILLAGE | {"not": {"hospitals": {"some": {}}}}) == VILLAGES.keys() - with_one - UNKNOWN
    assert await listed(city, VILLAGE | {"not": {"hospitals": {"none": {}}}}) == with_one
    assert await listed(city, VILLAGE | {"hospitals": {"some": wanted}}) == of_class_c
    assert await listed(city, VILLAGE | {"hospitals": {"none": wanted}}) == VILLAGES.keys() - of_class_c - UNKNOWN


REFUSED: dict[str, tuple[str, str, str]] = {
    "villages without jobs": (
        "{ areas(filter: {level: {eq: VILLAGE}, jobPostings: {none: {}}}) { nodes { code } } }",
        "areas",
        "job_postings",
    ),
    "villages with jobs": (
        "{ areas(filter: {level: {eq: VILLAGE}, jobPostings: {some: {}}}) { nodes { code } } }",
        "areas",
        "job_postings",
    ),
    "jobs by village": (
        "{ jobPostingGroups(by: [AREA], areaLevel: VILLAGE) { totals { count } } }", "jobPostingGroups", "job_postings",
    ),
    "licences by village": (
        "{ licenseGroups(by: [AREA], areaLevel: VILLAGE) { totals { count } } }", "licenseGroups", "licenses",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_known_by_district_only_is_null_with_its_reason(city: City, name: str) -> None:
    query, field, subject = REFUSED[name]
    answer = await city(query)
    assert [(one.code, one.text) for one in answer.errors] == [
        ("NOT_SUPPORTED", NO_HOSPITALS.replace("hospitals", subject))
    ]
    assert answer.data == {field: None}
    assert answer.statements.keys() <= {"jobs", "licenses"}
    district = await city(query.replace("VILLAGE", "DISTRICT"))
    assert district.errors == []
    assert district.data[field] is not None


@pytest.mark.parametrize(
    ("query", "subject"),
    [
        ('{ jobPostings(filter: {areaCode: {eq: "36.71.05.1003"}}) { totalCount } }', "job_postings"),
        ('{ hospitals(filter: {area: {code: {in: ["36.71.05.1003"]}}}) { totalCount } }', "hospitals"),
        ("{ hospitals(filter: {area: {level: {eq: VILLAGE}}}) { totalCount } }", "hospitals"),
    ],
)
async def test_an_area_that_a_source_never_names_is_no_empty_list(city: City, query: str, subject: str) -> None:
    answer = await city(query)
    assert [(one.code, one.text) for one in answer.errors] == [("NOT_SUPPORTED", NEVER_NAMED.format(subject))]


async def test_licences_of_villages_are_null_also_of_those_without_a_code_of_their_kind(city: City) -> None:
    answer = await city(
        """{ areas(first: 100, filter: {level: {eq: VILLAGE}, bpsCode: {isNull: true}}) {
          nodes { code licenses { totalCount } } } }"""
    )
    assert {node["code"] for node in answer.data["areas"]["nodes"]} == set(areas.WITHOUT_BPS_CODE)
    assert [node["licenses"] for node in answer.data["areas"]["nodes"]] == [None] * 3
    assert {one.code for one in answer.errors} == {"NOT_SUPPORTED"}


# --- How the area was found -------------------------------------------------------------------------------------------

FOUND = """{ hospitals(first: 100) { nodes { code area { code } smallestArea { code level } smallestAreaBasis } } }"""


async def test_a_record_says_how_its_smallest_area_was_found(city: City) -> None:
    answer = await city(FOUND)
    assert answer.errors == []
    rows = {row["code"]: row for row in HOSPITALS}
    for node in answer.data["hospitals"]["nodes"]:
        row = rows[node["code"]]
        assert (node["area"] or {}).get("code") == row["areaCode"]
        assert (node["smallestArea"] or {}).get("code") == row["liesIn"]
        basis = None if row["areaCode"] is None else "STATED" if row["liesIn"] == row["areaCode"] else "NEAREST_MIDDLE"
        assert node["smallestAreaBasis"] == basis
    assert Counter(node["smallestAreaBasis"] for node in answer.data["hospitals"]["nodes"]) == {
        "NEAREST_MIDDLE": 31, "STATED": 2, None: 1,
    }  # fmt: skip


def square(code: str, latitude: float, longitude: float, points: int = 4) -> dict[str, Any]:
    """A polygon about 200 m around a place, with so many corners."""
    turns = [2 * math.pi * step / points for step in range(points)]
    ring = [[longitude + 0.002 * math.cos(turn), latitude + 0.002 * math.sin(turn)] for turn in turns]
    return {"type": "Feature", "id": code, "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}


async def test_polygons_decide_where_the_city_has_them(city: City, tmp_path: Path) -> None:
    row = next(row for row in HOSPITALS if row["liesIn"] in VILLAGES)
    district = row["areaCode"]
    others = [code for code, one in VILLAGES.items() if one.parent_code == district and code != row["liesIn"]]
    file = tmp_path / "areas.geojson"
    feature = square(others[0], row["latitude"], row["longitude"], 2_000)
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": [feature]}))
    city.give_polygons(read_polygons(file))
    try:
        nodes = {node["code"]: node for node in (await city(FOUND)).data["hospitals"]["nodes"]}
        assert nodes[row["code"]]["smallestArea"]["code"] == others[0]
        assert nodes[row["code"]]["smallestAreaBasis"] == "POLYGON"
        bases = Counter(
            nodes[one["code"]]["smallestAreaBasis"] for one in HOSPITALS
            if one["areaCode"] == district and math.dist(
                (one["latitude"] or 0, one["longitude"] or 0), (row["latitude"], row["longitude"])) > 0.003
        )  # fmt: skip
        # Another of the district lies in no polygon, so that its village is not known.
        assert bases.keys() <= {"STATED"}
        shape = await city(f'{{ area(code: "{others[0]}") {{ boundary }} other: area(code: "36.71") {{ boundary }} }}')
        ring = shape.data["area"]["boundary"]["coordinates"][0]
        assert shape.data["area"]["boundary"]["type"] == "Polygon"
        assert 30 < len(ring) <= BOUNDARY_POINTS_MAX
        assert all(abs(math.dist(one, (row["longitude"], row["latitude"])) - 0.002) < 0.000_05 for one in ring)
        assert shape.data["other"] == {"boundary": None}
    finally:
        city.give_polygons(None)


async def test_too_many_to_place_are_refused_or_stay_where_their_source_names_them(
    small_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.areas.placement, "PLACED_MAX", 20)
    village = next(row["liesIn"] for row in COMPLAINTS if row["liesIn"] != row["areaCode"])
    async with opened(small_urls) as fresh:
        answer = await fresh(
            f'{{ area(code: "{village}") {{ hospitals {{ totalCount }} complaints {{ totalCount }} }} }}'
        )
    assert [(one.code, one.path[-1]) for one in answer.errors] == [("TOO_EXPENSIVE", "hospitals")]
    assert answer.data["area"]["complaints"]["totalCount"] == sum(row["areaCode"] == village for row in COMPLAINTS)


async def test_what_is_placed_is_read_anew_when_its_source_is_no_longer_fresh(small_urls: dict[str, str]) -> None:
    query = '{ area(code: "36.71.05.1003") { complaints { totalCount } } }'
    async with opened(small_urls) as fresh:
        asked = [(await fresh(query)).statements["complaints"] for _ in range(2)]
        fresh.now += fresh.catalog.named("complaints").mapping.fresh_for * 2  # type: ignore[union-attr,operator]  # it has both
        asked.append((await fresh(query)).statements["complaints"])
    assert asked == [2, 1, 2]


# --- Within so many meters --------------------------------------------------------------------------------------------


@given(far=st.sampled_from([150.0, 400.0, 900.0, 1_500.0, 3_000.0]), only=st.booleans(), none=st.booleans())
@settings(max_examples=examples(6), suppress_health_check=list(HealthCheck), phases=[Phase.generate])
async def test_areas_are_found_by_what_lies_near_their_middles(city: City, far: float, only: bool, none: bool) -> None:
    reach: dict[str, Any] = {"meters": far}
    rows = [row for row in HOSPITALS if row["latitude"] is not None]
    if only:
        reach["filter"] = {"hospitalClass": {"eq": "C"}}
        rows = [row for row in rows if row["hospitalClass"] == "C"]
    near = {
        code: any(meters(one.latitude, one.longitude, row["latitude"], row["longitude"]) <= far for row in rows)
        for code, one in PLACES.items() if one.latitude is not None and one.longitude is not None
    }  # fmt: skip
    name = "noneWithin" if none else "someWithin"
    found = await listed(city, {"hospitals": {name: reach}})
    assert found == {code for code, is_near in near.items() if is_near is not none}
    assert any(one.latitude is None for one in PLACES.values())


async def test_reach_is_asked_of_areas_with_meters_above_zero(city: City) -> None:
    for query, text in (
        ("{ areas(filter: {hospitals: {noneWithin: {meters: 0}}}) { totalCount } }", '"meters" must be above 0'),
        ("{ areas(filter: {hospitals: {someWithin: {meters: 100001}}}) { totalCount } }", '"meters" must be above 0'),
        ("{ complaintCategories(filter: {complaints: {noneWithin: {meters: 9}}}) { totalCount } }", "areas only"),
    ):
        answer = await city(query)
        assert [one.code for one in answer.errors] == ["BAD_INPUT"]
        assert text in answer.errors[0].text


async def test_too_many_in_reach_are_refused(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.areas.nearby, "CANDIDATES_MAX", 5)
    answer = await city("{ areas(filter: {hospitals: {noneWithin: {meters: 3000}}}) { totalCount } }")
    assert [(one.code, "hospitals.noneWithin" in one.text) for one in answer.errors] == [("TOO_EXPENSIVE", True)]
