"""Wishes: a record of a service that takes what is written."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from connectors.decoders import codes, number_key, prose, text
from connectors.mapping import Mapping, column
from connectors.rest import Endpoint, Lookup, Resource
from connectors.writing.writings import NewRow, Number, Writing
from models.records import Record
from models.records import field as record_field


class Wish(Record, name="wishes"):
    """What somebody asks a department for."""

    id: str = record_field("The key")
    number: str | None = record_field("The number that the person was given")
    note: str | None = record_field("What is wished for")
    stage: str | None = record_field("How far it is")
    owner: str | None = record_field("Whose it is")


TABLE = sa.table(
    "wishes",
    sa.column("id", sa.Integer),
    sa.column("nomor", sa.String(20)),
    sa.column("isi", sa.Text),
    sa.column("tahap", sa.String(10)),
    sa.column("pemilik", sa.String(20)),
)
WISHES = Mapping(
    record=Wish,
    source="wishes",
    selectable=TABLE,
    columns={
        "id": column("id", decoder=number_key()),
        "number": column("nomor", decoder=text()),
        "note": column("isi", decoder=prose()),
        "stage": column("tahap", decoder=codes({"baru": "new", "BARU": "new", "selesai": "done"})),
        "owner": column("pemilik", decoder=text()),
    },
)
FIELDS = ("number", "note", "stage", "owner")
NUMBERED = Writing(
    WISHES, (NewRow(TABLE, FIELDS),), changed=("stage",), number=Number("number", prefix="W-", chars_max=20)
)
UNNUMBERED = replace(NUMBERED, number=None, found_by=("owner", "note"))
BY_ID, BY_NUMBER = Lookup("id", "/wishes/{key}"), Lookup("number", "/wishes", "found", "nomor")
BY_OWNER = Lookup("owner", "/wishes", "found", "pemilik")
ENDPOINT = Endpoint(new="/wishes", change="/wishes/{key}", items="made")
WISHES_RESOURCE = Resource("wishes", (BY_ID, BY_NUMBER), {}, ENDPOINT)
