"""Files and recipes for dashboards: each metric and label exists, and each query gives its figures."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml  # type: ignore[import-untyped]  # comes without types
from prometheus_client.parser import text_string_to_metric_families

from models.values.localized import Language
from store.documents import register as register_documents
from store.views import View, register
from tests.api.hub import Running, environment, running
from tests.api.serving import served
from tests.migrated import migrated
from tests.small_city import small_city

ROOT = Path(__file__).resolve().parent.parent
GRAFANA = ROOT / "deploy" / "grafana"
RECIPES = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
NOT_COUNTED_YET = {"simpul_refusals_total": {"reason"}}
"""What has no sample before something is refused, and the labels that it will have (api/observability/metrics.py)."""
OPEN = "{ complaintGroups(by: [AREA], areaLevel: DISTRICT, filter: {status: {eq: OPEN}}, first: 50)"
OPEN += " { groups { key { area { code name } } count } } }"


def blocks(language: str) -> list[str]:
    """The blocks of code in the recipes that are in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", RECIPES, re.MULTILINE | re.DOTALL)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    """A hub with the view of the recipes."""
    await asyncio.to_thread(small_city, tmp_path / "city")
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    async with running(environment(tmp_path / "city", database)) as started:
        now = datetime(2026, 5, 1, tzinfo=UTC)
        await register_documents(started.hub.database, "dashboards", json.loads(blocks("json")[0]), lambda: now)
        view = View("open-by-district", "open-by-district", {}, Language.ID, every_s=60)
        await register(started.hub.database, view, lambda: now)
        await started.hub.views.follow(started.hub.database)
        yield started


def expressions() -> dict[str, str]:
    """What the dashboard and the alerts ask, by where it stands."""
    panels = json.loads((GRAFANA / "simpul.json").read_text(encoding="utf-8"))["panels"]
    found = {f"{one['title']} {to['refId']}": to["expr"] for one in panels for to in one["targets"]}
    groups = yaml.safe_load((GRAFANA / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return found | {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def asked_of(expression: str) -> dict[str, set[str]]:
    """The metrics of an expression, each with the labels that are compared, or grouped by in it."""
    grouped = {
        label.strip() for by in re.findall(r"\b(?:by|without) \(([^)]*)\)", expression) for label in by.split(",")
    }
    found: dict[str, set[str]] = {}
    for name, matchers in re.findall(r"\b(simpul_\w+)(?:\{([^}]*)\})?", expression):
        found.setdefault(name, set(grouped)).update(re.findall(r"(\w+)\s*(?:=|!=|=~|!~)", matchers))
    return found


async def test_each_metric_and_label_that_is_asked_for_exists(hub: Running) -> None:
    await hub.ask("{ complaints(first: 2) { nodes { id } } }")
    there: dict[str, set[str]] = dict(NOT_COUNTED_YET)
    for family in text_string_to_metric_families((await hub.client.get("/metrics")).text):
        for sample in family.samples:
            there.setdefault(sample.name, set()).update(sample.labels)
    wrong = [
        (place, name, sorted(labels - there.get(name, set())))
        for place, expression in expressions().items()
        for name, labels in asked_of(expression).items()
        if name not in there or not labels <= there[name]
    ]
    assert wrong == []
    assert len(expressions()) == 31


async def counts(hub: Running) -> dict[str, int]:
    """Open complaints by the name of their district, as the graph says."""
    groups = (await hub.ask(OPEN, {"accept-language": "id"})).json()["data"]["complaintGroups"]["groups"]
    return {(one["key"]["area"] or {}).get("name", ""): one["count"] for one in groups}


OF_TYPE: dict[str, Callable[[str], Any]] = {
    "type text": str,
    "Int64.Type": int,
    "type datetimezone": datetime.fromisoformat,
}


async def test_power_bi_finds_columns_of_the_types_that_it_is_told(hub: Running) -> None:
    rows: list[list[dict[str, Any]]] = []
    for text in blocks("m"):
        told = re.search(
            r'Web\.Contents\("https://hub\.example", \[RelativePath = "([^"]+)"(?:, Query = \[(.*?)\])?\]', text
        )
        assert told is not None
        answer = await hub.client.get(f"/{told[1]}", params=dict(re.findall(r'(\w+) = "([^"]*)"', told[2] or "")))
        assert answer.status_code == 200, answer.text
        types = dict(re.findall(r'\{"([^"]+)", ([\w. ]+)\}', text))
        read = list(csv.DictReader(io.StringIO(answer.text)))
        assert list(read[0]) == list(types)
        rows.append([{key: OF_TYPE[types[key]](value) for key, value in row.items() if value} for row in read])
    view, exported = rows
    assert {row.get("key.area.name", ""): row["count"] for row in view} == await counts(hub)
    assert len(exported) == sum((await counts(hub)).values())


async def test_metabase_gets_its_tables_and_its_questions_their_answers(hub: Running, postgres_url: str) -> None:
    if shutil.which("psql") is None or shutil.which("curl") is None:
        pytest.skip("no psql or no curl, by which the tables are filled")

    async def done(*command: str) -> tuple[int, str]:
        finished = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, check=False)
        return finished.returncode, (finished.stdout + finished.stderr).decode()

    script, _, _, *tables = re.sub(r"\\\n", " ", blocks("sh")[1]).split()
    async with served(hub.app) as place:
        for _ in range(2):
            assert await done(script, f"http://{place}", postgres_url, *tables) == (0, "")
        status, said = await done(script, f"http://{place}", postgres_url, "complaints=/export/nothing.csv")
        assert (status, "404" in said) == (22, True), "what fails leaves the table as it was"
    ask = ("psql", "--no-psqlrc", "--csv", "--tuples-only", postgres_url, "--command")
    by_district, by_month, by_area = [
        list(csv.reader(io.StringIO((await done(*ask, one))[1]))) for one in blocks("sql")
    ]
    assert {name: int(count) for name, count in by_district} == await counts(hub)
    text = (await hub.client.get("/export/complaints.csv", params={"fields": "requestedAt,status,area.name"})).text
    rows = list(csv.DictReader(io.StringIO(text)))
    zone = ZoneInfo("Asia/Jakarta")
    months = Counter(
        datetime.fromisoformat(row["requestedAt"]).astimezone(zone).strftime("%Y-%m")
        for row in rows
        if row["requestedAt"]
    )
    assert by_month == [[month, str(count)] for month, count in sorted(months.items())]
    pairs = Counter((row["area.name"], row["status"]) for row in rows)
    assert [int(count) for *_, count in by_area] == [count for _, count in pairs.most_common(20)]
    assert all(pairs[name, status] == int(count) for name, status, count in by_area)
