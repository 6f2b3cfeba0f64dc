"""Replica: swapped in whole, kept through every kind of failure and over restarts, bounded, and tidied up."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.criteria import CountCriteria, Criteria, Order
from connectors.decoders import number_key, text
from connectors.mapping import Mapping, column
from connectors.protocol import Call, Rows, SourceBroken, SourceTimeout, SourceUnreachable
from connectors.replica import replica as replica_module
from connectors.replica.file import COPIES_MAX, ReplicaTable, tables_of
from connectors.replica.replica import KEPT_REFRESHES, Bounds, Load, LoadRefused, Replica
from models.predicates import EVERYTHING, is_in
from models.records import Record
from models.records import field as record_field
from models.sources.findings import Finding, FindingKind

CALL = Call("Replica", 5_000)
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
EVERY = timedelta(minutes=10)
ROWS = 200

Table = Sequence[Sequence[object]]


class Letter(Record, name="letters"):
    """Something that people wrote."""

    id: str = record_field("The key")
    title: str | None = record_field("The title", filter=True)
    body: str | None = record_field("What they wrote")


SURAT = sa.table("surat", sa.column("id", sa.Integer), sa.column("judul", sa.String(20)), sa.column("isi", sa.Text))
PENULIS = sa.table("penulis", sa.column("id", sa.Integer), sa.column("nama", sa.String(20)))
LETTERS = Mapping(
    record=Letter,
    source="letters",
    selectable=SURAT,
    columns={
        "id": column("id", decoder=number_key()),
        "title": column("judul", decoder=text()),
        "body": column("isi", decoder=text()),
    },
)
SHORT_LETTERS = Mapping(
    record=Letter,
    source="letters",
    selectable=sa.table("surat", sa.column("id", sa.Integer), sa.column("judul", sa.String(20))),
    columns={"id": column("id", decoder=number_key()), "title": column("judul", decoder=text())},
)
SIGNED = Mapping(
    record=Letter,
    source="letters",
    selectable=sa.select(SURAT, PENULIS.c.nama).join_from(SURAT, PENULIS, SURAT.c.id == PENULIS.c.id).subquery("t"),
    columns={"id": column("id", decoder=number_key()), "title": column("nama", decoder=text())},
)


def letters(generation: str, rows: int = ROWS) -> list[tuple[object, ...]]:
    return [(number, generation, f"isi {number}") for number in range(rows)]


@dataclass(slots=True)
class Post:
    """A source that gives what the test puts there, as one version, or raises it."""

    gives: Load | Exception | None = None
    waits_s: float = 0.0
    asked: list[str | None] = field(default_factory=list)
    closed: bool = False

    def has(self, version: str, rows: Table, *flaws: Finding, **others: Table) -> None:
        self.gives = Load(version, {"surat": rows, **others}, flaws)

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        self.asked.append(known)
        await asyncio.sleep(self.waits_s)
        if isinstance(self.gives, Exception):
            raise self.gives
        return None if self.gives is None or self.gives.version == known else self.gives

    async def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class Office:
    """Replicas over one folder, as processes of the hub have them, with a clock that the test sets."""

    folder: Path
    post: Post = field(default_factory=Post)
    now: datetime = NOON
    findings: list[Finding] = field(default_factory=list)
    opened: list[Replica] = field(default_factory=list)

    def replica(self, *mappings: Mapping, bounds: Bounds | None = None, post: Post | None = None) -> Replica:
        made = Replica(
            "letters",
            mappings or (LETTERS,),
            post or self.post,
            bounds or Bounds(refresh_every=EVERY),
            self.folder,
            self.findings.append,
            clock=lambda: self.now,
        )
        self.opened.append(made)
        return made

    def later(self, by: timedelta = EVERY) -> None:
        self.now += by

    def files(self, ending: str = "db") -> list[str]:
        return sorted(file.name for file in self.folder.glob(f"letters.*.{ending}"))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "replicas")
    yield made
    for replica in made.opened:
        await replica.close()


async def read(replica: Replica, mapping: Mapping = LETTERS) -> Rows:
    criteria = Criteria("letters", tuple(mapping.columns), EVERYTHING, (Order("id"),), 10_000)
    return await replica.read(mapping, criteria, CALL)


async def titles(replica: Replica, mapping: Mapping = LETTERS) -> set[object]:
    rows = await read(replica, mapping)
    (legacy,) = mapping.columns["title"].legacy
    return set(rows.columns[legacy])


# --- Swapping ---------------------------------------------------------------------------------------------------------


async def test_before_the_first_load_the_source_is_away(office: Office) -> None:
    replica = office.replica()
    for question in (read(replica), replica.probe(), replica.columns_of(LETTERS), replica.indexes_of(LETTERS)):
        with pytest.raises(SourceUnreachable):
            await question


async def test_readers_see_one_version_whole_whenever_they_ask(office: Office) -> None:
    replica = office.replica()
    office.post.has("0", letters("0"))
    assert await replica.refresh()
    seen: set[object] = set()
    done = asyncio.Event()

    async def keep_reading() -> int:
        reads = 0
        while not done.is_set():
            rows = await read(replica)
            assert rows.length == ROWS
            (title,) = set(rows.columns["judul"])
            assert rows.copied_at == NOON + int(str(title)) * EVERY
            assert await replica.count(LETTERS, CountCriteria("letters"), CALL) == [ROWS]
            seen.add(title)
            reads += 1
        return reads

    readers = [asyncio.create_task(keep_reading()) for _ in range(6)]
    for generation in range(1, 31):
        office.later()
        office.post.has(str(generation), letters(str(generation)))
        assert await replica.refresh()
        await asyncio.sleep(0)
    done.set()
    assert min(await asyncio.gather(*readers)) > 1
    assert len(seen) > 3
    assert await titles(replica) == {"30"}


async def test_a_reader_that_is_cancelled_does_not_keep_an_old_copy_open(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    reading = asyncio.create_task(read(replica))
    await asyncio.sleep(0)
    old = replica._in_use
    assert old is not None
    assert old.readers == 1
    office.later()
    office.post.has("2", letters("2"))
    assert await replica.refresh()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert (old.readers, old.replaced) == (0, True)


async def test_what_is_read_when_the_hub_closes_is_read_to_its_end(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    reading = asyncio.create_task(read(replica))
    await asyncio.sleep(0)
    await replica.close()
    assert (await reading).length == ROWS
    assert office.post.closed


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files on this system")
async def test_fifty_refreshes_leave_no_file_open(office: Office) -> None:
    replica = office.replica()

    async def refreshed(generation: int) -> None:
        office.later()
        office.post.has(str(generation), letters(str(generation), 5))
        reading = [asyncio.create_task(read(replica)) for _ in range(3 if generation else 0)]
        await asyncio.sleep(0)
        assert await replica.refresh()
        await asyncio.gather(*reading)

    for generation in range(3):
        await refreshed(generation)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # the number is what counts
    for generation in range(3, 53):
        await refreshed(generation)
    await read(replica)
    assert len(os.listdir("/proc/self/fd")) <= before + 2  # noqa: PTH208  # as above
    links = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _exists(number)]  # noqa: PTH115, PTH208
    assert [link for link in links if "(deleted)" in link and "letters" in link] == []


def _exists(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")


# --- Keeping what is good ---------------------------------------------------------------------------------------------

FAILURES: list[tuple[Exception | Load, FindingKind]] = [
    *((LoadRefused(kind, "for a reason"), kind) for kind in (FindingKind.UNREADABLE, FindingKind.TOO_LARGE)),
    (SourceUnreachable("away"), FindingKind.UNREACHABLE),
    (SourceTimeout("slow"), FindingKind.UNREACHABLE),
    (SourceBroken("refused"), FindingKind.UNREADABLE),
    (TimeoutError(), FindingKind.UNREACHABLE),
    (ConnectionResetError(), FindingKind.UNREACHABLE),
    (KeyError("a defect of a loader"), FindingKind.UNREADABLE),
    (Load("2", {"surat": []}), FindingKind.EMPTY),
    (Load("2", {}), FindingKind.EMPTY),
    (Load("2", {"surat": letters("2", 1_001)}), FindingKind.TOO_LARGE),
    (Load("2", {"surat": [(1, "2", "x" * 3_000_000)]}), FindingKind.TOO_LARGE),
    (Load("2", {"surat": [(None, "2", "x")] * 6 + [(1, "2", "x")] * 4}), FindingKind.MISSING_KEY),
    (Load("2", {"surat": [(1, "half \ud800", "x")]}), FindingKind.UNREADABLE),
    (Load("2", {"surat": [(2**70, "large", "x")]}), FindingKind.UNREADABLE),
    (Load("2", {"surat": [(1, "too short")]}), FindingKind.UNREADABLE),
    (Load("2", {"surat": [(1, object(), "x")]}), FindingKind.UNREADABLE),
]


@pytest.mark.parametrize(("failure", "kind"), FAILURES)
async def test_what_is_there_stays_through_a_failure_and_a_restart(
    office: Office, failure: Exception | Load, kind: FindingKind
) -> None:
    bounds = Bounds(rows_max=1_000, bytes_max=2_000_000, refresh_every=EVERY)
    replica = office.replica(bounds=bounds)
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    office.later()
    office.post.gives = failure
    assert not await replica.refresh()
    assert await titles(replica) == {"1"}
    assert office.findings == [Finding("letters", "letters", "", kind)]
    assert replica.state.copied_at == NOON
    assert replica.state.checked_at == NOON + EVERY
    assert replica.state.reason
    assert office.files("new") == []

    restarted = office.replica(bounds=bounds)
    assert not await restarted.refresh()
    assert await titles(restarted) == {"1"}
    assert (await read(restarted)).copied_at == NOON
    office.later()
    office.post.has("3", letters("3"))
    assert await restarted.refresh()
    assert await titles(restarted) == {"3"}
    assert restarted.state.reason == ""


async def test_a_load_that_takes_too_long_is_given_up(office: Office) -> None:
    replica = office.replica(bounds=Bounds(refresh_every=EVERY, load_s_max=0.05))
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    office.post.has("2", letters("2"))
    office.post.waits_s = 30
    assert not await replica.refresh()
    assert await titles(replica) == {"1"}
    assert office.findings == [Finding("letters", "letters", "", FindingKind.UNREACHABLE)]
    assert replica.state.reason == "TimeoutError"


async def test_one_emptied_table_of_two_is_refused_as_well(office: Office) -> None:
    replica = office.replica(LETTERS, SIGNED)
    office.post.has("1", letters("1", 3), penulis=[(1, "Budi")])
    assert await replica.refresh()
    office.post.has("2", letters("2", 3), penulis=[])
    assert not await replica.refresh()
    assert "penulis" in replica.state.reason
    assert await titles(replica, SIGNED) == {"Budi"}
    assert await titles(replica) == {"1"}


async def test_no_rows_are_as_good_as_any_where_there_were_none(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", [])
    assert await replica.refresh()
    assert (await read(replica)).length == 0
    office.later()
    office.post.has("2", letters("2", 3))
    assert await replica.refresh()
    assert await titles(replica) == {"2"}


async def test_half_of_the_keys_may_be_missing(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", [(None, "1", "x")] * 5 + [(number, "1", "x") for number in range(5)])
    assert await replica.refresh()
    # What has no key is on no page.
    assert (await read(replica)).length == 5


async def test_flaws_of_a_good_load_are_noted(office: Office) -> None:
    flaw = Finding("letters", "letters", "", FindingKind.UNREADABLE, 2)
    replica = office.replica()
    office.post.has("1", letters("1"), flaw)
    assert await replica.refresh()
    assert await replica.refresh()
    assert office.findings == [flaw]


# --- Loading only what is new -----------------------------------------------------------------------------------------


async def test_the_same_version_is_not_copied_again(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    files = office.files()
    office.later()
    assert await replica.refresh()
    assert office.post.asked == [None, "1"]
    assert office.files() == files
    assert replica.state.copied_at == NOON
    assert replica.state.checked_at == NOON + EVERY
    restarted = office.replica()
    assert await restarted.refresh()
    assert office.post.asked == [None, "1", "1"]
    assert office.files() == files


async def test_rows_say_when_the_source_last_had_them(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    assert (await read(replica)).copied_at == NOON
    office.later(timedelta(days=30))
    assert await replica.refresh()
    assert (await read(replica)).copied_at == NOON + timedelta(days=30)
    assert replica.state.copied_at == NOON
    office.later(timedelta(days=1))
    office.post.gives = SourceUnreachable("away")
    assert not await replica.refresh()
    assert (await read(replica)).copied_at == NOON + timedelta(days=30)
    office.now = NOON
    office.later()
    office.post.has("2", letters("2"))
    assert await replica.refresh()
    assert (await read(replica)).copied_at == NOON + EVERY


async def test_a_copy_of_another_process_is_taken_over(office: Office) -> None:
    ours, theirs = office.replica(), office.replica()
    office.post.has("1", letters("1"))
    assert await ours.refresh()
    assert await theirs.refresh()
    office.later()
    office.post.has("2", letters("2"))
    assert await theirs.refresh()
    assert await titles(ours) == {"1"}
    office.post.asked.clear()
    assert await ours.refresh()
    assert office.post.asked == []
    assert await titles(ours) == {"2"}
    assert len(office.files()) == 2


async def test_another_process_can_read_its_copy_until_it_looks(office: Office) -> None:
    ours, theirs = office.replica(), office.replica()
    office.post.has("1", letters("1"))
    assert await ours.refresh()
    assert await theirs.refresh()
    for generation in ("2", "3"):
        office.later()
        office.post.has(generation, letters(generation))
        assert await theirs.refresh()
    # It has no connection open yet.
    assert await titles(ours) == {"1"}


async def test_a_changed_mapping_loads_anew_and_does_not_read_the_old_shape(office: Office) -> None:
    before = office.replica()
    office.post.has("1", letters("1"))
    assert await before.refresh()
    office.later()
    after = office.replica(SHORT_LETTERS)
    office.post.gives = SourceUnreachable("away")
    assert not await after.refresh()
    with pytest.raises(SourceUnreachable):
        await read(after, SHORT_LETTERS)
    office.post.has("1", [(1, "short")])
    assert await after.refresh()
    assert office.post.asked[-1] is None
    assert await titles(after, SHORT_LETTERS) == {"short"}


async def test_files_that_are_no_copies_are_passed_over(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    (office.folder / "letters.29990101T000000000000.db").write_bytes(b"no database")
    (office.folder / "letters.29990102T000000000000.db").write_bytes(b"")
    with closing(sqlite3.connect(office.folder / "letters.29990103T000000000000.db")) as other:
        other.execute("CREATE TABLE surat (id INTEGER)")
    restarted = office.replica()
    assert await restarted.refresh()
    assert await titles(restarted) == {"1"}


async def test_a_copy_is_as_old_as_its_question(office: Office) -> None:
    """The source may have read its rows before it was slow to send them, and so also where nothing was new."""

    class Slow(Post):
        async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
            office.later(A_MINUTE)
            return await Post.load(self, tables, known)

    post = Slow()
    replica = office.replica(post=post)
    post.has("1", letters("1"))
    for asked_at in (NOON, NOON + A_MINUTE):
        assert await replica.refresh()
        assert (await read(replica)).copied_at == asked_at
    assert post.asked == [None, "1"]


async def test_a_clock_that_was_put_back_does_not_bring_old_rows_back(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    office.later(-timedelta(days=1))
    office.post.has("2", letters("2"))
    assert await replica.refresh()
    assert await replica.refresh()
    assert await titles(replica) == {"2"}
    assert office.post.asked == [None, "1", "2"]
    restarted = office.replica()
    assert await restarted.refresh()
    assert await titles(restarted) == {"2"}


# --- Tidying up -------------------------------------------------------------------------------------------------------


async def test_replaced_copies_go_when_nobody_can_be_reading_them(office: Office) -> None:
    replica = office.replica()
    counts = []
    for generation in range(KEPT_REFRESHES + 4):
        office.post.has(str(generation), letters(str(generation), 3))
        assert await replica.refresh()
        counts.append(len(office.files()))
        office.later()
    assert counts == [1, 2, 3, 4, 5, 5, 5]


async def test_copies_that_follow_one_another_quickly_are_few(office: Office) -> None:
    replica = office.replica()
    for generation in range(COPIES_MAX + 10):
        office.later(timedelta(seconds=1))
        office.post.has(str(generation), letters(str(generation), 3))
        assert await replica.refresh()
    assert len(office.files()) == COPIES_MAX
    assert await titles(replica) == {str(COPIES_MAX + 9)}


async def test_only_its_own_old_leavings_are_removed(office: Office) -> None:
    office.folder.mkdir()
    left, young = office.folder / "letters.1.1.new", office.folder / "letters.2.2.new"
    other, mine = office.folder / "prices.20200101T000000000000.db", office.folder / "letters.txt"
    for file in (left, young, other, mine):
        file.write_bytes(b"x")
    for file, hours in ((left, 2), (young, 0)):
        os.utime(file, ((NOON - timedelta(hours=hours)).timestamp(),) * 2)
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert await replica.refresh()
    assert [file.exists() for file in (left, young, other, mine)] == [False, True, True, True]


# --- Running ----------------------------------------------------------------------------------------------------------


async def until(happened: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if happened():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it never happened")


async def test_it_tries_again_until_it_goes_well_and_ends_when_cancelled(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_module, "RETRY_S_MIN", 0.001)
    replica = office.replica(bounds=Bounds(refresh_every=timedelta(seconds=0.01)))
    office.post.gives = SourceUnreachable("away")
    running = asyncio.create_task(replica.run())
    await replica.tried.wait()
    assert replica.state.copied_at is None
    office.post.has("1", letters("1"))
    await until(lambda: replica.state.copied_at is not None)
    asked = len(office.post.asked)
    await until(lambda: len(office.post.asked) >= asked + 2)
    assert await titles(replica) == {"1"}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_the_graph_asks_by_has_an_index(office: Office) -> None:
    replica = office.replica()
    office.post.has("1", [(number, f"judul {number}", "x") for number in range(ROWS)])
    assert await replica.refresh()
    (table,) = tables_of((LETTERS,))
    assert table.indexed == ("id", "judul")
    with closing(sqlite3.connect(office.folder / office.files()[0])) as copy:
        plan = copy.execute("EXPLAIN QUERY PLAN SELECT isi FROM surat WHERE judul = 'judul 7'").fetchall()
    assert "USING INDEX surat_judul" in str(plan)
    criteria = Criteria("letters", ("id",), is_in("title", "judul 7"), (Order("id"),), 3)
    assert (await replica.read(LETTERS, criteria, CALL)).columns["id"] == (7,)


async def test_a_folder_that_is_a_file_is_said(office: Office) -> None:
    office.folder.write_bytes(b"a file in the place of the folder")
    replica = office.replica()
    office.post.has("1", letters("1"))
    assert not await replica.refresh()
    assert office.findings == [Finding("letters", "letters", "", FindingKind.UNREACHABLE)]


async def test_two_processes_do_not_load_one_source_at_once(office: Office) -> None:
    ours, theirs = office.replica(), office.replica()
    office.post.has("1", letters("1"))
    assert list(await asyncio.gather(ours.refresh(), theirs.refresh())) == [True, True]
    assert office.post.asked == [None]
    assert (await titles(ours), await titles(theirs)) == ({"1"}, {"1"})
    office.later()
    office.post.asked.clear()
    assert list(await asyncio.gather(ours.refresh(), theirs.refresh())) == [True, True]
    assert office.post.asked == ["1"]
    assert (await read(ours)).copied_at == (await read(theirs)).copied_at == office.now
