"""The main tasks of developers, residents and operators, done by the keyboard alone in a real browser."""

from __future__ import annotations

import json
import urllib.request
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit

TABS_MAX = 80


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def arrive(page: Page, path: str) -> None:
    """Wait until the page of this path is there, and whole."""
    page.wait_for_url(lambda url: urlsplit(url).path == path)
    page.wait_for_load_state("networkidle")


def asked_with(base_url: str, key: str, query: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{base_url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"X-Api-Key": key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        answer: dict[str, object] = json.load(response)
    return answer


def test_a_developer_gets_a_key_and_finds_a_field_by_keyboard(visit: Visit, base_url: str) -> None:
    with visit("id", 1280) as screen:
        page = screen.page
        screen.open("/developers")
        tab_to(page, "#name")
        page.keyboard.type("Peta Macet")
        page.keyboard.press("Enter")
        arrive(page, "/developers/keys")
        key = page.locator("#key").inner_text()
        assert asked_with(base_url, key, "{ __typename }")["data"] == {"__typename": "Query"}
        assert screen.barriers() == []
        screen.open("/developers")
        tab_to(page, "#q")
        page.keyboard.type("tempat tidur")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=tempat+tidur**")
        tab_to(page, "a[href='/developers/data/BedAvailability']")
        page.keyboard.press("Enter")
        arrive(page, "/developers/data/BedAvailability")
        assert screen.barriers() == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []


def test_a_wide_table_is_read_on_a_phone(visit: Visit) -> None:
    with visit("en", 360) as screen:
        screen.open("/developers/data/Citizen")
        assert screen.barriers() == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []


def sign_in(page: Page, role: str) -> None:
    """Choose somebody of the sample city, by keyboard."""
    tab_to(page, f"button[value={role}]")
    page.keyboard.press("Enter")


def test_a_resident_asks_for_erasure_by_keyboard(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        page = screen.page
        screen.open("/my-data")
        tab_to(page, "main a.button")
        page.keyboard.press("Enter")
        arrive(page, "/sign-in")
        assert screen.barriers() == []
        sign_in(page, "citizen")
        arrive(page, "/my-data")
        assert screen.barriers() == []
        tab_to(page, "#department")
        page.keyboard.type("Dinas Kep")
        tab_to(page, "#reason")
        page.keyboard.type("pindah kota")
        page.keyboard.press("Enter")
        page.wait_for_url("**/my-data#requests")
        page.wait_for_load_state("networkidle")
        assert page.locator("#requests .cards li").count() == 1
        assert "Dinas Kependudukan" in page.locator("#requests .cards li").inner_text()
        assert screen.barriers() == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []


def test_an_operator_revokes_a_key_by_keyboard(visit: Visit, base_url: str) -> None:
    with visit("en", 1280) as screen:
        page = screen.page
        screen.open("/developers")
        page.fill("#name", "To be revoked")
        page.press("#name", "Enter")
        key = page.locator("#key").inner_text()
        screen.open("/sign-in?next=/admin/keys")
        sign_in(page, "operator")
        arrive(page, "/admin/keys")
        assert screen.barriers() == []
        tab_to(page, "button[value=revoke][aria-label*='To be revoked']")
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        assert "revoked" in page.locator("tr", has_text="To be revoked").first.inner_text()
        with pytest.raises(HTTPError, match="401"):
            asked_with(base_url, key, "{ __typename }")
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []


@pytest.mark.parametrize("width", [360, 1280, 1920])
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("role", "path"), [("citizen", "/my-data"), ("operator", "/admin/keys"), ("dpo", "/admin/rights")]
)
def test_a_page_behind_a_sign_in_keeps_nobody_out(
    visit: Visit, role: str, path: str, language: str, width: int
) -> None:
    with visit(language, width) as screen:
        screen.open(f"/sign-in?next={path}")
        sign_in(screen.page, role)
        arrive(screen.page, path)
        assert screen.page.locator("html").get_attribute("lang") == language
        assert screen.barriers(()) == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []
