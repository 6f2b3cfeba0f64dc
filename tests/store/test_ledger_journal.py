"""The journal: entries are safe in a file before it says so, whole, and nobody's when their process is gone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from store.ledger.chain import entry_of, line_of
from store.ledger.journal import Journal, adopted, read_all
from tests.store.ledgers import KEY, head_named, note_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at a process's open files")


def test_a_line_of_a_journal_is_the_entry() -> None:
    for entry in head_named("w").continued([note_of(1), note_of(2)], KEY):
        assert entry_of(line_of(entry)) == entry
    for damaged in (b"", b"{}", b"[1,2]", line_of(entry)[:-20]):
        with pytest.raises(ValueError, match=r"."):
            entry_of(damaged)
    for other in (b"7", b"null", line_of(entry).replace(b'["address","description"]', b"null")):
        with pytest.raises(ValueError, match="this is no entry of the ledger"):
            entry_of(other)


def test_a_journal_ends_at_its_last_whole_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w")
    entries = head_named("w").continued([note_of(1), note_of(2)], KEY)
    journal.append(entries[:1])
    path, whole = journal.path, journal.path.stat().st_size
    with path.open("ab") as file:
        file.write(line_of(entries[1])[:40])
    assert journal.read(0, 10) == (entries[:1], whole)
    assert list(read_all(path, 10)) == [entries[:1]]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_is_bounded_and_stays_whole(tmp_path: Path) -> None:
    (entry,) = head_named("w").continued([note_of(1)], KEY)
    journal = Journal(tmp_path, "w", bytes_max=len(line_of(entry)) + 10)
    journal.append([entry])
    with pytest.raises(OSError, match="the journal holds"):
        journal.append([entry])
    assert journal.read(0, 10)[0] == [entry]
    journal.clear()
    assert (journal.bytes, journal.path.stat().st_size) == (0, 0)
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_takes_what_just_fits(tmp_path: Path) -> None:
    entries = head_named("w").continued([note_of(1), note_of(2)], KEY)
    journal = Journal(tmp_path, "w", bytes_max=sum(len(line_of(entry)) for entry in entries))
    journal.append(entries)
    assert journal.read(0, 10)[0] == entries


def test_it_is_read_in_parts_and_no_further_than_was_promised(tmp_path: Path) -> None:
    entries = head_named("w").continued([note_of(1), note_of(2), note_of(3)], KEY)
    journal = Journal(tmp_path, "w")
    journal.append(entries[:2])
    with journal.path.open("ab") as file:
        file.write(line_of(entries[2]))
    first, place = journal.read(0, 1)
    assert (first, place) == (entries[:1], len(line_of(entries[0])))
    assert journal.read(place, 10) == (entries[1:2], journal.bytes)
    assert list(read_all(journal.path, 2)) == [entries[:2], entries[2:]]


@LINUX
def test_nothing_is_promised_before_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = head_named("w").continued([note_of(1), note_of(2)], KEY)
    journal, fsync = Journal(tmp_path, "w"), os.fsync
    safe: list[str] = []

    def noted(descriptor: int) -> None:
        safe.append(Path(f"/dev/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    journal.append(entries[:1])
    journal.append(entries[1:])
    # The name of a new file, then its bytes each time.
    assert safe == [tmp_path.name, journal.path.name, journal.path.name]

    def failing(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="Input/output error"):
        journal.append(head_named("w").continued([note_of(3)], KEY))
    monkeypatch.undo()
    assert list(read_all(journal.path, 10)) == [entries]


@LINUX
def test_what_waits_when_a_process_ends_is_for_whoever_finds_it(tmp_path: Path) -> None:
    entries = head_named("w").continued([note_of(1)], KEY)
    open_before = len(list(Path("/dev/fd").iterdir()))
    journal = Journal(tmp_path, "w")
    journal.append(entries)
    with adopted(journal.path) as is_dead:
        assert not is_dead, "its process holds it"
    journal.close()
    assert len(list(Path("/dev/fd").iterdir())) == open_before
    with adopted(journal.path) as is_dead:
        assert is_dead
        assert list(read_all(journal.path, 10)) == [entries]
    assert list(tmp_path.iterdir()) == []
    journal.close()


def test_one_that_somebody_has_removed_can_be_closed(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w")
    journal.append(head_named("w").continued([note_of(1)], KEY))
    journal.clear()
    journal.path.unlink()
    journal.close()


def test_a_disk_that_fills_up_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = head_named("w").continued([note_of(1), note_of(2)], KEY)
    journal = Journal(tmp_path, "w")
    journal.append(entries[:1])
    write = os.write
    taken = iter([30])

    def filling(descriptor: int, data: bytes) -> int:
        part = next(taken, None)
        if part is None:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:part])

    monkeypatch.setattr(os, "write", filling)
    with pytest.raises(OSError, match="No space left"):
        journal.append(entries[1:])
    monkeypatch.undo()
    journal.append(entries[1:])
    assert journal.read(0, 10)[0] == entries


def test_a_journal_that_is_gone_is_nobodys(tmp_path: Path) -> None:
    with adopted(tmp_path / "gone.journal") as is_dead:
        assert not is_dead
