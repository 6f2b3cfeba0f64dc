"""Fixtures: Debian's chromium, and a hub of the whole sample city that is started as a user starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, sync_playwright

import dev
from tests.browser.screen import Screen, screen_of
from tests.canaries import WATCH

ROOT = Path(__file__).resolve().parent.parent.parent
START_S_MAX = 60
OFFLINE = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)
"""A browser that asks nobody but the page's own host."""

Visit = Callable[[str, int], AbstractContextManager[Screen]]
"""Opens a window: in a language, with a width."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="renew the pictures under docs/pictures")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium: install Debian's package")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(OFFLINE))
        yield launched
        launched.close()


def told_address(log: Path, hub: subprocess.Popen[bytes]) -> str:
    """Where the hub says that it serves, once it is ready."""
    until = time.monotonic() + START_S_MAX
    while time.monotonic() < until and hub.poll() is None:
        said = re.search(r"serves at (http://\S+)", log.read_text(encoding="utf-8"))
        if said is not None and is_ready(said[1]):
            return said[1]
        time.sleep(0.1)
    raise AssertionError(f"The hub did not start: {log.read_text(encoding='utf-8')}")


def is_ready(base_url: str) -> bool:
    try:
        return httpx2.get(f"{base_url}/health/live").status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def served(folder: Path, **more: str) -> Iterator[str]:
    """Where a hub of the sample city listens, in the dev profile, over a database of its own; `more` is environment."""
    if not dev.is_sample_there() or dev.sample_day() != datetime.now(dev.SAMPLE_ZONE).date():
        subprocess.run([sys.executable, "cli.py", "sample", "--size", "small"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "build_pages.py"], cwd=ROOT, check=True)
    database = folder / "hub.db"
    own = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environ = own | {"HUB_DATABASE_URL": f"sqlite:///{database.as_posix()}", "HUB_PORT": "0"} | more
    subprocess.run([sys.executable, "cli.py", "migrate"], cwd=ROOT, env=environ, check=True)
    log = database.with_name("hub.log")
    with log.open("wb") as output:
        hub = subprocess.Popen(
            [sys.executable, "cli.py", "serve"], cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield told_address(log, hub)
        finally:
            hub.terminate()
            hub.wait(timeout=START_S_MAX)
            WATCH.look("stderr", log.read_text(encoding="utf-8"))
    assert not re.search(r"Traceback|\[error", log.read_text(encoding="utf-8")), log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The hub that most tests visit."""
    with served(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="session")
def axe(peers: Path) -> str:
    """The text of axe-core."""
    return (peers / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def visit(browser: Browser, base_url: str, axe: str) -> Visit:
    return lambda language, width: screen_of(browser, base_url, axe, language, width)
