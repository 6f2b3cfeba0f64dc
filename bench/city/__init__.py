"""The benchmark's city: Kota Tangerang with long pages, over one PostgreSQL database that `tables` fills."""

from __future__ import annotations

from dataclasses import replace

from bench.city.mappings import AREAS, CATEGORIES, COMPLAINTS, POSTINGS
from connectors.departments import PACKAGE as TANGERANG
from connectors.load import LoadContract
from connectors.sources import CityPackage

PAGE_ROWS_MAX = 10_000
# Of one PostgreSQL that serves nobody else, for as many requests at once as the load has.
LOAD = LoadContract(connections_max=8, statement_ms_max=20_000)

_CLEAN = {mapping.record.name: mapping for mapping in (AREAS, CATEGORIES, COMPLAINTS, POSTINGS)}

PACKAGE = CityPackage(
    city=replace(TANGERANG.city, page_rows_max=PAGE_ROWS_MAX),
    fallbacks=TANGERANG.fallbacks,
    sources=tuple(replace(source, load=LOAD) for source in TANGERANG.sources),
    mappings=tuple(_CLEAN.get(mapping.record.name, mapping) for mapping in TANGERANG.mappings),
)
