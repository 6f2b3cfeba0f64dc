"""The wall of a city that lives: nothing on it is old, and its counters move without anybody reloading it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import served
from tests.browser.screen import screen_of

ROOT = Path(__file__).resolve().parent.parent.parent
WAIT_MS = 150_000
"""How long counters may stand: the hub keeps complaints for a minute, a screen asks every half."""
SPEED = "3000"
HEADLINE = '[data-panel="%s"] .headline strong'
MOVED = "([where, was]) => document.querySelector(where).innerText !== was"


@pytest.fixture(scope="module")
def living_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub of a sample city of today, which is not yet asked for anything else."""
    subprocess.run([sys.executable, "cli.py", "sample"], cwd=ROOT, check=True)
    with served(tmp_path_factory.mktemp("living")) as address:
        yield address


@pytest.mark.parametrize("path", ["/liveroom", "/briefing", "/areas/36.71.05", "/status"])
def test_nothing_is_old_on_a_fresh_run(browser: Browser, living_url: str, axe: str, path: str) -> None:
    with screen_of(browser, living_url, axe, "en", 1280) as screen:
        screen.open(path)
        text = screen.page.locator("main").inner_text()
        assert "old data" not in text.lower()
        assert "not available" not in text.lower()
        assert screen.complaints == []


@pytest.mark.slow
def test_counters_move_without_reloading(browser: Browser, living_url: str, axe: str) -> None:
    simulator = subprocess.Popen([sys.executable, "cli.py", "sample", "live", "--speed", SPEED], cwd=ROOT)
    try:
        with screen_of(browser, living_url, axe, "en", 1280) as screen:
            screen.open("/liveroom")
            was = {name: screen.page.locator(HEADLINE % name).inner_text() for name in ("complaints", "beds")}
            screen.page.evaluate("window.isTheSame = true")
            for name, text in was.items():
                screen.page.wait_for_function(MOVED, arg=[HEADLINE % name, text], timeout=WAIT_MS)
            assert screen.page.evaluate("window.isTheSame") is True
    finally:
        simulator.terminate()
        assert simulator.wait(timeout=30) == 0
        # It has hurried ahead; everybody else wants a city of today.
        subprocess.run([sys.executable, "cli.py", "sample"], cwd=ROOT, check=True)
