"""The list of schools that Dindik publishes as a spreadsheet: columns named as its header is, numbers as text."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, npsn, position, text, written_number
from connectors.departments.city import TANGERANG
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.admissions import School, SchoolLevel, SchoolOwnership
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="schools",
    department="dindik",
    title="Daftar sekolah",
    kind=Files((FileTable("sekolah", "*.xlsx", unique=("npsn",)),)),
    terms=DataTerms(
        "Dinas Pendidikan Kota Tangerang",
        "PPID Dinas Pendidikan",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.YEARLY,
    ),
)

_sekolah = sa.table(
    "sekolah",
    sa.column("npsn", sa.Text),
    sa.column("nama_sekolah", sa.Text),
    sa.column("bentuk", sa.Text),
    sa.column("status", sa.Text),
    sa.column("alamat", sa.Text),
    sa.column("kode_desa", sa.Text),
    sa.column("lintang", sa.Text),
    sa.column("bujur", sa.Text),
    sa.column("daya_tampung", sa.Text),
)

_LEVELS = {
    "TK": SchoolLevel.KINDERGARTEN,
    "RA": SchoolLevel.KINDERGARTEN,
    "SD": SchoolLevel.PRIMARY,
    "MI": SchoolLevel.PRIMARY,
    "SMP": SchoolLevel.LOWER_SECONDARY,
    "MTs": SchoolLevel.LOWER_SECONDARY,
    "MTS": SchoolLevel.LOWER_SECONDARY,
    "SMA": SchoolLevel.UPPER_SECONDARY,
    "MA": SchoolLevel.UPPER_SECONDARY,
    "SMK": SchoolLevel.VOCATIONAL,
    "SLB": SchoolLevel.SPECIAL,
}

_OWNERSHIPS = {
    "NEGERI": SchoolOwnership.PUBLIC,
    "Negeri": SchoolOwnership.PUBLIC,
    "N": SchoolOwnership.PUBLIC,
    "SWASTA": SchoolOwnership.PRIVATE,
    "Swasta": SchoolOwnership.PRIVATE,
    "S": SchoolOwnership.PRIVATE,
}

SCHOOLS = Mapping(
    record=School,
    source=SOURCE.name,
    selectable=_sekolah,
    columns={
        "id": column("npsn", decoder=npsn()),
        "npsn": column("npsn", decoder=npsn()),
        "name": column("nama_sekolah", decoder=text()),
        "level": column("bentuk", decoder=codes(_LEVELS)),
        "ownership": column("status", decoder=codes(_OWNERSHIPS)),
        "address": column("alamat", decoder=text()),
        "area_code": column("kode_desa", decoder=area_code(TANGERANG.area_code_shapes[1:])),
        "position": column("lintang", "bujur", decoder=position(TANGERANG.box)),
        "quota": column("daya_tampung", decoder=written_number()),
    },
    fresh_for=timedelta(days=30),
    stale_for=timedelta(days=365),
)

SUBJECT = Subject(SOURCE, (SCHOOLS,))
