"""The cookbook of docs/adding-a-department.md: each recipe is run on each engine, and reads what the page says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from connectors.criteria import CountCriteria, Criteria, Order
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Call
from connectors.reading import clean
from connectors.sql.connector import SqlConnector
from models.batch import Origin, ServedFrom
from models.predicates import EVERYTHING
from models.records import KEY
from tests import servers

PAGE = Path(__file__).resolve().parent.parent / "docs" / "adding-a-department.md"
COOKBOOK = PAGE.read_text(encoding="utf-8").partition("\n## Cookbook\n")[2]
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}
CALL = Call("Cookbook", 5_000)


class Recipe(NamedTuple):
    name: str
    sql: str
    code: str
    rows: str

    def __str__(self) -> str:
        return self.name


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


(PREAMBLE, *_) = blocks(COOKBOOK, "python")
SECTIONS = [section.partition("\n")[::2] for section in re.split(r"^### ", COOKBOOK, flags=re.MULTILINE)[1:]]
RECIPES = [
    Recipe(name, *(blocks(text, language)[0] for language in ("sql", "python", "json")))
    for name, text in SECTIONS
    if blocks(text, "json")
]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with _lent(request, tmp_path) as url:
        yield url


@contextmanager
def _lent(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{(folder / 'cookbook.db').as_posix()}"
    elif request.param == "postgresql":
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url
    else:
        with servers.mariadb_database(request.getfixturevalue("mariadb_server")) as url:
            yield url


def test_every_recipe_is_there() -> None:
    assert [name for name, _ in SECTIONS] == [
        "A constant", "A grouping", "A pivot", "A self-join", "A key/value table", "Texts as a record",
        "`complaint_handlings`", "Time zones", "What happens without a field", "A minimal city",
        "A password for `inspect`",
    ]  # fmt: skip
    assert len(RECIPES) == 7


def test_recipes_read_what_the_page_says(database: str) -> None:
    """All on one database, since lending one takes longer than a recipe."""
    asyncio.run(_prepared(database))
    for recipe in RECIPES:
        names: dict[str, Any] = {}
        exec(PREAMBLE + recipe.code, names)  # the page is the house's own
        assert asyncio.run(_read(database, names["MAPPING"])) == json.loads(recipe.rows), recipe.name


async def _prepared(url: str) -> None:
    target = sa.make_url(url)
    engine = create_async_engine(target.set(drivername=DRIVERS[target.drivername]), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for recipe in RECIPES:
                for statement in filter(str.strip, recipe.sql.split(";\n")):
                    await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()


async def _read(url: str, mapping: Mapping) -> list[dict[str, Any]]:
    connector = SqlConnector(url, LoadContract(statement_ms_max=5_000))
    fields = tuple(mapping.columns)
    try:
        asked = Criteria(mapping.record.name, fields, EVERYTHING, (Order(KEY),), 100)
        rows = await connector.read(mapping, asked, CALL)
        (count,) = await connector.count(mapping, CountCriteria(mapping.record.name), CALL)
    finally:
        await connector.close()
    origin = Origin(mapping.source, "dindik", datetime.now(UTC), ServedFrom.SOURCE, None)
    reading = clean(mapping, fields, rows, origin)
    assert reading.findings == ()
    assert count == rows.length
    return [{name: _plain(reading.batch.columns[name][row]) for name in fields} for row in range(rows.length)]


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)
