"""Search: finds public records of all subjects by their words, through an index that is made of what everybody sees."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.criteria import Keyset, Order
from connectors.text_index import Entry, TextIndex
from models.batch import Batch
from models.errors import HubError, NotConnected
from models.localized import Language
from models.records import KEY
from models.request import Deadline, Request
from models.search import SEARCHED, Searched
from models.viewer import ANONYMOUS
from resolvers.reads import Columns, Read
from resolvers.records import Records

PAGE_ROWS = 1_000
ROWS_MAX = 20_000
"""How many rows of one record are indexed, by the order of their keys from the last one."""
READ_S_MAX = 5.0
REFRESH_EVERY_S = 600.0
RETRY_AFTER_S = 15.0


@dataclass(slots=True)
class Search:
    """`failed` is told which record could not be indexed; what it had before is then not found until the next time."""

    records: Records
    index: TextIndex
    failed: Callable[[str, str], None]
    made: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Make the index now, and again and again. Ends when cancelled."""
        while True:
            whole = await self.refresh()
            wait_s = REFRESH_EVERY_S if whole else RETRY_AFTER_S
            await asyncio.sleep(wait_s * random.uniform(0.9, 1.1))  # noqa: S311  # no secret

    async def refresh(self) -> bool:
        """Make the index of what there is now; whether every connected record is in it."""
        entries: list[Entry] = []
        whole = True
        for searched in SEARCHED:
            try:
                entries += await self._entries(searched)
            except NotConnected:
                continue
            except HubError as error:
                whole = False
                self.failed(searched.record.name, error.code)
        try:
            await self.index.make(entries)
        except OSError as error:
            whole = False
            self.failed("", type(error).__name__)
        self.made.set()
        return whole

    async def find(self, text: str, rows_max: int) -> list[tuple[str, str]]:
        """Record and key of what has these words, the best first."""
        return await self.index.find(text, rows_max)

    async def _entries(self, searched: Searched) -> list[Entry]:
        entries: list[Entry] = []
        place: Keyset | None = None
        while len(entries) < ROWS_MAX:
            batch = await self._page(searched, place)
            entries += _entries_of(searched, batch)
            if batch.length < PAGE_ROWS:
                break
            place = Keyset(batch.keyset[-1], source=batch.origin.place)
        return entries[:ROWS_MAX]

    async def _page(self, searched: Searched, place: Keyset | None) -> Batch:
        request = Request(
            "search", ANONYMOUS, Deadline.in_ms(READ_S_MAX * 1_000), Language.ID, operation_name="SearchIndex",
            now=datetime.now(UTC),
        )  # fmt: skip
        columns = Columns(frozenset(searched.fields), frozenset({KEY}))
        order = (Order(KEY, descending=True),)
        return await self.records.read(
            request, Read(searched.record, columns, order=order, rows_max=PAGE_ROWS, keyset=place)
        )


def _entries_of(searched: Searched, batch: Batch) -> list[Entry]:
    keys = batch.columns[KEY]
    titles, *texts = (
        batch.columns[name] if name not in batch.errors else [None] * batch.length for name in searched.fields
    )
    return [
        Entry(
            searched.record.name,
            str(keys[row]),
            str(titles[row]),
            " ".join(str(text[row]) for text in texts if text[row]),
        )
        for row in range(batch.length)
        if row not in batch.unaddressable and titles[row] is not None
    ]
