"""Text index: full-text search over public records in SQLite; each change writes a new file.

Words are indexed by their stems in the language of the city, so that `perizinan` finds `izin`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import snowballstemmer
from sqlalchemy.engine import URL

from connectors.load import LoadContract
from connectors.sql.pool import Pool
from connectors.sql.sessions.opening import opener_of
from models.policy.erasure import Searched

WORDS_MAX = 8
TEXT_CHARS_MAX = 4_000
EXCERPT_CHARS_MAX = 200
STEMS_KEPT_MAX = 100_000
_LOAD = LoadContract(connections_max=2, statement_ms_max=500)
_KEYS = "SELECT key FROM entries WHERE entries MATCH ? AND record = ? LIMIT ?"
_WORD = re.compile(r"\w+")
_MATCH = """
    SELECT record, key FROM entries WHERE entries MATCH ? AND record IN (SELECT value FROM json_each(?))
    ORDER BY bm25(entries, 0, 0, 8, 1), record, key LIMIT ? OFFSET ?
"""
"""A word in a title weighs eight times as much as one in a text."""
_COUNTS = "SELECT record, count(*) FROM entries WHERE entries MATCH ? GROUP BY record ORDER BY count(*) DESC, record"


@dataclass(frozen=True, slots=True)
class Entry:
    """A searchable record: its name and key, and its texts."""

    record: str
    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """Record names and keys, best first, and how many entries of each record there are, the most first."""

    places: Sequence[tuple[str, str]]
    counts: Mapping[str, int]


@dataclass(slots=True)
class TextIndex:
    """The index of one process, in its own file. It finds nothing before the first `put`."""

    file: Path
    stemmer: str
    _pool: Pool | None = None
    _made: int = 0
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_made(self) -> bool:
        return self._pool is not None

    async def put(self, entries: Mapping[str, Iterable[Entry]]) -> None:
        """Replace the entries of these records; others stay. Raises OSError."""
        async with self._making:
            before, made = self._current, self.file.with_suffix(f".{self._made + 1}.db")
            await asyncio.to_thread(_write, made, self._stemmed(entries), before if self._pool is not None else None)
            self._made += 1
            pool, self._pool = self._pool, Pool(opener_of("sqlite", _url(made), _LOAD), _LOAD.connections_max)
            if pool is not None:
                await pool.close()
                before.unlink(missing_ok=True)

    @property
    def _current(self) -> Path:
        return self.file.with_suffix(f".{self._made}.db")

    async def find(self, text: str, rows_max: int, records: Sequence[str] = (), skipped: int = 0) -> Found:
        """What has all of the words, else any, best first. The last word may be a prefix.

        `records` narrows what is listed, not what is counted; `skipped` leaves out so many of the best.
        """
        words = stems_of(text, self.stemmer)[:WORDS_MAX]
        if self._pool is None or not words:
            return Found([], {})
        for joint in (" AND ", " OR "):
            sought = joint.join((*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'))
            counts: dict[str, int] = dict(await self._pool.fetch(_COUNTS, (sought,)))  # type: ignore[arg-type]  # pairs
            if counts:
                among = json.dumps([*(records or counts)])
                rows = await self._pool.fetch(_MATCH, (sought, among, rows_max, skipped))
                return Found([(record, key) for record, key in rows], counts)
        return Found([], {})

    async def keys_with(self, record: str, text: str, keys_max: int) -> list[str]:
        """Keys of the entries of a record that have all of the words of a text, whole, in no order."""
        if self._pool is None:
            return []
        sought = " AND ".join(f'"{word}"' for word in stems_of(text, self.stemmer))
        return [key for (key,) in await self._pool.fetch(_KEYS, (sought, record, keys_max))]

    def excerpt(self, text: str, sought: str) -> list[str] | None:
        """A part of a text around the first of the sought words, cut where they begin and end; None without any.

        Each second piece, from the second on, is one of the words.
        """
        stems = stems_of(sought, self.stemmer)[:WORDS_MAX]
        spans = [
            found.span()
            for found in _WORD.finditer(text[:TEXT_CHARS_MAX])
            if (stem := _stem(found[0].casefold(), self.stemmer)) in stems or stem.startswith(stems[-1])
        ]
        if not spans:
            return None
        start = max(0, text.rfind(" ", 0, max(0, spans[0][0] - EXCERPT_CHARS_MAX // 4)) + 1)
        pieces, at = ["…" if start else ""], start
        for begins, ends in spans:
            if ends > start + EXCERPT_CHARS_MAX:
                break
            pieces[-1] += text[at:begins]
            pieces += [text[begins:ends], ""]
            at = ends
        end = start + EXCERPT_CHARS_MAX
        pieces[-1] += text[at:end] + ("…" if end < len(text) else "")
        return pieces

    async def forget(self, spellings: Sequence[str]) -> Searched:
        """Delete the entries that hold one of these spellings. Raises sqlite3.Error."""
        async with self._making:
            if self._pool is None:
                return Searched()
            return await asyncio.to_thread(
                _forget, self._current, [" ".join(stems_of(one, self.stemmer)) for one in spellings]
            )

    def _stemmed(self, entries: Mapping[str, Iterable[Entry]]) -> Mapping[str, Iterable[Entry]]:
        return {record: (self._stems(entry) for entry in some) for record, some in entries.items()}

    def _stems(self, entry: Entry) -> Entry:
        title, text = (" ".join(stems_of(one, self.stemmer)) for one in (entry.title, entry.text))
        return Entry(entry.record, entry.key, title, text)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
            self._current.unlink(missing_ok=True)


def words_in(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text[:TEXT_CHARS_MAX].casefold())


def stems_of(text: str, stemmer: str) -> list[str]:
    """The lower-case stems of the words of a text."""
    return [_stem(word, stemmer) for word in words_in(text)]


_stemmer = cache(snowballstemmer.stemmer)
_ONE_AT_A_TIME = threading.Lock()


@lru_cache(STEMS_KEPT_MAX)
def _stem(word: str, stemmer: str) -> str:
    # The stemmer is stateful, so it is locked.
    with _ONE_AT_A_TIME:
        return str(_stemmer(stemmer).stemWord(word))


def _url(file: Path) -> URL:
    return URL.create("sqlite", database=file.as_posix())


def _write(file: Path, entries: Mapping[str, Iterable[Entry]], before: Path | None) -> None:
    """Write a file with these entries, and with the previous file's entries of other records."""
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


def _forget(file: Path, sought: Sequence[str]) -> Searched:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        (looked,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        holds = " OR ".join("instr(title, ?) OR instr(text, ?)" for _ in sought)
        places = connection.execute(
            f"SELECT rowid FROM entries WHERE {holds}",  # noqa: S608  # question marks
            [words for one in sought for words in (one, one)],
        ).fetchall()
        connection.executemany("DELETE FROM entries WHERE rowid = ?", places)
        if places:
            # The index holds deleted words until its segments are merged.
            connection.execute("INSERT INTO entries(entries) VALUES ('optimize')")
    return Searched(looked, len(places), len(places))


def _rows(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str, str]]:
    for entry in entries:
        yield entry.record, entry.key, entry.title, entry.text
