"""The hub gives back the truth, value for value, from the dirt, on each engine."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.criteria import Order
from models.complaints import Complaint, StatusChange
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.records import KEY
from models.values.localized import Language
from models.values.types import Nik
from resolvers.lists import ListArguments, Window
from resolvers.records import Columns, Read
from sample import areas
from sample.complaints import source as complaints
from sample.complaints.source import ComplaintTruth, StatusChangeTruth
from schema.build import RECORDS
from schema.core.relay import GlobalId, global_id_of
from tests.graph.filters import plain
from tests.graph.harness import DPUPR, City, request_of
from tests.graph.told import told

COMPLAINTS = """
query ($after: String) {
  complaints(first: 100, after: $after) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes {
      id ticketNumber category { code } status statusDetail publication channel requestedAt
      area { code } department { code } position { latitude longitude } positionAccuracy
      history(first: 100) { totalCount nodes { id at statusDetail } }
    }
  }
}
"""
IDS = """
query ($after: String) { complaints(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } } }
"""


async def walked(city: City, query: str, viewer: Viewer) -> list[dict[str, Any]]:
    """All nodes of all pages, without an error on the way."""
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await city(query, viewer, after=after)
        assert answer.errors == []
        page = answer.data["complaints"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


def visible(alive: list[ComplaintTruth], department: str | None = None, nik: str | None = None) -> list[ComplaintTruth]:
    return [
        truth for truth in alive
        if truth.publication in ("PUBLIC", "ANONYMOUS")
        or (department is not None and truth.department_code == department)
        or (nik is not None and truth.reporter_nik == nik)
    ]  # fmt: skip


def key(global_id: str) -> str:
    return global_id_of(global_id).key


def shown(truth: ComplaintTruth, department: str | None = None, nik: str | None = None) -> dict[str, Any]:
    """A complaint as the graph writes it for everybody, or for who handles or wrote some of them."""
    latitude, longitude = told(truth, department, nik)
    is_exact = latitude == truth.latitude
    return {
        "id": str(GlobalId("Complaint", truth.id)),
        "ticketNumber": truth.ticket_number,
        "category": {"code": truth.category_code} if truth.category_code else None,
        "status": truth.status,
        "statusDetail": truth.status_detail,
        "publication": truth.publication,
        "channel": truth.channel,
        "requestedAt": written(truth.requested_at),
        "area": {"code": truth.area_code} if truth.area_code else None,
        "department": {"code": truth.department_code} if truth.department_code else None,
        "position": None if latitude is None else {"latitude": latitude, "longitude": longitude},
        "positionAccuracy": None if latitude is None else "EXACT" if is_exact else "ABOUT_100_M",
        "history": {"totalCount": len(truth.history), "nodes": [shown_step(step) for step in truth.history]},
    }


def shown_step(step: StatusChangeTruth) -> dict[str, Any]:
    return {
        "id": str(GlobalId("StatusChange", step.id)),
        "at": written(step.at),
        "statusDetail": step.status_detail,
    }


def written(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%S}+07:00" if at is not None else None


# --- Through the graph ------------------------------------------------------------------------------------------------


async def test_every_complaint_that_an_officer_sees_is_the_truth(city: City, alive: list[ComplaintTruth]) -> None:
    nodes = await walked(city, COMPLAINTS, DPUPR)
    assert nodes == [shown(truth, department="dpupr") for truth in visible(alive, department="dpupr")]


async def test_everybody_sees_the_truth_and_places_as_exactly_as_the_city_tells_them(
    city: City, alive: list[ComplaintTruth]
) -> None:
    nodes = await walked(city, COMPLAINTS, ANONYMOUS)
    assert nodes == [shown(truth) for truth in visible(alive)]
    known = Counter((node["publication"], node["positionAccuracy"]) for node in nodes if node["position"] is not None)
    assert known.keys() == {("PUBLIC", "EXACT"), ("ANONYMOUS", "ABOUT_100_M")}


async def test_who_wrote_a_complaint_sees_exactly_where(city: City, alive: list[ComplaintTruth]) -> None:
    wrote = next(one for one in alive if one.publication == "ANONYMOUS" and one.reporter_nik and one.latitude)
    assert wrote.reporter_nik is not None
    reporter = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(wrote.reporter_nik))
    query = "query ($id: ID!) { complaint(id: $id) { position { latitude longitude } positionAccuracyLabel } }"
    answer = await city(query, reporter, id=str(GlobalId("Complaint", wrote.id)))
    exact = {"latitude": wrote.latitude, "longitude": wrote.longitude}
    assert answer.data["complaint"] == {"position": exact, "positionAccuracyLabel": "Exact"}
    answer = await city(query, id=str(GlobalId("Complaint", wrote.id)), language=Language.ID)
    latitude, longitude = told(wrote)
    square = {"latitude": latitude, "longitude": longitude}
    assert answer.data["complaint"] == {"position": square, "positionAccuracyLabel": "Sekitar 100 m"}


async def test_times_are_aware_and_in_the_offset_of_the_city(city: City, alive: list[ComplaintTruth]) -> None:
    answer = await city("{ complaints(first: 100) { nodes { requestedAt } } }")
    times = [
        datetime.fromisoformat(node["requestedAt"])
        for node in answer.data["complaints"]["nodes"]
        if node["requestedAt"]
    ]
    expected = [truth.requested_at for truth in visible(alive)[:100] if truth.requested_at]
    assert times == expected
    assert {time.utcoffset() for time in times} == {timedelta(hours=7)}


UNBOUND = [ANONYMOUS, *(Viewer(role) for role in Role if role is not Role.ANONYMOUS)]
"""Viewers of every role without anything that narrows them: an officer of no department, a citizen of no number."""


@pytest.mark.parametrize("viewer", UNBOUND, ids=lambda viewer: viewer.role.value)
async def test_who_is_bound_to_nothing_sees_exactly_what_is_published(
    city: City, alive: list[ComplaintTruth], viewer: Viewer
) -> None:
    nodes = await walked(city, IDS, viewer)
    assert [key(node["id"]) for node in nodes] == [truth.id for truth in visible(alive)]
    assert len(nodes) < len(alive)


async def test_an_officer_sees_what_the_own_department_handles_too(city: City, alive: list[ComplaintTruth]) -> None:
    nodes = await walked(city, IDS, DPUPR)
    expected = visible(alive, department="dpupr")
    assert [key(node["id"]) for node in nodes] == [truth.id for truth in expected]
    assert len(visible(alive)) < len(expected) < len(alive)


async def test_a_reporter_sees_the_own_confidential_complaints(city: City, alive: list[ComplaintTruth]) -> None:
    truth = next(truth for truth in alive if truth.publication == "CONFIDENTIAL" and truth.reporter_nik)
    assert truth.reporter_nik is not None
    reporter = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(truth.reporter_nik))
    nodes = await walked(city, IDS, reporter)
    expected = visible(alive, nik=truth.reporter_nik)
    assert [key(node["id"]) for node in nodes] == [truth.id for truth in expected]
    assert truth.id in {one.id for one in expected}


async def test_what_is_hidden_is_hidden_by_every_door(city: City, alive: list[ComplaintTruth]) -> None:
    hidden = next(
        truth for truth in alive
        if truth.publication == "CONFIDENTIAL" and truth.department_code != "dpupr" and truth.category_code
        and truth.area_code and truth.history
    )  # fmt: skip
    query = """
    query ($id: ID!, $ticket: String!, $step: ID!, $area: AreaCode!) {
      byId: complaint(id: $id) { id }
      byTicket: complaint(ticketNumber: $ticket) { id }
      byNode: node(id: $id) { id }
      byNodes: nodes(ids: [$id, $step]) { id }
      list: complaints(filter: {ticketNumber: {eq: $ticket}}) { totalCount nodes { id } }
      ofArea: area(code: $area) { complaints(filter: {ticketNumber: {eq: $ticket}}) { totalCount nodes { id } } }
    }
    """
    step = str(GlobalId("StatusChange", hidden.history[0].id))
    given = {
        "id": str(GlobalId("Complaint", hidden.id)),
        "ticket": hidden.ticket_number,
        "step": step,
        "area": hidden.area_code,
    }
    answer = await city(query, DPUPR, given)
    assert answer.errors == []
    nothing = {"totalCount": 0, "nodes": []}
    assert answer.data == {
        "byId": None, "byTicket": None, "byNode": None, "byNodes": [None, None], "list": nothing,
        "ofArea": {"complaints": nothing},
    }  # fmt: skip
    handler = Viewer(Role.OFFICER, department_code=hidden.department_code)
    answer = await city(query, handler, given)
    assert answer.data["byId"] == answer.data["byTicket"] == answer.data["byNode"] == {"id": given["id"]}
    assert answer.data["byNodes"] == [{"id": given["id"]}, {"id": step}]
    assert answer.data["list"]["totalCount"] == answer.data["ofArea"]["complaints"]["totalCount"] == 1


async def test_every_category_is_given_once(city: City) -> None:
    answer = await city(
        "{ complaintCategories(first: 100, orderBy: [{code: ASC}]) { totalCount nodes { code name group } } }"
    )
    expected = [{"code": one.code, "name": one.name, "group": one.group} for one in complaints.categories()]
    assert answer.data["complaintCategories"] == {"totalCount": len(expected), "nodes": expected}


async def test_complaints_of_a_category_are_those_of_both_its_codes(city: City, alive: list[ComplaintTruth]) -> None:
    answer = await city("{ complaintCategories(first: 100) { nodes { code complaints(first: 0) { totalCount } } } }")
    counted = {node["code"]: node["complaints"]["totalCount"] for node in answer.data["complaintCategories"]["nodes"]}
    expected = dict.fromkeys((one.code for one in complaints.categories()), 0)
    for truth in visible(alive):
        if truth.category_code is not None:
            expected[truth.category_code] += 1
    assert counted == expected


async def test_every_area_is_the_truth_with_its_parent_and_children(city: City) -> None:
    truth = areas.truth()
    query = """
    query ($after: String) {
      areas(first: 100, after: $after, orderBy: [{code: ASC}]) {
        pageInfo { hasNextPage endCursor }
        nodes {
          code name level postalCode position { latitude longitude } parent { code name }
          children(first: 100, orderBy: [{code: ASC}]) { totalCount nodes { code } }
        }
      }
    }
    """
    first = (await city(query)).data["areas"]
    second = (await city(query, after=first["pageInfo"]["endCursor"])).data["areas"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    names = {area.code: area.name for area in truth}
    children = {area.code: [{"code": one.code} for one in truth if one.parent_code == area.code] for area in truth}
    for listed in children.values():
        listed.sort(key=lambda one: one["code"])
    assert first["nodes"] + second["nodes"] == [
        {
            "code": area.code, "name": area.name, "level": area.level, "postalCode": area.postal_code,
            "position": None if area.latitude is None else {"latitude": area.latitude, "longitude": area.longitude},
            "parent": {"code": area.parent_code, "name": names[area.parent_code]} if area.parent_code else None,
            "children": {"totalCount": len(children[area.code]), "nodes": children[area.code]},
        }
        for area in sorted(truth, key=lambda area: area.code)
    ]  # fmt: skip


# --- Through Records, for what the graph shows to nobody, or masked ---------------------------------------------------


async def test_hidden_and_masked_fields_are_the_truth_below_the_policy(city: City, alive: list[ComplaintTruth]) -> None:
    columns = Columns(joined=frozenset({KEY, "description", "address", "reporter_nik", "category_code", "area_code"}))
    batch = await city.records.read(request_of(DPUPR), Read(Complaint, columns, rows_max=10_000))
    names = ("id", "description", "address", "reporter_nik", "category_code", "area_code")
    rows = list(zip(*(batch.joining(name) for name in names), strict=True))
    expected = visible(alive, department="dpupr")
    assert rows == [tuple(getattr(truth, name) for name in names) for truth in expected]


async def test_notes_of_all_steps_are_the_truth_below_the_policy(city: City, alive: list[ComplaintTruth]) -> None:
    columns = Columns(joined=frozenset({KEY, "complaint_id", "at", "status_detail", "note"}))
    everything = ListArguments(Window(10, backwards=False, keyset=None), order=(Order("at"),))
    shown = visible(alive, department="dpupr")[:500]
    relation = Complaint.relations["history"]
    pages = await city.relations.many(
        request_of(DPUPR), RECORDS[relation.target], relation, [truth.id for truth in shown], columns, everything
    )
    for truth, page in zip(shown, pages, strict=True):
        rows = [
            tuple(
                plain(page.batch.joining(name)[row]) for name in ("id", "complaint_id", "at", "status_detail", "note")
            )
            for row in page.rows
        ]
        assert rows == [tuple(step) for step in truth.history]


async def test_confidential_complaints_are_the_truth_for_whoever_handles_them(
    city: City, alive: list[ComplaintTruth]
) -> None:
    withheld = [truth for truth in alive if truth.publication in ("CONFIDENTIAL", "UNKNOWN")]
    departments = sorted({truth.department_code for truth in withheld if truth.department_code})
    assert len(departments) == 12
    query = """
    query ($of: String!) {
      complaints(first: 100, filter: {publication: {in: [CONFIDENTIAL, UNKNOWN]}, departmentCode: {eq: $of}}) {
        totalCount nodes { id }
      }
    }
    """
    for department in departments:
        officer = Viewer(Role.OFFICER, department_code=department)
        answer = await city(query, officer, of=department)
        expected = [truth.id for truth in withheld if truth.department_code == department]
        assert [key(node["id"]) for node in answer.data["complaints"]["nodes"]] == expected
        assert answer.data["complaints"]["totalCount"] == len(expected)
        assert (await city(query, of=department)).data["complaints"] == {"totalCount": 0, "nodes": []}


async def test_free_text_is_the_truth_for_the_handling_department_with_a_purpose(
    city: City, alive: list[ComplaintTruth]
) -> None:
    query = """
    { complaints(first: 100, filter: {departmentCode: {eq: "dpupr"}}) {
        nodes { description address history(first: 9) { nodes { note } } }
    } }
    """
    answer = await city(query, DPUPR, purpose=Purpose.COMPLAINT_HANDLING)
    assert answer.data["complaints"]["nodes"] == [
        {
            "description": truth.description, "address": truth.address,
            "history": {"nodes": [{"note": step.note} for step in truth.history]},
        }
        for truth in alive
        if truth.department_code == "dpupr"
    ][:100]  # fmt: skip
    assert {type_.name for type_ in (Complaint, StatusChange)} == {
        entry.record for entry in answer.request.ledger.entries
    }
