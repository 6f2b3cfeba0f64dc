"""Chunks: the rows of an export, page behind page by keyset, each read, decided, paid and recorded by itself.

While one chunk is written the next ones are read: no more than three are held, however many rows there are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import GraphQLError
from starlette.types import Scope
from strawberry.exceptions import StrawberryInputCoercionError

from api.charging import Charging
from api.exports.asking import ROWS, Asked
from api.exports.writers import Chunk
from api.incoming import HttpRefusal
from api.operations import Operations, Ready, Refused
from api.outgoing import refused_errors
from connectors.criteria import Keyset
from engine.cost import CALL_COST
from engine.documents import InvalidDocument
from engine.lanes import Listed
from models.batch import Batch
from models.errors import BadInput
from models.localized import Language
from models.request import Deadline, Request
from models.viewer import Purpose, Viewer
from resolvers.lists import ListArguments, Page, Window
from resolvers.relations import search as read_page
from schema.arguments import list_arguments
from schema.context import Context, Services
from schema.facts import columns_of

CHUNK_ROWS: Final = 2_000
"""Large enough that questions are few, small enough that no chunk holds the event loop for long."""
CHUNK_MS_MAX: Final = 20_000
"""How long one chunk may take to be read, and what its rows lead to: an export has no deadline, its chunks have."""
ROWS_PER_UNIT: Final = 10
"""A row of an export costs so much less than one of a page: a thousandth of the questions brings it."""
READ_AHEAD: Final = 2
"""How many chunks are read before they are wanted, so that the source never waits for the hub."""
PAYING_S_MAX: Final = 120.0
"""How long an export waits for its sender's budget to hold the next chunk."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who takes an export away, and what for."""

    viewer: Viewer
    purpose: Purpose | None
    language: Language
    scope: Scope
    request_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk, and what is known of where it comes from; `is_last` where nothing is behind it."""

    chunk: Chunk
    is_last: bool
    is_personal: bool


@dataclass(frozen=True, slots=True)
class _Whole:
    """What stays the same from chunk to chunk."""

    asked: Asked
    sender: Sender
    listed: Listed
    arguments: ListArguments


@dataclass(frozen=True, slots=True)
class _Got:
    """A page that was read, and the request that it was read for."""

    page: Page
    request: Request


_Place = asyncio.Future[Keyset | None]


@dataclass(frozen=True, slots=True)
class _Coming:
    """A page that is read, None behind the last one, and where the next one begins, which is known before."""

    page: asyncio.Future[_Got | None]
    next_at: _Place


@dataclass(frozen=True, slots=True)
class Chunks:
    """Reads exports. Each chunk is a question of its own: it is decided, guarded and bounded like any operation's."""

    operations: Operations
    charging: Charging | None
    chunk_rows: int = CHUNK_ROWS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def prepare(self, asked: Asked, sender: Sender, *, by_address: bool) -> tuple[Ready, Listed]:
        """Raises Refused for what the graph would refuse, and HttpRefusal (405) for personal values in an address."""
        ready = self.operations.prepare(asked.incoming, sender.language, read_only=True)
        if by_address:
            self.operations.refuse_personal_url(ready)
        try:
            return ready, self.operations.lanes.listed(ready.prepared, asked.incoming.variables or {}, ROWS)
        except InvalidDocument as invalid:
            raise Refused(refused_errors(invalid.errors, BadInput.code)) from None
        except StrawberryInputCoercionError as error:
            raise HttpRefusal(400, BadInput("document_invalid", detail=str(error.message))) from None
        except GraphQLError as error:
            raise Refused(refused_errors([error], BadInput.code)) from None

    async def parts(self, asked: Asked, sender: Sender, listed: Listed) -> AsyncGenerator[Part, None]:
        """All chunks. Raises a HubError, or HttpRefusal where one cannot be paid.

        Closing it, or cancelling whoever waits for it, ends what is being read ahead.
        """
        services = _uncached(self.operations.services)
        first = self._request(sender, asked)
        context = Context(first, services)
        arguments = list_arguments(context, asked.collection.record, asked.collection.record.name, listed.arguments)
        whole = _Whole(asked, sender, listed, arguments)
        coming = deque([self._begun(whole, services, None)])
        try:
            while True:
                while len(coming) <= READ_AHEAD:
                    coming.append(self._begun(whole, services, coming[-1]))
                got = await coming.popleft().page
                if got is None:
                    return
                chunk = await self._completed(whole, services, got)
                await self.operations.ledger.record(got.request, "ok")
                # To complete a chunk takes as long as to write it: between the two, others have their turn.
                await asyncio.sleep(0)
                yield Part(chunk, not got.page.has_next, is_personal=bool(got.request.ledger.entries))
        finally:
            for one in coming:
                one.page.cancel()
            await asyncio.gather(*(one.page for one in coming), return_exceptions=True)

    def _begun(self, whole: _Whole, services: Services, before: _Coming | None) -> _Coming:
        """The page behind another one, or the first, which is read from now on."""
        next_at: _Place = asyncio.get_running_loop().create_future()
        return _Coming(asyncio.ensure_future(self._page(whole, services, before, next_at)), next_at)

    async def _page(self, whole: _Whole, services: Services, before: _Coming | None, next_at: _Place) -> _Got | None:
        """A page, None behind the last one. Tells where the next one is: as soon as it can, and in any case."""
        try:
            keyset = whole.arguments.window.keyset if before is None else await before.next_at
            if before is not None and keyset is None:
                return None
            # From there on the list stays in one source. Which one the first page is from is certain when it is there.
            told = None if before is None else next_at.set_result
            await self._pay(whole, is_first=before is None)
            got = await self._read(
                whole, services, Window(self.chunk_rows, backwards=False, keyset=keyset, next_begins=told)
            )
            page = got.page
            if page.has_next and not next_at.done():
                next_at.set_result(Keyset(page.batch.keyset[page.stop - 1], source=page.batch.origin.place))
            return got
        finally:
            if not next_at.done():
                next_at.set_result(None)

    async def _read(self, whole: _Whole, services: Services, window: Window) -> _Got:
        request = self._request(whole.sender, whole.asked)
        arguments = replace(whole.arguments, window=window)
        record, columns = whole.asked.collection.record, columns_of(whole.listed.selection)
        try:
            return _Got(await read_page(services.records, request, record, columns, arguments), request)
        finally:
            self.operations.observe(request.report)

    async def _completed(self, whole: _Whole, services: Services, got: _Got) -> Chunk:
        """The columns of a page, with what their rows lead to."""
        # It may have waited long for a client that takes its time.
        request = replace(got.request, deadline=Deadline.in_ms(CHUNK_MS_MAX))
        page, context = got.page, Context(request, services)
        columns = await self.operations.lanes.columns(whole.listed, context, page.batch, page.rows)
        names = [plan.key for plan in whole.listed.rows.fields]
        cursors = self._cursors(whole, page) if whole.asked.has_cursor else None
        return Chunk(len(page.rows), dict(zip(names, columns, strict=True)), cursors)

    def _cursors(self, whole: _Whole, page: Page) -> Sequence[str]:
        encode, identity = self.operations.services.cursors.encode, whole.arguments.identity
        batch: Batch = page.batch
        return [encode(identity, batch.origin.place, batch.keyset[row]) for row in page.rows]

    def _request(self, sender: Sender, asked: Asked) -> Request:
        return Request(
            sender.request_id,
            sender.viewer,
            Deadline.in_ms(CHUNK_MS_MAX),
            sender.language,
            sender.purpose,
            operation_name=f"export_{asked.collection.name}",
        )

    async def _pay(self, whole: _Whole, *, is_first: bool) -> None:
        """Pay for a chunk. The first one is refused where the budget does not hold it; the others wait until it does.

        Raises HttpRefusal.
        """
        if self.charging is None:
            return
        sender = whole.sender
        units = CALL_COST * len(whole.listed.plan.reads) + self.chunk_rows // ROWS_PER_UNIT
        waited_s = 0.0
        while True:
            try:
                await self.charging.charge_part(units, sender.viewer, sender.scope)
            except HttpRefusal as refusal:
                pause_s = float(refusal.headers.get("retry-after", 1))
                if is_first or waited_s + pause_s > PAYING_S_MAX:
                    raise
                await self.sleep(pause_s)
                waited_s += pause_s
            else:
                return


def _uncached(services: Services) -> Services:
    """The same services without the cache of reads: what is read once, and in bulk, would push out what is wanted."""
    records: Any = replace(services.records, asking=replace(services.records.asking, cache=None))
    return replace(services, records=records, relations=replace(services.relations, records=records))
