"""Exports that end early, are taken slowly, are too many or cost too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from api.exports import chunks
from api.exports.chunks import Chunks
from api.exports.route import EXPORTS_OF_CLIENT_MAX, ExportRoute
from api.graphql.charging import FallbackBuckets
from api.serving.cors import Cors
from api.serving.frozen_head import FrozenHead
from api.streams.limits import StreamLimits
from connectors.protocol import SourceUnreachable
from connectors.reading import clean
from models.errors import DepartmentUnavailable, LedgerUnavailable
from models.policy.viewer import Role
from resolvers.relations import Relations
from store.buckets import MemoryBuckets
from store.clients import add_client
from store.ledger.chain import Note
from store.ledger.recording import Ledger
from tests.api.exports.walking import exported, ndjson_rows
from tests.api.hub import RawClient, Running, codes_of, environment, running
from tests.api.serving import served
from tests.api.test_api_keys import now
from tests.api.test_disconnects import SOON_S, HangingSource, hanging

__all__ = ["hanging"]


@asynccontextmanager
async def taking(hub: Running, reading: Chunks) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a route whose chunks are these."""
    limits = StreamLimits(hub.hub.charging.callers.address_of)
    route = ExportRoute(reading, hub.hub.viewers, Cors(()), limits)
    app = FrozenHead(Starlette(routes=[Route("/export/{file}", route)]))
    headers = {"accept-language": "en", "accept-encoding": "identity"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://hub", headers=headers
    ) as client:
        yield client


CURSORS = "complaints.ndjson?fields=ticketNumber,cursor"


async def test_what_was_broken_off_goes_on_behind_the_last_cursor(hub: Running) -> None:
    whole = ndjson_rows((await exported(hub, CURSORS)).content)
    async with served(hub.app) as place, httpx2.AsyncClient(base_url=f"http://{place}") as client:
        got = b""
        async with client.stream("GET", f"/export/{CURSORS}", headers={"accept-encoding": "identity"}) as answer:
            async for part in answer.aiter_raw():
                got += part
                if len(got) > 60_000:
                    break
        first = ndjson_rows(got[: got.rindex(b"\n")])
        assert 0 < len(first) < len(whole)
        rest = await client.get(f"/export/{CURSORS}&after={first[-1]['cursor']}")
    assert first + ndjson_rows(rest.content) == whole
    assert len({row["ticketNumber"] for row in whole}) == len({row["cursor"] for row in whole})


async def test_a_cursor_of_the_graph_goes_on_in_an_export_and_the_other_way_round(hub: Running) -> None:
    whole = ndjson_rows((await exported(hub, CURSORS)).content)
    page = (await hub.ask("{ complaints(first: 7) { nodes { ticketNumber } pageInfo { endCursor } } }")).json()
    after = page["data"]["complaints"]["pageInfo"]["endCursor"]
    assert ndjson_rows((await exported(hub, f"{CURSORS}&after={after}")).content) == whole[7:]
    back = await hub.ask(
        "query Next($after: String) { complaints(first: 3, after: $after) { nodes { ticketNumber } } }",
        after=whole[9]["cursor"],
    )
    assert [node["ticketNumber"] for node in back.json()["data"]["complaints"]["nodes"]] == [
        row["ticketNumber"] for row in whole[10:13]
    ]


async def test_a_cursor_of_another_order_is_refused(hub: Running) -> None:
    cursor = ndjson_rows((await exported(hub, CURSORS)).content)[0]["cursor"]
    answer = await hub.client.get(f"/export/{CURSORS}&orderBy={{requestedAt:DESC}}&after={cursor}")
    assert (answer.status_code, codes_of(answer)) == (400, ["BAD_INPUT"])


async def test_a_source_that_fails_on_the_way_breaks_the_connection_off(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = hub.hub.catalog.connectors["complaints"]
    read: Callable[..., Any] = connector.read
    asked: list[Any] = []

    async def failing(mapping: Any, criteria: Any, call: Any) -> Any:
        asked.append(criteria)
        if criteria.keyset is not None:
            raise SourceUnreachable("gone")
        return await read(mapping, criteria, call)

    monkeypatch.setattr(connector, "read", failing)
    for form in ("csv", "ndjson", "geojson"):
        async with served(hub.app) as place, httpx2.AsyncClient(base_url=f"http://{place}") as client:
            with pytest.raises(httpx2.RemoteProtocolError):
                await client.get(f"/export/complaints.{form}?fields=ticketNumber")
    assert {criteria.keyset is None for criteria in asked} == {True, False}


async def test_a_source_that_fails_at_once_is_told(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise SourceUnreachable("gone")

    monkeypatch.setattr(hub.hub.catalog.connectors["complaints"], "read", failing)
    answer = await hub.client.get("/export/complaints.csv")
    assert (answer.status_code, codes_of(answer)) == (503, ["DEPARTMENT_UNAVAILABLE"])
    assert answer.headers["retry-after"] == "5"


class SlowClient(RawClient):
    """Takes the first part of a body, and then nothing for a while."""

    async def _took(self, message: Any) -> None:
        await super()._took(message)
        if len(self.messages) == 2:
            await asyncio.sleep(1.2 * CHUNK_S)


CHUNK_S = 2.0


async def test_who_takes_their_time_gets_the_rest(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = await exported(hub, "complaints.csv?fields=ticketNumber,area.name")
    monkeypatch.setattr(chunks, "CHUNK_MS_MAX", CHUNK_S * 1000)
    sent = await SlowClient().call(hub.app, "GET", "/export/complaints.csv", b"fields=ticketNumber,area.name")
    assert sent is not None
    assert sent.body == fast.content


async def test_the_next_chunk_is_asked_for_before_this_one_is_cleaned(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    connector = hub.hub.catalog.connectors["complaints"]
    read = connector.read

    async def noted_read(*asked: Any) -> Any:
        done.append("asked")
        return await read(*asked)

    def noted_clean(*given: Any) -> Any:
        done.append("cleaned")
        return clean(*given)

    monkeypatch.setattr(connector, "read", noted_read)
    monkeypatch.setattr("resolvers.records.clean", noted_clean)
    whole = await exported(hub, "complaints.ndjson?fields=ticketNumber")
    done.clear()
    async with taking(hub, Chunks(hub.hub.operations, None, 300)) as client:
        sent = await client.get("/export/complaints.ndjson?fields=ticketNumber")
    assert sent.content == whole.content
    count = -(-len(ndjson_rows(whole.content)) // 300)
    assert count > 5
    # Where the first one is from is certain when it is there; from then on the source never waits.
    assert done == ["asked", "cleaned", "asked", *["asked", "cleaned"] * (count - 2), "cleaned"]


async def test_what_another_department_does_not_tell_is_no_null_in_a_file(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> None:
        raise DepartmentUnavailable("department_unavailable", source="areas", department="Bapem")

    monkeypatch.setattr(Relations, "one", failing)
    answer = await hub.client.get("/export/complaints.csv?fields=ticketNumber,area.name")
    assert (answer.status_code, codes_of(answer)) == (503, ["DEPARTMENT_UNAVAILABLE"])


async def test_who_leaves_ends_what_is_read_for_them(hub: Running, hanging: HangingSource) -> None:
    client = RawClient()
    client.send_part(b"", more=False)
    call = asyncio.ensure_future(client.call(hub.app, "GET", "/export/complaints.csv"))
    await asyncio.wait_for(hanging.called.wait(), SOON_S)
    client.leave()
    assert await asyncio.wait_for(call, SOON_S) is None
    await asyncio.wait_for(hanging.stopped.wait(), SOON_S)


async def test_one_client_has_so_many_exports_at_once_and_no_more(hub: Running, hanging: HangingSource) -> None:
    clients = [RawClient() for _ in range(EXPORTS_OF_CLIENT_MAX)]
    calls = [asyncio.ensure_future(one.call(hub.app, "GET", "/export/complaints.csv")) for one in clients]
    await asyncio.wait_for(hanging.called.wait(), SOON_S)
    await asyncio.sleep(0)
    third = await hub.client.get("/export/areas.csv")
    for client in clients:
        client.leave()
    await asyncio.gather(*calls)
    assert (third.status_code, codes_of(third)) == (429, ["RATE_LIMITED"])
    assert (await hub.client.get("/export/areas.csv")).status_code == 200


async def test_a_key_without_the_scope_takes_nothing_away(hub: Running) -> None:
    reading = await add_client(hub.hub.database, name="Baca", contact="", scopes=["read:public"], clock=now)
    taking = await add_client(hub.hub.database, name="Ambil", contact="", scopes=["export"], clock=now)
    refused = await hub.client.get("/export/areas.csv", headers={"x-api-key": reading.key})
    assert (refused.status_code, codes_of(refused)) == (403, ["FORBIDDEN"])
    assert (await hub.client.get("/export/areas.csv", headers={"x-api-key": taking.key})).status_code == 200


async def test_a_copy_that_has_not_changed_is_not_sent_again(hub: Running) -> None:
    first = await exported(hub, "areas.csv")
    again = await hub.client.get("/export/areas.csv", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await hub.client.get("/export/areas.csv?fields=code", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


async def test_every_chunk_of_personal_fields_is_in_the_ledger_before_it_leaves(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Note] = []
    left: list[int] = []
    keep: Callable[..., Any] = Ledger._keep

    async def noted(ledger: Ledger, notes: list[Note]) -> None:
        kept.extend(notes)
        left.append(len(client.messages))
        await keep(ledger, notes)

    monkeypatch.setattr(Ledger, "_keep", noted)
    client = RawClient()
    bearer = hub.bearer(Role.OFFICER, "dpupr")["authorization"].encode()
    headers = ((b"authorization", bearer), (b"hub-purpose", b"COMPLAINT_HANDLING"))
    sent = await client.call(
        hub.app, "GET", "/export/complaints.ndjson", b"fields=ticketNumber,description", headers=headers
    )
    assert sent is not None
    rows = len(ndjson_rows(sent.body))
    assert rows > chunks.CHUNK_ROWS
    assert sum(note.rows for note in kept) == rows
    assert {(note.record, note.fields, note.purpose, note.operation) for note in kept} == {
        ("complaints", ("description",), "COMPLAINT_HANDLING", "export_complaints")
    }
    assert left[0] == 0


async def test_what_cannot_be_recorded_does_not_leave(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> None:
        raise LedgerUnavailable("ledger_unwritten")

    monkeypatch.setattr(Ledger, "_keep", refused)
    headers = {**hub.bearer(Role.OFFICER, "dpupr"), "hub-purpose": "COMPLAINT_HANDLING"}
    answer = await hub.client.get("/export/complaints.csv?fields=description", headers=headers)
    assert (answer.status_code, codes_of(answer)) == (503, ["INTERNAL"])
    assert (await hub.client.get("/export/areas.csv", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("complaints.pdf", 404, "NOT_FOUND"),
        ("nobody.csv", 404, "NOT_FOUND"),
        ("complaints.csv?first=1", 400, "BAD_REQUEST"),
        ("complaints.csv?filter={status:", 400, "BAD_INPUT"),
        ("complaints.csv?filter={nobody:{eq:1}}", 400, "BAD_INPUT"),
        ("complaints.csv?filter={}}){nodes{id}}x:complaints(first:1){nodes{id}}%23", 400, "BAD_INPUT"),
        ("complaints.csv?fields=history.nodes.at", 400, "BAD_INPUT"),
        ("complaints.csv?fields=id){id}}%23", 400, "BAD_INPUT"),
        ("complaints.csv?after=x", 400, "BAD_INPUT"),
        (f"complaints.csv?filter={'[' * 3_000}", 400, "BAD_REQUEST"),
        (f"complaints.csv?filter={'{not:' * 60}{{}}{'}' * 60}", 400, "BAD_REQUEST"),
        ("licenses.csv", 404, "NOT_CONNECTED"),
    ],
)
async def test_a_mistake_is_told_before_anything_is_read(hub: Running, path: str, status: int, code: str) -> None:
    answer = await hub.client.get(f"/export/{path}")
    assert (answer.status_code, codes_of(answer)) == (status, [code])


async def test_a_budget_pays_for_chunks_and_an_export_waits_for_it(city_folder: Path, database: Path) -> None:
    """A bucket of 20,000 x 0.015 = 300 units, into which 1.5 flow in a second; a chunk of 100 rows is 20."""
    waited: list[float] = []
    at_s = [0.0]

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        at_s[0] += seconds

    async with running(environment(city_folder, database, HUB_BUDGET_SCALE="0.015")) as poor:
        paying = replace(
            poor.hub.charging, fallback_buckets=FallbackBuckets(None, MemoryBuckets(clock=lambda: at_s[0]))
        )
        async with taking(poor, Chunks(poor.hub.operations, paying, 100, sleep)) as client:
            sent = await client.get("/export/complaints.ndjson?fields=id")
            rows = len(ndjson_rows(sent.content))
            refused = await client.get("/export/complaints.ndjson?fields=id")
    whole_chunks = -(-rows // 100)
    # Fifteen chunks out of the full bucket, then one whenever twenty units have flowed in.
    assert waited[:1] == [14.0]
    assert sum(waited) == pytest.approx((whole_chunks - 15) * 20 / 1.5, abs=whole_chunks)
    assert (refused.status_code, codes_of(refused), refused.headers["retry-after"]) == (429, ["RATE_LIMITED"], "14")


async def test_a_mark_for_old_spreadsheets_stands_before_the_header(hub: Running) -> None:
    plain, marked = await exported(hub, "areas.csv"), await exported(hub, "areas.csv?bom=1")
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    assert plain.headers["content-disposition"].startswith('attachment; filename="areas-20')


async def test_a_summary_says_that_lines_are_whole(hub: Running) -> None:
    *rows, last = ndjson_rows((await exported(hub, "complaints.ndjson?fields=id&summary=1")).content)
    assert last == {"hub": {"rows": len(rows), "complete": True}}
