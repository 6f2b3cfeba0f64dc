"""Complaint figures: who is late, and how long the city takes, by groups: those of the truth, on each engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any

import pytest

from sample.city import SIZES
from sample.complaints.source import ComplaintTruth, generate
from sample.complaints.texts import CATEGORIES
from tests.graph.harness import City
from tests.graph.test_complaint_limits import ZONE, handling, urgency

VISIBLE = [
    case.truth for case in generate(SIZES["small"]) if case.alive and case.truth.publication in ("PUBLIC", "ANONYMOUS")
]
REPORTED = [truth.requested_at for truth in VISIBLE if truth.requested_at is not None]
NOW = max(REPORTED) + timedelta(minutes=1)
"""Soon after the last report, when some are green, some yellow and most are red."""

FIGURES = """
  count overdueCount greenCount yellowCount redCount unknownUrgencyCount
  timeToFirstResponse { ...Times } timeToResolution { ...Times }
"""
TIMES = """
fragment Times on TimesTaken {
  known averageHours medianHours p90Hours averageWorkingHours medianWorkingHours p90WorkingHours
}
"""
MEETING = """
query Rapat($since: DateTime!) {
  complaintGroups(by: [DEPARTMENT, CATEGORY], first: 20, bucket: {field: REQUESTED_AT, unit: MONTH},
      filter: {requestedAt: {gte: $since}}, compareTo: PREVIOUS_PERIOD, orderBy: [{overdueCount: DESC}]) {
    groups { key { department { abbreviation } category { name } period { start label } departmentCode categoryCode }
             count overdueCount previous { count } timeToResolution { medianWorkingHours p90WorkingHours } }
    totals { count overdueCount } provenance { asOf freshness } } }
"""


def first_response(truth: ComplaintTruth) -> dict[str, Any] | None:
    return handling(truth.requested_at, truth.history[0].at) if truth.history else None


def resolution(truth: ComplaintTruth) -> dict[str, Any] | None:
    done = [step for step in truth.history if step.status_detail == "DONE"]
    return handling(truth.requested_at, done[-1].at) if truth.status == "CLOSED" and done else None


def times(truths: Sequence[ComplaintTruth], time: Callable[[ComplaintTruth], dict[str, Any] | None]) -> dict[str, Any]:
    taken = [found for truth in truths if (found := time(truth)) is not None]
    figures: dict[str, Any] = {"known": len(taken)}
    for name, spelt in (("hours", "Hours"), ("workingHours", "WorkingHours")):
        hours = sorted(one[name].expected for one in taken)
        worked_out = (fmean(hours), median(hours), hours[math.ceil(len(hours) * 0.9) - 1]) if hours else (None,) * 3
        for statistic, figure in zip(("average", "median", "p90"), worked_out, strict=True):
            figures[statistic + spelt] = None if figure is None else pytest.approx(figure, abs=0.001)
    return figures


def figures(truths: Sequence[ComplaintTruth], now: datetime) -> dict[str, Any]:
    marks = [urgency(truth, now) for truth in truths]
    return {
        "count": len(truths),
        "overdueCount": marks.count("RED"),
        "greenCount": marks.count("GREEN"),
        "yellowCount": marks.count("YELLOW"),
        "redCount": marks.count("RED"),
        "unknownUrgencyCount": marks.count("UNKNOWN"),
        "timeToFirstResponse": times(truths, first_response),
        "timeToResolution": times(truths, resolution),
    }


def by_key(key: Callable[[ComplaintTruth], Any], since: datetime | None = None) -> dict[Any, list[ComplaintTruth]]:
    groups: dict[Any, list[ComplaintTruth]] = {}
    for truth in VISIBLE:
        if since is None or (truth.requested_at is not None and truth.requested_at >= since):
            groups.setdefault(key(truth), []).append(truth)
    return groups


async def test_figures_by_department_are_those_of_the_truth(city: City) -> None:
    query = f"{{ complaintGroups(by: [DEPARTMENT]) {{ groups {{ key {{ departmentCode }} {FIGURES} }} }} }} {TIMES}"
    answer = await city(query, now=NOW)
    assert answer.errors == []
    found = answer.data["complaintGroups"]["groups"]
    shown = {group.pop("key")["departmentCode"]: group for group in found}
    expected = by_key(lambda truth: truth.department_code)
    assert shown == {key: figures(truths, NOW) for key, truths in expected.items()}
    # One question each: all, overdue, green, yellow, unknown; the first response and the resolution.
    assert answer.statements == {"complaints": 7}
    marks = {urgency(truth, NOW) for truth in VISIBLE}
    assert marks == {"GREEN", "YELLOW", "RED", "UNKNOWN", None}


async def test_totals_are_of_all_rows_and_not_of_the_figures_of_groups(city: City) -> None:
    query = f"{{ complaintGroups(by: [CATEGORY], first: 1) {{ totals {{ {FIGURES} }} }} }} {TIMES}"
    answer = await city(query, now=NOW)
    assert answer.errors == []
    assert answer.data["complaintGroups"]["totals"] == figures(VISIBLE, NOW)


@pytest.mark.parametrize("viewed_at", [NOW, NOW + timedelta(days=4), NOW - timedelta(days=3, hours=7)])
async def test_late_is_late_at_every_moment(city: City, viewed_at: datetime) -> None:
    answer = await city("{ complaintGroups { totals { overdueCount greenCount yellowCount } } }", now=viewed_at)
    assert answer.errors == []
    expected = figures(VISIBLE, viewed_at)
    totals = answer.data["complaintGroups"]["totals"]
    assert totals == {name: expected[name] for name in ("overdueCount", "greenCount", "yellowCount")}


def before(groups: dict[Any, list[ComplaintTruth]], key: tuple[Any, Any, datetime]) -> int:
    month = (key[2] - timedelta(days=1)).replace(day=1)
    return len(groups.get((*key[:2], month), ()))


async def test_the_question_of_the_monthly_meeting_has_the_figures_of_the_truth(city: City) -> None:
    def key(truth: ComplaintTruth) -> tuple[Any, Any, datetime]:
        assert truth.requested_at is not None
        month = truth.requested_at.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0)
        return truth.department_code, truth.category_code, month

    since = NOW.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0) - timedelta(days=31)
    since = since.replace(day=1)
    everything, asked = by_key(key, REPORTED[0].min.replace(tzinfo=ZONE)), by_key(key, since)
    answer = await city(MEETING, now=NOW, since=since.isoformat())
    assert answer.errors == []
    found = answer.data["complaintGroups"]
    expected = {
        key: (
            len(truths),
            sum(urgency(truth, NOW) == "RED" for truth in truths),
            before(everything, key),
            times(truths, resolution),
        )
        for key, truths in asked.items()
    }
    for group in found["groups"]:
        start = datetime.fromisoformat(group["key"]["period"]["start"])
        count, overdue, previous, taken = expected[group["key"]["departmentCode"], group["key"]["categoryCode"], start]
        assert (group["count"], group["overdueCount"], group["previous"]["count"]) == (count, overdue, previous)
        assert group["timeToResolution"] == {name: taken[name] for name in ("medianWorkingHours", "p90WorkingHours")}
        assert group["key"]["period"]["label"] == f"{start:%Y-%m}"
    late = [group["overdueCount"] for group in found["groups"]]
    assert late == sorted((one[1] for one in expected.values()), reverse=True)[:20]
    assert late[0] > 0
    assert found["totals"] == {
        "count": sum(one[0] for one in expected.values()), "overdueCount": sum(one[1] for one in expected.values()),
    }  # fmt: skip
    # All, the overdue and the times, now and in the period before; categories are read once for all groups.
    assert answer.statements == {"complaints": 7}


async def test_groups_can_be_chosen_and_sorted_by_these_figures(city: City) -> None:
    hours = {
        channel: sorted(one["hours"].expected for truth in truths if (one := resolution(truth)) is not None)
        for channel, truths in by_key(lambda truth: truth.channel).items()
    }
    medians = sorted((median(found), channel) for channel, found in hours.items())
    bound = medians[len(medians) // 2][0]
    answer = await city(
        """
        query ($bound: Float!) {
          complaintGroups(by: [CHANNEL], having: {timeToResolutionMedianHours: {gt: $bound}, overdueCount: {gte: 1}},
              orderBy: [{timeToResolutionMedianHours: DESC}]) { groups { key { channel } } groupsCount } }
        """,
        now=NOW,
        bound=bound + 0.001,
    )
    assert answer.errors == []
    found = answer.data["complaintGroups"]
    expected = [channel for hours, channel in reversed(medians) if hours > bound + 0.001]
    assert [group["key"]["channel"] for group in found["groups"]] == expected
    assert found["groupsCount"] == len(expected) > 0


async def test_a_city_without_limits_has_no_overdue_and_does_not_ask(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.catalog, "city", replace(city.catalog.city, complaint_limits=None))
    answer = await city("{ complaintGroups { totals { count overdueCount greenCount } } }", now=NOW)
    assert answer.errors == []
    assert answer.data["complaintGroups"]["totals"] == {"count": len(VISIBLE), "overdueCount": None, "greenCount": None}
    assert answer.statements == {"complaints": 1}


async def test_a_filter_that_leads_elsewhere_holds_for_times_as_well(city: City) -> None:
    """What takes time is read of another record than what is counted: a filter must mean the same for both."""
    asked = """
      query ($kind: String, $district: AreaCode) {
        complaintGroups(filter: {category: {name: {eq: $kind}}, area: {code: {eq: $district}}}) {
          totals { count overdueCount timeToFirstResponse { known } timeToResolution { known medianHours } } } }
    """
    (code, name), village = next((kind.code, kind.name) for kind in CATEGORIES), VISIBLE[0].area_code
    answer = await city(asked, now=NOW, kind=name, district=village)
    assert answer.errors == []
    expected = figures([one for one in VISIBLE if one.category_code == code and one.area_code == village], NOW)
    assert expected["count"] > 0
    totals = answer.data["complaintGroups"]["totals"]
    assert (totals["count"], totals["overdueCount"]) == (expected["count"], expected["overdueCount"])
    assert totals["timeToFirstResponse"]["known"] == expected["timeToFirstResponse"]["known"]
    resolved = expected["timeToResolution"]
    assert totals["timeToResolution"] == {name: resolved[name] for name in ("known", "medianHours")}
