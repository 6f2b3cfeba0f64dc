"""Files that people can read as they come: names beside codes, a language, an order, so many rows, and aggregates."""

from __future__ import annotations

import math

import pytest

from api.exports import chunks
from api.exports.collections import COLLECTIONS
from models.values.localized import Language
from tests.api.exports.walking import csv_rows, exported, leaf, ndjson_rows, sheet_rows, walked
from tests.api.hub import NO_HEADERS, Running, errors_of

NAMES = {
    "complaints": ("category", "department", "area"),
    "licenses": ("type", "area"),
    "beds": ("hospital",),
    "schools": ("area",),
    "areas": ("parent",),
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_without_a_wish_has_the_names_beside_the_codes(whole: Running, name: str) -> None:
    header, *rows = csv_rows((await exported(whole, f"{name}.csv")).content)
    shown = [dict(zip(header, row, strict=True)) for row in rows]
    for other in NAMES[name]:
        pairs = {(row[f"{other}.code"], row[f"{other}.name"]) for row in shown}
        listed = await walked(whole, name, [f"{other}.code", f"{other}.name"], NO_HEADERS)
        assert pairs == {(leaf(row, f"{other}.code") or "", leaf(row, f"{other}.name") or "") for row in listed}
        assert len({code for code, called in pairs if called}) > 1


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
async def test_an_address_says_the_language(whole: Running, form: str) -> None:
    for language, word in ((Language.ID, "Ditutup"), (Language.EN, "Closed")):
        found = await exported(whole, f"complaints.{form}?fields=statusLabel&limit=1&lang={language.value}")
        first = {"csv": csv_rows, "xlsx": sheet_rows, "ndjson": ndjson_rows}[form](found.content)[-1]
        assert first in ([word], {"statusLabel": word})
    refused = await whole.client.get("/export/complaints.csv?lang=jv")
    assert (refused.status_code, errors_of(refused)) == (400, [("BAD_REQUEST", '"lang" must be id / en.')])


@pytest.mark.parametrize("limit", [1, 7, 1_999, 2_000, 2_001, 3_000, 100_000])
async def test_a_limit_takes_the_first_rows_and_pays_for_them_alone(whole: Running, limit: int) -> None:
    everything = ndjson_rows((await exported(whole, "complaints.ndjson?fields=id&sort=-requestedAt")).content)
    assert len(everything) > chunks.CHUNK_ROWS
    before = charged(whole)
    some = await exported(whole, f"complaints.ndjson?fields=id&sort=-requestedAt&limit={limit}&summary=1")
    rows = ndjson_rows(some.content)
    assert rows[:-1] == everything[:limit]
    assert rows[-1] == {"hub": {"rows": min(limit, len(everything)), "complete": True}}
    assert ("etag" in some.headers) == (limit <= chunks.CHUNK_ROWS)
    if limit <= chunks.CHUNK_ROWS:
        assert charged(whole) - before == 10 + math.ceil(limit / chunks.ROWS_PER_UNIT)


def charged(hub: Running) -> float:
    """All units that strangers were charged."""
    metrics = hub.hub.operations.telemetry.metrics.registry
    return metrics.get_sample_value("simpul_budget_units_total", {"budget": "anonymous"}) or 0.0


async def test_a_sort_is_the_order_of_the_graph(whole: Running) -> None:
    order = [{"area": {"name": "DESC"}}, {"requestedAt": "ASC"}]
    expected = await walked(whole, "complaints", ["id"], NO_HEADERS, orderBy=order)
    assert ndjson_rows((await exported(whole, "complaints.ndjson?fields=id&sort=-area.name,requestedAt")).content) == (
        expected
    )
    posted = await whole.client.post("/export/complaints.ndjson", json={"fields": ["id"], "orderBy": order})
    assert ndjson_rows(posted.content) == expected


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("limit=0", ("BAD_REQUEST", '"limit" must be > 0.')),
        ("limit=many", ("BAD_REQUEST", '"limit" must be > 0.')),
        (
            "sort=requestedAt&orderBy={requestedAt:ASC}",
            ("BAD_REQUEST", 'Sort by "sort" or by "orderBy", not by both.'),
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(whole: Running, asked: str, error: tuple[str, str]) -> None:
    answer = await whole.client.get(f"/export/complaints.csv?{asked}")
    assert (answer.status_code, errors_of(answer)) == (400, [error])


async def test_beds_are_a_collection(whole: Running) -> None:
    rows = ndjson_rows((await exported(whole, "beds.ndjson?sort=-available")).content)
    asked = "{ hospitals(first: 100) { nodes { code beds { careClass capacity available } } } }"
    hospitals = (await whole.ask(asked)).json()["data"]["hospitals"]["nodes"]
    beds = {
        (one["code"], bed["careClass"], bed["capacity"], bed["available"]) for one in hospitals for bed in one["beds"]
    }
    told = [(leaf(row, "hospital.code"), row["careClass"], row["capacity"], row["available"]) for row in rows]
    assert {one for one in told if one[0]} == beds
    known = [one[3] for one in told if one[3] is not None]
    assert known == sorted(known, reverse=True)
    assert len(beds) > 50


async def test_groups_are_a_file_in_every_form(whole: Running) -> None:
    asked = "complaintGroups.{}?by=CATEGORY,STATUS&filter={{status:{{eq:OPEN}}}}&lang=id"
    query = """{ complaintGroups(by: [CATEGORY, STATUS], filter: {status: {eq: OPEN}}, first: 1000) { groups {
        key { categoryCode category { name } status statusLabel } count share } } }"""
    answer = await whole.ask(query, {"accept-language": "id"})
    groups = answer.json()["data"]["complaintGroups"]["groups"]
    assert ndjson_rows((await exported(whole, asked.format("ndjson"))).content) == groups
    names = ["key.categoryCode", "key.category.name", "key.status", "key.statusLabel", "count", "share"]
    cells = [[leaf(group, name) for name in names] for group in groups]
    assert csv_rows((await exported(whole, asked.format("csv"))).content) == [
        names,
        *(["" if one is None else str(one) for one in row] for row in cells),
    ]
    header, *rows = sheet_rows((await exported(whole, asked.format("xlsx"))).content)
    # A workbook keeps 16 digits of a number.
    assert header == names
    assert rows == [
        ["" if one is None else one if isinstance(one, str) else pytest.approx(one) for one in row] for row in cells
    ]
    assert (await whole.client.get("/export/complaintGroups.geojson?by=STATUS")).status_code == 404
    assert len(groups) > 10


async def test_beds_by_class_have_their_sums(whole: Running) -> None:
    rows = ndjson_rows((await exported(whole, "bedAvailabilityGroups.ndjson?by=CARE_CLASS&sort=-count")).content)
    beds = ndjson_rows((await exported(whole, "beds.ndjson")).content)
    for row in rows:
        of_class = [bed["available"] for bed in beds if bed["careClass"] == row["key"]["careClass"]]
        assert (row["count"], row["available"]["sum"]) == (
            len(of_class),
            sum(one for one in of_class if one is not None),
        )
    assert len(rows) == len(COLLECTIONS["beds"].column("careClass").vocabulary.values)  # type: ignore[union-attr]


async def test_groups_that_a_file_cannot_hold_are_refused_and_not_cut(whole: Running) -> None:
    path = "/export/complaintGroups.csv?by=CATEGORY,AREA,CHANNEL"
    refused = await whole.client.get(path)
    ((code, message),) = errors_of(refused)
    assert (refused.status_code, code) == (400, "TOO_EXPENSIVE")
    assert message.endswith("and a file holds 1000: group by less, filter, or say with limit how many.")
    assert len(csv_rows((await exported(whole, f"{path.removeprefix('/export/')}&limit=5")).content)) == 1 + 5
