"""What a source has lost takes only its own fields with it, and bytes that are no text fail no page."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.catalog import Binding
from connectors.criteria import Criteria, Keyset, Order
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import SourceBroken, SourceFailure
from connectors.reading import clean
from connectors.sources import Source
from connectors.sql.connector import SqlConnector
from models.batch import Origin, ServedFrom
from models.city import Department
from models.predicates import EVERYTHING, Compare, Operator
from models.sources.findings import Finding, FindingKind
from tests.connectors.conftest import CALL, Laboratory
from tests.connectors.letters import DDL, LETTERS, NEWEST, WRITTEN

# --- Drift ------------------------------------------------------------------------------------------------------------


def binding(laboratory: Laboratory, mapping: Mapping) -> Binding:
    source = Source("surat", "diskominfo", "Surat")
    return Binding(mapping, source, Department("diskominfo", "Diskominfo", "Diskominfo"), laboratory.connector)


@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["table", "join"])
@pytest.mark.parametrize("way", ["renamed", "dropped"])
def test_a_column_that_is_gone_takes_only_its_fields_with_it_and_heals(
    letters: Laboratory, mapping: Mapping, way: str
) -> None:
    bound = binding(letters, mapping)
    assert letters.runner.run(bound.check()) == []
    assert bound.missing == frozenset()
    gone = (
        "ALTER TABLE surat RENAME COLUMN isi TO isi_lama" if way == "renamed" else "ALTER TABLE surat DROP COLUMN isi"
    )
    back = "ALTER TABLE surat RENAME COLUMN isi_lama TO isi" if way == "renamed" else "ALTER TABLE surat ADD isi TEXT"
    letters.write(gone)
    found = letters.runner.run(bound.check())
    assert found == [Finding("surat", "letters", "body", FindingKind.MISSING_COLUMN, 1)]
    assert bound.missing == frozenset({"body"})
    assert not bound.unreadable
    assert letters.read(mapping, ("id", "title", "at"), order=NEWEST).length == 5
    assert letters.count(mapping, Compare("title", Operator.CONTAINS, ("judul",))) == [5]
    assert type(fails_with_body(letters, mapping)) is SourceBroken
    letters.write(back)
    assert letters.runner.run(bound.check()) == []
    assert bound.missing == frozenset()
    assert letters.read(mapping, ("id", "body")).length == 5


def fails_with_body(laboratory: Laboratory, mapping: Mapping) -> SourceFailure:
    with pytest.raises(SourceFailure) as raised:
        laboratory.read(mapping, ("id", "body"))
    return raised.value


@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["table", "join"])
@pytest.mark.parametrize("needed", ["id", "hapus"])
def test_without_its_key_or_what_says_that_it_is_alive_a_record_cannot_be_read(
    letters: Laboratory, mapping: Mapping, needed: str
) -> None:
    bound = binding(letters, mapping)
    letters.write(f"ALTER TABLE surat RENAME COLUMN {needed} TO lama")
    found = letters.runner.run(bound.check())
    assert bound.missing == frozenset(mapping.columns)
    assert bound.unreadable
    assert len(found) == len(mapping.columns)
    letters.write(f"ALTER TABLE surat RENAME COLUMN lama TO {needed}")
    assert letters.runner.run(bound.check()) == []
    assert not bound.unreadable


@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["table", "join"])
def test_without_its_table_nothing_is_there(letters: Laboratory, mapping: Mapping) -> None:
    bound = binding(letters, mapping)
    letters.write("ALTER TABLE surat RENAME TO surat_lama")
    letters.runner.run(bound.check())
    assert bound.missing == frozenset(mapping.columns)
    letters.write("ALTER TABLE surat_lama RENAME TO surat")
    assert letters.runner.run(bound.check()) == []


# --- Dirt that is no text ---------------------------------------------------------------------------------------------


@pytest.fixture
def dirty(tmp_path: Path) -> Iterator[tuple[asyncio.Runner, SqlConnector]]:
    """A SQLite file whose texts hold bytes of another encoding, NUL, numbers and blobs."""
    file = tmp_path / "kotor.db"
    with sqlite3.connect(file) as connection:
        connection.execute(DDL)
        for at, value in enumerate(
            (b"Jalan Caf\xe9", b"\x81\xfe\xff", b"a\0b", b"bersih", b"caf\xc3\xa9", b"caf\xe9", b"cafz")
        ):
            connection.execute(
                "INSERT INTO surat VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), 'A', '01-02-2026', 'T', 1)",
                (at, value, value),
            )
        connection.execute("INSERT INTO surat VALUES (7, x'00ff', x'00ff', x'41', 5, 'T', 1)")
        connection.execute("INSERT INTO surat VALUES (8, 5, 6.5, 7, 8, 'T', 1)")
    connection.close()
    with asyncio.Runner() as runner:
        connector = SqlConnector(f"sqlite:///{file.as_posix()}", LoadContract())
        yield runner, connector
        runner.run(connector.close())


def test_one_bad_byte_fails_no_page(dirty: tuple[asyncio.Runner, SqlConnector]) -> None:
    runner, connector = dirty
    fields = ("id", "title", "body", "kind", "at")
    rows = runner.run(connector.read(LETTERS, Criteria("letters", fields, EVERYTHING, (Order("id"),), 10), CALL))
    origin = Origin("surat", "diskominfo", datetime.now(UTC), ServedFrom.SOURCE, None)
    reading = clean(LETTERS, fields, rows, origin)
    assert reading.batch.columns["body"] == ["Jalan Café", None, "ab", "bersih", "café", "café", "cafz", None, "6.5"]
    assert reading.batch.columns["title"] == [None, None, None, "bersih", "café", None, "cafz", None, "5"]
    assert all("\udce9" not in repr(values) for values in reading.batch.columns.values())
    assert {(finding.field, finding.kind, finding.count) for finding in reading.findings} >= {
        ("body", FindingKind.UNDECODABLE, 2),
        ("title", FindingKind.UNDECODABLE, 5),
    }


@pytest.mark.parametrize("descending", [False, True])
def test_pages_go_on_behind_a_row_whose_sort_value_is_no_text(
    dirty: tuple[asyncio.Runner, SqlConnector], descending: bool
) -> None:
    runner, connector = dirty
    order = (Order("title", descending), Order("id"))

    def page(rows_max: int, keyset: Keyset | None = None) -> tuple[list[object], Keyset]:
        criteria = Criteria("letters", ("id",), EVERYTHING, order, rows_max, keyset)
        rows = runner.run(connector.read(LETTERS, criteria, CALL))
        return list(rows.columns["id"]), Keyset(rows.keyset[-1]) if rows.length else Keyset(())

    whole, _ = page(100)
    assert len(whole) == 9
    found, place = page(1)
    while len(found) < len(whole):
        (row,), place = page(1, place)
        found.append(row)
    assert found == whole
