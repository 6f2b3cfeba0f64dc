"""Lists of an area with over a hundred keys, in every order, on each engine and of copies: rows are looked at once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from connectors.protocol import Call
from connectors.replica.replica import Replica
from connectors.sql.pool import Pool
from connectors.sql.sessions import opening
from models.areas import Area
from models.records import Record
from sample import places, web
from schema.core.entity import ENTITIES
from tests.graph.harness import City, Urls, opened
from tests.small_city import small_city

COPIED = ("events", "prices", "schools")
"""What the hub answers from copies of files and feeds."""
STEPS_PER_ROW = 120
"""How many steps of its machine SQLite takes at most for a row that it decodes, compares and sorts."""
ROWS_BESIDE = 40
"""What is looked at besides the rows: the first page of those that are sorted, and the keys themselves."""


@pytest.fixture(scope="module")
async def whole(small_urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """The databases of the small city on an engine, and copies of its files and feeds."""
    folder = small_city(tmp_path_factory.mktemp("files"))
    files = places.urls(folder)
    hosts = {places.HOST: httpx2.ASGITransport(web.app(folder))}
    async with opened({**{name: files[name] for name in COPIED}, **small_urls}, transports=hosts) as city:
        await city('{ area(code: "36.71") { complaints { totalCount } } }')
        yield city


class Looked:
    """Counts the rows that databases look at for what is fetched, from the moment on that it is told to."""

    def __init__(self) -> None:
        self.rows: list[float] = []

    async def at(self, session: Any, text: str, parameters: tuple[object, ...]) -> float:
        if isinstance(session, opening._SqliteSession):
            return await self._steps(session, text, parameters) / STEPS_PER_ROW
        if isinstance(session, opening._MariadbSession):
            return await self._handled(session, text, parameters)
        (row,) = await session.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", parameters)
        (plan,) = json.loads(row[0])
        return sum(map(_looked_in, _nodes(plan["Plan"])))

    async def _steps(self, session: Any, text: str, parameters: tuple[object, ...]) -> int:
        steps = 0

        def step() -> bool:
            nonlocal steps
            steps += 10
            return False

        await session.connection.set_progress_handler(step, 10)
        try:
            await session.fetch(text, parameters)
        finally:
            await session.connection.set_progress_handler(session.is_over, opening.SQLITE_STEPS_PER_LOOK)
        return steps

    async def _handled(self, session: Any, text: str, parameters: tuple[object, ...]) -> int:
        async def read() -> int:
            told = await session.fetch("SHOW SESSION STATUS LIKE 'Handler_read%%'", ())
            # Keys that are looked up are no rows, and those of a table of keys of the statement's own are few.
            return sum(int(number) for name, number in told if name not in ("Handler_read_key", "Handler_read_retry"))

        before = await read()
        await session.fetch(text, parameters)
        return await read() - before


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _looked_in(node: dict[str, Any]) -> float:
    """The rows that a node reads of a table."""
    if "Relation Name" not in node:
        return 0
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    found, fetched = Looked(), Pool._fetched

    async def counting(pool: Pool, taken: Any, held: Any, text: str, parameters: Any, *more: Any) -> Any:
        found.rows.append(await found.at(taken.session, text, parameters))
        return await fetched(pool, taken, held, text, parameters, *more)

    monkeypatch.setattr(Pool, "_fetched", counting)
    return found


LISTS = {relation.name: relation.target for relation in Area.relations.values() if relation.many}


def orders_of(city: City, record: type[Record]) -> list[str]:
    binding = city.catalog.binding(record)
    assert binding is not None
    return [name for name, field in record.fields.items() if field.sort and binding.mapping.sortable(name)]


async def rows_of(city: City, record: type[Record]) -> int:
    """How many rows there are of a record, shown to anybody or not."""
    binding = city.catalog.binding(record)
    assert binding is not None
    connector: Any = binding.connector
    if isinstance(connector, Replica):
        assert connector._in_use is not None
        connector = connector._in_use.connector
    return int(await connector.rows_up_to(1_000_000, binding.mapping.selectable, Call("rows", 5_000)))


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


@pytest.mark.parametrize("name", [name for name in LISTS if name != "children"])
async def test_an_ordered_list_of_many_keys_looks_at_each_row_once(whole: City, looked: Looked, name: str) -> None:
    record = next(entity.record for entity in ENTITIES.values() if entity.record.name == LISTS[name])
    rows = await rows_of(whole, record)
    orders = [f"orderBy: [{{{camel(order)}: {way}}}]" for order in orders_of(whole, record) for way in ("ASC", "DESC")]
    found = {}
    for order in ("", *orders):
        looked.rows.clear()
        answer = await whole(
            f'{{ area(code: "36.71") {{ {camel(name)}(first: 5{order and ", "}{order}) {{ nodes {{ id }} }} }} }}'
        )
        assert answer.errors == []
        found[order or "by key"] = sum(looked.rows)
    most = 2 * found["by key"] + rows + ROWS_BESIDE
    assert {order: number for order, number in found.items() if number > most} == {}, found
