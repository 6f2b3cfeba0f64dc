"""Search: finds public records of all subjects by their words, through an index that is made of what everybody sees."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
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

PAGE_ROWS = 200
"""Whoever waits for the event loop waits while a page is made clean: a thousand articles in HTML took 100 ms."""
ROWS_MAX = 20_000
"""How many rows of one record are indexed, by the order of their keys from the last one."""
READ_S_MAX = 5.0
REFRESH_EVERY_S = 600.0
RETRY_AFTER_S = 15.0


@dataclass(slots=True)
class Search:
    """`failed` is told which record could not be indexed; what it had before is found until the next time."""

    records: Records
    index: TextIndex
    failed: Callable[[str, str], None]
    made: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Index everything now, and again and again; what failed sooner, and nothing else with it. Until cancelled."""
        clock = asyncio.get_running_loop().time
        due_s = dict.fromkeys(SEARCHED, clock())
        while True:
            due = [searched for searched in SEARCHED if due_s[searched] <= clock()]
            failed = await self.refresh(due)
            for searched in due:
                wait_s = RETRY_AFTER_S if searched in failed else REFRESH_EVERY_S
                due_s[searched] = clock() + wait_s
            pause_s = max(0.0, min(due_s.values()) - clock())
            await asyncio.sleep(pause_s * random.uniform(1.0, 1.2))  # noqa: S311  # no secret

    async def refresh(self, due: Sequence[Searched] = SEARCHED) -> list[Searched]:
        """Index these records as they are now. Those that are given back could not be: they are as they were."""
        entries: dict[str, list[Entry]] = {}
        left: list[Searched] = []
        for searched in due:
            try:
                entries[searched.record.name] = await self._entries(searched)
            except NotConnected:
                entries[searched.record.name] = []
            except HubError as error:
                left.append(searched)
                self.failed(searched.record.name, error.code)
        try:
            if entries or not self.index.is_made:
                await self.index.put(entries)
        except OSError as error:
            self.failed("", type(error).__name__)
            left = list(due)
        self.made.set()
        return left

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
