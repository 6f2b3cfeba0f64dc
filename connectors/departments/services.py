"""The service catalogue of Diskominfo for Tangerang LIVE: one handwritten JSON file."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import code_list, codes, duration, money, prose, text, text_list, url
from connectors.departments.city import TANGERANG
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.services import PublicService, ServiceChannel, ServiceChannels
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="services",
    department="diskominfo",
    title="Katalog layanan Tangerang LIVE",
    kind=Files((FileTable("layanan", "layanan.json", unique=("kode",)),)),
    terms=DataTerms(
        "Dinas Komunikasi dan Informatika Kota Tangerang",
        "PPID Diskominfo",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.IRREGULAR,
    ),
)

_layanan = sa.table(
    "layanan",
    sa.column("kode", sa.String(40)),
    sa.column("nama", sa.String(100)),
    sa.column("deskripsi", sa.Text),
    sa.column("kanal", sa.String(100)),
    sa.column("biaya", sa.String(40)),
    sa.column("persyaratan", sa.Text),
    sa.column("waktu", sa.String(40)),
    sa.column("topik", sa.String(40)),
    sa.column("opd", sa.String(20)),
    sa.column("tautan", sa.String(200)),
    sa.column("aktif", sa.String(1)),
)

_CHANNELS = {
    "Aplikasi": ServiceChannel.APP,
    "Tangerang LIVE": ServiceChannel.APP,
    "Web": ServiceChannel.WEB,
    "Situs web": ServiceChannel.WEB,
    "Telepon": ServiceChannel.PHONE,
    "WhatsApp": ServiceChannel.MESSAGE,
    "SMS": ServiceChannel.MESSAGE,
    "Loket": ServiceChannel.COUNTER,
    "Kantor": ServiceChannel.COUNTER,
    "Keliling": ServiceChannel.VISIT,
}

_DEPARTMENTS = {
    spelling: department.code
    for department in TANGERANG.departments
    for spelling in dict.fromkeys((department.abbreviation, department.code.upper(), department.code))
}

_DEPENDS = ("Sesuai retribusi", "Sesuai Perda")
"""Costs that depend on the case: null, not a flaw."""

SERVICES = Mapping(
    record=PublicService,
    source=SOURCE.name,
    selectable=_layanan,
    columns={
        "id": column("kode", decoder=text()),
        "code": column("kode", decoder=text()),
        "name": column("nama", decoder=text()),
        "description": column("deskripsi", decoder=prose()),
        "channels": column("kanal", decoder=code_list(ServiceChannels, ",", _CHANNELS)),
        "cost": column("biaya", decoder=money(TANGERANG.currency, nulls=("", "-", "0", *_DEPENDS))),
        "required_evidence": column("persyaratan", decoder=text_list(";")),
        "processing_time": column("waktu", decoder=duration(nulls=("", "-", "Seketika"))),
        "topic": column("topik", decoder=text()),
        "department_code": column("opd", decoder=codes(_DEPARTMENTS, nulls=("", "-"))),
        "url": column("tautan", decoder=url()),
    },
    alive=column_equals("aktif", "Y"),
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=365),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (SERVICES,))
