"""Every page, in both languages and at three widths: no barrier, no error, no request to anybody else."""

from __future__ import annotations

import pytest

from api.pages.frame import NAVIGATION
from tests.browser.conftest import Visit

PAGES = (
    *(place.path for place in NAVIGATION), "/data/complaints?status=OPEN", "/data/services",
    "/explorer/plain", "/developers/changes", "/areas/36.71.05", "/sign-in",
)  # fmt: skip
WIDTHS = (360, 1280, 1920)
UPSTREAM: dict[str, tuple[tuple[str, str], ...]] = {
    # GraphiQL 5.4: tabs hold buttons, and numbers are coloured too lightly. /explorer/plain has no editor.
    "/explorer": (("nested-interactive", ".graphiql-tab"), ("color-contrast", ".monaco-editor .view-line *")),
}
"""By page, barriers of libraries that we cannot mend, as rule and element, each with another way to the same thing."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_nobody_out(visit: Visit, path: str, language: str, width: int) -> None:
    with visit(language, width) as screen:
        screen.open(path)
        assert screen.page.locator("html").get_attribute("lang") == language
        assert screen.barriers(UPSTREAM.get(path, ())) == []
        assert not screen.is_wider_than_the_window()
        assert screen.cut_numbers() == []
        assert screen.complaints == []


@pytest.mark.parametrize(
    "path", ["/liveroom", "/briefing", "/areas/36.71.05", "/status", "/data/beds", "/data/jobPostings"]
)
def test_a_tablet_cuts_no_numbers(visit: Visit, path: str) -> None:
    with visit("id", 768) as screen:
        screen.open(path)
        assert not screen.is_wider_than_the_window()
        assert screen.cut_numbers() == []


def test_the_first_key_leads_to_the_content(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        screen.open("/")
        screen.page.keyboard.press("Tab")
        assert screen.page.locator(":focus").inner_text() == "Langsung ke isi"
        screen.page.keyboard.press("Enter")
        assert screen.page.evaluate("document.activeElement.id") == "main"
