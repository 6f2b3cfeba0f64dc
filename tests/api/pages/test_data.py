"""The pages of collections: what the graph says, filtered, page by page, and the same rows for programs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from graphql import parse, validate

from api.exports.collections import COLLECTIONS
from api.exports.groupings import GROUPINGS
from api.pages.data.points_map import points_map
from api.pages.data.previews import HEADINGS, PREVIEWS, heading_of
from api.pages.data.programs import Programs
from connectors.protocol import SourceUnreachable
from models.values.localized import Language
from models.values.types import AreaCode
from resolvers.areas.geography import Polygons
from schema.build import SCHEMA
from tests.api.exports.walking import csv_rows, exported, leaf, walked
from tests.api.hub import NO_HEADERS, Running, running, whole_city
from tests.small_city import small_city

ROWS = 50


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    small_city(folder)
    return folder


@pytest.fixture(scope="module")
async def whole(city: Path, database: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A hub over all subjects."""
    with whole_city(city, database, tmp_path_factory.mktemp("own")) as environ:
        async with running(environ) as started:
            yield started


async def page(hub: Running, path: str, language: str = "en", status: int = 200) -> str:
    shown = await hub.client.get(path, headers={"accept-language": language})
    assert shown.status_code == status
    return shown.text


def first_cells(text: str) -> list[str]:
    """The first cell of each row."""
    return [unescape(found) for found in re.findall(r'<tr id="row-\d+" role="row"><td[^>]*>([^<]*)</td>', text)]


def told(text: str) -> list[str]:
    """The errors on a page."""
    return re.findall(r'class="error"[^>]*>([^<]*)<', text)


def total_of(text: str) -> int:
    found = re.search(r'id="found-title">[^<]*<span class="badge">([^<]+)</span>', text)
    assert found is not None, told(text)
    return int(found[1].replace(",", ""))


def link(text: str, words: str) -> str:
    found = re.search(rf'<a (?:class="button" )?href="([^"]+)"[^>]*>{words}</a>', text)
    assert found is not None, words
    return unescape(found[1])


async def nodes(hub: Running, query: str, **variables: Any) -> Any:
    answer = (await hub.ask(query, **variables)).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_every_collection_that_everybody_may_read_has_a_page_with_words() -> None:
    assert set(PREVIEWS) == {name for name, one in COLLECTIONS.items() if not one.record.only_open}
    for name, preview in PREVIEWS.items():
        columns = [COLLECTIONS[name].column(column) for column in preview.columns]
        assert all(heading_of(column.name) in HEADINGS.values() for column in columns), name
        programs = Programs(COLLECTIONS[name], {}, "", Language.EN, "")
        counted = [dimension for dimension, _ in programs.counted()]
        assert counted == [
            dimension
            for one in GROUPINGS.values()
            if one.record is COLLECTIONS[name].record
            for dimension in one.dimensions
            if dimension != "PERIOD"
        ]


@pytest.mark.parametrize("name", PREVIEWS)
async def test_a_page_has_the_first_rows_and_their_number(whole: Running, name: str) -> None:
    preview, collection = PREVIEWS[name], COLLECTIONS[name]
    text = await page(whole, f"/data/{name}")
    field, descends = preview.sort.removeprefix("-"), preview.sort.startswith("-")
    types = f"($orderBy: {collection.arguments['orderBy']})"
    listed = (await nodes(
        whole, f"query Listed{types} {{ {name}(first: {ROWS}, orderBy: $orderBy) {{ totalCount nodes {{ id }} }} }}",
        orderBy=[{field: "DESC" if descends else "ASC"}],
    ))[name]  # fmt: skip
    assert (len(first_cells(text)), total_of(text)) == (len(listed["nodes"]), listed["totalCount"]), told(text)
    assert len(listed["nodes"]) > 0
    for form in ("csv", "ndjson", "xlsx"):
        assert f"/export/{name}.{form}?" in text
    assert (f"/export/{name}.geojson?" in text) == (name in ("complaints", "hospitals", "schools", "events", "areas"))


async def test_filters_are_those_of_the_graph_by_the_citys_days(whole: Running) -> None:
    names, order = ["ticketNumber", "area.code", "requestedAt"], [{"requestedAt": "ASC"}]
    where = {"status": {"eq": "OPEN"}, "requestedAt": {"gte": "2026-07-01T00:00:00+07:00"}}
    found = await walked(whole, "complaints", names, NO_HEADERS, filter=where, orderBy=order)
    there = [one for one in found if (leaf(one, "area.code") or "").startswith("36.71.05")]
    # The last day is one on which something was reported, which belongs to it.
    day = there[-2]["requestedAt"][:10]
    expected = [one["ticketNumber"] for one in there if one["requestedAt"][:10] <= day]
    asked = f"status=OPEN&requestedAt.from=2026-07-01&requestedAt.to={day}&area=36.71.05&sort=requestedAt"
    text = await page(whole, f"/data/complaints?{asked}")
    assert first_cells(text) == expected
    assert len(expected) > 1
    assert total_of(text) == len(expected)
    assert 'value="2026-07-01"' in text
    assert '<option value="36.71.05" selected>Cipondoh</option>' in text
    # The files and the programs take the same rows.
    file = csv_rows((await exported(whole, link(text, "CSV").removeprefix("/export/"))).content)
    assert [row[file[0].index("ticketNumber")] for row in file[1:]] == expected
    commands = [unescape(one) for one in re.findall(r'<pre tabindex="0" class="command"[^>]*>([^<]*)</pre>', text)]
    body = json.loads(shlex.split(commands[1])[-1])
    answered = (await whole.client.post("/graphql", json=body)).json()["data"]["complaints"]["nodes"]
    assert [one["ticketNumber"] for one in answered] == expected
    opened = parse_qs(urlsplit(link(text, "Open in the explorer")).fragment)
    assert validate(SCHEMA._schema, parse(opened["query"][0])) == []
    assert json.loads(opened["variables"][0]) == body["variables"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("complaints?categoryCode=K04", 'complaints(filter: {categoryCode: {eq: "K04"}})'),
        (
            "complaints?departmentCode=dlh&urgency=RED",
            'complaints(filter: {departmentCode: {eq: "dlh"}, urgency: {eq: RED}})',
        ),
        ("complaints?isOverdue=true", "complaints(filter: {isOverdue: {eq: true}})"),
        (
            "licenses?issuedAt.from=2026-01-01&issuedAt.to=2026-06-30",
            'licenses(filter: {issuedAt: {gte: "2026-01-01", lte: "2026-06-30"}})',
        ),
        ("beds?available.min=5&careClass=ICU", "beds(filter: {available: {gte: 5}, careClass: {eq: ICU}})"),
        ("events?name=kota", 'events(filter: {name: {contains: "kota"}})'),
        ("newsArticles?isHeadline=false", "newsArticles(filter: {isHeadline: {eq: false}})"),
        ("newsArticles?isHeadline=true", "newsArticles(filter: {isHeadline: {eq: true}})"),
    ],
)  # fmt: skip
async def test_each_kind_of_control_filters(whole: Running, path: str, query: str) -> None:
    name = path.partition("?")[0]
    expected = (await nodes(whole, f"{{ {query} {{ totalCount }} }}"))[name]["totalCount"]
    everything = total_of(await page(whole, f"/data/{name}"))
    assert total_of(await page(whole, f"/data/{path}")) == expected
    assert 0 < expected < everything


async def test_next_leads_through_all_rows_once(whole: Running) -> None:
    seen: list[str] = []
    path = "/data/hospitals?sort=-name"
    while path:
        text = await page(whole, path)
        seen += first_cells(text)
        found = re.search(r'<a href="([^"]+)" rel="next">', text)
        path = unescape(found[1]).partition("#")[0] if found else ""
        assert ("To the first rows" in text) == (len(seen) > ROWS)
    path = "/data/schools?sort=name&level=PRIMARY"
    pages = 0
    schools: list[str] = []
    while path:
        text, pages = await page(whole, path), pages + 1
        schools += first_cells(text)
        found = re.search(r'<a href="([^"]+)" rel="next">', text)
        path = unescape(found[1]).partition("#")[0] if found else ""
    listed = await nodes(whole, "{ hospitals(first: 100, orderBy: [{name: DESC}]) { nodes { code } } }")
    assert seen == [one["code"] for one in listed["hospitals"]["nodes"]]
    total = (await nodes(whole, "{ schools(filter: {level: {eq: PRIMARY}}) { totalCount } }"))["schools"]
    assert (len(schools), len(set(schools))) == (total["totalCount"], total["totalCount"])
    assert pages == -(-total["totalCount"] // ROWS) > 1


@pytest.mark.parametrize(
    ("asked", "language", "sentence"),
    [
        ("status=FOO", "en", "Status: this value cannot be read. Choose another one."),
        ("status=FOO", "id", "Status: nilai ini tidak terbaca. Pilih nilai lain."),
        ("requestedAt.from=31-12-2026", "en", "Reported: this value cannot be read. Choose another one."),
        ("requestedAt.to=9999-12-31", "id", "Dilaporkan: nilai ini tidak terbaca. Pilih nilai lain."),
        ("isOverdue=maybe", "en", "Overdue: this value cannot be read. Choose another one."),
    ],
)
async def test_a_value_that_cannot_be_read_is_told_and_nothing_is_asked(
    whole: Running, asked: str, language: str, sentence: str
) -> None:
    text = await page(whole, f"/data/complaints?{asked}", language, 400)
    assert f'<p class="error" role="alert">{sentence}</p>' in text
    assert first_cells(text) == []
    assert "/export/complaints.csv?" not in text


async def test_what_the_graph_refuses_is_told(whole: Running) -> None:
    text = await page(whole, "/data/complaints?after=nothing", status=400)
    assert 'class="error"' in text
    assert first_cells(text) == []
    assert "<script>" not in await page(whole, "/data/complaints?area=<script>alert(1)</script>", status=400)


async def test_nothing_found_is_said(whole: Running) -> None:
    for language, sentence in (
        ("en", "No row matches. Choose less, or look without filters."),
        ("id", "Tidak ada baris yang cocok. Kurangi saringan, atau lihat tanpa saringan."),
    ):
        assert f"<p>{sentence}</p>" in await page(whole, "/data/complaints?ticketNumber=none", language)


async def test_what_is_no_collection_for_everybody_is_not_there(whole: Running) -> None:
    for name in ("nothing", "admissionApplications", "complaintGroups", "<b>"):
        await page(whole, f"/data/{name}", status=404)


async def test_the_list_leads_to_every_collection(whole: Running) -> None:
    text = await page(whole, "/data")
    assert re.findall(r'<h2><a href="/data/(\w+)">', text) == list(PREVIEWS)


async def test_what_is_not_connected_says_so(hub: Running) -> None:
    """A city of two departments."""
    text = await page(hub, "/data")
    assert re.findall(r'<h2><a href="/data/(\w+)">', text) == ["complaints", "complaintCategories", "areas"]
    text = await page(hub, "/data/hospitals")
    assert '<p class="notice">Not connected in this hub</p>' in text


async def test_a_department_that_is_down_is_told(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise SourceUnreachable("gone")

    connector = hub.hub.catalog.connectors["complaints"]
    for name in ("read", "count"):
        monkeypatch.setattr(connector, name, failing)
    # A filter that nobody has asked for yet, so that no kept answer serves.
    text = await page(hub, "/data/complaints?ticketNumber=LAKSA-2026-999999")
    assert 'class="error" role="alert"' in text
    assert "gone" not in text


async def test_a_page_is_charged_like_a_trusted_document(whole: Running) -> None:
    registry = whole.hub.operations.telemetry.metrics.registry

    def charged(budget: str) -> float:
        return registry.get_sample_value("simpul_budget_units_total", {"budget": budget}) or 0.0

    await page(whole, "/data/markets")
    before = charged("documents"), charged("anonymous")
    text = await page(whole, "/data/markets")
    assert charged("anonymous") == before[1]
    found = re.search(r'<pre tabindex="0" class="command" id="command-2">([^<]*)</pre>', text)
    assert found is not None
    # The same question from a program has the same price, out of its own budget.
    await whole.client.post("/graphql", json=json.loads(shlex.split(unescape(found[1]))[-1]))
    assert charged("documents") - before[0] == charged("anonymous") - before[1] > ROWS


# --- The map ----------------------------------------------------------------------------------------------------------


async def test_a_point_stands_for_each_row_with_a_position(whole: Running) -> None:
    text = await page(whole, "/data/complaints?sort=requestedAt")
    shown = "nodes { ticketNumber position { latitude } }"
    listed = await nodes(whole, f"{{ complaints(first: {ROWS}, orderBy: [{{requestedAt: ASC}}]) {{ {shown} }} }}")
    placed = [one["ticketNumber"] for one in listed["complaints"]["nodes"] if one["position"] is not None]
    assert re.findall(r'<a href="#row-\d+" aria-label="([^"]+)"><title>', text) == placed
    assert 0 < len(placed) < ROWS
    assert "<svg" not in (await page(whole, "/data/markets")).partition("<main")[2]


AREAS = [
    {"code": "1", "name": "West", "position": {"latitude": 0.5, "longitude": 0.5}},
    {"code": "2", "name": "East", "position": {"latitude": 0.5, "longitude": 1.5}},
]


def test_the_map_has_the_outlines_of_the_areas_where_the_city_has_them() -> None:
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    polygons = Polygons([AreaCode("1"), AreaCode("2")], shapely.STRtree(shapes))
    drawn = points_map([(1, "here", {"latitude": 1.0, "longitude": 0.0})], AREAS, polygons)
    assert drawn is not None
    # The city is two degrees wide, with a margin of a twentieth on both sides.
    degree = drawn.width / 2.2
    assert drawn.points[0].row == 1
    assert drawn.points[0].x == pytest.approx(degree * 0.1, abs=0.2)
    assert drawn.points[0].y == pytest.approx(drawn.height * 0.05 / 1.1, abs=0.2)
    assert len(drawn.outlines) == 2
    assert drawn.outlines[0].startswith("M")


def test_a_map_without_outlines_names_the_middles() -> None:
    drawn = points_map([(3, "here", {"latitude": 0.5, "longitude": 0.5})], AREAS, None)
    assert drawn is not None
    assert [(one.name, one.y) for one in drawn.middles] == [("West", drawn.points[0].y), ("East", drawn.points[0].y)]
    assert drawn.middles[0].x == drawn.points[0].x < drawn.middles[1].x
    assert drawn.outlines == ()
    assert points_map([], AREAS, None) is None
