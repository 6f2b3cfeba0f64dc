"""A second city by mapping alone: 10,000 real calls to 311, counted in their file and asked for in the graph."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.catalog import Catalog
from connectors.http.access import HttpAccess
from connectors.opening import Opener, SourceAddress
from connectors.replica.replica import Replica
from models.complaints import ComplaintStatus
from models.policy.viewer import Purpose, Role, Viewer
from models.sources.findings import FindingKind
from models.values.types import Nik
from schema.core.relay import global_id_of
from tests.cities.losangeles import PACKAGE
from tests.graph.harness import City

ZONE = ZoneInfo("America/Los_Angeles")
Line = dict[str, str]


def lines_of(file: Path) -> list[Line]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def requests(shared_data: Path) -> list[Line]:
    found = lines_of(shared_data / "la311_requests_2020.csv")
    assert len(found) == 10_000
    return found


@pytest.fixture(scope="module")
def councils(shared_data: Path) -> dict[str, Line]:
    """The councils by their number, without the row of those who have none."""
    found = lines_of(shared_data / "la311_councils.csv")
    return {line["data_code"]: line for line in found if line["data_code"] != "0"}


@pytest.fixture(scope="module")
async def city(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    noted: list[Any] = []
    opener = Opener(PACKAGE, tmp_path_factory.mktemp("replicas"), noted.append, HttpAccess())
    places = {source.name: SourceAddress(shared_data.as_uri()) for source in PACKAGE.sources}
    connectors = opener.connectors(places)
    for connector in connectors.values():
        assert isinstance(connector, Replica)
        assert await connector.refresh(), connector.state.reason
    assert noted == []
    opened = City(Catalog(PACKAGE, connectors))
    yield opened
    await opened.guard.close()
    await opened.catalog.close()


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%y %H:%M").replace(tzinfo=ZONE)


def area_code(line: Line) -> str | None:
    return f"06.44000.{int(line['nc']):03}" if line["nc"] else None


async def counted(city: City, **filters: object) -> int:
    answer = await city(
        "query ($filter: ComplaintFilter) { complaints(filter: $filter) { totalCount } }", filter=filters
    )
    assert answer.errors == []
    total: int = answer.data["complaints"]["totalCount"]
    return total


# --- Every row --------------------------------------------------------------------------------------------------------

EVERYTHING = """
query ($after: String) {
  complaints(first: 1000, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id ticketNumber status statusRaw statusDetail publication channel requestedAt
      category { code name } area { code } department { code } position { latitude longitude }
      history(first: 5) { nodes { at statusDetail } }
      provenance { servedFrom department { code } }
    }
  }
}
"""

STATUSES = {
    "Open": ("OPEN", "WAITING"),
    "Pending": ("OPEN", "IN_PROGRESS"),
    "Closed": ("CLOSED", "DONE"),
    "Cancelled": ("CLOSED", "DONE"),
    "Referred Out": ("CLOSED", "DONE"),
}
CHANNELS = {"Call": "PHONE", "Mobile App": "APP", "Self Service": "WEB", "Council's Office": "WALK_IN"}


def shown(line: Line, names: dict[str, str], councils: dict[str, Line]) -> dict[str, Any]:
    """A request as the graph must write it."""
    status, detail = STATUSES[line["status"]]
    closed = line["closeddate"]
    return {
        "ticketNumber": line["srnumber"],
        "status": status,
        "statusRaw": None,
        "statusDetail": detail,
        "publication": "ANONYMOUS" if line["anonymous"] == "Y" else "PUBLIC",
        "channel": CHANNELS.get(line["requestsource"], "UNKNOWN"),
        "requestedAt": moment(line["createddate"]).isoformat(),
        "category": {"code": line["requesttype"], "name": names[line["requesttype"]]},
        "area": {"code": area_code(line)} if line["nc"] in councils else None,
        "department": {"code": {"LASAN": "bos"}.get(line["owner"], line["owner"].lower())},
        "position": {"latitude": float(line["latitude"]), "longitude": float(line["longitude"])}
        if line["latitude"]
        else None,
        "history": {"nodes": [{"at": moment(closed).isoformat(), "statusDetail": detail}] if closed else []},
        "provenance": {"servedFrom": "REPLICA", "department": {"code": "ita"}},
    }


async def test_every_row_of_the_file_is_in_the_graph(
    city: City, requests: list[Line], councils: dict[str, Line], shared_data: Path
) -> None:
    names = {line["data_code"]: line["type_name"] for line in lines_of(shared_data / "la311_request_types.csv")}
    nodes: dict[str, dict[str, Any]] = {}
    after = None
    while True:
        answer = await city(EVERYTHING, after=after)
        assert answer.errors == []
        page = answer.data["complaints"]
        assert page["totalCount"] == 10_000
        nodes |= {global_id_of(node.pop("id")).key: node for node in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert nodes == {line["srnumber"]: shown(line, names, councils) for line in requests}


# --- Counts -----------------------------------------------------------------------------------------------------------


async def test_all_five_statuses_are_mapped(city: City, requests: list[Line]) -> None:
    per_status = Counter(line["status"] for line in requests)
    assert set(per_status) == set(STATUSES)
    assert await counted(city, status={"eq": "OPEN"}) == per_status["Open"] + per_status["Pending"]
    closed = per_status["Closed"] + per_status["Cancelled"] + per_status["Referred Out"]
    assert await counted(city, status={"eq": "CLOSED"}) == closed
    assert await counted(city, status={"eq": ComplaintStatus.UNKNOWN.value}) == 0
    assert await counted(city, statusDetail={"eq": "WAITING"}) == per_status["Open"]
    assert await counted(city, statusDetail={"eq": "IN_PROGRESS"}) == per_status["Pending"]


async def test_counts_per_type(city: City, requests: list[Line]) -> None:
    per_type = Counter(line["requesttype"] for line in requests)
    answer = await city("{ complaintCategories(first: 100) { nodes { code group complaints { totalCount } } } }")
    assert answer.errors == []
    nodes = answer.data["complaintCategories"]["nodes"]
    counts = {node["code"]: node["complaints"]["totalCount"] for node in nodes}
    assert counts == {**per_type, "Feedback": 0}
    assert {node["group"] for node in nodes if node["code"] in ("Bulky Items", "Other")} == {"Sanitation Bureau", None}


async def test_counts_per_council_and_in_the_city_around_them(
    city: City, requests: list[Line], councils: dict[str, Line]
) -> None:
    per_council = Counter(line["nc"] for line in requests)
    answer = await city(
        "{ areas(first: 1000) { totalCount nodes { code name level levelName depth parent { code } "
        "complaints { totalCount } } } }"
    )
    assert answer.errors == []
    found = {node["code"]: node for node in answer.data["areas"]["nodes"]}
    around = found.pop("06.44000")
    assert (around["name"], around["level"], around["parent"]) == ("City of Los Angeles", "CITY", None)
    assert (around["levelName"], around["depth"]) == ("City", 0)
    assert found == {
        f"06.44000.{int(number):03}": {
            "code": f"06.44000.{int(number):03}",
            "name": line["council_name"],
            "level": "VILLAGE",
            "levelName": "Neighborhood council",
            "depth": 1,
            "parent": {"code": "06.44000"},
            "complaints": {"totalCount": per_council[number]},
        }
        for number, line in councils.items()
    }
    assert around["complaints"]["totalCount"] == sum(per_council[number] for number in councils)
    # Three councils that were certified later have complaints and stand in no list.
    assert {number for number in per_council if number and number not in councils} == {"65", "117", "123"}


async def test_counts_per_month_and_per_day_of_los_angeles(city: City, requests: list[Line]) -> None:
    for length, key in ((timedelta(days=1), "%Y-%m-%d"), (timedelta(days=31), "%Y-%m")):
        expected = Counter(f"{moment(line['createddate']):{key}}" for line in requests)
        found = {}
        for label in expected:
            start = datetime.strptime(label, key).replace(tzinfo=ZONE)
            filters = {"gte": start.isoformat(), "lt": (start + length).isoformat()}
            found[label] = await counted(city, requestedAt=filters)
        assert found == expected


async def test_counts_per_department_and_channel_by_page(city: City, requests: list[Line]) -> None:
    expected = Counter(line["requestsource"] for line in requests)
    assert await counted(city, channel={"eq": "PHONE"}) == expected["Call"]
    assert await counted(city, channel={"eq": "UNKNOWN"}) == sum(
        expected[source] for source in ("Driver Self Report", "Email", "Letter")
    )
    anonymous = sum(line["anonymous"] == "Y" for line in requests)
    assert await counted(city, publication={"eq": "ANONYMOUS"}) == anonymous


async def test_order_is_that_of_time_and_not_of_its_text(city: City, requests: list[Line]) -> None:
    answer = await city(
        "{ complaints(first: 1000, orderBy: [{requestedAt: DESC}]) { nodes { ticketNumber requestedAt } } }"
    )
    assert answer.errors == []
    found = [node["requestedAt"] for node in answer.data["complaints"]["nodes"]]
    assert found == sorted((moment(line["createddate"]).isoformat() for line in requests), reverse=True)[:1000]


# --- What the city does not share with the first one ------------------------------------------------------------------


async def test_positions_lie_in_the_citys_box(city: City, requests: list[Line]) -> None:
    answer = await city("{ complaints(first: 1000) { nodes { position { latitude longitude } } } }")
    places = [node["position"] for node in answer.data["complaints"]["nodes"] if node["position"] is not None]
    box = PACKAGE.city.box
    assert len(places) > 900
    assert all(box.south <= one["latitude"] <= box.north and box.west <= one["longitude"] <= box.east for one in places)


async def test_a_point_lies_in_the_nearest_council_and_nowhere_outside(city: City, councils: dict[str, Line]) -> None:
    line = councils["19"]
    query = "query ($lat: Float!, $lon: Float!) { areaAt(position: {latitude: $lat, longitude: $lon}) { code name } }"
    answer = await city(query, lat=float(line["latitude"]) + 0.0005, lon=float(line["longitude"]))
    assert (answer.errors, answer.data["areaAt"]) == ([], {"code": "06.44000.019", "name": line["council_name"]})
    tangerang = await city(query, lat=-6.17, lon=106.64)
    assert (tangerang.errors, tangerang.data["areaAt"]) == ([], None)


async def test_an_area_of_another_city_is_none_here(city: City) -> None:
    answer = await city('{ area(code: "36.71.05.1003") { name } }')
    assert (answer.errors, answer.data) == ([], {"area": None})


async def test_departments_are_the_citys(city: City) -> None:
    answer = await city("{ departments { code } }")
    assert [one["code"] for one in answer.data["departments"]] == [one.code for one in PACKAGE.city.departments]


async def test_what_the_city_does_not_keep_is_said(city: City) -> None:
    answer = await city("{ hospitals { nodes { id } } newsArticles { nodes { id } } }")
    assert answer.data == {"hospitals": None, "newsArticles": None}
    assert answer.codes == [("NOT_CONNECTED", "hospitals"), ("NOT_CONNECTED", "newsArticles")]
    query = "{ complaints(first: 1) { nodes { ticketNumber description } } }"
    answer = await city(query, OFFICER, purpose=Purpose.COMPLAINT_HANDLING)
    assert answer.codes == [("NOT_CONNECTED", "description")]
    assert answer.data["complaints"]["nodes"][0]["ticketNumber"]
    answer = await city('{ areas(filter: {bpsCode: {eq: "3671010"}}) { nodes { id } } }')
    assert answer.codes == [("NOT_SUPPORTED", "areas")]


OFFICER = Viewer(Role.OFFICER, subject="officer", department_code="bos")
RESIDENT = Viewer(Role.CITIZEN, subject="resident", nik=Nik("3671016505900001"))


@pytest.mark.parametrize(
    "viewer", [OFFICER, RESIDENT, Viewer(Role.ANALYST, subject="a")], ids=lambda one: one.role.value
)
async def test_whoever_asks_sees_the_public_complaints(city: City, viewer: Viewer) -> None:
    answer = await city("{ complaints { totalCount nodes { id } } }", viewer, purpose=Purpose.COMPLAINT_HANDLING)
    assert answer.errors == []
    assert answer.data["complaints"]["totalCount"] == 10_000
    assert len(answer.data["complaints"]["nodes"]) == 20


async def test_addresses_are_for_the_department_that_handles_them(city: City, requests: list[Line]) -> None:
    query = """{ complaints(first: 1000, filter: {departmentCode: {eq: "bos"}}) { nodes { ticketNumber address } } }"""
    answer = await city(query, OFFICER, purpose=Purpose.COMPLAINT_HANDLING)
    assert answer.errors == []
    address_of = {line["srnumber"]: line["address"] or None for line in requests}
    nodes = answer.data["complaints"]["nodes"]
    assert {node["ticketNumber"]: node["address"] for node in nodes} == {
        node["ticketNumber"]: address_of[node["ticketNumber"]] for node in nodes
    }
    # Nobody's own here, where nothing says who reported: masked, as for everybody who signs in.
    answer = await city(query, RESIDENT)
    assert answer.errors == []
    answer = await city(query)
    assert set(answer.codes) == {("FORBIDDEN", "address")}


async def test_nothing_is_found_wrong_but_what_is(city: City, requests: list[Line]) -> None:
    city.findings.clear()
    await city(
        "{ complaints(first: 1000) { nodes { requestedAt status channel position { latitude } area { code } } } }"
    )
    kinds = {finding.kind for finding in city.findings}
    assert FindingKind.UNDECODABLE not in kinds
    assert FindingKind.UNKNOWN_CODE not in kinds
