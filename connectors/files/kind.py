"""The kind `files`: a folder where a department drops CSV, XLSX, DBF or JSON files, read through a replica."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit
from urllib.request import url2pathname
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from connectors.files.loader import FilesLoader
from connectors.files.plan import FileBounds
from connectors.files.tables import FileTable
from connectors.kinds import Opening, SourceUrlError
from connectors.mapping import Mapping, MappingError
from connectors.replica.file import ReplicaTable
from connectors.replica.replica import Bounds, Replica
from models.sources.data_terms import SourceForm


@dataclass(frozen=True, eq=False, slots=True)
class Files:
    """The kind of source that is a folder of files. `zone` is the time zone of the days in their names."""

    form: ClassVar[SourceForm] = SourceForm.FILES

    tables: tuple[FileTable, ...]
    bounds: Bounds = field(default_factory=Bounds)
    file_bounds: FileBounds = field(default_factory=FileBounds)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def connector(self, opening: Opening) -> Replica:
        """Raises MappingError if the tables do not match the mappings, SourceUrlError if the URL names no folder."""
        if opening.credential is not None:
            raise SourceUrlError("A folder is read with the rights of the hub: it takes no credential.")
        loader = FilesLoader(
            opening.source,
            folder_of(opening.url),
            self.tables,
            _records_of(opening.mappings),
            self.file_bounds,
            self.bounds.rows_max,
            opening.note,
            self.zone,
        )
        replica = Replica(opening.source, opening.mappings, loader, self.bounds, opening.replicas, opening.note)
        self._check(opening.source, replica.tables)
        return replica

    def _check(self, source: str, wanted: tuple[ReplicaTable, ...]) -> None:
        stated = {table.name: table for table in self.tables}
        for table in wanted:
            if table.name not in stated:
                raise MappingError(
                    f"The source {source} states no files for the table {table.name}. It has: {', '.join(stated)}."
                )
            unknown = sorted(stated[table.name].stated_columns() - set(table.names))
            if unknown:
                raise MappingError(
                    f"The files of {table.name} state {', '.join(unknown)}, which the mapping's table does not have."
                )


def folder_of(url: str) -> Path:
    """The folder of a `file:` URL or a plain path; it need not exist yet. Raises SourceUrlError."""
    parts = urlsplit(url)
    # A single letter is a Windows drive.
    if len(parts.scheme) > 1 and parts.scheme != "file":
        raise SourceUrlError("A folder of files is named by file:///path/to/folder or by its path.")
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        raise SourceUrlError(
            "A folder of files lies on this machine: write file:///path/to/folder, with three slashes."
        )
    path = url2pathname(parts.path) if parts.scheme == "file" else url
    if not path.strip() or "\0" in path:
        raise SourceUrlError("A folder of files is named by file:///path/to/folder or by its path.")
    return Path(path)


def _records_of(mappings: tuple[Mapping, ...]) -> dict[str, tuple[str, ...]]:
    """The records of each table, by its name."""
    found: dict[str, list[str]] = {}
    for mapping in mappings:
        names = {one.name for one in visitors.iterate(mapping.selectable) if isinstance(one, sa.TableClause)}
        for name in names:
            found.setdefault(name, []).append(mapping.record.name)
    return {name: tuple(records) for name, records in found.items()}
