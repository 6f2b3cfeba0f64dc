"""Who asks for erasure gets a receipt of a real search: what stands in a cache or copy is found, gone, and counted."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import SourceUnreachable
from models.policy.erasure import ErasurePlace
from models.policy.viewer import Role
from resolvers import erasing
from sample.citizens.people import resident_number
from store.clients import add_client, list_clients
from store.ledger.chain import EntryKind, LedgerKeys
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.rows import entries_between
from tests.api.hub import SECRET, Running, running, whole_city
from tests.migrated import migrated
from tests.small_city import small_city
from tests.store.ledgers import verified

NIK = resident_number(0)
DOTTED = f"{NIK[:2]}.{NIK[2:4]}.{NIK[4:6]}.{NIK[6:12]}.{NIK[12:]}"
COVERED = "**.**.**.******.****"
MARK = Pseudonyms(SECRET.encode()).of_person(NIK)
ERASE = """
mutation { requestErasure(departments: ["disnaker", "dindik"]) { requests { id receipt {
  place placeLabel rule lookedAt looked found removed
} } } }
"""
MINE = "{ me { rightsRequests { nodes { id receipt { place placeLabel rule lookedAt looked found removed } } } } }"
HOSPITALS = "{ hospitals(first: 100) { nodes { name } } }"
FOUND = '{ search(text: "zamrud") { ... on Hospital { name } } }'


@pytest.fixture(scope="module")
def made_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("erasure")
    small_city(folder / "city")
    return folder / "city"


@pytest.fixture
def city(made_city: Path, tmp_path: Path) -> Path:
    """A city whose health office has written a resident number into the name of a hospital, which is public."""
    shutil.copytree(made_city, tmp_path / "city")
    renames(tmp_path / "city", f"RS Zamrud {DOTTED}")
    return tmp_path / "city"


def renames(city: Path, name: str) -> None:
    """What the department does in its own system."""
    with closing(sqlite3.connect(city / "hospitals.db")) as connection:
        connection.execute(
            "UPDATE m_rumahsakit SET nm_rs = ? WHERE rowid = (SELECT min(rowid) FROM m_rumahsakit)", (name,)
        )
        connection.commit()


@pytest.fixture(params=["compiled", pytest.param("reference", marks=pytest.mark.slow)])
async def hub(request: pytest.FixtureRequest, city: Path, tmp_path: Path) -> AsyncIterator[Running]:
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    with whole_city(city, database, tmp_path, HUB_ENGINE=request.param) as environ:
        async with running(environ) as started:
            yield started


async def answered(hub: Running, query: str, *, signed_in: bool = True) -> Any:
    headers = hub.bearer(Role.CITIZEN, nik=NIK) if signed_in else {}
    body = (await hub.ask(query, headers)).json()
    assert "errors" not in body, body["errors"]
    return body["data"]


async def erased(hub: Running) -> dict[str, dict[str, Any]]:
    """The receipt, by place: the same for each department, and kept as it was given."""
    requests = (await answered(hub, ERASE))["requestErasure"]["requests"]
    assert len(requests) == 2
    assert requests[0]["receipt"] == requests[1]["receipt"]
    kept = (await answered(hub, MINE))["me"]["rightsRequests"]["nodes"]
    assert sorted(kept, key=str) == sorted(requests, key=str)
    return {line["place"]: line for line in requests[0]["receipt"]}


def numbers(receipt: dict[str, dict[str, Any]], place: str) -> tuple[int, int]:
    return receipt[place]["found"], receipt[place]["removed"]


async def names(hub: Running) -> list[str]:
    return [one["name"] for one in (await answered(hub, HOSPITALS, signed_in=False))["hospitals"]["nodes"]]


async def spread(hub: Running, folder: Path) -> None:
    """Let what the department has written get everywhere where the hub keeps public data."""
    (copy,) = (one for one in hub.hub.copies if one.source == "hospitals")
    assert await copy.refresh()
    await hub.hub.search.refresh()
    assert f"RS Zamrud {DOTTED}" in await names(hub)
    assert await answered(hub, FOUND, signed_in=False) == {"search": [{"name": f"RS Zamrud {DOTTED}"}]}
    await asyncio.gather(*hub.hub.cache._flights._tasks)
    assert holds(folder)


def holds(folder: Path) -> list[str]:
    """The files of copies that have the number in any bytes of theirs."""
    return [file.name for file in folder.glob("*.db") if DOTTED.encode() in file.read_bytes()]


async def test_what_stands_in_caches_and_copies_is_found_removed_and_counted(
    hub: Running, city: Path, tmp_path: Path
) -> None:
    await spread(hub, tmp_path / "replicas")
    await add_client(
        hub.hub.database,
        name="Peta",
        contact=f"Ani, KTP {NIK}",
        scopes=["read:public"],
        clock=lambda: datetime.now(UTC),
    )
    receipt = await erased(hub)
    assert list(receipt) == [place.value for place in ErasurePlace if place is not ErasurePlace.UNKNOWN]
    assert numbers(receipt, "COPIES") == (1, 1)
    assert numbers(receipt, "SEARCH_INDEX") == (1, 1)
    assert numbers(receipt, "CLIENT_CONTACTS") == (1, 1)
    for place in ("READ_CACHE", "KEPT_ANSWERS"):
        found, removed = numbers(receipt, place)
        assert found == removed >= 1, place
        assert receipt[place]["looked"] >= found
    assert numbers(receipt, "OPEN_REQUESTS") == (2, 0)
    assert numbers(receipt, "LEDGER") == (2, 0)
    assert holds(tmp_path / "replicas") == []
    assert await answered(hub, FOUND, signed_in=False) == {"search": []}
    (client,) = await list_clients(hub.hub.database, 10)
    assert client.contact == "Ani, KTP ****************"
    # Nothing is given any more that was kept: what the department now says is shown at once.
    await asyncio.to_thread(renames, city, "RS Zamrud")
    assert "RS Zamrud" in await names(hub)
    again = await erased(hub)
    for place in ("COPIES", "SEARCH_INDEX", "CLIENT_CONTACTS", "READ_CACHE", "KEPT_ANSWERS"):
        assert numbers(again, place) == (0, 0), place
        assert again[place]["looked"] >= 1, place
    assert datetime.fromisoformat(again["COPIES"]["lookedAt"]) > datetime.fromisoformat(receipt["COPIES"]["lookedAt"])


async def test_a_covered_copy_is_given_when_the_department_is_down(
    hub: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spread(hub, tmp_path / "replicas")
    await erased(hub)

    async def gone(*_: object) -> None:
        raise SourceUnreachable("gone")

    live = next(one for one in hub.hub.catalog if one.mapping.record.name == "hospitals")
    monkeypatch.setattr(live.connector, "read", gone)
    assert f"RS Zamrud {COVERED}" in await names(hub)


async def test_the_receipt_says_by_which_rule_and_the_ledger_has_the_numbers(hub: Running) -> None:
    receipt = await erased(hub)
    assert receipt["LEDGER"]["placeLabel"] == "Ledger"
    assert receipt["LEDGER"]["rule"] == ("Kept, by a mark and without values, because the law asks for this record.")
    # Where the database was late, they are in the journal.
    await hub.hub.ledger.replay()
    notes = [one.note async for one in entries_between(hub.hub.database, None, None, EntryKind.STEP)]
    (said,) = (json.loads(note.detail or "") for note in notes if "searched" in (note.detail or ""))
    assert said == {
        "searched": {place: [line["looked"], line["found"], line["removed"]] for place, line in receipt.items()}
    }
    assert all(note.persons == (MARK,) for note in notes)
    assert (await verified(hub.hub.database, keys=LedgerKeys(SECRET.encode()))).problems == []


async def test_a_place_that_cannot_be_searched_is_said_to_be_so(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_: object) -> None:
        raise ConnectionRefusedError

    async def hung(_: object) -> None:
        await asyncio.Event().wait()

    search = hub.hub.operations.services.erasing
    assert search is not None
    monkeypatch.setattr(erasing, "SEARCH_S_MAX", 0.5)
    for place, broken in ((ErasurePlace.READ_CACHE, refused), (ErasurePlace.LEDGER, hung)):
        monkeypatch.setitem(search.places, place, broken)
    receipt = await erased(hub)
    for unknown in ("READ_CACHE", "LEDGER"):
        assert [receipt[unknown][name] for name in ("looked", "found", "removed")] == [None, None, None]
    assert numbers(receipt, "OPEN_REQUESTS") == (2, 0)
