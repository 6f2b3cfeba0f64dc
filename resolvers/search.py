"""Full-text search over public records of all subjects, with an index of what everybody may see."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.criteria import Keyset, Order
from connectors.replica.text_index import Entry, Found, TextIndex
from models.batch import Batch
from models.errors import HubError, NotConnected
from models.policy.viewer import ANONYMOUS
from models.records import KEY
from models.request import Deadline, Request
from models.sources.search import SEARCHED, SearchableRecord
from models.values.localized import Language
from resolvers.reads import Columns, Read
from resolvers.records import Records

PAGE_ROWS = 200
"""The page size: cleaning blocks the event loop, and a thousand articles in HTML took 100 ms."""
ROWS_MAX = 20_000
"""How many rows of a record are indexed, from the highest key downwards."""
READ_S_MAX = 5.0
REFRESH_EVERY_S = 600.0
RETRY_AFTER_S = 15.0


@dataclass(slots=True)
class Search:
    """Keeps the index up to date. `failed` is called with a record that could not be indexed; its old entries stay."""

    records: Records
    index: TextIndex
    failed: Callable[[str, str], None]
    made: asyncio.Event = field(default_factory=asyncio.Event)
    sources: dict[str, str] = field(default_factory=dict)
    """The source of the indexed keys of each record: a fallback has other keys."""

    async def run(self) -> None:
        """Index everything now and periodically; retry failed records sooner. Runs until cancelled."""
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

    async def refresh(self, due: Sequence[SearchableRecord] = SEARCHED) -> list[SearchableRecord]:
        """Index these records; returns those that failed and keep their old entries."""
        entries: dict[str, list[Entry]] = {}
        sources: dict[str, str] = {}
        left: list[SearchableRecord] = []
        for searched in due:
            try:
                entries[searched.record.name], sources[searched.record.name] = await self._entries(searched)
            except NotConnected:
                entries[searched.record.name] = []
            except HubError as error:
                left.append(searched)
                self.failed(searched.record.name, error.code)
        try:
            if entries or not self.index.is_made:
                await self.index.put(entries)
            self.sources |= sources
        except OSError as error:
            self.failed("", type(error).__name__)
            left = list(due)
        self.made.set()
        return left

    async def find(self, text: str, rows_max: int, records: Sequence[str] = (), skipped: int = 0) -> Found:
        """The best matches after so many others, and how many there are of each record."""
        return await self.index.find(text, rows_max, records, skipped)

    async def keys_with(self, record: str, text: str, keys_max: int, source: str | None = None) -> list[str]:
        """Keys of a record that have all of the words of a text; with `source`, those of that source.

        Raises NotConnected while there is no such index.
        """
        indexed = self.sources.get(record)
        if indexed is None or source not in (None, indexed) or not self.index.is_made:
            raise NotConnected("search_unready")
        return await self.index.keys_with(record, text, keys_max)

    async def _entries(self, searched: SearchableRecord) -> tuple[list[Entry], str]:
        """The entries of a record, and the source that they are from."""
        entries: list[Entry] = []
        place: Keyset | None = None
        while True:
            batch = await self._page(searched, place)
            entries += _entries_of(searched, batch)
            if batch.length < PAGE_ROWS or len(entries) >= ROWS_MAX:
                return entries[:ROWS_MAX], batch.origin.source
            place = Keyset(batch.keyset[-1], source=batch.origin.place)

    async def _page(self, searched: SearchableRecord, place: Keyset | None) -> Batch:
        request = Request(
            "search", ANONYMOUS, Deadline.in_ms(READ_S_MAX * 1_000), Language.ID, operation_name="SearchIndex",
            now=datetime.now(UTC),
        )  # fmt: skip
        columns = Columns(frozenset(searched.fields), frozenset({KEY}))
        order = (Order(KEY, descending=True),)
        return await self.records.read(
            request, Read(searched.record, columns, order=order, rows_max=PAGE_ROWS, keyset=place)
        )


def _entries_of(searched: SearchableRecord, batch: Batch) -> list[Entry]:
    keys = batch.columns[KEY]
    titles, *texts = (
        batch.columns[name] if name not in batch.errors else [None] * batch.length for name in searched.fields
    )
    return [
        Entry(
            searched.record.name,
            str(keys[row]),
            str(titles[row] or ""),
            " ".join(str(text[row]) for text in texts if text[row]),
        )
        for row in range(batch.length)
        if row not in batch.unaddressable
    ]
