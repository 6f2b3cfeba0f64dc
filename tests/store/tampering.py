"""Ways to tamper with a ledger in its files, and what verification has to name of each."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

from models.keys import HashKey
from store.database.engine import HubDatabase
from store.ledger import recording as ledger_module
from store.ledger import rows as ledger_rows
from store.ledger.anchors.copies import copies_at
from store.ledger.anchors.lines import anchors_in
from store.ledger.chain import Entry, Head, LedgerKeys, head_of
from store.ledger.files import LedgerFiles, places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.rows import entries_of, row_of
from tests.migrated import migrated
from tests.store.ledgers import ANA, BUDI, NOW, request_of

SECRET: Final = "the secret of a hub whose ledger is tampered with"
OTHER: Final = LedgerKeys(b"what somebody has who lacks the secret of this hub")


@dataclass(frozen=True, slots=True)
class Scene:
    """A hub's files: two writers in its database, a third in a journal, anchors of two days, and copies of them."""

    folder: Path
    first: str
    second: str
    third: str

    @property
    def database(self) -> Path:
        return self.folder / "hub.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database.as_posix()}"

    @property
    def places(self) -> LedgerFiles:
        return places_of(HubDatabase(self.url).url, self.folder)

    @property
    def second_place(self) -> str:
        return f"file://{(self.folder / 'second').as_posix()}"

    @property
    def journal(self) -> Path:
        return self.places.journals / f"{self.third}.journal"

    def day(self, number: int) -> Path:
        return self.places.anchors / f"2026-05-0{number}.ndjson"

    def says(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def copied_to(self, folder: Path) -> Scene:
        """The same files elsewhere; the folders of a database are named after its path."""
        shutil.copytree(self.folder, folder)
        copy = replace(self, folder=folder)
        for old, new in zip(
            (self.places.journals, self.places.anchors), (copy.places.journals, copy.places.anchors), strict=True
        ):
            (folder / old.relative_to(self.folder)).rename(new)
        return copy


def scene_in(folder: Path) -> Scene:
    """Write it, as processes of a hub do."""
    folder.mkdir()
    migrated(folder / "hub.db")
    return asyncio.run(_written(Scene(folder, "", "", "")))


async def _written(scene: Scene) -> Scene:
    first = await _process(scene, NOW, 3)
    await asyncio.to_thread(shutil.copy, scene.database, scene.folder / "old.db")
    await asyncio.to_thread(shutil.copytree, scene.places.anchors, scene.folder / "old anchors")
    second = await _process(scene, NOW + timedelta(days=1), 4)
    third = await _process(scene, NOW + timedelta(days=1, hours=1), 2, is_away=True)
    return replace(scene, first=first, second=second, third=third)


async def _process(scene: Scene, now: datetime, reads: int, *, is_away: bool = False) -> str:
    """What a process of a hub leaves behind that reads, and ends; the name of its writer."""
    database, keys = HubDatabase(scene.url, connections_max=1), LedgerKeys(SECRET.encode())
    ledger = Ledger(
        database, Pseudonyms(SECRET.encode()), keys, scene.places, lambda: now, copies_at(scene.second_place)
    )

    async def away(*_: object) -> None:
        raise ConnectionRefusedError

    with (
        patch.object(ledger_module, "append", away if is_away else ledger_rows.append),
        patch.object(ledger_module, "replay", away if is_away else ledger_rows.replay),
    ):
        async with ledger.run():
            for number in range(reads):
                await ledger.record(request_of(BUDI if number % 2 else ANA), "ok")
    await database.close()
    return ledger.head.writer


# --- Ways -------------------------------------------------------------------------------------------------------------


def _chain_with_head(scene: Scene) -> None:
    for table in ("ledger_entries", "ledger_heads", "ledger_persons"):
        scene.says(f"DELETE FROM {table} WHERE writer = '{scene.first}'")  # a test's own


def _everything(scene: Scene) -> None:
    scene.says(*(f"DELETE FROM {table}" for table in ("ledger_entries", "ledger_heads", "ledger_persons")))


def _tail_with_head(scene: Scene) -> None:
    _rewrite(scene, scene.second, lambda entries, _: entries[:2], None)


def _rewritten(key: HashKey | None) -> Callable[[Scene], None]:
    """A chain of which somebody is another now, with hashes that fit."""

    def tamper(scene: Scene) -> None:
        def lie(entries: list[Entry], key: HashKey | None) -> list[Entry]:
            return Head(entries[0].writer).continued([replace(one.note, role="nobody") for one in entries], key)

        _rewrite(scene, scene.second, lie, key)

    return tamper


def _forged_entry(scene: Scene) -> None:
    def more(entries: list[Entry], key: HashKey | None) -> list[Entry]:
        return [*entries, *head_of(entries[-1]).continued([entries[0].note], key)]

    _rewrite(scene, scene.second, more, None)


def _rewrite(
    scene: Scene, writer: str, work: Callable[[list[Entry], HashKey | None], list[Entry]], key: HashKey | None
) -> None:
    async def read() -> list[Entry]:
        database = HubDatabase(scene.url, connections_max=1)
        found = [entry async for entry in entries_of(database, writer)]
        await database.close()
        return found

    entries = work(asyncio.run(read()), key)
    end = head_of(entries[-1])
    with closing(sqlite3.connect(scene.database)) as connection:
        connection.execute("DELETE FROM ledger_entries WHERE writer = ?", (writer,))
        connection.execute("DELETE FROM ledger_persons WHERE writer = ?", (writer,))
        for entry in entries:
            at = entry.note.at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
            values = row_of(entry, at)
            connection.execute(f"INSERT INTO ledger_entries VALUES ({','.join('?' * len(values))})", values)
        connection.execute(
            "UPDATE ledger_heads SET seq = ?, hash = ?, indexed = 0 WHERE writer = ?", (end.seq, end.hash, writer)
        )
        connection.commit()


def _changed_time(scene: Scene) -> None:
    scene.says(
        f"UPDATE ledger_entries SET at = '2026-05-01 08:30:00.000000' WHERE writer = '{scene.first}' AND seq = 2"
    )


def _middle(scene: Scene) -> None:
    scene.says(f"DELETE FROM ledger_entries WHERE writer = '{scene.first}' AND seq = 2")


def _anchors_gone(scene: Scene) -> None:
    shutil.rmtree(scene.places.anchors)


def _anchors_unremembered(scene: Scene) -> None:
    _anchors_gone(scene)
    scene.says("DELETE FROM ledger_anchored")


def _anchors_made_anew(scene: Scene) -> None:
    """Nobody remembers the old ones, and the hub is started."""
    _anchors_unremembered(scene)
    asyncio.run(_process(scene, NOW + timedelta(days=2), 1))


def _first_day_gone(scene: Scene) -> None:
    scene.day(3).unlink()


def _last_day_gone(scene: Scene) -> None:
    scene.day(4).unlink()


def _cut_in_a_line(scene: Scene) -> None:
    data = scene.day(4).read_bytes()
    scene.day(4).write_bytes(data[:-40])


def _last_line_gone(scene: Scene) -> None:
    scene.day(4).write_bytes(b"".join(scene.day(4).read_bytes().splitlines(keepends=True)[:-1]))


def _lines_swapped(scene: Scene) -> None:
    scene.day(4).write_bytes(b"".join(reversed(scene.day(4).read_bytes().splitlines(keepends=True))))


def _line_changed(scene: Scene) -> None:
    scene.day(4).write_bytes(scene.day(4).read_bytes().replace(b'"why":"stop"', b'"why":"Stop"'))


def _line_forged(scene: Scene) -> None:
    """The last line, with a head less, by somebody without the secret."""
    anchors = anchors_in(scene.places.anchors, LedgerKeys(SECRET.encode()).anchors)
    lines = scene.day(4).read_bytes().splitlines(keepends=True)
    body = json.loads(lines[-1])
    del body["signed"]
    body["heads"] = []
    text = json.dumps(body, separators=(",", ":")).encode()
    signed = OTHER.anchors.hash_of(text)
    assert anchors.number == body["number"]
    scene.day(4).write_bytes(b"".join([*lines[:-1], text[:-1] + f',"signed":"{signed}"}}\n'.encode()]))


def _old_database(scene: Scene) -> None:
    shutil.copy(scene.folder / "old.db", scene.database)


def _old_database_without_journal(scene: Scene) -> None:
    _old_database(scene)
    scene.journal.unlink()


def _old_everything(scene: Scene) -> None:
    _old_database_without_journal(scene)
    _anchors_gone(scene)
    shutil.copytree(scene.folder / "old anchors", scene.places.anchors)


def _no_database(scene: Scene) -> None:
    migrated(scene.database)


def _journal_gone(scene: Scene) -> None:
    scene.journal.unlink()


def _journal_broken(scene: Scene) -> None:
    scene.journal.write_bytes(scene.journal.read_bytes().replace(b"complaints", b'comp"aints', 1))


def _journal_changed(scene: Scene) -> None:
    scene.journal.write_bytes(scene.journal.read_bytes().replace(b"complaints", b"complaintz", 1))


def _journal_cut(scene: Scene) -> None:
    scene.journal.write_bytes(scene.journal.read_bytes().splitlines(keepends=True)[0])


def _journal_without_its_first(scene: Scene) -> None:
    scene.journal.write_bytes(scene.journal.read_bytes().splitlines(keepends=True)[1])


def _rewritten_by_the_secret(scene: Scene) -> None:
    """Who holds the secret rewrites a chain, and all anchors with it."""
    _everything(scene)
    scene.says("DELETE FROM ledger_anchored")
    _anchors_gone(scene)
    scene.journal.unlink()
    chain = next((scene.folder / "second").iterdir()).name
    with (
        patch("store.ledger.anchors.appending.secrets.token_hex", lambda _: chain),
        patch.object(Scene, "second_place", "file:///nowhere"),
        patch(f"{__name__}.copies_at", lambda _: None),
    ):
        asyncio.run(_process(scene, NOW, 3))
        asyncio.run(_process(scene, NOW + timedelta(days=1), 6))


@dataclass(frozen=True, slots=True)
class Tampering:
    """One way; what verification names, as a regular expression with {first}, {second} and {third} for writers.

    `in_second_place`: where it is only seen with the copies of anchors in a second place.
    """

    name: str
    tamper: Callable[[Scene], None]
    names: str
    in_second_place: bool = False

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


_DAY_1, _DAY_2 = r"2026-05-03T08:30:00\+00:00", r"2026-05-04T08:30:00\+00:00"
_LAST = r"2026-05-04T09:30:00\+00:00"
_PLAIN = "its hash is one that needs no secret, and no seal covers it"

TAMPERINGS: Final = (
    Tampering("a chain with its head", _chain_with_head, rf"writer {{first}}, entry 1 to 3: .* anchor of {_DAY_1}"),
    Tampering("every chain", _everything, rf"writer {{second}}, entry 1 to 4: .* anchor of {_DAY_2}"),
    Tampering("a tail with its head", _tail_with_head, rf"writer {{second}}, entry 3 to 4: .* anchor of {_DAY_2}"),
    Tampering("a chain with plain hashes", _rewritten(None), rf"writer {{second}}, entry 1: {_PLAIN}"),
    Tampering("a chain with another key", _rewritten(OTHER.chain), "writer {second}, entry 1: it was changed"),
    Tampering("an entry that was added", _forged_entry, rf"writer {{second}}, entry 5: {_PLAIN}"),
    Tampering("a time", _changed_time, "writer {first}, entry 2: it was changed"),
    Tampering("an entry in the middle", _middle, "writer {first}, entry 2: it is missing"),
    Tampering("the anchors", _anchors_gone, r"writer anchors, entry 1: it is missing: there are entries"),
    Tampering("the anchors and their memory", _anchors_unremembered, "writer anchors, entry 1: it is missing"),
    Tampering("anchors made anew", _anchors_made_anew, "writer anchors .*, entry 0: it is missing: .* before line 1"),
    Tampering("the first day", _first_day_gone, "writer anchors .*, entry 1 to 2: it is missing"),
    Tampering("the last day", _last_day_gone, rf"writer anchors .*, entry 3 to 5: .* the last of {_LAST}"),
    Tampering("half a line", _cut_in_a_line, r"writer anchors .*, entry 5: it is missing, the database knows it"),
    Tampering("the last line", _last_line_gone, rf"writer anchors .*, entry 5: .* the last of {_LAST}"),
    Tampering("two lines swapped", _lines_swapped, r"2026-05-04\.ndjson, line \d: it does not follow"),
    Tampering("a line changed", _line_changed, r"2026-05-04\.ndjson, line \d: it was changed, or signed with another"),
    Tampering("a line forged", _line_forged, r"2026-05-04\.ndjson, line 3: it was changed, or signed with another"),
    Tampering("an old database", _old_database, rf"writer {{second}}, entry 1 to 4: .* anchor of {_DAY_2} knows it"),
    Tampering(
        "an old database, no journal", _old_database_without_journal, "writer {third}, entry 1 to 2: .* knows it"
    ),
    Tampering("a new database", _no_database, rf"writer {{first}}, entry 1 to 3: .* anchor of {_DAY_1} knows it"),
    Tampering("the journal", _journal_gone, rf"writer {{third}}, entry 1 to 2: .* anchor of {_LAST} knows it"),
    Tampering("a broken line of the journal", _journal_broken, "writer {third}, entry 1: line 1 of its journal"),
    Tampering("a changed line of the journal", _journal_changed, "writer {third}, entry 1: it was changed"),
    Tampering("a cut journal", _journal_cut, rf"writer {{third}}, entry 2: .* anchor of {_LAST} knows it"),
    Tampering("a line out of the journal", _journal_without_its_first, "writer {third}, entry 1: it is missing"),
    Tampering(
        "everything set back", _old_everything, rf"writer anchors .*, entry 3 to 5: .* second place .* {_LAST}", True
    ),
    Tampering(
        "everything anew under the secret",
        _rewritten_by_the_secret,
        r"writer anchors .*, entry 3: it is another than its copy in the second place",
        True,
    ),
)
