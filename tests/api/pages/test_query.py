"""The form without scripts: in both languages, and safe whatever the query says."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from graphql import build_schema
from starlette.requests import Request as HttpRequest

from api.pages.assets import Assets
from api.pages.developers.explorer import PlainExplorerPage
from api.pages.frame import POLICY as PARTS
from api.pages.frame import Frame
from api.pages.queries import PageQueries
from api.serving.frozen_head import HEAD, freeze
from engine.lanes import Lanes
from tests.api.hub import Running

POLICY = "; ".join(PARTS)
PATH = "/explorer/plain"


async def page(hub: Running, query: str | None = None, language: str = "en") -> str:
    """The text of the page, with its safety checked."""
    path = PATH if query is None else f"{PATH}?query={quote(query)}"
    response = await hub.client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    text = response.text
    for unsafe in ("<script>", "<iframe", " style=", "onload=", "http:", "https:"):
        assert unsafe not in text
    return text


@pytest.mark.parametrize(
    ("language", "tag", "sentence"),
    [
        ("en", '<html lang="en">', "Nothing has been asked yet."),
        ("id", '<html lang="id">', "Belum ada yang ditanyakan."),
        ("fr", '<html lang="id">', "Belum ada yang ditanyakan."),
    ],
)
async def test_in_both_languages(hub: Running, language: str, tag: str, sentence: str) -> None:
    text = await page(hub, language=language)
    assert tag in text
    assert sentence in text
    assert "Kota Tangerang" in text


async def test_the_example_works(hub: Running) -> None:
    text = await page(hub)
    example = unescape(text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    answered = unescape(await page(hub, example))
    assert '"name": "Cipondoh"' in answered
    assert '"levelName": "District"' in answered
    assert '"errors"' not in answered


async def test_a_query_is_answered_in_the_language(hub: Running) -> None:
    assert '"levelLabel": "Kota"' in unescape(await page(hub, '{ area(code: "36.71") { levelLabel } }', "id"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{", "Syntax Error"),
        ("{ nothing }", "Cannot query field"),
        ("{ " + "__typename " * 200 + "}", "duplicate_fields_max"),
        ("query A { __typename } query B { __typename }", "Must provide operation name"),
        ("query ($c: AreaCode!) { area(code: $c) { name } }", "BAD_INPUT"),
        ("mutation { a }", "Cannot query field 'a' on type 'Mutation'."),
        ("\0", "Unexpected character"),
        ("{ complaints(first: 101) { nodes { id } } }", "must be between 0 and 100"),
        ("{ complaints(first: 1) { nodes { description } } }", "Your role may not read description."),
    ],
)
async def test_a_broken_query_is_told_so(hub: Running, query: str, said: str) -> None:
    text = unescape(await page(hub, query))
    assert said in text
    assert "INTERNAL" not in text


async def test_the_page_only_reads(hub: Running, tmp_path: Path) -> None:
    tiny = build_schema("type Query { a: Int } type Mutation { b: Int }")
    lanes = Lanes(tiny, hide_suggestions=True)
    frame = Frame(hub.hub.package.city, Assets(tmp_path))
    asking = PageQueries(replace(hub.hub.operations, lanes=lanes), hub.hub.admission, hub.hub.charging)
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": PATH, "query_string": b"query=mutation{b}"}
    scope["headers"] = [(b"host", b"hub")]
    scope[HEAD] = freeze(scope)
    asked = PlainExplorerPage(frame, asking)
    response = await asked(HttpRequest(scope))
    assert response.status_code == 200
    assert "Mutasi hanya lewat POST." in bytes(response.body).decode()


@pytest.mark.parametrize(
    "query",
    [
        "</textarea><script>alert(1)</script>",
        '"><img src=x onload=alert(1)>',
        '{ area(code: "<script>alert(1)</script>") { name } }',
        "{ __typename } # </pre><script>alert(1)</script>",
        "{{ 7 * 7 }}{% if 1 %}",
    ],
)
async def test_what_is_asked_is_only_text(hub: Running, query: str) -> None:
    response = await hub.client.get(f"{PATH}?query={quote(query)}")
    for unsafe in ("<script>", "<img src=x", "</pre><", "49"):
        assert unsafe not in response.text
    assert query in unescape(response.text)


@pytest.mark.parametrize("raw", ["%ff", "%ed%a0%80", "%", "%zz", "a" * 60_000, "%0a" * 2_000])
async def test_any_query_string_is_answered(hub: Running, raw: str) -> None:
    assert (await hub.client.get(f"{PATH}?query={raw}")).status_code == 200


async def test_the_style(hub: Running) -> None:
    response = await hub.client.get("/static/simpul.css")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "http" not in response.text


@pytest.mark.parametrize(
    "path", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "%5c..%5capp.py", "", "/etc/passwd", "nothing"]
)
async def test_only_what_is_meant_to_be_seen(hub: Running, path: str) -> None:
    assert (await hub.client.get(f"/static/{path}")).status_code == 404


async def test_no_documentation_of_an_interface_that_is_not_ours(hub: Running) -> None:
    assert [(await hub.client.get(path)).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404] * 3
