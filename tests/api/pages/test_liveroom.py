"""The control room, the areas and the briefing over real sources: their numbers, their ages, and what is missing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path

import pytest

from api.pages.liveroom.panels import NAMES
from api.pages.wording import NONE
from tests.api.hub import Running, environment, running, whole_city
from tests.migrated import migrated

OPEN_BY_KIND = """{
  complaintGroups(by: [CATEGORY], filter: {status: {eq: OPEN}}, first: 12) {
    groups { key { category { name } } count greenCount yellowCount redCount unknownUrgencyCount }
    others { count greenCount yellowCount redCount unknownUrgencyCount }
    totals { count overdueCount }
  }
}"""
OPEN_BY_DISTRICT = """{
  complaintGroups(by: [AREA], areaLevel: DISTRICT, filter: {status: {eq: OPEN}}, first: 100) {
    groups { key { areaCode area { name } } count }
  }
}"""


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For a hub whose troubles are not those of others."""
    return migrated(tmp_path_factory.mktemp("broken") / "hub.db")


@pytest.fixture(scope="module")
async def broken(city_folder: Path, own_database: Path) -> AsyncIterator[Running]:
    """A hub whose complaints lie behind a port at which nobody listens."""
    closed = "postgresql://somebody:hidden@127.0.0.1:1/laksa"
    async with running(environment(city_folder, own_database, HUB_SOURCE_COMPLAINTS_URL=closed)) as started:
        yield started


@pytest.fixture(scope="module")
def whole_environment(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    own = tmp_path_factory.mktemp("whole")
    with whole_city(city_folder, migrated(own / "hub.db"), own) as environ:
        yield environ


@pytest.fixture(scope="module")
async def whole(whole_environment: dict[str, str]) -> AsyncIterator[Running]:
    """A hub of all departments."""
    async with running(whole_environment) as started:
        yield started


async def text_of(hub: Running, path: str, language: str = "en", status: int = 200) -> str:
    page = await hub.client.get(path, headers={"accept-language": language})
    assert page.status_code == status
    return unescape(page.text)


def rows_of(text: str) -> list[list[str]]:
    """The cells of the tables of a page, without their markup."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    rows = [row for body in bodies for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


# --- Panels -----------------------------------------------------------------------------------------------------------


async def test_open_complaints_are_those_of_the_graph(hub: Running) -> None:
    answer = (await hub.ask(OPEN_BY_KIND)).json()["data"]["complaintGroups"]
    text = await text_of(hub, "/liveroom/panels/complaints")
    totals = answer["totals"]
    assert f"<strong>{totals['count']:,}</strong> open, {totals['overdueCount']:,} of them overdue" in text
    fields = ("greenCount", "yellowCount", "redCount", "unknownUrgencyCount", "count")
    expected = [
        [group["key"]["category"]["name"], *(f"{group[name]:,}" for name in fields)] for group in answer["groups"]
    ]
    expected.append(["others", *(f"{answer['others'][name]:,}" for name in fields)])
    assert totals["count"] > 100
    assert rows_of(text) == expected
    assert sum(int(row[-1].replace(",", "")) for row in expected) == totals["count"]


async def test_numbers_and_times_are_written_as_in_the_language(hub: Running) -> None:
    total = (await hub.ask(OPEN_BY_KIND)).json()["data"]["complaintGroups"]["totals"]["count"]
    indonesian = await text_of(hub, "/liveroom/panels/complaints", "id")
    assert f"<strong>{total:,}</strong>".replace(",", ".") in indonesian
    assert re.search(r'<span class="age">per \d\d\.\d\d WIB</span>', indonesian)
    english = await text_of(hub, "/liveroom/panels/complaints", "en")
    assert re.search(r'<span class="age">as of \d\d:\d\d WIB</span>', english)


async def test_every_panel_says_how_old_it_is_or_what_is_missing(hub: Running) -> None:
    for name in NAMES:
        text = await text_of(hub, f"/liveroom/panels/{name}")
        freshness = re.findall(r'<p class="freshness">(.*?)</p>', text, re.DOTALL)
        assert len(freshness) == 1, name
        is_missing = 'class="error"' in text
        assert ("as of " in freshness[0]) != (is_missing and "not available" in freshness[0]), name


async def test_a_panel_of_a_subject_that_the_city_has_not_connected_says_so(hub: Running) -> None:
    text = await text_of(hub, "/liveroom/panels/jobs")
    assert re.search(r'<p class="error">[^<]*connected job_postings', text)
    assert "<table" not in text
    assert "No posting is open." not in text


@pytest.mark.parametrize(
    ("language", "message", "badge"),
    [
        ("en", "LAKSA (Diskominfo)", "not available"),
        ("id", "LAKSA (Diskominfo)", "tidak tersedia"),
    ],
)
async def test_a_dead_source_shows_as_such(broken: Running, language: str, message: str, badge: str) -> None:
    text = await text_of(broken, "/liveroom/panels/complaints", language)
    assert message in text
    assert f'<span class="badge is-red">{badge}</span> complaints' in text
    for empty in ("data-chart", "<table", "No complaint is open.", "Tidak ada pengaduan terbuka."):
        assert empty not in text
    assert "hidden" not in text
    assert "127.0.0.1" not in text


async def test_a_map_without_counts_has_no_shades_and_still_leads_on(broken: Running) -> None:
    text = await text_of(broken, "/liveroom/panels/map")
    assert text.count('class="shade-none"') == 13
    assert not re.search(r'class="shade-\d', text)
    assert text.count('href="/areas/36.71.') == 26


async def test_the_map_has_every_district_with_its_count(hub: Running) -> None:
    groups = (await hub.ask(OPEN_BY_DISTRICT)).json()["data"]["complaintGroups"]["groups"]
    counts = {group["key"]["areaCode"]: group["count"] for group in groups if group["key"]["areaCode"]}
    text = await text_of(hub, "/liveroom/panels/map")
    drawn = {
        code: int(count) for code, count in re.findall(r'<a href="/areas/([\d.]+)" aria-label="[^"]*: (\d+)">', text)
    }
    assert drawn == counts
    assert len(drawn) == 13
    shades = re.findall(r'<path class="shade-(\d)"', text)
    assert {"4"} < set(shades)
    assert "only roughly in its place" in text


async def test_a_thousand_screens_are_one_question(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    operations, asked = hub.hub.operations, []
    run = type(operations).run

    async def counting(self: object, ready: object, request: object) -> object:
        asked.append(request)
        return await run(self, ready, request)  # type: ignore[arg-type]  # what it is given

    monkeypatch.setattr(type(operations), "run", counting)
    headers = {"accept-language": "en", "user-agent": "wall"}
    once = await hub.client.get("/liveroom/panels/responses", headers=headers)
    before = len(asked)
    answers = await asyncio.gather(
        *(hub.client.get("/liveroom/panels/responses", headers=headers) for _ in range(1_000))
    )
    assert {answer.text for answer in answers} == {once.text}
    # The panel, and the last days that it is of, once more each where the first was made long ago.
    assert len(asked) - before <= 2


async def test_nobody_pays_for_a_panel(prod: Running) -> None:
    """In production a stranger's bucket would be empty after a few minutes in front of a wall."""
    answers = [await prod.client.get(f"/liveroom/panels/{name}") for name in sorted(NAMES) for _ in range(60)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("RATE_LIMITED" in answer.text or "budget" in answer.text for answer in answers)
    assert (await prod.ask("{ areas(first: 1) { nodes { name } } }")).status_code == 200


@pytest.mark.parametrize("name", ["nothing", "%2e%2e", "complaints%2f..", "COMPLAINTS", "%00"])
async def test_what_is_no_panel_is_not_found(hub: Running, name: str) -> None:
    assert (await hub.client.get(f"/liveroom/panels/{name}")).status_code == 404


async def test_a_panel_alone_chooses_no_language_for_later(hub: Running) -> None:
    part = await hub.client.get("/liveroom/panels/map?lang=en", headers={"accept-language": "id"})
    assert "Open complaints by area" in part.text
    assert "set-cookie" not in part.headers
    assert "<html" not in part.text


# --- Areas ------------------------------------------------------------------------------------------------------------


async def test_an_area_leads_up_and_down(hub: Running) -> None:
    district = await text_of(hub, "/areas/36.71.05")
    assert "<h1>Cipondoh</h1>" in district
    assert '<a href="/areas/36.71">' in district
    villages = re.findall(r'<a href="/areas/(36\.71\.05\.\d{4})">', district)
    assert len(villages) == 10
    village = await text_of(hub, f"/areas/{villages[0]}")
    assert '<a href="/areas/36.71.05">Cipondoh</a>' in village
    assert '<a href="/areas/36.71">' in village


async def test_an_area_counts_what_is_below_it(hub: Running) -> None:
    query = '{ area(code: "36.71.05") { complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } } }'
    count = (await hub.ask(query)).json()["data"]["area"]["complaints"]["totalCount"]
    text = await text_of(hub, "/areas/36.71.05")
    assert f'Open complaints <span class="badge">{count}</span>' in text
    assert count > 50


async def test_a_village_shows_the_hospital_that_stands_in_it_and_no_0_of_what_is_not_known(whole: Running) -> None:
    query = "{ hospitals(first: 100) { nodes { name smallestArea { code level parent { code } } } } }"
    nodes = (await whole.ask(query)).json()["data"]["hospitals"]["nodes"]
    one = next(node for node in nodes if (node["smallestArea"] or {}).get("level") == "VILLAGE")
    code, names = (
        one["smallestArea"]["code"],
        [node["name"] for node in nodes if node["smallestArea"] == one["smallestArea"]],
    )
    district = await text_of(whole, f"/areas/{one['smallestArea']['parent']['code']}")
    village = unescape(await text_of(whole, f"/areas/{code}"))
    assert all(f"<td>{name}</td>" in village for name in names)
    assert f'Hospitals and clinics <span class="badge">{len(names)}</span>' in village
    for section in ("Open jobs", "Licences in force"):
        (badge,) = re.findall(rf'{section} <span class="badge">([^<]*)</span>', village)
        assert badge == NONE
        assert f'{section} <span class="badge">{NONE}</span>' not in district
    assert "names no areas below DISTRICT" in village


async def test_a_dead_source_costs_an_area_one_section(broken: Running) -> None:
    text = await text_of(broken, "/areas/36.71.05")
    assert "<h1>Cipondoh</h1>" in text
    assert "LAKSA (Diskominfo)" in text
    assert 'Open complaints <span class="badge">0</span>' not in text


@pytest.mark.parametrize("code", ["36.71.99", "36.71.05.9999", "x", "36.71.05%00", "<script>", "36.71.05.1003.1"])
async def test_an_area_that_is_none_is_not_found(hub: Running, code: str) -> None:
    text = await text_of(hub, f"/areas/{code}", status=404)
    assert "<h1>Not found</h1>" in text
    assert "<script>alert" not in text


# --- The briefing -----------------------------------------------------------------------------------------------------


async def test_every_number_of_the_briefing_opens_as_many_rows(hub: Running) -> None:
    text = await text_of(hub, "/briefing")
    line = next(row for row in rows_of(text) if row[0] == "Complaints reported")
    links = re.findall(r'<a href="(/data/complaints\?requestedAt[^"]*)">(\d+)</a>', text)
    assert line[2:5] == [number for _, number in links[:3]]
    assert int(line[2]) > 0
    stand = re.search(r'<a href="(/data/complaints\?status=OPEN[^"]*)"><strong>([\d,]+)</strong>', text)
    assert stand is not None
    for address, number in (*links[:3], stand.groups()):
        rows = await text_of(hub, unescape(address))
        assert f'id="found-title">Rows <span class="badge">{number}</span>' in rows
    # No number leads to JSON.
    assert "/explorer" not in text.partition("<main")[2]


async def test_the_briefing_is_of_the_last_day_that_there_is(hub: Running) -> None:
    query = "{ complaints(first: 1, orderBy: [{requestedAt: DESC}]) { nodes { requestedAt } } }"
    last = (await hub.ask(query)).json()["data"]["complaints"]["nodes"][0]["requestedAt"]
    line = next(row for row in rows_of(await text_of(hub, "/briefing")) if row[0] == "Complaints reported")
    assert last.startswith("2026-11-19T")
    assert line[1] == "19 Nov 2026"


async def test_the_briefing_says_what_is_missing(broken: Running) -> None:
    line = next(row for row in rows_of(await text_of(broken, "/briefing", "id")) if row[0] == "Pengaduan masuk")
    assert line[1:] == ["\N{EN DASH}"] * 4 + ["tidak tersedia"]
