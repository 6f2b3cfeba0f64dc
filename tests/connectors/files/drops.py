"""A folder into which a test drops files, and the source that reads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.criteria import Criteria, Order
from connectors.decoders import text
from connectors.files.kind import Files
from connectors.files.plan import FileBounds
from connectors.files.tables import FileTable, day_of_name
from connectors.http.access import HttpAccess
from connectors.kinds import Opening
from connectors.load import LoadContract
from connectors.mapping import Mapping, column
from connectors.protocol import Call
from connectors.replica.replica import Bounds, Replica
from models.predicates import EVERYTHING
from models.records import Record
from models.records import field as record_field
from models.sources.findings import Finding

CALL = Call("Drops", 5_000)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


class Quote(Record, name="quotes"):
    """What something costs somewhere."""

    id: str = record_field("The key", filter=True)
    market: str | None = record_field("Where", filter=True)
    commodity: str | None = record_field("What", filter=True)
    price: str | None = record_field("How much")
    day: str | None = record_field("When", filter=True)


HARGA = sa.table(
    "harga",
    sa.column("pasar", sa.String(60)),
    sa.column("tanggal", sa.String(10)),
    sa.column("komoditas", sa.String(100)),
    sa.column("harga", sa.String(30)),
)
QUOTES = Mapping(
    record=Quote,
    source="prices",
    selectable=HARGA,
    columns={
        "id": column("komoditas", decoder=text()),
        "market": column("pasar", decoder=text()),
        "commodity": column("komoditas", decoder=text()),
        "price": column("harga", decoder=text(nulls=())),
        "day": column("tanggal", decoder=text()),
    },
)

TABLE = FileTable("harga", "*", optional=("tanggal",))
DAILY = FileTable(
    "harga",
    "*.csv|*.xlsx",
    day=day_of_name("%Y-%m-%d", "%d-%m-%Y", fills="tanggal"),
    unique=("tanggal", "pasar", "komoditas"),
)


@dataclass(slots=True)
class Drops:
    """`put` drops a file that was written `after_s` seconds after the others."""

    folder: Path
    replicas: Path
    findings: list[Finding] = field(default_factory=list)
    opened: list[Replica] = field(default_factory=list)

    def put(self, name: str, content: bytes, after_s: float = 0.0) -> Path:
        file = self.folder / name
        file.write_bytes(content)
        os.utime(file, (LONG_AGO + after_s, LONG_AGO + after_s))
        return file

    def empty(self) -> None:
        for file in self.folder.iterdir():
            file.unlink()

    def source(
        self,
        *tables: FileTable,
        mappings: tuple[Mapping, ...] = (QUOTES,),
        url: str = "",
        credential: str | None = None,
        bounds: Bounds | None = None,
        file_bounds: FileBounds | None = None,
        **more: Any,
    ) -> Replica:
        kind = Files(tables or (TABLE,), bounds or Bounds(), file_bounds or FileBounds(), **more)
        opening = Opening(
            "prices",
            url or self.folder.as_uri(),
            credential,
            LoadContract(),
            mappings,
            self.replicas,
            self.findings.append,
            HttpAccess(),
        )
        replica = kind.connector(opening)
        self.opened.append(replica)
        return replica

    def taken_findings(self) -> list[Finding]:
        found, self.findings[:] = list(self.findings), []
        return found


async def rows_of(replica: Replica, mapping: Mapping = QUOTES) -> list[tuple[object, ...]]:
    """The rows as they are stored, in the order of the table's columns."""
    fields = ("market", "day", "commodity", "price")
    criteria = Criteria(mapping.record.name, fields, EVERYTHING, (Order("id"),), 10_000)
    rows = await replica.read(mapping, criteria, CALL)
    return sorted(zip(*rows.columns.values(), strict=True), key=repr)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
