"""Anchors: once a day the heads of all chains and their Merkle root go into a file outside the database.

A file is written once and never again, and holds the hash of the one before. So whoever has kept one root, printed or
published, can tell whether anything that was in the ledger then has changed since.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
import structlog

from store.database import HubDatabase
from store.ledger_chain import Head
from store.ledger_merkle import root_of
from store.ledger_rows import heads
from store.patience import DATABASE_AWAY

LOOK_EVERY_S: Final = 600.0
FILES_MAX: Final = 100_000

_log: Final = structlog.get_logger(__name__)


class BadAnchor(Exception):
    """A file of anchors is not as the hub wrote it. The message names it."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The heads of all chains on a day, and their root. `before` is the hash of the file of the anchor before."""

    day: str
    at: str
    root: str
    heads: tuple[Head, ...]
    before: str | None


def anchors_in(folder: Path) -> list[Anchor]:
    """All anchors, the oldest first. Raises BadAnchor for a file that was changed, or that misses the one before."""
    found: list[Anchor] = []
    before: str | None = None
    for path in _files(folder):
        data = path.read_bytes()
        anchor = _anchor_of(path, data)
        if anchor.before != before:
            raise BadAnchor(f"{path.name}: the anchor before it was changed or is missing")
        found.append(anchor)
        before = hashlib.sha256(data).hexdigest()
    return found


async def anchor_today(database: HubDatabase, folder: Path, clock: Callable[[], datetime]) -> Anchor | None:
    """Today's anchor (UTC), made now if it is not there yet; None while nothing was ever recorded.

    Raises BadAnchor, OSError, or what the database raises.
    """
    now = clock().astimezone(UTC)
    path = folder / f"{now:%Y-%m-%d}.json"
    if not path.exists():
        ends = await heads(database)
        if not ends:
            return None
        await asyncio.to_thread(_write, path, now, ends)
    return _anchor_of(path, path.read_bytes())


async def watch(database: HubDatabase, folder: Path, clock: Callable[[], datetime]) -> None:
    """Make each day's anchor, soon after the day has begun. Ends when cancelled."""
    while True:
        try:
            await anchor_today(database, folder, clock)
        except (*DATABASE_AWAY, BadAnchor) as error:
            _log.warning("ledger not anchored", error=type(error).__name__)
        await asyncio.sleep(LOOK_EVERY_S)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("????-??-??.json"))[:FILES_MAX]


def _write(path: Path, now: datetime, ends: list[Head]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = [file for file in _files(path.parent) if file.name < path.name]
    body = {
        "day": f"{now:%Y-%m-%d}",
        "at": now.isoformat(timespec="seconds"),
        "root": root_of(ends),
        "before": hashlib.sha256(earlier[-1].read_bytes()).hexdigest() if earlier else None,
        "heads": [[head.writer, head.seq, head.hash] for head in ends],
    }
    _write_once(path, orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _write_once(path: Path, data: bytes) -> None:
    """Put a file in its place whole, unless another process has been faster."""
    descriptor, staged = tempfile.mkstemp(prefix=".anchor-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(staged, path)
        except FileExistsError:
            return
    finally:
        Path(staged).unlink()


def _anchor_of(path: Path, data: bytes) -> Anchor:
    try:
        body = orjson.loads(data)
        ends = tuple(Head(writer, seq, hashed) for writer, seq, hashed in body["heads"])
        anchor = Anchor(body["day"], body["at"], body["root"], ends, body["before"])
    except (ValueError, TypeError, KeyError) as error:
        raise BadAnchor(f"{path.name}: this is no anchor") from error
    if anchor.day != path.stem or root_of(ends) != anchor.root:
        raise BadAnchor(f"{path.name}: its heads do not have its root")
    return anchor
