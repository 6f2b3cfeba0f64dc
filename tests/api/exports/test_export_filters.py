"""Random filters give the same rows in an export as in plain Python over the truth."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from models.viewer import Role
from tests.api.exports.walking import csv_rows, ndjson_rows
from tests.api.hub import Running
from tests.graph.filters import Filter, satisfies
from tests.graph.test_filters import CASES, LISTINGS


@given(case=CASES)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
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
