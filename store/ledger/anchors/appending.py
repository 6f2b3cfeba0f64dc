"""Anchoring: appends the heads of all writers to the anchors in the background, and copies them to a second place.

The database remembers the last line too, so that a truncated file is noticed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from models.keys import HashKey
from store.database.engine import HubDatabase
from store.database.patience import DATABASE_AWAY, within
from store.ledger.anchors.copies import Copies
from store.ledger.anchors.lines import (
    SUFFIX,
    Anchor,
    Anchors,
    BadAnchor,
    anchor_of,
    days_in,
    hash_of_old,
    lines_of,
    root_of,
)
from store.ledger.chain import Head
from store.ledger.journal import locked, sync_folder
from store.ledger.rows import Anchored, anchored, heads, remember_anchored

ANCHOR_EVERY: Final = timedelta(minutes=1)
DATABASE_S_MAX: Final = 10.0

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Written:
    """The line that was appended, and its file; `line` is None if nothing had changed."""

    path: Path
    anchors: Anchors
    line: bytes | None


class Anchoring:
    """The anchors of one database on this machine. Several processes may append to them."""

    def __init__(
        self,
        database: HubDatabase,
        folder: Path,
        key: HashKey,
        clock: Callable[[], datetime],
        copies: Copies | None = None,
    ) -> None:
        self._database = database
        self._folder = folder
        self._key = key
        self._clock = clock
        self._copies = copies
        self._last: Anchored | None = None

    async def anchor(self, why: str, own: Head | None = None, sealed: Iterable[Head] = ()) -> Anchors:
        """Append the heads that have changed since the last line; `own` is this process's head, with its journal.

        Without a change only the first line of a day is appended. Raises BadAnchor or OSError.
        """
        try:
            ends = {head.writer: head for head in await within(DATABASE_S_MAX, heads(self._database))}
            remembered = await within(DATABASE_S_MAX, anchored(self._database))
        except DATABASE_AWAY:
            ends, remembered = None, {}
        written = await asyncio.to_thread(self._append, why, ends, own, tuple(sealed), remembered)
        anchors = written.anchors
        self._last = last = Anchored(anchors.chain, anchors.number, anchors.hash or "", anchors.at)
        if ends is not None and written.line is not None:
            await within(DATABASE_S_MAX, remember_anchored(self._database, last))
        if self._copies is not None:
            await self._copies.follow(written.path, anchors)
        return anchors

    async def try_to_anchor(self, why: str, own: Head | None = None) -> None:
        """Anchor; log a failure, because the next call makes up for it."""
        try:
            await self.anchor(why, own)
        except (*DATABASE_AWAY, BadAnchor) as error:
            _log.error("ledger not anchored", error=type(error).__name__)

    def _append(
        self,
        why: str,
        ends: dict[str, Head] | None,
        own: Head | None,
        sealed: tuple[Head, ...],
        remembered: dict[str, Anchored],
    ) -> _Written:
        now = self._clock().astimezone(UTC)
        today = self._folder / f"{now:%Y-%m-%d}{SUFFIX}"
        with _alone_in(self._folder):
            last = self._last_lines()
            self._go_on_behind(last, remembered)
            ends = dict(last.heads) if ends is None else ends
            if own is not None and own.seq > ends.get(own.writer, Head(own.writer)).seq:
                ends[own.writer] = own
            # If the clock was set back, the last day goes on: files stay in the order of their lines.
            path = max((today, *days_in(self._folder)[-1:]), key=lambda path: path.name)
            is_first = not path.exists()
            moved = ends if is_first else {name: head for name, head in ends.items() if last.heads.get(name) != head}
            if not moved and not sealed and not is_first:
                return _Written(path, last, None)
            anchor = Anchor(
                chain=last.chain or secrets.token_hex(8),
                number=last.number + 1,
                at=now.isoformat(timespec="seconds"),
                why=why,
                heads=tuple(moved.values()),
                before=last.hash,
                root=root_of(ends.values()) if is_first else None,
                sealed=sealed,
            )
            line = anchor.line(self._key)
            _append_safely(path, line)
        last.add(anchor, line, path.name)
        return _Written(path, last, line)

    def _last_lines(self) -> Anchors:
        """The anchors of the last day, which are all that the next line depends on."""
        found = Anchors(hash=hash_of_old(self._folder))
        for path in days_in(self._folder)[-1:]:
            for place, line in enumerate(lines_of(path), 1):
                where = f"{path.name}, line {place}"
                anchor = anchor_of(line, self._key, where)
                if place == 1:
                    found.chain, found.number, found.hash = anchor.chain, anchor.number - 1, anchor.before
                found.add(anchor, line, where)
        return found

    def _go_on_behind(self, last: Anchors, remembered: dict[str, Anchored]) -> None:
        """Continue after the last line that this process or the database knows, so that lost lines leave a gap."""
        for known in (self._last, remembered.get(last.chain)):
            if known is not None and known.number > last.number and last.chain in ("", known.chain):
                last.chain, last.number, last.hash = known.chain, known.number, known.hash


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Lock the folder against other processes."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, mode=0o600)
    try:
        locked(descriptor, waits=True)
        yield
    finally:
        os.close(descriptor)


def _append_safely(path: Path, line: bytes) -> None:
    """Append a line after the last whole one and sync it to disk."""
    whole = sum(map(len, lines_of(path))) if path.exists() else 0
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, mode=0o600), "wb") as file:
        file.truncate(whole)
        file.seek(whole)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    if not whole:
        sync_folder(path.parent)
