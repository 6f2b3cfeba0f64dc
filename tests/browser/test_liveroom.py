"""The control room, the areas and the briefing in a browser: drawn, renewed, on a wall, on paper, without a source."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

import dev
from api.pages.liveroom.page import REFRESH_S
from api.pages.liveroom.panels import NAMES
from sample import areas
from tests.browser.conftest import Visit, served
from tests.browser.screen import Screen, screen_of

STREAM_MS = 5_000
PAPER_SHEETS_MAX = 10
"""Eight or nine: the city is that of today, and its lists are longer on some days."""
DISTRICTS = tuple(one for one in areas.truth() if one.level == "DISTRICT")
ASKED_TO_FAIL = "{ complaints(first: %d) { nodes { ticketNumber } } }"
FAILURES = 30
"""Questions to a source that is gone, more than enough for its breaker."""


@pytest.fixture(scope="module")
def broken_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub whose complaints lie behind a port at which nobody listens, and whose jobs are old."""
    closed = "postgresql://somebody:hidden@127.0.0.1:1/laksa"
    with served(tmp_path_factory.mktemp("broken"), HUB_SOURCE_COMPLAINTS_URL=closed, HUB_MOCK="jobs: stale") as address:
        yield address


def freshness_of(screen: Screen) -> dict[str, str]:
    """What each panel says of its age."""
    panels = screen.page.locator("[data-panel]").all()
    return {str(panel.get_attribute("data-panel")): panel.locator(".freshness").inner_text() for panel in panels}


@pytest.mark.parametrize(("language", "says"), [("id", "per "), ("en", "as of ")])
def test_every_panel_says_how_old_it_is(visit: Visit, language: str, says: str) -> None:
    with visit(language, 1280) as screen:
        screen.open("/liveroom")
        told = freshness_of(screen)
        assert told.keys() == NAMES
        assert [name for name, text in told.items() if says not in text] == []
        assert screen.complaints == []


def test_bars_are_drawn_and_the_table_behind_them_opens_by_keyboard(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        screen.open("/liveroom")
        panel = screen.page.locator('[data-panel="complaints"]')
        expect(panel.locator("canvas")).to_be_visible()
        expect(panel.locator(".bars")).to_be_hidden()
        expect(panel.locator("table")).to_be_hidden()
        panel.locator("summary").focus()
        screen.page.keyboard.press("Enter")
        expect(panel.locator("table")).to_be_visible()
        assert panel.locator("tbody tr").count() == panel.locator(".bars li").count() > 5


def test_a_district_of_the_map_opens_by_keyboard(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        screen.open("/liveroom")
        screen.page.locator('.map a[href="/areas/36.71.05"]').focus()
        screen.page.keyboard.press("Enter")
        screen.page.wait_for_url("**/areas/36.71.05")
        expect(screen.page.locator("h1")).to_have_text("Cipondoh")
        assert screen.complaints == []


@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("path", ["/liveroom?wall=1", "/areas/36.71.05", "/areas/36.71.05.1003"])
def test_pages_beside_the_navigation_keep_nobody_out(visit: Visit, path: str, width: int) -> None:
    with visit("id", width) as screen:
        screen.open(path)
        assert screen.barriers() == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []


def test_the_wall_is_dark_has_no_navigation_and_stands_still_where_motion_is_unwanted(visit: Visit) -> None:
    with visit("id", 1920) as screen:
        screen.open("/liveroom?wall=1")
        expect(screen.page.locator("header")).to_be_hidden()
        assert screen.page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
        expect(screen.page.locator("[data-hold]")).to_be_hidden()


def test_the_wall_turns_and_can_be_held(browser: Browser, base_url: str, axe: str) -> None:
    with screen_of(browser, base_url, axe, "en", 1280) as screen:
        screen.page.emulate_media(reduced_motion="no-preference")
        screen.page.clock.install()
        screen.open("/liveroom?wall=1")
        hold = screen.page.get_by_role("button", name="Pause")
        hold.click()
        screen.page.clock.run_for(60_000)
        assert screen.page.evaluate("scrollY") == 0
        screen.page.get_by_role("button", name="Resume").click()
        screen.page.clock.run_for(25_000)
        expect(screen.page.locator("h1")).not_to_be_in_viewport()


# --- Renewal ----------------------------------------------------------------------------------------------------------


def test_panels_are_renewed_and_stay_as_somebody_has_left_them(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        page = screen.page
        page.clock.install()
        screen.open("/liveroom")
        page.locator('[data-panel="jobs"] summary').click()
        page.locator("h1").click()
        page.evaluate("document.activeElement.blur()")
        page.evaluate("for (const panel of document.querySelectorAll('[data-panel]')) panel.dataset.old = 'yes'")
        page.clock.run_for(REFRESH_S * 1_000 + 100)
        expect(page.locator("[data-old]")).to_have_count(0)
        expect(page.locator("[data-panel]")).to_have_count(len(NAMES))
        expect(page.locator('[data-panel="jobs"] table')).to_be_visible()
        expect(page.locator('[data-panel="complaints"] canvas')).to_have_count(1)
        expect(page.locator("[data-offline]")).to_be_hidden()
        assert screen.complaints == []


def test_a_screen_hears_at_once_that_a_source_has_gone_and_is_back(browser: Browser, axe: str, tmp_path: Path) -> None:
    """Over server-sent events: the clock of the page stands still, so nothing is asked because it is time to."""
    laksa = tmp_path / "laksa.db"
    with (
        served(tmp_path, HUB_SOURCE_COMPLAINTS_URL=f"sqlite:///{laksa.as_posix()}") as base_url,
        screen_of(browser, base_url, axe, "en", 1280) as screen,
    ):
        page = screen.page
        page.clock.install()
        screen.open("/liveroom")
        with page.expect_request("**/graphql?*"):
            page.clock.run_for(STREAM_MS)
        page.clock.pause_at(page.evaluate("Date.now() + 1000"))
        for first in range(1, FAILURES):
            httpx2.post(f"{base_url}/graphql", json={"query": ASKED_TO_FAIL % first})
        system = page.locator('[data-panel="sources"] tr', has_text="LAKSA")
        complaints = page.locator('[data-panel="complaints"]')
        expect(system).to_contain_text("Unavailable")
        expect(complaints.locator(".error")).to_contain_text("Diskominfo")
        shutil.copy(dev.ROOT / "var" / "sample" / "small" / "complaints.db", laksa)
        expect(system).to_contain_text("OK")
        expect(complaints.locator("canvas")).to_be_visible()
        expect(complaints.locator(".error")).to_have_count(0)


# --- A source that is dead --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "badge"), [("id", "tidak tersedia"), ("en", "not available")])
def test_a_dead_source_shows_as_such_and_never_as_an_empty_chart(
    browser: Browser, broken_url: str, axe: str, language: str, badge: str
) -> None:
    with screen_of(browser, broken_url, axe, language, 1280) as screen:
        screen.open("/liveroom")
        for name in ("complaints", "responses", "map"):
            panel = screen.page.locator(f'[data-panel="{name}"]')
            expect(panel.locator(".error")).to_contain_text("Diskominfo")
            expect(panel.locator(".freshness .is-red")).to_have_text(badge)
        assert screen.page.locator('[data-panel="complaints"]').locator("canvas, table, .bars").count() == 0
        expect(screen.page.locator('[data-panel="jobs"] canvas')).to_be_visible()
        old = {"id": "data lama", "en": "old data"}[language]
        assert [name for name, text in freshness_of(screen).items() if old in text] == ["jobs"]
        assert screen.barriers() == []
        assert screen.complaints == []


# --- Paper ------------------------------------------------------------------------------------------------------------


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_briefing_is_one_sheet_of_a4(visit: Visit, language: str) -> None:
    with visit(language, 1280) as screen:
        screen.open("/briefing")
        pdf = screen.page.pdf(prefer_css_page_size=True)
        assert pages_of(pdf) == 1
        box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        assert box is not None
        assert (round(float(box[1])), round(float(box[2]))) == (595, 842)


def test_a_briefing_without_its_largest_source_is_one_sheet_as_well(
    browser: Browser, broken_url: str, axe: str
) -> None:
    with screen_of(browser, broken_url, axe, "id", 1280) as screen:
        screen.open("/briefing")
        assert "tidak tersedia" in screen.page.locator("main").inner_text()
        assert pages_of(screen.page.pdf(prefer_css_page_size=True)) == 1


PAPER_PX = 703
"""The width of a sheet of A4 between its margins, in CSS pixels."""
PAPER_INK = "rgb(23, 36, 43)"
PAPER_GROUND = "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("path", ["/liveroom", "/liveroom?wall=1", "/briefing"])
def test_paper_is_white_whatever_the_screen_was(visit: Visit, path: str) -> None:
    with visit("id", 1280) as screen:
        screen.page.emulate_media(color_scheme="dark")
        screen.open(path)
        screen.page.emulate_media(color_scheme="dark", media="print")
        colours = screen.page.evaluate(
            "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))"
        )
        assert colours == [PAPER_INK, PAPER_GROUND]
        for gone in (".top nav", ".who", ".bottom"):
            for one in screen.page.locator(gone).all():
                expect(one).to_be_hidden()


@pytest.mark.parametrize("path", ["/liveroom", "/liveroom?wall=1"])
def test_on_paper_every_drawing_has_its_table_beside_it(visit: Visit, path: str) -> None:
    with visit("id", PAPER_PX) as screen:
        page = screen.page
        screen.open(path)
        expect(page.locator(".drawn").first).to_be_visible()
        page.emulate_media(media="print")
        tables = page.locator("[data-panel] table")
        assert tables.count() == len(NAMES)
        for drawing in page.locator(".drawn").all():
            expect(drawing).to_be_hidden()
        for table in tables.all():
            expect(table).to_be_visible()
        for panel in page.locator("[data-panel]:not(.is-long):has(details)").all():
            left, right = panel.locator(".bars, .map").first.bounding_box(), panel.locator("table").bounding_box()
            assert left is not None
            assert right is not None
            assert left["x"] + left["width"] <= right["x"]
        cut = page.locator(".live .scroll").evaluate_all(
            "(all) => all.filter((one) => one.scrollWidth > one.clientWidth)"
        )
        assert cut == []
        assert not screen.is_wider_than_the_window()
        pdf = page.pdf(prefer_css_page_size=True)
        assert 2 <= pages_of(pdf) <= PAPER_SHEETS_MAX


# --- The map of a city that gives its borders -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub whose city gives borders: of each district a hexagon around its middle."""
    folder = tmp_path_factory.mktemp("drawn")
    features = [
        {"type": "Feature", "id": one.code, "properties": {}, "geometry": hexagon(one.latitude, one.longitude)}
        for one in DISTRICTS
    ]
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with served(folder, HUB_AREAS_GEOJSON=str(file)) as address:
        yield address


def hexagon(latitude: float | None, longitude: float | None) -> dict[str, object]:
    assert latitude is not None
    assert longitude is not None
    turns = [turn * math.pi / 3 for turn in range(6)]
    corners = [[longitude + 0.01 * math.cos(turn), latitude + 0.01 * math.sin(turn)] for turn in turns]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_borders_of_the_city_are_drawn_and_lead_to_its_districts(
    browser: Browser, drawn_url: str, axe: str, width: int
) -> None:
    with screen_of(browser, drawn_url, axe, "id", width) as screen:
        page = screen.page
        screen.open("/liveroom")
        shapes = page.locator(".map path")
        assert [
            path.count("L") for path in shapes.evaluate_all("(all) => all.map((one) => one.getAttribute('d'))")
        ] == [6] * 13
        assert "Skema" not in page.locator('[data-panel="map"]').inner_text()
        links = page.locator(".map a")
        boxes = [link.bounding_box() for link in links.all()]
        assert len({(round(box["x"]), round(box["y"])) for box in boxes if box is not None}) == 13
        links.first.focus()
        walked = []
        for _ in DISTRICTS:
            walked.append(page.evaluate("document.activeElement.getAttribute('href')"))
            page.keyboard.press("Tab")
        assert walked == [f"/areas/{one.code}" for one in DISTRICTS]
        links.nth(4).focus()
        stroke = page.evaluate("getComputedStyle(document.activeElement.querySelector('path')).strokeWidth")
        assert stroke == "4px", "whoever walks by keyboard sees where they are"
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/areas/{DISTRICTS[4].code}")
        assert screen.complaints == []
