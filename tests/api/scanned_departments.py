"""The two departments, one of which lets no statement scan more than a hundred rows of a table."""

from __future__ import annotations

from dataclasses import replace

from connectors.departments import complaints
from connectors.load import LoadContract
from tests.api import two_departments

_SOURCE = replace(complaints.SOURCE, load=LoadContract(scan_rows_max=100))

PACKAGE = replace(
    two_departments.PACKAGE,
    sources=tuple(_SOURCE if source.name == _SOURCE.name else source for source in two_departments.PACKAGE.sources),
)
