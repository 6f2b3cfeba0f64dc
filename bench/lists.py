"""Each list of the six departments with a filter and an order: `python -m bench.lists URL`, of a sample city.

Printed are medians of wall time: of a page of 20 rows, policy and decoding included, and of the count of the list.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from connectors.catalog import Catalog
from connectors.criteria import Order, ParentKeys
from connectors.departments import PACKAGE
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.sql.connector import SqlConnector
from models.complaints import ComplaintStatus
from models.hospitals import HospitalClass
from models.jobs import JobPostingStatus
from models.licenses import LicenseStatus
from models.policy.viewer import Role, Viewer
from models.predicates import EVERYTHING, Compare, Operator, Predicate, is_in
from models.request import Deadline, Request
from models.values.localized import Language
from resolvers.records import Columns, Read, Records
from resolvers.source_reader import SourceReader
from sample.areas import truth
from sample.citizens.people import resident_number
from schema.build import RECORDS

ROUNDS = 11
STATEMENT_MS_MAX = 30_000
_AREAS = [area for area in truth() if area.code.startswith("36.71.05")]
CIPONDOH = ParentKeys("area_code", (tuple(area.code for area in _AREAS),))
CIPONDOH_BPS = ParentKeys("area_bps_code", (tuple(area.bps_code for area in _AREAS if area.bps_code is not None),))
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def _newest(field: str) -> tuple[Order, ...]:
    return (Order(field, descending=True),)


LISTS: list[tuple[str, str, Predicate, tuple[Order, ...], ParentKeys | None]] = [
    ("complaints, open, newest", "complaints", is_in("status", ComplaintStatus.OPEN), _newest("requested_at"), None),
    ("complaints of a district", "complaints", EVERYTHING, _newest("requested_at"), CIPONDOH),
    ("complaints of a reporter", "complaints", EVERYTHING, (), ParentKeys("reporter_nik", ((resident_number(0),),))),
    ("licenses, active, newest", "licenses", is_in("status", LicenseStatus.ACTIVE), _newest("issued_at"), None),
    ("licenses of a district", "licenses", EVERYTHING, _newest("issued_at"), CIPONDOH_BPS),
    ("licenses of a holder", "licenses", EVERYTHING, (), ParentKeys("holder_nik", ((resident_number(0),),))),
    ("postings, open, newest", "job_postings", is_in("status", JobPostingStatus.OPEN), _newest("date_posted"), None),
    ("postings of a district", "job_postings", EVERYTHING, _newest("date_posted"), CIPONDOH),
    ("hospitals, class C, by name", "hospitals", is_in("hospital_class", HospitalClass.C), (Order("name"),), None),
    ("news since January, newest", "news_articles", Compare("date_published", Operator.GTE, (SINCE,)),
     _newest("date_published"), None),
    ("licenses valid until", "licenses", Compare("valid_until", Operator.GTE, (date(2026, 12, 1),)),
     (Order("valid_until"),), None),
]  # fmt: skip


def records_of(url: str, connections_max: int = 4) -> Records:
    # The guard too has to leave a statement its time: by the usual contract those of a large city are slow.
    load = LoadContract(connections_max, STATEMENT_MS_MAX)
    city = replace(PACKAGE, sources=tuple(replace(source, load=load) for source in PACKAGE.sources))
    connectors = {source.name: SqlConnector(url, load) for source in city.sources}
    return Records(Catalog(city, connectors), SourceReader(Guard(lambda *_: None), lambda _: None))


def request() -> Request:
    viewer = Viewer(Role.CITIZEN, nik=resident_number(0))  # type: ignore[arg-type]  # a resident number as text
    return Request("bench", viewer, Deadline.in_ms(STATEMENT_MS_MAX), Language.EN)


async def median_ms(work: Callable[[], Awaitable[object]]) -> float:
    walls = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await work()
        walls.append((time.perf_counter() - started) * 1000)
    return statistics.median(walls[1:])


async def measure(url: str) -> None:
    records = records_of(url)
    for title, name, where, order, parents in LISTS:
        record = RECORDS[name]
        shown = frozenset(field.name for field in record.fields.values() if field.personal.value == "NON_PERSONAL")
        mapped = shown & PACKAGE_FIELDS[name]
        read = Read(record, Columns(mapped), where=where, order=order, rows_max=21, parents=parents)
        page = await median_ms(lambda read=read: records.read(request(), read))  # type: ignore[misc]  # bound now
        count = await median_ms(lambda read=read: records.count(request(), replace(read, order=())))  # type: ignore[misc]  # as above
        print(f"{title:30} page {page:8.1f} ms   count {count:8.1f} ms")
    await records.catalog.close()


PACKAGE_FIELDS = {mapping.record.name: frozenset(mapping.columns) for mapping in PACKAGE.mappings}

if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1]))
