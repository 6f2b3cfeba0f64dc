"""Letters: a small legacy table, alone and joined with another, that tests of the connector break in turn."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from connectors.criteria import Order
from connectors.decoders import codes, local_datetime, number_key, prose, text
from connectors.mapping import Mapping, column, column_equals
from models.records import Record, field
from tests.connectors.specimens import ZONE


class Letter(Record, name="letters"):
    """Something that people wrote."""

    id: str = field("The key")
    title: str | None = field("The title")
    body: str | None = field("What they wrote")
    kind: str | None = field("What it is about")
    at: datetime | None = field("When it came")
    writer: str | None = field("Who wrote it")


SURAT = sa.table(
    "surat",
    sa.column("id", sa.Integer),
    sa.column("judul", sa.String(100)),
    sa.column("isi", sa.Text),
    sa.column("jns", sa.String(10)),
    sa.column("tgl", sa.String(20)),
    sa.column("hapus", sa.String(1)),
    sa.column("id_penulis", sa.Integer),
)
PENULIS = sa.table("penulis", sa.column("id_penulis", sa.Integer), sa.column("nama", sa.String(40)))

COLUMNS = {
    "id": column("id", decoder=number_key()),
    "title": column("judul", decoder=text()),
    "body": column("isi", decoder=prose()),
    "kind": column("jns", decoder=codes({"A": "a", "B": "b"})),
    "at": column("tgl", decoder=local_datetime("%d-%m-%Y", ZONE), sorts_as="id"),
}

LETTERS = Mapping(record=Letter, source="surat", selectable=SURAT, columns=COLUMNS, alive=column_equals("hapus", "T"))

WRITTEN = Mapping(
    record=Letter,
    source="surat",
    selectable=sa.select(SURAT, PENULIS.c.nama)
    .join_from(SURAT, PENULIS, SURAT.c.id_penulis == PENULIS.c.id_penulis)
    .subquery("t"),
    columns={**COLUMNS, "writer": column("nama", decoder=text())},
    alive=column_equals("hapus", "T"),
)

DDL = (
    "CREATE TABLE surat (id INTEGER PRIMARY KEY, judul VARCHAR(100), isi TEXT, jns VARCHAR(10), tgl VARCHAR(20),"
    " hapus CHAR(1), id_penulis INTEGER)"
)
NEWEST = (Order("at", descending=True), Order("id", descending=True))
