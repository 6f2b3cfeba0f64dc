"""SIM Kamar: the finished mapping of the schema `room_rows`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, number_key, position, text, whole_number
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.hospitals import BedAvailability, CareClass, Hospital, HospitalClass, HospitalType

SOURCE = Source(name="room_rows", department="dinkes", title="SIM Kamar")

_kamar = sa.table(
    "kamar",
    sa.column("id_rs", sa.Integer),
    sa.column("kelas"),
    sa.column("status"),
)

_rumah_sakit = sa.table(
    "rumah_sakit",
    sa.column("id", sa.Integer),
    sa.column("kode_rs", sa.String(7)),
    sa.column("nama", sa.String(80)),
    sa.column("jenis", sa.String(5)),
    sa.column("kelas", sa.String(1)),
    sa.column("alamat", sa.String(80)),
    sa.column("telepon", sa.String(20)),
    sa.column("lat", sa.Float),
    sa.column("lng", sa.Float),
)

_kamar_counts = (
    sa.select(
        _kamar.c.id_rs,
        _kamar.c.kelas,
        sa.func.count().label("capacity"),
        sa.func.sum(sa.case((sa.cast(_kamar.c.status, sa.String) == "KOSONG", 1), else_=0)).label("available"),
    )
    .group_by(_kamar.c.id_rs, _kamar.c.kelas)
    .subquery("kamar_counts")
)

_HOSPITALS_KIND = {
    "RSU": HospitalType.GENERAL,
}

_HOSPITALS_HOSPITAL_CLASS = {
    "B": HospitalClass.B,
    "C": HospitalClass.C,
    "D": HospitalClass.D,
}

HOSPITALS = Mapping(
    record=Hospital,
    source=SOURCE.name,
    selectable=_rumah_sakit,
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("kode_rs", decoder=text()),
        "name": column("nama", decoder=text()),
        "kind": column("jenis", decoder=codes(_HOSPITALS_KIND)),
        "hospital_class": column("kelas", decoder=codes(_HOSPITALS_HOSPITAL_CLASS)),
        "phone": column("telepon", decoder=text(), publishes="the hospitals' own lines"),
        "address": column("alamat", decoder=text()),
        "position": column("lat", "lng", decoder=position(TANGERANG.box)),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)

_BED_AVAILABILITY_CARE_CLASS = {
    "VIP": CareClass.VIP,
    "Kelas 1": CareClass.CLASS_1,
    "Kelas 2": CareClass.CLASS_2,
    "Kelas 3": CareClass.CLASS_3,
}

_bed_availability_rows = sa.select(
    sa.cast(_kamar_counts.c.id_rs, sa.String)
    .concat("-")
    .concat(sa.cast(_kamar_counts.c.kelas, sa.String))
    .label("row_key"),
    _kamar_counts.c.id_rs,
    sa.cast(_kamar_counts.c.kelas, sa.String).label("kelas"),
    _kamar_counts.c.capacity,
    _kamar_counts.c.available,
).subquery("t")

BED_AVAILABILITY = Mapping(
    record=BedAvailability,
    source=SOURCE.name,
    selectable=_bed_availability_rows,
    columns={
        "id": column("row_key", decoder=text()),
        "hospital_id": column("id_rs", decoder=number_key()),
        "care_class": column("kelas", decoder=codes(_BED_AVAILABILITY_CARE_CLASS)),
        "capacity": column("capacity", decoder=whole_number()),
        "available": column("available", decoder=whole_number()),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (HOSPITALS, BED_AVAILABILITY))
