"""Outbox: accepts actions durably, hands them to workers, and knows what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from models.actions.effects import Effect, canonical, effects_of, text_of
from models.actions.receipts import Receipt, ReceiptState
from models.changes import NO_CHANGES, NewestChanges
from models.keys import HashKey
from models.policy.erasure import Searched, Sought
from models.records import Record
from store.broker import Broker, Event
from store.changes.log import ChangeLog
from store.database.clock import database_now
from store.database.engine import HubDatabase
from store.ledger.pseudonyms import Pseudonyms
from store.outbox import accepting, claiming, receipts, tending
from store.outbox.claiming import LEASE, Attempt
from store.outbox.receipts import Place
from store.outbox.told import Claim, Ending, KeyStillRunning, Standing, Told, TooLong, WorkItem
from store.seals import Seals

EFFECTS_BYTES_MAX: Final = 65_536
"""How long the text of the effects of one action may be."""
WAITING, RECEIPTS = "outbox-waiting", "receipts"
"""Topics. Their keys and payloads: a source that has something to deliver; a receipt that changed, and its state."""
_LOCK_NOT_AVAILABLE: Final = "55P03"

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Payloads:
    """Writes the effects of actions as encrypted texts, and reads them."""

    seals: Seals
    fingerprints: HashKey
    records: Mapping[str, type[Record]]

    @classmethod
    def of(cls, secret: bytes, records: Mapping[str, type[Record]]) -> Payloads:
        return cls(Seals(secret, b"simpul outbox 1"), HashKey(secret, b"simpul outbox fingerprints 1"), records)

    def sealing(self, told: Told) -> accepting.Sealing:
        """What is kept of an action. Raises TooLong."""
        written = text_of(told.effects)
        if len(written.encode()) > EFFECTS_BYTES_MAX:
            raise TooLong
        receipt_id = accepting.new_id()
        # The hub's own tables have what is not delivered anywhere.
        sealed = self.seals.sealed(receipt_id, written) if told.source is not None else None
        return accepting.Sealing(receipt_id, self.fingerprint(told), sealed)

    def fingerprint(self, told: Told) -> str:
        """The HMAC of what was given, and of what it is about."""
        asked = canonical({"about": told.record_key, "given": canonical(told.given)})
        return self.fingerprints.hash_of(asked.encode())

    def opened(self, receipt_id: str, sealed: str | None) -> tuple[Effect, ...] | None:
        """The effects; None if they were erased, are another hub's, or of a record that there is not any more."""
        if sealed is None:
            return None
        try:
            return effects_of(self.seals.opened(receipt_id, sealed), self.records)
        except (InvalidTag, KeyError, ValueError):
            return None

    def names(self, sought: Sought) -> Callable[[str, str], bool]:
        """Whether the effects of a receipt name a person."""

        def named(receipt_id: str, sealed: str) -> bool:
            try:
                return sought.is_in(self.seals.opened(receipt_id, sealed).encode())
            except InvalidTag:
                return False

        return named


@dataclass(frozen=True, slots=True)
class Outbox:
    """Accepts actions, hands them to workers, and knows what became of them.

    Each method is one transaction, and raises the errors of the database.
    """

    database: HubDatabase
    payloads: Payloads
    pseudonyms: Pseudonyms
    broker: Broker
    clock: Callable[[Connection], datetime] = field(default=database_now)

    # --- For those who tell the hub something -------------------------------------------------------------------------

    async def accept(self, told: Told) -> Receipt:
        """Commit an action and return its receipt; the same key and inputs have the same receipt.

        Raises an OutboxError: then nothing is stored.
        """
        sealing = self.payloads.sealing(told)
        try:
            accepted = await self._write(self._accepted, told, sealing)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                raise KeyStillRunning from error
            raise
        if accepted.is_new:
            if told.source is not None:
                self.broker.publish(Event(WAITING, told.source, b""))
            self._tell(accepted.receipt.id, accepted.receipt.state, accepted.changes)
        return accepted.receipt

    async def known(self, told: Told) -> Receipt | None:
        """The receipt that the key of an action stands for already; its effects are not looked at.

        Raises KeyUsedOtherwise.
        """
        fingerprint = self.payloads.fingerprint(told)
        return await self._read(
            lambda connection: accepting.known(connection, told, fingerprint, self.clock(connection))
        )

    async def receipt(self, receipt_id: str, caller: str) -> Receipt | None:
        """A receipt of this caller; None for one of anybody else."""
        return await self._read(receipts.one, receipt_id, caller)

    async def receipts(self, caller: str, first: int, after: Place | None = None) -> list[Receipt]:
        """The receipts of a caller, newest first."""
        return await self._read(receipts.page, caller, first, after)

    async def receipts_count(self, caller: str) -> int:
        return await self._read(receipts.count, caller)

    # --- For workers --------------------------------------------------------------------------------------------------

    async def deliverable(self, sources: Sequence[str]) -> set[str]:
        """For which of these sources there is something to deliver now."""

        def found(connection: Connection) -> set[str]:
            return claiming.deliverable(connection, sources, self.clock(connection))

        return await self._read(found)

    async def claim(self, source: str) -> Claim | None:
        """The next action of a source, which is the caller's until its lease passes; None if there is none."""
        row = await self._write(lambda connection: claiming.claim(connection, source, self.clock(connection)))
        return self._claimed(row) if row is not None else None

    async def keep(self, claimed: Claim, trace: str) -> bool:
        """Save the trace of an attempt; False if its lease has passed."""
        return await self._write(lambda connection: claiming.keep(connection, claimed, trace, self.clock(connection)))

    async def give_back(self, claimed: Claim, after: timedelta) -> None:
        """Give back what was not tried. Nothing happens if the lease has passed and another worker has it."""
        await self._write(lambda connection: claiming.give_back(connection, claimed, self.clock(connection) + after))

    async def finish(self, claimed: Claim, attempt: Attempt, ending: Ending) -> bool:
        """Note how an attempt ended; False if another worker has the action, and only the attempt is noted."""
        changed = await self._write(
            lambda connection: claiming.finish(connection, claimed, attempt, ending, self.clock(connection))
        )
        if changed is not None and ending.state is not ReceiptState.ACCEPTED:
            self._tell(claimed.id, ending.state, changed)
        return changed is not None

    async def hasten(self, source: str) -> None:
        """Have everything of a source tried now: it is back."""
        await self._write(lambda connection: claiming.hasten(connection, source, self.clock(connection)))

    async def sweep(self) -> int:
        """Give up what has waited too long, and forget what is old; how many were given up."""
        given_up = await self._write(lambda connection: tending.sweep(connection, self.clock(connection)))
        for receipt_id in given_up:
            self._tell(receipt_id, ReceiptState.NEEDS_ATTENTION)
        return len(given_up)

    # --- For operators ------------------------------------------------------------------------------------------------

    async def standing(self) -> dict[str, Standing]:
        """What waits, by source."""
        return await self._read(receipts.standing)

    async def work_list(self, rows_max: int) -> list[WorkItem]:
        """What is not settled: first what needs a person."""
        return await self._read(receipts.work_list, rows_max)

    async def replay(self, receipt_id: str) -> bool:
        """Have an action that needs a person tried again; False if it does not, or its effects were erased."""
        source = await self._write(lambda connection: tending.replay(connection, receipt_id, self.clock(connection)))
        if source is None:
            return False
        self.broker.publish(Event(WAITING, source, b""))
        self._tell(receipt_id, ReceiptState.ACCEPTED)
        return True

    async def close_by_hand(self, receipt_id: str) -> bool:
        """Close an action that needs a person, undelivered; False if it does not need one."""
        is_closed = await self._write(lambda connection: tending.close(connection, receipt_id, self.clock(connection)))
        if is_closed:
            self._tell(receipt_id, ReceiptState.REFUSED)
        return is_closed

    async def erase(self, sought: Sought) -> Searched:
        """Erase the effects of the person's actions, and of those that name them. The receipts' outlines stay."""
        caller, named = self.pseudonyms.of_person(sought.nik), self.payloads.names(sought)
        return await self._write(lambda connection: tending.erase(connection, caller, named, self.clock(connection)))

    @property
    def log(self) -> ChangeLog:
        """Where what was delivered is noted."""
        return ChangeLog(self.database, self.broker, self.clock)

    # ------------------------------------------------------------------------------------------------------------------

    def _accepted(self, connection: Connection, told: Told, sealing: accepting.Sealing) -> accepting.Accepted:
        return accepting.accept(connection, told, sealing, self.clock(connection))

    def _claimed(self, row: Row[Any]) -> Claim:
        return Claim(
            row.id,
            row.token,
            row.source,
            row.action,
            row.record,
            row.reference,
            row.trace,
            row.attempts,
            row.lease_until,
            LEASE,
            self.payloads.opened(row.id, row.sealed),
        )

    def _tell(self, receipt_id: str, state: ReceiptState, changed: NewestChanges = NO_CHANGES) -> None:
        # First, so that who hears of the receipt reads what it has changed.
        self.log.tell(changed)
        self.broker.publish(Event(RECEIPTS, receipt_id, state.value.encode()))

    async def _write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self.database.writing() as connection:
            return await connection.run_sync(work, *args, **kwargs)

    async def _read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self.database.reading() as connection:
            return await connection.run_sync(work, *args, **kwargs)
