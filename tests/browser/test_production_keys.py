"""A key in production, by keyboard: asked for, granted by an operator who signs in at an issuer, used, revoked."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.hub import SECRET
from tests.api.issuing import PAGES, Provider, provider
from tests.browser.conftest import ROOT, served
from tests.browser.screen import Screen, screen_of
from tests.browser.test_portal import arrive, tab_to
from tests.browser.tls import certificate, tls_door

SAMPLE = ROOT / "var" / "sample" / "small"
ASKED_FOR = "Peta Banjir"


@dataclass(frozen=True, slots=True)
class Production:
    """A hub as a city runs it: profile prod, behind TLS, with people who sign in at an issuer."""

    address: str
    idp: Provider
    trust: ssl.SSLContext

    def status_for(self, key: str) -> int:
        """What the graph answers to this key."""
        headers = {"X-Api-Key": key, "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.address}/graphql", data=b'{"query": "{ __typename }"}', headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.trust) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code


@pytest.fixture(scope="module")
def production(peers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("production")
    own = certificate(folder)
    tls = {"cert": own.file.read_text(encoding="ascii"), "key": own.key.read_text(encoding="ascii")}
    with tls_door(own) as door, provider(peers, door.address, tls) as idp:
        environ = {
            "HUB_PROFILE": "prod",
            "HUB_SECRET": SECRET,
            "HUB_PUBLIC_URL": door.address,
            "HUB_ISSUERS": f"{idp.issuer} roles=operator,officer client={PAGES['client']} resource=urn:simpul:RS256",
            "HUB_CITY": "tests.api.two_departments",
            "HUB_SOURCE_AREAS_URL": f"sqlite:///{(SAMPLE / 'areas.db').as_posix()}",
            "HUB_SOURCE_COMPLAINTS_URL": f"sqlite:///{(SAMPLE / 'complaints.db').as_posix()}",
            "SSL_CERT_FILE": str(own.file),
        }
        with served(folder, **environ) as inside:
            door.port = urlsplit(inside).port or 0
            yield Production(door.address, idp, ssl.create_default_context(cafile=str(own.file)))


def ask_for_a_key(page: Page) -> str:
    """The code by which the key is fetched one day."""
    for field, text in (
        ("#name", ASKED_FOR),
        ("#contact", "banjir@simpul.example"),
        ("#intent", "Warga lihat air naik."),
    ):
        tab_to(page, field)
        page.keyboard.type(text)
    tab_to(page, "button")
    page.keyboard.press("Enter")
    arrive(page, "/developers/keys")
    return page.locator("#code").inner_text()


def fetch_the_key(page: Page, code: str) -> None:
    tab_to(page, "#code")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    arrive(page, "/developers/keys/fetch")


def sign_in_at_the_issuer(screen: Screen, account: str) -> None:
    """From a page that wants somebody to sign in, and back to it."""
    page, began_at = screen.page, urlsplit(screen.page.url).path
    tab_to(page, "main a[href^='/sign-in']")
    page.keyboard.press("Enter")
    arrive(page, "/sign-in")
    assert screen.barriers() == []
    assert screen.complaints == []
    tab_to(page, "a[href^='/sign-in/start']")
    page.keyboard.press("Enter")
    page.locator("[name=login]").wait_for()
    tab_to(page, "[name=login]")
    page.keyboard.type(account)
    tab_to(page, "[name=password]")
    page.keyboard.type("any")
    page.keyboard.press("Enter")
    # The issuer asks whether the hub may know who one is.
    page.locator("[name=prompt][value=consent]").wait_for(state="attached")
    tab_to(page, "button")
    page.keyboard.press("Enter")
    arrive(page, began_at)
    # What the issuer's pages do is not the hub's.
    screen.complaints.clear()


def test_an_operator_grants_a_key_and_revokes_it(browser: Browser, production: Production, axe: str) -> None:
    friends = (production.idp.issuer,)
    with (
        screen_of(browser, production.address, axe, "id", 1280) as developer,
        screen_of(browser, production.address, axe, "en", 1280, friends) as operator,
    ):
        developer.open("/developers")
        code = ask_for_a_key(developer.page)
        developer.open("/developers")
        fetch_the_key(developer.page, code)
        assert "Permohonan ini belum diperiksa" in developer.page.locator("main").inner_text()

        operator.open("/admin/keys")
        assert ASKED_FOR not in operator.page.content()
        sign_in_at_the_issuer(operator, "operator")
        assert ASKED_FOR in operator.page.locator(".cards").inner_text()
        assert operator.barriers() == []
        tab_to(operator.page, "select[name=days]")
        operator.page.keyboard.press("ArrowUp")
        tab_to(operator.page, "button[value=grant]")
        operator.page.keyboard.press("Enter")
        expect(operator.page.locator(".cards")).to_have_count(0)

        developer.open("/developers")
        fetch_the_key(developer.page, code)
        key = developer.page.locator("#key").inner_text()
        assert developer.barriers() == []
        assert production.status_for(key) == 200
        assert production.status_for(f"{key}x") == 401

        operator.open("/admin/keys")
        tab_to(operator.page, f"button[value=revoke][aria-label*='{ASKED_FOR}']")
        operator.page.keyboard.press("Enter")
        expect(operator.page.locator("tr", has_text=ASKED_FOR)).to_contain_text("revoked")
        assert production.status_for(key) == 401
        assert operator.complaints == []
        assert developer.complaints == []


def test_who_is_no_operator_sees_and_grants_nothing(browser: Browser, production: Production, axe: str) -> None:
    with screen_of(browser, production.address, axe, "en", 1280, (production.idp.issuer,)) as officer:
        officer.open("/admin/keys")
        sign_in_at_the_issuer(officer, "officer")
        expect(officer.page.locator("main .notice")).to_contain_text("for an operator")
        expect(officer.page.locator("main form, main table")).to_have_count(0)
        assert officer.complaints == []
