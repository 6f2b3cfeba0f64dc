"""The migrations build exactly the tables that models/tables.py declares, and take them away again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from models.tables import metadata
from store.database.engine import normalized_url
from store.database.migrate import head, upgrade
from tests import servers
from tests.migrated import current, downgrade

TABLES = [
    "clients", "complaint_feedback", "consent_withdrawals", "delivery_attempts", "erasure_searches", "findings",
    "generation", "intents", "key_requests", "leases", "ledger_anchored", "ledger_entries", "ledger_heads",
    "ledger_persons", "outbox", "photo_bands", "photos", "record_changes", "rights_requests", "rights_steps",
    "source_changes", "trusted_documents", "uploads", "views",
]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'hub.db').as_posix()}"
    else:
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as postgres:
            yield postgres


def in_database(url: str, work: Any) -> Any:
    async def run() -> Any:
        engine = create_async_engine(normalized_url(url), poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def indexed(index: Any) -> dict[str, Any]:
    """An index whose condition compares as text."""
    return {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


def shape(connection: Connection) -> dict[str, Any]:
    """What the comparison of Alembic leaves out, too: primary keys, checks and every name."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], repr(column["type"]), column["nullable"], column["default"], column.get("comment"))
                for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "unique": sorted(inspector.get_unique_constraints(table), key=lambda each: str(each["name"])),
            "checks": sorted(inspector.get_check_constraints(table), key=lambda each: str(each["name"])),
            "indexes": sorted(map(indexed, inspector.get_indexes(table)), key=lambda each: str(each["name"])),
            "foreign keys": inspector.get_foreign_keys(table),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def table_names(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


def test_alembic_sees_no_difference(url: str) -> None:
    upgrade(url)
    assert in_database(url, differences) == []


def test_the_comparison_does_see_a_difference(url: str) -> None:
    upgrade(url)
    in_database(url, lambda connection: connection.exec_driver_sql("DROP INDEX ix_findings_last_seen_at"))
    assert [difference[0] for difference in in_database(url, differences)] == ["add_index"]


def test_keys_checks_and_names_are_those_of_the_declared_tables(url: str) -> None:
    upgrade(url)
    migrated = in_database(url, shape)
    downgrade(url, "base")
    in_database(url, metadata.create_all)
    assert migrated == in_database(url, shape)
    assert sorted(migrated) == TABLES


def test_down_takes_everything_away_and_up_brings_it_back(url: str) -> None:
    assert upgrade(url) == head()
    assert in_database(url, table_names) == ["alembic_version", *TABLES]
    assert downgrade(url, "0001") == "0001"
    assert in_database(url, table_names) == ["alembic_version", "clients", "findings"]
    assert downgrade(url, "base") is None
    assert in_database(url, table_names) == ["alembic_version"]
    assert current(url) is None
    assert upgrade(url) == head()
    assert in_database(url, differences) == []


def test_each_revision_says_what_it_is_for_and_is_named_by_its_file() -> None:
    files = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
    assert [file.name.split("_")[0] for file in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith('"""')
        assert f'revision = "{file.name.split("_")[0]}"' in text
