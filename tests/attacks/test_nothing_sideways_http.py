"""What a viewer may not see changes no byte of what the hub sends over HTTP: no status, header, body, file or tag.

Caches are cold, or warm by what the viewer asked before, or warm by those to whom it is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
import time_machine

from api.exports.collections import COLLECTIONS
from models.policy.viewer import Purpose, Role
from models.request import SourceReport
from models.values.types import Nik
from sample.citizens.people import email_address, resident_number
from schema.core.entity import ENTITIES
from store.buckets import MemoryBuckets
from tests.api.hub import Running
from tests.attacks.hidden import IsOpen, changed_copy, nothing_open, open_to_citizen, open_to_complaint_desk
from tests.attacks.test_access_matrix import entitled, shortest_ways
from tests.attacks.ways import document, personal_of
from tests.attacks.whole_city import forget, hub_of
from tests.small_city import small_city

NOW: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NIK: Final = Nik(resident_number(0))
KEYED: Final = "x-request-id"
PEEPING: Final = (
    # A filter by what is hidden is refused, whatever it holds.
    '{ complaints(filter: {reporterNik: {eq: "3671010101900001"}}) { totalCount nodes { id } } }',
    # Those by what is not, and what they count, see nothing of it.
    "{ complaints(filter: {history: {some: {statusDetail: {in: [DONE]}}}}) { totalCount nodes { id description } } }",
    "{ areas(filter: {complaints: {some: {status: {eq: OPEN}}}}) { totalCount nodes { id } } }",
    # Pages, cursors and counts of lists in which something is hidden.
    """{ complaints(first: 40, orderBy: [{requestedAt: DESC}]) { totalCount pageInfo { startCursor endCursor }
      edges { cursor node { id description address reporterNik history(first: 3) { totalCount nodes { note } } } } } }
    """,
    "{ incidents(first: 40) { totalCount pageInfo { endCursor } edges { cursor node { id address callerName } } } }",
    "{ licenses(last: 40) { totalCount pageInfo { startCursor } edges { cursor node { id holderNik } } } }",
    # Figures.
    "{ complaintGroups(by: [CATEGORY, STATUS]) { groups { count category status } } }",
    "{ admissionApplicationStatistics(by: [PATHWAY, STATUS]) { total cells { count pathway status } } }",
    "{ jobApplicationStatistics { total } licenseApplicationStatistics { total } }",
    # What is hidden in a search, and in what one's own mistakes bring.
    '{ search(text: "lampu") { __typename } }',
    '{ complaint(id: "x") { description } complaints(first: 1000) { nodes { reporterNik } } }',
)
"""Rounded counts of citizens are left out: what is counted there, their sex, is told of to everybody, rounded."""


@dataclass(frozen=True)
class Prying:
    """Somebody who looks for what is hidden, and which rows are open to them."""

    name: str
    role: Role | None
    is_open: IsOpen = nothing_open
    department: str | None = None
    nik: str | None = None
    purpose: Purpose | None = None

    @property
    def city(self) -> str:
        """To whom the same is hidden, the same is changed."""
        return "nothing open" if self.is_open is nothing_open and not self.sees_free_text else self.name

    @property
    def sees_free_text(self) -> bool:
        return self.role in {Role.CITIZEN, Role.OFFICER}

    def headers(self, hub: Running) -> dict[str, str]:
        if self.role is None:
            return {}
        stated = {} if self.purpose is None else {"hub-purpose": self.purpose.value}
        return hub.bearer(self.role, self.department, self.nik) | stated


PRYING: Final = (
    Prying("anonymous", None),
    Prying("analyst", Role.ANALYST),
    Prying("operator", Role.OPERATOR),
    Prying("citizen", Role.CITIZEN, open_to_citizen(NIK, email_address(0)), nik=NIK),
    Prying("idle officer", Role.OFFICER, department="dpupr"),
    Prying(
        "officer", Role.OFFICER, open_to_complaint_desk("dpupr"), "dpupr", purpose=Purpose.COMPLAINT_HANDLING
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def still() -> Iterator[None]:
    """When something was read, and for how long, is a part of answers; so the clock stands, and nothing takes time."""
    note = SourceReport.note
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False):
        # Kept answers are renewed at different times, by chance.
        patch.setattr("api.responses.cache.RENEWED_AFTER", (0.75, 0.75))
        patch.setattr(SourceReport, "note", lambda self, source, state, **_: note(self, source, state, elapsed_ms=0))
        yield


@pytest.fixture(scope="module")
async def cities(tmp_path_factory: pytest.TempPathFactory, still: None) -> AsyncIterator[Mapping[str, Running]]:
    """The hub of the city as it is, by the name "true", and those of the cities that are changed for who pries."""
    folder = tmp_path_factory.mktemp("sideways")
    true = folder / "city"
    await asyncio.to_thread(small_city, true)
    async with AsyncExitStack() as stack:
        hubs = {"true": await stack.enter_async_context(hub_of(true, made(folder / "true")))}
        for one in PRYING:
            if one.city not in hubs:
                copy = folder / f"city of {one.name}"
                assert changed_copy(true, copy, one.is_open, free_text_masked=one.sees_free_text) > 1_000
                hubs[one.city] = await stack.enter_async_context(hub_of(copy, made(folder / one.name)))
        for hub in hubs.values():
            hub.hub.responses.clock = lambda: 0.0
            # Its tree of areas is read once, and no answer tells later that it was.
            await hub.ask('{ area(code: "36.71") { complaints { totalCount } } }')
        yield hubs


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def requests_of(one: Prying) -> Iterator[dict[str, Any]]:
    """What is asked of both hubs: documents, the same by GET where they may be kept by others, and files."""
    for query in (*PEEPING, *(document(way) for way in shortest_ways())):
        yield {"method": "POST", "url": "/graphql", "json": {"query": query}}
    for query in ("{ complaints(first: 50) { totalCount nodes { id statusLabel } } }", "{ licenses { totalCount } }"):
        yield {"method": "GET", "url": "/graphql", "params": {"query": query}}
    for name, collection in COLLECTIONS.items():
        if collection.row.name in ENTITIES and personal_of(collection.row.name):
            yield {"method": "GET", "url": f"/export/{name}.csv"}
            fields = ",".join(["id", *personal_of(collection.row.name)])
            yield {"method": "GET", "url": f"/export/{name}.ndjson", "params": {"fields": fields}}


async def sent(hub: Running, one: Prying, asked: Mapping[str, Any], **more: str) -> httpx2.Response:
    headers = {**one.headers(hub), KEYED: "request-1", **more}
    return await hub.client.request(**asked, headers=headers)


def everything(reply: httpx2.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    return reply.status_code, sorted(reply.headers.multi_items()), reply.content


def first_difference(true: str, changed: str) -> str:
    place = next((place for place, (a, b) in enumerate(zip(true, changed, strict=False)) if a != b), -80)
    return f"...{true[max(0, place - 80) : place + 80]} against {changed[max(0, place - 80) : place + 80]}"


CACHES: Final = ("cold", "warm by oneself", "warm by those to whom it is open")


async def prepare(hub: Running, asked: Mapping[str, Any], cache: str) -> None:
    if cache == "cold":
        await forget(hub)
    elif cache == CACHES[-1] and asked["method"] == "POST":
        for headers in entitled(hub)[::3]:
            await hub.client.request(**asked, headers=headers)


async def compared(hubs: tuple[Running, Running], one: Prying, asked: Mapping[str, Any]) -> httpx2.Response:
    """Asks both hubs, with caches of each kind. Raises AssertionError where they differ."""
    replies: list[httpx2.Response] = []
    for cache in CACHES:
        for hub in hubs:
            await prepare(hub, asked, cache)
        replies = [await sent(hub, one, asked) for hub in hubs]
        true, changed = map(everything, replies)
        assert changed == true, f"{cache}, {asked}: {first_difference(str(true), str(changed))}"
    return replies[0]


@pytest.mark.parametrize("one", PRYING, ids=lambda one: one.name)
async def test_what_is_hidden_changes_no_byte_of_what_is_sent(cities: Mapping[str, Running], one: Prying) -> None:
    hubs = cities["true"], cities[one.city]
    for hub in hubs:
        # What is left of a budget is told as well, and that of the true city has served others.
        hub.hub.charging.fallback_buckets.own = MemoryBuckets(clock=lambda: 0.0)
    with_rows = unchanged = 0
    for asked in requests_of(one):
        reply = await compared(hubs, one, asked)
        with_rows += b'"id":' in reply.content
        if "etag" in reply.headers:
            true, changed = [await sent(hub, one, asked, **{"if-none-match": reply.headers["etag"]}) for hub in hubs]
            assert everything(changed) == everything(true), asked
            unchanged += true.status_code == 304
    assert with_rows > 5
    assert unchanged > 0
