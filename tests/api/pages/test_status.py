"""The status page: how sources are and were, in words, for a hub of which one department's system is down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest

from api.pages import status
from models.policy.viewer import CallerClass
from store.source_changes import outages
from tests.api.hub import Running, environment, running
from tests.migrated import migrated

ATOM = "{http://www.w3.org/2005/Atom}"
NOWHERE = "postgresql://reader:pass@127.0.0.1:9/complaints"


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What other hubs have seen of their sources does not stand in it."""
    return migrated(tmp_path_factory.mktemp("broken") / "hub.db")


@pytest.fixture(scope="module")
async def broken(city_folder: Path, own_database: Path) -> AsyncIterator[Running]:
    """A hub whose complaints lie on a server that is not there."""
    async with running(environment(city_folder, own_database, HUB_SOURCE_COMPLAINTS_URL=NOWHERE)) as started:
        # Different questions: a failure, too, is kept for a moment, and asks nobody.
        for first in range(1, 9):
            await started.ask(f"{{ complaints(first: {first}) {{ nodes {{ id }} }} }}")
        async with asyncio.timeout(20):
            while not await outages(started.hub.database, datetime.now(UTC)):  # noqa: ASYNC110  # nobody tells of rows
                await asyncio.sleep(0)
        yield started


def text_of(page: str) -> str:
    """What people read of the content of a page."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def test_all_is_well(hub: Running) -> None:
    text = text_of((await hub.client.get("/status")).text)
    assert "All systems answer as agreed." in text
    assert re.search(
        r"Data wilayah answers newest data: \d+ \w+ \d{4}, \d\d:\d\d WIB agreed: not older than 1 day", text
    )
    assert "Nothing that the hub has noted." in text


async def test_what_a_source_is_too_slow_for_is_said_without_values(hub: Running) -> None:
    await hub.ask("{ complaints(first: 1) { nodes { id } } }")
    slow = hub.hub.guard.bulkheads["complaints"].slow
    for _ in range(2):
        slow.ran_out((CallerClass.STRANGERS, "complaints rows order by area_code asc"))
    told = text_of((await hub.client.get("/status")).text)
    slow.clear()
    assert "too slow for now for questions like these: complaints rows order by area_code asc" in told
    assert "too slow for now" not in text_of((await hub.client.get("/status")).text)


@pytest.mark.parametrize(
    ("language", "words", "over"),
    [
        ("en", "1 of 2 systems is late or does not answer.", "ongoing"),
        ("id", "1 dari 2 sistem terlambat atau tidak menjawab.", "masih berlangsung"),
    ],
)
async def test_what_is_down_is_said_to_be_down(broken: Running, language: str, words: str, over: str) -> None:
    page = (await broken.client.get("/status", headers={"accept-language": language})).text
    text = text_of(page)
    assert words in text
    assert re.search({"en": r"LAKSA Unavailable since \d", "id": r"LAKSA Tidak tersedia sejak \d"}[language], text)
    assert over in text
    for internal in ("127.0.0.1", "postgres", "reader", "asyncpg", "Errno", "complaints"):
        assert internal not in text


async def test_however_many_read_it_departments_are_asked_once(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    run = hub.hub.operations.lanes.run

    def counted(*given: object, **named: object) -> object:
        asked.append("")
        return run(*given, **named)  # type: ignore[arg-type]  # handed on as it is

    monkeypatch.setattr(type(hub.hub.operations.lanes), "run", lambda _, *given, **named: counted(*given, **named))
    monkeypatch.setattr(status, "ASKED_EVERY_S", 1_000_000.0)
    await asyncio.gather(*(hub.client.get("/status") for _ in range(20)))
    assert len(asked) <= 1


async def test_the_feed_is_one_by_rfc_4287(broken: Running) -> None:
    response = await broken.client.get("/status.atom?lang=en")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    read = feedparser.parse(response.content)
    assert (read.bozo, read.version, read.feed.title) == (False, "atom10", "State of the systems of Kota Tangerang")
    feed = ET.fromstring(response.content)  # our own
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for required in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{required}")
            assert found.text
        assert (element.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo is not None
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    assert [link.get("href") for link in feed.findall(f"{ATOM}link[@rel='self']")] == ["/status.atom?lang=en"]
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "LAKSA: Unavailable"
    assert (entry.findtext(f"{ATOM}summary") or "").endswith("Ongoing.")
    again = ET.fromstring((await broken.client.get("/status.atom?lang=id")).content)  # as above
    assert again.findtext(f"{ATOM}entry/{ATOM}id") == entry.findtext(f"{ATOM}id")
    assert again.findtext(f"{ATOM}entry/{ATOM}title") == "LAKSA: Tidak tersedia"
