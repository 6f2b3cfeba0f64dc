"""Bursa Kerja: the finished mapping of the schema `job_board`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    codes,
    email,
    local_date,
    local_datetime,
    money_range,
    number_key,
    person_name,
    prose,
    text,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.jobs import (
    EducationLevel,
    EmploymentType,
    JobApplication,
    JobApplicationStatus,
    JobPosting,
    JobPostingStatus,
)

SOURCE = Source(name="job_board", department="disnaker", title="Bursa Kerja")

_lamaran = sa.table(
    "lamaran",
    sa.column("id", sa.Integer),
    sa.column("id_lowongan", sa.Integer),
    sa.column("id_pencari", sa.Integer),
    sa.column("tgl_lamar", sa.String(20)),
    sa.column("status", sa.String(12)),
    sa.column("surat", sa.Text),
)

_lowongan = sa.table(
    "lowongan",
    sa.column("id", sa.Integer),
    sa.column("judul", sa.String(60)),
    sa.column("id_perusahaan", sa.Integer),
    sa.column("deskripsi", sa.Text),
    sa.column("jenis", sa.String(20)),
    sa.column("pendidikan", sa.String(10)),
    sa.column("gaji", sa.Integer),
    sa.column("tgl_buka", sa.String(10)),
    sa.column("tgl_tutup", sa.String(10)),
    sa.column("status", sa.String(10)),
)

_pencari_kerja = sa.table(
    "pencari_kerja",
    sa.column("id", sa.Integer),
    sa.column("nama", sa.String(60)),
    sa.column("email", sa.String(60)),
)

_perusahaan = sa.table(
    "perusahaan",
    sa.column("id", sa.Integer),
    sa.column("nama", sa.String(60)),
)

_JOB_POSTINGS_EMPLOYMENT_TYPE = {
    "Penuh waktu": EmploymentType.FULL_TIME,
    "Kontrak": EmploymentType.CONTRACT,
    "Magang": EmploymentType.INTERNSHIP,
}

_JOB_POSTINGS_EDUCATION = {
    "SMA": EducationLevel.UPPER_SECONDARY,
    "D3": EducationLevel.DIPLOMA,
    "S1": EducationLevel.BACHELOR,
}

_JOB_POSTINGS_STATUS = {
    "Dibuka": JobPostingStatus.OPEN,
    "Ditutup": JobPostingStatus.CLOSED,
}

_job_postings_rows = (
    sa.select(
        _lowongan.c.id,
        _lowongan.c.judul,
        _lowongan.c.deskripsi,
        _lowongan.c.jenis,
        _lowongan.c.pendidikan,
        sa.cast(_lowongan.c.gaji, sa.String).label("gaji"),
        _lowongan.c.tgl_buka,
        _lowongan.c.tgl_tutup,
        _lowongan.c.status,
        _perusahaan.c.nama,
    )
    .select_from(sa.outerjoin(_lowongan, _perusahaan, _perusahaan.c.id == _lowongan.c.id_perusahaan))
    .subquery("t")
)

JOB_POSTINGS = Mapping(
    record=JobPosting,
    source=SOURCE.name,
    selectable=_job_postings_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "title": column("judul", decoder=text()),
        "hiring_organization": column("nama", decoder=text()),
        "description": column("deskripsi", decoder=prose()),
        "employment_type": column("jenis", decoder=codes(_JOB_POSTINGS_EMPLOYMENT_TYPE)),
        "education": column("pendidikan", decoder=codes(_JOB_POSTINGS_EDUCATION)),
        "base_salary": column("gaji", decoder=money_range(TANGERANG.currency)),
        "date_posted": column("tgl_buka", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "valid_through": column("tgl_tutup", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "status": column("status", decoder=codes(_JOB_POSTINGS_STATUS)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

_JOB_APPLICATIONS_STATUS = {
    "Terkirim": JobApplicationStatus.SUBMITTED,
    "Diproses": JobApplicationStatus.UNDER_REVIEW,
    "Diterima": JobApplicationStatus.ACCEPTED,
    "Ditolak": JobApplicationStatus.REJECTED,
}

_job_applications_rows = (
    sa.select(
        _lamaran.c.id,
        _lamaran.c.id_lowongan,
        _lamaran.c.tgl_lamar,
        _lamaran.c.status,
        _lamaran.c.surat,
        _pencari_kerja.c.email,
        _pencari_kerja.c.nama,
    )
    .select_from(sa.outerjoin(_lamaran, _pencari_kerja, _pencari_kerja.c.id == _lamaran.c.id_pencari))
    .subquery("t")
)

JOB_APPLICATIONS = Mapping(
    record=JobApplication,
    source=SOURCE.name,
    selectable=_job_applications_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "posting_id": column("id_lowongan", decoder=number_key()),
        "applicant_email": column("email", decoder=email()),
        "applicant_name": column("nama", decoder=person_name()),
        "applied_at": column(
            "tgl_lamar",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone),
            sorts_as="id",
        ),
        "status": column("status", decoder=codes(_JOB_APPLICATIONS_STATUS)),
        "cover_letter": column("surat", decoder=prose()),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (JOB_POSTINGS, JOB_APPLICATIONS))
