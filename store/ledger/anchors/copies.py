"""Copies the anchors to a second place: each line is an object that is written once.

The place is a folder on another disk, or S3 with object lock, where not even a holder of HUB_SECRET can change it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from obstore.exceptions import AlreadyExistsError, BaseError

from models.keys import HashKey
from store.database.errors import CopiesAway
from store.ledger.anchors.lines import SUFFIX, Anchor, Anchors, Known, anchor_of, days_in, lines_of
from store.object_stores import object_store_at

COPY_S_MAX: Final = 20.0
COMPARE_S_MAX: Final = 300.0
DAYS_BACK_MAX: Final = 400
"""How many days are searched for lines that were not copied."""

_log: Final = structlog.get_logger(__name__)


@dataclass(slots=True)
class Compared:
    """Which numbered lines are copied but lost from the files, and which differ from their copy."""

    chain: str
    lost: list[int] = field(default_factory=list)
    differs: list[int] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    """The heads of writers in the copies of lost lines."""
    at: str = ""


def copies_at(url: str | None) -> Copies | None:
    """The copies at HUB_ANCHORS_URL; None if it is not set. Raises CopiesAway."""
    try:
        return Copies(url) if url is not None else None
    except (BaseError, OSError) as error:
        raise _away(error) from error


def _away(error: Exception) -> CopiesAway:
    return CopiesAway(
        f"The second place of the anchors cannot be used ({type(error).__name__}). See that HUB_ANCHORS_URL names a "
        "folder that can be written, or a bucket that lets the hub in"
    )


class Copies:
    """Copies the lines of anchors and compares them with the files."""

    def __init__(self, url: str) -> None:
        self._store = object_store_at(url)
        self._is_complete = False
        self._day = ""
        self._number = 0

    async def follow(self, path: Path, anchors: Anchors) -> None:
        """Copy all lines up to the last. After a failure the next call catches up."""
        if self._is_complete and self._number == anchors.number:
            return
        try:
            async with asyncio.timeout(COPY_S_MAX):
                if self._is_complete and self._day == path.stem:
                    await self._put(path, anchors.chain, self._number, set())
                else:
                    await self._catch_up(path, anchors.chain)
        except (BaseError, OSError, TimeoutError) as error:
            self._is_complete = False
            _log.error("anchors not copied to their second place", error=type(error).__name__)
            return
        self._is_complete, self._day, self._number = True, path.stem, anchors.number

    async def _catch_up(self, path: Path, chain: str) -> None:
        """Copy missing lines day by day, from the newest day back to one that is complete."""
        for day in reversed(days_in(path.parent)[-DAYS_BACK_MAX:]):
            there = set(await self._names(f"{chain}/{day.stem}/"))
            if not await self._put(day, chain, 0, there) and there:
                return

    async def _put(self, path: Path, chain: str, behind: int, there: set[str]) -> bool:
        """Copy the lines of a day after a number that are not there yet; whether there were any."""
        has_put = False
        for line in await asyncio.to_thread(lambda: list(lines_of(path))):
            number = _number_of(line)
            name = f"{chain}/{path.stem}/{number:010d}.json"
            if number > behind and name not in there:
                has_put = True
                # Another process may have been faster.
                with suppress(AlreadyExistsError):
                    await self._store.put_async(name, line, mode="create")
        return has_put

    async def _names(self, prefix: str) -> list[str]:
        return sorted([item["path"] async for batch in self._store.list(prefix) for item in batch])

    async def _within(self, prefix: str) -> list[str]:
        listed = await self._store.list_with_delimiter_async(prefix)
        return sorted(name.rstrip("/").rpartition("/")[2] for name in listed["common_prefixes"])

    async def compare(self, folders: Mapping[str, Path], key: HashKey) -> list[Compared]:
        """Compare the copies of each chain with the files in its folder.

        Compares the first line of each day, which binds all lines before it, and all lines of the last day. Raises
        CopiesAway, and BadAnchor for a copy that was not signed with this key.
        """
        try:
            async with asyncio.timeout(COMPARE_S_MAX):
                return [await self._compared(chain, folders.get(chain), key) for chain in await self._within("")]
        except (BaseError, OSError, TimeoutError) as error:
            raise _away(error) from error

    async def _compared(self, chain: str, folder: Path | None, key: HashKey) -> Compared:
        found = Compared(chain)
        days = await self._within(f"{chain}/")
        for day in days:
            names = await self._names(f"{chain}/{day}/")
            path = folder / f"{day}{SUFFIX}" if folder is not None else None
            lines = lines_of(path) if path is not None and path.exists() else ()
            here = {_number_of(line): line for line in lines}
            for name in names if day == days[-1] else names[:1]:
                number = int(Path(name).stem)
                copy = bytes(await (await self._store.get_async(name)).bytes_async())
                if number not in here:
                    self._add_lost(found, anchor_of(copy, key, f"the second place, {name}"))
                elif here[number] != copy:
                    found.differs.append(number)
        return found

    @staticmethod
    def _add_lost(found: Compared, anchor: Anchor) -> None:
        found.lost.append(anchor.number)
        found.at = anchor.at
        for head in anchor.heads:
            known = found.known.get(head.writer)
            if known is None or known.head.seq < head.seq:
                found.known[head.writer] = Known(head, anchor.at)


def _number_of(line: bytes) -> int:
    """The number of a line."""
    return int(line.partition(b'"number":')[2].partition(b",")[0])
