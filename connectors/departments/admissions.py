"""School admissions of Dindik, every June: children's data, pathways of two laws; 1 marks live rows and 2 dead ones."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_date, local_datetime, nik, nisn, npsn, number_key, person_name, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.admissions import AdmissionApplication, AdmissionPathway, AdmissionStatus, DocumentVerification
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="admissions",
    department="dindik",
    title="PPDB Online",
    terms=DataTerms(
        "Dinas Pendidikan Kota Tangerang",
        "PPID Dinas Pendidikan",
        "UU 27/2022: data pribadi, tidak dibuka",
        UpdateRhythm.YEARLY,
    ),
)

_siswa = sa.table(
    "tbl_siswa",
    sa.column("id", sa.Integer),
    sa.column("no_pendaftaran", sa.String(20)),
    sa.column("nisn", sa.String(20)),
    sa.column("nik", sa.String(40)),
    sa.column("nama_lengkap", sa.String(100)),
    sa.column("tgl_lahir", sa.String(10)),
    sa.column("jalur", sa.String(20)),
    sa.column("npsn_sekolah", sa.String(10)),
    sa.column("tgl_daftar", sa.String(20)),
    sa.column("status_verifikasi", sa.String(1)),
    sa.column("status_pendaftaran", sa.String(20)),
    sa.column("enabled", sa.Integer),
)

_PATHWAYS = {
    "DOMISILI": AdmissionPathway.DOMICILE,
    "Domisili": AdmissionPathway.DOMICILE,
    "ZONASI": AdmissionPathway.DOMICILE,
    "Zonasi": AdmissionPathway.DOMICILE,
    "AFIRMASI": AdmissionPathway.AFFIRMATION,
    "Afirmasi": AdmissionPathway.AFFIRMATION,
    "PRESTASI": AdmissionPathway.ACHIEVEMENT,
    "Prestasi": AdmissionPathway.ACHIEVEMENT,
    "MUTASI": AdmissionPathway.TRANSFER,
    "Perpindahan Tugas": AdmissionPathway.TRANSFER,
}

_STATUSES = {
    "Terdaftar": AdmissionStatus.SUBMITTED,
    "0": AdmissionStatus.SUBMITTED,
    "Diterima": AdmissionStatus.ACCEPTED,
    "1": AdmissionStatus.ACCEPTED,
    "Cadangan": AdmissionStatus.RESERVE,
    "Tidak Diterima": AdmissionStatus.REJECTED,
    "2": AdmissionStatus.REJECTED,
    "Daftar Ulang": AdmissionStatus.ENROLLED,
    "Mundur": AdmissionStatus.WITHDRAWN,
}

_VERIFICATIONS = {
    "0": DocumentVerification.PENDING,
    "1": DocumentVerification.VERIFIED,
    "2": DocumentVerification.REFUSED,
}

ADMISSION_APPLICATIONS = Mapping(
    record=AdmissionApplication,
    source=SOURCE.name,
    selectable=_siswa,
    columns={
        "id": column("id", decoder=number_key()),
        "registration_number": column("no_pendaftaran", decoder=text()),
        "school_npsn": column("npsn_sekolah", decoder=npsn()),
        "pathway": column("jalur", decoder=codes(_PATHWAYS)),
        "status": column("status_pendaftaran", decoder=codes(_STATUSES)),
        "verification": column("status_verifikasi", decoder=codes(_VERIFICATIONS)),
        "submitted_at": column(
            "tgl_daftar", decoder=local_datetime("%d-%m-%Y %H:%M:%S", TANGERANG.time_zone), sorts_as="id"
        ),
        "applicant_nik": column("nik", decoder=nik()),
        "pupil_number": column("nisn", decoder=nisn()),
        "pupil_name": column("nama_lengkap", decoder=person_name()),
        "birth_date": column("tgl_lahir", decoder=local_date("%d-%m-%Y")),
    },
    alive=column_equals("enabled", 1),
    fresh_for=timedelta(minutes=5),
    stale_for=timedelta(hours=12),
)

SUBJECT = Subject(SOURCE, (ADMISSION_APPLICATIONS,))
