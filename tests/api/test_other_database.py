"""A database that takes the place of the hub's own under the running hub: nothing personal is read, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import hub as hub_module
from models.policy.viewer import Purpose, Role
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger.chain import LedgerKeys
from store.ledger.evidence import gathered
from store.ledger.files import LedgerFiles, places_of
from store.ledger.verify import verify
from tests import servers
from tests.api.hub import SECRET, Running, codes_of, environment, running
from tests.migrated import migrated

INBOX = "query Inbox { complaints(first: 3) { nodes { ticketNumber description } } }"
PUBLIC = "{ complaints(first: 3) { nodes { ticketNumber } } }"
OTHER = (
    "The hub's database is not the one that was opened: it was replaced or deleted while the hub ran. "
    "Put back the one that was there, or restart the hub with this one and run: ./simpul ledger verify"
)
KEYS = LedgerKeys(SECRET.encode())


@dataclass(frozen=True, slots=True)
class Scene:
    """A hub that runs on a database of its own, and where it keeps what is not in it."""

    hub: Running
    url: str
    places: LedgerFiles

    async def reads(self) -> int:
        """The status of a read of personal data."""
        purpose = {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}
        answer = await self.hub.ask(INBOX, self.hub.bearer(Role.OFFICER, "dpupr") | purpose)
        assert answer.status_code == 200 or codes_of(answer) == ["INTERNAL"]
        return answer.status_code

    async def readiness(self) -> tuple[int, str]:
        answer = await self.hub.client.get("/health/ready")
        return answer.status_code, answer.json()["database"]

    async def problems(self) -> list[str]:
        """What an operator is told by the database that is there now."""
        database = HubDatabase(self.url, connections_max=1)
        evidence = await gathered(database, [self.places.anchors], self.places.all_journals, KEYS, None)
        found = await verify(database, evidence, KEYS.chain)
        await database.close()
        return list(map(str, found.problems))


@pytest.fixture(params=["sqlite", "postgresql"])
def hub_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{migrated(tmp_path / 'hub.db').as_posix()}"
        return
    server = request.getfixturevalue("postgres_server")
    url = servers.with_database(server, servers.database_name())
    _made(url)
    yield url
    _dropped(url)


@pytest.fixture
async def scene(
    hub_url: str, city_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    monkeypatch.setattr(hub_module, "VAR", tmp_path / "var")
    async with running(environment(city_folder, tmp_path / "hub.db", HUB_DATABASE_URL=hub_url)) as hub:
        yield Scene(hub, hub_url, places_of(hub.hub.database.url, tmp_path / "var"))


def _made(url: str) -> None:
    server, _, name = url.rpartition("/")
    made = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
    asyncio.run(servers.postgres_ask(f"{server}/postgres", made))
    upgrade(url)


def _dropped(url: str) -> None:
    server, _, name = url.rpartition("/")
    asyncio.run(servers.postgres_ask(f"{server}/postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def replaced(scene: Scene) -> None:
    """Another hub's database, with all its tables and nothing in them, under the same name."""
    if scene.url.startswith("postgresql"):
        _dropped(scene.url)
        _made(scene.url)
        return
    file = Path(scene.url.removeprefix("sqlite:///"))
    other = file.with_name("other.db")
    upgrade(f"sqlite:///{other.as_posix()}")
    other.replace(file)
    for left in file.parent.glob("hub.db-*"):
        left.unlink()


def deleted(scene: Scene) -> None:
    if scene.url.startswith("postgresql"):
        _dropped(scene.url)
        return
    file = Path(scene.url.removeprefix("sqlite:///"))
    for one in file.parent.glob("hub.db*"):
        one.unlink()


async def test_another_database_gets_no_reads_and_those_so_far_are_missed(scene: Scene) -> None:
    assert [await scene.reads() for _ in range(2)] == [200, 200]
    assert await scene.readiness() == (200, "ok")
    writer = scene.hub.hub.ledger.head.writer
    await asyncio.to_thread(replaced, scene)
    # What comes before it is seen is safe in the journal; from then on nothing personal is read.
    first = await scene.reads()
    await scene.hub.hub.ledger.replay()
    assert (first, await scene.reads(), scene.hub.hub.ledger.head.seq) == (200, 503, 3)
    assert (await scene.hub.ask(PUBLIC)).status_code == 200
    assert await scene.readiness() == (503, OTHER)
    await scene.hub.hub.ledger._anchoring.try_to_anchor("minute", scene.hub.hub.ledger.head)
    problems = await scene.problems()
    assert f"writer {writer}, entry 1 to 2: it is missing" in problems


async def test_a_deleted_database_is_not_made_anew(scene: Scene) -> None:
    assert await scene.reads() == 200
    await asyncio.to_thread(deleted, scene)
    assert await scene.reads() == 200  # into the journal
    status, said = await scene.readiness()
    assert status == 503
    if scene.url.startswith("sqlite"):
        await scene.hub.hub.ledger.replay()
        assert (said, await scene.reads()) == (OTHER, 503)
        assert not Path(scene.url.removeprefix("sqlite:///")).exists()  # noqa: ASYNC240  # a test's own file
    assert scene.hub.hub.ledger.journal_bytes > 0


async def test_the_one_that_was_opened_is_taken_again_when_it_comes_back(scene: Scene, tmp_path: Path) -> None:
    if not scene.url.startswith("sqlite"):
        return
    file, away = tmp_path / "hub.db", tmp_path / "away.db"
    assert await scene.reads() == 200
    file.rename(away)
    assert (await scene.reads(), await scene.reads()) == (200, 503)
    away.rename(file)
    assert await scene.hub.hub.ledger.replay()
    assert (await scene.reads(), scene.hub.hub.ledger.head.seq) == (200, 3)
    assert await scene.readiness() == (200, "ok")
    assert await scene.problems() == []
