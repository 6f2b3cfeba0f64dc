"""What leaves the ledger: exports for auditors, which anybody can verify, and the trail of one person."""

from __future__ import annotations

import asyncio
import csv
import hmac
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import LedgerUnavailable
from models.policy.viewer import ANONYMOUS
from models.request import Deadline, Request
from models.values.localized import Language
from store.database import patience
from store.database.engine import HubDatabase
from store.ledger.chain import ChainCut, head_of
from store.ledger.export import FIELDS, ExportFormat, exported
from store.ledger.rows import (
    append,
    entries_between,
    entries_of,
    head_seq,
    heads,
    indexed_seq,
    trail_count,
    trail_page,
    writers,
)
from store.ledger.trails import Trail
from tests.store.ledgers import ANA, BUDI, KEY, MARKS, NOW, SECRET, head_named, ledger_of, note_of, request_of


async def lines(database: HubDatabase, form: ExportFormat, **window: int) -> list[str]:
    start, end = (NOW + timedelta(seconds=window[name]) if name in window else None for name in ("start", "end"))
    return [line async for line in exported(database, form, start, end)]


async def test_who_has_the_secret_can_verify_an_export_with_any_json_library(database: HubDatabase) -> None:
    await append(database, head_named("w"), head_named("w").continued(map(note_of, range(1, 5)), KEY))
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"simpul ledger chain 1").derive(SECRET)
    before = "0" * 64
    for line in await lines(database, ExportFormat.NDJSON):
        said = json.loads(line)
        assert tuple(said) == FIELDS
        values = [said[name] for name in FIELDS[:-2]]
        canonical = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
        assert said["previous"] == before
        before = hmac.digest(key, (before + canonical).encode(), "sha256").hex()
        assert said["hash"] == before


async def test_an_export_begins_with_one_moment_and_ends_before_another(database: HubDatabase) -> None:
    await append(database, head_named("w"), head_named("w").continued(map(note_of, range(1, 7)), KEY))
    found = [json.loads(line)["seq"] for line in await lines(database, ExportFormat.NDJSON, start=2, end=5)]
    assert found == [2, 3, 4]
    assert len(await lines(database, ExportFormat.NDJSON)) == 6


async def test_pages_of_an_export_neither_skip_nor_repeat(
    database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Moments that are equal are told apart by writer and place.
    monkeypatch.setattr("store.ledger.rows.PAGE_ROWS", 3)
    for writer in ("b", "a"):
        same_time = [replace(note_of(number), at=NOW) for number in range(1, 6)]
        await append(database, head_named(writer), head_named(writer).continued(same_time, KEY))
    found = [json.loads(line) for line in await lines(database, ExportFormat.NDJSON)]
    expected = [(writer, seq) for writer in ("a", "b") for seq in range(1, 6)]
    assert [(said["writer"], said["seq"]) for said in found] == expected


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
async def test_a_spreadsheet_computes_nothing_of_an_export(database: HubDatabase, start: str) -> None:
    formula = f'{start}HYPERLINK("http://evil"),2'
    note = replace(note_of(1), request_id=formula, operation=formula, detail=formula)
    await append(database, head_named("w"), head_named("w").continued([note], KEY))
    text = "".join(await lines(database, ExportFormat.CSV))
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == FIELDS
    cells = dict(zip(head, row, strict=True))
    assert [cells[name] for name in ("requestId", "operation", "detail")] == [f"'{formula}"] * 3
    assert (cells["fields"], cells["rows"], cells["department"]) == ("address description", "1", "")


def request() -> Request:
    return Request("r", ANONYMOUS, Deadline.in_ms(5_000), Language.EN)


async def test_a_trail_is_one_persons_newest_first_and_in_pages(database: HubDatabase, tmp_path: Path) -> None:
    await append(database, head_named("a"), head_named("a").continued(map(note_of, range(1, 10)), KEY))
    later = ledger_of(database, tmp_path)
    await later.record(request_of(BUDI), "ok")
    trail = Trail(database, MARKS)
    assert await trail.count(request(), ANA) == 5
    seen: list[int] = []
    place = None
    while page := await trail.page(request(), ANA, 2, place):
        seen += [entry.seq for entry in page]
        place = (page[-1].note.at, page[-1].writer, page[-1].seq)
    assert seen == [9, 7, 5, 3, 1]
    assert [entry.note.record for entry in await trail.page(request(), BUDI, 10, None)] == ["complaints"]


async def test_a_trail_that_cannot_be_read_says_so(database: HubDatabase) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("DROP TABLE ledger_persons")
    trail = Trail(database, MARKS)
    with pytest.raises(LedgerUnavailable, match="cannot be opened at the moment"):
        await trail.page(request(), ANA, 2, None)
    with pytest.raises(LedgerUnavailable, match="cannot be opened at the moment"):
        await trail.count(request(), ANA)


async def test_a_trail_is_waited_for_no_longer_than_the_request_has(database: HubDatabase) -> None:
    late = replace(request(), deadline=Deadline.in_ms(0))
    with pytest.raises(LedgerUnavailable, match="cannot be opened at the moment"):
        await Trail(database, MARKS).count(late, ANA)
    # What nobody waits for any more ends by itself, and gives its connection back.
    assert await asyncio.gather(*patience._left) == [None]
    assert patience._left == set()


# --- Rows -------------------------------------------------------------------------------------------------------------


async def test_what_is_read_is_what_was_written_page_by_page(
    database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [
        note_of(1),
        replace(note_of(2), persons=(), fields=()),
        replace(note_of(3), persons=None, viewer="clerk", department="dinkes", purpose="OUTREACH", operation="Inbox"),
        replace(note_of(4), persons=("one", "two"), detail="said"),
    ]
    entries = head_named("w").continued(notes, KEY)
    await append(database, head_named("w"), entries)
    await append(database, head_named("x"), head_named("x").continued(notes, KEY))
    for page_rows in (1_000, 4, 2, 1):
        monkeypatch.setattr("store.ledger.rows.PAGE_ROWS", page_rows)
        assert [entry async for entry in entries_of(database, "w")] == entries


async def test_entries_are_found_by_viewer_and_by_department(database: HubDatabase) -> None:
    notes = [
        replace(note_of(number), viewer=viewer, department=department)
        for number, (viewer, department) in enumerate([("ani", "dinkes"), ("ani", "dpupr"), ("budi", "dpupr")], 1)
    ]
    await append(database, head_named("w"), head_named("w").continued(notes, KEY))

    async def found(viewer: str | None = None, department: str | None = None) -> list[int]:
        between = entries_between(database, None, None, viewer=viewer, department=department)
        return [entry.seq async for entry in between]

    assert (await found(viewer="ani"), await found(department="dpupr")) == ([1, 2], [2, 3])
    assert (await found(viewer="ani", department="dpupr"), await found(viewer="nobody")) == ([2], [])


async def test_a_chain_goes_on_only_where_it_ends(database: HubDatabase) -> None:
    entries = head_named("w").continued(map(note_of, range(1, 4)), KEY)
    first, second = head_of(entries[0]), head_of(entries[1])
    await append(database, head_named("w"), entries[:2])
    wrong = [first, replace(second, hash="f" * 64), replace(second, seq=7)]
    for head in wrong:
        with pytest.raises(ChainCut, match=r"^w$"):
            await append(database, head, entries[2:])
    assert [entry async for entry in entries_of(database, "w")] == entries[:2]
    assert await heads(database) == [second]
    await append(database, second, entries[2:])
    assert await heads(database) == [head_of(entries[2])]


async def test_of_a_writer_that_never_wrote_nothing_is_known(
    database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await head_seq(database, "w"), await indexed_seq(database, "w")) == (0, 0)
    for writer in ("w", "x", "y"):
        await append(database, head_named(writer), head_named(writer).continued([note_of(1), note_of(2)], KEY))
    assert (await head_seq(database, "w"), await indexed_seq(database, "w")) == (2, 0)
    assert await writers(database) == {"w", "x", "y"}
    monkeypatch.setattr("store.ledger.rows.WRITERS_MAX", 2)
    assert await writers(database) == {"w", "x"}


async def test_a_mark_is_no_pattern(database: HubDatabase) -> None:
    notes = [replace(note_of(1), persons=("a-mark",)), replace(note_of(2), persons=("a_mark",))]
    await append(database, head_named("w"), head_named("w").continued(notes, KEY))
    assert await trail_count(database, "a_mark") == 1
    assert [entry.seq for entry in await trail_page(database, "a_mark", 5, None)] == [2]
