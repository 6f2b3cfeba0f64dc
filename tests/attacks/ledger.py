"""Attacks on the ledger from inside: somebody who can write to its files, but has not the hub's secret."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from models.errors import LedgerUnavailable
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger.anchors.copies import copies_at
from store.ledger.anchors.lines import BadAnchor
from store.ledger.chain import LedgerKeys
from store.ledger.evidence import gathered
from store.ledger.journal import journal_at, left_in
from store.ledger.verify import verify
from tests.attacks.attack import AttackClass
from tests.attacks.campaign import Outcome
from tests.migrated import migrated
from tests.store.ledgers import ANA, ledger_of, places_in, request_of
from tests.store.tampering import SECRET, TAMPERINGS, Scene, Tampering, scene_in

KIND: Final = AttackClass.LEDGER


async def told(scene: Scene, *, with_copies: bool) -> str:
    """What verification names."""
    keys, database = LedgerKeys(SECRET.encode()), HubDatabase(scene.url, connections_max=1)
    copies = copies_at(scene.second_place) if with_copies else None
    try:
        evidence = await gathered(database, [scene.places.anchors], scene.places.all_journals, keys, copies)
        return "\n".join(map(str, (await verify(database, evidence, keys.chain)).problems))
    except BadAnchor as error:
        return str(error)
    finally:
        await database.close()


def won(way: Tampering, scene: Scene) -> str | None:
    """What was won by tampering: that nobody names it."""
    way.tamper(scene)
    said = asyncio.run(told(scene, with_copies=way.in_second_place))
    names = way.names.format(first=scene.first, second=scene.second, third=scene.third)
    return None if re.search(names, said) else f"it is not named: {said[:200] or 'the ledger is whole'}"


# --- The database under a process that writes to it -------------------------------------------------------------------


def _replaced(file: Path) -> None:
    upgrade(f"sqlite:///{file.with_name('other.db').as_posix()}")
    _deleted(file)
    file.with_name("other.db").rename(file)


def _deleted(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def _set_back(file: Path) -> None:
    """An older state of the same database, by another file."""
    shutil.copy(file, file.with_name("older.db"))
    with closing(sqlite3.connect(file.with_name("older.db"))) as connection:
        for table in ("ledger_entries", "ledger_heads"):
            connection.execute(f"DELETE FROM {table}")  # a name of ours
        connection.commit()
    _deleted(file)
    file.with_name("older.db").rename(file)


UNDER_IT: Final[dict[str, Callable[[Path], None]]] = {
    "another database in its place": _replaced,
    "no database any more": _deleted,
    "an older state in its place": _set_back,
}
CASES: Final = len(TAMPERINGS) + len(UNDER_IT)


async def won_under_it(change: Callable[[Path], None], folder: Path) -> str | None:
    """What was won by changing the database under a process: a read that was promised, and is nowhere."""
    folder.mkdir()  # noqa: ASYNC240  # a test's own
    file = await asyncio.to_thread(migrated, folder / "hub.db")
    database = HubDatabase(f"sqlite:///{file.as_posix()}")
    ledger = ledger_of(database, folder)
    try:
        await ledger.record(request_of(ANA), "ok")
        await asyncio.to_thread(change, file)
        promised = 0
        for _ in range(3):
            with suppress(LedgerUnavailable):
                await ledger.record(request_of(ANA), "ok")
                promised += 1
        kept = [entry for path in left_in(places_in(folder).all_journals) for entry in journal_at(path)[0]]
        if len(kept) < promised:
            return f"{promised - len(kept)} reads that were promised are nowhere"
        return None if promised < 3 else "reads go on"
    finally:
        await database.close()


async def outcomes() -> AsyncIterator[Outcome]:
    """Tamper in every way, each time with a ledger that nobody has touched."""
    with tempfile.TemporaryDirectory(prefix="simpul-ledger-") as folder:
        model = await asyncio.to_thread(scene_in, Path(folder) / "model")
        for number, way in enumerate(TAMPERINGS):
            scene = await asyncio.to_thread(model.copied_to, Path(folder) / f"{number}")
            yield Outcome(KIND, f"{KIND.value}: {way.name}", await asyncio.to_thread(won, way, scene), 0.0)
        for name, change in UNDER_IT.items():
            yield Outcome(KIND, f"{KIND.value}: {name}", await won_under_it(change, Path(folder) / name), 0.0)
