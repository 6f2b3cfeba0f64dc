"""The explorer in a browser: what people do in it by keyboard, what each answer tells, and what is kept where."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.browser.test_every_page import UPSTREAM

PATH = "/explorer"


def open_explorer(screen: Screen) -> None:
    screen.open(PATH)
    expect(screen.page.locator("#run")).to_be_enabled()


def answer_of(screen: Screen) -> dict[str, object]:
    """The answer that is shown as plain text, once it is there."""
    expect(screen.page.locator("#facts")).to_be_visible()
    answer: dict[str, object] = json.loads(screen.page.locator("#answer").text_content() or "")
    return answer


def tab_to(screen: Screen, selector: str, most: int = 60) -> None:
    for _ in range(most):
        if screen.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        screen.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by {most} tabs")


def test_by_keyboard_alone(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        open_explorer(screen)
        keys = screen.page.keyboard
        tab_to(screen, "a[href$='saved=open-by-district']")
        keys.press("Enter")
        tab_to(screen, "#run", most=1)
        keys.press("Enter")
        expect(screen.page.locator("#told")).to_contain_text("with 0 errors.")
        data = answer_of(screen)["data"]
        assert isinstance(data, dict)
        assert len(data["complaintGroups"]["groups"]) == 13
        expect(screen.page.locator("#sources th")).to_have_text(["areas", "complaints"])
        # On a machine that is busy the last good copy may answer, and says so.
        answered = re.compile("answered|data is stale")
        expect(screen.page.locator("#sources .badge")).to_have_text([answered, answered])
        expect(screen.page.locator("#cost")).to_contain_text("units")
        assert screen.barriers(UPSTREAM[PATH]) == []
        assert screen.complaints == []


def test_a_key_stays_in_its_tab_and_goes_to_the_hub_alone(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        screen.page.fill("#key", "no-key-of-anybody")
        with screen.page.expect_request("**/graphql") as asked:
            screen.page.click("#run")
        assert asked.value.headers["x-api-key"] == "no-key-of-anybody"
        assert asked.value.headers["accept-language"] == "id"
        assert answer_of(screen)["errors"]
        kept: list[str] = screen.page.evaluate("[...Object.values(localStorage), document.cookie, location.href]")
        assert not any("no-key" in one or "AreaToday" in one for one in kept)
        screen.page.reload()
        expect(screen.page.locator("#key")).to_have_value("no-key-of-anybody")
    with visit("id", 1280) as other:
        open_explorer(other)
        expect(other.page.locator("#key")).to_have_value("")


@pytest.mark.parametrize("form", ["python", "curl"])
def test_what_is_copied_runs_and_gives_the_same_answer(visit: Visit, form: str) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        screen.page.click("a[href$='saved=price-of-rice']")
        screen.page.click("#run")
        data = answer_of(screen)["data"]
        screen.page.click(f"button[data-form={form}]")
        text = screen.page.locator("#program").text_content() or ""
    command = [sys.executable, "-c", text] if form == "python" else ["sh", "-c", text]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answered = json.loads(printed.removesuffix(" None\n")) if form == "python" else json.loads(printed)["data"]
    assert answered == data


def test_a_key_is_not_copied(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        screen.page.fill("#key", "aaa.bbb.ccc")
        for form, place in (
            ("curl", '-H "Authorization: Bearer $HUB_KEY"'),
            ("typescript", '"Authorization": `Bearer ${process.env.HUB_KEY}`'),
            ("python", '"Authorization": f"Bearer {os.environ[\'HUB_KEY\']}"'),
        ):
            screen.page.click(f"button[data-form={form}]")
            text = screen.page.locator("#program").text_content() or ""
            assert place in text
            assert "aaa.bbb" not in text


def test_strangers_in_production_have_the_schema_too(visit: Visit, base_url: str) -> None:
    with urllib.request.urlopen(f"{base_url}/schema.json") as response:
        known = json.load(response)["data"]["__schema"]["types"]
    assert any(one["name"] == "Complaint" for one in known)
    with visit("en", 1280) as screen:
        asked: list[str] = []
        screen.page.on("request", lambda request: asked.append(request.post_data or ""))
        open_explorer(screen)
        screen.page.get_by_label("Show Documentation Explorer").click()
        screen.page.locator(".graphiql-doc-explorer").get_by_text("Query", exact=True).first.click()
        expect(screen.page.locator(".graphiql-doc-explorer")).to_contain_text("complaintGroups")
        assert not any("__schema" in one for one in asked)


def test_without_its_script_it_leads_to_the_form(visit: Visit) -> None:
    with visit("en", 360) as screen:
        screen.page.route("**/*.js", lambda route: route.abort())
        screen.page.goto(screen.base_url + PATH)
        screen.page.get_by_role("link", name="Free beds by class of care").click()
        assert "beds-by-class" in screen.page.url
        screen.page.get_by_role("button", name="Ask").click()
        expect(screen.page.locator("pre")).to_contain_text('"careClassLabel": "Class 3"')
