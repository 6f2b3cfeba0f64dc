"""The ledger: keeps who read which personal fields, before the answer leaves, or says that it cannot.

Entries go into the database; while that takes none, into a journal beside the hub, from which they follow. Operations
that come at the same time share one transaction. Each process writes one chain of its own.
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
from store.database import HubDatabase
from store.ledger_chain import ChainCut, Entry, EntryKind, Head, Note, head_of
from store.ledger_index import index_trails
from store.ledger_journal import Journal, adopted, left_in, read_all
from store.ledger_marks import Marks
from store.ledger_rows import append, replay
from store.patience import DATABASE_AWAY, within

COMMIT_S_MAX: Final = 0.5
"""How long a reader waits for the database before the journal takes the entries."""
REPLAY_S_MAX: Final = 10.0
REPLAY_EVERY_S: Final = 2.0
REPLAY_ENTRIES: Final = 500
GROUP_ENTRIES_MAX: Final = 2_000
"""How many entries one transaction takes, beyond those of a single operation."""
MARKS_AT_ONCE: Final = 1_000
"""How many people are marked without giving anybody else a turn."""
SIBLINGS_MIN: Final = 3
GATHER_S: Final = 0.007
"""How long a transaction waits for others to share it, where at least so many operations shared the one before."""
OPERATION_CHARS_MAX: Final = 100

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    notes: list[Note]
    done: asyncio.Future[None]


class Ledger:
    """What one process writes. Belongs to one event loop; `run` replays what could not be written at once."""

    def __init__(
        self,
        database: HubDatabase,
        marks: Marks,
        folder: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._marks = marks
        self._folder = folder
        self._clock = clock
        self._head = Head(self._new_writer())
        self._journal = Journal(folder, self._head.writer)
        self._has_indexed = False
        self._waiting: list[_Waiting] = []
        self._is_busy = False
        self._drain: asyncio.Task[None] | None = None
        # Held while the chain grows, and while the journal is emptied.
        self._turn = asyncio.Lock()

    @property
    def head(self) -> Head:
        """Where this process's chain ends."""
        return self._head

    @property
    def journal_bytes(self) -> int:
        """How much waits for the database."""
        return self._journal.bytes

    async def record(self, request: Request, outcome: str, detail: str | None = None) -> None:
        """Keep what an operation read, and what its reader said about it. Only afterwards may its answer leave.

        Raises LedgerUnavailable where neither the database nor the journal takes it: then nothing personal leaves.
        """
        if request.ledger.entries:
            await self._keep(await self._notes_of(request, outcome, detail))

    async def declare(self, *notes: Note) -> None:
        """Keep notes that are no reads, all or none of them. Raises as `record` does."""
        await self._keep(list(notes))

    async def _keep(self, notes: list[Note]) -> None:
        waiting = _Waiting(notes, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._write_all(), name="ledger")
        await waiting.done

    # --- What is said -------------------------------------------------------------------------------------------------

    async def _notes_of(self, request: Request, outcome: str, detail: str | None) -> list[Note]:
        """One note for each record and set of fields: what several reads of an operation showed is added up."""
        viewer, now = request.viewer, self._clock()
        entries = _added_up(request.ledger.entries)
        by_turns = sum(len(entry.persons or ()) for entry in entries) > MARKS_AT_ONCE
        return [
            Note(
                at=now,
                kind=EntryKind.READ,
                role=viewer.role.value,
                request_id=request.id,
                record=entry.record,
                fields=entry.fields,
                persons=await self._marks_of(entry, by_turns=by_turns),
                rows=entry.rows,
                outcome=outcome,
                viewer=self._marks.of_viewer(viewer),
                department=viewer.department_code,
                purpose=request.purpose.value if request.purpose is not None else None,
                operation=request.operation_name[:OPERATION_CHARS_MAX] if request.operation_name else None,
                detail=detail,
            )
            for entry in entries
        ]

    async def _marks_of(self, entry: LedgerEntry, *, by_turns: bool) -> tuple[str, ...] | None:
        if entry.persons is None:
            return None
        marks: list[str] = []
        persons = tuple(entry.persons)
        for start in range(0, len(persons), MARKS_AT_ONCE):
            if by_turns:
                await asyncio.sleep(0)
            marks += map(self._marks.of_person, persons[start : start + MARKS_AT_ONCE])
        return tuple(sorted(marks))

    def _new_writer(self) -> str:
        """A name that says when the writer began, and that no other has."""
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
            except Exception as error:  # noqa: BLE001  # whatever it was: whoever waits must not answer
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
        entries = self._head.continued(notes)
        if self._journal.bytes or not await self._committed(entries):
            # A chain that was found cut goes on as another.
            entries = self._head.continued(notes)
            await self._journalled(entries)
        self._head = head_of(entries[-1])

    async def _committed(self, entries: list[Entry]) -> bool:
        """Whether the database has taken the entries. Where it takes none, nobody may know: they are replayed."""
        try:
            await within(COMMIT_S_MAX, append(self._database, self._head, entries))
        except ChainCut:
            await self._begin_anew()
            return False
        except DATABASE_AWAY as error:
            _log.warning("ledger writes to its journal", error=type(error).__name__)
            return False
        return True

    async def _begin_anew(self) -> None:
        """Leave a chain that somebody has cut, and say in the next one how it ended."""
        lost, self._head = self._head, Head(self._new_writer())
        _log.error("the ledger's chain was cut", writer=lost.writer, seq=lost.seq)
        (entry,) = self._head.continued([_note_of_cut(lost, self._clock())])
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
        """Bring what waits in journals, that of this process and those of dead ones, into the database meanwhile."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self._replay_until(stopping), name="ledger replay")
        try:
            yield
        finally:
            stopping.set()
            await task
            self._journal.close()

    async def _replay_until(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await self.replay()
            try:
                async with asyncio.timeout(REPLAY_EVERY_S):
                    await stopping.wait()
            except TimeoutError:
                continue
        await self.replay()

    async def replay(self) -> bool:
        """Try once, and bring the index of trails up to date; whether nothing waits any more.

        Only what the database has taken is forgotten.
        """
        try:
            await self._replay_own()
            for path in left_in(self._folder, self._journal.path):
                await self._replay_left(path)
            # Of all that ever wrote first, since some have died before their people were in the index.
            await within(REPLAY_S_MAX, index_trails(self._database, self._head.writer if self._has_indexed else None))
            self._has_indexed = True
        except Exception as error:  # noqa: BLE001  # whatever it was, the next time is the remedy
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
                # What was added in the meantime is for the next time.
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
            continue  # who waited has left
        if error is not None:
            waiting.done.set_exception(error)
        else:
            waiting.done.set_result(None)
