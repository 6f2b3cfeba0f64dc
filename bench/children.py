"""The newest complaints of each village in one read, over a whole connector: `python -m bench.children URL`.

The URL names a database that holds the sample city (`./simpul sample --size city --into URL`). Printed are
milliseconds of wall time from criteria to clean columns, and how many statements that took.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime

import sqlalchemy as sa

from connectors.criteria import Criteria, Order, ParentKeys
from connectors.departments.complaints import COMPLAINTS
from connectors.load import LoadContract
from connectors.protocol import Call
from connectors.reading import clean
from connectors.sql.connector import SqlConnector
from models.batch import Origin, ServedFrom
from models.predicates import EVERYTHING
from sample.areas import truth

ROUNDS = 50
COLUMNS = ("id", "ticket_number", "category_code", "status", "requested_at", "area_code")


def criteria() -> Criteria:
    """The five newest complaints of each of the 104 villages."""
    villages = tuple((area.code,) for area in truth() if area.level == "VILLAGE")
    order = (Order("requested_at", descending=True), Order("id", descending=True))
    parents = ParentKeys("area_code", villages)
    return Criteria("complaints", COLUMNS, EVERYTHING, order, 5, parents=parents)


async def measure(url: str) -> None:
    connector = SqlConnector(url, LoadContract(statement_ms_max=30_000))
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    engine = connector._engine  # noqa: SLF001  # it counts from outside
    assert engine is not None
    sa.event.listen(engine.sync_engine, "before_cursor_execute", count)
    asked = criteria()
    origin = Origin("complaints", "diskominfo", datetime.now(UTC), ServedFrom.SOURCE, None)
    walls: list[float] = []
    rows = 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        raw = await connector.read(COMPLAINTS, asked, Call("bench", 30_000))
        rows = clean(COMPLAINTS, COLUMNS, raw, origin).batch.length
        walls.append((time.perf_counter() - started) * 1000)
    await connector.close()
    ordered = sorted(walls[5:])
    median, p90 = statistics.median(ordered), ordered[len(ordered) * 9 // 10]
    print(
        f"{connector.dialect.name}: {rows} rows, {statements // ROUNDS} statement per read, {len(ordered)} reads; "
        f"min {ordered[0]:.1f} ms, median {median:.1f} ms, p90 {p90:.1f} ms"
    )


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1]))
