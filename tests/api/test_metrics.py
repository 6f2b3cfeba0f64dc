"""Metrics: what is counted of sources and operations, who may see it, and that no label holds what is a client's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.observability.gathering import Gathering, WorkerSlot
from api.observability.metrics import NAMES_MAX, OTHER, Metrics, Names
from connectors.guard.guard import CallEnd
from models.policy.viewer import CallerClass, Role
from tests.api.hub import Running, environment, running


@pytest.fixture
async def fresh(city_folder: Path, database: Path) -> AsyncIterator[Running]:
    """A hub that has counted nothing for clients yet."""
    async with running(environment(city_folder, database)) as started:
        # The first index of the search asks sources too.
        await started.hub.search.made.wait()
        yield started


def read(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Samples by their name, then by their labels without the worker, which is 0."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("worker") == "0"
            found.setdefault(sample.name, {})[tuple(sorted(labels.items()))] = sample.value
    return found


async def metrics(hub: Running) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    response = await hub.client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return read(response.text)


def operation(name: str, outcome: str) -> tuple[tuple[str, str], ...]:
    return (("operation", name), ("outcome", outcome))


async def test_operations_are_counted_by_name_and_outcome(fresh: Running) -> None:
    await fresh.ask("query Newest { complaints(first: 7) { nodes { id } } }")
    await fresh.ask("{ complaints(first: 5) { nodes { id description } } }")
    await fresh.ask('query Newest { complaints(first: 3, after: "nothing") { nodes { id } } }')
    found = await metrics(fresh)
    assert found["simpul_operations_total"] == {
        operation("Newest", "ok"): 1,
        operation("anonymous", "partial"): 1,
        operation("Newest", "partial"): 1,
    }
    assert found["simpul_operation_seconds_count"] == {(("operation", "Newest"),): 2, (("operation", "anonymous"),): 1}
    # Rows, and ten for the question: 7 and 3, and 5.
    assert found["simpul_operation_cost_total"] == {(("operation", "Newest"),): 30, (("operation", "anonymous"),): 15}


async def test_what_is_refused_and_what_fails_are_outcomes(fresh: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await fresh.ask("query Much { complaints(first: 101) { nodes { id } } }")

    async def fail(*_: object) -> None:
        raise RuntimeError("nobody foresaw it")

    await fresh.ask("query Wrong($first: Int) { complaints(first: $first) { nodes { id } } }", first="x")
    monkeypatch.setattr(fresh.hub.operations.lanes, "run", fail)
    await fresh.ask("query Broken { complaints(first: 1) { nodes { id } } }")
    found = (await metrics(fresh))["simpul_operations_total"]
    assert found[operation("Wrong", "refused")] == 1
    assert found[operation("Broken", "failed")] == 1


async def test_calls_are_counted_by_source_and_outcome(fresh: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (await metrics(fresh))["simpul_source_calls_total"]
    ok = (("asked", "source"), ("outcome", "ok"), ("source", "complaints"))
    await fresh.ask("{ complaints(first: 9) { nodes { id } } }")
    found = await metrics(fresh)
    assert found["simpul_source_calls_total"][ok] == before[ok] + 1
    took = (("asked", "source"), ("source", "complaints"))
    assert found["simpul_source_call_seconds_count"][took] == before[ok] + 1
    assert found["simpul_source_breaker"][(("source", "complaints"), ("state", "closed"))] == 1
    assert found["simpul_source_breaker"][(("source", "complaints"), ("state", "open"))] == 0
    assert found["simpul_source_calls_waiting"][(("source", "complaints"),)] == 0

    monkeypatch.setattr("connectors.guard.connections.WAITING_CALLS_MAX", 0)
    await fresh.ask("{ complaints(first: 8) { nodes { id } } }")
    found = await metrics(fresh)
    refused = (("asked", "source"), ("outcome", "refused"), ("source", "complaints"))
    assert found["simpul_source_calls_total"][refused] == 1


async def test_connections_are_told_by_class_and_questions_that_are_too_slow_by_shape(fresh: Running) -> None:
    await fresh.ask("{ complaints(first: 1) { nodes { id } } }")
    slow = fresh.hub.guard.bulkheads["complaints"].slow
    shape = (CallerClass.STRANGERS, "complaints rows order by area_code asc")
    for _ in range(2):
        slow.ran_out(shape)
    assert slow.wait_s(shape) > 0
    held = await fresh.hub.guard.bulkheads["complaints"].connections.take()
    found = await metrics(fresh)
    held.give_back()
    by_class = {dict(labels)["class"]: value for labels, value in found["simpul_source_connections"].items()}
    assert by_class == {"emergency": 0, "staff": 1, "residents": 0, "keys": 0, "strangers": 0}
    assert set(found["simpul_source_callers_waiting"].values()) == {0}
    assert found["simpul_source_shape_refusals_total"][(("source", "complaints"),)] == 1
    ((labels, wait_s),) = found["simpul_source_shape_refused_seconds"].items()
    assert dict(labels) == {"source": "complaints", "class": "strangers", "shape": shape[1]}
    assert 0 < wait_s <= 1


async def test_caches_and_admission_are_counted(fresh: Running) -> None:
    missed = (("event", "miss"), ("source", "complaints"))
    before = (await metrics(fresh))["simpul_cache_reads_total"][missed]
    for _ in range(3):
        await fresh.ask("{ complaints(first: 6) { nodes { id } } }")
    found = await metrics(fresh)
    assert found["simpul_responses_total"] == {(("how", "kept"),): 2, (("how", "joined"),): 0, (("how", "run"),): 1}
    assert found["simpul_cache_reads_total"][missed] == before + 1
    assert found["simpul_admission_running"] == {(): 0}
    assert found["simpul_admission_waiting"] == {(("class", "urgent"),): 0, (("class", "ordinary"),): 0}


async def test_the_event_loop_is_watched(fresh: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.observability.metrics.LAG_EVERY_S", 0.001)
    watched = Metrics()
    task = asyncio.create_task(watched.watch_loop())
    await asyncio.sleep(0.05)
    task.cancel()
    count = watched.registry.get_sample_value("simpul_event_loop_lag_seconds_count")
    assert count is not None
    assert count >= 2


# --- Who may see it ---------------------------------------------------------------------------------------------------


async def status(hub: Running, client: str, **headers: str) -> int:
    transport = httpx2.ASGITransport(hub.app, client=(client, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub") as elsewhere:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await elsewhere.get("/metrics", headers=named)).status_code


@pytest.mark.parametrize(("client", "expected"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("nobody", 403)])
async def test_it_is_for_this_machine(hub: Running, client: str, expected: int) -> None:
    assert await status(hub, client) == expected


@pytest.mark.parametrize("header", ["x_forwarded_for", "x_real_ip", "forwarded", "via"])
async def test_what_a_proxy_hands_on_is_not_of_this_machine(hub: Running, header: str) -> None:
    assert await status(hub, "127.0.0.1", **{header: "10.0.0.7"}) == 403


@pytest.mark.parametrize(("role", "expected"), [(Role.OPERATOR, 200), (Role.OFFICER, 403), (Role.DEVELOPER, 403)])
async def test_an_operator_may_see_it_from_anywhere(hub: Running, role: Role, expected: int) -> None:
    assert await status(hub, "10.0.0.7", **hub.bearer(role)) == expected
    assert await status(hub, "10.0.0.7", authorization="Bearer nonsense") == 403


# --- Labels -----------------------------------------------------------------------------------------------------------


def test_names_are_bounded_and_nobodys_number() -> None:
    names = Names()
    assert names.label(None) == "anonymous"
    assert names.label("Citizen_3671010101900001") == OTHER
    assert names.label("a" * 61) == OTHER
    assert [names.label(f"N{number}") for number in range(NAMES_MAX)] == [f"N{number}" for number in range(NAMES_MAX)]
    assert names.label("OneMore") == OTHER
    assert names.label("N0") == "N0"


# --- Several processes ------------------------------------------------------------------------------------------------


async def test_each_process_tells_the_counts_of_all(tmp_path: Path) -> None:
    processes = [Metrics(), Metrics()]
    for number, counted in enumerate(processes):
        for _ in range(number + 1):
            counted.call_ended(CallEnd("complaints", "OK", 0.1))
    here, there = (
        Gathering(counted.registry, WorkerSlot(number, tmp_path)) for number, counted in enumerate(processes)
    )
    leaving = asyncio.create_task(there.write())
    async with asyncio.timeout(5):
        while not (tmp_path / "1.metrics").exists():  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.01)
    leaving.cancel()
    (tmp_path / "2.metrics").write_bytes(b"half of a f")
    text = here.text().decode()
    assert text.count("# TYPE simpul_source_calls_total counter") == 1
    assert re.findall(r'^simpul_source_calls_total\{.*worker="(\d)"\} (\S+)$', text, re.MULTILINE) == [
        ("0", "1.0"),
        ("1", "2.0"),
    ]
    assert "_created" not in text
