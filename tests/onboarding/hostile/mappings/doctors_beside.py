"""SIM Rumah Sakit: the finished mapping of the schema `doctors_beside`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, number_key, text, time_of_day, whole_number
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.hospitals import Hospital, HospitalClass, HospitalType, PractitionerSchedule, Weekday

SOURCE = Source(name="doctors_beside", department="dinkes", title="SIM Rumah Sakit")

_jadwal = sa.table(
    "jadwal",
    sa.column("id_jadwal", sa.Integer),
    sa.column("kd_dokter", sa.String(8)),
    sa.column("hari_kerja", sa.String(6)),
    sa.column("jam_mulai", sa.Time),
    sa.column("jam_selesai", sa.Time),
    sa.column("kd_poli", sa.String(3)),
    sa.column("kuota", sa.Integer),
    sa.column("kd_rs", sa.String(7)),
)

_dokter = sa.table(
    "dokter",
    sa.column("kd_dokter", sa.String(8)),
    sa.column("nm_dokter", sa.String(60)),
)

_poliklinik = sa.table(
    "poliklinik",
    sa.column("kd_poli", sa.String(3)),
    sa.column("nm_poli", sa.String(40)),
)

_rs = sa.table(
    "tb_rs",
    sa.column("kd_rs", sa.String(7)),
    sa.column("nm_rs", sa.String(80)),
    sa.column("jns", sa.String(4)),
    sa.column("kls", sa.String(1)),
    sa.column("milik", sa.String(40)),
    sa.column("alamat", sa.String(120)),
    sa.column("telp", sa.String(20)),
    sa.column("kd_kec", sa.String(8)),
    sa.column("stts", sa.String(1)),
)

_HOSPITALS_KIND = {
    "RSU": HospitalType.GENERAL,
    "RSIA": HospitalType.MOTHER_AND_CHILD,
    "RSK": HospitalType.SPECIAL,
}

_HOSPITALS_HOSPITAL_CLASS = {
    "A": HospitalClass.A,
    "B": HospitalClass.B,
    "C": HospitalClass.C,
    "D": HospitalClass.D,
}

HOSPITALS = Mapping(
    record=Hospital,
    source=SOURCE.name,
    selectable=_rs,
    columns={
        "id": column("kd_rs", decoder=text()),
        "code": column("kd_rs", decoder=text()),
        "name": column("nm_rs", decoder=text()),
        "kind": column("jns", decoder=codes(_HOSPITALS_KIND)),
        "hospital_class": column("kls", decoder=codes(_HOSPITALS_HOSPITAL_CLASS)),
        "owner": column("milik", decoder=text()),
        "phone": column("telp", decoder=text(), publishes="the hospitals' own lines"),
        "address": column("alamat", decoder=text()),
        "area_code": column("kd_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
    },
    alive=column_equals("stts", "1"),
    fresh_for=timedelta(days=1),
    unique_key=True,
)

_PRACTITIONER_SCHEDULES_WEEKDAY = {
    "SENIN": Weekday.MONDAY,
    "SELASA": Weekday.TUESDAY,
    "RABU": Weekday.WEDNESDAY,
    "KAMIS": Weekday.THURSDAY,
    "JUMAT": Weekday.FRIDAY,
    "SABTU": Weekday.SATURDAY,
    "AKHAD": Weekday.SUNDAY,
}

_practitioner_schedules_rows = (
    sa.select(
        _jadwal.c.id_jadwal,
        _jadwal.c.hari_kerja,
        sa.func.substr(_jadwal.c.jam_mulai, 1, 5, type_=sa.String).label("jam_mulai"),
        sa.func.substr(_jadwal.c.jam_selesai, 1, 5, type_=sa.String).label("jam_selesai"),
        _jadwal.c.kuota,
        _jadwal.c.kd_rs,
        _poliklinik.c.nm_poli,
        _dokter.c.nm_dokter,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_jadwal, _poliklinik, _poliklinik.c.kd_poli == _jadwal.c.kd_poli),
            _dokter,
            _dokter.c.kd_dokter == _jadwal.c.kd_dokter,
        ),
    )
    .subquery("t")
)

PRACTITIONER_SCHEDULES = Mapping(
    record=PractitionerSchedule,
    source=SOURCE.name,
    selectable=_practitioner_schedules_rows,
    columns={
        "id": column("id_jadwal", decoder=number_key()),
        "hospital_id": column("kd_rs", decoder=text()),
        "practitioner_name": column(
            "nm_dokter", decoder=text(), publishes="hospitals announce their doctors so that patients find them"
        ),
        "service_name": column("nm_poli", decoder=text()),
        "weekday": column("hari_kerja", decoder=codes(_PRACTITIONER_SCHEDULES_WEEKDAY)),
        "opens": column("jam_mulai", decoder=time_of_day()),
        "closes": column("jam_selesai", decoder=time_of_day()),
        "quota": column("kuota", decoder=whole_number()),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (HOSPITALS, PRACTITIONER_SCHEDULES))
