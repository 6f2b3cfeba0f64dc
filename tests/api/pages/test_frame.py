"""What every page has: two languages with every word, links that lead somewhere, files of the hub itself alone."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import httpx2
import orjson
import pytest

from api.pages.assets import FOR_GOOD, IF_UNCHANGED, Assets, Files, Island
from api.pages.frame import LANGUAGE_COOKIE, NAVIGATION
from tests.api.hub import Running

ROOT = Path(__file__).resolve().parent.parent.parent.parent

PAGES = tuple(place.path for place in NAVIGATION)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "home"), [("id", "Beranda"), ("en", "Home")])
async def test_a_page_is_in_the_language_of_its_reader(hub: Running, path: str, language: str, home: str) -> None:
    page = await hub.client.get(path, headers={"accept-language": language})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}"' in page.text
    assert f">{home}</a>" in page.text
    assert page.text.count('aria-current="page"') == 1
    assert "set-cookie" not in page.headers


async def test_a_language_that_is_chosen_stays(hub: Running) -> None:
    chosen = await hub.client.get("/?lang=en", headers={"accept-language": "id"})
    assert '<html lang="en"' in chosen.text
    cookie = chosen.headers["set-cookie"]
    assert cookie.startswith(f"{LANGUAGE_COOKIE}=en; ")
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    headers = {"accept-language": "id", "cookie": f"{LANGUAGE_COOKIE}=en"}
    assert '<html lang="en"' in (await hub.client.get("/", headers=headers)).text
    hub.client.cookies.clear()


@pytest.mark.parametrize("language", ["fr", "", "en%00", "../en", "<script>"])
async def test_a_language_that_is_none_is_not_kept(hub: Running, language: str) -> None:
    page = await hub.client.get(f"/?lang={language}", headers={"accept-language": "id"})
    assert '<html lang="id"' in page.text
    assert "set-cookie" not in page.headers
    assert "<script>" not in page.text


def addresses(page: httpx2.Response) -> list[str]:
    return [unescape(found) for found in re.findall(r'(?:href|src)="([^"]*)"', page.text)]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_leads_only_to_what_is_there(hub: Running, path: str) -> None:
    page = await hub.client.get(path, headers={"accept-language": "en"})
    for address in addresses(page):
        assert address.startswith(("/", "#")), address
        if address.startswith("/"):
            assert (await hub.client.get(address)).status_code == 200, address
    hub.client.cookies.clear()


@pytest.mark.parametrize("path", PAGES)
async def test_a_browser_may_load_nothing_from_elsewhere(hub: Running, path: str) -> None:
    headers = (await hub.client.get(path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"https?:|\*|unsafe-eval", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


# --- What the build has noted -----------------------------------------------------------------------------------------


def test_an_island_brings_the_styles_of_all_that_it_imports(tmp_path: Path) -> None:
    manifest = {
        "islands/a.ts": {
            "file": "assets/a-1.js", "name": "a", "isEntry": True, "imports": ["_b.js"], "css": ["assets/a.css"],
        },
        "_b.js": {"file": "assets/b.js", "name": "b", "imports": ["_b.js"], "css": ["assets/b.css", "assets/a.css"]},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_bytes(orjson.dumps(manifest))
    styles = ("/static/built/assets/b.css", "/static/built/assets/a.css")
    assert Assets(tmp_path).island("a") == Island("/static/built/assets/a-1.js", styles)
    assert Assets(tmp_path).island("b") is None


def test_where_nothing_was_built_there_is_no_island(tmp_path: Path) -> None:
    assert Assets(tmp_path).island("page") is None
    assert Assets(tmp_path / "nowhere").island("page") is None


# --- How long files are kept ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("assets/page-pzdEj0Ve.js", FOR_GOOD),
        ("assets/json.worker-7-a2hYx4.js", FOR_GOOD),
        ("assets/page.js", IF_UNCHANGED),
        ("manifest.json", IF_UNCHANGED),
        ("page-pzdEj0Ve.js", IF_UNCHANGED),
    ],
)
async def test_a_file_is_kept_for_good_where_its_name_changes_with_it(tmp_path: Path, path: str, kept: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("export {};", encoding="utf-8")
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(Files(directory=tmp_path)), base_url="http://hub"
    ) as client:
        first = await client.get(f"/{path}")
        assert (first.status_code, first.headers["cache-control"]) == (200, kept)
        again = await client.get(f"/{path}", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", kept)
        file.write_text("export { changed };", encoding="utf-8")
        changed = await client.get(f"/{path}", headers={"if-none-match": first.headers["etag"]})
        assert (changed.status_code, changed.text) == (200, "export { changed };")


async def test_the_style_is_compared_before_each_use(hub: Running) -> None:
    first = await hub.client.get("/static/simpul.css")
    assert first.headers["cache-control"] == IF_UNCHANGED == "no-cache"
    again = await hub.client.get("/static/simpul.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
