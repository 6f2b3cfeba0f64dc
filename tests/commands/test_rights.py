"""The inbox of the data protection officer at a terminal, on both databases: the same rules as in the graph."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

import cli
from models.policy.subject_requests import RightsKind, RightsRequest
from models.policy.viewer import Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger.chain import EntryKind, LedgerKeys, Note
from store.ledger.files import places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.rows import entries_between
from store.seals import Seals
from store.subject_requests.requests import SubjectRequests
from tests.api.hub import SECRET
from tests.store.ledgers import ANA, verified

T = TypeVar("T")
MARKS, SEALS = Pseudonyms(SECRET.encode()), Seals(SECRET.encode())
REASON = "Saya sudah pindah, canary-7791"


pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Desk:
    """An officer at a terminal, and a resident who has asked two departments to erase their data."""

    def __init__(self, url: str, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._url, self._folder, self._patch, self._capsys = url, folder, patch, capsys
        patch.setenv("HUB_DATABASE_URL", url)
        patch.setenv("HUB_SECRET", SECRET)

    def runs(self, *arguments: str) -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", "rights", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def asks(
        self, work: Callable[[SubjectRequests, Request], Coroutine[Any, Any, T]], ago: timedelta = timedelta(0)
    ) -> T:
        """What the resident does, so long ago."""

        async def run() -> T:
            database = HubDatabase(self._url)
            ledger = Ledger(database, MARKS, LedgerKeys(SECRET.encode()), places_of(database.url, self._folder))
            rights = SubjectRequests(database, MARKS, SEALS, ledger, lambda: datetime.now(UTC) - ago)
            request = Request("request-1", Viewer(Role.CITIZEN, nik=ANA), Deadline.in_ms(20_000), Language.EN)
            try:
                done = await work(rights, request)
                # Where the database was late, it is in the journal.
                await ledger.replay()
                return done
            finally:
                await database.close()

        return asyncio.run(run())

    def notes(self) -> list[Note]:
        """What the ledger holds, which has to be whole."""

        async def run() -> list[Note]:
            database = HubDatabase(self._url)
            try:
                assert (await verified(database, keys=LedgerKeys(SECRET.encode()))).problems == []
                return [entry.note async for entry in entries_between(database, None, None)]
            finally:
                await database.close()

        return asyncio.run(run())


@pytest.fixture
def desk(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    upgrade(database_url)
    return Desk(database_url, tmp_path / "journals", monkeypatch, capsys)


def opened(desk: Desk, *departments: str, ago: timedelta = timedelta(0)) -> list[RightsRequest]:
    return desk.asks(
        lambda rights, request: rights.register(request, ANA, RightsKind.ERASURE, departments, reason=REASON), ago
    )


def test_the_inbox_shows_what_is_due_first_and_nobody_until_it_is_opened(desk: Desk) -> None:
    (late,) = opened(desk, "disnaker", ago=timedelta(hours=80))
    _, fresh = opened(desk, "dindik", "disnaker")[::-1]
    listed = desk.runs("list")
    due = [f"due {one.due_at:%Y-%m-%d %H:%M} UTC" for one in (late, fresh)]
    assert listed == (
        0,
        f"{late.id}  ERASURE  disnaker  OPEN  {due[0]}  OVERDUE\n{fresh.id}  ERASURE  dindik  OPEN  {due[1]}\n",
        "2 of 2 requests.\n",
    )
    assert [note.kind for note in desk.notes()] == [EntryKind.STEP, EntryKind.STEP]
    (line, person) = desk.runs("list", "--who", "--limit", "1").out.splitlines()
    assert (line.split()[0], person) == (late.id, f"    {ANA}  {REASON}")
    read = desk.notes()[-1]
    assert (read.kind, read.role, read.fields, read.rows) == (EntryKind.READ, "dpo", ("nationalId", "reason"), 1)
    assert (read.persons, read.purpose) == ((MARKS.of_person(ANA),), "LEGAL_OBLIGATION")
    assert read.viewer is not None
    assert desk.runs("list", "--state", "DONE") == (0, "", "0 of 0 requests.\n")


def test_an_answer_is_a_step_in_the_ledger_and_reaches_the_person(desk: Desk) -> None:
    (one,) = opened(desk, "disnaker")
    assert desk.runs("answer", one.id, "FORWARDED") == (0, f"{one.id} is FORWARDED.\n", "")
    refused = desk.runs("answer", one.id, "REFUSED", "--note", " ")
    assert (refused.code, refused.out) == (1, "")
    assert "reason" in refused.err
    assert desk.runs("answer", one.id, "REFUSED", "--note", "Wajib disimpan").code == 0
    closed = desk.runs("answer", one.id, "DONE")
    assert (closed.code, closed.out, "REFUSED" in closed.err) == (1, "", True)
    assert desk.runs("answer", "0" * 32, "DONE").code == 1
    # Whom a closed request is from is known no more.
    assert len(desk.runs("list", "--who", "--state", "REFUSED").out.splitlines()) == 1
    steps = [note for note in desk.notes() if note.kind is EntryKind.STEP]
    assert [(note.role, json.loads(note.detail or "")["state"]) for note in steps] == [
        ("citizen", "OPEN"),
        ("dpo", "FORWARDED"),
        ("dpo", "REFUSED"),
    ]
    (known,) = desk.asks(lambda rights, request: rights.own_page(request, ANA, 10, None))
    said = [SEALS.opened(f"{one.id}/{step.number}", step.note) if step.note else None for step in known.steps]
    assert said == [None, None, "Wajib disimpan"]
