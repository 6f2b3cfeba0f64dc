"""What groups cost a department's database: `python -m bench.aggregates URL`, of a sample city of the size `city`.

bench.questions measures what a client waits for; this tells the database's work from the hub's. Printed are medians
without any cache, of rounds that take turns: the hub in this process, with policy, decoding and merging, and the
hand-written SQL that groups the same rows by the bare digits, without asking whether they are a day that exists. The
wall time is that of this machine and its load; the processor time is the database's own, of the one session.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from bench.lists import ROUNDS, records_of, request
from bench.server_time import ServerTime
from connectors.departments.city import TANGERANG
from connectors.sql.connector import SqlConnector
from models.complaints import Complaint
from models.values.periods import BucketUnit
from models.values.types import AreaCode
from resolvers.aggregates.groups import Bucket, GroupQuestion, aggregated
from sample.areas import places

_JOINED = {"postgresql": "substr(tgl_pengaduan, 7, 4) || '-' || substr(tgl_pengaduan, 4, 2)"}
_CONCATENATED = "concat(substr(tgl_pengaduan, 7, 4), '-', substr(tgl_pengaduan, 4, 2))"
_WHERE = "hapus = 'T' AND publikasi IN ('Publik', 'Anonim')"

ZONE = TANGERANG.time_zone
DISTRICTS: dict[object, AreaCode] = {
    AreaCode(area.code): AreaCode(area.parent_code) for area in places() if area.level == "VILLAGE" and area.parent_code
}
QUESTIONS: dict[str, GroupQuestion] = {
    "by district and month": GroupQuestion(
        Complaint, ("area_code",), bucket=Bucket("requested_at", BucketUnit.MONTH, ZONE), areas=DISTRICTS
    ),
    "by district": GroupQuestion(Complaint, ("area_code",), areas=DISTRICTS),
    "by department, category and status": GroupQuestion(Complaint, ("department_code", "category_code", "status")),
}


def hand_written(dialect: str, question: GroupQuestion) -> str:
    """The same groups in SQL, by what is stored."""
    stored = {"area_code": "kd_desa", "department_code": "kd_opd", "category_code": "kd_kategori", "status": "stts"}
    keys = [stored[name] for name in question.by]
    if question.bucket is not None:
        keys.append(_JOINED.get(dialect, _CONCATENATED))
    places = ", ".join(str(at + 1) for at in range(len(keys)))
    return f"SELECT {', '.join(keys)}, count(*) FROM tbl_pengaduan WHERE {_WHERE} GROUP BY {places}"  # noqa: S608  # constants


async def measure(url: str) -> None:
    records = records_of(url, connections_max=1)
    source = records.catalog.connectors["complaints"]
    assert isinstance(source, SqlConnector)
    spent = await ServerTime.of(source)
    print(f"load {os.getloadavg()[0]:.1f}; medians of {ROUNDS} rounds, in ms: wall (of it the database's processor)")
    for title, question in QUESTIONS.items():
        text = hand_written(source.dialect.name, question)
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "hub": lambda question=question: aggregated(records, request(), question, ZONE),  # type: ignore[misc]  # bound now
            "hand-written": lambda text=text: source._pool.fetch(text, ()),  # type: ignore[misc]  # noqa: SLF001  # the same session
        }
        told = [f"{way} {wall:.0f} ({database:.0f})" for way, (wall, database) in (await by_turns(ways, spent)).items()]
        print(f"{source.dialect.name:10} {title:36} {'   '.join(told)}")
    await records.catalog.close()


async def by_turns(
    ways: Mapping[str, Callable[[], Awaitable[object]]], spent: ServerTime
) -> dict[str, tuple[float, float]]:
    """For each way the medians of wall time and of the database's processor time, so that all bear the same load."""
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, work in ways.items():
            started, before_ms = time.perf_counter(), spent.spent_ms()
            await work()
            taken[way].append(((time.perf_counter() - started) * 1000, spent.spent_ms() - before_ms))
    return {
        way: (statistics.median(wall for wall, _ in rounds), statistics.median(cpu for _, cpu in rounds))
        for way, rounds in taken.items()
    }


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1]))
