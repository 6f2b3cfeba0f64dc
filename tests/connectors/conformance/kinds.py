"""Every kind of source over the same thirty notes. A new kind gets a line in KINDS and passes the suite."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from connectors.feeds import Alerts, Calendar, Feed, News
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.kinds import SourceKind
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Connector
from connectors.replica.replica import Replica
from connectors.rest import Collection, Lookup, Offsets, Resource, Rest, RestByKey
from connectors.sql.connector import SqlConnector
from sample.events.source import calendar, escaped
from tests.connectors.conformance.notes import NOTES, ZONE, Truth, mapping_of, raw_of
from tests.connectors.web import Asked, opening, said, served

LOAD = LoadContract(connections_max=2, statement_ms_max=5_000)
LEGACY = ("kode", "judul", "bagian", "waktu")
TABLE = mapping_of("catatan", LEGACY)
ITEMS = [dict(zip(LEGACY, raw_of(note), strict=True)) for note in NOTES]


@dataclass(frozen=True)
class Opened:
    """A connector over the notes, and one of the same kind whose source is away."""

    connector: Connector
    away: Connector
    mapping: Mapping


Open = Callable[[str, Path], AbstractAsyncContextManager[Opened]]
"""Opens a kind over the notes; takes the URL of an empty database, where it wants one, and a folder."""

# --- sql --------------------------------------------------------------------------------------------------------------


def sqlite(database: str, folder: Path) -> AbstractAsyncContextManager[Opened]:
    there, nowhere = (f"sqlite:///{(folder / name).as_posix()}" for name in ("catatan.db", "nothing.db"))
    return _sql(there, nowhere, "sqlite+aiosqlite")


def postgresql(database: str, folder: Path) -> AbstractAsyncContextManager[Opened]:
    return _sql(database, "postgresql://127.0.0.1:9/kota", "postgresql+asyncpg")


def mariadb(database: str, folder: Path) -> AbstractAsyncContextManager[Opened]:
    return _sql(database, "mysql://user@127.0.0.1:9/kota", "mysql+asyncmy")


@asynccontextmanager
async def _sql(url: str, nowhere: str, driver: str) -> AsyncIterator[Opened]:
    engine = create_async_engine(sa.make_url(url).set(drivername=driver))
    table = sa.table("catatan", *map(sa.column, LEGACY))
    async with engine.begin() as writer:
        columns = ", ".join(f"{name} VARCHAR(60)" for name in LEGACY)
        await writer.exec_driver_sql(f"CREATE TABLE catatan ({columns})")
        await writer.execute(sa.insert(table), ITEMS)
    connector, away = SqlConnector(url, LOAD), SqlConnector(nowhere, LOAD)
    try:
        yield Opened(connector, away, TABLE)
    finally:
        await connector.close()
        await away.close()
        async with engine.begin() as writer:
            await writer.exec_driver_sql("DROP TABLE catatan")
        await engine.dispose()


# --- Through a replica ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _copied(kind: SourceKind, url: str, nowhere: str, folder: Path, mapping: Mapping) -> AsyncIterator[Opened]:
    connector = kind.connector(opening(url, folder / "copies", mapping, load=LOAD))
    away = kind.connector(opening(nowhere, folder / "none", mapping, load=LOAD, found=[]))
    assert isinstance(connector, Replica)
    assert isinstance(away, Replica)
    assert await connector.refresh(), connector.state.reason
    assert not await away.refresh()
    try:
        yield Opened(connector, away, mapping)
    finally:
        await connector.close()
        await away.close()


@asynccontextmanager
async def files(database: str, folder: Path) -> AsyncIterator[Opened]:
    drops = folder / "drops"
    drops.mkdir()
    with (drops / "catatan.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([LEGACY, *map(raw_of, NOTES)])
    kind = Files((FileTable("catatan", "*.csv"),))
    async with _copied(kind, drops.as_uri(), (folder / "nothing").as_uri(), folder, TABLE) as opened:
        yield opened


@asynccontextmanager
async def rest_collection(database: str, folder: Path) -> AsyncIterator[Opened]:
    def say(asked: Asked) -> bytes:
        at = int(asked.parameters["offset"])
        return said(json.dumps({"data": ITEMS[at : at + 7], "total": len(ITEMS)}))

    kind = Rest((Collection("catatan", "/catatan", "data", paging=Offsets(size=7), total="total"),))
    async with served(say) as web, _copied(kind, web.url, "http://127.0.0.1:9", folder, TABLE) as opened:
        yield opened


def _feed(kind: Feed, name: str, body: str, mapping: Mapping) -> Open:
    @asynccontextmanager
    async def opened_feed(database: str, folder: Path) -> AsyncIterator[Opened]:
        file = folder / name
        file.write_text(body, encoding="utf-8", newline="")
        async with _copied(kind, file.as_uri(), (folder / "nothing").as_uri(), folder, mapping) as opened:
            yield opened

    return opened_feed


def _element(name: str, value: str | None) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value is not None else ""


def _rss(note: Truth) -> str:
    key, title, section, at = raw_of(note)
    parts = (_element("guid", key), _element("title", title), _element("category", section), _element("pubDate", at))
    return f"<item>{''.join(parts)}</item>"


def _event(note: Truth) -> dict[str, str]:
    stated = {"SUMMARY": note.title, "CATEGORIES": note.section}
    texts = {name: escaped(value) for name, value in stated.items() if value is not None}
    return {"UID": note.id, "DTSTART;TZID=Asia/Jakarta": f"{note.at:%Y%m%dT%H%M%S}", **texts}


def _cap(note: Truth) -> str:
    key, title, section, at = raw_of(note)
    info = _element("category", section) + _element("headline", title)
    return (
        f'<entry><content><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{_element("identifier", key)}'
        f"<sender>s</sender>{_element('sent', at)}<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
        f"<info>{info}</info></alert></content></entry>"
    )


news_feed = _feed(
    Feed(News()),
    "berita.rss",
    f'<rss version="2.0"><channel>{"".join(map(_rss, NOTES))}</channel></rss>',
    mapping_of("entries", ("id", "title", "categories", "published")),
)
calendar_feed = _feed(
    Feed(Calendar(ZONE)),
    "kegiatan.ics",
    calendar(map(_event, NOTES)).decode(),
    mapping_of("events", ("uid", "summary", "categories", "dtstart")),
)
alert_feed = _feed(
    Feed(Alerts()),
    "peringatan.atom",
    f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(map(_cap, NOTES))}</feed>',
    mapping_of("alerts", ("identifier", "headline", "category", "sent")),
)

# --- By key -----------------------------------------------------------------------------------------------------------

BY_KEY = RestByKey(
    (
        Resource(
            "catatan",
            (Lookup("id", "/catatan", "data", "kode", keys_max=10), Lookup("section", "/bagian/{key}", "data")),
        ),
    )
)


@asynccontextmanager
async def rest_by_key(database: str, folder: Path) -> AsyncIterator[Opened]:
    def say(asked: Asked) -> bytes:
        def wanted(item: dict[str, str | None]) -> bool:
            if asked.path == "/catatan":
                return item["kode"] in asked.parameters["kode"].split(",")
            return str(item["bagian"]) == asked.path.rpartition("/")[2]

        return said(json.dumps({"data": [item for item in ITEMS if wanted(item)]}))

    async with served(say) as web:
        connector = BY_KEY.connector(opening(web.url, folder, TABLE, load=LOAD))
        away = BY_KEY.connector(opening("http://127.0.0.1:9", folder, TABLE, load=LOAD))
        try:
            yield Opened(connector, away, TABLE)
        finally:
            await connector.close()
            await away.close()


KINDS: dict[str, Open] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "mariadb": mariadb,
    "files": files,
    "rest collection": rest_collection,
    "rest by key": rest_by_key,
    "news": news_feed,
    "calendar": calendar_feed,
    "alerts": alert_feed,
}
DATABASES = {"postgresql": "postgres_url", "mariadb": "mariadb_url"}
"""The fixtures that give a kind its database."""
