"""W10, complaints by district and month: `python -m bench.aggregates URL`, of a sample city of the size `city`.

Printed are medians of wall time without any cache: the hub with policy, decoding and merging, and beside it the
hand-written SQL that groups the same rows by the bare digits, without asking whether they are a day that exists.
"""

from __future__ import annotations

import asyncio
import sys

from bench.lists import median_ms, records_of, request
from connectors.departments.city import TANGERANG
from connectors.sql.connector import SqlConnector
from models.complaints import Complaint
from models.periods import BucketUnit
from resolvers.aggregates import Bucket, GroupQuestion, aggregated

_JOINED = {"postgresql": "substr(tgl_pengaduan, 7, 4) || '-' || substr(tgl_pengaduan, 4, 2)"}
_CONCATENATED = "concat(substr(tgl_pengaduan, 7, 4), '-', substr(tgl_pengaduan, 4, 2))"
_WHERE = "hapus = 'T' AND publikasi IN ('Publik', 'Anonim')"

ZONE = TANGERANG.time_zone
QUESTIONS: dict[str, GroupQuestion] = {
    "by district and month": GroupQuestion(
        Complaint, ("area_code",), bucket=Bucket("requested_at", BucketUnit.MONTH, ZONE), area_dots=2
    ),
    "by district": GroupQuestion(Complaint, ("area_code",), area_dots=2),
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
    records = records_of(url)
    source = records.catalog.connectors["complaints"]
    assert isinstance(source, SqlConnector)
    for title, question in QUESTIONS.items():
        text = hand_written(source.dialect.name, question)
        hub = await median_ms(lambda question=question: aggregated(records, request(), question, ZONE))  # type: ignore[misc]  # bound now
        bare = await median_ms(lambda text=text: source._pool.fetch(text, ()))  # type: ignore[misc]  # noqa: SLF001  # the same sessions
        print(f"{source.dialect.name:12} {title:36} hub {hub:8.1f} ms   hand-written {bare:8.1f} ms")
    await records.catalog.close()


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1]))
