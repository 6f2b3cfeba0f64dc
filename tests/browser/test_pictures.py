"""The pictures of the READMEs, taken of the sample city. Run with `--pictures`, these tests renew them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import Screen

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "docs" / "pictures"
PICTURE_BYTES_MAX = 200_000
"""A clone stays small, and a README quick to load."""
WIDTH = 1200


def explorer(screen: Screen) -> None:
    screen.open("/explorer")
    expect(screen.page.locator("#run")).to_be_enabled()
    screen.page.click("a[href$='saved=open-by-area']")
    screen.page.click("#run")
    expect(screen.page.locator("#sources .badge").first).to_be_visible()
    expect(screen.page.locator(".graphiql-response")).to_contain_text("complaintGroups")
    screen.page.set_viewport_size({"width": WIDTH, "height": 840})
    screen.page.evaluate("scrollTo(0, 0)")


def status(screen: Screen) -> None:
    screen.open("/status")
    expect(screen.page.locator(".status > li")).not_to_have_count(0)


def liveroom(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": WIDTH, "height": 880})
    screen.open("/liveroom")
    expect(screen.page.locator('[data-panel="jobs"] canvas')).to_be_visible()


def briefing(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 1000, "height": 1000})
    screen.open("/briefing")
    expect(screen.page.locator("tbody tr")).not_to_have_count(0)


PICTURES: dict[str, Callable[[Screen], None]] = {
    "explorer": explorer,
    "status": status,
    "liveroom": liveroom,
    "briefing": briefing,
}
"""By name, how a page comes to look as it is shown."""


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_taken(
    visit: Visit, request: pytest.FixtureRequest, tmp_path: Path, name: str, language: str
) -> None:
    folder = KEPT if request.config.getoption("--pictures", default=False) else tmp_path
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.{language}.png"
    with visit(language, WIDTH) as screen:
        PICTURES[name](screen)
        screen.page.screenshot(path=file)
        assert screen.complaints == []
    assert 10_000 < file.stat().st_size <= PICTURE_BYTES_MAX


def test_each_picture_is_shown_by_the_readme_of_its_language() -> None:
    for language, readme in (("en", "README.md"), ("id", "README.id.md")):
        text = (ROOT / readme).read_text(encoding="utf-8")
        for name in PICTURES:
            assert f"(docs/pictures/{name}.{language}.png)" in text
    assert {file.name for file in KEPT.iterdir()} == {
        f"{name}.{language}.png" for name in PICTURES for language in ("en", "id")
    }
    assert all(file.stat().st_size <= PICTURE_BYTES_MAX for file in KEPT.iterdir())
