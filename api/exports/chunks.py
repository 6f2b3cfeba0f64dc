"""Reads a list chunk by chunk with keyset pagination, each decided, charged and recorded by itself; groups at once.

While one chunk is written the next ones are read. At most three are held, however many rows there are.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from api.exports.groupings import GROUPS_MAX
from api.exports.request import ExportRequest
from api.exports.writers import Chunk
from api.graphql.charging import Charging, prepared_for
from api.graphql.incoming import HttpRefusal
from api.graphql.operations import Operations, Ready, Refused
from api.graphql.outgoing import refused_errors
from api.serving.frozen_head import Head
from connectors.criteria import Keyset
from engine.columns import SelectedColumn
from engine.cost import CALL_COST
from engine.documents.kept import InvalidDocument
from engine.lanes import Listed
from models.batch import Batch
from models.errors import BadInput, TooExpensive
from models.policy.viewer import Purpose, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from resolvers.lists import ListArguments, Page, Window
from resolvers.relations import search as read_page
from schema.core.arguments import list_arguments
from schema.core.context import Context, Services
from schema.core.facts import columns_of

CHUNK_ROWS: Final = 2_000
"""Large enough that calls are few, small enough that no chunk blocks the event loop for long."""
CHUNK_MS_MAX: Final = 20_000
"""The deadline of one chunk with its relations. A whole export has no deadline."""
ROWS_PER_UNIT: Final = 10
"""Rows per unit of cost: a row of an export is cheaper than one of a page, since it needs far fewer calls."""
READ_AHEAD: Final = 2
"""How many chunks are read ahead, so that the source does not wait for the client."""
PAYING_S_MAX: Final = 120.0
"""How long an export waits until its sender's token bucket pays for the next chunk."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks for an export, and for which purpose."""

    viewer: Viewer
    purpose: Purpose | None
    language: Language
    head: Head
    request_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk of an export."""

    chunk: Chunk
    is_last: bool
    is_personal: bool


@dataclass(frozen=True, slots=True)
class _Export:
    """What all chunks of an export share."""

    asked: ExportRequest
    sender: Sender
    listed: Listed
    arguments: ListArguments


@dataclass(frozen=True, slots=True)
class _ReadPage:
    """A page, and the request that read it."""

    page: Page
    request: Request


_NextKeyset = asyncio.Future[Keyset | None]


@dataclass(frozen=True, slots=True)
class _PendingPage:
    """A page being read, None after the last one, and the keyset of the next page, which is known earlier."""

    page: asyncio.Future[_ReadPage | None]
    next_keyset: _NextKeyset
    rows_until: int
    """How many rows all pages have at most, up to the end of this one."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """Reads exports. Each chunk is decided, guarded and bounded like a read of any operation."""

    operations: Operations
    charging: Charging | None
    chunk_rows: int = CHUNK_ROWS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def prepare(self, asked: ExportRequest, sender: Sender, *, by_address: bool) -> Ready:
        """Raises Refused where the graph would, and HttpRefusal (405) for personal values in a URL."""
        prepare = partial(self.operations.prepare, asked.incoming, sender.language, read_only=True)
        ready = await prepared_for(self.charging, prepare, asked.incoming, sender.viewer, sender.head)
        if by_address:
            self.operations.refuse_personal_url(ready)
        return ready

    def listed(self, asked: ExportRequest, ready: Ready) -> Listed:
        """The list that is exported. Raises Refused or HttpRefusal where the graph would refuse it."""
        try:
            return self.operations.lanes.listed(ready.priced, asked.collection.rows)
        except InvalidDocument as invalid:
            raise Refused(refused_errors(invalid.errors, BadInput.code)) from None
        except StrawberryInputCoercionError as error:
            raise HttpRefusal(400, BadInput("document_invalid", detail=str(error.message))) from None
        except GraphQLError as error:
            raise Refused(refused_errors([error], BadInput.code)) from None

    async def parts(self, asked: ExportRequest, sender: Sender, listed: Listed) -> AsyncGenerator[Part, None]:
        """All chunks of a list. Raises a HubError, or HttpRefusal if one cannot be paid.

        Closing it, or cancelling its consumer, cancels the read-ahead.
        """
        services = _uncached(self.operations.services)
        first = self._request(sender, asked)
        context = Context(first, services)
        arguments = list_arguments(context, asked.collection.record, asked.collection.record.name, listed.arguments)
        export = _Export(asked, sender, listed, arguments)
        pending = deque([self._start(export, services, None)])
        try:
            while True:
                while len(pending) <= READ_AHEAD:
                    pending.append(self._start(export, services, pending[-1]))
                reading = pending.popleft()
                read = await reading.page
                if read is None:
                    return
                chunk = await self._completed(export, services, read)
                await self.operations.ledger.record(read.request, "ok")
                # Completing a chunk takes as long as writing it; other tasks run between the two.
                await asyncio.sleep(0)
                is_last = not read.page.has_next or reading.rows_until == asked.limit
                yield Part(chunk, is_last, is_personal=bool(read.request.ledger.entries))
        finally:
            for one in pending:
                one.page.cancel()
            await asyncio.gather(*(one.page for one in pending), return_exceptions=True)

    async def groups(self, asked: ExportRequest, sender: Sender, ready: Ready) -> AsyncGenerator[Part, None]:
        """The groups of an aggregate, which are one answer of the graph, in one part.

        Raises Refused or HttpRefusal where the graph would, and TooExpensive where a file cannot hold all groups.
        """
        if self.charging is not None:
            await self.charging.charge(ready, sender.viewer, sender.head, sender.language)
        request = self.operations.request(sender.request_id, sender.viewer, sender.language, ready, sender.purpose)
        body = await self.operations.run(ready, request)
        if "errors" in body:
            raise Refused(body)
        whole = body["data"][asked.collection.name]
        if asked.limit is None and not whole["isComplete"]:
            raise TooExpensive("export_groups_many", groups=whole["groupsCount"], maximum=GROUPS_MAX)
        groups = whole[asked.collection.rows]
        # Without a group the names of its columns are those that were asked for.
        names = dict.fromkeys(column.path[0] for column in asked.columns)
        selected: dict[str, SelectedColumn] = {name: [group[name] for group in groups] for name in names}
        yield Part(Chunk(len(groups), selected, None), is_last=True, is_personal=bool(request.ledger.entries))

    def _start(self, export: _Export, services: Services, before: _PendingPage | None) -> _PendingPage:
        """Start reading the first page, or the page after another one."""
        next_keyset: _NextKeyset = asyncio.get_running_loop().create_future()
        done = before.rows_until if before is not None else 0
        limit = export.asked.limit
        rows = self.chunk_rows if limit is None else min(self.chunk_rows, limit - done)
        page = self._page(export, services, before, next_keyset, rows)
        return _PendingPage(asyncio.ensure_future(page), next_keyset, done + rows)

    async def _page(
        self, export: _Export, services: Services, before: _PendingPage | None, next_keyset: _NextKeyset, rows: int
    ) -> _ReadPage | None:
        """Read a page; None after the last one. Sets the keyset of the next page as soon as it is known."""
        try:
            if rows <= 0:
                return None
            keyset = export.arguments.window.keyset if before is None else await before.next_keyset
            if before is not None and keyset is None:
                return None
            # Later pages stay in the source of the first one, which is known only once that page was read.
            on_next = None if before is None else next_keyset.set_result
            await self._pay(export, rows, is_first=before is None)
            window = Window(rows, backwards=False, keyset=keyset, next_begins=on_next)
            read = await self._read(export, services, window)
            page = read.page
            if page.has_next and not next_keyset.done():
                next_keyset.set_result(Keyset(page.batch.keyset[page.stop - 1], source=page.batch.origin.place))
            return read
        finally:
            if not next_keyset.done():
                next_keyset.set_result(None)

    async def _read(self, export: _Export, services: Services, window: Window) -> _ReadPage:
        request = self._request(export.sender, export.asked)
        arguments = replace(export.arguments, window=window)
        record, columns = export.asked.collection.record, columns_of(export.listed.selection)
        try:
            return _ReadPage(await read_page(services.records, request, record, columns, arguments), request)
        finally:
            self.operations.observe(request.report)

    async def _completed(self, export: _Export, services: Services, read: _ReadPage) -> Chunk:
        """The columns of a page, relations included."""
        # A new deadline: the page may have waited long for a slow client.
        request = replace(read.request, deadline=Deadline.in_ms(CHUNK_MS_MAX))
        page, context = read.page, Context(request, services)
        columns = await self.operations.lanes.columns(export.listed, context, page.batch, page.rows)
        names = [plan.key for plan in export.listed.rows.fields]
        cursors = self._cursors(export, page) if export.asked.has_cursor else None
        return Chunk(len(page.rows), dict(zip(names, columns, strict=True)), cursors)

    def _cursors(self, export: _Export, page: Page) -> Sequence[str]:
        encode, identity = self.operations.services.cursors.encode, export.arguments.identity
        batch: Batch = page.batch
        return [encode(identity, batch.origin.place, batch.keyset[row]) for row in page.rows]

    def _request(self, sender: Sender, asked: ExportRequest) -> Request:
        return Request(
            sender.request_id,
            sender.viewer,
            Deadline.in_ms(CHUNK_MS_MAX),
            sender.language,
            sender.purpose,
            operation_name=f"export_{asked.collection.name}",
        )

    async def _pay(self, export: _Export, rows: int, *, is_first: bool) -> None:
        """Charge a chunk. Over budget, the first is refused, and the others wait. Raises HttpRefusal."""
        if self.charging is None:
            return
        sender = export.sender
        units = CALL_COST * len(export.listed.plan.reads) + math.ceil(rows / ROWS_PER_UNIT)
        waited_s = 0.0
        while True:
            try:
                await self.charging.charge_part(units, sender.viewer, sender.head)
            except HttpRefusal as refusal:
                pause_s = float(refusal.headers.get("retry-after", 1))
                if is_first or waited_s + pause_s > PAYING_S_MAX:
                    raise
                await self.sleep(pause_s)
                waited_s += pause_s
            else:
                return


def _uncached(services: Services) -> Services:
    """The same services without the cache of reads: bulk reads would evict what others need."""
    records: Any = replace(services.records, reader=replace(services.records.reader, cache=None))
    return replace(services, records=records, relations=replace(services.relations, records=records))
