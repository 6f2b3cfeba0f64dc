"""The explorer in a browser: what people do in it by keyboard, what each answer tells, and what is kept where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from api.pages.developers.explorer import EDITOR_WORDS
from api.pages.frame import WEB
from tests.browser.conftest import Visit
from tests.browser.screen import WAIT_MS_MAX, Screen
from tests.browser.test_every_page import UPSTREAM

PATH = "/explorer"


def open_explorer(screen: Screen) -> None:
    screen.open(PATH)
    expect(screen.page.locator("#run")).to_be_enabled(timeout=WAIT_MS_MAX)


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


def assert_whole(figures: Any) -> None:
    """Every open complaint of the city is in a district, or in none of them."""
    assert sum(group["count"] for group in figures["groups"]) == figures["totals"]["count"] > 0


def test_by_keyboard_alone(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        open_explorer(screen)
        keys = screen.page.keyboard
        tab_to(screen, "a[href$='saved=open-by-area']")
        keys.press("Enter")
        tab_to(screen, "#run", most=1)
        keys.press("Enter")
        expect(screen.page.locator("#told")).to_contain_text("with 0 errors.")
        data = answer_of(screen)["data"]
        assert isinstance(data, dict)
        assert_whole(data["complaintGroups"])
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


FORMS = ("curl", "typescript", "python")
NODE = "declare global { const process: { env: Record<string, string | undefined> } }\nexport {};\n"
"""What a program in TypeScript may suppose of Node, in place of a package that says all of it."""


def copied(screen: Screen, form: str) -> str:
    """What is on the clipboard after a question was copied."""
    screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.page.click(f"button[data-form={form}]")
    expect(screen.page.locator("#told")).to_have_text(re.compile("Tersalin|Copied"))
    text: str = screen.page.evaluate("navigator.clipboard.readText()")
    assert text == screen.page.locator("#program").text_content()
    return text


def command_of(form: str, text: str, folder: Path) -> list[str]:
    """How a program is run as it was copied. One in TypeScript is checked strictly first."""
    if form != "typescript":
        return ["sh", "-c", text] if form == "curl" else [sys.executable, "-c", text]
    (folder / "question.mts").write_text(text, encoding="utf-8")
    (folder / "node.d.mts").write_text(NODE, encoding="utf-8")
    strictly = ("--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom")
    compiler = WEB / "node_modules" / ".bin" / "tsc"
    subprocess.run([compiler, *strictly, "question.mts", "node.d.mts"], cwd=folder, check=True)
    return ["node", str(folder / "question.mjs")]


def data_in(form: str, printed: str) -> object:
    if form == "curl":
        return json.loads(printed)["data"]
    nothing_wrong = {"python": " None\n", "typescript": " undefined\n"}[form]
    assert printed.endswith(nothing_wrong)
    return json.loads(printed.removesuffix(nothing_wrong))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_copied_runs_and_gives_the_same_answer(visit: Visit, tmp_path: Path, form: str) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        screen.page.click("a[href$='saved=price-of-goods']")
        screen.page.click("#run")
        data = answer_of(screen)["data"]
        command = command_of(form, copied(screen, form), tmp_path)
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert data_in(form, printed) == data


@pytest.mark.parametrize("form", FORMS)
def test_what_is_copied_asks_with_the_key_of_its_environment(visit: Visit, tmp_path: Path, form: str) -> None:
    with visit("en", 1280) as screen:
        screen.open("/developers")
        screen.page.fill("#name", f"Copied as {form}")
        screen.page.press("#name", "Enter")
        key = screen.page.locator("#key").inner_text()
        open_explorer(screen)
        screen.page.fill("#key", key)
        screen.page.click("a[href$='saved=open-by-area']")
        text = copied(screen, form)
    assert key not in text
    command = command_of(form, text, tmp_path)
    path = {"PATH": os.defpath}
    asked = subprocess.run(command, env={**path, "SIMPUL_KEY": key}, capture_output=True, text=True, check=True)
    answered = data_in(form, asked.stdout)
    assert isinstance(answered, dict)
    assert_whole(answered["complaintGroups"])
    refused = subprocess.run(
        command, env={**path, "SIMPUL_KEY": f"{key}x"}, capture_output=True, text=True, check=False
    )
    assert ("HTTP Error 401" if form == "python" else "UNAUTHENTICATED") in refused.stdout + refused.stderr


def test_a_key_is_not_copied(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        screen.page.fill("#key", "aaa.bbb.ccc")
        for form, place in (
            ("curl", '-H "Authorization: Bearer $SIMPUL_KEY"'),
            ("typescript", '"Authorization": `Bearer ${process.env.SIMPUL_KEY}`'),
            ("python", '"Authorization": f"Bearer {os.environ[\'SIMPUL_KEY\']}"'),
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


def test_the_english_of_the_editor_is_explained_where_the_page_speaks_indonesian(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        explained = screen.page.locator("#editor-words dt").all_text_contents()
        assert explained == [word for word, _ in EDITOR_WORDS]
        buttons = screen.page.locator("#graphiql button")
        said = buttons.evaluate_all(
            "(all) => all.map((one) => one.getAttribute('aria-label') || one.textContent.trim())"
        )
        assert [word for word in explained if not any(one.startswith(word) for one in said)] == []
        assert [one for one in said if one and not one.startswith(tuple(explained))] == ["AreaToday"], "its tab"
        assert screen.page.locator("#graphiql").get_attribute("lang") == "en"
    with visit("en", 1280) as screen:
        open_explorer(screen)
        expect(screen.page.locator("#editor-words")).to_have_count(0)
