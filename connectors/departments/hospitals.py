"""RS Simpati, where Dinkes gathers the hospitals: beds are counted from rooms while the bed service is away."""

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
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.data_terms import DataTerms, UpdateRhythm
from models.hospitals import (
    BedAvailability,
    CareClass,
    Hospital,
    HospitalClass,
    HospitalType,
    PractitionerSchedule,
    Weekday,
)

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

# Its column `nik` is the number of an employee and no resident's, so it stays where it is.
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
"""How rooms spell their class, in small letters: as the wards do, and as BPJS Aplicares does."""

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


def _constant(value: str) -> sa.ColumnElement[str]:
    """A text in the statement itself: what is grouped by must not be a parameter."""
    return sa.literal_column("'" + value.replace("'", "''") + "'", sa.String())


def _folded(name: str) -> sa.ColumnElement[str]:
    """A column of rooms in small letters without blanks around it, so that every database compares it alike."""
    return sa.func.lower(sa.func.trim(_kamar.c[name], type_=sa.String), type_=sa.String)


_FREE = "kosong"
_MOMENT_SHAPE = "____-__-__ __:__:__"

_rooms = (
    sa.select(
        _bangsal.c.kd_rs,
        sa.case(
            *(
                (_folded("kelas").in_([_constant(spelling) for spelling in spellings]), _constant(care_class.name))
                for care_class, spellings in _CARE_CLASSES.items()
            ),
            else_=_constant(CareClass.UNKNOWN.name),
        ).label("kelas"),
        _folded("status").label("status"),
        sa.case((_kamar.c.tgl_update.like(_constant(_MOMENT_SHAPE)), _kamar.c.tgl_update), else_=_constant("")).label(
            "tgl_update"
        ),
    )
    .join_from(_kamar, _bangsal, _bangsal.c.kd_bangsal == _kamar.c.kd_bangsal)
    .where(_kamar.c.statusdata == _constant("1"))
    .subquery("k")
)
"""The rooms that exist, with one spelling for each class of care, and no text where the last report is lost."""

_beds = (
    sa.select(
        _rooms.c.kd_rs.concat(_constant("-")).concat(_rooms.c.kelas).label("kd_tempat_tidur"),
        _rooms.c.kd_rs,
        _rooms.c.kelas,
        sa.func.count(sa.literal_column("*")).label("kapasitas"),
        sa.func.count(sa.case((_rooms.c.status == _constant(_FREE), sa.literal_column("1")))).label("tersedia"),
        sa.func.min(_rooms.c.tgl_update).label("tgl_update"),
    )
    .group_by(_rooms.c.kd_rs, _rooms.c.kelas)
    .subquery("t")
)
"""A sum is as old as its oldest part: the minimum, and of unknown age where a part has lost its own.

The service that this is modelled on once failed its residents, because nobody could see that its data was old.
"""

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
        "phone": column("telp", decoder=text(nulls=("", "-", "0"))),
        "address": column("alamat", decoder=text()),
        "area_code": column("kd_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
        "position": column("lat", "lng", decoder=position(TANGERANG.box)),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

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
    },
    as_of=column("tgl_update", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)),
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
        "practitioner_name": column("nm_dokter", decoder=text()),
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
