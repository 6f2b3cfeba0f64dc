"""What the tests of the ledger write and break: requests that read, a ledger in a folder, chains of any shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.policy.viewer import Purpose, Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from models.values.types import Nik
from store.database.engine import HubDatabase
from store.ledger.anchors.lines import Anchors, Known
from store.ledger.chain import EntryKind, Head, LedgerKeys, Note
from store.ledger.evidence import Evidence
from store.ledger.files import LedgerFiles
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.verify import Verified, verify

NOW = datetime(2026, 5, 3, 8, 30, 0, 123456, tzinfo=UTC)
SECRET = b"a secret of these tests, which is long enough"
MARKS = Pseudonyms(SECRET)
KEYS = LedgerKeys(SECRET)
KEY = KEYS.chain
ANCHORED_AT = "2026-05-03T00:10:00+00:00"
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


def ledger_of(database: HubDatabase, folder: Path, pseudonyms: Pseudonyms = MARKS) -> Ledger:
    return Ledger(database, pseudonyms, KEYS, places_in(folder), lambda: NOW)


def places_in(folder: Path) -> LedgerFiles:
    return LedgerFiles(folder / "journals", folder / "anchors")


def anchored_as(*heads: Head, at: str = ANCHORED_AT) -> Evidence:
    """Anchors that began before everything, and know these heads."""
    known = {head.writer: Known(head, at) for head in heads}
    return Evidence([Anchors("tests", known=known, roots={"": ""})])


async def verified(database: HubDatabase, *heads: Head, keys: LedgerKeys = KEYS) -> Verified:
    """What verification finds where these heads are anchored."""
    return await verify(database, anchored_as(*heads), keys.chain)


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
