"""Events through the hub: the truth of every entry, times with and without offsets of the city, and what is ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.departments import events as departments
from models.events import Event
from models.records import PersonalClass
from models.sources.findings import FindingKind
from models.values.localized import Language
from sample import areas
from sample.city import CLOCK, SIZES, WIB
from sample.events import source as events
from sample.events.source import EventCase, EventTruth
from schema.core.relay import GlobalId
from tests.graph.copies import copied
from tests.graph.harness import City, Urls, opened

CASES = list(events.generate(SIZES["small"]))
TRUTH = sorted((case.truth for case in CASES), key=lambda truth: truth.id)
KNOWN_AREAS = {area.code for area in areas.truth()}

EVENT = """
  id name description category startDate endDate allDay location area { code } position { latitude longitude }
  organizer url status dateModified
"""


def row_of(case: EventCase) -> tuple[str | None, ...]:
    """What a clean copy of the calendar holds of an event, in the order of the fields of Entry."""
    entry = case.legacy
    return (
        case.truth.id, *entry[1:8], entry.start.isoformat(), entry.end.isoformat(), entry.geo,
        entry.modified.isoformat(), entry.area,
    )  # fmt: skip


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with copied(tmp_path_factory.mktemp("events"), departments.SUBJECT, map(row_of, CASES)) as found:
        yield found


@pytest.fixture(scope="module")
async def calendar(urls: Urls) -> AsyncIterator[City]:
    async with opened(urls) as opening:
        await opening('{ area(code: "36.71") { events { totalCount } } }')
        yield opening


def local(moment: datetime) -> str:
    return moment.astimezone(WIB).isoformat()


def shown(truth: EventTruth) -> dict[str, Any]:
    """An event as the graph writes it."""
    placed = {"latitude": truth.latitude, "longitude": truth.longitude}
    return {
        "id": str(GlobalId("Event", truth.id)),
        "name": truth.name,
        "description": truth.description,
        "category": truth.category,
        "startDate": local(truth.start_date),
        "endDate": local(truth.end_date),
        "allDay": truth.all_day,
        "location": truth.location,
        "area": {"code": truth.area_code} if truth.area_code else None,
        "position": placed if truth.latitude is not None else None,
        "organizer": truth.organizer,
        "url": truth.url,
        "status": truth.status,
        "dateModified": local(truth.date_modified),
    }


def ids(truths: list[EventTruth]) -> list[str]:
    return [str(GlobalId("Event", truth.id)) for truth in truths]


async def test_every_event_is_the_truth(calendar: City) -> None:
    calendar.findings.clear()
    answer = await calendar(f"{{ events(first: 100) {{ totalCount nodes {{ {EVENT} }} }} }}")
    assert answer.errors == []
    assert answer.data["events"]["nodes"] == [shown(truth) for truth in TRUTH]
    assert answer.data["events"]["totalCount"] == len(TRUTH) == SIZES["small"].events + 12 + 4
    assert answer.statements == {"events": 2, "areas": 1}
    stored = [case.legacy for case in CASES]
    found = Counter({(one.field, one.kind): one.count for one in calendar.findings if one.record == "events"})
    assert found == {
        ("category", FindingKind.UNKNOWN_CODE): sum(one.categories == "Lain-lain" for one in stored),
        ("status", FindingKind.UNKNOWN_CODE): sum(one.status == "POSTPONED" for one in stored),
        ("area_code", FindingKind.UNDECODABLE): sum(one.area == "36.71.99.0001" for one in stored),
        ("position", FindingKind.UNDECODABLE): sum(one.geo == "-7.25;112.75" for one in stored),
        ("position", FindingKind.SWAPPED_COORDINATES): sum((one.geo or "").startswith("106") for one in stored),
    }


def test_the_sample_has_what_a_calendar_has() -> None:
    clocks = Counter(case.legacy.start.tzinfo for case in CASES if isinstance(case.legacy.start, datetime))
    assert clocks[UTC] >= 3
    assert Counter(truth.all_day for truth in TRUTH)[True] >= 10
    assert {truth.category for truth in TRUTH} > {"SANJUNG", "FORUM", "JOB_FAIR", "EXHIBITION", "UNKNOWN"}
    assert {truth.area_code for truth in TRUTH if truth.area_code} <= KNOWN_AREAS


async def test_sanjung_is_every_tuesday_but_the_holiday_and_once_in_the_afternoon(calendar: City) -> None:
    answer = await calendar(
        "{ events(first: 100, filter: {category: {eq: SANJUNG}}, orderBy: [{startDate: ASC}]) {"
        " nodes { startDate location area { name } } } }"
    )
    assert answer.errors == []
    nodes = answer.data["events"]["nodes"]
    days = ["10-06", "10-13", "10-20", "10-27", "11-03", "11-17", "11-24", "12-01", "12-08", "12-15", "12-22", "12-29"]
    moved = {
        "startDate": "2026-12-01T13:00:00+07:00",
        "location": "Aula Kecamatan Cipondoh",
        "area": {"name": "Cipondoh"},
    }
    usual = {"location": "Plaza Puspem", "area": None}
    assert nodes == [
        moved if day == "12-01" else {"startDate": f"2026-{day}T08:00:00+07:00", **usual} for day in days
    ]  # fmt: skip
    assert {datetime.fromisoformat(node["startDate"]).weekday() for node in nodes} == {1}


async def test_what_is_ahead_comes_in_order_whatever_its_offset(calendar: City) -> None:
    query = """
    query ($now: DateTime!) {
      events(first: 100, filter: {startDate: {gte: $now}}, orderBy: [{startDate: ASC}]) { totalCount nodes { id } }
    }
    """
    answer = await calendar(query, variables={"now": CLOCK.isoformat()})
    assert answer.errors == []
    ahead = sorted((one for one in TRUTH if one.start_date >= CLOCK), key=lambda one: (one.start_date, one.id))
    assert [node["id"] for node in answer.data["events"]["nodes"]] == ids(ahead)
    assert answer.data["events"]["totalCount"] == len(ahead) > 10


async def test_one_moment_is_found_in_any_offset(calendar: City) -> None:
    truth = next(case.truth for case in CASES if getattr(case.legacy.start, "tzinfo", None) is UTC)
    for moment in (truth.start_date, truth.start_date.astimezone(WIB)):
        answer = await calendar(
            "query ($at: DateTime!) { events(filter: {startDate: {eq: $at}}) { nodes { id } } }", at=moment.isoformat()
        )
        found = [one for one in TRUTH if one.start_date == truth.start_date]
        assert [node["id"] for node in answer.data["events"]["nodes"]] == ids(found)


async def test_filters_find_what_the_truth_has(calendar: City) -> None:
    cases = {
        "{category: {in: [FORUM, JOB_FAIR]}}": [one for one in TRUTH if one.category in ("FORUM", "JOB_FAIR")],
        "{category: {eq: UNKNOWN}}": [one for one in TRUTH if one.category == "UNKNOWN"],
        "{status: {eq: CANCELLED}}": [one for one in TRUTH if one.status == "CANCELLED"],
        "{allDay: {eq: true}}": [one for one in TRUTH if one.all_day],
        '{name: {contains: "donor darah"}}': [one for one in TRUTH if "Donor Darah" in one.name],
        '{organizer: {eq: "Dinas Ketenagakerjaan"}}': [
            one for one in TRUTH if one.organizer == "Dinas Ketenagakerjaan"
        ],
        "{areaCode: {isNull: true}}": [one for one in TRUTH if one.area_code is None],
        '{endDate: {lt: "2026-10-01T00:00:00+07:00"}}': [
            one for one in TRUTH if one.end_date < datetime(2026, 10, 1, tzinfo=WIB)
        ],
    }
    for given, expected in cases.items():
        answer = await calendar(f"{{ events(first: 100, filter: {given}) {{ totalCount nodes {{ id }} }} }}")
        assert answer.errors == [], given
        assert [node["id"] for node in answer.data["events"]["nodes"]] == ids(expected), given
        assert answer.data["events"]["totalCount"] == len(expected) > 0, given


async def test_an_unknown_category_and_status_say_what_was_written(calendar: City) -> None:
    answer = await calendar("{ events(first: 100) { nodes { category categoryRaw status statusRaw } } }")
    nodes = answer.data["events"]["nodes"]
    assert {node["categoryRaw"] for node in nodes} == {None, "Lain-lain"}
    assert {node["statusRaw"] for node in nodes} == {None, "POSTPONED"}
    assert all(node["category"] == "UNKNOWN" for node in nodes if node["categoryRaw"])


async def test_events_of_an_area_are_those_in_and_below_it(calendar: City) -> None:
    answer = await calendar(
        "{ areas(first: 100, filter: {level: {in: [CITY, DISTRICT]}}) {"
        " nodes { code events(first: 100) { nodes { id } } } } }"
    )
    assert answer.errors == []
    assert answer.statements == {"areas": 1, "events": 1}
    found = {node["code"]: [one["id"] for one in node["events"]["nodes"]] for node in answer.data["areas"]["nodes"]}
    assert found == {
        code: ids([one for one in TRUTH if (one.area_code or "").startswith(code)]) for code in found
    }  # fmt: skip
    assert len(found["36.71"]) > 30


async def test_one_event_by_its_id_in_the_words_of_the_request(calendar: City) -> None:
    key = str(GlobalId("Event", "sanjung@example.com/2026-11-24T08:00:00+07:00"))
    query = "query ($id: ID!) { event(id: $id) { name categoryLabel statusLabel } node(id: $id) { id } }"
    answer = await calendar(query, id=key, language=Language.ID)
    assert answer.data == {
        "event": {"name": "SANJUNG", "categoryLabel": "SANJUNG", "statusLabel": "Terjadwal"},
        "node": {"id": key},
    }


def test_nothing_is_personal() -> None:
    assert {field.personal for field in Event.fields.values()} == {PersonalClass.NON_PERSONAL}
