"""Indexes: what a source lacks is named as its owner would create it; what no index serves is said as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from connectors.departments import PACKAGE
from connectors.departments.licenses import LICENSE_APPLICATIONS, LICENSES
from connectors.indexes import Indexes, MissingIndex, Unserved, advice_for
from connectors.mapping import Mapping
from tests.connectors.conftest import Laboratory
from tests.connectors.specimens import SPECIMENS

RELATIONS = [one for mapping in PACKAGE.mappings for one in mapping.record.relations.values()]

AS_SAMPLED = frozenset({
    ("izin_id",), ("izin_kecamatan", "izin_id"), ("izin_kode_jenis", "izin_id"), ("izin_tglberakhir", "izin_id"),
    ("izin_no_sk",), ("izin_ktp",),
})  # fmt: skip
ISSUED = MissingIndex("dp_izin", ("izin_tglterbit", "izin_id"), ("filter by issued_at",))


def named(mapping: Mapping, indexes: Indexes) -> tuple[MissingIndex, ...]:
    return advice_for(mapping, RELATIONS, indexes).missing


# --- What is missing --------------------------------------------------------------------------------------------------


def test_an_index_serves_what_it_begins_with() -> None:
    assert named(LICENSES, {"dp_izin": AS_SAMPLED}) == (ISSUED,)
    turned = AS_SAMPLED - {("izin_tglberakhir", "izin_id")} | {("izin_id", "izin_tglberakhir")}
    assert named(LICENSES, {"dp_izin": turned}) == (
        ISSUED,
        MissingIndex(
            "dp_izin",
            ("izin_tglberakhir", "izin_id"),
            ("filter by valid_until", "order within a range by valid_until"),
        ),
    )


def test_a_table_without_any_index_lacks_one_for_each_way_to_ask() -> None:
    assert [(index.columns, index.uses) for index in named(LICENSES, {"dp_izin": frozenset()})] == [
        (("izin_no_sk", "izin_id"), ("filter by number",)),
        (("izin_kode_jenis", "izin_id"), ("filter by type_code", "reached from license_types.licenses by type_code")),
        (("izin_tglterbit", "izin_id"), ("filter by issued_at",)),
        (("izin_tglberakhir", "izin_id"), ("filter by valid_until", "order within a range by valid_until")),
        (("izin_kecamatan", "izin_id"), ("filter by area_bps_code", "reached from areas.licenses by area_bps_code")),
        (("izin_id",), ("order by id", "order by issued_at")),
        (("izin_ktp", "izin_id"), ("reached from citizens.licenses by holder_nik",)),
    ]


def test_what_is_no_table_gets_no_advice() -> None:
    assert named(LICENSES, {}) == ()


def test_the_statement_is_the_owners_to_run() -> None:
    statement = "CREATE INDEX idx_dp_izin_izin_tglterbit ON dp_izin (izin_tglterbit, izin_id)"
    assert ISSUED.statement == statement
    in_schema = replace(ISSUED, table="perizinan.dp_izin", columns=("izin_id",))
    assert in_schema.statement == "CREATE INDEX idx_dp_izin_izin_id ON perizinan.dp_izin (izin_id)"


def test_what_no_index_serves_is_said_with_what_is_compared() -> None:
    unserved = advice_for(LICENSES, RELATIONS, {}).unserved
    assert unserved == (
        Unserved("number", ("filter by a part of",), "an expression over izin_no_sk"),
        Unserved("type_code", ("filter by a part of",), "an expression over izin_kode_jenis"),
        Unserved("valid_until", ("order without a range by",), "an expression over izin_tglberakhir"),
    )
    relation = next(one for one in RELATIONS if one.target == "licenses")
    computed = replace(relation, target="license_applications", on=(("bps_code", "area_bps_code"),))
    assert Unserved("area_bps_code", ("reached from areas.licenses by",), "wilayah, which the mapping computes") in (
        advice_for(LICENSE_APPLICATIONS, [replace(computed, record="areas", name="licenses")], {}).unserved
    )


# --- What a database has ----------------------------------------------------------------------------------------------


@pytest.fixture
def indexed(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        f"CREATE TABLE uji (id INTEGER PRIMARY KEY, t VARCHAR(200), n INTEGER, UNIQUE (n)) {laboratory.table_end}",
        "CREATE INDEX uji_tn ON uji (t, n)",
        "CREATE VIEW uji_lihat AS SELECT * FROM uji",
    )
    yield laboratory
    laboratory.write("DROP VIEW uji_lihat", "DROP TABLE uji")


def told(laboratory: Laboratory, mapping: Mapping) -> Indexes:
    return laboratory.runner.run(laboratory.connector.indexes_of(mapping))


def test_a_database_tells_its_indexes(indexed: Laboratory) -> None:
    assert told(indexed, SPECIMENS) == {"uji": frozenset({("id",), ("n",), ("t", "n")})}


def test_the_tables_of_a_select_are_told_too(indexed: Laboratory) -> None:
    table, history = sa.table("uji", *map(sa.column, "itn")), sa.table("uji", sa.column("id")).alias("h")
    latest = sa.select(history.c.id).where(history.c.id == table.c.n).scalar_subquery()
    select = sa.select(table.c.t.label("id"), table.c.n, latest.label("t")).subquery("t")
    mapping = replace(SPECIMENS, selectable=select)
    assert set(told(indexed, mapping)) == {"uji"}


def test_a_view_is_no_table(indexed: Laboratory) -> None:
    view = sa.table("uji_lihat", sa.column("id", sa.Integer), sa.column("t", sa.String), sa.column("n", sa.Integer))
    assert told(indexed, replace(SPECIMENS, selectable=view)) == {}


def test_an_index_on_some_rows_or_on_an_expression_serves_no_column(indexed: Laboratory) -> None:
    """MariaDB has neither kind."""
    if indexed.engine.startswith("mariadb"):
        indexed.write("DROP INDEX uji_tn ON uji")
    else:
        some, lower = "CREATE INDEX a ON uji (t) WHERE n > 1", "CREATE INDEX b ON uji (lower(t), n)"
        indexed.write("DROP INDEX uji_tn", some, lower)
    assert told(indexed, SPECIMENS) == {"uji": frozenset({("id",), ("n",)})}
