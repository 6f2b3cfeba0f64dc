"""The main tasks of developers, residents and operators, done by the keyboard alone in a real browser."""

from __future__ import annotations

import json
import urllib.request

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
        page.wait_for_url("**/developers/keys")
        key = page.locator("#key").inner_text()
        assert asked_with(base_url, key, "{ __typename }")["data"] == {"__typename": "Query"}
        assert screen.barriers() == []
        screen.open("/developers")
        tab_to(page, "#q")
        page.keyboard.type("tempat tidur")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=tempat+tidur**")
        tab_to(page, "main h3 a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/developers/data/*")
        assert screen.barriers() == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []


def test_a_wide_table_is_read_on_a_phone(visit: Visit) -> None:
    with visit("en", 360) as screen:
        screen.open("/developers/data/Citizen")
        assert screen.barriers() == []
        assert not screen.is_wider_than_the_window()
        assert screen.complaints == []
