"""Bad feeds: whatever a server sends, a load ends within its bounds, what was good stays, and a finding says why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.criteria import Criteria, Order
from connectors.feeds import Alerts, Calendar, Feed, News
from connectors.http.client import HttpLimits
from connectors.kinds import SourceUrlError
from connectors.mapping import MappingError
from connectors.protocol import Call, Rows
from connectors.replica.replica import Bounds, Replica
from models.predicates import EVERYTHING
from models.sources.findings import Finding, FindingKind
from tests.connectors.feeds.feeding import file_of, mapping_of, replica_of
from tests.connectors.web import HTML, Asked, opening, redirect, said, served, zipped

GOOD = b'<rss version="2.0"><channel><title>t</title><item><guid>1</guid><title>baik</title></item></channel></rss>'
LIMITS = HttpLimits(read_s=0.3, total_s=0.6, bytes_max=1_000_000)
# Made beforehand: packing it is not what is timed.
BOMB = zipped(b" " * 20_000_000 + GOOD, "text/xml")
NEWS = Feed(News(), limits=LIMITS)
COLUMNS = ("id", "title")


async def titles(replica: Replica) -> list[object]:
    rows: Rows = await replica.read(
        replica.mappings[0], Criteria("letters", ("id",), EVERYTHING, (Order("id"),), 10), Call("Test", 1_000)
    )
    return list(rows.columns["id"])


async def endless(asked: Asked) -> AsyncIterator[bytes]:
    """Two gigabytes of news, or until nobody listens."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss version='2.0'><channel>"
    item = b"<item><guid>x</guid><title>" + b"y" * 1_000 + b"</title></item>"
    for _ in range(2_000_000):
        yield item


async def trickle(asked: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n<rss version='2.0'>"
    for _ in range(1_000):
        await asyncio.sleep(0.02)
        yield b" "


Bad = Callable[[Asked], "bytes | AsyncIterator[bytes]"]

BAD: dict[str, tuple[Bad, FindingKind]] = {
    "html": (lambda _: said(HTML, "text/html"), FindingKind.UNREADABLE),
    "html called xml": (lambda _: said(HTML, "text/xml"), FindingKind.UNREADABLE),
    "500": (lambda _: said(GOOD, "text/xml", "500 Oops"), FindingKind.UNREACHABLE),
    "404": (lambda _: said("", "text/xml", "404 Not Found"), FindingKind.UNREADABLE),
    "half": (lambda _: said(GOOD[:80], "text/xml"), FindingKind.UNREADABLE),
    "lying length": (lambda _: said(GOOD, "text/xml", length=10_000), FindingKind.UNREADABLE),
    "short length": (lambda _: said(GOOD, "text/xml", length=80), FindingKind.UNREADABLE),
    "2 GB": (endless, FindingKind.TOO_LARGE),
    "trickle": (trickle, FindingKind.UNREACHABLE),
    "gzip bomb": (lambda _: BOMB, FindingKind.TOO_LARGE),
    "entities": (lambda _: said(b'<!DOCTYPE rss [<!ENTITY a "b">]>' + GOOD, "text/xml"), FindingKind.UNREADABLE),
    "metadata": (lambda _: redirect("http://169.254.169.254/latest/meta-data/"), FindingKind.UNSAFE_ADDRESS),
    "another host": (lambda _: redirect("http://localhost/"), FindingKind.UNSAFE_ADDRESS),
    "round and round": (lambda _: redirect("/"), FindingKind.UNSAFE_ADDRESS),
    "nothing": (lambda _: said("", "text/xml"), FindingKind.UNREADABLE),
    "empty": (lambda _: said('<rss version="2.0"><channel></channel></rss>', "text/xml"), FindingKind.EMPTY),
    "no keys": (lambda _: said(GOOD.replace(b"<guid>1</guid>", b""), "text/xml"), FindingKind.MISSING_KEY),
}


@pytest.mark.parametrize("bad", BAD)
async def test_what_was_good_stays_and_a_finding_says_why(tmp_path: Path, bad: str) -> None:
    say, kind = BAD[bad]
    good = True
    found: list[Finding] = []
    async with served(lambda asked: said(GOOD, "text/xml") if good else say(asked)) as web:
        replica = replica_of(NEWS, web.url, tmp_path, *COLUMNS, found=found)
        assert await replica.refresh()
        good = False
        started = time.perf_counter()
        assert not await replica.refresh()
        assert time.perf_counter() - started < 3.0
        assert await titles(replica) == ["1"]
        assert replica.state.reason
        good = True
        assert await replica.refresh()
        assert replica.state.reason == ""
        await replica.close()
    assert [(finding.source, finding.record, finding.kind) for finding in found] == [("umpan", "letters", kind)]


@pytest.mark.parametrize("bad", ["html", "500", "half", "metadata"])
async def test_a_feed_that_was_never_good_has_nothing(tmp_path: Path, bad: str) -> None:
    found: list[Finding] = []
    async with served(BAD[bad][0]) as web:
        replica = replica_of(NEWS, web.url, tmp_path, *COLUMNS, found=found)
        assert not await replica.refresh()
        await replica.close()
    assert len(found) == 1
    assert replica.state.copied_at is None


async def test_what_the_server_calls_unchanged_is_not_read_again(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == '"7"':
            return b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
        return said(GOOD, "text/xml", "200 OK", 'ETag: "7"')

    async with served(say) as web:
        replica = replica_of(NEWS, web.url, tmp_path, *COLUMNS)
        for _ in range(3):
            assert await replica.refresh()
        copied_at = replica.state.copied_at
        await replica.close()
        # The hub does not trust what it cannot compare: after a start it asks for everything once.
        again = replica_of(NEWS, web.url, tmp_path, *COLUMNS)
        assert await again.refresh()
        assert again.state.copied_at == copied_at
        await again.close()
    assert ["if-none-match" in asked.headers for asked in web.asked] == [False, True, True, False]


async def test_a_calendar_is_read_again_on_another_day(tmp_path: Path) -> None:
    body = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261103T010000Z\r\n"
        b"RRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )

    def say(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == '"7"':
            return b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
        return said(body, "text/calendar", "200 OK", 'ETag: "7"')

    now = Feed(News()).clock()
    calendar = Calendar(ZoneInfo("Asia/Jakarta"), timedelta(days=3), timedelta(days=3))
    async with served(say) as web:
        feed = Feed(calendar, clock=lambda: now)
        replica = replica_of(feed, web.url, tmp_path, "uid")
        assert await replica.refresh()
        assert await replica.refresh()
        first = replica.state.copied_at
        now += timedelta(days=1)
        assert await replica.refresh()
        assert replica.state.copied_at == now != first
        await replica.close()
    assert ["if-none-match" in asked.headers for asked in web.asked] == [False, True, False]


@pytest.mark.parametrize("depth", [60, 1_000, 100_000])
async def test_xml_without_end_is_refused(tmp_path: Path, depth: int) -> None:
    body = b"<a>" * depth + b"</a>" * depth
    found: list[Finding] = []
    replica = replica_of(Feed(Alerts()), file_of(tmp_path, body), tmp_path, "identifier", found=found)
    assert await replica.refresh() is (depth == 60)
    assert [finding.kind for finding in found] == ([] if depth == 60 else [FindingKind.TOO_LARGE])
    await replica.close()


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'>" + b"<b" * 200_000,
        b"<rss version='2.0'>" + b"<a>" * 100_000,
        b"<rss>" + b"&a" * 200_000,
        b"<![CDATA[" * 50_000,
    ],
)
async def test_sloppy_news_is_refused_soon(tmp_path: Path, body: bytes) -> None:
    found: list[Finding] = []
    replica = replica_of(NEWS, file_of(tmp_path, body), tmp_path, *COLUMNS, found=found)
    started = time.perf_counter()
    assert not await replica.refresh()
    assert time.perf_counter() - started < 5.0
    assert len(found) == 1
    await replica.close()


async def test_more_rows_than_the_bounds_allow_are_refused(tmp_path: Path) -> None:
    many = GOOD.replace(
        b"<item>", b"".join(b"<item><guid>%d</guid></item>" % number for number in range(20)) + b"<item>"
    )
    found: list[Finding] = []
    feed = replace(NEWS, bounds=Bounds(rows_max=10))
    replica = replica_of(feed, file_of(tmp_path, many), tmp_path, *COLUMNS, found=found)
    assert not await replica.refresh()
    assert [finding.kind for finding in found] == [FindingKind.TOO_LARGE]
    await replica.close()


async def test_a_large_file_is_refused(tmp_path: Path) -> None:
    found: list[Finding] = []
    feed = replace(NEWS, limits=HttpLimits(bytes_max=100))
    replica = replica_of(feed, file_of(tmp_path, GOOD + b" " * 100), tmp_path, *COLUMNS, found=found)
    assert not await replica.refresh()
    assert [finding.kind for finding in found] == [FindingKind.TOO_LARGE]
    await replica.close()


@pytest.mark.parametrize("url", ["", "umpan.xml", "ftp://host/x", "file://server/share", "file://", "http://"])
def test_a_url_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SourceUrlError):
        replica_of(NEWS, url, tmp_path, *COLUMNS)


def test_a_file_takes_no_credential(tmp_path: Path) -> None:
    with pytest.raises(SourceUrlError):
        NEWS.connector(opening("file:///x", tmp_path, mapping_of("entries", "id"), credential="x"))


@pytest.mark.parametrize(("table", "columns"), [("berita", ("id",)), ("entries", ("id", "isi"))])
def test_a_mapping_of_what_no_feed_has_is_refused(tmp_path: Path, table: str, columns: tuple[str, ...]) -> None:
    with pytest.raises(MappingError):
        NEWS.connector(opening("file:///x", tmp_path, mapping_of(table, *columns)))
