"""The commands about the ledger: what an operator and an auditor see, and the exit codes that a timer looks at."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cli
from api.identity.issuer_tokens import Subjects
from models.values.types import Nik
from settings import VAR
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger import affected as ledger_affected
from store.ledger.anchors.appending import Anchoring
from store.ledger.chain import EntryKind, Head, LedgerKeys, Note
from store.ledger.files import places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.rows import append
from tests.api.hub import SECRET
from tests.store.ledgers import ANA, BUDI, MARKS, NOW, note_of

KEYS = LedgerKeys(SECRET.encode())


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Desk:
    """An operator at a terminal, with a ledger of five entries."""

    def __init__(self, url: str, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._patch = patch
        self._capsys = capsys
        patch.setenv("HUB_DATABASE_URL", self.url)
        patch.setenv("HUB_SECRET", SECRET)

    def runs(self, *arguments: str, typed: str = "") -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", "ledger", *arguments])
        self._patch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def changes(self, statement: str) -> None:
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            connection.execute(statement)
            connection.commit()

    async def fills(self, notes: Iterable[Note]) -> None:
        database = HubDatabase(self.url)
        places = places_of(database.url, VAR)
        # A hub anchors before it writes.
        await Anchoring(database, places.anchors, KEYS.anchors, lambda: NOW).anchor("start")
        await append(database, Head("w"), Head("w").continued(notes, KEYS.chain))
        await database.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(f"sqlite:///{(tmp_path / 'hub.db').as_posix()}", monkeypatch, capsys)
    upgrade(made.url)
    asyncio.run(made.fills(map(note_of, range(1, 6))))
    return made


def test_a_ledger_that_is_whole(desk: Desk) -> None:
    said = "The ledger is whole: 5 entries in 1 chains; last anchored at 2026-05-03T08:30:00+00:00.\n"
    assert desk.runs("verify") == (0, said, "")
    anchored = desk.runs("anchor")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert re.fullmatch(rf"{today} [0-9a-f]{{64}}\n", anchored.out)
    assert desk.runs("anchor") == anchored
    root = anchored.out.split()[1]
    verified = desk.runs("verify", "--root", root)
    assert re.fullmatch(
        rf"The ledger is whole: 5 entries in 1 chains; last anchored at {today}T[\d:]{{8}}\+00:00\.\n", verified.out
    )
    assert desk.runs("verify", "--root", "0" * 64).code == 1


def test_the_first_bad_record_is_named(desk: Desk) -> None:
    desk.changes("UPDATE ledger_entries SET role = 'nobody' WHERE seq IN (3, 4)")
    assert desk.runs("verify") == (1, "", "writer w, entry 3: it was changed\n")


def test_a_cut_tail_is_found_by_the_anchor_and_can_be_declared(desk: Desk) -> None:
    assert desk.runs("anchor").code == 0
    desk.changes("DELETE FROM ledger_entries WHERE seq > 3")
    desk.changes("DELETE FROM ledger_persons WHERE seq > 3")
    desk.changes("UPDATE ledger_heads SET seq = 3, hash = (SELECT hash FROM ledger_entries WHERE seq = 3)")
    found = desk.runs("verify")
    assert (found.code, found.out) == (1, "")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert re.fullmatch(
        rf"writer w, entry 4 to 5: it is missing, the anchor of {today}T[\d:]{{8}}\+00:00 knows it\n", found.err
    )
    assert desk.runs("gap", "--reason", " ").code == 1
    reason = "restored the backup of 3 May"
    assert desk.runs("gap", "--reason", reason) == (0, "1 gaps are declared.\n", "")
    declared = desk.runs("verify")
    assert declared.code == 0
    assert declared.out.startswith(f"declared gap: writer w, entries 4 to 5: {reason}\n")
    assert desk.runs("gap", "--reason", reason).out == "Nothing is missing, so no gap is declared.\n"


def test_exports(desk: Desk, tmp_path: Path) -> None:
    lines = desk.runs("export").out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4, 5]
    window = desk.runs("export", "--from", "2026-05-03T08:30:03", "--to", "2026-05-03T08:30:05")
    assert [json.loads(line)["seq"] for line in window.out.splitlines()] == [3, 4]
    assert desk.runs("export", "--to", "2026-05-03").out == ""
    file = tmp_path / "ledger.csv"
    assert desk.runs("export", "--format", "csv", "--output", str(file)).code == 0
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode(), newline="")))
    assert [row[1] for row in rows] == ["seq", "1", "2", "3", "4", "5"]
    ended = desk.runs("export", "--output", str(tmp_path))
    assert ended == (1, "", "--output: the file cannot be written: is a directory.\n")


def test_the_mark_of_a_person_is_told_to_who_has_the_secret(desk: Desk) -> None:
    pseudonyms = Pseudonyms(SECRET.encode())
    assert desk.runs("mark", typed=f"{ANA}\n").out == f"{pseudonyms.of_person(ANA)}\n"
    subject = Subjects(SECRET.encode()).of("https://sso.example/staff", "dewi")
    found = desk.runs("mark", "--issuer", "https://sso.example/staff", typed="dewi\n").out
    assert found == f"{pseudonyms.of_subject(subject)}\n"
    several = desk.runs("mark", typed=f"{ANA}\n{BUDI}\n").out
    assert several == f"{pseudonyms.of_person(ANA)}\n{pseudonyms.of_person(BUDI)}\n"
    refused = desk.runs("mark", typed=f"{ANA}1\n")
    assert (refused.code, refused.out, ANA in refused.err) == (1, "", False)


def entry_about(seconds: int, *persons: Nik, viewer: str = "client-7", department: str = "dpupr", **said: Any) -> Note:
    return replace(
        note_of(seconds),
        at=NOW + timedelta(seconds=seconds),
        persons=tuple(map(MARKS.of_person, persons)) if persons else None,
        viewer=viewer,
        department=department,
        **said,
    )


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_whom_a_viewer_or_an_interval_has_touched(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = [
        entry_about(10, ANA, BUDI),
        entry_about(20, ANA, record="licenses", fields=("holderName",)),
        entry_about(30, BUDI, viewer="client-8", department="dpmptsp"),
        entry_about(40, rows=12),
        # What a person asked about themselves is no read.
        entry_about(50, BUDI, kind=EntryKind.STEP),
    ]
    upgrade(database_url)
    desk = Desk(database_url, monkeypatch, capsys)
    asyncio.run(desk.fills(notes))
    ana, budi = map(MARKS.of_person, (ANA, BUDI))

    def rows(*arguments: str) -> tuple[set[tuple[str, ...]], str]:
        ended = desk.runs("affected", *arguments)
        assert ended.code == 0
        (names, *found) = csv.reader(io.StringIO(ended.out))
        assert names == ["person", "reads", "first", "last", "fields"]
        return set(map(tuple, found)), ended.err

    theirs = "complaints.address complaints.description"
    found, said = rows("--viewer", "client-7")
    assert found == {
        (ana, "2", "2026-05-03T08:30:10+00:00", "2026-05-03T08:30:20+00:00", f"{theirs} licenses.holderName"),
        (budi, "1", "2026-05-03T08:30:10+00:00", "2026-05-03T08:30:10+00:00", theirs),
    }
    assert said == ("2 people in 3 reads; of 1 of them (12 rows) the ledger does not know whom they were about.\n")
    window, _ = rows("--from", "2026-05-03T08:30:20", "--to", "2026-05-03T08:31:00")
    assert {(one[0], one[1]) for one in window} == {(ana, "1"), (budi, "1")}
    narrowed, _ = rows("--from", "2026-05-03", "--department", "dpmptsp")
    assert {(one[0], one[1]) for one in narrowed} == {(budi, "1")}
    assert rows("--viewer", "client-9")[0] == set()
    assert desk.runs("affected").code == 1
    monkeypatch.setattr(ledger_affected, "PERSONS_MAX", 1)
    assert desk.runs("affected", "--viewer", "client-7").out == ""
