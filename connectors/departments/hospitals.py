"""RS Simpati, the hospital registry of Dinkes; its rooms give the beds while the bed service is down."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    area_code,
    capitals,
    codes,
    local_datetime,
    number_key,
    position,
    text,
    time_of_day,
    whole_number,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, constant
from connectors.sources import Source, Subject
from models.areas import AreaLevel
from models.hospitals import (
    BedAvailability,
    CareClass,
    Hospital,
    HospitalClass,
    HospitalType,
    PractitionerSchedule,
    Weekday,
)
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="hospitals",
    department="dinkes",
    title="Rumah Sakit Simpati",
    kept_every=timedelta(minutes=10),
    terms=DataTerms(
        "Dinas Kesehatan Kota Tangerang",
        "PPID Dinas Kesehatan",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.CONTINUOUS,
    ),
)

_rumahsakit = sa.table(
    "m_rumahsakit",
    sa.column("kd_rs", sa.String(7)),
    sa.column("nm_rs", sa.String(100)),
    sa.column("jns_rs", sa.String(20)),
    sa.column("kelas", sa.String(20)),
    sa.column("pemilik", sa.String(40)),
    sa.column("telp", sa.String(30)),
    sa.column("alamat", sa.String(200)),
    sa.column("kd_kec", sa.String(20)),
    sa.column("lat", sa.String(20)),
    sa.column("lng", sa.String(20)),
)

_bangsal = sa.table("bangsal", sa.column("kd_bangsal", sa.String(10)), sa.column("kd_rs", sa.String(7)))

_kamar = sa.table(
    "kamar",
    sa.column("kd_bangsal", sa.String(10)),
    sa.column("kelas", sa.String(20)),
    sa.column("status", sa.String(15)),
    sa.column("statusdata", sa.String(1)),
    sa.column("tgl_update", sa.String(20)),
)

_poliklinik = sa.table(
    "poliklinik",
    sa.column("kd_poli", sa.String(10)),
    sa.column("nm_poli", sa.String(60)),
    sa.column("kd_rs", sa.String(7)),
)

# Its column `nik` is an employee number, not a resident number, so it is not read.
_dokter = sa.table("dokter", sa.column("kd_dokter", sa.String(10)), sa.column("nm_dokter", sa.String(100)))

_jadwal = sa.table(
    "jadwal",
    sa.column("id", sa.Integer),
    sa.column("kd_dokter", sa.String(10)),
    sa.column("hari_kerja", sa.String(10)),
    sa.column("jam_mulai", sa.String(8)),
    sa.column("jam_selesai", sa.String(8)),
    sa.column("kd_poli", sa.String(10)),
    sa.column("kuota", sa.Integer),
)

_TYPES = {
    "RSU": HospitalType.GENERAL,
    "RSIA": HospitalType.MOTHER_AND_CHILD,
    "RSK": HospitalType.SPECIAL,
    "RSK THT-KL": HospitalType.SPECIAL,
}

_CLASSES = {
    "A": HospitalClass.A,
    "B": HospitalClass.B,
    "C": HospitalClass.C,
    "D": HospitalClass.D,
    "D PRATAMA": HospitalClass.D_PRATAMA,
    "Belum ditetapkan": HospitalClass.UNDETERMINED,
}

_CARE_CLASSES = {
    CareClass.VVIP: ("vvip", "vvp"),
    CareClass.VIP: ("vip",),
    CareClass.CLASS_1: ("1", "kelas 1", "kls 1", "kl1"),
    CareClass.CLASS_2: ("2", "kelas 2", "kls 2", "kl2"),
    CareClass.CLASS_3: ("3", "kelas 3", "kls 3", "kl3"),
    CareClass.ICU: ("icu",),
    CareClass.ISOLATION: ("isolasi", "iso"),
}
"""The spellings of classes in rooms, in lower case: those of the wards, and those of BPJS Aplicares."""

_WEEKDAYS = {
    "SENIN": Weekday.MONDAY,
    "SELASA": Weekday.TUESDAY,
    "RABU": Weekday.WEDNESDAY,
    "KAMIS": Weekday.THURSDAY,
    "JUMAT": Weekday.FRIDAY,
    "JUM'AT": Weekday.FRIDAY,
    "SABTU": Weekday.SATURDAY,
    "MINGGU": Weekday.SUNDAY,
    "AHAD": Weekday.SUNDAY,
    "AKHAD": Weekday.SUNDAY,
}


def _folded(name: str) -> sa.ColumnElement[str]:
    """A column of rooms, trimmed and in lower case, so that every database compares it alike."""
    return sa.func.lower(sa.func.trim(_kamar.c[name], type_=sa.String), type_=sa.String)


_FREE = "kosong"
_MOMENT_SHAPE = "____-__-__ __:__:__"

_rooms = (
    sa.select(
        _bangsal.c.kd_rs,
        sa.case(
            *(
                (_folded("kelas").in_([constant(spelling) for spelling in spellings]), constant(care_class.name))
                for care_class, spellings in _CARE_CLASSES.items()
            ),
            else_=constant(CareClass.UNKNOWN.name),
        ).label("kelas"),
        _folded("status").label("status"),
        sa.case((_kamar.c.tgl_update.like(constant(_MOMENT_SHAPE)), _kamar.c.tgl_update), else_=constant("")).label(
            "tgl_update"
        ),
    )
    .join_from(_kamar, _bangsal, _bangsal.c.kd_bangsal == _kamar.c.kd_bangsal)
    .where(_kamar.c.statusdata == constant("1"))
    .subquery("k")
)
"""The live rooms, with one spelling per class of care, and an empty text for an invalid last report."""

_beds = (
    sa.select(
        _rooms.c.kd_rs.concat(constant("-")).concat(_rooms.c.kelas).label("kd_tempat_tidur"),
        _rooms.c.kd_rs,
        _rooms.c.kelas,
        sa.func.count(sa.literal_column("*")).label("kapasitas"),
        sa.func.count(sa.case((_rooms.c.status == constant(_FREE), sa.literal_column("1")))).label("tersedia"),
        sa.func.min(_rooms.c.tgl_update).label("tgl_update"),
    )
    .group_by(_rooms.c.kd_rs, _rooms.c.kelas)
    .subquery("t")
)
"""A sum is as old as its oldest part; its age is unknown if that of a part is."""

_schedules = (
    sa.select(
        _jadwal.c.id,
        _jadwal.c.hari_kerja,
        _jadwal.c.jam_mulai,
        _jadwal.c.jam_selesai,
        _jadwal.c.kuota,
        _dokter.c.nm_dokter,
        _poliklinik.c.nm_poli,
        _poliklinik.c.kd_rs,
    )
    .join_from(_jadwal, _poliklinik, _poliklinik.c.kd_poli == _jadwal.c.kd_poli)
    .outerjoin(_dokter, _dokter.c.kd_dokter == _jadwal.c.kd_dokter)
    .subquery("t")
)

HOSPITALS = Mapping(
    record=Hospital,
    source=SOURCE.name,
    selectable=_rumahsakit,
    columns={
        "id": column("kd_rs", decoder=text()),
        "code": column("kd_rs", decoder=text()),
        "name": column("nm_rs", decoder=text()),
        "kind": column("jns_rs", decoder=codes(_TYPES)),
        "hospital_class": column("kelas", decoder=codes(_CLASSES)),
        "owner": column("pemilik", decoder=text()),
        "phone": column("telp", decoder=text(nulls=("", "-", "0")), publishes="the hospitals' own lines"),
        "address": column("alamat", decoder=text()),
        "area_code": column(
            "kd_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2]), area_level=AreaLevel.DISTRICT
        ),
        "position": column("lat", "lng", decoder=position(TANGERANG.box)),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

_moment = local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)

BEDS_BY_ROOMS = Mapping(
    record=BedAvailability,
    source=SOURCE.name,
    selectable=_beds,
    columns={
        "id": column("kd_tempat_tidur", decoder=text()),
        "hospital_id": column("kd_rs", decoder=text()),
        "care_class": column("kelas", decoder=codes({known.name: known for known in _CARE_CLASSES})),
        "capacity": column("kapasitas", decoder=whole_number()),
        "available": column("tersedia", decoder=whole_number()),
        "reported_at": column("tgl_update", decoder=_moment),
    },
    as_of=column("tgl_update", decoder=_moment),
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(hours=1),
)

SCHEDULES = Mapping(
    record=PractitionerSchedule,
    source=SOURCE.name,
    selectable=_schedules,
    columns={
        "id": column("id", decoder=number_key()),
        "hospital_id": column("kd_rs", decoder=text()),
        "practitioner_name": column(
            "nm_dokter", decoder=text(), publishes="hospitals announce their doctors so that patients find them"
        ),
        "service_name": column("nm_poli", decoder=capitals()),
        "weekday": column("hari_kerja", decoder=codes(_WEEKDAYS)),
        "opens": column("jam_mulai", decoder=time_of_day()),
        "closes": column("jam_selesai", decoder=time_of_day()),
        "quota": column("kuota", decoder=whole_number()),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
)

SUBJECT = Subject(SOURCE, (HOSPITALS, SCHEDULES), fallbacks=(BEDS_BY_ROOMS,))
