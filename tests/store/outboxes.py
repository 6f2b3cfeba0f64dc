"""What the tests of the outbox share: an outbox, people who tell it something, and a department that is written to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import Connection

from connectors.writing.protocol import Delivery, NotWritten, Rung, Written
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason
from models.complaints import Complaint, ComplaintStatusDetail, StatusChange
from models.records import Record
from store.broker import LocalBroker
from store.database.engine import HubDatabase
from store.outbox.outbox import Outbox, Payloads
from store.outbox.told import Told
from tests.store.ledgers import ANA, MARKS

RECORDS: dict[str, type[Record]] = {record.name: record for record in (Complaint, StatusChange)}
SECRET = b"a secret of these tests, which is long enough"
PAYLOADS = Payloads.of(SECRET, RECORDS)
SOURCE, OTHER_SOURCE = "complaints", "jobs"
CALLER = MARKS.of_person(ANA)
NOON = datetime(2026, 12, 1, 5, tzinfo=UTC)

_numbers = count(1)


@dataclass
class Clock:
    """A clock of the database that the test moves."""

    now: datetime = NOON

    def __call__(self, _: Connection) -> datetime:
        return self.now

    def forward(self, **later: float) -> None:
        self.now += timedelta(**later)


def outbox_of(database: HubDatabase, clock: Callable[[Connection], datetime] | None = None) -> Outbox:
    outbox = Outbox(database, PAYLOADS, MARKS, LocalBroker())
    return Outbox(database, PAYLOADS, MARKS, LocalBroker(), clock) if clock is not None else outbox


def step(key: str, note: str) -> Effect:
    """A step in the handling of a complaint."""
    values = {"complaint_id": key, "at": NOON, "status_detail": ComplaintStatusDetail.IN_PROGRESS, "note": note}
    return Effect(StatusChange.name, values)


def told(
    note: str, *, about: str | None = "17", key: str | None = None, source: str = SOURCE, caller: str = CALLER
) -> Told:
    """An answer to a complaint, or with `about=None` a new one with a number of the hub's."""
    number = f"HUB-{next(_numbers)}"
    effect = step(about, note) if about is not None else Effect(Complaint.name, {"description": note})
    return Told(
        caller,
        "respondToComplaint" if about is not None else "reportComplaint",
        key or f"key of {number}",
        {"note": note},
        Complaint.name,
        about,
        None if about is not None else number,
        source,
        (effect,),
    )


@dataclass
class Department:
    """A database of a department with the hub's marker table: its writer is exact."""

    path: Path
    rung: Rung = Rung.MARKER
    refuses: RefusalReason | None = None
    closed: bool = False

    def __post_init__(self) -> None:
        with self._opened() as database:
            database.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, about TEXT, note TEXT)")
            database.execute("CREATE TABLE IF NOT EXISTS markers (delivery TEXT PRIMARY KEY, made INTEGER)")

    async def deliver(self, delivery: Delivery) -> Written | NotWritten:
        if self.refuses is not None:
            return NotWritten(self.refuses)
        await delivery.keep(f"tried {delivery.id}")
        database = self._opened()
        try:
            database.execute("BEGIN IMMEDIATE")
            done = database.execute("SELECT made FROM markers WHERE delivery = ?", (delivery.id,)).fetchone()
            if done is not None:
                return Written(str(done[0]))
            (effect,) = delivery.effects
            values = (effect.values.get("complaint_id"), effect.values.get("note") or effect.values["description"])
            made = database.execute("INSERT INTO notes (about, note) VALUES (?, ?)", values).lastrowid
            database.execute("INSERT INTO markers VALUES (?, ?)", (delivery.id, made))
            database.execute("COMMIT")
            return Written(str(made))
        finally:
            database.close()

    @property
    def notes(self) -> list[tuple[str | None, str]]:
        """What stands there, in the order in which it came."""
        database = self._opened()
        try:
            return database.execute("SELECT about, note FROM notes ORDER BY id").fetchall()
        finally:
            database.close()

    async def close(self) -> None:
        self.closed = True

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None)
