"""A running hub explains its sources behind its start, and refuses what would scan a large table."""

from __future__ import annotations

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from tests.api.hub import environment, errors_of, running

QUERY = '{ complaints(first: 1, filter: {ticketNumber: {contains: "7"}}) { nodes { id } } }'
REFUSAL = 'This source cannot do "contains" on "ticketNumber". It can: eq, in, gt, gte, lt, lte.'


async def test_a_scan_is_refused_once_the_sources_are_explained(city_folder: Path, database: Path) -> None:
    environ = environment(city_folder, database, HUB_CITY="tests.api.scanned_departments")
    with capture_logs() as logs:
        async with running(environ) as hub:
            async with asyncio.timeout(30):
                await hub.hub.explainer.told.wait()
            response = await hub.ask(QUERY)
            served = await hub.ask('{ complaints(first: 1, filter: {ticketNumber: {eq: "7"}}) { nodes { id } } }')
    assert errors_of(response) == [("NOT_SUPPORTED", REFUSAL)]
    assert "errors" not in served.json()
    said = [line for line in logs if line["event"] == "arguments switched off"]
    assert [(line["source"], line["record"], line["off"]) for line in said] == [
        ("complaints", "complaints", ["ticket_number contains", "ticket_number isNull"]),
    ]  # fmt: skip


async def test_a_hub_with_small_tables_refuses_nothing(city_folder: Path, database: Path) -> None:
    with capture_logs() as logs:
        async with running(environment(city_folder, database)) as hub:
            async with asyncio.timeout(30):
                await hub.hub.explainer.told.wait()
            response = await hub.ask(QUERY)
    assert "errors" not in response.json()
    assert [line for line in logs if line["event"] == "arguments switched off"] == []
