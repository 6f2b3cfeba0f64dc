"""Last good answers: with every department down and the hub started anew, public subjects answer, and say how old."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from connectors.replica.last_good import public_part
from models.policy.viewer import Role
from sample import places
from sample.write import DROPS, SOURCES
from tests.api.hub import Running, errors_of, running, whole_city
from tests.migrated import migrated
from tests.small_city import small_city

QUESTION = """
query Public($n: Int!) {
  areas(first: $n) { totalCount nodes { code name provenance { servedFrom freshness asOf } } }
  hospitals(first: $n, orderBy: [{name: ASC}]) { nodes { name area { name } provenance { servedFrom freshness } } }
  jobPostings(first: $n) { nodes { title provenance { servedFrom freshness } } }
  newsArticles(first: $n, orderBy: [{datePublished: DESC}]) { nodes { headline provenance { servedFrom freshness } } }
  marketPrices(first: $n) { nodes { price { amount } provenance { servedFrom freshness } } }
  events(first: $n) { nodes { name provenance { servedFrom freshness } } }
  services(first: $n) { nodes { name provenance { servedFrom freshness } } }
}
"""
LIVE = ("areas", "hospitals", "jobPostings", "newsArticles")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    small_city(folder)
    return folder


@pytest.fixture
def environ(sample: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A hub of the whole city, whose sources a test may take away."""
    shutil.copytree(sample, tmp_path / "city")
    with whole_city(tmp_path / "city", migrated(tmp_path / "hub.db"), tmp_path) as environ:
        yield environ


async def nodes(hub: Running) -> dict[str, list[dict[str, Any]]]:
    answer = await hub.ask(QUESTION, n=5)
    assert "errors" not in answer.json(), answer.json()["errors"]
    return {name: connection["nodes"] for name, connection in answer.json()["data"].items()}


def bare(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{field: value for field, value in node.items() if field != "provenance"} for node in each]
        for name, each in found.items()
    }


def served(found: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Where nodes were read, and how fresh they are."""
    return {word: {node["provenance"][word] for node in found} for word in ("servedFrom", "freshness")}


async def test_public_subjects_answer_after_a_restart_with_every_department_down(
    environ: dict[str, str], tmp_path: Path
) -> None:
    async with running(environ) as hub:
        before = await nodes(hub)
        assert {name: served(before[name])["servedFrom"] for name in LIVE} == {name: {"SOURCE"} for name in LIVE}
    shutil.rmtree(tmp_path / "city")
    later = datetime.now(UTC) + timedelta(days=40)
    with time_machine.travel(later, tick=True):
        async with running(environ) as hub:
            after = await nodes(hub)
            assert bare(after) == bare(before)
            copied = {"servedFrom": {"REPLICA"}, "freshness": {"STALE"}}
            assert {name: served(each) for name, each in after.items()} == dict.fromkeys(after, copied)
            answer = await hub.ask(QUESTION, n=1)
            states = {line["source"]: line["state"] for line in answer.json()["extensions"]["sources"]}
            assert {name: states[name] for name in ("areas", "hospitals", "jobs", "news", "news_feed")} == {
                "areas": "STALE",
                "hospitals": "STALE",
                "jobs": "STALE",
                "news": "UNAVAILABLE",
                "news_feed": "OK",
            }
            refused = await hub.ask("{ complaints(first: 1) { nodes { id } } }")
            assert [code for code, _ in errors_of(refused)] == ["DEPARTMENT_UNAVAILABLE"]
            assert refused.json()["data"] == {"complaints": None}


async def test_a_page_of_a_copy_goes_on_in_the_copy(environ: dict[str, str], tmp_path: Path) -> None:
    query = """query Page($after: String) { jobPostings(first: 40, after: $after, orderBy: [{datePosted: DESC}]) {
        pageInfo { endCursor } nodes { id } } }"""
    async with running(environ) as hub:
        live = [(await hub.ask(query)).json()["data"]["jobPostings"]]
        live.append((await hub.ask(query, after=live[0]["pageInfo"]["endCursor"])).json()["data"]["jobPostings"])
        away = tmp_path / "city" / "jobs.db"
        away.rename(tmp_path / "away.db")
        # The pool may hold the file open: whoever has it open still reads it.
        await hub.hub.catalog.connectors["jobs"]._pool._close_idle()  # type: ignore[attr-defined]  # a database
        first = (await hub.ask(query)).json()["data"]["jobPostings"]
        (tmp_path / "away.db").rename(away)
        second = (await hub.ask(query, after=first["pageInfo"]["endCursor"])).json()["data"]["jobPostings"]
    assert [page["nodes"] for page in (first, second)] == [page["nodes"] for page in live]


async def test_nothing_personal_is_copied(environ: dict[str, str], tmp_path: Path) -> None:
    async with running(environ) as hub:
        kept = [binding.mapping for binding in hub.hub.catalog._copies.values()]
        assert {mapping.record.name for mapping in kept} == {
            "areas", "bed_availability", "hospitals", "job_postings", "news_articles", "practitioner_schedules",
        }  # fmt: skip
        assert all(public_part(mapping) is not None for mapping in kept)
        answer = await hub.ask("{ me { fullName } }", hub.bearer(Role.CITIZEN, nik="3671016505909001"))
        assert answer.status_code == 200
    for mapping in kept:
        for name in mapping.columns:
            assert mapping.record.fields[name].personal.value == "NON_PERSONAL"
    assert {source.name for source in SOURCES} | {drop.name for drop in DROPS} <= set(places.urls(tmp_path))
