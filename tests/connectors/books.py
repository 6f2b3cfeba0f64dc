"""Books: a legacy table of 20,000 rows, of which some columns have an index and others none."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from connectors.catalog import Catalog
from connectors.decoders import codes, local_date, local_datetime, number_key, text
from connectors.departments.city import TANGERANG
from connectors.load import LoadContract
from connectors.mapping import Mapping, column, column_equals
from connectors.protocol import Connector
from connectors.sources import CityPackage, Source
from models.records import Record, field, to_many
from tests.connectors.specimens import ZONE

ROWS = 20_000
TABLE = sa.table(
    "buku",
    sa.column("id", sa.Integer),
    sa.column("nomor", sa.String(20)),
    sa.column("judul", sa.String(60)),
    sa.column("jns", sa.String(10)),
    sa.column("tgl_beli", sa.String(10)),
    sa.column("tgl_catat", sa.String(20)),
    sa.column("id_rak", sa.Integer),
    sa.column("id_penulis", sa.Integer),
    sa.column("hapus", sa.String(1)),
)
RACKS = sa.table("rak", sa.column("id_rak", sa.Integer))


class Book(Record, name="books"):
    """A book in a library."""

    id: str = field("The key of the book")
    number: str | None = field("A number that has an index", filter=True)
    title: str | None = field("A title that has none", filter=True, sort=True)
    kind: str | None = field("A code of a closed list", filter=True)
    bought: date | None = field("A day that has an index", filter=True, sort=True)
    noted_at: datetime | None = field("A day that is sorted by the key", filter=True, sort=True)
    rack_id: str | None = field("A key that has an index")
    writer_id: str | None = field("A key that has none")


class Rack(Record, name="racks"):
    """Where books stand."""

    id: str = field("The key of the rack")
    books = to_many("books", on={"id": "rack_id"})


class Writer(Record, name="writers"):
    """Who writes books."""

    id: str = field("The key of the writer")
    books = to_many("books", on={"id": "writer_id"})


COLUMNS = {
    "id": column("id", decoder=number_key()),
    "number": column("nomor", decoder=text()),
    "title": column("judul", decoder=text()),
    "kind": column("jns", decoder=codes({"A": "a", "B": "b"})),
    "bought": column("tgl_beli", decoder=local_date("%Y-%m-%d")),
    "noted_at": column("tgl_catat", decoder=local_datetime("%d-%m-%Y", ZONE), sorts_as="id"),
    "rack_id": column("id_rak", decoder=number_key()),
    "writer_id": column("id_penulis", decoder=number_key()),
}
BOOKS = Mapping(record=Book, source="buku", selectable=TABLE, columns=COLUMNS, alive=column_equals("hapus", "T"))
KEYED = {"id": column("id_rak", decoder=number_key())}
RACKS_MAPPING = Mapping(record=Rack, source="buku", selectable=RACKS, columns=KEYED)
WRITERS_MAPPING = Mapping(record=Writer, source="buku", selectable=RACKS, columns=KEYED)

DDL = (
    "CREATE TABLE buku (id INTEGER PRIMARY KEY, nomor VARCHAR(20), judul VARCHAR(60), jns VARCHAR(10),"
    " tgl_beli VARCHAR(10), tgl_catat VARCHAR(20), id_rak INTEGER, id_penulis INTEGER, hapus CHAR(1))"
)
INDEXES = (
    "CREATE INDEX buku_nomor ON buku (nomor)",
    "CREATE INDEX buku_beli ON buku (tgl_beli, id)",
    "CREATE INDEX buku_rak ON buku (id_rak, id)",
)


def catalog(connector: Connector, books: Mapping = BOOKS, *, scan_rows_max: int = 10_000) -> Catalog:
    source = Source("buku", "bagpem", "Perpustakaan", LoadContract(scan_rows_max=scan_rows_max))
    package = CityPackage(TANGERANG, (source,), (books, RACKS_MAPPING, WRITERS_MAPPING))
    return Catalog(package, {"buku": connector})


def inserts(rows: int = ROWS, chunk: int = 2_000) -> list[str]:
    """Statements that fill the table: whole texts, since twenty thousand single ones would take their time."""
    return [
        "INSERT INTO buku VALUES " + ", ".join(map(_row, range(start, min(start + chunk, rows))))
        for start in range(0, rows, chunk)
    ]


def _row(at: int) -> str:
    bought = date(2000, 1, 1) + timedelta(days=at * 7919 % 9_000)
    noted = date(2000, 1, 1) + timedelta(days=at // 3)
    alive = "Y" if at % 50 == 0 else "T"
    return (
        f"({at}, 'B-{at * 31 % ROWS:05}', 'Judul {at * 17 % 9973}', '{'AB'[at % 2]}', '{bought}', '{noted:%d-%m-%Y}',"
        f" {at % 400}, {at % 300}, '{alive}')"
    )
