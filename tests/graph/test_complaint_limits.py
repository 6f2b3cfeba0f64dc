"""The time limits of complaints: the truth by counting day by day, on each engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.departments.city import TANGERANG
from models.policy.viewer import Viewer
from models.values.localized import Language
from sample.complaints.source import ComplaintTruth
from tests.graph.harness import DPUPR, City
from tests.graph.test_truth import visible, written

QUERY = """
query ($after: String) {
  complaints(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      ticketNumber dueAt isOverdue urgency urgencyLabel lastChangeAt
      timeToFirstResponse { at hours workingHours }
      timeToResolution { at hours workingHours }
    }
  }
}
"""
ZONE = TANGERANG.time_zone
LABELS = {"GREEN": "Hijau", "YELLOW": "Kuning", "RED": "Merah", "UNKNOWN": "Tidak diketahui", None: None}


def is_open_day(moment: datetime) -> bool:
    return moment.weekday() < 5 and moment.date() not in TANGERANG.calendar.holidays


def close_of(at: datetime, days: int) -> datetime:
    """Four in the afternoon of the last of so many working days after a moment."""
    day = at.astimezone(ZONE).replace(hour=16, minute=0, second=0)
    while days:
        day += timedelta(days=1)
        days -= is_open_day(day)
    return day


def handling(began_at: datetime | None, at: datetime | None) -> dict[str, Any] | None:
    if began_at is None or at is None or at < began_at:
        return None
    start, end = began_at.astimezone(ZONE), at.astimezone(ZONE)
    working, day = timedelta(), start.replace(hour=8, minute=0)
    while day < end:
        if is_open_day(day):
            working += max(timedelta(), min(end, day.replace(hour=16)) - max(start, day))
        day += timedelta(days=1)
    hour = timedelta(hours=1)
    return {
        "at": written(at),
        "hours": pytest.approx((end - start) / hour),
        "workingHours": pytest.approx(working / hour),
    }


def urgency(truth: ComplaintTruth, now: datetime) -> str | None:
    if truth.status == "CLOSED":
        return None
    if truth.status == "UNKNOWN" or truth.requested_at is None:
        return "UNKNOWN"
    if now < close_of(truth.requested_at, 3):
        return "GREEN"
    return "YELLOW" if now < close_of(truth.requested_at, 5) else "RED"


def last_change(truth: ComplaintTruth) -> datetime | None:
    moments = [truth.requested_at, *(step.at for step in truth.history)]
    return max((at for at in moments if at is not None), default=None)


def shown(truth: ComplaintTruth, now: datetime) -> dict[str, Any]:
    mark = urgency(truth, now)
    done = [step for step in truth.history if step.status_detail == "DONE"]
    return {
        "ticketNumber": truth.ticket_number,
        "dueAt": written(close_of(truth.requested_at, 5)) if truth.requested_at is not None else None,
        "isOverdue": None if mark == "UNKNOWN" else mark == "RED",
        "urgency": mark,
        "urgencyLabel": LABELS[mark],
        "lastChangeAt": written(last_change(truth)),
        "timeToFirstResponse": handling(truth.requested_at, truth.history[0].at) if truth.history else None,
        "timeToResolution": handling(truth.requested_at, done[-1].at) if truth.status == "CLOSED" and done else None,
    }


async def nodes_of(city: City, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await city(QUERY, viewer, language=Language.ID, now=now, after=after)
        assert answer.errors == []
        page = answer.data["complaints"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


async def test_limits_and_handling_times_are_those_of_the_truth(city: City, alive: list[ComplaintTruth]) -> None:
    seen = visible(alive, department="dpupr")
    now = max(truth.requested_at for truth in seen if truth.requested_at is not None) + timedelta(minutes=1)
    nodes = await nodes_of(city, DPUPR, now)
    assert nodes == [shown(truth, now) for truth in seen]
    # The sample shows every case, or this would prove nothing.
    assert {node["urgency"] for node in nodes} == set(LABELS)
    assert sum(node["timeToFirstResponse"] is not None for node in nodes) > 100
    assert sum(node["timeToResolution"] is not None for node in nodes) > 100


async def test_a_handling_time_is_one_statement_for_the_whole_page(city: City) -> None:
    answer = await city("{ complaints(first: 50) { nodes { dueAt isOverdue timeToFirstResponse { workingHours } } } }")
    assert answer.errors == []
    assert answer.statements == {"complaints": 2}


async def test_the_truth_gives_green_and_yellow_while_it_is_young(alive: list[ComplaintTruth]) -> None:
    """The oracle itself, by hand: reported on a Monday, marked on Thursday afternoon and on the Monday after."""
    truth = next(truth for truth in alive if truth.status == "OPEN" and truth.requested_at is not None)
    monday = truth._replace(requested_at=datetime(2026, 11, 23, 9, tzinfo=ZONE))
    marks = {
        (26, 15): "GREEN", (26, 16): "YELLOW", (27, 12): "YELLOW", (30, 15): "YELLOW", (30, 16): "RED",
    }  # fmt: skip
    assert {moment: urgency(monday, datetime(2026, 11, *moment, tzinfo=ZONE)) for moment in marks} == marks


FILTERS: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "{isOverdue: {eq: true}}": lambda node, _: node["isOverdue"] is True,
    "{isOverdue: {eq: false}}": lambda node, _: node["isOverdue"] is False,
    "{isOverdue: {isNull: true}}": lambda node, _: node["isOverdue"] is None,
    "{not: {isOverdue: {eq: true}}}": lambda node, _: node["isOverdue"] is not True,
    "{urgency: {eq: YELLOW}}": lambda node, _: node["urgency"] == "YELLOW",
    "{urgency: {eq: GREEN}}": lambda node, _: node["urgency"] == "GREEN",
    "{urgency: {in: [GREEN, UNKNOWN]}}": lambda node, _: node["urgency"] in ("GREEN", "UNKNOWN"),
    "{dueAt: {isNull: true}}": lambda node, _: node["dueAt"] is None,
    '{dueAt: {eq: "%s"}}': lambda node, bound: node["dueAt"] == bound,
    '{dueAt: {lt: "%s"}}': lambda node, bound: node["dueAt"] is not None and node["dueAt"] < bound,
    '{dueAt: {lte: "%s"}}': lambda node, bound: node["dueAt"] is not None and node["dueAt"] <= bound,
    '{dueAt: {gt: "%s"}}': lambda node, bound: node["dueAt"] is not None and node["dueAt"] > bound,
    '{dueAt: {gte: "%s"}}': lambda node, bound: node["dueAt"] is not None and node["dueAt"] >= bound,
}

CHANGES: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "{lastChangeAt: {isNull: true}}": lambda node, _: node["lastChangeAt"] is None,
    '{lastChangeAt: {eq: "%s"}}': lambda node, bound: node["lastChangeAt"] == bound,
    '{lastChangeAt: {lt: "%s"}}': lambda node, bound: node["lastChangeAt"] is not None and node["lastChangeAt"] < bound,
    '{lastChangeAt: {lte: "%s"}}': lambda node, bound: (node["lastChangeAt"] or "9") <= bound,
    '{lastChangeAt: {gt: "%s"}}': lambda node, bound: (node["lastChangeAt"] or "") > bound,
    '{lastChangeAt: {gte: "%s"}}': lambda node, bound: (node["lastChangeAt"] or "") >= bound,
}


async def test_complaints_are_found_by_their_limits(city: City, alive: list[ComplaintTruth]) -> None:
    seen = visible(alive, department="dpupr")
    now = max(truth.requested_at for truth in seen if truth.requested_at is not None) + timedelta(minutes=1)
    all_of_them = [shown(truth, now) for truth in seen]
    due = sorted(node["dueAt"] for node in all_of_them if node["dueAt"] is not None)[-60]
    changed = sorted(node["lastChangeAt"] for node in all_of_them if node["lastChangeAt"] is not None)[-60]
    for asked, is_meant in (FILTERS | CHANGES).items():
        bound = changed if asked in CHANGES else due
        filter_ = asked.replace("%s", bound)
        query = f"{{ complaints(first: 100, filter: {filter_}) {{ totalCount nodes {{ ticketNumber }} }} "
        query += f"complaintGroups(filter: {filter_}) {{ totals {{ count }} }} }}"
        answer = await city(query, DPUPR, now=now)
        assert answer.errors == [], filter_
        meant = [node["ticketNumber"] for node in all_of_them if is_meant(node, bound)]
        assert [node["ticketNumber"] for node in answer.data["complaints"]["nodes"]] == meant[:100], filter_
        assert answer.data["complaints"]["totalCount"] == len(meant) > 0, filter_
        assert answer.data["complaintGroups"]["totals"]["count"] == len(meant), filter_
        assert answer.statements == {"complaints": 3}, filter_


async def test_complaints_are_sorted_by_their_limits_page_by_page(city: City) -> None:
    """The order goes on over a cursor although time has gone on as well."""
    page = """query ($after: String) { complaints(first: 40, after: $after, filter: {isOverdue: {eq: true}},
      orderBy: [{dueAt: ASC}]) { totalCount nodes { dueAt requestedAt } pageInfo { endCursor } } }"""
    now, after, nodes = datetime(2027, 3, 1, 3, tzinfo=ZONE), None, []
    for step in range(3):
        answer = await city(page, DPUPR, now=now + timedelta(days=step), after=after)
        assert answer.errors == []
        nodes += answer.data["complaints"]["nodes"]
        after = answer.data["complaints"]["pageInfo"]["endCursor"]
    assert len(nodes) == 120
    assert [node["requestedAt"] for node in nodes] == sorted(node["requestedAt"] for node in nodes)
    assert [node["dueAt"] for node in nodes] == sorted(node["dueAt"] for node in nodes)


async def test_areas_are_found_by_the_limits_of_their_complaints(city: City) -> None:
    now = datetime(2027, 3, 1, 3, tzinfo=ZONE)
    query = """{ areas(first: 100, filter: {level: {eq: VILLAGE}, complaints: {some: {urgency: {eq: RED}}}}) {
      nodes { complaints(filter: {isOverdue: {eq: true}}) { totalCount } } } }"""
    nodes = (await city(query, DPUPR, now=now)).data["areas"]["nodes"]
    assert nodes
    assert all(node["complaints"]["totalCount"] > 0 for node in nodes)
