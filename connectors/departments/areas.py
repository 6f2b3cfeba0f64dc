"""Areas of Kota Tangerang, from Bagian Pemerintahan: one table of all levels, codes with and without dots."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, bps_code, capitals, codes, number_key, position, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.areas import Area, AreaLevel
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="areas",
    department="bagpem",
    title="Data wilayah",
    kept_every=timedelta(minutes=10),
    terms=DataTerms(
        "Bagian Pemerintahan Setda Kota Tangerang",
        "PPID Sekretariat Daerah",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.YEARLY,
    ),
)

_wilayah = sa.table(
    "m_wilayah",
    sa.column("id_wilayah", sa.Integer),
    sa.column("kd_wilayah", sa.String(20)),
    sa.column("nm_wilayah", sa.String(60)),
    sa.column("jns_wilayah", sa.String(10)),
    sa.column("kd_induk", sa.String(20)),
    sa.column("kd_pos", sa.String(10)),
    sa.column("lat", sa.String(20)),
    sa.column("lng", sa.String(20)),
    sa.column("kd_bps", sa.String(12)),
    sa.column("hapus", sa.String(1)),
)

_code = area_code(TANGERANG.area_code_shapes)

AREAS = Mapping(
    record=Area,
    source=SOURCE.name,
    selectable=_wilayah,
    columns={
        "id": column("id_wilayah", decoder=number_key()),
        "code": column("kd_wilayah", decoder=_code),
        "name": column("nm_wilayah", decoder=capitals()),
        "level": column(
            "jns_wilayah",
            decoder=codes({"KOTA": AreaLevel.CITY, "KEC": AreaLevel.DISTRICT, "KEL": AreaLevel.VILLAGE}),
        ),
        "parent_code": column("kd_induk", decoder=area_code(TANGERANG.area_code_shapes, nulls=("", "-", "0", "36"))),
        "bps_code": column("kd_bps", decoder=bps_code()),
        "postal_code": column("kd_pos", decoder=text(nulls=("", "-", "0"))),
        "position": column("lat", "lng", decoder=position(TANGERANG.box)),
    },
    alive=column_equals("hapus", "T"),
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=365),
)

SUBJECT = Subject(SOURCE, (AREAS,))
