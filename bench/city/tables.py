"""The benchmark's database: the sample city's departments, and clean tables that every server under test can read.

A clean table holds the truth of the sample, so that a peer which knows nothing of legacy spellings can be compared:
codes are those of the graph, times are texts of RFC 3339, and what is not known is null.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg

from sample import areas
from sample.city import SIZES
from sample.complaints import source as complaints
from sample.jobs import source as jobs
from sample.write import write_city

SIZE = "bench"
COMPLAINTS_PUBLIC_MIN = 10_000
POSTINGS_MIN = 1_000

# As large as the longest list that is asked for; the others as in `small`.
SIZES[SIZE] = replace(SIZES["small"], complaints=12_500, job_postings=1_600)

TABLES = {
    "clean_areas": "id integer PRIMARY KEY, code text NOT NULL, name text, level text NOT NULL, parent_code text, "
    "bps_code text, postal_code text, latitude text, longitude text",
    "clean_categories": "code text PRIMARY KEY, name text, wider text",
    "clean_complaints": "id integer PRIMARY KEY, ticket_number text NOT NULL, category_code text, "
    "status text NOT NULL, status_detail text NOT NULL, "
    "publication text NOT NULL, channel text NOT NULL, requested_at text, area_code text, "
    "department_code text, address text, description text, reporter_nik text",
    "clean_postings": "id integer PRIMARY KEY, title text NOT NULL, hiring_organization text, description text, "
    "industry text, employment_type text NOT NULL, education text NOT NULL, date_posted text, valid_through text, "
    "status text NOT NULL, verification text NOT NULL, area_code text, location text",
}
INDEXES = (
    "CREATE UNIQUE INDEX ON clean_areas (code)",
    "CREATE INDEX ON clean_areas (parent_code)",
    "CREATE INDEX ON clean_complaints (area_code, id)",
    "CREATE INDEX ON clean_complaints (category_code, id)",
    "CREATE INDEX ON clean_complaints (reporter_nik)",
    "CREATE INDEX ON clean_postings (area_code, id)",
)

Row = tuple[object, ...]


def write_tables(url: str) -> None:
    """Fill an empty PostgreSQL database. Some seconds of work; not to be called inside a running event loop."""
    write_city(SIZE, url)
    asyncio.run(_write_clean(url))


async def _write_clean(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for name, columns in TABLES.items():
            await connection.execute(f"CREATE TABLE {name} ({columns})")
            await connection.copy_records_to_table(name, records=list(_ROWS[name]()))
        for statement in INDEXES:
            await connection.execute(statement)
        await connection.execute("ANALYZE")
        await _refuse_a_small_city(connection)
    finally:
        await connection.close()


async def _refuse_a_small_city(connection: Any) -> None:
    """The workloads ask for pages that must be full, else a figure would be that of a smaller page."""
    public = await connection.fetchval("SELECT count(*) FROM clean_complaints WHERE publication <> 'CONFIDENTIAL'")
    postings = await connection.fetchval("SELECT count(*) FROM clean_postings WHERE verification = 'VERIFIED'")
    if public < COMPLAINTS_PUBLIC_MIN or postings < POSTINGS_MIN:
        raise AssertionError(f"{public} complaints and {postings} postings are too few for the pages of the workloads")


def _areas() -> Iterator[Row]:
    for number, area in enumerate(areas.truth(), 1):
        places = (f"{degrees}" if degrees is not None else None for degrees in (area.latitude, area.longitude))
        yield number, area.code, area.name, area.level, area.parent_code, area.bps_code, area.postal_code, *places


def _categories() -> Iterator[Row]:
    for kind in complaints.categories():
        yield kind.code, kind.name, kind.group


def _complaints() -> Iterator[Row]:
    for case in complaints.generate(SIZES[SIZE]):
        if case.alive:
            one = case.truth
            at = one.requested_at.isoformat() if one.requested_at is not None else None
            yield (
                int(one.id), one.ticket_number, one.category_code, one.status, one.status_detail, one.publication,
                one.channel, at, one.area_code, one.department_code, one.address, one.description, one.reporter_nik,
            )  # fmt: skip


def _postings() -> Iterator[Row]:
    for case in jobs.postings(SIZES[SIZE]):
        if case.alive:
            one = case.truth
            posted = one.date_posted.isoformat() if one.date_posted is not None else None
            until = one.valid_through.isoformat() if one.valid_through is not None else None
            yield (
                int(one.id), one.title, one.hiring_organization, one.description, one.industry, one.employment_type,
                one.education, posted, until, one.status, one.verification, one.area_code, one.location,
            )  # fmt: skip


_ROWS = {
    "clean_areas": _areas,
    "clean_categories": _categories,
    "clean_complaints": _complaints,
    "clean_postings": _postings,
}
