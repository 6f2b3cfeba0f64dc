"""Emergencies: the truth of calls on each engine, alerts out of a copy of their feed, and what is nobody's business."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.departments import alerts as departments
from models.emergencies import Alert, Incident
from models.policy.decisions import PolicyQuestion, decide
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.sources.findings import FindingKind
from models.values.localized import Language
from models.values.types import Nik, Position
from resolvers.records import Columns, Read
from sample.citizens.people import resident_number
from sample.city import SIZES
from sample.emergencies import alerts
from sample.emergencies.alert_texts import MESSAGES
from sample.emergencies.alerts import AlertTruth
from sample.emergencies.source import IncidentTruth, generate
from schema.core.relay import GlobalId, global_id_of
from tests.graph.copies import copied
from tests.graph.filters import plain
from tests.graph.harness import City, Urls, opened, request_of

CASES = list(generate(SIZES["small"]))
CALLS = [case.truth for case in CASES if case.alive]
EMERGENCIES = [truth for truth in CALLS if truth.disposition == "EMERGENCY"]
BY_ID = {truth.id: truth for truth in CALLS}
VILLAGE = next(truth.area_code for truth in EMERGENCIES if truth.area_code)

BPBD = Viewer(Role.OFFICER, subject="officer-3", department_code="bpbd")
DINKES = Viewer(Role.OFFICER, subject="officer-4", department_code="dinkes")
CITIZEN = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(0)))
SERVICE = Purpose.EMERGENCY_RESPONSE

INCIDENT = """
  id number disposition kind reportedAt dispatchedAt arrivedAt closedAt area { code } department { code } deaths injured
"""
PERSONAL = "position { latitude longitude } address description callerName callerPhone"
LISTED = f"""
query ($after: String) {{
  incidents(first: 100, after: $after) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {INCIDENT} }} }}
}}
"""


def moment(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%S}+07:00" if at is not None else None


def shown(truth: IncidentTruth) -> dict[str, Any]:
    """An incident as the graph writes it for everybody."""
    return {
        "id": str(GlobalId("Incident", truth.id)),
        "number": truth.number,
        "disposition": truth.disposition,
        "kind": truth.kind,
        "reportedAt": moment(truth.reported_at),
        "dispatchedAt": moment(truth.dispatched_at),
        "arrivedAt": moment(truth.arrived_at),
        "closedAt": moment(truth.closed_at),
        "area": {"code": truth.area_code} if truth.area_code else None,
        "department": {"code": truth.department_code} if truth.department_code else None,
        "deaths": truth.deaths,
        "injured": truth.injured,
    }


def personal(truth: IncidentTruth) -> dict[str, Any]:
    place = truth.position
    return {
        "position": place and {"latitude": place[0], "longitude": place[1]},
        "address": truth.address,
        "description": truth.description,
        "callerName": truth.caller_name,
        "callerPhone": truth.caller_phone,
    }


def keys(nodes: Iterable[dict[str, Any]]) -> list[str]:
    return [global_id_of(node["id"]).key for node in nodes]


# --- Incidents --------------------------------------------------------------------------------------------------------


async def test_every_emergency_is_the_truth_for_everybody(city: City) -> None:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await city(LISTED, ANONYMOUS, after=after)
        assert answer.errors == []
        page = answer.data["incidents"]
        assert page["totalCount"] == len(EMERGENCIES)
        # The page, its areas and the count: a second team makes no second incident.
        assert answer.statements == {"emergencies": 2, "areas": 1}
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(nodes) > 100
    assert nodes == [shown(truth) for truth in EMERGENCIES]


async def test_fields_below_the_policy_are_the_truth(city: City) -> None:
    """Of every call that is alive, as an analyst, for whom all exist."""
    names = tuple(Incident.fields)
    read = Read(Incident, Columns(joined=frozenset(names)), rows_max=10_000)
    batch = await city.records.read(request_of(Viewer(Role.ANALYST)), read)
    rows = list(zip(*(map(plain, batch.joining(name)) for name in names), strict=True))
    assert rows == [tuple(getattr(truth, name) for name in names) for truth in CALLS]
    assert {type(value) for value in batch.joining("position")} == {Position, type(None)}


def handled_by(department: str) -> list[IncidentTruth]:
    return [truth for truth in CALLS if truth.disposition == "EMERGENCY" or truth.department_code == department]


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (ANONYMOUS, EMERGENCIES), (Viewer(Role.DEVELOPER), EMERGENCIES), (CITIZEN, EMERGENCIES),
        (Viewer(Role.OPERATOR), EMERGENCIES), (Viewer(Role.ANALYST), CALLS), (BPBD, handled_by("bpbd")),
        (DINKES, handled_by("dinkes")), (Viewer(Role.OFFICER), EMERGENCIES),
    ],
    ids=["anonymous", "developer", "citizen", "operator", "analyst", "bpbd", "dinkes", "officer of nothing"],
)  # fmt: skip
async def test_what_is_no_emergency_exists_for_few(city: City, viewer: Viewer, seen: list[IncidentTruth]) -> None:
    query = (
        "query ($id: ID!) { incidents(first: 1) { totalCount } incident(id: $id) { disposition } node(id: $id) { id } }"
    )
    prank = next(truth for truth in CALLS if truth.disposition == "PRANK" and truth.department_code is None)
    answer = await city(query, viewer, id=str(GlobalId("Incident", prank.id)), purpose=SERVICE)
    assert answer.errors == []
    assert answer.data["incidents"]["totalCount"] == len(seen)
    is_there = viewer.role is Role.ANALYST
    assert answer.data["incident"] == ({"disposition": "PRANK"} if is_there else None)
    assert (answer.data["node"] is not None) is is_there


async def test_a_call_that_was_deleted_is_nowhere(city: City) -> None:
    dead = next(case.truth for case in CASES if not case.alive and case.truth.disposition == "EMERGENCY")
    answer = await city(
        "query ($id: ID!) { incident(id: $id) { id } }", BPBD, id=str(GlobalId("Incident", dead.id)), purpose=SERVICE
    )
    assert answer.data == {"incident": None}


@pytest.mark.parametrize(
    ("viewer", "purpose"),
    [
        (ANONYMOUS, None), (Viewer(Role.DEVELOPER), None), (Viewer(Role.ANALYST), None), (CITIZEN, None), (BPBD, None),
        (Viewer(Role.OPERATOR), SERVICE),
    ],
    ids=["anonymous", "developer", "analyst", "citizen", "without purpose", "operator"],
)  # fmt: skip
async def test_who_called_and_from_where_is_for_the_department(
    city: City, viewer: Viewer, purpose: Purpose | None
) -> None:
    answer = await city(f"{{ incidents(first: 5) {{ nodes {{ id {PERSONAL} }} }} }}", viewer, purpose=purpose)
    for node in answer.data["incidents"]["nodes"]:
        assert {name: value for name, value in node.items() if name != "id"} == dict.fromkeys(
            ("position", "address", "description", "callerName", "callerPhone")
        )
    assert {code for code, _ in answer.codes} == {"FORBIDDEN"}
    assert {name for _, name in answer.codes} == {"position", "address", "description", "callerName", "callerPhone"}
    sent = " ".join(text for _, text in city.statements[-sum(answer.statements.values()) :])
    assert not {"telp", "nm_pelapor", "lokasi"} & set(sent.replace(",", " ").replace(".", " ").split())


async def test_the_department_reads_its_own_calls_and_of_others_nothing_personal(city: City) -> None:
    query = f"query ($after: String) {{ incidents(first: 100, after: $after) {{ nodes {{ id {PERSONAL} }} }} }}"
    answer = await city(query, BPBD, purpose=SERVICE)
    assert answer.errors == []
    nodes = answer.data["incidents"]["nodes"]
    assert keys(nodes) == [truth.id for truth in handled_by("bpbd")[:100]]
    own = 0
    for node in nodes:
        truth = BY_ID[keys([node])[0]]
        own += truth.department_code == "bpbd"
        expected = personal(truth) if truth.department_code == "bpbd" else dict.fromkeys(personal(truth))
        assert node == {"id": node["id"], **expected}
    assert 0 < own < 100


FILTERS: dict[str, tuple[str, Any]] = {
    "kinds entered twice": ("kind: {eq: FLOOD}", lambda truth: truth.kind == "FLOOD"),
    "a kind that was cut": ("kind: {eq: WILDFIRE}", lambda truth: truth.kind == "WILDFIRE"),
    "an unknown kind": ("kind: {eq: UNKNOWN}", lambda truth: truth.kind == "UNKNOWN"),
    "a village": (f'areaCode: {{eq: "{VILLAGE}"}}', lambda truth: truth.area_code == VILLAGE),
    "no area": ("areaCode: {isNull: true}", lambda truth: truth.area_code is None),
    "a year": (
        'reportedAt: {gte: "2025-01-01T00:00:00+07:00", lt: "2025-12-31T17:00:00Z"}',
        lambda truth: truth.reported_at is not None and truth.reported_at.year == 2025,
    ),
    "no time": ("reportedAt: {isNull: true}", lambda truth: truth.reported_at is None),
    "nobody sent": ("dispatchedAt: {isNull: true}", lambda truth: truth.dispatched_at is None),
    "somebody hurt": ("injured: {gt: 0}", lambda truth: truth.injured is not None and truth.injured > 0),
    "another department": ('departmentCode: {eq: "dinkes"}', lambda truth: truth.department_code == "dinkes"),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_filters_find_what_is_shown(city: City, name: str) -> None:
    written, holds = FILTERS[name]
    answer = await city(f"{{ incidents(first: 100, filter: {{{written}}}) {{ totalCount nodes {{ id }} }} }}")
    assert answer.errors == []
    expected = [truth.id for truth in EMERGENCIES if holds(truth)]
    assert 0 < len(expected) < len(EMERGENCIES)
    assert answer.data["incidents"]["totalCount"] == len(expected)
    assert keys(answer.data["incidents"]["nodes"]) == expected[:100]


async def test_an_instant_is_found_in_whatever_offset_it_is_asked_for(city: City) -> None:
    truth = next(one for one in EMERGENCIES if one.reported_at is not None)
    assert truth.reported_at is not None
    answer = await city(
        "query ($at: DateTime!) { incidents(filter: {reportedAt: {eq: $at}}) { nodes { id } } }",
        at=truth.reported_at.astimezone(UTC).isoformat(),
    )
    assert truth.id in keys(answer.data["incidents"]["nodes"])


async def test_a_kind_that_the_hub_does_not_know_is_shown_as_it_was_written(city: City) -> None:
    answer = await city("{ incidents(first: 100, filter: {kind: {eq: UNKNOWN}}) { nodes { kindLabel kindRaw } } }")
    assert {"kindLabel": "Unknown", "kindRaw": "Lain-lain"} in answer.data["incidents"]["nodes"]


async def test_areas_have_the_emergencies_in_and_below_them(city: City) -> None:
    answer = await city("""
    { areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
        nodes { code incidents(first: 2) { totalCount nodes { id } } } }
      area(code: "36.71") { incidents { totalCount } } }
    """)
    assert answer.errors == []
    # The lists and the counts of all districts, and the count of the city.
    assert answer.statements == {"areas": 2, "emergencies": 3}
    for node in answer.data["areas"]["nodes"]:
        own = [truth.id for truth in EMERGENCIES if truth.area_code and truth.area_code.startswith(node["code"])]
        assert node["incidents"]["totalCount"] == len(own)
        assert keys(node["incidents"]["nodes"]) == own[:2]
    placed = Counter(truth.area_code is not None for truth in EMERGENCIES)
    assert answer.data["area"]["incidents"]["totalCount"] == placed[True]


async def test_one_report_by_its_number(city: City) -> None:
    truth = next(one for one in EMERGENCIES if one.number and one.area_code)
    query = f"query ($number: String!) {{ incident(number: $number) {{ {INCIDENT} }} }}"
    answer = await city(query, number=truth.number)
    assert answer.data["incident"] == shown(truth)


# --- Alerts -----------------------------------------------------------------------------------------------------------

TRUTH = [truth for truth in alerts.truth() if (truth.status, truth.scope) == ("ACTUAL", "PUBLIC")]
WITHHELD = [truth for truth in alerts.truth() if truth not in TRUTH]
ALERT = """
  id identifier sender senderName sent status messageType scope categories event urgency severity certainty effective
  onset expires language headline description instruction web areaDescription areaCodes area { code }
"""


@pytest.fixture(scope="module")
def copied_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with copied(tmp_path_factory.mktemp("alerts"), departments.SUBJECT, alerts.rows()) as urls:
        yield urls


@pytest.fixture(scope="module")
async def siren(copied_urls: Urls) -> AsyncIterator[City]:
    async with opened(copied_urls) as opening:
        yield opening


def shown_alert(truth: AlertTruth) -> dict[str, Any]:
    names = {
        "identifier": "identifier", "sender": "sender", "senderName": "sender_name", "status": "status",
        "messageType": "message_type", "scope": "scope", "event": "event", "urgency": "urgency",
        "severity": "severity", "certainty": "certainty", "language": "language", "headline": "headline",
        "description": "description", "instruction": "instruction", "web": "web",
        "areaDescription": "area_description",
    }  # fmt: skip
    return {
        "id": str(GlobalId("Alert", truth.id)),
        **{name: getattr(truth, field) for name, field in names.items()},
        **{name: moment(getattr(truth, name)) for name in ("sent", "effective", "onset", "expires")},
        "categories": list(truth.categories),
        "areaCodes": list(truth.area_codes) if truth.area_codes else None,
        "area": {"code": truth.area_code} if truth.area_code else None,
    }


async def test_every_alert_that_is_meant_for_all_is_the_truth(siren: City) -> None:
    answer = await siren(f"{{ alerts(first: 50, orderBy: [{{sent: DESC}}]) {{ totalCount nodes {{ {ALERT} }} }} }}")
    assert answer.errors == []
    # The page with its count, and the areas.
    assert answer.statements == {"alerts": 2, "areas": 1}
    newest = sorted(TRUTH, key=lambda truth: truth.sent, reverse=True)
    assert answer.data["alerts"] == {"totalCount": 9, "nodes": [shown_alert(truth) for truth in newest]}


async def test_an_area_has_the_alerts_for_it_around_it_and_in_it(siren: City) -> None:
    answer = await siren("{ areas(first: 100) { nodes { code alerts(inForce: false) { identifier } } } }")
    assert answer.errors == []
    # The areas once for the list, and once for the tree of them, which is kept.
    assert answer.statements == {"alerts": 1, "areas": 2}
    newest = sorted(TRUTH, key=lambda truth: truth.sent, reverse=True)
    seen = {area["code"]: [alert["identifier"] for alert in area["alerts"]] for area in answer.data["areas"]["nodes"]}

    def touches(code: str, own: str) -> bool:
        return f"{own}.".startswith(f"{code}.") or f"{code}.".startswith(f"{own}.")

    assert seen == {
        code: [truth.identifier for truth in newest if any(touches(code, own) for own in truth.area_codes or ())]
        for code in seen
    }
    assert len({tuple(alerts) for alerts in seen.values()}) > 3


async def test_an_area_has_what_is_in_force_unless_asked_otherwise(siren: City) -> None:
    ends = sorted(truth.expires for truth in TRUTH if truth.expires is not None)
    query = """{
      area(code: "36.71") { alerts { identifier } all: alerts(inForce: false) { identifier } }
      counted: alerts(first: 50, filter: {isInForce: {eq: true}}) { nodes { identifier } }
      over: alerts(first: 50, filter: {isInForce: {eq: false}}) { totalCount }
    }"""
    seen = set()
    for now in (ends[0] - timedelta(minutes=1), ends[0], ends[len(ends) // 2], ends[-1]):
        answer = await siren(query, now=now)
        assert answer.errors == []
        counting = {
            truth.identifier
            for truth in TRUTH
            if not (truth.expires and truth.expires <= now) and not (truth.effective and truth.effective > now)
        }
        named = {truth.identifier for truth in TRUTH if truth.area_codes}
        area = answer.data["area"]
        assert {alert["identifier"] for alert in area["alerts"]} == counting & named
        assert {alert["identifier"] for alert in area["all"]} == named
        assert {alert["identifier"] for alert in answer.data["counted"]["nodes"]} == counting
        assert answer.data["over"]["totalCount"] == len(TRUTH) - len(counting)
        seen.add(len(counting))
    assert len(seen) > 1


async def test_what_a_sender_wrote_wrongly_is_a_finding(siren: City) -> None:
    siren.findings.clear()
    await siren(f"{{ alerts(first: 50) {{ nodes {{ {ALERT} }} }} }}")
    found = {(finding.field, finding.kind): finding.count for finding in siren.findings if finding.source == "alerts"}
    assert found == {
        ("severity", FindingKind.UNKNOWN_CODE): 1,
        ("onset", FindingKind.UNDECODABLE): 1,
        ("area_codes", FindingKind.UNDECODABLE): 1,
    }


@pytest.mark.parametrize("viewer", [ANONYMOUS, CITIZEN, BPBD, Viewer(Role.ANALYST), Viewer(Role.OPERATOR)])
async def test_tests_exercises_and_restricted_alerts_are_nowhere(siren: City, viewer: Viewer) -> None:
    assert sorted((truth.status, truth.scope) for truth in WITHHELD) == [
        ("ACTUAL", "RESTRICTED"), ("EXERCISE", "PUBLIC"), ("TEST", "PUBLIC")
    ]  # fmt: skip
    for truth in WITHHELD:
        answer = await siren(
            "query ($id: ID!, $of: String!) { alert(id: $id) { id } node(id: $id) { id } "
            "alerts(filter: {identifier: {eq: $of}}) { totalCount } }",
            viewer, id=str(GlobalId("Alert", truth.id)), of=truth.identifier, purpose=SERVICE,
        )  # fmt: skip
        assert answer.data == {"alert": None, "node": None, "alerts": {"totalCount": 0}}


ALERT_FILTERS: dict[str, tuple[str, Any]] = {
    "severe": ("severity: {in: [SEVERE, EXTREME]}", lambda truth: truth.severity in ("SEVERE", "EXTREME")),
    "unknown severity": ("severity: {eq: UNKNOWN}", lambda truth: truth.severity == "UNKNOWN"),
    "an update": ("messageType: {eq: UPDATE}", lambda truth: truth.message_type == "UPDATE"),
    "still counts": (
        'expires: {gt: "2026-11-19T17:00:00Z"}',
        lambda truth: truth.expires is not None and truth.expires > datetime(2026, 11, 19, 17, tzinfo=UTC),
    ),
    "without an end": ("expires: {isNull: true}", lambda truth: truth.expires is None),
    "sent at an instant": (
        'sent: {eq: "2026-08-03T11:12:31+07:00"}',
        lambda truth: truth.sent == datetime(2026, 8, 3, 4, 12, 31, tzinfo=UTC),
    ),
    "in a language": ('language: {eq: "id-ID"}', lambda truth: truth.language == "id-ID"),
    "a word of the event": ('event: {contains: "BANJIR"}', lambda truth: "Banjir" in truth.event),
}  # fmt: skip


@pytest.mark.parametrize("name", ALERT_FILTERS)
async def test_filters_of_alerts_find_what_is_shown(siren: City, name: str) -> None:
    written, holds = ALERT_FILTERS[name]
    answer = await siren(f"{{ alerts(first: 50, filter: {{{written}}}) {{ totalCount nodes {{ id }} }} }}")
    assert answer.errors == []
    expected = [truth.id for truth in TRUTH if holds(truth)]
    assert 0 < len(expected) < len(TRUTH)
    assert keys(answer.data["alerts"]["nodes"]) == expected
    assert answer.data["alerts"]["totalCount"] == len(expected)


async def test_alerts_are_paged_by_a_time_that_is_written_in_many_ways(siren: City) -> None:
    found: list[str] = []
    after = None
    for _ in range(len(TRUTH)):
        answer = await siren(
            "query ($after: String) { alerts(first: 2, after: $after, orderBy: [{expires: ASC}]) "
            "{ pageInfo { hasNextPage endCursor } nodes { id } } }",
            after=after,
        )
        assert answer.errors == []
        found += keys(answer.data["alerts"]["nodes"])
        if not answer.data["alerts"]["pageInfo"]["hasNextPage"]:
            break
        after = answer.data["alerts"]["pageInfo"]["endCursor"]
    never = datetime.max.replace(tzinfo=UTC)
    assert found == [truth.id for truth in sorted(TRUTH, key=lambda truth: (truth.expires or never, truth.id))]


async def test_an_alert_may_be_about_several_kinds_of_event(siren: City) -> None:
    query = "query ($of: String!) { alert(identifier: $of) { categories categoryLabels } }"
    answer = await siren(query, of=MESSAGES[3].identifier, language=Language.ID)
    assert answer.data["alert"] == {"categories": ["FIRE", "HEALTH"], "categoryLabels": ["Kebakaran", "Kesehatan"]}


async def test_one_alert_by_its_identifier(siren: City) -> None:
    query = "query ($of: String!) { alert(identifier: $of) { headline description } }"
    answer = await siren(query, of=MESSAGES[4].identifier)
    assert answer.data["alert"] == {"headline": "Suhu 38 °C", "description": "Suhu ±38 °C di siang hari, tanpa hujan."}
    replaced = await siren(query, of=MESSAGES[0].identifier)
    assert replaced.data == {"alert": None}


# --- Policy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [Incident, Alert])
@pytest.mark.parametrize("role", list(Role))
def test_what_is_said_in_distress_is_never_masked_for_others(role: Role, record: type[Any]) -> None:
    """A mask covers numbers and leaves the story: so there is none."""
    viewer = Viewer(role, nik=Nik(resident_number(0)), department_code="dpupr")
    shown = frozenset({"description"})
    decision = decide(viewer, SERVICE, PolicyQuestion(record, shown, shown, "bpbd"))
    assert decision.masked == frozenset()
    if record is Alert:
        assert decision.allowed == shown
    else:
        assert decision.denied_comparisons == shown
        assert (decision.withheld if role is Role.OFFICER else decision.denied) == shown
