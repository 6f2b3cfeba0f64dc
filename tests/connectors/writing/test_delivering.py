"""Deliveries on real servers: what was told stands there once, as it was told, whatever is cut in between."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest

from connectors.protocol import SourceFailure, SourceTimeout
from connectors.sql.sessions import writing as sessions
from connectors.writing.protocol import LeaseLost, NotWritten, Rung, Written
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason
from models.complaints import ComplaintStatusDetail
from tests.connectors.writing.desks import (
    AT,
    LOAD,
    MARKER,
    NOTE,
    SERVERS,
    TICKET,
    TRANSACTIONAL,
    Cut,
    Desk,
    Lease,
    answered,
    reported,
    step,
    writing_at,
)
from tests.slow import REASON

pytestmark = pytest.mark.anyio

RUNGS = {"sqlite": Rung.LOCK_AND_LOOK, "postgresql": Rung.TRANSACTION_STATUS, "mariadb": Rung.LOCK_AND_LOOK}
IN_DOUBT = NotWritten(RefusalReason.IN_DOUBT)


async def test_a_report_stands_there_as_todays_app_writes_it(desk: Desk) -> None:
    async with writing_at(desk) as writer:
        assert await Lease("one", reported()).delivered(writer) == Written("3")
        assert writer.rung is RUNGS.get(desk.engine, Rung.AT_MOST_ONCE)
    columns = "no_tiket, tgl_pengaduan, nik, nm_pelapor, kd_kategori, lokasi, kd_desa, lat, lng"
    columns += ", stts, kd_opd, sumber, publikasi, hapus"
    assert await desk.run(f"SELECT {columns} FROM tbl_pengaduan WHERE id_pengaduan = 3") == [
        (
            TICKET,
            "20-11-2026 08:02",
            "3671014101459000",
            None,
            "K03",
            "Jl. Merdeka No. 1",
            "36.71.05.1003",
            "-6.191234",
            "106.661234",
            "0",
            "DPUPR",
            "Web",
            "Anonim",
            "T",
        )
    ]


async def test_an_answer_changes_the_complaint_and_adds_a_step(desk: Desk) -> None:
    async with writing_at(desk) as writer:
        assert await Lease("one", answered()).delivered(writer) == Written("1")
    assert await desk.run("SELECT stts FROM tbl_pengaduan WHERE id_pengaduan = 1") == [("Proses",)]
    rows = await desk.run("SELECT id_pengaduan, tgl_tanggapan, stts, tanggapan FROM tbl_tanggapan")
    assert rows == [(1, "20-11-2026 08:02", "Proses", NOTE)]


async def test_what_has_changed_is_refused_and_nothing_is_written(desk: Desk) -> None:
    async with writing_at(desk) as writer:
        changed = await Lease("one", answered(expected=ComplaintStatusDetail.DONE)).delivered(writer)
        deleted = await Lease("two", answered("2")).delivered(writer)
        absent = await Lease("three", answered("99")).delivered(writer)
    assert changed == NotWritten(RefusalReason.CHANGED)
    assert deleted == absent == NotWritten(RefusalReason.GONE)
    assert await desk.count("tbl_tanggapan") == 0
    assert await desk.run("SELECT stts FROM tbl_pengaduan ORDER BY id_pengaduan") == [("Menunggu",), ("Menunggu",)]


async def test_what_is_added_to_a_complaint_that_is_gone_is_refused(desk: Desk) -> None:
    async with writing_at(desk) as writer:
        for key, told in (
            ("1", Written("1")),
            ("2", NotWritten(RefusalReason.GONE)),
            ("99", NotWritten(RefusalReason.GONE)),
        ):
            assert await Lease(key, (Effect("complaints", {}, key), step(key))).delivered(writer) == told
    assert await desk.run("SELECT id_pengaduan FROM tbl_tanggapan") == [(1,)]


async def test_a_value_that_stands_there_already_is_no_change(desk: Desk) -> None:
    """An UPDATE counts the row that it finds, not only one that is different before."""
    await desk.run("UPDATE tbl_pengaduan SET stts = 'Proses'")
    async with writing_at(desk) as writer:
        told = answered(expected=ComplaintStatusDetail.IN_PROGRESS)
        assert await Lease("one", told).delivered(writer) == Written("1")


async def test_every_spelling_of_what_is_expected_is_taken(desk: Desk) -> None:
    for spelling, taken in (("0", True), ("Menunggu", True), ("menunggu", False), ("Menunggu ", False), ("?", False)):
        await desk.run(f"UPDATE tbl_pengaduan SET stts = '{spelling}' WHERE id_pengaduan = 1")  # the test's own
        async with writing_at(desk) as writer:
            result = await Lease(spelling, answered()).delivered(writer)
        assert result == (Written("1") if taken else NotWritten(RefusalReason.CHANGED)), spelling


EFFECTS = {"report": reported(), "answer": answered(), "step": (step(),)}
SHORT = {"sqlite": "report", "postgresql": "answer", "mariadb": "step", "myisam": "answer"}
"""What is cut on each engine if not everything is asked for: a cut costs a server process."""


async def _counted(desk: Desk, kind: str) -> int:
    if kind == "report":
        return await desk.count("tbl_pengaduan", f"no_tiket = '{TICKET}'")
    return await desk.count("tbl_tanggapan")


async def _cut_everywhere(desk: Desk, kind: str, marker: str | None = None) -> AsyncIterator[Written | NotWritten]:
    """The end of a delivery for each of its calls that is cut, before it is sent and after it has run."""
    for at in itertools.count():
        for after in (False, True):
            await desk.run("DELETE FROM tbl_tanggapan", "DELETE FROM tbl_pengaduan WHERE id_pengaduan > 2")
            await desk.run("UPDATE tbl_pengaduan SET stts = 'Menunggu'", f"DELETE FROM {MARKER}")
            cut = Cut(at, after, desk)
            async with writing_at(desk, cut, marker) as writer:
                told = await Lease(f"{at} {after}", EFFECTS[kind]).delivered(writer)
            if not cut.was_cut:
                return
            yield told


@pytest.mark.parametrize("desk", TRANSACTIONAL, indirect=True)
@pytest.mark.parametrize("kind", EFFECTS)
@pytest.mark.parametrize("marker", [None, MARKER])
async def test_a_cut_between_any_two_statements_leaves_one_effect(
    desk: Desk, kind: str, marker: str | None, everything: bool
) -> None:
    """On the exact rungs."""
    if not everything and (SHORT[desk.engine] != kind or (marker is None) is (desk.engine == "mariadb")):
        pytest.skip(REASON)
    cuts = 0
    async for told in _cut_everywhere(desk, kind, marker):
        cuts += 1
        assert isinstance(told, Written), (cuts, told)
        assert await _counted(desk, kind) == 1, cuts
        if kind == "report":
            rows = await desk.run(
                f"SELECT id_pengaduan FROM tbl_pengaduan WHERE no_tiket = '{TICKET}'"
            )  # the test's own
            assert told.key == str(rows[0][0])
    # Begin, look, insert and commit; the update, the marker, the number of the transaction.
    more = (kind == "answer") + 2 * (marker is not None) + (desk.engine == "postgresql" and marker is None)
    # MariaDB: what its tables are, and the key of the row.
    more += 2 * (desk.dialect == "mariadb")
    assert cuts == 2 * (4 + more)


@pytest.mark.parametrize("desk", ["myisam"], indirect=True)
@pytest.mark.parametrize("kind", EFFECTS)
async def test_on_the_last_rung_nothing_is_doubled_and_every_doubt_is_told(
    desk: Desk, kind: str, everything: bool
) -> None:
    if not everything and SHORT[desk.engine] != kind:
        pytest.skip(REASON)
    doubts = 0
    async for told in _cut_everywhere(desk, kind):
        count = await _counted(desk, kind)
        if isinstance(told, Written):
            assert count == 1
        else:
            assert told == IN_DOUBT
            assert count <= 1
            doubts += 1
    # What has the hub's number is found by it, so that nobody has to look.
    assert (doubts > 0) is (kind != "report")


async def test_of_two_writers_at_once_one_writes(desk: Desk) -> None:
    """The second has the lease, as after the first was thought dead; the first keeps nothing any more."""
    for kind, effects in EFFECTS.items():
        await desk.furnish()
        lease = Lease(kind, effects)
        async with writing_at(desk) as one, writing_at(desk) as other:
            old, new = lease.taken(), lease.taken()
            results = await asyncio.gather(one.deliver(old), other.deliver(new), return_exceptions=True)
            told = await lease.delivered(one)
        assert isinstance(told, Written) or (desk.engine == "myisam" and told == IN_DOUBT), (kind, results)
        assert not isinstance(results[0], Written) or kind == "report"
        assert await _counted(desk, kind) == 1, kind


async def test_a_writer_that_sleeps_past_its_lease_writes_nothing(desk: Desk) -> None:
    lease = Lease("one", answered())
    old = lease.taken()
    lease.taken()
    async with writing_at(desk) as writer:
        with pytest.raises(LeaseLost):
            await writer.deliver(old)
    assert await desk.count("tbl_tanggapan") == 0
    assert await desk.run("SELECT stts FROM tbl_pengaduan WHERE id_pengaduan = 1") == [("Menunggu",)]


async def test_what_the_department_has_changed_meanwhile_is_not_written_again(desk: Desk, everything: bool) -> None:
    """A marker, and PostgreSQL, know that it was written though the row looks otherwise by now; a look does not."""
    for marker in (None, MARKER):
        if desk.engine == "myisam" or (marker is None and desk.engine != "postgresql"):
            continue
        uncut = Cut(-1, False, desk)
        async with writing_at(desk, uncut, marker) as writer:
            await Lease("uncut", (step(),)).delivered(writer)
        for last in range(0 if everything else uncut.calls - 1, uncut.calls):
            await desk.run("DELETE FROM tbl_tanggapan", f"DELETE FROM {MARKER}")
            lease, cut = Lease(f"{last}", (step(),)), Cut(last, True, desk)
            async with writing_at(desk, cut, marker) as writer:
                with suppress(SourceFailure):
                    await writer.deliver(lease.taken())
            assert cut.was_cut
            await desk.run("UPDATE tbl_tanggapan SET tanggapan = 'Disunting'")
            async with writing_at(desk, None, marker) as writer:
                assert isinstance(await lease.delivered(writer), Written)
            assert await desk.count("tbl_tanggapan") == 1, (marker, last)


async def test_what_the_department_writes_itself_is_not_taken_for_ours(desk: Desk) -> None:
    """An attempt was rolled back, and a clerk has written the same words: a marker and PostgreSQL know better."""
    for marker in (None, MARKER):
        if desk.engine == "myisam" or (marker is None and desk.engine != "postgresql"):
            continue
        uncut = Cut(-1, False, desk)
        async with writing_at(desk, uncut, marker) as writer:
            await Lease("uncut", (step(),)).delivered(writer)
        lease, cut = Lease("cut", (step(),)), Cut(uncut.calls - 1, False, desk)
        async with writing_at(desk, cut, marker) as writer:
            with pytest.raises(SourceFailure):
                await writer.deliver(lease.taken())
        assert lease.trace is not None
        before = await desk.count("tbl_tanggapan")
        columns = "id_pengaduan, tgl_tanggapan, stts, tanggapan"
        await desk.run(f"INSERT INTO tbl_tanggapan ({columns}) SELECT DISTINCT {columns} FROM tbl_tanggapan")
        async with writing_at(desk, None, marker) as writer:
            assert isinstance(await lease.delivered(writer), Written)
        assert await desk.count("tbl_tanggapan") == before + 2


@pytest.mark.parametrize("desk", ["mariadb", "myisam"], indirect=True)
async def test_tables_with_and_without_transactions_are_both_written(desk: Desk) -> None:
    other = "InnoDB" if desk.engine == "myisam" else "MyISAM"
    await desk.run(f"ALTER TABLE tbl_tanggapan ENGINE={other}")
    async with writing_at(desk) as writer:
        assert await Lease("one", answered()).delivered(writer) == Written("1")
        assert writer.rung is Rung.AT_MOST_ONCE
    assert await desk.count("tbl_tanggapan") == 1
    assert await desk.run("SELECT stts FROM tbl_pengaduan WHERE id_pengaduan = 1") == [("Proses",)]


LAST_CALLS = {"sqlite": 3, "postgresql": 4, "mariadb": 5, "myisam": 3}
"""Which call of the delivery of a step makes it last."""


async def test_the_same_answer_told_twice_stands_there_twice(desk: Desk) -> None:
    """Another delivery is another step, also in the same minute with the same words, and also after a cut."""
    async with writing_at(desk) as writer:
        assert await Lease("one", (step(),)).delivered(writer) == Written("1")
    async with writing_at(desk, Cut(LAST_CALLS[desk.engine], True, desk)) as writer:
        told = await Lease("two", (step(),)).delivered(writer)
    if desk.engine == "myisam":
        assert told == IN_DOUBT
    else:
        assert isinstance(told, Written)
        assert await desk.count("tbl_tanggapan") == 2


async def test_what_the_source_cannot_store_is_refused_before_it_is_asked(desk: Desk) -> None:
    wrong: list[dict[str, object]] = [
        {"address": "x" * 201},
        {"category_code": "K99"},
        {"description": "NUL \0"},
        {"status_detail": ComplaintStatusDetail.UNKNOWN},
        {"department_code": "no such"},
        {"ticket_number": "LAKSA-H-0123456789ABC"},
    ]
    cut = Cut(-1, False, desk)
    async with writing_at(desk, cut) as writer:
        for change in wrong:
            (right,) = reported()
            effect = Effect(right.record, {**right.values, **change})
            refused = writer.check((effect,))
            assert refused is not None
            assert (refused.record, refused.field) == ("complaints", next(iter(change)))
            assert await Lease("one", (effect,)).delivered(writer) == NotWritten(RefusalReason.NOT_TAKEN)
    assert cut.calls == 0
    assert await desk.count("tbl_pengaduan") == 2


async def test_what_the_server_refuses_is_told_and_leaves_nothing(desk: Desk) -> None:
    """A table in latin1 holds no picture signs; SQLite and PostgreSQL hold them."""
    (right,) = reported()
    effect = Effect(right.record, {**right.values, "description": "Lubang 🕳 besar"})
    async with writing_at(desk) as writer:
        told = await Lease("one", (effect,)).delivered(writer)
    is_latin1 = desk.dialect == "mariadb"
    assert told == (NotWritten(RefusalReason.NOT_TAKEN) if is_latin1 else Written("3"))
    assert await desk.count("tbl_pengaduan") == (2 if is_latin1 else 3)


@pytest.mark.parametrize("desk", SERVERS, indirect=True)
async def test_a_lock_that_is_held_is_waited_for_and_then_tried_again(desk: Desk) -> None:
    """A half-open session of the attempt before holds the lock: nothing is written beside it."""
    lease = Lease("one", reported())
    started, go_on = asyncio.Event(), asyncio.Event()

    async def keep(_trace: str) -> None:
        started.set()
        await go_on.wait()
        raise LeaseLost

    first = lease.taken()
    object.__setattr__(first, "keep", keep)
    load = replace(LOAD, statement_ms_max=400)
    async with writing_at(desk) as slow, writing_at(desk, load=load) as other:
        standing = asyncio.ensure_future(slow.deliver(first))
        await started.wait()
        with pytest.raises(SourceTimeout):
            await other.deliver(lease.taken())
        go_on.set()
        with pytest.raises(LeaseLost):
            await standing
        assert isinstance(await lease.delivered(other), Written)
    assert await desk.count("tbl_pengaduan", f"no_tiket = '{TICKET}'") == 1


@pytest.mark.parametrize("desk", SERVERS, indirect=True)
async def test_a_silent_session_does_not_hold_its_lock_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that is paused, or cut off without a word, after it has written and before it commits."""
    monkeypatch.setattr(sessions, "IDLE_S_MAX", 1)
    lease = Lease("one", reported())
    reached, silent, paused = asyncio.Event(), asyncio.Event(), lease.taken()

    async def keep(_trace: str) -> None:
        reached.set()
        await silent.wait()

    object.__setattr__(paused, "keep", keep)
    async with writing_at(desk) as writer, writing_at(desk, load=replace(LOAD, statement_ms_max=500)) as other:
        standing = asyncio.ensure_future(writer.deliver(paused))
        await reached.wait()
        told = None
        while told is None:
            with suppress(SourceFailure):
                told = await other.deliver(lease.taken())
        assert isinstance(told, Written)
        silent.set()
        # Its connection is gone, and with it the transaction, or on the last rung the lock before anything was sent.
        with pytest.raises(SourceFailure):
            await standing
    assert await desk.count("tbl_pengaduan", f"no_tiket = '{TICKET}'") == 1


async def test_who_is_cancelled_leaves_nothing_behind(desk: Desk) -> None:
    """Neither a row, nor a session that holds the lock of the delivery."""
    lease = Lease("one", reported())
    reached = asyncio.Event()

    async def keep(_trace: str) -> None:
        reached.set()
        await asyncio.Event().wait()

    first = lease.taken()
    object.__setattr__(first, "keep", keep)
    async with writing_at(desk) as writer, writing_at(desk) as other:
        delivering = asyncio.ensure_future(writer.deliver(first))
        await reached.wait()
        waiting = asyncio.ensure_future(other.deliver(lease.taken()))
        await asyncio.sleep(0.05)
        for task in (waiting, delivering):
            task.cancel()
        assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(
            waiting, delivering, return_exceptions=True
        ))  # fmt: skip
        assert await desk.count("tbl_pengaduan") == 2
        assert isinstance(await lease.delivered(other), Written)
    assert await desk.count("tbl_pengaduan") == 3


async def test_the_moment_is_cut_to_what_the_column_holds(desk: Desk) -> None:
    assert (AT.second, AT.microsecond) != (0, 0)
    async with writing_at(desk) as writer:
        await Lease("one", (step(),)).delivered(writer)
    assert await desk.run("SELECT tgl_tanggapan FROM tbl_tanggapan") == [("20-11-2026 08:02",)]
