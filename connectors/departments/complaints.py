"""LAKSA, the complaints system of Diskominfo: dates as text, statuses of three generations of the app."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, local_datetime, nik, number_key, position, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from connectors.writing.writings import NewRow, Number, Writing
from models.complaints import (
    Complaint,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintHandling,
    ComplaintStatus,
    ComplaintStatusDetail,
    Publication,
    StatusChange,
)
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="complaints",
    department="diskominfo",
    title="LAKSA",
    terms=DataTerms(
        "Dinas Komunikasi dan Informatika Kota Tangerang",
        "PPID Diskominfo",
        "Laporan publik terbuka dengan menyebut sumber; data pelapor tidak dibuka (UU 27/2022)",
        UpdateRhythm.CONTINUOUS,
    ),
)

_pengaduan = sa.table(
    "tbl_pengaduan",
    sa.column("id_pengaduan", sa.Integer),
    sa.column("no_tiket", sa.String(20)),
    sa.column("tgl_pengaduan", sa.String(20)),
    sa.column("nik", sa.String(40)),
    sa.column("kd_kategori", sa.String(10)),
    sa.column("isi_laporan", sa.Text),
    sa.column("lokasi", sa.String(200)),
    sa.column("kd_desa", sa.String(20)),
    sa.column("lat", sa.String(20)),
    sa.column("lng", sa.String(20)),
    sa.column("stts", sa.String(20)),
    sa.column("kd_opd", sa.String(20)),
    sa.column("sumber", sa.String(20)),
    sa.column("publikasi", sa.String(12)),
    sa.column("hapus", sa.String(1)),
)

_tanggapan = sa.table(
    "tbl_tanggapan",
    sa.column("id_tanggapan", sa.Integer),
    sa.column("id_pengaduan", sa.Integer),
    sa.column("tgl_tanggapan", sa.String(20)),
    sa.column("stts", sa.String(20)),
    sa.column("tanggapan", sa.Text),
)

_kategori = sa.table(
    "m_kategori",
    sa.column("kd_kategori", sa.String(10)),
    sa.column("nm_kategori", sa.String(40)),
    sa.column("kelompok", sa.String(40)),
)

_MERGED_CATEGORIES = {"K14": "K03", "K17": "K05"}
"""Duplicate categories, and the one that counts."""

_CATEGORIES = [code for code in (f"K{number:02}" for number in range(1, 19)) if code not in _MERGED_CATEGORIES]

_category_code = codes({**{code: code for code in _CATEGORIES}, **_MERGED_CATEGORIES}, nulls=("",))

_DETAILS = {
    "0": ComplaintStatusDetail.WAITING,
    "Menunggu": ComplaintStatusDetail.WAITING,
    "Proses": ComplaintStatusDetail.IN_PROGRESS,
    "PROSES": ComplaintStatusDetail.IN_PROGRESS,
    "Selesai": ComplaintStatusDetail.DONE,
    "SELESAI": ComplaintStatusDetail.DONE,
}

_STATUS_OF = {
    ComplaintStatusDetail.WAITING: ComplaintStatus.OPEN,
    ComplaintStatusDetail.IN_PROGRESS: ComplaintStatus.OPEN,
    ComplaintStatusDetail.DONE: ComplaintStatus.CLOSED,
}

_DONE = [raw for raw, detail in _DETAILS.items() if detail is ComplaintStatusDetail.DONE]

_PUBLICATIONS = {
    "Publik": Publication.PUBLIC,
    "Anonim": Publication.ANONYMOUS,
    "Rahasia": Publication.CONFIDENTIAL,
}

_CHANNELS = {
    "Android": ComplaintChannel.APP,
    "iOS": ComplaintChannel.APP,
    "Web": ComplaintChannel.WEB,
    "Telepon": ComplaintChannel.PHONE,
    "Medsos": ComplaintChannel.SOCIAL_MEDIA,
    "Loket": ComplaintChannel.WALK_IN,
}

_DEPARTMENTS = {
    spelling: department.code
    for department in TANGERANG.departments
    for spelling in (department.code.upper(), department.code)
}

_moment = local_datetime("%d-%m-%Y %H:%M", TANGERANG.time_zone)
_FRESH_FOR = timedelta(minutes=1)
_STALE_FOR = timedelta(hours=12)

_COLUMNS = {
    "id": column("id_pengaduan", decoder=number_key()),
    "ticket_number": column("no_tiket", decoder=text()),
    "category_code": column("kd_kategori", decoder=_category_code),
    "status": column("stts", decoder=codes({raw: _STATUS_OF[detail] for raw, detail in _DETAILS.items()})),
    "status_detail": column("stts", decoder=codes(_DETAILS)),
    "publication": column("publikasi", decoder=codes(_PUBLICATIONS)),
    "channel": column("sumber", decoder=codes(_CHANNELS)),
    "requested_at": column(
        "tgl_pengaduan",
        decoder=_moment,
        sorts_as="id_pengaduan",
        scan_allowed="Reports are looked for by their day, which stands there day first, so that no index serves a "
        "range of it; 200,000 of them were read once in 0.2 to 0.4 seconds, below the limit of a statement.",
    ),
    "area_code": column("kd_desa", decoder=area_code(TANGERANG.area_code_shapes[1:])),
    "department_code": column("kd_opd", decoder=codes(_DEPARTMENTS, nulls=("", "-"))),
    "position": column("lat", "lng", decoder=position(TANGERANG.box)),
    "reporter_nik": column("nik", decoder=nik()),
}

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_pengaduan,
    columns={
        **_COLUMNS,
        "address": column("lokasi", decoder=prose()),
        "description": column("isi_laporan", decoder=prose()),
    },
    alive=column_equals("hapus", "T"),
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

_first_step = _tanggapan.alias("pertama")
_done_step = _tanggapan.alias("selesai")
_pengaduan_with_moments = sa.select(
    _pengaduan,
    sa.select(_first_step.c.tgl_tanggapan)
    .where(_first_step.c.id_pengaduan == _pengaduan.c.id_pengaduan)
    .order_by(_first_step.c.id_tanggapan)
    .limit(sa.literal_column("1"))
    .scalar_subquery()
    .label("tgl_ditanggapi"),
    sa.select(_done_step.c.tgl_tanggapan)
    .where(
        _done_step.c.id_pengaduan == _pengaduan.c.id_pengaduan,
        _done_step.c.stts.in_([sa.literal_column(f"'{raw}'") for raw in _DONE]),
    )
    .order_by(_done_step.c.id_tanggapan.desc())
    .limit(sa.literal_column("1"))
    .scalar_subquery()
    .label("tgl_selesai"),
).subquery("t")
"""Each complaint with the times of its first step and of its last completion, both found by an index."""

_WITH_ITS_COMPLAINT = "Steps are looked up complaint by complaint, by an index, once those are chosen."

HANDLINGS = Mapping(
    record=ComplaintHandling,
    source=SOURCE.name,
    selectable=_pengaduan_with_moments,
    columns={
        **_COLUMNS,
        "responded_at": column("tgl_ditanggapi", decoder=_moment, scan_allowed=_WITH_ITS_COMPLAINT),
        "resolved_at": column("tgl_selesai", decoder=_moment, scan_allowed=_WITH_ITS_COMPLAINT),
    },
    alive=column_equals("hapus", "T"),
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_kategori,
    columns={
        "id": column("kd_kategori", decoder=text()),
        "code": column("kd_kategori", decoder=text()),
        "name": column("nm_kategori", decoder=text()),
        "group": column("kelompok", decoder=text()),
    },
    alive=column_equals("kd_kategori", *_CATEGORIES),
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

_tanggapan_with_complaint = (
    sa.select(_tanggapan, _pengaduan.c.publikasi, _pengaduan.c.kd_opd, _pengaduan.c.nik, _pengaduan.c.hapus)
    .join_from(_tanggapan, _pengaduan, _pengaduan.c.id_pengaduan == _tanggapan.c.id_pengaduan)
    .subquery("t")
)
"""A step is as visible as its complaint, so it carries the columns that decide that."""

_WITHIN_ONE_COMPLAINT = "Steps are listed complaint by complaint only, and an index finds the few of each."

STATUS_CHANGES = Mapping(
    record=StatusChange,
    source=SOURCE.name,
    selectable=_tanggapan_with_complaint,
    columns={
        "id": column("id_tanggapan", decoder=number_key()),
        "complaint_id": column("id_pengaduan", decoder=number_key()),
        "at": column("tgl_tanggapan", decoder=_moment, sorts_as="id_tanggapan", scan_allowed=_WITHIN_ONE_COMPLAINT),
        "status_detail": column("stts", decoder=codes(_DETAILS), scan_allowed=_WITHIN_ONE_COMPLAINT),
        "note": column("tanggapan", decoder=prose()),
        "publication": column("publikasi", decoder=codes(_PUBLICATIONS)),
        "department_code": column("kd_opd", decoder=codes(_DEPARTMENTS, nulls=("", "-"))),
        "reporter_nik": column("nik", decoder=nik()),
    },
    alive=column_equals("hapus", "T"),
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

COMPLAINT_WRITING = Writing(
    mapping=COMPLAINTS,
    new=(
        NewRow(
            _pengaduan,
            (
                "ticket_number",
                "requested_at",
                "category_code",
                "description",
                "position",
                "area_code",
                "address",
                "publication",
                "status_detail",
                "department_code",
                "reporter_nik",
                "channel",
            ),
            {"hapus": "T"},
        ),
    ),
    changed=("status_detail", "department_code", "publication"),
    # Of LAKSA's own numbers the third part is a year.
    number=Number("ticket_number", prefix="LAKSA-H-", chars_max=20),
)

STATUS_CHANGE_WRITING = Writing(
    mapping=STATUS_CHANGES,
    new=(NewRow(_tanggapan, ("complaint_id", "at", "status_detail", "note")),),
    found_by=("complaint_id", "at", "status_detail", "note"),
)

SUBJECT = Subject(
    SOURCE,
    (CATEGORIES, COMPLAINTS, HANDLINGS, STATUS_CHANGES),
    writings=(COMPLAINT_WRITING, STATUS_CHANGE_WRITING),
)
