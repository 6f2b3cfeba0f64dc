"""The provincial health system: hospitals, their beds by class of care, and when their doctors are there."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    area_code,
    capitals,
    codes,
    local_datetime,
    number_key,
    position_pair,
    text,
    time_of_day,
    whole_number,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.hospitals import (
    BedAvailability,
    CareClass,
    Hospital,
    HospitalClass,
    HospitalType,
    PractitionerSchedule,
    Weekday,
)

SOURCE = Source(name="clinics", department="dinkes", title="SIM Rumah Sakit")

_faskes = sa.table(
    "mst_faskes",
    sa.column("kode_faskes", sa.String(7)),
    sa.column("nama_faskes", sa.String(100)),
    sa.column("jenis_faskes", sa.String(4)),
    sa.column("kls", sa.String(2)),
    sa.column("kepemilikan", sa.String(40)),
    sa.column("no_telp", sa.String(30)),
    sa.column("almt", sa.Text),
    sa.column("id_kecamatan", sa.Integer),
    sa.column("koordinat", sa.String(40)),
    sa.column("status_operasional", sa.Integer),
)

_kecamatan = sa.table(
    "ref_kecamatan",
    sa.column("id_kecamatan", sa.Integer),
    sa.column("kemendagri", sa.String(8)),
)

_tenaga_medis = sa.table(
    "ref_tenaga_medis",
    sa.column("nip", sa.String(18)),
    sa.column("nama_tenaga", sa.String(80)),
)

_unit_layanan = sa.table(
    "ref_unit_layanan",
    sa.column("kode_unit", sa.Integer),
    sa.column("faskes", sa.String(7)),
    sa.column("nama_unit", sa.String(60)),
)

_jadwal_praktek = sa.table(
    "trx_jadwal_praktek",
    sa.column("id_jadwal", sa.Integer),
    sa.column("nip_dokter", sa.String(18)),
    sa.column("kode_unit", sa.Integer),
    sa.column("hari", sa.Integer),
    sa.column("pukul_awal", sa.Time),
    sa.column("pukul_akhir", sa.Time),
    sa.column("maks_pasien", sa.Integer),
    sa.column("aktif", sa.String(1)),
)

_ketersediaan_tt = sa.table(
    "trx_ketersediaan_tt",
    sa.column("faskes", sa.String(7)),
    sa.column("kelas_rawat", sa.Integer),
    sa.column("jml_tt", sa.Integer),
    sa.column("tt_kosong", sa.Integer),
    sa.column("tgl_lapor", sa.DateTime),
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

_hospitals_rows = (
    sa.select(
        _faskes.c.kode_faskes,
        _faskes.c.nama_faskes,
        _faskes.c.jenis_faskes,
        _faskes.c.kls,
        _faskes.c.kepemilikan,
        _faskes.c.no_telp,
        _faskes.c.almt,
        _faskes.c.koordinat,
        _faskes.c.status_operasional,
        _kecamatan.c.kemendagri,
    )
    .select_from(sa.outerjoin(_faskes, _kecamatan, _kecamatan.c.id_kecamatan == _faskes.c.id_kecamatan))
    .subquery("t")
)

HOSPITALS = Mapping(
    record=Hospital,
    source=SOURCE.name,
    selectable=_hospitals_rows,
    columns={
        "id": column("kode_faskes", decoder=text()),
        "code": column("kode_faskes", decoder=text()),
        "name": column("nama_faskes", decoder=text()),
        "kind": column("jenis_faskes", decoder=codes(_HOSPITALS_KIND)),
        "hospital_class": column("kls", decoder=codes(_HOSPITALS_HOSPITAL_CLASS)),
        "owner": column("kepemilikan", decoder=text()),
        "phone": column("no_telp", decoder=text()),
        "address": column("almt", decoder=text()),
        "area_code": column("kemendagri", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
        "position": column("koordinat", decoder=position_pair(TANGERANG.box, ",")),
    },
    alive=column_equals("status_operasional", 1),
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

_BED_AVAILABILITY_CARE_CLASS = {
    1: CareClass.VVIP,
    2: CareClass.VIP,
    3: CareClass.CLASS_1,
    4: CareClass.CLASS_2,
    5: CareClass.CLASS_3,
    6: CareClass.ICU,
    7: CareClass.ISOLATION,
}

_bed_availability_rows = sa.select(
    sa.cast(_ketersediaan_tt.c.faskes, sa.String)
    .concat("-")
    .concat(sa.cast(_ketersediaan_tt.c.kelas_rawat, sa.String))
    .label("row_key"),
    _ketersediaan_tt.c.faskes,
    _ketersediaan_tt.c.kelas_rawat,
    _ketersediaan_tt.c.jml_tt,
    _ketersediaan_tt.c.tt_kosong,
    sa.func.substr(_ketersediaan_tt.c.tgl_lapor, 1, 19, type_=sa.String).label("tgl_lapor"),
).subquery("t")

BED_AVAILABILITY = Mapping(
    record=BedAvailability,
    source=SOURCE.name,
    selectable=_bed_availability_rows,
    columns={
        "id": column("row_key", decoder=text()),
        "hospital_id": column("faskes", decoder=text()),
        "care_class": column("kelas_rawat", decoder=codes(_BED_AVAILABILITY_CARE_CLASS)),
        "capacity": column("jml_tt", decoder=whole_number()),
        "available": column("tt_kosong", decoder=whole_number()),
    },
    as_of=column("tgl_lapor", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)),
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(hours=1),
    unique_key=True,
)

_PRACTITIONER_SCHEDULES_WEEKDAY = {
    1: Weekday.MONDAY,
    2: Weekday.TUESDAY,
    3: Weekday.WEDNESDAY,
    4: Weekday.THURSDAY,
    5: Weekday.FRIDAY,
    6: Weekday.SATURDAY,
    7: Weekday.SUNDAY,
}

_practitioner_schedules_rows = (
    sa.select(
        _jadwal_praktek.c.id_jadwal,
        _jadwal_praktek.c.hari,
        sa.func.substr(_jadwal_praktek.c.pukul_awal, 1, 5, type_=sa.String).label("pukul_awal"),
        sa.func.substr(_jadwal_praktek.c.pukul_akhir, 1, 5, type_=sa.String).label("pukul_akhir"),
        _jadwal_praktek.c.maks_pasien,
        _jadwal_praktek.c.aktif,
        _tenaga_medis.c.nama_tenaga,
        _unit_layanan.c.faskes,
        _unit_layanan.c.nama_unit,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_jadwal_praktek, _unit_layanan, _unit_layanan.c.kode_unit == _jadwal_praktek.c.kode_unit),
            _tenaga_medis,
            _tenaga_medis.c.nip == _jadwal_praktek.c.nip_dokter,
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
        "hospital_id": column("faskes", decoder=text()),
        "practitioner_name": column("nama_tenaga", decoder=text()),
        "service_name": column("nama_unit", decoder=capitals()),
        "weekday": column("hari", decoder=codes(_PRACTITIONER_SCHEDULES_WEEKDAY)),
        "opens": column("pukul_awal", decoder=time_of_day()),
        "closes": column("pukul_akhir", decoder=time_of_day()),
        "quota": column("maks_pasien", decoder=whole_number()),
    },
    alive=column_equals("aktif", "Y"),
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (HOSPITALS, BED_AVAILABILITY, PRACTITIONER_SCHEDULES))
