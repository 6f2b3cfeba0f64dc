"""Exports that hold what a spreadsheet would run: no cell begins like a formula, and none is lost."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from api.exports.cells import harmless
from tests.api.exports.walking import csv_rows, exported, ndjson_rows, sheet_rows
from tests.api.hub import Running, environment, running

FORMULA_STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
ATTACKS = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "\uff1d1"]


@pytest.fixture
async def attacked(tmp_path: Path, city_folder: Path, database: Path) -> AsyncIterator[Running]:
    """A city whose first complaints have ticket numbers that a spreadsheet would run."""
    for source in ("areas", "complaints"):
        shutil.copy(city_folder / f"{source}.db", tmp_path)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'complaints.db'}")
    with engine.begin() as connection:
        for number, attack in enumerate(ATTACKS, 1):
            values = {"attack": attack, "id": number}
            connection.execute(
                sa.text("UPDATE tbl_pengaduan SET no_tiket = :attack, publikasi = 'Publik' WHERE id_pengaduan = :id"),
                values,
            )
    engine.dispose()
    async with running(environment(tmp_path, database)) as started:
        yield started


async def test_no_text_is_a_formula_in_a_table_or_a_sheet(attacked: Running) -> None:
    shown = [row["ticketNumber"] for row in ndjson_rows((await exported(attacked, "complaints.ndjson")).content)]
    dangerous = [text for text in shown if text and text[0] in FORMULA_STARTS]
    assert len(dangerous) >= 5
    fields = "?fields=ticketNumber,position.latitude"
    _, *table = csv_rows((await exported(attacked, f"complaints.csv{fields}")).content)
    _, *sheet = sheet_rows((await exported(attacked, f"complaints.xlsx{fields}")).content)
    assert [row[0] for row in table] == [harmless(text or "") for text in shown]
    assert [row[0] for row in sheet] == [harmless(text or "") for text in shown]
    assert [row[0] for row in (*table, *sheet) if row[0] and str(row[0])[0] in FORMULA_STARTS] == []
    # Numbers stay numbers, however they begin.
    assert {row[1][:1] for row in table if row[1]} == {"-"}
    assert {type(row[1]) for row in sheet if row[1] != ""} == {float}


@given(st.lists(st.text(min_size=1), min_size=1))
def test_no_cell_begins_like_a_formula_and_none_is_lost(texts: list[str]) -> None:
    cells = [harmless(text) for text in texts]
    assert [cell for cell in cells if cell[0] in FORMULA_STARTS] == []
    assert [
        cell.removeprefix("'") if text[0] in FORMULA_STARTS else cell for text, cell in zip(texts, cells, strict=True)
    ] == texts
    written = io.StringIO(newline="")
    csv.writer(written).writerow(cells)
    assert next(csv.reader(io.StringIO(written.getvalue(), newline=""))) == cells
