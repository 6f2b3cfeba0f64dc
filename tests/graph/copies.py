"""Cities over copies: what a source that is read whole says, in a replica of the hub's own, beside a tiny city."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from connectors.replica import file as replica_file
from connectors.sources import Subject
from sample.shapes import Row
from tests.graph.cities import TINY
from tests.graph.harness import Urls, written

BYTES_MAX = 64 * 1024 * 1024


@contextmanager
def copied(folder: Path, subject: Subject, rows: Iterable[Row]) -> Iterator[Urls]:
    """The sources of a tiny city, and a copy of the one table of a subject with these rows."""
    tables = replica_file.tables_of(subject.mappings)
    (table,) = tables
    name = subject.source.name
    copy = replica_file.write(
        folder, name, tables, {table.name: list(rows)}, "1", datetime.now(UTC), BYTES_MAX
    )  # fmt: skip
    with written("sqlite", "", folder, TINY) as urls:
        yield {**urls, name: f"sqlite:///{copy.file.as_posix()}"}
