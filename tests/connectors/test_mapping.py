"""Mappings: which rows exist, whatever the polarity of the columns that say so, on every engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, Order, ParentKeys
from connectors.decoders import number_key, text
from connectors.mapping import Mapping, MappingError, RowFilter, column, column_equals, column_is_null
from connectors.sources import Source
from connectors.sql.dialects import DIALECTS
from connectors.sql.statements import Statements
from models.city import Department
from models.predicates import EVERYTHING, Not, is_in
from models.records import Record, field
from tests.connectors.conftest import Laboratory

EITHER = [column_equals("verifikasi", "1"), column_is_null("deleted_at")]


class Notice(Record, name="notices"):
    """Something that is published once it is verified, and until it is deleted."""

    id: str = field("The key")
    title: str | None = field("The title")


WARTA = sa.table(
    "warta",
    sa.column("id", sa.Integer),
    sa.column("judul", sa.String(20)),
    sa.column("verifikasi", sa.String(1)),
    sa.column("deleted_at", sa.String(20)),
)


def notices(alive: RowFilter | tuple[RowFilter, ...]) -> Mapping:
    columns = {"id": column("id", decoder=number_key()), "title": column("judul", decoder=text())}
    return Mapping(record=Notice, source="warta", selectable=WARTA, columns=columns, alive=alive)


ROWS: tuple[tuple[int, str | None, str | None], ...] = (
    (1, "1", None),
    (2, "1", "2026-01-01 08:00:00"),
    (3, "0", None),
    (4, "2", None),
    (5, None, None),
    (6, "1", ""),
    (7, "1", None),
    (8, "0", "2026-01-01 08:00:00"),
)


@pytest.fixture(scope="module")
def warta(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        "CREATE TABLE warta (id INTEGER PRIMARY KEY, judul VARCHAR(20), verifikasi CHAR(1), deleted_at VARCHAR(20))"
        f" {laboratory.table_end}"
    )
    rows: list[dict[str, object]] = [
        {"id": key, "judul": f"Judul {key % 2}", "verifikasi": verified, "deleted_at": deleted}
        for key, verified, deleted in ROWS
    ]
    laboratory.insert("warta", rows)
    yield laboratory
    laboratory.write("DROP TABLE warta")


ALIVE: dict[str, tuple[RowFilter | tuple[RowFilter, ...], list[int]]] = {
    "nothing says so": ((), [1, 2, 3, 4, 5, 6, 7, 8]),
    "one value": (column_equals("verifikasi", "1"), [1, 2, 6, 7]),
    "two values": (column_equals("verifikasi", "1", "2"), [1, 2, 4, 6, 7]),
    "null": (column_is_null("deleted_at"), [1, 3, 4, 5, 7]),
    "both": (tuple(EITHER), [1, 7]),
    "both, the other way round": (tuple(EITHER[::-1]), [1, 7]),
}


@pytest.mark.parametrize("name", ALIVE)
def test_rows_exist_where_all_that_is_stated_is_so(warta: Laboratory, name: str) -> None:
    alive, expected = ALIVE[name]
    mapping = notices(alive)
    assert list(warta.read(mapping).columns["id"]) == expected
    assert warta.count(mapping) == [len(expected)]
    assert warta.ids(mapping, Not(is_in("title", "Judul 0"))) == {key for key in expected if key % 2}


def test_children_of_parents_exist_by_the_same_conditions(warta: Laboratory) -> None:
    mapping = notices(tuple(EITHER))
    parents = ParentKeys("title", (("Judul 0",), ("Judul 1",)))
    rows = warta.read(mapping, rows_max=5, parents=parents)
    assert list(zip(rows.parents, rows.columns["id"], strict=True)) == [(1, 1), (1, 7)]
    assert warta.count(mapping, parents=parents) == [0, 2]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mariadb", "mssql", "oracle"])
def test_every_dialect_states_both_in_every_statement(dialect: str) -> None:
    statements, mapping = Statements(DIALECTS[dialect]), notices(tuple(EITHER))
    criteria = Criteria("notices", ("id",), EVERYTHING, (Order("id"),), 5)
    for statement in (statements.select(mapping, criteria), statements.count(mapping, CountCriteria("notices"))):
        assert "t.deleted_at IS NULL" in statement.text
        assert "verifikasi" in statement.text
        assert statement.parameters == ()


@pytest.mark.parametrize("gone", ["verifikasi", "deleted_at"])
def test_without_a_column_that_says_so_nothing_can_be_read(warta: Laboratory, gone: str) -> None:
    mapping = notices(tuple(EITHER))
    assert mapping.needed == {"id", "verifikasi", "deleted_at"}
    bound = Binding(mapping, Source("warta", "x", "Warta"), Department("x", "X", "X"), warta.connector)
    warta.write(f"ALTER TABLE warta RENAME COLUMN {gone} TO lama")
    try:
        warta.runner.run(bound.check())
        assert bound.unreadable
    finally:
        warta.write(f"ALTER TABLE warta RENAME COLUMN lama TO {gone}")
    assert warta.runner.run(bound.check()) == []


@pytest.mark.parametrize(
    ("alive", "sentence"),
    [
        (column_equals("verifikasi", 1), "reads verifikasi as Integer"),
        ((column_is_null("deleted_at"), column_equals("verifikasi", 1)), "reads verifikasi as Integer"),
        (column_is_null("dihapus"), "reads dihapus, which its selectable does not have"),
    ],
)
def test_a_condition_that_cannot_work_is_refused(alive: RowFilter | tuple[RowFilter, ...], sentence: str) -> None:
    with pytest.raises(MappingError, match=sentence):
        notices(alive)
