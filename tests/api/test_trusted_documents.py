"""Trusted documents: what graphql-codegen writes is registered as it is, and may then ask for more than strangers may.

`persisted-documents.json` is the output of its client preset (6.2) over this graph, with `persistedDocuments: true`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx2 import Response

from models.policy.budgets import AD_HOC, TRUSTED
from models.policy.viewer import ANONYMOUS
from store.documents import register, remove
from tests.api.hub import Running, codes_of, environment, errors_of, head_of_a_request, running
from tests.migrated import migrated

MANIFEST = json.loads((Path(__file__).parent / "persisted-documents.json").read_text(encoding="utf-8"))
OF_AREA, ALL = MANIFEST
"""Complaints of an area with their steps, and complaints as such; both take `$first`."""
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def own_database(tmp_path: Path) -> Path:
    return migrated(tmp_path / "hub.db")


@pytest.fixture
async def prod(city_folder: Path, own_database: Path) -> AsyncIterator[Running]:
    """A hub in the prod profile over a database of its own."""
    async with running(environment(city_folder, own_database, HUB_PROFILE="prod")) as started:
        yield started


async def registered(hub: Running, documents: dict[str, str] = MANIFEST) -> None:
    await register(hub.hub.database, "app", documents, lambda: NOW)
    await hub.hub.responses.documents.refresh(hub.hub.database)


async def named(hub: Running, identifier: str, **variables: object) -> Response:
    return await hub.client.post("/graphql", json={"documentId": identifier, "variables": variables})


async def test_a_manifest_is_registered_as_it_is_and_its_documents_answer(prod: Running) -> None:
    unknown = await named(prod, ALL, first=2)
    assert (unknown.status_code, codes_of(unknown)) == (404, ["NOT_FOUND"])
    await registered(prod)
    sent = await prod.ask(MANIFEST[OF_AREA], code="36.71.05", first=3)
    answer = await named(prod, OF_AREA, code="36.71.05", first=3)
    assert answer.json()["data"] == sent.json()["data"]
    assert len(answer.json()["data"]["area"]["complaints"]["nodes"]) == 3
    got = await prod.client.get("/graphql", params={"documentId": ALL, "variables": '{"first": 2}'})
    assert len(got.json()["data"]["complaints"]["nodes"]) == 2


async def test_a_trusted_document_has_larger_pages_and_a_larger_budget(prod: Running) -> None:
    await registered(prod)
    answer = await named(prod, ALL, first=500)
    assert len(answer.json()["data"]["complaints"]["nodes"]) == 500
    over = await named(prod, ALL, first=501)
    assert over.headers["ratelimit-limit"] == str(TRUSTED.units_max)
    assert errors_of(over) == [("BAD_INPUT", '"first" must be between 0 and 500.')]
    # The same text is no document of the city when anybody sends it, also while a trusted answer is kept.
    sent = await prod.ask(MANIFEST[ALL], first=500)
    assert errors_of(sent) == [("BAD_INPUT", '"first" must be between 0 and 100.')]
    assert sent.headers["ratelimit-limit"] == str(AD_HOC.units_max)


async def test_an_empty_budget_of_strangers_stops_no_app(prod: Running) -> None:
    await registered(prod)
    fallback_buckets, charging = prod.hub.charging.fallback_buckets, prod.hub.charging
    mark = charging.callers.mark_of(ANONYMOUS, head_of_a_request())
    # Less flows in again while this test runs than what is asked for.
    assert (await fallback_buckets.take(f"{AD_HOC.name}:{mark}", AD_HOC, AD_HOC.units_max)).is_paid
    spread = {"code": "36.71.05", "first": 90}
    assert (await prod.ask(MANIFEST[OF_AREA], **spread)).status_code == 429
    assert (await named(prod, OF_AREA, **spread)).status_code == 200


async def test_what_is_removed_is_known_no_more(prod: Running) -> None:
    await registered(prod)
    assert await remove(prod.hub.database, "app", ALL) == 1
    await prod.hub.responses.documents.refresh(prod.hub.database)
    assert (await named(prod, ALL, first=2)).status_code == 404
    assert (await named(prod, OF_AREA, code="36.71.05", first=1)).status_code == 200


async def test_what_was_asked_publicly_stays_known_without_being_trusted(prod: Running) -> None:
    await prod.ask(MANIFEST[ALL], first=2)
    assert (await named(prod, ALL, first=2)).status_code == 200
    assert errors_of(await named(prod, ALL, first=500)) == [("BAD_INPUT", '"first" must be between 0 and 100.')]


async def test_only_a_change_is_read_again(prod: Running) -> None:
    documents = prod.hub.responses.documents
    await register(prod.hub.database, "app", {"a": "{ __typename }"}, lambda: NOW)
    await documents.refresh(prod.hub.database)
    read = documents._registered
    await documents.refresh(prod.hub.database)
    assert documents._registered is read, "nothing has changed, and so nothing is read"
    await remove(prod.hub.database, "app")
    await register(prod.hub.database, "app", {"b": "{ __typename }"}, lambda: NOW + timedelta(seconds=1))
    await documents.refresh(prod.hub.database)
    assert [documents.find(identifier) is not None for identifier in "ab"] == [False, True]
