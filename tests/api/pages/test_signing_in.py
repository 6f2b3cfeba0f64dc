"""Signing in on the pages: by code flow at a provider of another maker; at a desk as one of the sample city."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from api.pages.sign_in.code_flow import COOKIE as FLOW_COOKIE
from api.pages.sign_in.code_flow import local_path
from api.pages.sign_in.sessions import COOKIE, SESSION_S_MAX, Cookies, Sessions
from models.policy.viewer import Role, Viewer
from settings import SettingsError, settings_of
from tests.api.hub import SECRET, Running, environment, running
from tests.api.issuing import NIK, PAGES, Provider, provider
from tests.api.pages.forms import send

STAFF = "roles=officer,analyst"
RESIDENTS = "roles=citizen default=citizen assurance=loa3"
CLIENT = f"client={PAGES['client']} resource=urn:simpul:RS256"


@pytest.fixture(autouse=True)
def nobody_is_signed_in(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in {"hub", "prod", "residents"}.intersection(request.fixturenames):
        request.getfixturevalue(name).client.cookies.clear()


@pytest.fixture(scope="module")
def idp(peers: Path) -> Iterator[Provider]:
    with provider(peers) as started:
        yield started


@pytest.fixture(scope="module")
async def residents(city_folder: Path, database: Path, idp: Provider) -> AsyncIterator[Running]:
    """A hub whose pages sign residents in at the provider."""
    async with running(environment(city_folder, database, HUB_ISSUERS=f"{idp.issuer} {RESIDENTS} {CLIENT}")) as started:
        yield started


async def started_at(hub: Running, back_to: str = "/developers") -> str:
    """Where the hub sends a browser that wants to sign in."""
    page = await hub.client.get("/sign-in", params={"next": back_to}, headers={"accept-language": "en"})
    link = re.search(r'href="(/sign-in/start[^"]+)"', page.text)
    assert link is not None
    answer = await hub.client.get(link[1].replace("&amp;", "&"))
    assert answer.status_code == 303
    return answer.headers["location"]


async def who(hub: Running) -> str:
    """Who the page says that one is; empty: nobody."""
    page = await hub.client.get("/sign-in", headers={"accept-language": "en"})
    found = re.search(r"<strong>(.*?)</p>", page.text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found is not None else ""


def cookie_of(answer: httpx2.Response, name: str) -> dict[str, str]:
    (text,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{name}="))
    return {key.lower(): value for key, _, value in (part.strip().partition("=") for part in text.split(";")[1:])}


# --- The code flow ----------------------------------------------------------------------------------------------------


async def test_a_resident_signs_in_at_the_provider_and_out_again(residents: Running, idp: Provider) -> None:
    away = await started_at(residents, "/developers?q=x")
    asked = parse_qs(urlsplit(away).query)
    assert away.startswith(f"{idp.issuer}/auth?")
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    back = await residents.client.get(await idp.code_for(away, "resident"))
    assert (back.status_code, back.headers["location"]) == (303, "/developers?q=x")
    said = cookie_of(back, COOKIE)
    assert {"httponly", "samesite", "path", "max-age"} <= said.keys()
    assert (said["samesite"], said["path"], said["max-age"]) == ("lax", "/", str(SESSION_S_MAX))
    assert NIK not in str(back.headers)
    assert FLOW_COOKIE not in residents.client.cookies
    assert await who(residents) == "resident"
    sealed = residents.client.cookies[COOKIE]
    page = await residents.client.get("/sign-in")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    assert (await send(residents, "/sign-out", token="forged")).status_code == 403
    assert await who(residents) == "resident"
    assert (await send(residents, "/sign-out", token=token[1])).status_code == 303
    assert await who(residents) == ""
    residents.client.cookies.set(COOKIE, sealed)
    assert await who(residents) == "resident"  # a cookie that was copied is good until its time is over


async def test_the_viewer_is_that_of_a_token(residents: Running, idp: Provider) -> None:
    back = await residents.client.get(await idp.code_for(await started_at(residents), "resident"))
    assert back.status_code == 303
    from_token = (await residents.hub.viewers.read(await idp.token("resident"))).viewer
    scope = {"type": "http", "headers": [(b"cookie", f"{COOKIE}={residents.client.cookies[COOKIE]}".encode())]}
    session = Sessions(SECRET.encode()).of(Request(scope))
    assert session is not None
    assert session.viewer == from_token
    assert session.viewer.nik == NIK


async def test_a_resident_whose_identity_is_unsure_is_not_linked(residents: Running, idp: Provider) -> None:
    await residents.client.get(await idp.code_for(await started_at(residents), "unsure"))
    assert await who(residents) == "resident"


async def test_a_code_is_of_one_browser_and_of_one_time(residents: Running, idp: Provider) -> None:
    back = await idp.code_for(await started_at(residents), "resident")
    kept = dict(residents.client.cookies)
    residents.client.cookies.clear()
    assert (await residents.client.get(back)).status_code == 400  # somebody else's browser
    residents.client.cookies.update(kept)
    path, _, query = back.partition("?")
    for name, value in (("state", "other"), ("iss", "https://evil.example"), ("code", ""), ("code", "x" * 3_000)):
        changed = urlencode(dict(parse_qsl(query)) | {name: value})
        assert (await residents.client.get(f"{path}?{changed}")).status_code == 400, name
        assert COOKIE not in residents.client.cookies
    assert (await residents.client.get(back)).status_code == 303
    residents.client.cookies.clear()
    residents.client.cookies.update(kept)
    again = await residents.client.get(back)
    assert again.status_code == 503
    assert COOKIE not in residents.client.cookies


async def test_a_token_that_the_hub_does_not_take_signs_nobody_in(
    city_folder: Path, database: Path, idp: Provider
) -> None:
    environ = environment(city_folder, database, HUB_ISSUERS=f"{idp.issuer} {STAFF} {CLIENT}")
    async with running(environ) as staff:
        refused = await staff.client.get(await idp.code_for(await started_at(staff), "mayor"))
        assert refused.status_code == 400
        assert await who(staff) == ""
        await staff.client.get(await idp.code_for(await started_at(staff), "officer"))
        assert await who(staff) == "officer (dpupr)"


async def test_a_provider_that_is_away_is_said_to_be(city_folder: Path, database: Path) -> None:
    environ = environment(city_folder, database, HUB_ISSUERS=f"http://127.0.0.1:9 {RESIDENTS} {CLIENT}")
    async with running(environ) as hub:
        page = await hub.client.get("/sign-in/start?issuer=0", headers={"accept-language": "en"})
        assert page.status_code == 503
        assert "does not answer" in page.text
        assert (await hub.client.get("/sign-in/start?issuer=1")).status_code == 404
        assert (await hub.client.get("/sign-in/start?issuer=-1")).status_code == 404
        assert (await hub.client.get("/sign-in/start")).status_code == 404


# --- At a desk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("citizen", "resident"),
        ("officer", "officer (dpupr)"),
        ("operator", "operator"),
        ("dpo", "data protection officer"),
    ],
)
async def test_at_a_desk_one_is_whoever_one_wants(hub: Running, role: str, shown: str) -> None:
    answer = await send(hub, "/sign-in/persona", role=role, next="/developers")
    assert (answer.status_code, answer.headers["location"]) == (303, "/developers")
    assert await who(hub) == shown


async def test_a_new_sign_in_is_a_new_session(hub: Running) -> None:
    await send(hub, "/sign-in/persona", role="citizen")
    page = await hub.client.get("/sign-in")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    await send(hub, "/sign-in/persona", role="operator")
    assert (await send(hub, "/sign-out", token=token[1])).status_code == 403
    assert await who(hub) == "operator"


async def test_nobody_signs_in_from_another_page(hub: Running) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    answer = await hub.client.post("/sign-in/persona", data={"role": "citizen"}, headers=headers)
    assert answer.status_code == 403
    assert COOKIE not in hub.client.cookies


async def test_in_prod_there_is_nobody_to_choose(prod: Running) -> None:
    assert "Signing in is not set up" in (await prod.client.get("/sign-in", headers={"accept-language": "en"})).text
    assert (await send(prod, "/sign-in/persona", role="operator")).status_code == 404
    assert COOKIE not in prod.client.cookies


async def test_the_graph_takes_no_cookie(hub: Running) -> None:
    await send(hub, "/sign-in/persona", role="citizen")
    assert (await hub.ask("{ me { fullName } }")).json()["data"] == {"me": None}


# --- Cookies ----------------------------------------------------------------------------------------------------------


def request_with(name: str, value: str) -> Request:
    return Request(
        {"type": "http", "scheme": "http", "path": "/", "headers": [(b"cookie", f"{name}={value}".encode())]}
    )


def begun(now_s: float, public_url: str | None = None, secret: str = SECRET) -> tuple[Sessions, list[float], str]:
    """A session that has begun: its keeper, the clock to turn, and what a browser was sent."""
    now = [now_s]
    sessions, response = Sessions(secret.encode(), public_url, lambda: now[0]), Response()
    sessions.begin(response, request_with("a", "b"), Viewer(Role.CITIZEN, "s", None, None))
    return sessions, now, response.headers["set-cookie"]


def test_a_session_ends_by_itself() -> None:
    sessions, now, sent = begun(1_000.0)
    value = sent.partition("=")[2].partition(";")[0]
    now[0] += SESSION_S_MAX - 1
    assert sessions.of(request_with(COOKIE, value)) is not None
    now[0] += 1
    assert sessions.of(request_with(COOKIE, value)) is None


def test_a_cookie_is_of_one_hub_and_one_name_and_as_it_was_made() -> None:
    sessions, _, sent = begun(1_000.0)
    value = sent.partition("=")[2].partition(";")[0]
    assert sessions.of(request_with(COOKIE, value)) is not None
    other, _, _ = begun(1_000.0, secret="another secret, which is long enough too")
    assert other.of(request_with(COOKIE, value)) is None
    assert Cookies(SECRET.encode(), None, lambda: 1_000.0).get(request_with(FLOW_COOKIE, value), FLOW_COOKIE) is None
    for place in range(0, len(value), 7):
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        assert sessions.of(request_with(COOKIE, changed)) is None
    for garbage in ("", "x", "%00", "A" * 5_000, "é"):
        assert sessions.of(request_with(COOKIE, quote(garbage))) is None


@pytest.mark.parametrize(("public_url", "is_secure"), [(None, False), ("https://simpul.example.go.id", True)])
def test_behind_tls_a_cookie_goes_over_tls_only(public_url: str | None, is_secure: bool) -> None:
    _, _, sent = begun(1_000.0, public_url)
    assert ("; secure" in sent.lower()) is is_secure


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/my-data?x=1", "/my-data?x=1"),
        ("//evil.example", "/sign-in"),
        ("/\\evil.example", "/sign-in"),
        ("https://evil.example", "/sign-in"),
        ("/a\r\nset-cookie: a=b", "/sign-in"),
        ("", "/sign-in"),
        (None, "/sign-in"),
    ],
)
def test_one_comes_back_to_this_hub(given: str | None, path: str) -> None:
    assert local_path(given) == path


def test_in_prod_the_pages_know_their_address() -> None:
    prod = {
        "HUB_PROFILE": "prod",
        "HUB_SECRET": SECRET,
        "HUB_ISSUERS": "https://sso.example/r roles=citizen client=hub",
    }
    with pytest.raises(SettingsError, match="set HUB_PUBLIC_URL"):
        settings_of(prod)
    with pytest.raises(SettingsError, match="set HUB_PUBLIC_URL"):
        settings_of(prod | {"HUB_PUBLIC_URL": "http://simpul.example.go.id"})
    assert settings_of(prod | {"HUB_PUBLIC_URL": "https://simpul.example.go.id"}).issuers[0].client == "hub"
