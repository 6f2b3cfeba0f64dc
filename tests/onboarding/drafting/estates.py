"""Estates: legacy databases of no department of the sample city, with what is true of each row that they hold."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from connectors.criteria import Criteria, Order
from connectors.departments.city import TANGERANG
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Call
from connectors.sql.connector import SqlConnector
from models.predicates import EVERYTHING
from onboarding.drafting.drafter import Draft, draft
from onboarding.drafting.mapping_file import Heading
from onboarding.drafting.reading import Limits

MAPPINGS = Path(__file__).parent / "mappings"
ROWS_MAX = 5_000
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}

Row = dict[str, object]


@dataclass(frozen=True)
class Estate:
    """A database: its tables and their rows, the subject that it holds, and the clean records by name and key.

    `personal` are the columns whose values must not stand in a draft.
    """

    name: str
    subject: str
    department: str
    ddl: tuple[str, ...]
    rows: dict[str, list[Row]]
    truth: dict[str, dict[str, Row]]
    personal: tuple[tuple[str, str], ...]

    @property
    def secrets(self) -> set[str]:
        """The values that must not stand in a draft, those apart that are too short to be anybody's."""
        cells = {str(row[column]) for table, column in self.personal for row in self.rows[table] if row[column]}
        return {cell for cell in cells if len(cell) > 3}


def write(estate: Estate, url: str) -> None:
    """Create the tables of an estate and fill them."""
    asyncio.run(_write(estate, url))


async def _write(estate: Estate, url: str) -> None:
    parsed = sa.make_url(url)
    engine = create_async_engine(parsed.set(drivername=_DRIVERS[parsed.get_backend_name()]))
    try:
        async with engine.begin() as connection:
            for statement in estate.ddl:
                await connection.exec_driver_sql(statement)
            for table, rows in estate.rows.items():
                await connection.execute(sa.insert(sa.table(table, *map(sa.column, rows[0]))), rows)
    finally:
        await engine.dispose()


def heading(estate: Estate) -> Heading:
    return Heading(estate.subject, estate.name, estate.department, True, "connectors.departments.city", "TANGERANG")


def drafted(estate: Estate, url: str, limits: Limits | None = None) -> Draft:
    return asyncio.run(draft(url, heading(estate), TANGERANG, limits or Limits(), lambda *_: None))


def mapping_file(name: str) -> str:
    """The mapping file that is right for an estate, written by hand."""
    return (MAPPINGS / f"{name}.py").read_text(encoding="utf-8")


def module_of(path: Path) -> ModuleType:
    """A mapping file as a module."""
    spec = importlib.util.spec_from_file_location(f"drafted_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(mappings: Sequence[Mapping], url: str) -> dict[str, dict[str, Row]]:
    """What the hub reads through these mappings: by record and key, the clean value of each field."""
    return asyncio.run(_read(mappings, url))


async def _read(mappings: Sequence[Mapping], url: str) -> dict[str, dict[str, Row]]:
    connector = SqlConnector(url, LoadContract(connections_max=1, statement_ms_max=5_000))
    try:
        return {mapping.record.name: await _rows(connector, mapping) for mapping in mappings}
    finally:
        await connector.close()


async def _rows(connector: SqlConnector, mapping: Mapping) -> dict[str, Row]:
    fields = tuple(mapping.columns)
    criteria = Criteria(mapping.record.name, fields, EVERYTHING, (Order("id"),), ROWS_MAX)
    rows = await connector.read(mapping, criteria, Call("Estates", 5_000))
    clean: dict[str, Sequence[Any]] = {
        name: mapped.decoder.decode(*(rows.columns[legacy] for legacy in mapped.legacy)).values
        for name, mapped in mapping.columns.items()
    }
    return {clean["id"][at]: {name: clean[name][at] for name in fields} for at in range(rows.length)}
