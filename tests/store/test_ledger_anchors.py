"""Anchors: signed lines that are on the disk before anybody relies on them, written on behind whatever was lost."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from store.database.engine import HubDatabase
from store.ledger import rows as ledger_rows
from store.ledger.anchors import appending as ledger_anchoring
from store.ledger.anchors.appending import Anchoring
from store.ledger.anchors.copies import Copies
from store.ledger.anchors.lines import BadAnchor, anchors_in, root_of
from store.ledger.chain import Head
from store.ledger.declaring import NotSealable, seal
from store.ledger.evidence import gathered
from store.ledger.rows import anchored, append
from store.ledger.verify import verify
from tests.store.ledgers import ANA, KEY, KEYS, NOW, head_named, ledger_of, note_of, places_in, request_of


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def anchoring_of(database: HubDatabase, folder: Path, clock: Clock, copies: Copies | None = None) -> Anchoring:
    return Anchoring(database, folder, KEYS.anchors, clock, copies)


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for file in sorted(folder.glob("*.ndjson")) for line in file.read_text().splitlines()]


def only_file(folder: Path) -> Path:
    (file,) = folder.glob("*.ndjson")
    return file


async def test_a_line_has_what_moved_and_the_first_of_a_day_has_all(database: HubDatabase, tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "anchors"
    anchoring = anchoring_of(database, folder, clock)
    await anchoring.anchor("start")
    for writer in ("a", "b"):
        await append(database, head_named(writer), head_named(writer).continued([note_of(1)], KEY))
    ends = [Head(writer, 1, head_named(writer).continued([note_of(1)], KEY)[0].hash) for writer in ("a", "b")]
    await anchoring.anchor("minute")
    await anchoring.anchor("minute")  # nothing has moved
    (more,) = ends[0].continued([note_of(2)], KEY)
    await append(database, ends[0], [more])
    await anchoring.anchor("minute")
    clock.now += timedelta(days=1)
    await anchoring.anchor("minute")
    first, second, third, fourth = lines(folder)
    as_line = [[head.writer, head.seq, head.hash] for head in ends]
    assert (first["heads"], second["heads"], third["heads"]) == ([], as_line, [["a", 2, more.hash]])
    assert fourth["heads"] == [["a", 2, more.hash], as_line[1]]
    assert fourth["root"] == root_of([Head("a", 2, more.hash), ends[1]])
    assert [line["root"] is None for line in (first, second, third)] == [False, True, True]
    files = sorted(folder.glob("*.ndjson"))
    assert [file.name for file in files] == ["2026-05-03.ndjson", "2026-05-04.ndjson"]
    assert fourth["before"] == hashlib.sha256(files[0].read_bytes().splitlines(keepends=True)[-1]).hexdigest()
    (remembered,) = (await anchored(database)).values()
    assert (remembered.number, remembered.chain) == (4, first["chain"])


async def test_processes_that_anchor_at_once_write_one_chain(database: HubDatabase, tmp_path: Path) -> None:
    several = [anchoring_of(database, tmp_path, Clock()) for _ in range(3)]
    own = [Head(f"w{number}", 1, f"{number:064x}") for number in range(3)]
    await asyncio.gather(*(one.anchor("stop", head) for one, head in zip(several, own, strict=True)))
    found = anchors_in(tmp_path, KEYS.anchors)
    assert (found.number, found.missing, set(found.known)) == (3, [], {"w0", "w1", "w2"})


async def test_its_bytes_are_on_the_disk_before_anybody_remembers_it(
    database: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, remember = os.fsync, ledger_rows.remember_anchored
    order: list[str] = []

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        order.append("safe")

    async def remembered(*arguments: object) -> None:
        order.append("remembered")
        await remember(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(ledger_anchoring, "remember_anchored", remembered)
    await anchoring_of(database, tmp_path, Clock()).anchor("start")
    assert order == ["safe", "safe", "remembered"]  # the file, and its name


async def test_a_line_without_its_end_is_written_over(database: HubDatabase, tmp_path: Path) -> None:
    anchoring = anchoring_of(database, tmp_path, Clock())
    await anchoring.anchor("start")
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes() + b'{"chain":"hal')
    await anchoring.anchor("stop", Head("w", 1, "f" * 64))
    assert anchors_in(tmp_path, KEYS.anchors).number == 2


async def test_while_the_database_is_away_the_own_head_is_anchored(
    database: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: HubDatabase) -> None:
        raise ConnectionRefusedError

    anchoring = anchoring_of(database, tmp_path, Clock())
    await anchoring.anchor("start")
    monkeypatch.setattr(ledger_anchoring, "heads", away)
    await anchoring.anchor("minute", Head("w", 3, "f" * 64))
    assert anchors_in(tmp_path, KEYS.anchors).known["w"].head == Head("w", 3, "f" * 64)


@pytest.mark.parametrize("restarts", [False, True])
async def test_lines_that_are_cut_off_leave_a_gap_whoever_goes_on(
    database: HubDatabase, tmp_path: Path, restarts: bool
) -> None:
    anchoring = anchoring_of(database, tmp_path, Clock())
    for number in range(3):
        await anchoring.anchor("minute", Head("w", number + 1, f"{number:064x}"))
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
    if restarts:
        anchoring = anchoring_of(database, tmp_path, Clock())
    await anchoring.anchor("minute", Head("w", 9, "f" * 64))
    found = anchors_in(tmp_path, KEYS.anchors)
    assert (found.number, found.missing) == (4, [(2, 3)])


async def test_anchors_that_were_changed_are_told_aloud_and_nothing_is_added(
    database: HubDatabase, tmp_path: Path
) -> None:
    anchoring = anchoring_of(database, tmp_path, Clock())
    await anchoring.anchor("start")
    file = only_file(tmp_path)
    changed = file.read_bytes().replace(b'"why":"start"', b'"why":"Start"')
    file.write_bytes(changed)
    with capture_logs() as told:
        await anchoring.try_to_anchor("minute", Head("w", 1, "f" * 64))
    assert told == [{"log_level": "error", "event": "ledger not anchored", "error": "BadAnchor"}]
    assert file.read_bytes() == changed
    with pytest.raises(BadAnchor, match=r"^2026-05-03\.ndjson, line 1: it was changed, or signed with another"):
        anchors_in(tmp_path, KEYS.anchors)


async def test_the_process_that_runs_anchors_every_minute(
    database: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_of(database, tmp_path)
    clock = Clock()
    monkeypatch.setattr(ledger, "_clock", clock)
    monkeypatch.setattr("store.ledger.recording.REPLAY_EVERY_S", 0.01)
    why: list[str] = []

    async def noted(reason: str, own: Head | None = None) -> None:
        why.append(reason)

    monkeypatch.setattr(ledger._anchoring, "try_to_anchor", noted)
    async with ledger.run():
        for _ in range(2):
            clock.now += timedelta(seconds=61)
            before = len(why)
            async with asyncio.timeout(10):
                while len(why) == before:  # noqa: ASYNC110  # no event tells
                    await asyncio.sleep(0.01)
    assert why == ["start", "minute", "minute", "stop"]


# --- Ledgers of earlier versions --------------------------------------------------------------------------------------


def old_anchor(folder: Path, day: str, heads: list[Head], before: bytes | None) -> bytes:
    """A file as it was written once a day before anchors were signed."""
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "day": day,
        "at": f"{day}T00:10:00+00:00",
        "root": root_of(heads),
        "before": hashlib.sha256(before).hexdigest() if before is not None else None,
        "heads": [[head.writer, head.seq, head.hash] for head in heads],
    }
    data = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    (folder / f"{day}.json").write_bytes(data)
    return data


async def test_what_was_written_before_hashes_were_keyed_is_sealed_once(database: HubDatabase, tmp_path: Path) -> None:
    places = places_in(tmp_path)
    old = head_named("old").continued([note_of(1), note_of(2)], None)
    await append(database, head_named("old"), old)
    first = await asyncio.to_thread(old_anchor, places.anchors, "2026-05-01", [Head("old", 1, old[0].hash)], None)
    await asyncio.to_thread(old_anchor, places.anchors, "2026-05-02", [Head("old", 2, old[1].hash)], first)

    async def said() -> list[str]:
        found = await gathered(database, [places.anchors], places.all_journals, KEYS, None)
        return [str(problem) for problem in (await verify(database, found, KEY)).problems]

    ledger = ledger_of(database, tmp_path)
    async with ledger.run():
        await ledger.record(request_of(ANA), "ok")
    unsealed, missing = sorted(await said(), reverse=True)
    assert unsealed.startswith("writer old, entry 1: its hash is one that needs no secret, and no seal covers it")
    assert missing.endswith("entry 0: it is missing: what was anchored before line 1, when there were entries already")
    evidence = await gathered(database, [places.anchors], places.all_journals, KEYS, None)
    anchoring = anchoring_of(database, places.anchors, Clock())
    assert await seal(database, evidence, anchoring) == [Head("old", 2, old[1].hash)]
    assert await said() == []
    evidence = await gathered(database, [places.anchors], places.all_journals, KEYS, None)
    assert await seal(database, evidence, anchoring) == []
    # What comes behind the seal is keyed, or was forged.
    await append(database, Head("old", 2, old[1].hash), Head("old", 2, old[1].hash).continued([note_of(3)], None))
    (forged,) = await said()
    assert forged.startswith("writer old, entry 3: its hash is one that needs no secret, and no seal covers it")
    (places.anchors / "2026-05-02.json").unlink()
    with pytest.raises(BadAnchor, match="it does not follow the line before it"):
        await said()


async def test_a_chain_that_is_not_whole_is_not_sealed(database: HubDatabase, tmp_path: Path) -> None:
    old = head_named("old").continued([note_of(1), note_of(2)], None)
    await append(database, head_named("old"), old[:1])
    await append(database, Head("old", 1, old[0].hash), Head("old", 1, "e" * 64).continued([note_of(2)], None))
    evidence = await gathered(database, [tmp_path], [], KEYS, None)
    with pytest.raises(NotSealable, match="writer old, entry 2: it is missing, or was changed"):
        await seal(database, evidence, anchoring_of(database, tmp_path, Clock()))


# --- The second place -------------------------------------------------------------------------------------------------


async def test_copies_make_up_for_what_failed_and_are_never_replaced(
    database: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, folder, place = Clock(), tmp_path / "anchors", tmp_path / "second"
    copies = Copies(f"file://{place.as_posix()}")
    anchoring = anchoring_of(database, folder, clock, copies)
    await anchoring.anchor("start")
    put = copies._put

    async def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "_put", full)
    with capture_logs() as told:
        await anchoring.anchor("minute", Head("w", 1, "1" * 64))
        clock.now += timedelta(days=1)
        await anchoring.anchor("minute", Head("w", 2, "2" * 64))
    assert [line["event"] for line in told] == ["anchors not copied to their second place"] * 2
    monkeypatch.setattr(copies, "_put", put)
    await anchoring.anchor("minute", Head("w", 3, "3" * 64))
    chain = anchors_in(folder, KEYS.anchors).chain
    names = sorted(path.relative_to(place / chain).as_posix() for path in place.rglob("*.json"))
    assert names == [
        "2026-05-03/0000000001.json",
        "2026-05-03/0000000002.json",
        "2026-05-04/0000000003.json",
        "2026-05-04/0000000004.json",
    ]
    whole = (place / chain / names[3]).read_bytes()
    # Another process, which knows nothing of what is there, puts nothing in its place.
    again = anchoring_of(database, folder, clock, Copies(f"file://{place.as_posix()}"))
    await again.anchor("minute", Head("w", 4, "4" * 64))
    assert (place / chain / names[3]).read_bytes() == whole
    assert (place / chain / "2026-05-04/0000000005.json").exists()
