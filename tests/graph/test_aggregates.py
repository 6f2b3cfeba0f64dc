"""Aggregates: groups, totals, series and comparisons are those of the clean truth, on each engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import resolvers.records
from models.complaints import Complaint
from sample.city import SIZES
from sample.complaints.source import generate
from tests.graph.figures import CITY_ZONE, CLOCK_PARTS, DIMENSIONS, ZONES, Truth
from tests.graph.filters import Filter, filters_of, graph_name, plain, satisfies
from tests.graph.harness import City
from tests.slow import examples

VISIBLE = [
    case.truth for case in generate(SIZES["small"]) if case.alive and case.truth.publication in ("PUBLIC", "ANONYMOUS")
]
ROWS = [
    {graph_name(name): plain(getattr(one, name)) for name in Complaint.fields if hasattr(one, name)} for one in VISIBLE
]
TRUTH = Truth(VISIBLE)
UNITS = ("HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
SHOWN_MAX = 1_000

GROUPS = """
query Groups($by: [ComplaintDimension!], $level: AreaLevel, $bucket: ComplaintBucket, $filter: ComplaintFilter) {
  complaintGroups(by: $by, areaLevel: $level, bucket: $bucket, filter: $filter, first: 1000) {
    groups {
      key { hourOfDay weekday categoryCode status statusDetail publication channel areaCode departmentCode
            period { start } }
      count share countDistinct { area } requestedAt { known min max }
    }
    totals { count countDistinct { area } requestedAt { known min max } } groupsCount isComplete
  }
}
"""


def key_of(group: dict[str, Any], by: list[str], unit: str | None) -> tuple[Any, ...]:
    key = group["key"]
    values = [key[graph_name(DIMENSIONS.get(name, name.lower()))] for name in by]
    if unit is not None:
        start = key["period"]["start"]
        values.append(datetime.fromisoformat(start).strftime("%Y-%m-%dT%H:%M") if start is not None else None)
    return tuple(values)


Case = tuple[list[str], str | None, str | None, str, Filter]

CASES: st.SearchStrategy[Case] = st.tuples(
    st.lists(st.sampled_from(sorted({*DIMENSIONS, *CLOCK_PARTS})), unique=True, max_size=3),
    st.sampled_from([None, "DISTRICT", "CITY"]),
    st.sampled_from([None, *UNITS]),
    st.sampled_from(ZONES),
    st.one_of(st.just({}), filters_of(Complaint, ROWS)),
)


@given(case=CASES)
@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.too_slow])
async def test_random_groups_are_those_of_the_truth(city: City, case: Case) -> None:
    by, level, unit, zone, where = case
    rows = [at for at, row in enumerate(ROWS) if satisfies(row, where)]
    expected = TRUTH.groups(rows, by, level, unit, zone)
    if not by and unit is None and not rows:
        # SQL answers a question without groups with a row of zeros; the hub shows no group of nothing.
        expected = {}
    bucket = {"field": "REQUESTED_AT", "unit": unit, "timeZone": zone} if unit is not None else None
    answer = await city(GROUPS, by=by, level=level, bucket=bucket, filter=where)
    assert answer.errors == []
    found = answer.data["complaintGroups"]
    shown = {key_of(group, by, unit): (group["count"], group["countDistinct"]["area"]) for group in found["groups"]}
    assert found["groupsCount"] == len(expected)
    assert found["isComplete"] is (len(expected) <= SHOWN_MAX)
    assert len(shown) == min(len(expected), SHOWN_MAX)
    assert shown == {key: expected[key] for key in shown}
    assert found["totals"]["count"] == len(rows)
    assert found["totals"]["countDistinct"]["area"] == len({ROWS[at]["areaCode"] for at in rows} - {None})
    moments = TRUTH.moments(rows, by, level, unit, zone)
    assert all(group["requestedAt"] == moments[key_of(group, by, unit)] for group in found["groups"])
    assert found["totals"]["requestedAt"] == TRUTH.moments(rows, [], None, None, zone)[()]
    assert all(group["share"] == group["count"] / len(rows) for group in found["groups"])
    assert set(answer.statements) == {"complaints"} if rows else True


async def test_groups_add_up_to_the_pages(city: City) -> None:
    """Trap 15: what is counted by groups is what one finds by going through all pages."""
    query = """
    query ($after: String) { complaints(first: 100, after: $after, filter: {status: {eq: OPEN}}) {
      nodes { channel category { code } } pageInfo { hasNextPage endCursor } } }
    """
    counted: Counter[tuple[Any, Any]] = Counter()
    after = None
    while True:
        page = (await city(query, after=after)).data["complaints"]
        counted.update((node["channel"], (node["category"] or {}).get("code")) for node in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    answer = await city(
        "{ complaintGroups(by: [CHANNEL, CATEGORY], first: 1000, filter: {status: {eq: OPEN}}) "
        "{ groups { key { channel categoryCode } count } totals { count } } }"
    )
    groups = answer.data["complaintGroups"]
    assert {(one["key"]["channel"], one["key"]["categoryCode"]): one["count"] for one in groups["groups"]} == dict(
        counted
    )
    assert groups["totals"]["count"] == counted.total() > 0
    assert answer.statements == {"complaints": 1}


SERIES = """
query Series($filter: ComplaintFilter, $unit: BucketUnit!) {
  complaintGroups(by: [STATUS], bucket: {field: REQUESTED_AT, unit: $unit}, filter: $filter) {
    series { key { status } t v }
  }
}
"""


@pytest.mark.parametrize("unit", ["DAY", "WEEK", "MONTH"])
async def test_a_series_has_no_gaps(city: City, unit: str) -> None:
    """Buckets from the beginning of the range to its end, empty ones too: here a year before anything was reported."""
    start, end = "2023-12-30T05:00:00+07:00", "2025-03-01T00:00:00+07:00"
    where = {"requestedAt": {"gte": start, "lt": end}}
    answer = await city(SERIES, filter=where, unit=unit)
    rows = [at for at, row in enumerate(ROWS) if satisfies(row, where)]
    expected = TRUTH.groups(rows, ["STATUS"], None, unit, CITY_ZONE)
    series = answer.data["complaintGroups"]["series"]
    moments = {
        "DAY": ("2023-12-30", "2025-02-28", 427), "WEEK": ("2023-12-25", "2025-02-24", 62),
        "MONTH": ("2023-12-01", "2025-02-01", 15),
    }  # fmt: skip
    first, last, count = moments[unit]
    assert {one["key"]["status"] for one in series} == {key[0] for key in expected}
    for one in series:
        assert (one["t"][0], one["t"][-1], len(one["t"])) == (
            f"{first}T00:00:00+07:00",
            f"{last}T00:00:00+07:00",
            count,
        )
        told = dict(zip((t[:16] for t in one["t"]), one["v"], strict=True))
        assert {t: v for t, v in told.items() if v} == {
            key[1]: number for key, (number, _) in expected.items() if key[0] == one["key"]["status"]
        }


COMPARED = """
query Compared($filter: ComplaintFilter, $bucket: ComplaintBucket, $to: GroupComparison!) {
  complaintGroups(by: [STATUS], filter: $filter, bucket: $bucket, compareTo: $to, first: 1000) {
    groups { key { status period { start } } count previous { count } } totals { count previous { count } }
  }
}
"""


def counted(chosen: Callable[[datetime], bool]) -> Counter[object]:
    """How many complaints of each status were reported when."""
    return Counter(
        row["status"] for row in ROWS if isinstance(row["requestedAt"], datetime) and chosen(row["requestedAt"])
    )


@pytest.mark.parametrize(
    ("start", "end", "to", "earlier_start", "earlier_end"),
    [
        ("2026-03-01", "2026-04-01", "PREVIOUS_PERIOD", "2026-02-01", "2026-03-01"),  # whole months, of other lengths
        ("2026-01-01", "2026-04-01", "PREVIOUS_PERIOD", "2025-10-01", "2026-01-01"),
        ("2026-03-01", "2026-03-11", "PREVIOUS_PERIOD", "2026-02-19", "2026-03-01"),  # ten days
        ("2026-02-01", "2026-03-01", "PREVIOUS_YEAR", "2025-02-01", "2025-03-01"),
    ],
)
async def test_a_range_is_compared_with_the_one_before(
    city: City, start: str, end: str, to: str, earlier_start: str, earlier_end: str
) -> None:
    def between(first: str, last: str) -> Counter[object]:
        lower, upper = (datetime.fromisoformat(f"{day}T00:00:00+07:00") for day in (first, last))
        return counted(lambda at: lower <= at < upper)

    where = {"requestedAt": {"gte": f"{start}T00:00:00+07:00", "lt": f"{end}T00:00:00+07:00"}}
    answer = await city(COMPARED, filter=where, to=to)
    now, before = between(start, end), between(earlier_start, earlier_end)
    found = answer.data["complaintGroups"]
    assert {one["key"]["status"]: (one["count"], one["previous"]["count"]) for one in found["groups"]} == {
        status: (number, before[status]) for status, number in now.items()
    }
    assert found["totals"] == {"count": now.total(), "previous": {"count": before.total()}}
    assert before.total() > 0
    assert answer.statements == {"complaints": 2}


async def test_buckets_are_compared_with_those_before(city: City) -> None:
    """A month with the month before, and with the same month a year before; a range without an end goes on to now."""
    by_month = Counter(
        (row["status"], row["requestedAt"].strftime("%Y-%m"))
        for row in ROWS
        if isinstance(row["requestedAt"], datetime)
    )
    for to, months in (("PREVIOUS_PERIOD", 1), ("PREVIOUS_YEAR", 12)):
        answer = await city(
            COMPARED, to=to, bucket={"field": "REQUESTED_AT", "unit": "MONTH"},
            filter={"requestedAt": {"gte": "2026-01-01T00:00:00+07:00"}},
        )  # fmt: skip
        found = answer.data["complaintGroups"]
        assert found["groups"]
        for one in found["groups"]:
            status, month = one["key"]["status"], one["key"]["period"]["start"][:7]
            year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - months, 12)
            assert one["count"] == by_month[status, month]
            assert one["previous"]["count"] == by_month[status, f"{year:04}-{number + 1:02}"]
        shown = {one["key"]["period"]["start"][:7] for one in found["groups"]}
        assert found["totals"]["count"] == sum(n for (_, month), n in by_month.items() if month in shown)


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"status": {"eq": "OPEN"}},
        {"requestedAt": {"lt": "2026-01-01T00:00:00+07:00"}},
        {"or": [{"requestedAt": {"gte": "2026-01-01T00:00:00+07:00"}}, {"status": {"eq": "OPEN"}}]},
        {
            "requestedAt": {"gte": "2026-01-01T00:00:00+07:00"},
            "not": {"requestedAt": {"gte": "2026-02-01T00:00:00+07:00"}},
        },
    ],
)
async def test_nothing_is_compared_without_a_range(city: City, where: Filter) -> None:
    answer = await city(COMPARED, filter=where, to="PREVIOUS_PERIOD")
    assert answer.codes == [("BAD_INPUT", "complaintGroups")]
    assert answer.statements == {}


async def test_keys_lead_to_what_they_are_keys_of_in_one_statement_each(city: City) -> None:
    answer = await city(
        """
        { complaintGroups(by: [AREA, CATEGORY, DEPARTMENT], areaLevel: DISTRICT, first: 1000) { groups {
            key { area { code level } areaCode category { code name } categoryCode
                  department { code abbreviation } departmentCode } } } }
        """
    )
    assert answer.statements == {"complaints": 2, "areas": 1}
    keys = [group["key"] for group in answer.data["complaintGroups"]["groups"]]
    for name in ("area", "category", "department"):
        codes = {key[f"{name}Code"] for key in keys}
        assert len(codes) > 5
        assert {(key[f"{name}Code"], (key[name] or {}).get("code")) for key in keys} == {(code, code) for code in codes}
    assert {key["area"]["level"] for key in keys if key["area"]} == {"DISTRICT"}


async def test_groups_are_had_sorted_and_cut(city: City) -> None:
    query = """
    { all: complaintGroups(by: [CATEGORY], first: 1000) { groups { key { categoryCode } count } }
      some: complaintGroups(by: [CATEGORY], having: {count: {gte: 100, lt: 400}}, orderBy: [{count: ASC}], first: 2) {
        groups { key { categoryCode } count } groupsCount isComplete totals { count } } }
    """
    answer = await city(query)
    everything, some = answer.data["all"]["groups"], answer.data["some"]
    assert [one["count"] for one in everything] == sorted((one["count"] for one in everything), reverse=True)
    kept = sorted((one for one in everything if 100 <= one["count"] < 400), key=lambda one: one["count"])
    assert len(kept) > 2
    assert some["groups"] == kept[:2]
    assert (some["groupsCount"], some["isComplete"]) == (len(kept), False)
    assert some["totals"]["count"] == len(ROWS)


async def test_what_is_not_shown_is_one_more_group_with_all_figures(city: City) -> None:
    """Its figures are those of the rows that lie in no shown group, which are asked for by a filter here."""
    figures = "count share overdueCount countDistinct { area } timeToFirstResponse { known medianHours }"
    compared = f"{{ {figures} previous {{ count overdueCount }} }}"
    query = """
    query ($rest: ComplaintFilter, $span: ComplaintFilter) {{
      shown: complaintGroups(by: [CATEGORY], first: 4, filter: $span, compareTo: PREVIOUS_PERIOD) {{
        groups {{ key {{ categoryCode }} count }} totals {{ count }} others {compared} }}
      rest: complaintGroups(filter: $rest, compareTo: PREVIOUS_PERIOD) {{ totals {compared} others {{ count }} }}
    }}"""
    span = {"requestedAt": {"gte": "2026-01-01T00:00:00+07:00", "lt": "2026-04-01T00:00:00+07:00"}}
    some = (await city(query.format(compared=compared), span=span, rest=span)).data["shown"]
    codes = [group["key"]["categoryCode"] for group in some["groups"]]
    answer = await city(
        query.format(compared=compared), span=span, rest={**span, "not": {"categoryCode": {"in": codes}}}
    )
    assert answer.errors == []
    shown, rest = answer.data["shown"], answer.data["rest"]
    counted = rest["totals"]["count"]
    assert shown["others"] == {**rest["totals"], "share": counted / shown["totals"]["count"]}
    assert sum(group["count"] for group in shown["groups"]) + counted == shown["totals"]["count"]
    assert min(counted, shown["others"]["previous"]["count"], len(codes)) > 3
    assert rest["others"] is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("by: [STATUS, STATUS]", "BAD_INPUT"),
        ("by: [STATUS, CHANNEL, AREA, CATEGORY, DEPARTMENT]", "BAD_INPUT"),
        ("first: 1001", "BAD_INPUT"),
        ("areaLevel: UNKNOWN", "BAD_INPUT"),
        ('bucket: {field: REQUESTED_AT, unit: DAY, timeZone: "Mars/Olympus"}', "BAD_INPUT"),
        ('bucket: {field: REQUESTED_AT, unit: DAY, timeZone: "../etc/passwd"}', "BAD_INPUT"),
        ("orderBy: [{count: ASC}, {count: DESC}]", "BAD_INPUT"),
        ("having: {count: {gte: null}}", "BAD_INPUT"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_asked(city: City, arguments: str, code: str) -> None:
    answer = await city(f"{{ complaintGroups({arguments}) {{ totals {{ count }} }} }}")
    assert answer.codes == [(code, "complaintGroups")]
    assert answer.statements == {}


async def test_ends_of_too_many_moments_are_refused_and_a_filter_helps(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.records, "RAW_GROUPS_MAX", 500)
    query = "query ($f: ComplaintFilter) { complaintGroups(by: [STATUS], filter: $f) { totals { %s } } }"
    assert (await city(query % "count")).data["complaintGroups"]["totals"] == {"count": len(ROWS)}
    refused = await city(query % "requestedAt { max }")
    assert refused.codes == [("TOO_EXPENSIVE", "complaintGroups")]
    last = max(row["requestedAt"] for row in ROWS if isinstance(row["requestedAt"], datetime))
    since = last - timedelta(days=3)
    answer = await city(query % "requestedAt { max }", f={"requestedAt": {"gte": since.isoformat()}})
    assert answer.errors == []
    assert answer.data["complaintGroups"]["totals"] == {"requestedAt": {"max": last.isoformat()}}
