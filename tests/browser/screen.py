"""A screen: one page of the hub in a real browser, and what a visitor could hold against it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

WAIT_MS_MAX = 20_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""WCAG 2.2, levels A and AA, as axe-core names them."""
FINDS = """async ([tags, known]) => {
    const run = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']};
    const isKnown = (rule, target) => known.some(([of, selector]) =>
        of === rule && document.querySelector(target)?.matches(selector));
    return (await axe.run(document, run)).violations.flatMap((rule) => rule.nodes
        .filter((node) => !isKnown(rule.id, String(node.target[0])))
        .map((node) => `${rule.id}: ${node.html.slice(0, 200)}`));
}"""


CUT = """() => [...document.querySelectorAll('.number')]
    .filter((one) => one.checkVisibility() && !one.closest('#rows'))
    .filter((one) => {
        const [box, around] = [one, one.closest('.scroll') ?? document.body].map((all) => all.getBoundingClientRect());
        return box.left < around.left - 1 || box.right > Math.min(around.right, window.innerWidth) + 1;
    }).map((one) => one.textContent.trim())"""
"""Numbers that are seen in part, or only by those who scroll to the side. Whoever asked for many columns scrolls."""


# Without slots: playwright notes at an object whose methods it calls that it does.
@dataclass
class Screen:
    """A page and what its browser noted: errors on the console, and requests that would have left the host."""

    page: Page
    base_url: str
    axe: str
    friends: tuple[str, ...] = ()
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.base_url + path, wait_until="networkidle")
        assert answer is not None
        if answer.status != 200:
            self.complaints.append(f"{path} answers {answer.status}")

    def barriers(self, known: Collection[tuple[str, str]] = ()) -> list[str]:
        """What axe-core finds against WCAG 2.2 A and AA, but for these: a rule, and what its element matches."""
        self.page.evaluate(self.axe)
        found: list[str] = self.page.evaluate(FINDS, [RULES, [list(one) for one in known]])
        return found

    def is_wider_than_the_window(self) -> bool:
        """Whether somebody would have to scroll to the side to read."""
        wider: bool = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wider

    def cut_numbers(self) -> list[str]:
        """What stands in columns of numbers that the window cuts."""
        cut: list[str] = self.page.evaluate(CUT)
        return cut

    def _noted(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _kept_here(self, route: Route, request: Request) -> None:
        if request.url.startswith((self.base_url, *self.friends, "data:", "blob:")):
            route.continue_()
        else:
            self.complaints.append(f"asks another host: {request.url}")
            route.abort()


@contextmanager
def screen_of(
    browser: Browser, base_url: str, axe: str, language: str, width: int, friends: tuple[str, ...] = ()
) -> Iterator[Screen]:
    """A fresh visitor with a window of this width in CSS pixels; `friends` are hosts that they may be sent to."""
    context = browser.new_context(
        locale=language,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        service_workers="block",
        # A hub behind TLS has a certificate of the test's own.
        ignore_https_errors=base_url.startswith("https:"),
    )
    context.set_default_timeout(WAIT_MS_MAX)
    page = context.new_page()
    screen = Screen(page, base_url, axe, friends)
    page.on("console", screen._noted)
    page.on("pageerror", lambda error: screen.complaints.append(f"script: {error}"))
    page.route("**/*", screen._kept_here)
    try:
        yield screen
    finally:
        context.close()
