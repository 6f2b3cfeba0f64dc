"""The simulator: a pause changes nothing, numbers are the databases' own, and nobody reads a half of a file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sample.city import SEED, SIZES
from sample.live.journal import FILE, Journal
from sample.live.simulator import TRUTHS, Simulator
from sample.live.systems import Systems
from sample.places import urls
from sample.write import DROPS, SOURCES, write_city

TOLD = replace(
    SIZES["small"], citizens=200, complaints=1_000, reporters=100, licenses=200, job_postings=150, job_applications=300,
    articles=60, calls=800, schools=20, admission_applications=20, price_days=3, events=5,
)  # fmt: skip
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("model")
    SIZES["told"] = TOLD
    write_city("told", folder)
    yield folder
    del SIZES["told"]


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "city"))


def simulator_of(folder: Path, *strikes: str) -> Simulator:
    """Whoever lives in a folder, from where its journal says that it is."""
    file = folder / FILE
    journal = Journal.read(file) if file.exists() else Journal.begun("told", TOLD, SEED, file)
    return Simulator(journal, Systems(urls(folder), folder), strikes=strikes)


async def lived(folder: Path, hours: int) -> Simulator:
    """Who has lived there until so many hours after its first midnight."""
    simulator = simulator_of(folder)
    await simulator.step(TOLD.clock + hours * HOUR)
    await simulator.close()
    return simulator


def contents(folder: Path) -> dict[str, object]:
    """All rows of all tables, and all files that are dropped."""
    found: dict[str, object] = {}
    for source in SOURCES:
        with closing(sqlite3.connect(folder / f"{source.name}.db")) as database:
            database.text_factory = bytes
            for table in source.tables:
                found[table.name] = database.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2").fetchall()
    for drop in DROPS:
        found |= {str(file.relative_to(folder)): file.read_bytes() for file in (folder / drop.name).iterdir()}
    return found


async def test_a_city_that_pauses_becomes_the_same_as_one_that_does_not(
    model: Path, folder: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(model, tmp_path / "other"))
    whole = await lived(other, 72)
    # A pause within an office's hours, one in the night, and one of a day and a half.
    for until in (10, 26):
        await lived(folder, until)
    parted = await lived(folder, 72)
    assert {subject for subject in TRUTHS if parted.truth(subject) != whole.truth(subject)} == set()
    one, same = contents(folder), contents(other)
    assert {name for name in same if one[name] != same[name]} == set()


async def test_a_row_has_the_number_that_its_database_gave_it(folder: Path) -> None:
    """Another program writes into the same tables, as the hub will."""
    with closing(sqlite3.connect(folder / "complaints.db")) as laksa, laksa:
        laksa.execute("INSERT INTO tbl_pengaduan (id_pengaduan, no_tiket) VALUES (5000, 'LAKSA-BARU')")
    city = simulator_of(folder)
    await city.step(TOLD.clock + 48 * HOUR)
    await city.close()
    new = [truth for truth in city.truth("complaints") if int(truth.id) > TOLD.complaints]
    assert [(truth.id, truth.ticket_number) for truth in new][:2] == [
        ("5001", "LAKSA-2026-001001"), ("5002", "LAKSA-2026-001002"),
    ]  # fmt: skip
    with closing(sqlite3.connect(folder / "complaints.db")) as laksa:
        stored = dict(laksa.execute("SELECT id_pengaduan, no_tiket FROM tbl_pengaduan WHERE id_pengaduan > 5000"))
    assert {int(truth.id): truth.ticket_number for truth in new}.items() <= stored.items()


async def test_a_strike_is_remembered_and_made_up_for_when_it_is_over(folder: Path) -> None:
    struck = simulator_of(folder, "pdpasar")
    await struck.step(TOLD.clock + 36 * HOUR)
    await struck.close()
    assert len({one.day for one in struck.truth("prices")}) == TOLD.price_days
    again = simulator_of(folder)
    assert again.truth("prices") == struck.truth("prices")
    await again.step(TOLD.clock + 37 * HOUR)
    await again.close()
    assert len({one.day for one in again.truth("prices")}) == TOLD.price_days + 2
