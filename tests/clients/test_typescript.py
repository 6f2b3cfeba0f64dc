"""What a frontend team installs: a page by urql and by Apollo Client shows all but what one department holds."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store.documents import register
from tests.api.hub import Running, environment, running
from tests.api.serving import node, served
from tests.migrated import migrated
from tests.small_city import small_city

SCHEMA = Path(__file__).resolve().parents[2] / "schema" / "schema.graphql"
NOBODY = "postgresql://reader:none@127.0.0.1:1/laksa"
"""A port on which nothing listens."""


@pytest.fixture(params=[True, False], ids=["all-up", "complaints-down"])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Running, str]]:
    """A hub over three departments, with what its panel of complaints has to say."""
    await asyncio.to_thread(small_city, tmp_path / "city")
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    more = {"HUB_CITY": "tests.clients.three_departments"}
    more["HUB_SOURCE_HOSPITALS_URL"] = f"sqlite:///{(tmp_path / 'city' / 'hospitals.db').as_posix()}"
    if not request.param:
        more["HUB_SOURCE_COMPLAINTS_URL"] = NOBODY
    async with running(environment(tmp_path / "city", database, **more)) as hub:
        yield hub, "3 shown" if request.param else "missing: DEPARTMENT_UNAVAILABLE"


@pytest.mark.parametrize("library", ["urql", "apollo"])
async def test_a_page_shows_all_but_the_department_that_is_down(
    package: Path, city: tuple[Running, str], library: str
) -> None:
    hub, complaints = city
    manifest = json.loads((package / "src" / "generated" / "persisted-documents.json").read_text(encoding="utf-8"))
    async with served(hub.app) as place:
        unknown = await node(package, "dist/example.js", library, f"http://{place}/graphql")
        # The manifest's hash is that of the text as codegen wrote it: what is not registered is not asked in its name.
        # Apollo Client hands on no error out of a refusal.
        why = {"urql": "BAD_REQUEST", "apollo": "NO_ANSWER"}[library]
        assert panels(unknown) == [f"{panel}, missing: {why}" for panel in ("Areas", "Complaints", "Hospitals")]
        await register(hub.hub.database, "page", manifest, lambda: datetime(2026, 5, 1, tzinfo=UTC))
        await hub.hub.responses.documents.refresh(hub.hub.database)
        page = await node(package, "dist/example.js", library, f"http://{place}/graphql")
    assert panels(page) == ["Areas, 3 shown", f"Complaints, {complaints}", "Hospitals, 3 shown"]


def panels(page: str) -> list[str]:
    """The text of each panel of a rendered page."""
    return re.findall(r"<section>(.*?)</section>", page)


def ran(folder: Path, *command: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120).stdout)


TRY = """
    import { panelOf } from "simpul-client";
    import { generate } from "@graphql-codegen/cli";
    import { recipe, scalars } from "simpul-client/recipe";
    const config = { schema: process.argv[1], documents: ["page.ts"], generates: recipe("./gen/") };
    await generate({ ...config, silent: true }, true);
    const panel = panelOf({ areas: null }, [{ path: ["areas"], extensions: { code: "TOLD" } }], "areas");
    const data = { area: { name: "Cipondoh", complaints: null, hospitals: { nodes: [{ beds: null }] } } };
    const errors = [
        { path: ["areas", "complaints"], extensions: { code: "OTHER" } },
        { path: ["area", "complaints"], extensions: { code: "DOWN" } },
    ];
    const below = { code: "BELOW" };
    const nested = [
        panelOf(data, errors, "area", "name"),
        panelOf(data, errors, "area", "complaints"),
        panelOf(data, errors, "area", "hospitals", "nodes"),
        panelOf(data, [{ path: ["area"], extensions: { code: "AROUND" } }], "area", "complaints"),
        panelOf(data, [], "area", "complaints"),
        panelOf(data.area.hospitals, [{ path: ["nodes", 0, "beds", 2], extensions: below }], "nodes", 0, "beds"),
    ];
    console.log(JSON.stringify({ panel, nested, scalars }));
"""
PAGE = """
import { graphql } from "./gen/gql";
export const Page = graphql(`query Page { complaints(first: 1) { nodes { requestedAt } } }`);
"""


def test_what_npm_packs_is_installed_and_generates_types(package: Path, tmp_path: Path) -> None:
    packed = ran(package, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", str(tmp_path))[0]
    files = ["README.md", "dist/partial.d.ts", "dist/partial.js", "package.json", "recipe.mjs"]
    assert (packed["filename"], [one["path"] for one in packed["files"]]) == ("simpul-client-0.1.0.tgz", files)
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for other in ("graphql", "@graphql-codegen", "@graphql-typed-document-node"):
        (modules / other).symlink_to(package / "node_modules" / other)
    with tarfile.open(tmp_path / packed["filename"]) as archive:
        archive.extractall(modules, filter="data")
    (modules / "package").rename(modules / "simpul-client")
    (tmp_path / "page.ts").write_text(PAGE, encoding="utf-8")
    told = ran(tmp_path, "node", "--input-type=module", "-e", TRY, str(SCHEMA))
    assert told["panel"] == {"state": "missing", "code": "TOLD"}
    assert told["nested"] == [
        {"state": "shown", "value": "Cipondoh"},
        {"state": "missing", "code": "DOWN"},
        {"state": "shown", "value": [{"beds": None}]},
        {"state": "missing", "code": "AROUND"},
        {"state": "missing", "code": "NO_ANSWER"},
        {"state": "missing", "code": "BELOW"},
    ]
    own = set(re.findall(r"^scalar (\w+)", SCHEMA.read_text(encoding="utf-8"), re.MULTILINE))
    assert told["scalars"] == dict.fromkeys(own, "string") | {"JSON": "unknown"}
    types = (tmp_path / "gen" / "graphql.ts").read_text(encoding="utf-8")
    assert "nodes: Array<{ __typename: 'Complaint', requestedAt: string | null }>" in types
