"""What lies near a place or in an area, and how far away: against a plain haversine and shapely over the truth."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import graphql
import orjson
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import engine
import resolvers.areas.nearby
import tests.graph.harness
from models.policy.viewer import ANONYMOUS, Role, Viewer
from models.values.types import Nik
from resolvers.areas.geography import read_polygons
from sample.citizens.people import resident_number
from sample.city import LATITUDE_MAX, LATITUDE_MIN, LONGITUDE_MAX, LONGITUDE_MIN, SIZES
from sample.complaints.source import ComplaintTruth
from schema.build import SCHEMA
from tests.graph.cities import Own
from tests.graph.harness import City, document
from tests.graph.placing import VILLAGES
from tests.graph.test_across import joined, pages
from tests.graph.told import told

PAGED = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ROWS = joined(SIZES["small"]).rows
MIDDLE = {"latitude": -6.178, "longitude": 106.63}


def meters(row: Any, place: dict[str, float]) -> float:
    """The haversine formula, as the books have it, with the mean radius of the earth."""
    if row["latitude"] is None:
        return math.inf
    one, other = math.radians(row["latitude"]), math.radians(place["latitude"])
    across = math.radians(row["longitude"] - place["longitude"])
    part = math.sin((one - other) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(across / 2) ** 2
    return 6_371_008.8 * 2 * math.atan2(math.sqrt(part), math.sqrt(1 - part))


PLACES = st.fixed_dictionaries(
    {
        "latitude": st.floats(LATITUDE_MIN, LATITUDE_MAX).map(lambda degrees: round(degrees, 6)),
        "longitude": st.floats(LONGITUDE_MIN, LONGITUDE_MAX).map(lambda degrees: round(degrees, 6)),
    }
)


@given(place=PLACES, far=st.sampled_from([1.0, 80.0, 400.0, 1_500.0, 4_000.0, 50_000.0]), status=st.booleans())
@settings(suppress_health_check=list(HealthCheck), phases=[Phase.generate], max_examples=20)
async def test_near_is_a_circle_around_a_place(city: City, place: dict[str, float], far: float, status: bool) -> None:
    given_filter: dict[str, Any] = {"near": {"position": place, "meters": far}}
    if status:
        given_filter |= {"status": {"eq": "OPEN"}, "category": {"group": {"isNull": False}}}
    query = """query ($f: ComplaintFilter) { complaints(first: 100, filter: $f, orderBy: [{distance: ASC}]) {
      totalCount nodes { ticketNumber } } }"""
    answer = await city(query, f=given_filter)
    assert answer.errors == []
    truth = joined(SIZES["small"])
    beside = {name: term for name, term in given_filter.items() if name != "near"}
    found = [row for row in ROWS["complaints"] if meters(row, place) <= far and truth.holds("complaints", row, beside)]
    nearest = sorted(found, key=lambda row: (round(meters(row, place) * 1_000), row["id"]))
    assert answer.data["complaints"]["totalCount"] == len(found)
    assert [node["ticketNumber"] for node in answer.data["complaints"]["nodes"]] == [
        row["ticketNumber"] for row in nearest[:100]
    ]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_by_distance_go_on_where_they_ended(city: City, direction: str) -> None:
    query = f"""query ($at: String, $f: ComplaintFilter) {{ complaints(%s, filter: $f,
      orderBy: [{{distance: {direction}}}]) {{ {PAGED} nodes {{ ticketNumber }} }} }}"""
    found = await pages(city, query, "complaints", f={"near": {"position": MIDDLE, "meters": 1_500}})
    near = [row for row in ROWS["complaints"] if meters(row, MIDDLE) <= 1_500]
    assert len(near) > 200
    wanted = sorted(near, key=lambda row: (round(meters(row, MIDDLE) * 1_000), row["id"]), reverse=direction == "DESC")
    assert [node["ticketNumber"] for node in found] == [row["ticketNumber"] for row in wanted]


async def test_what_is_not_near_is_the_rest(city: City) -> None:
    query = "query ($f: ComplaintFilter) { complaints(filter: $f) { totalCount } }"
    near = {"near": {"position": MIDDLE, "meters": 900}}
    inside = sum(meters(row, MIDDLE) <= 900 for row in ROWS["complaints"])
    assert (await city(query, f={"not": near})).data["complaints"]["totalCount"] == len(ROWS["complaints"]) - inside
    either = {"or": [near, {"status": {"eq": "UNKNOWN"}}]}
    unknown = sum(row["status"] == "UNKNOWN" or meters(row, MIDDLE) <= 900 for row in ROWS["complaints"])
    assert (await city(query, f=either)).data["complaints"]["totalCount"] == unknown


COMPILED = "compiled"
DISTANCES = """query ($from: PositionInput!, $f: ComplaintFilter, $after: String) {
  complaints(first: 100, after: $after, filter: $f) { pageInfo { hasNextPage endCursor }
    nodes { ticketNumber distanceMeters(from: $from) far: distanceMeters(from: {latitude: 0, longitude: 0}) }
  } }"""


@pytest.mark.parametrize("run", [engine.execute, graphql.execute], ids=["fast", "reference"])
async def test_distances_are_those_of_the_truth_in_both_lanes(
    city: City, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    monkeypatch.setattr(tests.graph.harness, "execute", run)
    assert engine.lane_of(SCHEMA._schema, document(DISTANCES), variable_values={"from": MIDDLE}) == COMPILED
    rows = {row["ticketNumber"]: row for row in ROWS["complaints"]}
    unknown, known = 0, 0
    after, more = None, True
    while more:
        answer = await city(DISTANCES, variables={"from": MIDDLE}, f={"status": {"eq": "OPEN"}}, after=after)
        assert answer.errors == []
        # The position comes with the rows, whatever is measured from it.
        assert answer.statements == {"complaints": 1}
        page = answer.data["complaints"]
        for node in page["nodes"]:
            row = rows[node["ticketNumber"]]
            for name, place in (("distanceMeters", MIDDLE), ("far", {"latitude": 0.0, "longitude": 0.0})):
                expected = meters(row, place)
                assert node[name] == (None if expected == math.inf else pytest.approx(expected, rel=1e-9, abs=1e-3))
            unknown, known = unknown + (row["latitude"] is None), known + (row["latitude"] is not None)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert unknown > 0 < known
    assert unknown + known == sum(row["status"] == "OPEN" for row in ROWS["complaints"])


@pytest.mark.parametrize("run", [engine.execute, graphql.execute], ids=["fast", "reference"])
@pytest.mark.parametrize(
    "place", [{"latitude": 90.5, "longitude": 0}, {"latitude": 0, "longitude": -181}], ids=["pole", "line"]
)
async def test_a_distance_from_no_place_on_earth_is_refused(
    city: City, monkeypatch: pytest.MonkeyPatch, run: Any, place: dict[str, float]
) -> None:
    monkeypatch.setattr(tests.graph.harness, "execute", run)
    answer = await city(
        "query ($from: PositionInput!) { hospitals(first: 1) { nodes { name distanceMeters(from: $from) } } }",
        variables={"from": place},
    )
    assert answer.codes == [("BAD_INPUT", "distanceMeters")]
    assert [node["distanceMeters"] for node in answer.data["hospitals"]["nodes"]] == [None]


async def test_the_nearest_come_in_the_order_of_their_distances(city: City) -> None:
    query = """query ($p: PositionInput!) { hospitals(filter: {near: {position: $p, meters: 5000}},
      orderBy: [{distance: ASC}]) { nodes { code distanceMeters(from: $p) } } }"""
    answer = await city(query, variables={"p": MIDDLE})
    far = {node["code"]: node["distanceMeters"] for node in answer.data["hospitals"]["nodes"]}
    wanted = {row["code"]: meters(row, MIDDLE) for row in ROWS["hospitals"] if meters(row, MIDDLE) <= 5_000}
    assert far == pytest.approx(wanted, rel=1e-9, abs=1e-3)
    assert len(far) > 1
    assert list(far.values()) == sorted(far.values())


async def test_children_of_many_areas_are_near_a_place(city: City) -> None:
    query = """{ areas(first: 100, filter: {level: {eq: DISTRICT}}) { nodes { code
      complaints(first: 3, filter: {near: {position: {latitude: -6.178, longitude: 106.63}, meters: 1200}},
        orderBy: [{distance: ASC}]) { totalCount nodes { ticketNumber } } } } }"""
    answer = await city(query)
    assert answer.errors == []
    seen = 0
    for area in answer.data["areas"]["nodes"]:
        own = [
            row for row in ROWS["complaints"]
            if meters(row, MIDDLE) <= 1_200 and f"{row['liesIn']}.".startswith(f"{area['code']}.")
        ]  # fmt: skip
        nearest = sorted(own, key=lambda row: (round(meters(row, MIDDLE) * 1_000), row["id"]))[:3]
        assert area["complaints"]["totalCount"] == len(own)
        assert [one["ticketNumber"] for one in area["complaints"]["nodes"]] == [row["ticketNumber"] for row in nearest]
        seen += len(own)
    assert seen > 100


async def test_children_of_all_areas_may_be_near_in_thousands(city: City) -> None:
    query = """query ($f: ComplaintFilter) { areas(first: 100, orderBy: [{code: ASC}]) { nodes { code
      complaints(first: 1, filter: $f) { totalCount } } } }"""
    answer = await city(query, f={"near": {"position": MIDDLE, "meters": 50_000}})
    assert answer.errors == []
    near = [row for row in ROWS["complaints"] if meters(row, MIDDLE) <= 50_000]
    assert len(near) > 1_500
    for area in answer.data["areas"]["nodes"]:
        own = sum(f"{row['liesIn']}.".startswith(f"{area['code']}.") for row in near)
        assert area["complaints"]["totalCount"] == own


LEFT: list[dict[str, Any]] = [
    {"history": {"some": {"statusDetail": {"eq": "DONE"}}}},
    {"history": {"none": {"statusDetail": {"eq": "DONE"}}}},
    {
        "area": {
            "hospitals": {"some": {"hospitalClass": {"eq": "C"}}},
            "licenses": {"some": {"status": {"eq": "ACTIVE"}}},
        }
    },
    {"near": {"position": MIDDLE, "meters": 1_500}},
    {"near": {"position": MIDDLE, "meters": 1_500}, "history": {"some": {}}, "area": {"hospitals": {"none": {}}}},
]


@pytest.mark.parametrize("given_filter", LEFT)
async def test_groups_count_what_a_filter_that_leads_elsewhere_leaves(city: City, given_filter: dict[str, Any]) -> None:
    query = """query ($f: ComplaintFilter) { complaintGroups(by: [STATUS], filter: $f) {
      groups { key { status } count } totals { count } } }"""
    answer = await city(query, f=given_filter)
    assert answer.errors == []
    truth = joined(SIZES["small"])
    beside = {name: term for name, term in given_filter.items() if name != "near"}
    far = given_filter.get("near", {"meters": math.inf})["meters"]
    left = [row for row in ROWS["complaints"] if meters(row, MIDDLE) <= far and truth.holds("complaints", row, beside)]
    found = answer.data["complaintGroups"]
    assert 0 < len(left) < len(ROWS["complaints"])
    assert found["totals"]["count"] == len(left)
    assert {one["key"]["status"]: one["count"] for one in found["groups"]} == Counter(row["status"] for row in left)


async def test_who_wrote_or_handles_a_complaint_finds_it_where_it_is(city: City, alive: list[ComplaintTruth]) -> None:
    query = "query ($f: ComplaintFilter) { complaints(filter: $f, orderBy: [{distance: ASC}]) { totalCount } }"
    one = next(
        one for one in alive
        if one.publication == "ANONYMOUS" and one.reporter_nik and one.department_code and one.latitude is not None
        and meters(row_at(*told(one)), place_of(one)) > 10
    )  # fmt: skip
    assert one.reporter_nik is not None
    near = {"near": {"position": place_of(one), "meters": 1}, "ticketNumber": {"eq": one.ticket_number}}
    finders = {
        "who wrote it": Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(one.reporter_nik)),
        "who handles it": Viewer(Role.OFFICER, subject="officer-1", department_code=one.department_code),
        "who wrote another": Viewer(Role.CITIZEN, subject="citizen-2", nik=Nik(resident_number(0))),
        "everybody": ANONYMOUS,
    }
    assert one.reporter_nik != resident_number(0)
    found = {}
    for name, viewer in finders.items():
        answer = await city(query, viewer, f=near)
        assert answer.errors == []
        found[name] = answer.data["complaints"]["totalCount"]
    assert found == {"who wrote it": 1, "who handles it": 1, "who wrote another": 0, "everybody": 0}


def place_of(truth: ComplaintTruth) -> dict[str, Any]:
    return row_at(truth.latitude, truth.longitude)


def row_at(latitude: float | None, longitude: float | None) -> dict[str, Any]:
    return {"latitude": latitude, "longitude": longitude}


# --- Areas ------------------------------------------------------------------------------------------------------------

WITHIN = """query ($in: AreaCode!) {
  complaints(filter: {within: $in}) { totalCount }
  hospitals(first: 100, filter: {within: $in}, orderBy: [{code: ASC}]) { nodes { code } }
}"""


async def test_without_polygons_the_code_of_the_area_decides(city: City) -> None:
    with_a_hospital = next(row["liesIn"] for row in ROWS["hospitals"] if row["liesIn"] in VILLAGES)
    for code in ("36.71", "36.71.05", with_a_hospital):
        answer = await city(WITHIN, variables={"in": code})
        assert answer.errors == []
        for name, got in (
            ("complaints", answer.data["complaints"]["totalCount"]),
            ("hospitals", len(answer.data["hospitals"]["nodes"])),
        ):
            assert got == sum(f"{row['liesIn']}.".startswith(f"{code}.") for row in ROWS[name])


async def test_with_polygons_the_position_decides(city: City, shared_data: Path, tmp_path: Path) -> None:
    names = ("kota_tangerang_kelurahan.geojson", "kota_tangerang_kecamatan.geojson")
    features = [one for name in names for one in orjson.loads((shared_data / name).read_bytes())["features"]]
    file = tmp_path / "areas.geojson"
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    shapes = {one["id"]: shapely.from_geojson(orjson.dumps(one["geometry"])) for one in features}
    city.give_polygons(read_polygons(file))
    try:
        for code in ("36.71.05", "36.71.01.1003", "36.71.10"):
            answer = await city(WITHIN, variables={"in": code})
            assert answer.errors == []
            inside = {
                name: [
                    row for row in ROWS[name]
                    if row["latitude"] is not None
                    and shapes[code].covers(shapely.Point(row["longitude"], row["latitude"]))
                ]
                for name in ("complaints", "hospitals")
            }  # fmt: skip
            assert answer.data["complaints"]["totalCount"] == len(inside["complaints"])
            assert [one["code"] for one in answer.data["hospitals"]["nodes"]] == sorted(
                row["code"] for row in inside["hospitals"]
            )
    finally:
        city.give_polygons(None)


# --- Refusals and dirt ------------------------------------------------------------------------------------------------

NEAR = (
    """query ($f: ComplaintFilter, $by: [ComplaintOrder!]) { complaints(filter: $f, orderBy: $by) { nodes { id } } }"""
)


async def test_too_many_in_the_box_are_refused_with_what_to_do(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.areas.nearby, "CANDIDATES_MAX", 50)
    answer = await city(NEAR, f={"near": {"position": MIDDLE, "meters": 3_000}})
    assert [(error.code, error.text) for error in answer.errors] == [
        (
            "TOO_EXPENSIVE",
            (
                'More than 50 records lie in the box around "near". '
                "Ask for fewer meters or a smaller area, or add conditions."
            ),
        )
    ]
    assert answer.statements == {"complaints": 1}


@pytest.mark.parametrize(
    ("given_filter", "by"),
    [
        ({"near": {"position": {"latitude": 91, "longitude": 0}, "meters": 5}}, None),
        ({"near": {"position": MIDDLE, "meters": 0}}, None),
        ({"near": {"position": MIDDLE, "meters": 100_001}}, None),
        ({}, [{"distance": "ASC"}]),
        ({"not": {"near": {"position": MIDDLE, "meters": 5}}}, [{"distance": "ASC"}]),
        ({"near": {"position": MIDDLE, "meters": 5}}, [{"distance": "ASC"}, {"requestedAt": "ASC"}]),
    ],
)
async def test_places_that_are_none_are_refused(city: City, given_filter: Any, by: Any) -> None:
    answer = await city(NEAR, f=given_filter, by=by)
    assert answer.codes == [("BAD_INPUT", "complaints")]
    assert answer.statements == {}


NO_NUMBERS = ("abc", "", "-", "-6,17", "1e400", "NaN", "Infinity", "6.17.1", "0x10", "--6", "9" * 19)


async def test_no_text_makes_a_source_fail(own: Own) -> None:
    before = await own.complaints.rows("SELECT id_pengaduan, lat, lng FROM tbl_pengaduan ORDER BY id_pengaduan")
    change = "UPDATE tbl_pengaduan SET lat = :lat, lng = :lng WHERE id_pengaduan = :id"
    query = NEAR.replace("nodes { id }", "totalCount")
    try:
        for (key, _, _), lat in zip(before, NO_NUMBERS, strict=False):
            await own.complaints(change, id=key, lat=lat, lng="106.63")
        rest = len(before) - len(NO_NUMBERS)
        answer = await own.city(query, f={"near": {"position": MIDDLE, "meters": 100_000}})
        assert answer.errors == []
        assert 0 < answer.data["complaints"]["totalCount"] <= rest
    finally:
        for key, lat, lng in before:
            await own.complaints(change, id=key, lat=lat, lng=lng)
