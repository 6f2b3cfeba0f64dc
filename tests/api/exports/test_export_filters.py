"""Random filters give the same rows in an export as in plain Python over the truth."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from models.policy.viewer import Role
from tests.api.exports.walking import csv_rows, ndjson_rows
from tests.api.hub import Running
from tests.graph.filters import Filter, satisfies
from tests.graph.test_filters import CASES, LISTINGS
from tests.slow import examples


@given(case=CASES)
@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
async def test_random_filters_export_exactly_what_python_says(hub: Running, case: tuple[str, Filter]) -> None:
    listing, filtered = LISTINGS[case[0]], case[1]
    expected = {str(row[listing.key]) for row in listing.rows if satisfies(row, filtered)}
    body = {"filter": filtered, "fields": [listing.key]}
    headers = hub.bearer(Role.OFFICER, "dpupr")
    lines = await hub.client.post(f"/export/{listing.field}.ndjson", json=body, headers=headers)
    table = await hub.client.post(f"/export/{listing.field}.csv", json=body, headers=headers)
    keys = [row[listing.key] for row in ndjson_rows(lines.content)]
    assert (lines.status_code, table.status_code) == (200, 200)
    assert len(set(keys)) == len(keys)
    assert set(keys) == expected
    assert csv_rows(table.content) == [[listing.key], *([key] for key in keys)]


async def test_complaints_are_exported_by_their_limits_with_the_columns_that_follow_from_them(hub: Running) -> None:
    fields = ["ticketNumber", "dueAt", "isOverdue", "urgency", "urgencyLabel", "lastChangeAt"]
    filtered = '{isOverdue: {eq: true}, lastChangeAt: {gte: "2026-09-01T00:00:00+07:00"}}'
    question = f"""{{ complaints(first: 100, filter: {filtered}, orderBy: [{{dueAt: ASC}}]) {{
        totalCount nodes {{ {" ".join(fields)} }} }} }}"""
    page = (await hub.client.post("/graphql", json={"query": question})).json()["data"]["complaints"]
    asked = {"filter": filtered, "orderBy": "[{dueAt: ASC}]", "fields": ",".join(fields)}
    lines = ndjson_rows((await hub.client.get("/export/complaints.ndjson", params=asked)).content)
    table = csv_rows((await hub.client.get("/export/complaints.csv", params=asked)).content)
    assert len(lines) == page["totalCount"] > 50
    assert lines[: len(page["nodes"])] == page["nodes"]
    assert table[0] == fields
    assert [row[0] for row in table[1:]] == [line["ticketNumber"] for line in lines]
    assert {(row[2], row[3]) for row in table[1:]} == {("true", "RED")}
