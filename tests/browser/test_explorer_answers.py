"""The explorer's answers in a browser: as table, chart, map and file, what was wrong, as a link, and on a phone."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.browser.test_every_page import UPSTREAM
from tests.browser.test_explorer import PATH, answer_of, open_explorer

NODES = "query Seen($first: Int) { complaints(first: $first) { nodes { ticketNumber requestedAt area { name } } } }"

PLACES = "query Places { hospitals(first: 5) { nodes { name position { latitude longitude } } } }"


def asked(screen: Screen, saved: str) -> None:
    """Run a saved question, and wait for its answer."""
    screen.page.click(f"a[href$='saved={saved}']")
    screen.page.click("#run")
    expect(screen.page.locator("#told")).to_contain_text(re.compile("with 0 errors|dengan 0 galat"))
    expect(screen.page.locator("#results")).to_be_visible()


def text_of(screen: Screen, editor: str) -> str:
    """What stands in an editor, without the spaces that it draws wider."""
    lines = screen.page.locator(f".graphiql-{editor} .view-line")
    return " ".join(lines.all_inner_texts()).replace("\u00a0", " ")


def table_of(screen: Screen) -> list[list[str]]:
    rows: list[list[str]] = screen.page.locator("#rows tr").evaluate_all(
        "(all) => all.map((row) => [...row.children].map((one) => one.textContent))"
    )
    return rows


def test_an_answer_is_a_table_bars_and_a_file(visit: Visit, tmp_path: Path) -> None:
    with visit("en", 1280) as screen:
        open_explorer(screen)
        asked(screen, "open-by-area")
        data = answer_of(screen)["data"]
        assert isinstance(data, dict)
        groups = data["complaintGroups"]["groups"]
        head, *rows = table_of(screen)
        assert (len(rows), "key.area.name" in head, "count" in head) == (len(groups), True, True)
        names = [(row[head.index("key.area.name")], row[head.index("count")]) for row in rows]
        # What lies in no district is a row without a name.
        meant = [((one["key"]["area"] or {"name": ""})["name"], one["count"]) for one in groups]
        assert names == [(name, f"{count:,}") for name, count in meant]
        expect(screen.page.locator("#count")).to_have_text(f"{len(groups)} of {len(groups)} rows")
        with screen.page.expect_download() as saved:
            screen.page.click("#csv")
        saved.value.save_as(tmp_path / "answer.csv")
        with (tmp_path / "answer.csv").open(encoding="utf-8", newline="") as file:
            read = list(csv.DictReader(file))
        assert [(one["key.area.name"], int(one["count"])) for one in read] == meant
        screen.page.click("button[data-show=bar]")
        expect(screen.page.locator("#chart canvas")).to_be_visible()
        expect(screen.page.locator("#chart-label")).to_have_value("key.area.name")
        expect(screen.page.locator("#rows")).to_be_hidden()
        expect(screen.page.locator("button[data-show=map]")).to_be_hidden()
        assert screen.barriers(UPSTREAM[PATH]) == []
        assert screen.complaints == []


def test_months_are_a_line_and_positions_a_map(visit: Visit) -> None:
    with visit("id", 1280) as screen:
        open_explorer(screen)
        asked(screen, "complaints-by-month")
        screen.page.click("button[data-show=line]")
        expect(screen.page.locator("#chart")).to_have_attribute("aria-label", re.compile(r"^Grafik \S+, \d+ baris\."))
        expect(screen.page.locator("#chart canvas")).to_be_visible()
        screen.page.goto(f"{screen.base_url}{PATH}#query={PLACES}")
        expect(screen.page.locator(".graphiql-query-editor")).to_contain_text("Places")
        screen.page.click("#run")
        expect(screen.page.locator("#count")).to_have_text("5 dari 5 baris")
        screen.page.click("button[data-show=map]")
        expect(screen.page.locator("#chart canvas")).to_be_visible()
        expect(screen.page.locator("#value-axis")).to_be_hidden()
        assert screen.complaints == []


def test_what_is_wrong_stands_beside_the_answer(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        open_explorer(screen)
        lost = "{ complaints(filter: {requestedAt: {isNull: true}}) { nodes { requestedAt } } }"
        screen.page.goto(f"{screen.base_url}{PATH}#query={quote(lost)}")
        screen.page.click("#run")
        expect(screen.page.locator("#wrong li")).to_have_text([re.compile(r"^complaints: [\d,]+ values could not be")])
        expect(screen.page.locator("#nothing-wrong")).to_be_hidden()
        screen.page.goto(f"{screen.base_url}{PATH}#query=%7B complaints(first: -1) %7B nodes %7B id %7D %7D %7D")
        screen.page.click("#run")
        wrong = '"first" must be between 0 and 100. (BAD_INPUT, complaints)'
        expect(screen.page.locator("#wrong li")).to_have_text([wrong])
        expect(screen.page.locator("#no-table")).to_be_visible()


def test_a_link_holds_question_and_variables_and_no_key(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        screen.page.goto(f"{screen.base_url}{PATH}#query={NODES}&variables=%7B%22first%22%3A2%7D")
        expect(screen.page.locator("#run")).to_be_enabled()
        expect(screen.page.locator(".graphiql-query-editor")).to_contain_text("Seen")
        screen.page.fill("#key", "no-key-of-anybody")
        screen.page.evaluate("history.replaceState(null, '', location.pathname)")
        screen.page.click("#link")
        expect(screen.page.locator("#told")).to_contain_text("The address of this page is now that of the question")
        link: str = screen.page.evaluate("location.href")
        assert ("no-key" in link, "Seen" in link, "%22first%22" in link) == (False, True, True)
    with visit("id", 1280) as other:
        sent: list[str] = []
        other.page.on("request", lambda request: sent.append(request.url))
        other.page.goto(link)
        expect(other.page.locator("#run")).to_be_enabled()
        expect(other.page.locator(".graphiql-query-editor")).to_contain_text("Seen")
        expect(other.page.locator("#key")).to_have_value("")
        other.page.click("#run")
        data = answer_of(other)["data"]
        assert isinstance(data, dict)
        assert len(data["complaints"]["nodes"]) == 2
        assert not any("Seen" in one for one in sent), "what stands behind the # goes to nobody"


def test_what_was_typed_and_asked_is_still_there(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        open_explorer(screen)
        asked(screen, "open-by-area")
        screen.page.click(".graphiql-query-editor .view-lines")
        screen.page.keyboard.press("Control+Home")
        screen.page.keyboard.type("# mine ")
        expect(screen.page.locator(".graphiql-query-editor")).to_contain_text("mine")
        # GraphiQL writes it down half a second after the last key.
        kept = "Object.values(sessionStorage).some((one) => one.includes('# mine'))"
        for _ in range(100):
            if screen.page.evaluate(kept):
                break
            screen.page.wait_for_timeout(50)
        screen.page.reload()
        expect(screen.page.locator(".graphiql-query-editor")).to_contain_text("mine")
        screen.page.get_by_label("Show History").click()
        expect(screen.page.locator(".graphiql-history-item").first).to_be_visible()
        assert screen.page.evaluate("Object.keys(localStorage).length") == 0


def test_tab_leaves_the_editor_after_escape_and_says_so(visit: Visit) -> None:
    with visit("en", 1280) as screen:
        open_explorer(screen)
        is_in_editor = "document.activeElement.closest('.monaco-editor') !== null"
        screen.page.click(".graphiql-query-editor .view-lines")
        before = text_of(screen, "query-editor")
        screen.page.keyboard.press("Tab")
        assert screen.page.evaluate(is_in_editor)
        assert text_of(screen, "query-editor") != before, "Tab is of the text"
        expect(screen.page.locator("#tab-note")).to_have_text(
            "In the editor Tab moves the text in. Escape, then Tab, leaves it."
        )
        screen.page.keyboard.press("Escape")
        expect(screen.page.locator("#told")).to_have_text("Tab now leaves the editor.")
        after = text_of(screen, "query-editor")
        screen.page.keyboard.press("Tab")
        assert not screen.page.evaluate(is_in_editor)
        assert text_of(screen, "query-editor") == after


def test_on_a_phone_it_is_written_run_and_read(visit: Visit) -> None:
    with visit("id", 360) as screen:
        open_explorer(screen)
        for part in (".graphiql-query-editor", ".graphiql-response", ".graphiql-sidebar"):
            box = screen.page.locator(part).bounding_box()
            assert box is not None
            assert box["x"] >= 0, part
            assert box["x"] + box["width"] <= 360, part
            assert box["height"] >= 40, part
        asked(screen, "open-by-area")
        data = answer_of(screen)["data"]
        assert isinstance(data, dict)
        assert len(table_of(screen)) == 1 + len(data["complaintGroups"]["groups"])
        screen.page.click("button[data-show=bar]")
        expect(screen.page.locator("#chart canvas")).to_be_visible()
        assert not screen.is_wider_than_the_window()
        assert screen.barriers(UPSTREAM[PATH]) == []
        screen.page.get_by_label("Show History").click()
        item = screen.page.locator(".graphiql-history-item").first.bounding_box()
        assert item is not None
        assert item["x"] + item["width"] <= 360
