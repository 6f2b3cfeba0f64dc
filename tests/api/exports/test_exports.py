"""Exports are the graph's lists: the same rows, the same policy, in four forms, on every engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.exports import chunks
from api.exports.collections import COLLECTIONS
from models.policy.viewer import Role
from sample.city import SIZES
from sample.complaints.source import generate
from tests.api.exports.walking import csv_rows, exported, in_csv, leaf, ndjson_rows, sheet_rows, walked
from tests.api.hub import NO_HEADERS, Running, codes_of

PUBLIC = sorted(name for name in COLLECTIONS if name not in ("admissionApplications", "incidents"))
OF_FILES = ("alerts", "commodities", "events", "marketPrices", "markets", "schools", "services")
DETAIL = "id,ticketNumber,status,requestedAt,area.name,category.code,department.abbreviation,description,reporterNik"


def officer(hub: Running) -> dict[str, str]:
    return {**hub.bearer(Role.OFFICER, "dpupr"), "hub-purpose": "COMPLAINT_HANDLING"}


@pytest.mark.parametrize("name", PUBLIC)
async def test_every_form_of_every_collection_is_the_walk_over_its_pages(
    whole: Running, databases: dict[str, str], name: str
) -> None:
    collection = COLLECTIONS[name]
    if databases and name in OF_FILES:
        # It comes from files, whichever engine the city's databases are on: seen on the first is seen on all.
        return
    names = [column.name for column in collection.columns]
    rows = await walked(whole, name, names, NO_HEADERS)
    assert rows != []
    assert ndjson_rows((await exported(whole, f"{name}.ndjson")).content) == rows
    flat = [[leaf(row, one) for one in names] for row in rows]
    assert csv_rows((await exported(whole, f"{name}.csv")).content) == [
        names,
        *([in_csv(value) for value in row] for row in flat),
    ]
    if collection.located_by is None:
        assert (await whole.client.get(f"/export/{name}.geojson")).status_code == 404
        return
    features = json.loads((await exported(whole, f"{name}.geojson")).content)["features"]
    assert [feature["properties"]["id"] for feature in features] == [row["id"] for row in rows]
    assert [feature["geometry"] for feature in features] == [
        None
        if row["position"] is None
        else {"type": "Point", "coordinates": [row["position"]["longitude"], row["position"]["latitude"]]}
        for row in rows
    ]


async def test_an_officer_takes_away_what_the_graph_shows_an_officer(whole: Running) -> None:
    names = DETAIL.split(",")
    headers = officer(whole)
    rows = await walked(whole, "complaints", names, headers)
    body = (await exported(whole, f"complaints.ndjson?fields={DETAIL}", headers)).content
    assert ndjson_rows(body) == rows
    assert any(row["description"] is not None for row in rows)


async def test_a_filter_and_an_order_are_those_of_the_graph(whole: Running) -> None:
    arguments: dict[str, Any] = {
        "filter": {"status": {"eq": "OPEN"}, "requestedAt": {"gte": "2026-01-01T00:00:00+07:00"}},
        "orderBy": [{"requestedAt": "DESC"}],
    }
    names = ["ticketNumber", "area.code", "area.name"]
    rows = await walked(whole, "complaints", names, NO_HEADERS, **arguments)
    literal = 'filter={status:{eq:OPEN},requestedAt:{gte:"2026-01-01T00:00:00%2B07:00"}}&orderBy={requestedAt:DESC}'
    found = await exported(whole, f"complaints.ndjson?{literal}&fields={','.join(names)}")
    assert ndjson_rows(found.content) == rows
    posted = await whole.client.post("/export/complaints.ndjson", json={**arguments, "fields": names})
    assert posted.content == found.content
    assert len(rows) > 100


async def test_a_workbook_has_the_same_cells(whole: Running) -> None:
    names = "ticketNumber,status,requestedAt,position.latitude,area.name"
    header, *rows = sheet_rows((await exported(whole, f"complaints.xlsx?fields={names}")).content)
    assert header == names.split(",")
    expected = await walked(whole, "complaints", header, NO_HEADERS)
    assert rows == [["" if (value := leaf(row, one)) is None else value for one in header] for row in expected]


async def test_the_export_is_the_truth(whole: Running) -> None:
    """Without the graph between: what the city's clean truth says that everybody may read."""
    cases = [case.truth for case in generate(SIZES["small"]) if case.alive]
    open_to_all = [truth for truth in cases if truth.publication in ("PUBLIC", "ANONYMOUS")]
    rows = ndjson_rows((await exported(whole, "complaints.ndjson?fields=ticketNumber,status")).content)
    assert [(row["ticketNumber"], row["status"]) for row in rows] == [
        (truth.ticket_number, truth.status) for truth in open_to_all
    ]


async def test_rows_come_in_more_than_one_chunk(whole: Running) -> None:
    rows = ndjson_rows((await exported(whole, "complaints.ndjson?fields=id")).content)
    assert len(rows) > chunks.CHUNK_ROWS
    assert len({row["id"] for row in rows}) == len(rows)


async def test_times_in_an_export_carry_the_offset_of_the_city(whole: Running) -> None:
    _, *rows = csv_rows((await exported(whole, "complaints.csv?fields=requestedAt")).content)
    times = [row[0] for row in rows if row and row[0]]
    assert len(times) > 1000
    assert {time[-6:] for time in times} == {"+07:00"}


async def test_what_a_role_may_not_read_is_refused_before_the_first_byte(whole: Running) -> None:
    for path in (
        "complaints.csv?fields=reporterNik",
        "admissionApplications.csv",
        "complaints.ndjson?fields=description",
    ):
        answer = await whole.client.get(f"/export/{path}")
        assert (answer.status_code, codes_of(answer)) == (403, ["FORBIDDEN"])
