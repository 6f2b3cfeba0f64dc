"""What filters through three departments take in process: `python -m bench.across URL`, of a sample city (`city`).

Complaints are looked for by the jobs and the hospitals in their area, and licenses by the complaints and the jobs
there: what the city's departments know lies in three databases, between which only keys travel. Printed are medians of
wall time without any cache, policy and decoding included: of a page of 20 rows, and of the count.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime

from bench.lists import median_ms, records_of, request
from connectors.criteria import Order
from models.areas import Area
from models.complaints import Complaint, ComplaintStatus
from models.hospitals import HospitalClass
from models.jobs import JobPostingStatus
from models.licenses import License
from models.predicates import And, Not, Predicate, Related, is_in
from models.records import Record
from resolvers.across import Across
from resolvers.areas.nearby import Nearby
from resolvers.areas.placement import Placement
from resolvers.areas.tree import AreaTree
from resolvers.records import Columns, Read

_WITH_JOBS = Related(Area.relations["job_postings"], is_in("status", JobPostingStatus.OPEN))
_WITH_HOSPITALS = Related(Area.relations["hospitals"], is_in("hospital_class", HospitalClass.C))
_WITH_COMPLAINTS = Related(Area.relations["complaints"], is_in("status", ComplaintStatus.OPEN))

LISTS: list[tuple[str, type[Record], Predicate]] = [
    (
        "complaints where jobs are open and no hospital of class C is",
        Complaint,
        Related(Complaint.relations["area"], And((_WITH_JOBS, Not(_WITH_HOSPITALS)))),
    ),
    (
        "licenses where complaints and jobs are open",
        License,
        Related(License.relations["area"], And((_WITH_COMPLAINTS, _WITH_JOBS))),
    ),
]


async def measure(url: str) -> None:
    records = records_of(url)
    areas = AreaTree(records, lambda: datetime.now(UTC))
    placement = Placement(records, areas, None, lambda: datetime.now(UTC))
    records.across = Across(records, areas, Nearby(records, areas, None, placement), placement)
    print(f"load {os.getloadavg()[0]:.1f}")
    for title, record, where in LISTS:
        read = Read(
            record, Columns(frozenset(record.fields) & {"id", "status"}), where, order=(Order("id"),), rows_max=20
        )
        found = sum(await records.count(request(), read))
        page = await median_ms(lambda read=read: records.read(request(), read))  # type: ignore[misc]  # bound now
        count = await median_ms(lambda read=read: records.count(request(), read))  # type: ignore[misc]  # bound now
        print(f"{title:60} {found:7} found   page {page:7.1f} ms   count {count:7.1f} ms")
    await records.catalog.close()


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1]))
