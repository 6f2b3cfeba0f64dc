"""SqlWriter: delivers effects to one database, each in one transaction under a lock that is named by the delivery.

Every delivery looks first, then writes, keeps its trace, and commits. Whoever retries takes the same lock, so that the
attempt before has ended: by then its effects stand there, and the look finds them, or they never will.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from connectors.protocol import SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sql.failures import failure_of
from connectors.sql.sessions.writing import Done, WritingOpener, WritingSession
from connectors.writing.protocol import Delivery, NotWritten, Rung, Written
from connectors.writing.refusals import refusal_of
from connectors.writing.statements import Statement, WriteStatements
from connectors.writing.writings import Refused, Writing
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason

ATTEMPT_S_MAX = 15.0
"""The longest that one attempt may take, with its wait for a connection; then its connection is cut."""

_UNTRANSACTED = (
    "SELECT t.table_name FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine "
    "WHERE (t.table_schema, t.table_name) IN ({marks}) AND e.transactions <> 'YES'"
)
_UNTRANSACTED_MARK = "(COALESCE(%s, DATABASE()), %s)"
# An identity from the future is one of a server that was replaced by another: nothing is known of it here.
_STATUS = "SELECT CASE WHEN $1::bigint < txid_current() THEN txid_status($1::bigint) END"


def rung_of(dialect: str, marker: str | None) -> Rung:
    """The rung of a database whose tables know transactions."""
    if marker is not None:
        return Rung.MARKER
    return Rung.TRANSACTION_STATUS if dialect == "postgresql" else Rung.LOCK_AND_LOOK


class _RefusedError(Exception):
    """The database refuses a statement for good."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Trace:
    """What an attempt keeps before it commits: how many rows looked like the new one before, and its transaction."""

    alike: int = 0
    transaction: int | None = None
    key: str | None = None

    @classmethod
    def of(cls, text: str | None) -> _Trace | None:
        return cls(**json.loads(text)) if text is not None else None

    @property
    def text(self) -> str:
        return json.dumps({"alike": self.alike, "transaction": self.transaction, "key": self.key})


@dataclass(slots=True)
class SqlWriter:
    """The writer of one database. `writings` are its records by name.

    `room` holds a connection of the load contract, `pace` waits for the next statement of it, and `left_alone` says why
    the source is not to be asked now, or nothing. `marker` is the table that the owner grants for markers.
    """

    writings: Dictionary[str, Writing]
    statements: WriteStatements
    open: WritingOpener
    room: Callable[[], AbstractAsyncContextManager[None]]
    pace: Callable[[], Awaitable[None]]
    left_alone: Callable[[], str]
    marker: str | None = None
    attempt_s_max: float = ATTEMPT_S_MAX
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    rung: Rung = field(init=False)
    _is_known: bool = False
    """Whether the rung was asked of the database."""

    def __post_init__(self) -> None:
        self.rung = rung_of(self._dialect, self.marker)

    @property
    def _dialect(self) -> str:
        return self.statements.dialect.name

    def check(self, effects: Sequence[Effect]) -> Refused | None:
        """The first value that the source cannot store. Pure; raises KeyError for a record that it does not write."""
        return next((found for one in effects if (found := self.writings[one.record].check(one)) is not None), None)

    async def missing_rights(self) -> tuple[str, ...]:
        """The rights that the hub's writer lacks, as an owner grants them. Raises SourceFailure."""
        missing: list[str] = []
        async with self._session() as session:
            await self._know_rung(session)
            for right, statement in self._tries():
                try:
                    await self._run(session, statement)
                except _RefusedError:
                    missing.append(f"GRANT {right}")
        return tuple(missing)

    async def deliver(self, delivery: Delivery) -> Written | NotWritten:
        if self.check(delivery.effects) is not None:
            return NotWritten(RefusalReason.NOT_TAKEN)
        try:
            async with self._session() as session:
                await self._know_rung(session)
                await self.pace()
                await self._asking(session.begin(_lock_of(delivery)))
                if self.rung is Rung.AT_MOST_ONCE:
                    return await self._at_most_once(session, delivery)
                return await self._exactly_once(session, delivery)
        except _RefusedError as refusal:
            return NotWritten(refusal.reason)

    async def close(self) -> None:
        """Nothing stays open between deliveries."""

    # --- Rungs --------------------------------------------------------------------------------------------------------

    async def _exactly_once(self, session: WritingSession, delivery: Delivery) -> Written | NotWritten:
        trace = _Trace.of(delivery.trace)
        if self.rung is Rung.MARKER and self.marker is not None:
            marked = await self._run(session, self.statements.marked(self.marker, delivery.id))
            if marked.rows:
                return Written(marked.rows[0][0])
            # Without a marker it was not written, whatever stands there that looks like it.
            trace = None
        if trace is not None and trace.transaction is not None:
            status = await self._status_of(session, trace.transaction)
            if status == "committed":
                return Written(trace.key)
            if status == "aborted":
                trace = None
        alike, found = await self._look(session, delivery.effects, trace)
        if found is not None:
            return Written(found)
        written = await self._write(session, delivery.effects)
        if isinstance(written, NotWritten):
            return written
        if self.rung is Rung.MARKER and self.marker is not None:
            await self._mark(session, self.marker, delivery, written.key)
        transaction = None
        if self.rung is Rung.TRANSACTION_STATUS:
            ((transaction,),) = (await self._run(session, Statement("SELECT txid_current()", ()))).rows
        await delivery.keep(_Trace(trace.alike if trace is not None else alike, transaction, written.key).text)
        await self.pace()
        await self._asking(session.commit())
        return written

    async def _at_most_once(self, session: WritingSession, delivery: Delivery) -> Written | NotWritten:
        """Without transactions every statement stands there at once, and one alone is found by its number or is not."""
        trace = _Trace.of(delivery.trace)
        new = self._new(delivery.effects)
        is_one = len(delivery.effects) == 1 and new is not None and len(self.writings[new.record].new) == 1
        if new is not None and self.writings[new.record].number is not None:
            _, found = await self._look(session, delivery.effects, trace)
            if found is not None:
                return Written(found) if is_one else NotWritten(RefusalReason.IN_DOUBT)
        else:
            is_one = False
        if trace is not None and not is_one:
            return NotWritten(RefusalReason.IN_DOUBT)
        await delivery.keep(_Trace().text)
        began: list[Effect] = []
        try:
            written = await self._write(session, delivery.effects, began)
            # Of tables that know transactions beside those that do not.
            await self._asking(session.commit())
            return written
        except _RefusedError:
            if len(began) > 1 or len(self.writings[began[0].record].new) > 1:
                return NotWritten(RefusalReason.IN_DOUBT)
            raise

    async def _status_of(self, session: WritingSession, transaction: int) -> str | None:
        """Committed or aborted; None if the server does not know any more."""
        ((status,),) = (await self._run(session, Statement(_STATUS, (transaction,)))).rows
        if status == "in progress":
            raise SourceTimeout("the transaction of the attempt before has not ended", said=True)
        return None if status is None else str(status)

    async def _mark(self, session: WritingSession, marker: str, delivery: Delivery, key: str | None) -> None:
        try:
            await self._run(session, self.statements.mark(marker, delivery.id, key, self.now().isoformat()))
        except _RefusedError as refusal:
            if refusal.reason is RefusalReason.NO_RIGHT:
                raise
            # Locks of other servers of a cluster do not keep another writer away; the key of the marker does.
            raise SourceUnreachable("another writer has marked this delivery") from refusal

    # --- Effects ------------------------------------------------------------------------------------------------------

    def _new(self, effects: Sequence[Effect]) -> Effect | None:
        return next((effect for effect in effects if effect.is_new), None)

    async def _look(
        self, session: WritingSession, effects: Sequence[Effect], trace: _Trace | None
    ) -> tuple[int, str | None]:
        """How many rows look like the new one, and the key of the row if the effects stand there already.

        What has no number is there if there is one row more than before the attempt that has kept a trace.
        """
        new = self._new(effects)
        if new is None:
            return 0, await self._changed_already(session, effects) if trace is not None else None
        writing = self.writings[new.record]
        rows = (await self._run(session, self.statements.found(writing, new))).rows
        before = 0 if writing.number is not None else trace.alike if trace is not None else len(rows)
        if len(rows) <= before:
            return len(rows), None
        return len(rows), effects[0].key or writing.key_of(rows[0 if writing.number is not None else -1][0])

    async def _changed_already(self, session: WritingSession, effects: Sequence[Effect]) -> str | None:
        for effect in effects:
            if not (await self._run(session, self.statements.as_told(self.writings[effect.record], effect))).rows:
                return None
        return effects[0].key

    async def _write(
        self, session: WritingSession, effects: Sequence[Effect], began: list[Effect] | None = None
    ) -> Written | NotWritten:
        """Write all effects; NotWritten if a row is not there any more, or not as it is expected to be.

        `began` collects the effects whose statements may have been run.
        """
        keys: list[str | None] = []
        for effect in effects:
            writing = self.writings[effect.record]
            if began is not None:
                began.append(effect)
            if effect.is_new:
                keys.append(await self._insert(session, writing, effect))
                continue
            if not await self._change(session, writing, effect):
                there = (await self._run(session, self.statements.still_there(writing, effect))).rows
                if keys and self.rung is Rung.AT_MOST_ONCE:
                    return NotWritten(RefusalReason.IN_DOUBT)
                return NotWritten(RefusalReason.CHANGED if there else RefusalReason.GONE)
            keys.append(effect.key)
        return Written(keys[0])

    async def _change(self, session: WritingSession, writing: Writing, effect: Effect) -> bool:
        """Whether the row was found as it is expected to be. An effect without values changes nothing of it."""
        if effect.values:
            return (await self._run(session, self.statements.update(writing, effect))).count > 0
        return bool((await self._run(session, self.statements.as_expected(writing, effect))).rows)

    async def _insert(self, session: WritingSession, writing: Writing, effect: Effect) -> str | None:
        first, *others = writing.new
        rows = (await self._run(session, self.statements.insert(writing, first, effect))).rows
        rows = rows or (await self._run(session, self.statements.key_given(writing, effect))).rows
        key = rows[-1][0]
        for row in others:
            await self._run(session, self.statements.insert(writing, row, effect, key))
        return writing.key_of(key)

    # --- The session --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[WritingSession]:
        """A session within the load contract and the time of one attempt. Its end rolls back what is not committed."""
        reason = self.left_alone()
        if reason:
            raise SourceUnreachable(reason)
        limit = asyncio.timeout(self.attempt_s_max)
        try:
            async with limit, self.room():
                session = await self._opened()
                try:
                    yield session
                finally:
                    await session.close()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise SourceTimeout(f"not written within {self.attempt_s_max:g} seconds") from error

    async def _opened(self) -> WritingSession:
        try:
            return await self.open()
        except Exception as error:
            raise failure_of(error, self._dialect) from error

    async def _run(self, session: WritingSession, statement: Statement) -> Done:
        await self.pace()
        done: Done = await self._asking(session.run(statement.text, statement.parameters))
        return done

    async def _asking(self, asked: Awaitable[Any]) -> Any:
        """What the database answers. Raises SourceFailure, and _RefusedError."""
        try:
            return await asked
        except SourceFailure:
            raise
        except Exception as error:
            reason = refusal_of(error, self._dialect)
            if reason is not None:
                raise _RefusedError(reason) from error
            raise failure_of(error, self._dialect) from error

    async def _know_rung(self, session: WritingSession) -> None:
        """A table that knows no transactions has the last rung, whatever is declared."""
        if self._is_known or self._dialect != "mariadb":
            return
        tables = dict.fromkeys((row.table.schema, row.table.name) for one in self.writings.values() for row in one.new)
        text = _UNTRANSACTED.format(marks=", ".join([_UNTRANSACTED_MARK] * len(tables)))
        if (await self._run(session, Statement(text, tuple(chain.from_iterable(tables))))).rows:
            self.rung = Rung.AT_MOST_ONCE
        self._is_known = True

    def _tries(self) -> list[tuple[str, Statement]]:
        tried = [one for writing in self.writings.values() for one in self.statements.tries(writing)]
        return tried if self.marker is None else [*tried, *self.statements.tries_marker(self.marker)]


def _lock_of(delivery: Delivery) -> str:
    """The name of a lock: at most 64 characters on MariaDB."""
    return f"simpul:{hashlib.sha256(delivery.id.encode()).hexdigest()[:40]}"
