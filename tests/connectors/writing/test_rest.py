"""Writing to a service: with an idempotency key, a look before a retry, or at most once, whatever reply is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.catalog import Catalog
from connectors.departments.city import TANGERANG
from connectors.guard.guard import Guard
from connectors.http.client import bearer
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.opening import SourceAddress
from connectors.protocol import SourceBroken, SourceFailure, SourceUnreachable
from connectors.rest import Endpoint, Lookup, Resource, RestByKey
from connectors.sources import CityPackage, Source
from connectors.writing.opening import WriterOpener
from connectors.writing.protocol import Delivery, NotWritten, Rung, Writer, Written
from connectors.writing.rest import RestWriter
from connectors.writing.writings import Writing
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason
from tests.connectors.web import LOOPBACK, opening
from tests.connectors.writing.wishes import BY_ID, BY_NUMBER, BY_OWNER, ENDPOINT, NUMBERED, UNNUMBERED, WISHES

pytestmark = pytest.mark.anyio


NEW = Effect("wishes", {"number": "W-1", "note": "Sebuah taman", "stage": "new", "owner": "siti"})
DONE = Effect("wishes", {"stage": "done"}, "1", expects={"stage": ("new",)})


@dataclass
class Service:
    """A real server with wishes. It loses replies at will, and keeps keys if it is one that does."""

    keeps_keys: bool = False
    status: int = 0
    lose_replies: int = 0
    lose_requests: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = head[0].split(" ")
            reply = self._done(method, target, headers, json.loads(body) if body else None)
            if reply is not None:
                status, document = reply
                sent = json.dumps(document).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    f"Content-Length: {len(sent)}\r\n\r\n".encode()
                    + sent
                )
                await writer.drain()
        finally:
            writer.close()

    def _done(
        self, method: str, target: str, headers: dict[str, str], document: Any
    ) -> tuple[int, dict[str, Any]] | None:
        self.heard.append((method, target, headers, document))
        path, _, query = target.partition("?")
        if method == "GET":
            name, _, value = query.partition("=")
            found = [row for row in self.rows if str(row[name]) == value] if query else []
            own = [row for row in self.rows if f"/wishes/{row['id']}" == path]
            return (200, {"found": found}) if query else (200, own[0]) if own else (404, {})
        if self.lose_requests:
            self.lose_requests -= 1
            return None
        if self.status:
            return self.status, {}
        made = self._written(path, headers.get("idempotency-key", ""), document)
        if self.lose_replies:
            self.lose_replies -= 1
            return None
        return (201 if method == "POST" else 200), {"made": made}

    def _written(self, path: str, key: str, document: dict[str, Any]) -> dict[str, Any]:
        if self.keeps_keys and key in self.kept:
            return self.kept[key]
        if path == "/wishes":
            self.rows.append({"id": len(self.rows) + 1, **document})
            self.kept[key] = self.rows[-1]
            return self.rows[-1]
        row = next(row for row in self.rows if path == f"/wishes/{row['id']}")
        row.update(document)
        self.kept[key] = row
        return row


@dataclass
class Lease:
    """One accepted action, as an outbox holds it."""

    effects: tuple[Effect, ...]
    trace: str | None = None

    async def once(self, writer: Writer) -> Written | NotWritten:
        async def keep(trace: str) -> None:
            self.trace = trace

        return await writer.deliver(Delivery("one", self.effects, None, self.trace, keep))

    async def delivered(self, writer: Writer) -> Written | NotWritten:
        for _ in range(3):
            try:
                return await self.once(writer)
            except SourceFailure:
                continue
        return await self.once(writer)


@asynccontextmanager
async def writing(
    service: Service,
    folder: Path,
    written: Writing = NUMBERED,
    lookups: tuple[Lookup, ...] = (BY_ID, BY_NUMBER),
    endpoint: Endpoint = ENDPOINT,
) -> AsyncIterator[Writer]:
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{service.port}"
    kind = RestByKey((Resource("wishes", lookups, {}, endpoint),), sign_in=bearer())
    source = Source("wishes", TANGERANG.departments[0].code, "Wishes", kind=kind)
    package = CityPackage(TANGERANG, (source,), (WISHES,), writings=(written,))
    connector = kind.connector(opening(url, folder, WISHES, credential="reader"))
    catalog = Catalog(package, {"wishes": connector})
    try:
        opener = WriterOpener(package, catalog, Guard(lambda *_: None), LOOPBACK)
        writer = opener.writers({"wishes": SourceAddress(url, "writer")})["wishes"]
        yield writer
        await writer.close()
    finally:
        await catalog.close()
        server.close()


async def test_a_new_row_is_posted_as_todays_app_writes_it(tmp_path: Path) -> None:
    service = Service()
    async with writing(service, tmp_path) as writer:
        assert writer.rung is Rung.HTTP_LOOK
        assert await Lease((NEW,)).delivered(writer) == Written("1")
    assert service.rows == [{"id": 1, "nomor": "W-1", "isi": "Sebuah taman", "tahap": "baru", "pemilik": "siti"}]
    signed = {method: headers["authorization"] for method, _, headers, _ in service.heard}
    assert signed == {"GET": "Bearer reader", "POST": "Bearer writer"}


@pytest.mark.parametrize("lost", ["lose_replies", "lose_requests"])
async def test_with_a_key_the_service_acts_once(tmp_path: Path, lost: str) -> None:
    service = Service(keeps_keys=True, **{lost: 2})  # type: ignore[arg-type]  # a number of either
    endpoint = replace(ENDPOINT, key_header="Idempotency-Key")
    async with writing(service, tmp_path, endpoint=endpoint) as writer:
        assert writer.rung is Rung.HTTP_KEY
        assert await Lease((NEW, replace(NEW, values={**NEW.values, "note": "Dua"}))).delivered(writer) == Written("1")
    assert [row["isi"] for row in service.rows] == ["Sebuah taman", "Dua"]
    keys = {headers["idempotency-key"] for method, _, headers, _ in service.heard if method == "POST"}
    assert keys == {'"one-0"', '"one-1"'}


@pytest.mark.parametrize("lost", ["lose_replies", "lose_requests"])
@pytest.mark.parametrize(("written", "lookups"), [(NUMBERED, (BY_ID, BY_NUMBER)), (UNNUMBERED, (BY_ID, BY_OWNER))])
async def test_without_one_it_is_looked_for_first(
    tmp_path: Path, lost: str, written: Writing, lookups: tuple[Lookup, ...]
) -> None:
    service = Service(**{lost: 1})  # type: ignore[arg-type]  # a number of either
    if written is UNNUMBERED:
        service.rows.append({"id": 1, "nomor": "W-0", "isi": "Sebuah taman", "tahap": "selesai", "pemilik": "siti"})
    before = len(service.rows)
    async with writing(service, tmp_path, written, lookups) as writer:
        assert writer.rung is Rung.HTTP_LOOK
        assert await Lease((NEW,)).delivered(writer) == Written(str(before + 1))
    assert len(service.rows) == before + 1


@pytest.mark.parametrize("lost", ["lose_replies", "lose_requests"])
async def test_what_cannot_be_looked_up_is_written_at_most_once(tmp_path: Path, lost: str) -> None:
    service = Service(**{lost: 1})  # type: ignore[arg-type]  # a number of either
    async with writing(service, tmp_path, UNNUMBERED, (BY_ID,)) as writer:
        assert writer.rung is Rung.AT_MOST_ONCE
        assert await Lease((NEW,)).delivered(writer) == NotWritten(RefusalReason.IN_DOUBT)
    assert len(service.rows) == (lost == "lose_replies")


@pytest.mark.parametrize("lost", ["", "lose_replies", "lose_requests"])
@pytest.mark.parametrize("stage", ["baru", "BARU", "selesai"])
async def test_a_change_is_made_while_the_row_is_as_expected(tmp_path: Path, lost: str, stage: str) -> None:
    service = Service(**({lost: 1} if lost else {}))  # type: ignore[arg-type]  # a number of either
    service.rows.append({"id": 1, "nomor": "W-0", "isi": "Taman", "tahap": stage, "pemilik": "siti"})
    async with writing(service, tmp_path) as writer:
        told = await Lease((DONE,)).delivered(writer)
    assert told == (NotWritten(RefusalReason.CHANGED) if stage == "selesai" else Written("1"))
    assert service.rows[0]["tahap"] == "selesai"
    assert [method for method, *_ in service.heard].count("PATCH") == (0 if stage == "selesai" else 1 + bool(lost))


async def test_what_must_still_be_there_is_only_looked_for(tmp_path: Path) -> None:
    service = Service(rows=[{"id": 1, "nomor": "W-0", "isi": "Taman", "tahap": "baru", "pemilik": "siti"}])
    async with writing(service, tmp_path) as writer:
        assert await Lease((Effect("wishes", {}, "1"), NEW)).delivered(writer) == Written("1")
        assert await Lease((Effect("wishes", {}, "9"), NEW)).delivered(writer) == NotWritten(RefusalReason.GONE)
    assert [method for method, *_ in service.heard if method != "GET"] == ["POST"]


async def test_a_row_that_is_gone(tmp_path: Path) -> None:
    service = Service()
    async with writing(service, tmp_path) as writer:
        assert await Lease((DONE,)).delivered(writer) == NotWritten(RefusalReason.GONE)
    assert [method for method, *_ in service.heard] == ["GET"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, RefusalReason.NOT_TAKEN),
        (422, RefusalReason.NOT_TAKEN),
        (409, RefusalReason.NOT_TAKEN),
        (401, RefusalReason.NO_RIGHT),
        (403, RefusalReason.NO_RIGHT),
    ],
)
async def test_what_the_service_refuses(tmp_path: Path, status: int, reason: RefusalReason) -> None:
    service = Service(status=status)
    async with writing(service, tmp_path) as writer:
        assert await Lease((NEW,)).once(writer) == NotWritten(reason)
    assert service.rows == []


@pytest.mark.parametrize(
    ("status", "failure"), [(503, SourceUnreachable), (429, SourceUnreachable), (404, SourceBroken)]
)
async def test_what_may_be_tried_again(tmp_path: Path, status: int, failure: type[SourceFailure]) -> None:
    service = Service(status=status)
    async with writing(service, tmp_path) as writer:
        with pytest.raises(failure):
            await Lease((NEW,)).once(writer)


async def test_a_service_that_still_works_on_the_key(tmp_path: Path) -> None:
    service = Service(status=409)
    endpoint = replace(ENDPOINT, key_header="Idempotency-Key")
    async with writing(service, tmp_path, endpoint=endpoint) as writer:
        with pytest.raises(SourceUnreachable, match="still works"):
            await Lease((NEW,)).once(writer)


async def test_reading_and_writing_share_the_connections(tmp_path: Path) -> None:
    async with writing(Service(), tmp_path) as writer:
        assert isinstance(writer, RestWriter)
        assert writer.client.connections is writer.connector.connections
        assert writer.client.connections.most == LoadContract().connections_max


@pytest.mark.parametrize(
    ("endpoint", "lookups", "said"),
    [
        (replace(ENDPOINT, change=""), (BY_ID, BY_NUMBER), "changes rows at a path with {key}"),
        (replace(ENDPOINT, change="/wishes"), (BY_ID, BY_NUMBER), "changes rows at a path with {key}"),
        (ENDPOINT, (BY_NUMBER,), "changes rows that no lookup finds by 'id'"),
    ],
)
async def test_a_writing_that_a_service_cannot_take(
    tmp_path: Path, endpoint: Endpoint, lookups: tuple[Lookup, ...], said: str
) -> None:
    with pytest.raises(
        SourceUrlError, match="The source wishes cannot be written to: The writing of wishes"
    ) as refused:
        async with writing(Service(), tmp_path, lookups=lookups, endpoint=endpoint):
            pass
    assert said in str(refused.value)
