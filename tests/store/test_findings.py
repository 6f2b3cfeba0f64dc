"""Findings: counted in memory within bounds, written without losing or doubling one, listed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from models.sources.findings import COUNT_MAX, Finding, FindingKind
from models.tables import findings
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.findings import FindingsBuffer, SeenFinding, list_findings

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
STATUS = Finding("complaints", "complaints", "status", FindingKind.UNKNOWN_CODE)
NIK = Finding("complaints", "complaints", "reporter_nik", FindingKind.UNDECODABLE)
KEY = Finding("complaints", "complaints", "", FindingKind.DUPLICATE_KEY)


class Clock:
    """Stands at `now` until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def times(finding: Finding, count: int) -> Finding:
    return Finding(finding.source, finding.record, finding.field, finding.kind, count)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - nothing tells an onlooker: it can only look again
            await asyncio.sleep(0)


async def counts(database: HubDatabase) -> dict[tuple[str, FindingKind], int]:
    return {(seen.finding.field, seen.finding.kind): seen.finding.count for seen in await list_findings(database, 1000)}


async def test_findings_add_up_in_memory_and_in_the_table(database: HubDatabase) -> None:
    clock = Clock()
    buffer = FindingsBuffer(clock)
    buffer.note(STATUS)
    buffer.note(times(NIK, 5))
    clock.now = START + timedelta(minutes=1)
    buffer.note(times(STATUS, 2))
    assert await buffer.flush(database) == 2
    clock.now = START + timedelta(minutes=2)
    buffer.note(times(STATUS, 4))
    buffer.note(KEY)
    assert await buffer.flush(database) == 2
    assert await buffer.flush(database) == 0
    assert await list_findings(database, 10) == (
        SeenFinding(KEY, START + timedelta(minutes=2), START + timedelta(minutes=2)),
        SeenFinding(times(STATUS, 7), START, START + timedelta(minutes=2)),
        SeenFinding(times(NIK, 5), START, START),
    )


async def test_a_late_writer_does_not_turn_the_moments_back(database: HubDatabase) -> None:
    clock = Clock()
    early, late = FindingsBuffer(clock), FindingsBuffer(clock)
    early.note(STATUS)
    clock.now = START + timedelta(hours=1)
    late.note(STATUS)
    await late.flush(database)
    await early.flush(database)
    assert await list_findings(database, 10) == (SeenFinding(times(STATUS, 2), START, START + timedelta(hours=1)),)


async def test_above_the_bound_the_place_is_lost_but_not_the_count(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock(), keys_max=2)
    buffer.note(STATUS)
    buffer.note(NIK)
    buffer.note(times(KEY, 3))
    buffer.note(times(Finding("jobs", "jobs", "salary", FindingKind.UNDECODABLE), 4))
    buffer.note(STATUS)
    assert buffer.overflow == 7
    assert await buffer.flush(database) == 3
    assert {(seen.finding.source, seen.finding.field): seen.finding for seen in await list_findings(database, 10)} == {
        ("complaints", "status"): times(STATUS, 2),
        ("complaints", "reporter_nik"): NIK,
        ("hub", ""): Finding("hub", "findings", "", FindingKind.OVERFLOW, 7),
    }
    # There is room again after the flush, and the overflow that was written is not written twice.
    buffer.note(KEY)
    assert await buffer.flush(database) == 1
    assert await counts(database) == {
        ("status", FindingKind.UNKNOWN_CODE): 2,
        ("reporter_nik", FindingKind.UNDECODABLE): 1,
        ("", FindingKind.OVERFLOW): 7,
        ("", FindingKind.DUPLICATE_KEY): 1,
    }
    assert buffer.overflow == 7


async def test_memory_stays_bounded_while_the_database_is_away(hub_url: str) -> None:
    database = HubDatabase(hub_url)  # without tables
    buffer = FindingsBuffer(Clock(), keys_max=3)
    for round_number in range(4):
        for number in range(5):
            buffer.note(Finding("jobs", "jobs", f"field_{round_number}_{number}", FindingKind.UNDECODABLE))
        with pytest.raises(DBAPIError):
            await buffer.flush(database)
    assert len(buffer._noted) == 4  # three, and the overflow
    assert buffer.overflow == 17
    await database.close()


async def test_a_flush_that_fails_keeps_the_counts(hub_url: str) -> None:
    clock = Clock()
    buffer = FindingsBuffer(clock)
    buffer.note(times(STATUS, 3))
    database = HubDatabase(hub_url)  # without tables
    for _ in range(2):
        with pytest.raises(DBAPIError):
            await buffer.flush(database)
    clock.now = START + timedelta(minutes=1)
    buffer.note(STATUS)
    buffer.note(KEY)
    await asyncio.to_thread(upgrade, hub_url)
    assert await buffer.flush(database) == 2
    assert await buffer.flush(database) == 0
    assert await list_findings(database, 10) == (
        SeenFinding(KEY, clock.now, clock.now),
        SeenFinding(times(STATUS, 4), START, clock.now),
    )
    await database.close()


async def test_a_flush_that_fails_half_way_writes_nothing_and_keeps_the_counts(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock())
    async with database.writing() as connection:
        await connection.execute(text("CREATE UNIQUE INDEX one_source ON findings (source)"))
    buffer.note(times(STATUS, 3))
    buffer.note(NIK)  # the second row of one source is refused
    with pytest.raises(DBAPIError):
        await buffer.flush(database)
    assert await list_findings(database, 10) == ()
    async with database.writing() as connection:
        await connection.execute(text("DROP INDEX one_source"))
    buffer.note(NIK)
    await buffer.flush(database)
    assert await counts(database) == {
        ("status", FindingKind.UNKNOWN_CODE): 3,
        ("reporter_nik", FindingKind.UNDECODABLE): 2,
    }


async def test_two_flushes_that_fail_at_once_keep_the_counts(hub_url: str) -> None:
    database = HubDatabase(hub_url)  # without tables
    buffer = FindingsBuffer(Clock())

    async def is_writing() -> bool:
        return bool(buffer._in_flight)

    buffer.note(times(STATUS, 3))
    first = asyncio.create_task(buffer.flush(database))
    await eventually(is_writing)
    buffer.note(NIK)
    failures = await asyncio.gather(first, buffer.flush(database), return_exceptions=True)
    assert [isinstance(failure, DBAPIError) for failure in failures] == [True, True]
    await asyncio.to_thread(upgrade, hub_url)
    await buffer.flush(database)
    assert await counts(database) == {
        ("status", FindingKind.UNKNOWN_CODE): 3,
        ("reporter_nik", FindingKind.UNDECODABLE): 1,
    }
    await database.close()


async def test_a_flush_that_is_cancelled_keeps_the_counts(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock())
    buffer.note(times(STATUS, 3))
    async with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("LOCK TABLE findings"))
        flushing = asyncio.create_task(buffer.flush(database))

        async def is_writing() -> bool:
            return bool(buffer._in_flight)

        await eventually(is_writing)
        buffer.note(STATUS)
        flushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flushing
    assert await buffer.flush(database) == 1
    assert await counts(database) == {("status", FindingKind.UNKNOWN_CODE): 4}


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that change at almost every step, so that a missing lock shows."""
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval_s)


async def test_notes_from_threads_during_flushes_are_neither_lost_nor_doubled(
    database: HubDatabase, restless: None
) -> None:
    buffer = FindingsBuffer(Clock())

    def note_many() -> None:
        for _ in range(2_000):
            buffer.note(STATUS)
            buffer.note(NIK)

    with ThreadPoolExecutor(4) as threads:
        noting = [asyncio.wrap_future(threads.submit(note_many)) for _ in range(4)]
        while not all(each.done() for each in noting):
            await asyncio.gather(buffer.flush(database), buffer.flush(database))
        await asyncio.gather(*noting)
    await buffer.flush(database)
    assert await counts(database) == {
        ("status", FindingKind.UNKNOWN_CODE): 8_000,
        ("reporter_nik", FindingKind.UNDECODABLE): 8_000,
    }


async def test_two_hubs_that_write_the_same_findings_crosswise_do_not_lock_each_other(database: HubDatabase) -> None:
    fields = [f"field_{number}" for number in range(200)]

    def orders() -> Iterator[list[str]]:
        while True:
            yield fields
            yield fields[::-1]

    async def write(order: list[str]) -> None:
        buffer = FindingsBuffer(Clock())
        for field in order:
            buffer.note(Finding("jobs", "jobs", field, FindingKind.UNDECODABLE))
        await buffer.flush(database)

    await asyncio.gather(*(write(order) for order, _ in zip(orders(), range(10), strict=False)))
    assert set((await counts(database)).values()) == {10}
    assert len(await counts(database)) == 200


async def test_a_count_stays_at_its_largest(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock())
    for _ in range(2):
        buffer.note(times(STATUS, COUNT_MAX - 1))
        await buffer.flush(database)
    assert await counts(database) == {("status", FindingKind.UNKNOWN_CODE): COUNT_MAX}


async def test_the_background_writes_now_and_then(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock())
    expected = 0

    async def is_written() -> bool:
        return await counts(database) == {("status", FindingKind.UNKNOWN_CODE): expected}

    async with buffer.run(database, interval_s=0.001):
        for expected in (1, 2):  # noqa: B007 - is_written reads it
            buffer.note(STATUS)
            await eventually(is_written)


async def test_the_background_writes_a_last_time_when_it_stops(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock())
    async with buffer.run(database, interval_s=3600):
        buffer.note(STATUS)
        assert await list_findings(database, 10) == ()
    assert await list_findings(database, 10) == (SeenFinding(STATUS, START, START),)


async def test_the_background_outlives_a_failure_and_logs_no_driver_text(hub_url: str) -> None:
    database = HubDatabase(hub_url)  # without tables
    buffer = FindingsBuffer(Clock())
    buffer.note(STATUS)
    with capture_logs() as logged:

        async def is_logged() -> bool:
            return bool(logged)

        async with buffer.run(database, interval_s=0.001):
            await eventually(is_logged)
            await asyncio.to_thread(upgrade, hub_url)
    assert logged[0] == {
        "event": "findings_not_written",
        "log_level": "warning",
        "error": logged[0]["error"],
        "kept": 1,
    }
    assert logged[0]["error"] in {"OperationalError", "ProgrammingError"}
    assert await counts(database) == {("status", FindingKind.UNKNOWN_CODE): 1}
    await database.close()


async def test_the_list_is_bounded(database: HubDatabase) -> None:
    buffer = FindingsBuffer(Clock())
    for finding in (STATUS, NIK, KEY):
        buffer.note(finding)
    await buffer.flush(database)
    assert [seen.finding for seen in await list_findings(database, 2)] == [KEY, NIK]
    for limit in (0, -1, 1001):
        with pytest.raises(ValueError, match=r"limit must be in 1\.\.1000"):
            await list_findings(database, limit)


async def test_the_kind_of_a_newer_hub_is_listed_as_unknown(database: HubDatabase) -> None:
    async with database.writing() as connection:
        row = {"source": "jobs", "record": "jobs", "field": "", "kind": "FROM_2031", "count": 2}
        await connection.execute(findings.insert().values(**row, first_seen_at=START, last_seen_at=START))
    assert await list_findings(database, 1) == (
        SeenFinding(Finding("jobs", "jobs", "", FindingKind.UNKNOWN, 2), START, START),
    )


@pytest.mark.parametrize("name", ["3671016505900001", "", "Jalan Merdeka 1", "a@b", "x\n", "x" * 101, "\u0660"])
def test_a_value_cannot_pose_as_a_name_and_is_not_repeated(name: str) -> None:
    for source, record, field in ((name, "jobs", ""), ("jobs", name, ""), ("jobs", "jobs", name or " ")):
        with pytest.raises(ValueError, match="must be the name of a") as refused:
            Finding(source, record, field, FindingKind.UNDECODABLE)
        assert len(name) < 3 or name not in str(refused.value)


@pytest.mark.parametrize("count", [0, -1, COUNT_MAX + 1])
def test_a_count_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1 and fit into 64 bits"):
        times(STATUS, count)


def test_each_kind_is_named_by_its_code_and_described_in_one_sentence() -> None:
    assert "UNKNOWN" in FindingKind.__members__
    for name, kind in FindingKind.__members__.items():
        assert kind.value == name
        assert kind.description.endswith(".")
        assert kind.description.count(".") == 1
