"""SQLite runs in a thread: whenever it looks at the clock it waits until the event loop lets go of the interpreter."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from connectors.criteria import CountCriteria
from connectors.decoders import number_key
from connectors.load import LoadContract
from connectors.mapping import Mapping, column
from connectors.sql.connector import SqlConnector
from tests.connectors.conftest import CALL
from tests.connectors.letters import Letter


def test_a_statement_does_not_spend_its_time_in_waiting_for_a_busy_loop(tmp_path: Path) -> None:
    file = tmp_path / "numbers.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE surat_besar (id INTEGER)")
        connection.executemany("INSERT INTO surat_besar VALUES (?)", [(at,) for at in range(400)])
        connection.commit()
    table = sa.table("surat_besar", sa.column("id", sa.Integer))
    a, b, c = table.alias("a"), table.alias("b"), table.alias("c")
    # More than a million rows are looked at, which takes a seventh of the limit.
    crossed = sa.select(a.c.id).select_from(a, b, c).where(c.c.id < 8, a.c.id + b.c.id + c.c.id < 0).subquery("t")
    columns = {"id": column("id", decoder=number_key())}
    mapping = Mapping(record=Letter, source="surat", selectable=crossed, columns=columns)

    async def count() -> list[int]:
        connector = SqlConnector(f"sqlite:///{file.as_posix()}", LoadContract(statement_ms_max=2_500))
        try:
            counting = asyncio.ensure_future(connector.count(mapping, CountCriteria("letters"), CALL))
            while not counting.done():
                ends_at_s = time.monotonic() + 0.03
                while time.monotonic() < ends_at_s:
                    pass
                await asyncio.sleep(0)
            return counting.result()
        finally:
            await connector.close()

    assert asyncio.run(count()) == [0]
