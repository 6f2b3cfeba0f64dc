"""The sample city's people are nowhere in what the hub says of its work: logs, metrics, errors, its own database."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from prometheus_client import generate_latest

from connectors.cache.store import CacheStore
from models.policy.viewer import Purpose, Role
from schema.core.relay import GlobalId
from tests.api.hub import environment, running
from tests.migrated import migrated
from tests.small_city import small_city

CANARY = re.compile(r"3671[ .-]?\d{2}[ .-]?\d{6}[ .-]?9\d{3}|[\w.]+@example\.com|08\d{2}-0000-\d{6}")
NIK = "3671014101459000"
OPERATIONS = (
    "query Desk { complaints(first: 100) { nodes { id address description reporterNik history { nodes { note } } } } }",
    f'query Guess {{ complaint(ticketNumber: "{NIK}") {{ id description }} }}',
    f'query Wrong {{ complaints(filter: {{ticketNumber: {{eq: "{NIK}"}}}}, after: "{NIK}") {{ totalCount }} }}',
    "query Counted { complaints(orderBy: [{requestedAt: DESC}]) { totalCount } }",
    (
        f'mutation Unlock {{ unlockReporter(complaintId: "{GlobalId("Complaint", "2")}", purpose: COMPLAINT_HANDLING, '
        f'reason: "She is {NIK}, 0812-0000-001446") {{ nationalId }} }}'
    ),
)


async def test_no_canary_is_in_what_the_hub_says_of_its_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city_folder = tmp_path / "city"
    await asyncio.to_thread(small_city, city_folder)
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    said: list[str] = []
    put = CacheStore.put

    async def noted(self: CacheStore, *given: Any) -> None:
        said.append(f"kept {given!r}")
        await put(self, *given)

    monkeypatch.setattr(CacheStore, "put", noted)
    with structlog.testing.capture_logs() as lines:
        async with running(environment(city_folder, database)) as hub:
            officers = [hub.bearer(Role.OFFICER, code) for code in ("dpupr", "dlh", "dishub", "diskominfo")]
            stated = [one | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value} for one in officers]
            found = 0
            for headers in ({}, hub.bearer(Role.CITIZEN, nik=NIK), hub.bearer(Role.OPERATOR), *officers, *stated):
                for query in OPERATIONS:
                    reply = (await hub.ask(query, headers)).json()
                    found += bool(CANARY.search(str(reply.get("data"))))
                    said.append(str(reply.get("errors")) + str(reply.get("extensions")))
            await hub.hub.ledger.replay()
            said.append(generate_latest(hub.hub.operations.telemetry.metrics.registry).decode())
    assert found >= len(stated), "people are in the answers to those who may see them"
    said += [str(line) for line in lines]
    with closing(sqlite3.connect(database)) as connection:
        said += list(connection.iterdump())
    assert any(text.startswith("kept ") for text in said)
    assert any("ledger_entries" in text and "Unlock" in text for text in said)
    assert [CANARY.sub("...", text)[:200] for text in said if CANARY.search(text)] == []
