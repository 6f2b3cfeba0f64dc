"""The kind `feeds`: a feed at one URL, loaded into a replica."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.feeds.formats import Format, row_of
from connectors.feeds.origins import FeedOrigin, origin_of
from connectors.http.access import UnusableAnswer
from connectors.http.client import HttpLimits, SourceLogin, Validators
from connectors.kinds import Opening
from connectors.mapping import Mapping, MappingError
from connectors.replica.file import ReplicaTable
from connectors.replica.replica import Bounds, Load, LoadRefused, Replica, content_version
from models.sources.data_terms import SourceForm
from models.sources.findings import Finding


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False, slots=True)
class Feed:
    """The kind of source that is a feed of news, events or alerts at an http(s) or `file:///path/to/file` URL.

    Linked documents must lie on the same host, or in the same folder.
    """

    form: ClassVar[SourceForm] = SourceForm.FEED

    format: Format
    sign_in: SourceLogin | None = None
    limits: HttpLimits = field(default_factory=HttpLimits)
    bounds: Bounds = field(default_factory=lambda: Bounds(rows_max=20_000, refresh_every=timedelta(minutes=5)))
    clock: Callable[[], datetime] = _now

    def connector(self, opening: Opening) -> Replica:
        """Raises SourceUrlError for the URL or the credential, MappingError for a column that the format lacks."""
        origin = origin_of(opening, self.limits, self.sign_in)
        loader = _FeedLoader(self.format, origin, opening.mappings, self.clock)
        replica = Replica(
            opening.source, opening.mappings, loader, self.bounds, opening.replicas, opening.note, self.clock
        )
        for table in replica.tables:
            unknown = [name for name in table.names if not self.format.has(name)]
            if table.name != self.format.table or unknown:
                raise MappingError(
                    f"A mapping of {opening.source} reads {table.name} ({', '.join(unknown) or '-'}), "
                    f"which such a feed does not have; its table is {self.format.table}."
                )
        return replica


@dataclass(slots=True)
class _FeedLoader:
    """Loads the whole feed. An unchanged document is not parsed again while it gives the same entries."""

    format: Format
    origin: FeedOrigin
    mappings: tuple[Mapping, ...]
    clock: Callable[[], datetime]
    _version: str = ""
    _validators: Validators = field(default_factory=Validators)
    _read_at: datetime | None = None

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        now = self.clock()
        same = self._read_at is not None and known == self._version and self.format.stays(self._read_at, now)
        try:
            found = await self.format.read(self.origin, self._validators if same else Validators(), now)
        except UnusableAnswer as failure:
            raise LoadRefused(failure.finding, str(failure)) from failure
        if found is None:
            return None
        rows = {table.name: [row_of(entry, table.names) for entry in found.entries] for table in tables}
        self._version = await content_version(rows)
        self._validators, self._read_at = found.validators, now
        flaws = tuple(
            Finding(mapping.source, mapping.record.name, "", kind, count)
            for mapping in self.mappings
            for kind, count in found.flaws.items()
        )
        return Load(self._version, rows, flaws) if self._version != known else None

    async def close(self) -> None:
        await self.origin.close()
