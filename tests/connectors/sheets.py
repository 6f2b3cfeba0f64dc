"""The complaints of the small city alone, and the sheet of one source as the command writes it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from connectors.guard.guard import Guard
from connectors.protocol import Connector
from connectors.sources import CityPackage
from connectors.sql.connector import SqlConnector
from models.values.localized import Language
from onboarding.sheet import SourceSheet, sheet_of
from sample import write
from sample.complaints import source as complaints
from sample.write import write_city


def write_complaints(into: str | Path) -> None:
    """The complaints source alone: a city whole would take its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "SOURCES", (complaints.SOURCE,))
        patch.setattr(write, "DROPS", ())
        write_city("small", into)


def sheet(name: str, url: str | None, package: CityPackage = PACKAGE) -> SourceSheet:
    """The sheet of a source at a URL, or of one that is not connected."""

    async def run() -> SourceSheet:
        connectors: dict[str, Connector] = {}
        if url is not None:
            connectors[name] = SqlConnector(url, package.source(name).load)
        catalog = Catalog(package, connectors)
        try:
            return await sheet_of(package, catalog, Guard(lambda *_: None), name)
        finally:
            await catalog.close()

    return asyncio.run(run())


BOTH = tuple(Language)
