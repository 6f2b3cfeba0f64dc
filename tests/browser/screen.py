"""A screen: one page of the hub in a real browser, and what a visitor could hold against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

WAIT_MS_MAX = 20_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""WCAG 2.2, levels A and AA, as axe-core names them."""


# Without slots: playwright notes at an object whose methods it calls that it does.
@dataclass
class Screen:
    """A page and what its browser noted: errors on the console, and requests that would have left the host."""

    page: Page
    base_url: str
    axe: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.base_url + path, wait_until="networkidle")
        assert answer is not None
        if answer.status != 200:
            self.complaints.append(f"{path} answers {answer.status}")

    def barriers(self, *left_out: str) -> list[str]:
        """What axe-core finds against WCAG 2.2 A and AA outside of these places: the rule, and the first element."""
        self.page.evaluate(self.axe)
        found: dict[str, Any] = self.page.evaluate(
            "([tags, out]) => axe.run({exclude: out.map((place) => [place])},"
            " {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
            [RULES, list(left_out)],
        )
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]

    def is_wider_than_the_window(self) -> bool:
        """Whether somebody would have to scroll to the side to read."""
        wider: bool = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wider

    def _noted(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _kept_here(self, route: Route, request: Request) -> None:
        if request.url.startswith((self.base_url, "data:", "blob:")):
            route.continue_()
        else:
            self.complaints.append(f"asks another host: {request.url}")
            route.abort()


@contextmanager
def screen_of(browser: Browser, base_url: str, axe: str, language: str, width: int) -> Iterator[Screen]:
    """A fresh visitor with a window of this width in CSS pixels."""
    context = browser.new_context(
        locale=language,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(WAIT_MS_MAX)
    page = context.new_page()
    screen = Screen(page, base_url, axe)
    page.on("console", screen._noted)
    page.on("pageerror", lambda error: screen.complaints.append(f"script: {error}"))
    page.route("**/*", screen._kept_here)
    try:
        yield screen
    finally:
        context.close()
