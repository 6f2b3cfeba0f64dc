"""112, the emergency number of BPBD: calls, dispatched teams, and kinds cut at 20 letters."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    area_code,
    codes,
    local_datetime,
    number_key,
    position,
    prose,
    text,
    unix_seconds,
    whole_number,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.emergencies import CallDisposition, HazardKind, Incident
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="emergencies",
    department="bpbd",
    title="112 Darurat",
    terms=DataTerms(
        "BPBD Kota Tangerang",
        "Pusat Pengendalian Operasi BPBD",
        "Kejadian terbuka dengan menyebut sumber; data penelepon tidak dibuka (UU 27/2022)",
        UpdateRhythm.CONTINUOUS,
    ),
)

_pelaporan = sa.table(
    "pelaporan",
    sa.column("id_pelaporan", sa.Integer),
    sa.column("no_laporan", sa.String(20)),
    sa.column("waktu_lapor", sa.Integer),
    sa.column("waktu_selesai", sa.Integer),
    sa.column("nm_pelapor", sa.String(100)),
    sa.column("telp", sa.String(30)),
    sa.column("isi", sa.Text),
    sa.column("jns_panggilan", sa.String(20)),
    sa.column("id_bencana", sa.Integer),
    sa.column("id_wilayah", sa.Integer),
    sa.column("lokasi", sa.String(200)),
    sa.column("lat", sa.String(20)),
    sa.column("lng", sa.String(20)),
    sa.column("kd_opd", sa.String(20)),
    sa.column("sdata", sa.Integer),
)

_peninjauan = sa.table(
    "peninjauan",
    sa.column("id_pelaporan", sa.Integer),
    sa.column("urutan", sa.Integer),
    sa.column("tgl_berangkat", sa.String(20)),
    sa.column("tgl_tiba", sa.String(20)),
    sa.column("korban_meninggal", sa.Integer),
    sa.column("korban_luka", sa.Integer),
)

_bencana = sa.table("bencana", sa.column("id_bencana", sa.Integer), sa.column("nm_bencana", sa.String(20)))

_wilayah = sa.table("wilayah", sa.column("id_wilayah", sa.Integer), sa.column("kd_wilayah", sa.String(20)))

_first_team = sa.and_(
    _peninjauan.c.id_pelaporan == _pelaporan.c.id_pelaporan, _peninjauan.c.urutan == sa.literal_column("1", sa.Integer)
)

_pelaporan_with_team = (
    sa.select(
        _pelaporan,
        _peninjauan.c.tgl_berangkat,
        _peninjauan.c.tgl_tiba,
        _peninjauan.c.korban_meninggal,
        _peninjauan.c.korban_luka,
        _bencana.c.nm_bencana,
        _wilayah.c.kd_wilayah,
    )
    .select_from(
        _pelaporan.outerjoin(_peninjauan, _first_team)
        .outerjoin(_bencana, _bencana.c.id_bencana == _pelaporan.c.id_bencana)
        .outerjoin(_wilayah, _wilayah.c.id_wilayah == _pelaporan.c.id_wilayah)
    )
    .subquery("t")
)
"""A call with the first dispatched team, if any; further teams repeat the same counts."""

_DISPOSITIONS = {
    "DARURAT": CallDisposition.EMERGENCY,
    "Emergency": CallDisposition.EMERGENCY,
    "NON DARURAT": CallDisposition.NON_EMERGENCY,
    "Informasi": CallDisposition.NON_EMERGENCY,
    "PRANK": CallDisposition.PRANK,
    "Iseng": CallDisposition.PRANK,
    "GHOST": CallDisposition.GHOST,
    "Kosong": CallDisposition.GHOST,
    "ABANDON": CallDisposition.ABANDONED,
    "Terputus": CallDisposition.ABANDONED,
}

_HAZARDS = {
    "Kebakaran": HazardKind.FIRE,
    "Kebakaran Rumah/Gedu": HazardKind.FIRE,
    "Kebakaran Hutan dan ": HazardKind.WILDFIRE,
    "Banjir": HazardKind.FLOOD,
    "Banjir / Genangan": HazardKind.FLOOD,
    "Angin Puting Beliung": HazardKind.STORM,
    "Pohon Tumbang": HazardKind.FALLEN_TREE,
    "Tanah Longsor": HazardKind.LANDSLIDE,
    "Kecelakaan Lalu Lint": HazardKind.TRAFFIC_ACCIDENT,
    "Darurat Medis": HazardKind.MEDICAL,
    "Evakuasi Hewan / Ula": HazardKind.ANIMAL,
}
"""The stored names of kinds, cut at the column's width; two kinds were entered twice."""

_DEPARTMENTS = {
    spelling: department.code
    for department in TANGERANG.departments
    for spelling in (department.code.upper(), department.code)
}

_instant = unix_seconds(TANGERANG.time_zone)
_team_moment = local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)

INCIDENTS = Mapping(
    record=Incident,
    source=SOURCE.name,
    selectable=_pelaporan_with_team,
    columns={
        "id": column("id_pelaporan", decoder=number_key()),
        "number": column("no_laporan", decoder=text()),
        "disposition": column("jns_panggilan", decoder=codes(_DISPOSITIONS)),
        "kind": column("nm_bencana", decoder=codes(_HAZARDS)),
        "reported_at": column("waktu_lapor", decoder=_instant, sorts_as="id_pelaporan"),
        "dispatched_at": column("tgl_berangkat", decoder=_team_moment),
        "arrived_at": column("tgl_tiba", decoder=_team_moment),
        "closed_at": column("waktu_selesai", decoder=_instant),
        "area_code": column("kd_wilayah", decoder=area_code(TANGERANG.area_code_shapes[1:])),
        "department_code": column("kd_opd", decoder=codes(_DEPARTMENTS, nulls=("", "-"))),
        "deaths": column("korban_meninggal", decoder=whole_number()),
        "injured": column("korban_luka", decoder=whole_number()),
        "position": column("lat", "lng", decoder=position(TANGERANG.box)),
        "address": column("lokasi", decoder=prose()),
        "description": column("isi", decoder=prose()),
        "caller_name": column("nm_pelapor", decoder=prose()),
        "caller_phone": column("telp", decoder=prose()),
    },
    alive=column_equals("sdata", 1),
    fresh_for=timedelta(minutes=1),
    stale_for=timedelta(hours=1),
)

SUBJECT = Subject(SOURCE, (INCIDENTS,))
