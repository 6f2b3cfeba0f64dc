"""Folders with more files than the hub takes: the newest are read, and the rest is a finding."""

from __future__ import annotations

import os
import time

import pytest

from connectors.files import folder
from connectors.files.plan import FileBounds
from connectors.files.tables import FileTable
from connectors.replica.replica import Bounds
from models.sources.findings import Finding, FindingKind
from tests.connectors.files.drops import LONG_AGO, Drops, rows_of
from tests.connectors.files.workbooks import HEADER, ROWS, csv_of

LOOK_CPU_S_MAX = 5.0
GOOD = sorted([(market, None, commodity, price) for market, commodity, price in ROWS], key=repr)


async def test_of_too_many_files_the_newest_are_taken_and_the_rest_is_found(drops: Drops) -> None:
    replica = drops.source(FileTable("harga", "*.csv", optional=("tanggal",)), file_bounds=FileBounds(files_max=2))
    for number, name in enumerate(("d", "a", "c", "b")):
        drops.put(f"{name}.csv", csv_of((HEADER, ("Anyar", name, str(number)))), number)
    assert await replica.refresh()
    assert {row[2] for row in await rows_of(replica)} == {"c", "b"}
    assert drops.taken_findings() == [Finding("prices", "quotes", "", FindingKind.TOO_MANY, 2)]


async def test_thousands_of_files_take_nothing_from_the_newest(drops: Drops) -> None:
    """Of strangers, which the table does not take, and of its own, which are older."""
    drops.put("own.csv", csv_of(), 10)
    for number in range(600):
        (drops.folder / f"{number}.pdf").touch()
        os.utime(drops.put(f"{number}.csv", b""), (LONG_AGO, LONG_AGO))
    replica = drops.source(FileTable("harga", "*.csv", optional=("tanggal",)), file_bounds=FileBounds(files_max=1))
    started_s = time.process_time()
    assert await replica.refresh()
    assert time.process_time() - started_s < LOOK_CPU_S_MAX
    assert await rows_of(replica) == GOOD
    assert drops.taken_findings() == [Finding("prices", "quotes", "", FindingKind.TOO_MANY, 600)]


async def test_a_folder_that_takes_too_long_is_taken_as_far_as_it_was_seen(
    drops: Drops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LOOK_S_MAX", 0.0)
    drops.put("a.csv", csv_of())
    replica = drops.source(FileTable("harga", "*.csv", optional=("tanggal",)), bounds=Bounds(may_be_empty=True))
    assert await replica.refresh()
    assert drops.taken_findings() == [Finding("prices", "quotes", "", FindingKind.TOO_MANY, 1)]
