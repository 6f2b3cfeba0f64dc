"""Files that cannot be read are refused within bounds, one by one and in heaps; the last good rows stay."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import structlog

from connectors.files import child
from connectors.files.parser import Parser
from connectors.files.plan import FileBounds, FilePlan, FileRefused, Parsed
from connectors.replica.replica import Bounds
from models.sources.findings import Finding, FindingKind
from tests.connectors.files.broken import BOUNDS, Broken, broken_files
from tests.connectors.files.drops import TABLE, Drops, rows_of
from tests.connectors.files.workbooks import ROWS, csv_of, xlsx_of

BROKEN = broken_files()
GOOD = [(market, None, commodity, price) for market, commodity, price in ROWS]
COLUMNS = ("pasar", "komoditas", "harga")

ALONE = (
    "truncated 20.xlsx", "truncated quote.csv", "header only.csv", "one header renamed.csv", "long cell.csv",
    "far cell.xlsx", "bomb.xlsx", "with password.xlsx", "too many rows said.dbf", "deep.json",
    "huge number.json", "unknown kind.pdf",
)  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
async def test_a_broken_file_is_refused_for_what_it_is(parser: Parser, tmp_path: Path, broken: Broken) -> None:
    file = tmp_path / broken.name
    file.write_bytes(broken.content)
    started_s = time.perf_counter()
    with pytest.raises(FileRefused) as refused:
        await parser.parse(TABLE.plan(str(file), COLUMNS, BOUNDS))
    assert refused.value.kind is broken.kind
    assert time.perf_counter() - started_s < BOUNDS.file_s_max + 5
    # The reason goes into a log, where no value of a row may stand.
    assert refused.value.detail
    assert not any(cell in refused.value.detail for row in ROWS for cell in row if len(cell) > 1)


async def test_a_good_file_after_a_hundred_broken_ones(parser: Parser, tmp_path: Path) -> None:
    file = tmp_path / "good.csv"
    file.write_bytes(csv_of())
    parsed = await parser.parse(TABLE.plan(str(file), COLUMNS, BOUNDS))
    assert [tuple(row) for row in parsed.rows] == [*ROWS]


async def test_all_broken_files_beside_a_good_one_are_left_out(drops: Drops) -> None:
    drops.put("good.csv", csv_of())
    for broken in BROKEN:
        drops.put(broken.name, broken.content)
    replica = drops.source(file_bounds=BOUNDS)
    with structlog.testing.capture_logs() as logs:
        assert await replica.refresh()
    assert await rows_of(replica) == sorted(GOOD, key=repr)
    expected = Counter(broken.kind for broken in BROKEN)
    assert Counter(drops.findings) == Counter(
        Finding("prices", "quotes", "", kind, count) for kind, count in expected.items()
    )
    assert {line["file"]: line["kind"] for line in logs} == {broken.name: broken.kind.value for broken in BROKEN}
    assert all(line["reason"] and line["source"] == "prices" for line in logs)


async def test_broken_files_alone_never_take_the_place_of_good_rows(drops: Drops) -> None:
    drops.put("good.csv", csv_of())
    replica = drops.source(file_bounds=BOUNDS)
    assert await replica.refresh()
    copied_at = replica.state.copied_at
    drops.empty()
    for broken in BROKEN:
        drops.put(broken.name, broken.content)
    assert not await replica.refresh()
    assert await rows_of(replica) == sorted(GOOD, key=repr)
    assert replica.state.copied_at == copied_at
    assert len(drops.findings) == 1


@pytest.mark.parametrize("name", ALONE)
async def test_one_broken_file_in_place_of_the_only_one(drops: Drops, name: str) -> None:
    broken = next(broken for broken in BROKEN if broken.name == name)
    drops.put("good.csv", csv_of())
    replica = drops.source(file_bounds=BOUNDS)
    assert await replica.refresh()
    drops.empty()
    drops.put(broken.name, broken.content)
    with structlog.testing.capture_logs() as logs:
        assert not await replica.refresh()
    assert await rows_of(replica) == sorted(GOOD, key=repr)
    assert drops.findings == [Finding("prices", "quotes", "", broken.kind)]
    left, failed = logs
    assert (left["file"], left["kind"]) == (broken.name, broken.kind.value)
    assert (failed["event"], failed["source"], failed["kind"]) == ("load failed", "prices", broken.kind.value)
    assert broken.kind.value in replica.state.reason


async def test_a_repaired_file_is_taken(drops: Drops) -> None:
    drops.put("prices.csv", csv_of() + b'"Anyar')
    replica = drops.source(file_bounds=BOUNDS)
    assert not await replica.refresh()
    assert replica.state.copied_at is None
    drops.put("prices.csv", csv_of())
    assert await replica.refresh()
    assert await rows_of(replica) == sorted(GOOD, key=repr)


async def test_an_emptied_folder_keeps_the_rows(drops: Drops) -> None:
    drops.put("good.csv", csv_of())
    replica = drops.source()
    assert await replica.refresh()
    drops.empty()
    assert not await replica.refresh()
    assert await rows_of(replica) == sorted(GOOD, key=repr)
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.EMPTY)]


# --- The process that parses ------------------------------------------------------------------------------------------


def other_child(tmp_path: Path, patch: pytest.MonkeyPatch, body: str) -> None:
    """Let the process that is started run this for each plan, in the place of the one that parses."""
    package = tmp_path / "connectors" / "files"
    package.mkdir(parents=True)
    (package / "child.py").write_text(f"import json, os, sys, time\nfor line in sys.stdin.buffer:\n    {body}\n")
    patch.setattr("connectors.files.parser.ROOT", tmp_path)
    patch.setattr("connectors.files.parser.START_S_MAX", 0.3)


ANSWER = "sys.stdout.buffer.write(len({0}).to_bytes(8, 'big') + {0}); sys.stdout.flush()"


async def test_a_parser_that_does_not_end_is_ended(
    drops: Drops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other_child(tmp_path, monkeypatch, "time.sleep(60)")
    drops.put("good.csv", csv_of())
    replica = drops.source(file_bounds=FileBounds(file_s_max=0.2))
    started_s = time.perf_counter()
    assert not await replica.refresh()
    assert time.perf_counter() - started_s < 5
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.UNREADABLE)]
    assert "not read within 0.2 seconds" in replica.state.reason


async def test_a_parser_that_answers_too_much_is_ended(
    drops: Drops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other_child(tmp_path, monkeypatch, "sys.stdout.buffer.write(b'\\xff' * 8); sys.stdout.flush(); time.sleep(60)")
    drops.put("good.csv", csv_of())
    replica = drops.source()
    assert not await replica.refresh()
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.TOO_LARGE)]


@pytest.mark.skipif(sys.platform == "win32", reason="no process of Windows starts without an environment")
async def test_what_opens_strangers_files_has_none_of_the_hubs_secrets(
    drops: Drops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = ANSWER.format("json.dumps({'rows': [[*sorted(os.environ), 'x', 'x', 'x']], 'ragged': 0}).encode()")
    other_child(tmp_path, monkeypatch, answer)
    monkeypatch.setenv("AAA_SECRET", "a secret")
    file = tmp_path / "a.csv"
    async with Parser(BOUNDS) as parser:
        (row,) = (await parser.parse(TABLE.plan(str(file), COLUMNS, BOUNDS))).rows
    assert "AAA_SECRET" not in row
    assert "PATH" not in row


async def test_a_load_that_is_given_up_ends_its_process(
    drops: Drops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = tmp_path / "number of the process"
    other_child(tmp_path, monkeypatch, f"open({str(ended)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    drops.put("good.csv", csv_of())
    replica = drops.source(bounds=Bounds(load_s_max=0.5))
    assert not await replica.refresh()
    assert replica.state.reason == "TimeoutError"
    with pytest.raises(ProcessLookupError):
        os.kill(int(ended.read_text()), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
async def test_a_file_that_takes_more_memory_than_it_may_is_too_large(tmp_path: Path) -> None:
    bounds = FileBounds(memory_bytes_max=250 * 1024 * 1024)
    file = tmp_path / "large.csv"
    async with Parser(bounds) as parser:
        file.write_bytes(csv_of())
        assert len((await parser.parse(TABLE.plan(str(file), COLUMNS, bounds))).rows) == len(ROWS)
        file.write_bytes(b"x,y\n" * 12_000_000)
        with pytest.raises(FileRefused) as refused:
            await parser.parse(TABLE.plan(str(file), COLUMNS, bounds))
    assert str(refused.value) == "TOO_LARGE: more memory than a file may take"


def test_a_panic_of_a_parser_is_the_files_flaw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """As the parsers that are written in Rust raise."""

    def panicking(content: bytes, plan: FilePlan) -> Parsed:
        raise PanicException("index out of bounds")

    monkeypatch.setattr(child, "FORMATS", {".csv": panicking})
    file = tmp_path / "a.csv"
    file.write_bytes(b"x")
    answer = child._answer(TABLE.plan(str(file), COLUMNS, BOUNDS))
    assert json.loads(answer) == {"kind": "UNREADABLE", "detail": "a parser's PanicException"}


@pytest.mark.parametrize(
    ("bounds", "said"),
    [(FileBounds(unpacked_bytes_max=1_000), "bytes unpacked"), (FileBounds(unpacked_ratio_max=20), "times smaller")],
)
async def test_what_a_package_unpacks_to_is_bounded(tmp_path: Path, bounds: FileBounds, said: str) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(xlsx_of(parts={"xl/media/image1.bmp": "0" * 9_000_000}))
    async with Parser(bounds) as parser:
        with pytest.raises(FileRefused, match=said) as refused:
            await parser.parse(TABLE.plan(str(file), COLUMNS, bounds))
    assert refused.value.kind is FindingKind.TOO_LARGE


async def test_more_rows_than_a_replica_takes(drops: Drops) -> None:
    drops.put("good.csv", csv_of())
    replica = drops.source(bounds=Bounds(rows_max=5))
    assert await replica.refresh()
    drops.put("more.csv", csv_of())
    assert not await replica.refresh()
    assert await rows_of(replica) == sorted(GOOD, key=repr)
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.TOO_LARGE)]
