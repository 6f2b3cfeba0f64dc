"""What the tests of the ledger write and break: requests that read, a ledger in a folder, chains of any shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.localized import Language
from models.request import Deadline, Request
from models.values import Nik
from models.viewer import Purpose, Role, Viewer
from store.database import HubDatabase
from store.ledger import Ledger
from store.ledger_chain import EntryKind, Head, Note
from store.ledger_marks import Marks

NOW = datetime(2026, 5, 3, 8, 30, 0, 123456, tzinfo=UTC)
MARKS = Marks(b"a secret of these tests, which is long enough")
ANA, BUDI = Nik("3671054107900001"), Nik("3671051203850002")
OFFICER = Viewer(Role.OFFICER, subject="dewi", department_code="dpupr")


def request_of(
    *persons: Nik, record: str = "complaints", fields: tuple[str, ...] = ("description",), viewer: Viewer = OFFICER
) -> Request:
    """An operation that has read these fields about these people."""
    request = Request(
        "request-1", viewer, Deadline.in_ms(800), Language.EN, Purpose.COMPLAINT_HANDLING, operation_name="Inbox"
    )
    request.ledger.note(record, fields, max(1, len(persons)), frozenset(persons) if persons else None)
    return request


def ledger_of(database: HubDatabase, folder: Path, marks: Marks = MARKS) -> Ledger:
    return Ledger(database, marks, folder / "journals", lambda: NOW)


def note_of(number: int) -> Note:
    """A note that no other number has, with a person in every second one."""
    return Note(
        at=NOW + timedelta(seconds=number),
        kind=EntryKind.READ,
        role="officer",
        request_id=f"request-{number}",
        record="complaints",
        fields=("address", "description"),
        persons=(MARKS.of_person(ANA),) if number % 2 else None,
        rows=number,
        outcome="ok",
    )


def head_named(writer: str) -> Head:
    return Head(writer)
