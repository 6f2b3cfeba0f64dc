"""Text index: the words of public records in a full-text table of SQLite, of which each change is a new file.

Words are kept by their Indonesian stems, so that `perizinan` finds `izin`.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import snowballstemmer
from sqlalchemy.engine import URL

from connectors.load import LoadContract
from connectors.sql.pool import Pool
from connectors.sql.sessions import opener_of
from models.erasure import Searched

WORDS_MAX = 8
TEXT_CHARS_MAX = 4_000
STEMS_KEPT_MAX = 100_000
_LOAD = LoadContract(connections_max=2, statement_ms_max=500)
_WORD = re.compile(r"\w+")
_MATCH = """
    SELECT record, key FROM entries WHERE entries MATCH ?
    ORDER BY bm25(entries, 0, 0, 8, 1), record, key LIMIT ?
"""
"""A word in a title counts eight times as much as one in a text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to be found: its name and key, and its words."""

    record: str
    key: str
    title: str
    text: str


@dataclass(slots=True)
class TextIndex:
    """The index of one process, in a file of its own. Nothing is found before it was made a first time."""

    file: Path
    _pool: Pool | None = None
    _made: int = 0
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_made(self) -> bool:
        return self._pool is not None

    async def put(self, entries: Mapping[str, Iterable[Entry]]) -> None:
        """Replace what can be found of these records; the others stay. Raises OSError where no file can be written."""
        async with self._making:
            before, made = self._current, self.file.with_suffix(f".{self._made + 1}.db")
            await asyncio.to_thread(_write, made, entries, before if self._pool is not None else None)
            self._made += 1
            pool, self._pool = self._pool, Pool(opener_of("sqlite", _url(made), _LOAD), _LOAD.connections_max)
            if pool is not None:
                await pool.close()
                before.unlink(missing_ok=True)

    @property
    def _current(self) -> Path:
        return self.file.with_suffix(f".{self._made}.db")

    async def find(self, text: str, rows_max: int) -> list[tuple[str, str]]:
        """The records and keys that have all of the words, else any of them, the best first. The last may be begun."""
        words = stems_of(text)[:WORDS_MAX]
        if self._pool is None or not words:
            return []
        for joint in (" AND ", " OR "):
            sought = joint.join((*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'))
            rows = await self._pool.fetch(_MATCH, (sought, rows_max))
            if rows:
                return [(record, key) for record, key in rows]
        return []

    async def forget(self, spellings: Sequence[str]) -> Searched:
        """Take out what holds one of these. Raises sqlite3.Error."""
        async with self._making:
            if self._pool is None:
                return Searched()
            return await asyncio.to_thread(_forget, self._current, spellings)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
            self._current.unlink(missing_ok=True)


def stems_of(text: str) -> list[str]:
    """The words of a text in small letters, each by its stem."""
    return [_stem(word) for word in _WORD.findall(text[:TEXT_CHARS_MAX].casefold())]


_STEMMER = snowballstemmer.stemmer("indonesian")
_ONE_AT_A_TIME = threading.Lock()


@lru_cache(STEMS_KEPT_MAX)
def _stem(word: str) -> str:
    # The stemmer keeps its place in itself.
    with _ONE_AT_A_TIME:
        return str(_STEMMER.stemWord(word))


def _url(file: Path) -> URL:
    return URL.create("sqlite", database=file.as_posix())


def _write(file: Path, entries: Mapping[str, Iterable[Entry]], before: Path | None) -> None:
    """A file with these entries, and with those of other records that the one before it has."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            if before is not None:
                connection.execute("ATTACH ? AS before", (before.as_posix(),))
            connection.execute("BEGIN")
            connection.execute(
                "CREATE VIRTUAL TABLE entries USING fts5(record UNINDEXED, key UNINDEXED, title, text, prefix='2 3')"
            )
            if before is not None:
                marks = ", ".join("?" * len(entries))
                connection.execute(
                    f"INSERT INTO entries SELECT * FROM before.entries WHERE record NOT IN ({marks})",  # noqa: S608  # question marks
                    [*entries],
                )
            for some in entries.values():
                connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", _rows(some))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise OSError("the text index cannot be written") from error


def _forget(file: Path, spellings: Sequence[str]) -> Searched:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        (looked,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        sought = [" ".join(stems_of(one)) for one in spellings]
        holds = " OR ".join("instr(title, ?) OR instr(text, ?)" for _ in sought)
        places = connection.execute(
            f"SELECT rowid FROM entries WHERE {holds}",  # noqa: S608  # question marks
            [words for one in sought for words in (one, one)],
        ).fetchall()
        connection.executemany("DELETE FROM entries WHERE rowid = ?", places)
        if places:
            # Until its parts are put together, the index holds the words of what was deleted.
            connection.execute("INSERT INTO entries(entries) VALUES ('optimize')")
    return Searched(looked, len(places), len(places))


def _rows(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str, str]]:
    for entry in entries:
        yield entry.record, entry.key, " ".join(stems_of(entry.title)), " ".join(stems_of(entry.text))
