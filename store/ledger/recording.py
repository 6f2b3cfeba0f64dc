"""The ledger: records who read which personal fields before the answer leaves, or refuses the read.

Entries go into the database. While it is not available they go into a journal, and are replayed later. Concurrent
operations share one transaction. Each process writes its own chain.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
import structlog

from models.errors import LedgerUnavailable
from models.request import LedgerEntry, Request
from store.database.engine import HubDatabase
from store.database.errors import OtherDatabase
from store.database.patience import DATABASE_AWAY, within
from store.ledger.anchors.appending import ANCHOR_EVERY, Anchoring
from store.ledger.anchors.copies import Copies
from store.ledger.chain import ChainCut, Entry, EntryKind, Head, LedgerKeys, Note, head_of
from store.ledger.files import LedgerFiles
from store.ledger.journal import Journal, adopted, left_in, read_all
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.rows import append, replay
from store.ledger.trails import index_trails

COMMIT_S_MAX: Final = 0.5
"""How long a reader waits for the database before the journal takes the entries."""
REPLAY_S_MAX: Final = 10.0
REPLAY_EVERY_S: Final = 2.0
REPLAY_ENTRIES: Final = 500
GROUP_ENTRIES_MAX: Final = 2_000
"""How many entries one transaction takes, unless a single operation has more."""
PSEUDONYMS_AT_ONCE: Final = 1_000
"""After how many pseudonyms the event loop runs other tasks."""
SIBLINGS_MIN: Final = 3
GATHER_S: Final = 0.007
"""How long a transaction waits for more operations, if at least SIBLINGS_MIN shared the one before."""
OPERATION_CHARS_MAX: Final = 100

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    notes: list[Note]
    done: asyncio.Future[None]


class Ledger:
    """Writes the chain of one process. Belongs to one event loop; `run` replays journals and anchors."""

    def __init__(
        self,
        database: HubDatabase,
        pseudonyms: Pseudonyms,
        keys: LedgerKeys,
        places: LedgerFiles,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        copies: Copies | None = None,
    ) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._key = keys.chain
        self._folders = places.all_journals
        self._clock = clock
        self._anchoring = Anchoring(database, places.anchors, keys.anchors, clock, copies)
        self._is_other = False
        self._head = Head(self._new_writer())
        self._journal = Journal(places.journals, self._head.writer)
        self._has_indexed = False
        self._waiting: list[_Waiting] = []
        self._is_busy = False
        self._drain: asyncio.Task[None] | None = None
        # Held while the chain grows and while the journal is cleared.
        self._turn = asyncio.Lock()

    @property
    def head(self) -> Head:
        """The head of this process's chain."""
        return self._head

    @property
    def journal_bytes(self) -> int:
        """The size of the entries that wait for the database."""
        return self._journal.bytes

    async def record(self, request: Request, outcome: str, detail: str | None = None) -> None:
        """Record what an operation read. Its answer may leave only afterwards. `detail` is what the reader stated.

        Raises LedgerUnavailable if neither database nor journal is available: then nothing personal may leave.
        """
        if request.ledger.entries:
            await self._keep(await self._notes_of(request, outcome, detail))

    async def declare(self, *notes: Note) -> None:
        """Record notes that are no reads, all or none. Raises LedgerUnavailable."""
        await self._keep(list(notes))

    async def _keep(self, notes: list[Note]) -> None:
        """Write notes and wait for them. Raises LedgerUnavailable, also while the database is another one."""
        if self._is_other:
            raise LedgerUnavailable("ledger_unwritten")
        waiting = _Waiting(notes, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._write_all(), name="ledger")
        await waiting.done

    # --- Notes --------------------------------------------------------------------------------------------------------

    async def _notes_of(self, request: Request, outcome: str, detail: str | None) -> list[Note]:
        """One note per record and set of fields, summed over the reads of the operation."""
        viewer, now = request.viewer, self._clock()
        entries = _added_up(request.ledger.entries)
        by_turns = sum(len(entry.persons or ()) for entry in entries) > PSEUDONYMS_AT_ONCE
        return [
            Note(
                at=now,
                kind=EntryKind.READ,
                role=viewer.role.value,
                request_id=request.id,
                record=entry.record,
                fields=entry.fields,
                persons=await self._pseudonyms_of(entry, by_turns=by_turns),
                rows=entry.rows,
                outcome=outcome,
                viewer=self._pseudonyms.of_viewer(viewer),
                department=viewer.department_code,
                purpose=request.purpose.value if request.purpose is not None else None,
                operation=request.operation_name[:OPERATION_CHARS_MAX] if request.operation_name else None,
                detail=detail,
            )
            for entry in entries
        ]

    async def _pseudonyms_of(self, entry: LedgerEntry, *, by_turns: bool) -> tuple[str, ...] | None:
        if entry.persons is None:
            return None
        pseudonyms: list[str] = []
        persons = tuple(entry.persons)
        for start in range(0, len(persons), PSEUDONYMS_AT_ONCE):
            if by_turns:
                await asyncio.sleep(0)
            pseudonyms += map(self._pseudonyms.of_person, persons[start : start + PSEUDONYMS_AT_ONCE])
        return tuple(sorted(pseudonyms))

    def _new_writer(self) -> str:
        """A unique name with the time at which the writer began."""
        return f"{self._clock().astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"

    # --- Writing ------------------------------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while self._waiting:
            if self._is_busy:
                await asyncio.sleep(GATHER_S)
            group = self._next_group()
            self._is_busy = len(group) >= SIBLINGS_MIN
            try:
                async with self._turn:
                    await self._write([note for waiting in group for note in waiting.notes])
            except Exception as error:  # noqa: BLE001  # after any error the operations must not answer
                _end(group, error if isinstance(error, LedgerUnavailable) else _unavailable(error))
            else:
                _end(group)

    def _next_group(self) -> list[_Waiting]:
        count, entries = 0, 0
        for waiting in self._waiting:
            entries += len(waiting.notes)
            if count and entries > GROUP_ENTRIES_MAX:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _write(self, notes: Sequence[Note]) -> None:
        entries = self._head.continued(notes, self._key)
        if self._journal.bytes or not await self._committed(entries):
            # A new chain may have begun.
            entries = self._head.continued(notes, self._key)
            await self._journalled(entries)
        self._head = head_of(entries[-1])

    async def _committed(self, entries: list[Entry]) -> bool:
        """Whether the database has the entries. If that is unknown they are journalled and replayed."""
        try:
            if not self._head.seq:
                await within(COMMIT_S_MAX, self._database.require_same())
            try:
                await within(COMMIT_S_MAX, append(self._database, self._head, entries))
            except ChainCut:
                await within(COMMIT_S_MAX, self._database.require_same())
                await self._begin_anew()
                return False
        except OtherDatabase:
            self._refuse_other()
            return False
        except DATABASE_AWAY as error:
            _log.warning("ledger writes to its journal", error=type(error).__name__)
            return False
        return True

    def _refuse_other(self) -> None:
        """Refuse personal reads while the database is another one. Recorded reads are safe in the journal."""
        if not self._is_other:
            _log.error("the hub's database was replaced or deleted: personal reads are refused")
        self._is_other = True

    async def _begin_anew(self) -> None:
        """Begin a new chain after the old one was cut, with an entry about its last head."""
        lost, self._head = self._head, Head(self._new_writer())
        _log.error("the ledger's chain was cut", writer=lost.writer, seq=lost.seq)
        (entry,) = self._head.continued([_note_of_cut(lost, self._clock())], self._key)
        await self._journalled([entry])
        self._head = head_of(entry)

    async def _journalled(self, entries: list[Entry]) -> None:
        try:
            await asyncio.to_thread(self._journal.append, entries)
        except OSError as error:
            raise _unavailable(error) from error

    # --- Replaying ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Replay the journals of this process and of dead ones while the context lasts.

        Anchors the heads at the start, every minute and at the end.
        """
        await self._anchoring.try_to_anchor("start", self._head)
        stopping = asyncio.Event()
        task = asyncio.create_task(self._replay_until(stopping, self._clock()), name="ledger replay")
        try:
            yield
        finally:
            stopping.set()
            await task
            await self._anchoring.try_to_anchor("stop", self._head)
            self._journal.close()

    async def _replay_until(self, stopping: asyncio.Event, anchored_at: datetime) -> None:
        while not stopping.is_set():
            await self.replay()
            if abs((now := self._clock()) - anchored_at) >= ANCHOR_EVERY:
                await self._anchoring.try_to_anchor("minute", self._head)
                anchored_at = now
            try:
                async with asyncio.timeout(REPLAY_EVERY_S):
                    await stopping.wait()
            except TimeoutError:
                continue
        await self.replay()

    async def replay(self) -> bool:
        """Replay all journals once and update the index of trails; whether that worked.

        A journal is cleared only after the database has its entries.
        """
        try:
            await within(REPLAY_S_MAX, self._database.require_same())
            self._is_other = False
            await self._replay_own()
            for path in left_in(self._folders, self._journal.path):
                await self._replay_left(path)
            # First for all writers: some died before their entries were indexed.
            await within(REPLAY_S_MAX, index_trails(self._database, self._head.writer if self._has_indexed else None))
            self._has_indexed = True
        except OtherDatabase:
            self._refuse_other()
            return False
        except Exception as error:  # noqa: BLE001  # the next replay tries again
            _log.warning("ledger journal not replayed", error=type(error).__name__, bytes=self._journal.bytes)
            return False
        return True

    async def _replay_own(self) -> None:
        place = 0
        while place < self._journal.bytes:
            entries, place = self._journal.read(place, REPLAY_ENTRIES)
            await self._replayed(entries)
        if place:
            async with self._turn:
                # Entries that were added meanwhile are replayed next time.
                if place == self._journal.bytes:
                    self._journal.clear()

    async def _replay_left(self, path: Path) -> None:
        with adopted(path) as is_dead:
            if is_dead:
                for entries in read_all(path, REPLAY_ENTRIES):
                    await self._replayed(entries)

    async def _replayed(self, entries: list[Entry]) -> None:
        await within(REPLAY_S_MAX, replay(self._database, entries))


def _added_up(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    added: dict[tuple[str, tuple[str, ...]], LedgerEntry] = {}
    for entry in entries:
        place = (entry.record, entry.fields)
        known = added.get(place)
        added[place] = entry if known is None else known.plus(entry)
    return list(added.values())


def _note_of_cut(lost: Head, at: datetime) -> Note:
    detail = orjson.dumps({"writer": lost.writer, "seq": lost.seq, "hash": lost.hash}).decode()
    return Note(at=at, kind=EntryKind.CUT, role="hub", request_id="ledger", detail=detail)


def _unavailable(cause: BaseException) -> LedgerUnavailable:
    # The driver's text is not logged: it may hold an address.
    _log.error("the ledger cannot be written: personal reads are refused", error=type(cause).__name__)
    return LedgerUnavailable("ledger_unwritten")


def _end(group: Iterable[_Waiting], error: LedgerUnavailable | None = None) -> None:
    for waiting in group:
        if waiting.done.done():
            continue  # cancelled
        if error is not None:
            waiting.done.set_exception(error)
        else:
            waiting.done.set_result(None)
