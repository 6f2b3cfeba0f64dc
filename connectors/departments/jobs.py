"""Siap Kerja, the job exchange of Disnaker: pay and dates as text, and applicants identified by e-mail only."""

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
    prose,
    text,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals, column_is_null
from connectors.sources import Source, Subject
from connectors.writing.writings import NewRow, Writing
from models.areas import AreaLevel
from models.jobs import (
    EducationLevel,
    EmploymentType,
    JobApplication,
    JobApplicationStatus,
    JobPosting,
    JobPostingStatus,
    PostingVerification,
)
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="jobs",
    department="disnaker",
    title="Siap Kerja",
    kept_every=timedelta(minutes=10),
    terms=DataTerms(
        "Dinas Ketenagakerjaan Kota Tangerang",
        "PPID Dinas Ketenagakerjaan",
        "Lowongan terbuka dengan menyebut sumber; data pelamar tidak dibuka (UU 27/2022)",
        UpdateRhythm.DAILY,
    ),
)

_lowongan = sa.table(
    "informasi_lowongans",
    sa.column("id_informasi_lowongan", sa.Integer),
    sa.column("judul_lowongan", sa.String(150)),
    sa.column("perusahaan", sa.Text),
    sa.column("salary", sa.Text),
    sa.column("bidang", sa.String(60)),
    sa.column("jenis_lowongan", sa.String(30)),
    sa.column("pendidikan", sa.String(30)),
    sa.column("deskripsi", sa.Text),
    sa.column("verifikasi", sa.String(1)),
    sa.column("status_lowongan", sa.String(20)),
    sa.column("lokasi", sa.String(200)),
    sa.column("kd_kec", sa.String(20)),
    sa.column("tgl_buka", sa.String(10)),
    sa.column("tgl_tutup", sa.String(10)),
    sa.column("deleted_at", sa.String(20)),
)
"""Without `jenis_kelamin`: the hub does not read the sex that an employer asks for."""

_lamar = sa.table(
    "lamars",
    sa.column("id", sa.Integer),
    sa.column("id_informasi_lowongan", sa.Integer),
    sa.column("email", sa.String(100)),
    sa.column("nama", sa.String(100)),
    sa.column("tgl_lamar", sa.String(20)),
    sa.column("status", sa.String(20)),
    sa.column("surat", sa.Text),
)

_TYPES = {
    "Full Time": EmploymentType.FULL_TIME,
    "FULL TIME": EmploymentType.FULL_TIME,
    "Penuh Waktu": EmploymentType.FULL_TIME,
    "Part Time": EmploymentType.PART_TIME,
    "Paruh Waktu": EmploymentType.PART_TIME,
    "Kontrak": EmploymentType.CONTRACT,
    "PKWT": EmploymentType.CONTRACT,
    "Magang": EmploymentType.INTERNSHIP,
    "MAGANG": EmploymentType.INTERNSHIP,
}

_EDUCATIONS = {
    "Semua Jenjang": EducationLevel.ANY,
    "SD": EducationLevel.PRIMARY,
    "SMP": EducationLevel.LOWER_SECONDARY,
    "SLTP": EducationLevel.LOWER_SECONDARY,
    "SMA": EducationLevel.UPPER_SECONDARY,
    "SMK": EducationLevel.UPPER_SECONDARY,
    "SMA/SMK": EducationLevel.UPPER_SECONDARY,
    "SLTA": EducationLevel.UPPER_SECONDARY,
    "D1": EducationLevel.DIPLOMA,
    "D2": EducationLevel.DIPLOMA,
    "D3": EducationLevel.DIPLOMA,
    "D4": EducationLevel.BACHELOR,
    "S1": EducationLevel.BACHELOR,
    "S2": EducationLevel.MASTER,
}

_STATUSES = {
    "Dibuka": JobPostingStatus.OPEN,
    "buka": JobPostingStatus.OPEN,
    "1": JobPostingStatus.OPEN,
    "Ditutup": JobPostingStatus.CLOSED,
    "tutup": JobPostingStatus.CLOSED,
    "0": JobPostingStatus.CLOSED,
}

_APPLICATION_STATUSES = {
    "Terkirim": JobApplicationStatus.SUBMITTED,
    "0": JobApplicationStatus.SUBMITTED,
    "Diproses": JobApplicationStatus.UNDER_REVIEW,
    "Interview": JobApplicationStatus.UNDER_REVIEW,
    "Diterima": JobApplicationStatus.ACCEPTED,
    "DITERIMA": JobApplicationStatus.ACCEPTED,
    "Ditolak": JobApplicationStatus.REJECTED,
    "DITOLAK": JobApplicationStatus.REJECTED,
}

_VERIFICATIONS = {"0": PostingVerification.PENDING, "1": PostingVerification.VERIFIED, "2": PostingVerification.REFUSED}

_UNSTATED_PAY = ("", "-", "0", "Nego", "Negosiasi", "Dirahasiakan")

_day = local_date("%Y-%m-%d")

JOB_POSTINGS = Mapping(
    record=JobPosting,
    source=SOURCE.name,
    selectable=_lowongan,
    columns={
        "id": column("id_informasi_lowongan", decoder=number_key()),
        "title": column("judul_lowongan", decoder=text()),
        "hiring_organization": column("perusahaan", decoder=text()),
        "description": column("deskripsi", decoder=prose()),
        "industry": column("bidang", decoder=text()),
        "employment_type": column("jenis_lowongan", decoder=codes(_TYPES)),
        "education": column("pendidikan", decoder=codes(_EDUCATIONS)),
        "base_salary": column("salary", decoder=money_range(TANGERANG.currency, nulls=_UNSTATED_PAY)),
        "date_posted": column("tgl_buka", decoder=_day),
        "valid_through": column("tgl_tutup", decoder=_day),
        "status": column("status_lowongan", decoder=codes(_STATUSES)),
        "verification": column("verifikasi", decoder=codes(_VERIFICATIONS)),
        "area_code": column(
            "kd_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2]), area_level=AreaLevel.DISTRICT
        ),
        "location": column("lokasi", decoder=prose()),
    },
    alive=(column_equals("verifikasi", "1"), column_is_null("deleted_at")),
    fresh_for=timedelta(minutes=10),
    stale_for=timedelta(days=1),
    unique_key=True,
)

JOB_APPLICATIONS = Mapping(
    record=JobApplication,
    source=SOURCE.name,
    selectable=_lamar,
    columns={
        "id": column("id", decoder=number_key()),
        "posting_id": column("id_informasi_lowongan", decoder=number_key()),
        # A weak key: an application refers to its applicant by an address that a family may share.
        "applicant_email": column("email", decoder=email()),
        "applicant_name": column("nama", decoder=prose()),
        "applied_at": column(
            "tgl_lamar", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone), sorts_as="id"
        ),
        "status": column("status", decoder=codes(_APPLICATION_STATUSES)),
        "cover_letter": column("surat", decoder=prose()),
    },
    fresh_for=timedelta(minutes=1),
    stale_for=timedelta(hours=12),
)

# An address may be shared, but nobody applies for one job twice in a second.
JOB_APPLICATION_WRITING = Writing(
    mapping=JOB_APPLICATIONS,
    new=(NewRow(_lamar, ("posting_id", "applicant_email", "applicant_name", "applied_at", "status", "cover_letter")),),
    found_by=("posting_id", "applicant_email", "applied_at"),
)

SUBJECT = Subject(SOURCE, (JOB_APPLICATIONS, JOB_POSTINGS), writings=(JOB_APPLICATION_WRITING,))
