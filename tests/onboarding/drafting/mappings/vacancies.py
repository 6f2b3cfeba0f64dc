"""The job portal: postings with their companies, and applications with their seekers."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    area_code,
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
from connectors.mapping import Mapping, column, column_is_null
from connectors.sources import Source, Subject
from models.jobs import (
    EducationLevel,
    EmploymentType,
    JobApplication,
    JobApplicationStatus,
    JobPosting,
    JobPostingStatus,
    PostingVerification,
)

SOURCE = Source(name="vacancies", department="disnaker", title="Bursa Kerja")

_tk_bidang = sa.table(
    "tk_bidang",
    sa.column("idbidang", sa.Integer),
    sa.column("uraian", sa.String(60)),
)

_tk_lamaran = sa.table(
    "tk_lamaran",
    sa.column("idlamaran", sa.Integer),
    sa.column("idloker", sa.Integer),
    sa.column("idpencaker", sa.Integer),
    sa.column("tglkirim", sa.DateTime),
    sa.column("ststerakhir", sa.String(20)),
    sa.column("pesan", sa.Text),
)

_tk_loker = sa.table(
    "tk_loker",
    sa.column("idloker", sa.Integer),
    sa.column("idperusahaan", sa.Integer),
    sa.column("posisi", sa.String(100)),
    sa.column("kualifikasi", sa.Text),
    sa.column("gajimin", sa.Integer),
    sa.column("gajimax", sa.Integer),
    sa.column("tipekerja", sa.String(20)),
    sa.column("kdpend", sa.Integer),
    sa.column("wilayahkerja", sa.String(8)),
    sa.column("alamatkerja", sa.String(150)),
    sa.column("mulaitayang", sa.Date),
    sa.column("akhirtayang", sa.Date),
    sa.column("stloker", sa.String(1)),
    sa.column("stverif", sa.String(1)),
    sa.column("dihapus_pada", sa.DateTime),
)

_tk_pencaker = sa.table(
    "tk_pencaker",
    sa.column("idpencaker", sa.Integer),
    sa.column("namalengkap", sa.String(80)),
    sa.column("surel", sa.String(80)),
)

_tk_perusahaan = sa.table(
    "tk_perusahaan",
    sa.column("idperusahaan", sa.Integer),
    sa.column("namaperusahaan", sa.String(100)),
    sa.column("idbidang", sa.Integer),
)

_JOB_POSTINGS_EMPLOYMENT_TYPE = {
    "Penuh Waktu": EmploymentType.FULL_TIME,
    "Paruh Waktu": EmploymentType.PART_TIME,
    "Kontrak": EmploymentType.CONTRACT,
    "Magang": EmploymentType.INTERNSHIP,
}

_JOB_POSTINGS_EDUCATION = {
    1: EducationLevel.PRIMARY,
    2: EducationLevel.LOWER_SECONDARY,
    3: EducationLevel.UPPER_SECONDARY,
    4: EducationLevel.DIPLOMA,
    5: EducationLevel.BACHELOR,
}

_JOB_POSTINGS_STATUS = {
    "B": JobPostingStatus.OPEN,
    "T": JobPostingStatus.CLOSED,
}

_JOB_POSTINGS_VERIFICATION = {
    "P": PostingVerification.PENDING,
    "V": PostingVerification.VERIFIED,
    "R": PostingVerification.REFUSED,
}

_job_postings_rows = (
    sa.select(
        _tk_loker.c.idloker,
        _tk_loker.c.posisi,
        _tk_loker.c.kualifikasi,
        sa.cast(_tk_loker.c.gajimin, sa.String)
        .concat(" - ")
        .concat(sa.cast(_tk_loker.c.gajimax, sa.String))
        .label("gaji"),
        _tk_loker.c.tipekerja,
        _tk_loker.c.kdpend,
        _tk_loker.c.wilayahkerja,
        _tk_loker.c.alamatkerja,
        sa.func.substr(_tk_loker.c.mulaitayang, 1, 10, type_=sa.String).label("mulaitayang"),
        sa.func.substr(_tk_loker.c.akhirtayang, 1, 10, type_=sa.String).label("akhirtayang"),
        _tk_loker.c.stloker,
        _tk_loker.c.stverif,
        _tk_loker.c.dihapus_pada,
        _tk_bidang.c.uraian,
        _tk_perusahaan.c.namaperusahaan,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_tk_loker, _tk_perusahaan, _tk_perusahaan.c.idperusahaan == _tk_loker.c.idperusahaan),
            _tk_bidang,
            _tk_bidang.c.idbidang == _tk_perusahaan.c.idbidang,
        ),
    )
    .subquery("t")
)

JOB_POSTINGS = Mapping(
    record=JobPosting,
    source=SOURCE.name,
    selectable=_job_postings_rows,
    columns={
        "id": column("idloker", decoder=number_key()),
        "title": column("posisi", decoder=text()),
        "hiring_organization": column("namaperusahaan", decoder=text()),
        "description": column("kualifikasi", decoder=prose()),
        "industry": column("uraian", decoder=text()),
        "employment_type": column("tipekerja", decoder=codes(_JOB_POSTINGS_EMPLOYMENT_TYPE)),
        "education": column("kdpend", decoder=codes(_JOB_POSTINGS_EDUCATION)),
        "base_salary": column("gaji", decoder=money_range(TANGERANG.currency)),
        "date_posted": column("mulaitayang", decoder=local_date("%Y-%m-%d"), sorts_as="idloker"),
        "valid_through": column("akhirtayang", decoder=local_date("%Y-%m-%d")),
        "status": column("stloker", decoder=codes(_JOB_POSTINGS_STATUS)),
        "verification": column("stverif", decoder=codes(_JOB_POSTINGS_VERIFICATION)),
        "area_code": column("wilayahkerja", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
        "location": column("alamatkerja", decoder=text()),
    },
    alive=column_is_null("dihapus_pada"),
    fresh_for=timedelta(minutes=10),
    stale_for=timedelta(days=1),
    unique_key=True,
)

_JOB_APPLICATIONS_STATUS = {
    "Dikirim": JobApplicationStatus.SUBMITTED,
    "Ditinjau": JobApplicationStatus.UNDER_REVIEW,
    "Diterima": JobApplicationStatus.ACCEPTED,
    "Ditolak": JobApplicationStatus.REJECTED,
}

_job_applications_rows = (
    sa.select(
        _tk_lamaran.c.idlamaran,
        _tk_lamaran.c.idloker,
        sa.func.substr(_tk_lamaran.c.tglkirim, 1, 19, type_=sa.String).label("tglkirim"),
        _tk_lamaran.c.ststerakhir,
        _tk_lamaran.c.pesan,
        _tk_pencaker.c.surel,
        _tk_pencaker.c.namalengkap,
    )
    .select_from(sa.outerjoin(_tk_lamaran, _tk_pencaker, _tk_pencaker.c.idpencaker == _tk_lamaran.c.idpencaker))
    .subquery("t")
)

JOB_APPLICATIONS = Mapping(
    record=JobApplication,
    source=SOURCE.name,
    selectable=_job_applications_rows,
    columns={
        "id": column("idlamaran", decoder=number_key()),
        "posting_id": column("idloker", decoder=number_key()),
        "applicant_email": column("surel", decoder=email()),
        "applicant_name": column("namalengkap", decoder=person_name()),
        "applied_at": column(
            "tglkirim",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone),
            sorts_as="idlamaran",
        ),
        "status": column("ststerakhir", decoder=codes(_JOB_APPLICATIONS_STATUS)),
        "cover_letter": column("pesan", decoder=prose()),
    },
    fresh_for=timedelta(minutes=1),
    stale_for=timedelta(hours=12),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (JOB_POSTINGS, JOB_APPLICATIONS))
