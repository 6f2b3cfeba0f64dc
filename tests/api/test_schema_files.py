"""The schema as files: both say the same, are kept by clients, and need no question to the graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_client_schema, build_schema, lexicographic_sort_schema, print_schema

from tests.api.hub import Running

ROOT = Path(__file__).resolve().parent.parent.parent


async def test_the_schema_in_its_own_language(hub: Running) -> None:
    response = await hub.client.get("/schema.graphql")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")


async def test_the_schema_as_introspection_says_the_same(prod: Running) -> None:
    response = await prod.client.get("/schema.json")
    assert response.headers["content-type"] == "application/json"
    read = build_client_schema(response.json()["data"])
    written = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    assert print_schema(lexicographic_sort_schema(read)) == print_schema(lexicographic_sort_schema(written))


@pytest.mark.parametrize("path", ["/schema.graphql", "/schema.json"])
async def test_who_has_it_gets_nothing_again(hub: Running, path: str) -> None:
    first = await hub.client.get(path)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["access-control-allow-origin"] == "*"
    for told in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = await hub.client.get(path, headers={"if-none-match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag), told
        assert again.headers["cache-control"] == "public, max-age=300"
    assert (await hub.client.get(path, headers={"if-none-match": '"other"'})).status_code == 200
    packed = await hub.client.get(path, headers={"accept-encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.headers["etag"]) == ("gzip", etag)
    assert (await hub.client.head(path)).headers["etag"] == etag
