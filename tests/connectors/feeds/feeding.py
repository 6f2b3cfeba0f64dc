"""Feeding: a feed of any format opened over its columns, and what it loads, as a test looks at it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from connectors.decoders import text
from connectors.feeds import Feed
from connectors.http.access import HttpAccess
from connectors.mapping import Mapping, column
from connectors.replica.replica import Replica
from models.sources.findings import Finding
from tests.connectors.letters import Letter
from tests.connectors.web import LOOPBACK, opening

Row = dict[str, str | None]


def mapping_of(table: str, *columns: str) -> Mapping:
    """A mapping that reads these columns of a table; the first is the key."""
    selectable = sa.table(table, *(sa.column(name, sa.Text) for name in columns))
    return Mapping(
        record=Letter, source="umpan", selectable=selectable, columns={"id": column(columns[0], decoder=text())}
    )


def replica_of(
    feed: Feed,
    url: str,
    folder: Path,
    *columns: str,
    access: HttpAccess = LOOPBACK,
    found: list[Finding] | None = None,
) -> Replica:
    mapping = mapping_of(feed.format.table, *columns)
    return feed.connector(opening(url, folder, mapping, access=access, found=found))


async def loaded(feed: Feed, url: str, folder: Path, *columns: str) -> list[Row]:
    """The rows that a feed gives at its first load."""
    replica = replica_of(feed, url, folder, *columns)
    try:
        load = await replica.loader.load(replica.tables, None)
        assert load is not None
        (table,) = replica.tables
        return [dict(zip(table.names, map(_text, row), strict=True)) for row in load.rows[table.name]]
    finally:
        await replica.close()


def _text(value: object) -> str | None:
    assert value is None or isinstance(value, str)
    return value


def file_of(folder: Path, body: bytes, name: str = "umpan.xml") -> str:
    """The URL of a file with this body."""
    file = folder / name
    file.write_bytes(body)
    return file.as_uri()
