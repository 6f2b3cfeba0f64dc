"""Citizens of Kota Tangerang, from Disdukcapil's SIAK: people, family cards and neighbourhoods."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    area_code,
    codes,
    email,
    family_card,
    local_date,
    nik,
    number_key,
    person_name,
    prose,
    text,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.citizens import Citizen, MaritalStatus, RegistrationStatus, Sex
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="citizens",
    department="disdukcapil",
    title="Registrasi penduduk",
    terms=DataTerms(
        "Dinas Kependudukan dan Pencatatan Sipil Kota Tangerang",
        "PPID Disdukcapil",
        "UU 27/2022: data pribadi, tidak dibuka",
        UpdateRhythm.CONTINUOUS,
    ),
)

_penduduk = sa.table(
    "tweb_penduduk",
    sa.column("id", sa.Integer),
    sa.column("nik", sa.String(32)),
    sa.column("nama", sa.String(100)),
    sa.column("sex", sa.Integer),
    sa.column("tempatlahir", sa.String(60)),
    sa.column("tanggallahir", sa.String(10)),
    sa.column("status_kawin", sa.Integer),
    sa.column("id_kk", sa.Integer),
    sa.column("status_dasar", sa.Integer),
    sa.column("id_cluster", sa.Integer),
    sa.column("telepon", sa.String(30)),
    sa.column("email", sa.String(100)),
)

_keluarga = sa.table("tweb_keluarga", sa.column("id", sa.Integer), sa.column("no_kk", sa.String(20)))

_cluster = sa.table(
    "tweb_wil_clusterdesa",
    sa.column("id", sa.Integer),
    sa.column("kode_desa", sa.String(20)),
    sa.column("rt", sa.String(5)),
    sa.column("rw", sa.String(5)),
)

_MISTAKE = 9
_mistake = sa.literal_column(str(_MISTAKE), sa.Integer)

_penduduk_with_address = (
    sa.select(_penduduk, _keluarga.c.no_kk, _cluster.c.kode_desa, _cluster.c.rt, _cluster.c.rw)
    .select_from(
        _penduduk.outerjoin(_keluarga, _keluarga.c.id == _penduduk.c.id_kk).outerjoin(
            _cluster, _cluster.c.id == _penduduk.c.id_cluster
        )
    )
    .where(sa.or_(_penduduk.c.status_dasar != _mistake, _penduduk.c.status_dasar.is_(None)))
    .subquery("t")
)
"""Only mistaken entries do not exist; all others do, whatever the person's status, even an unknown one."""

_NO_NUMBER = ("", "-", "0", "00", "000")

CITIZENS = Mapping(
    record=Citizen,
    source=SOURCE.name,
    selectable=_penduduk_with_address,
    columns={
        "id": column("id", decoder=number_key()),
        "national_id": column("nik", decoder=nik()),
        "full_name": column("nama", decoder=person_name()),
        "sex": column("sex", decoder=codes({1: Sex.MALE, 2: Sex.FEMALE}, nulls=(0,))),
        "birth_date": column("tanggallahir", decoder=local_date("%Y-%m-%d")),
        "birth_place": column("tempatlahir", decoder=person_name()),
        "marital_status": column(
            "status_kawin",
            decoder=codes(
                {
                    1: MaritalStatus.SINGLE,
                    2: MaritalStatus.MARRIED,
                    3: MaritalStatus.DIVORCED,
                    4: MaritalStatus.WIDOWED,
                },
                nulls=(0,),
            ),
        ),
        "registration_status": column(
            "status_dasar",
            decoder=codes(
                {
                    1: RegistrationStatus.ALIVE,
                    2: RegistrationStatus.DECEASED,
                    3: RegistrationStatus.MOVED,
                    4: RegistrationStatus.MISSING,
                    6: RegistrationStatus.LEFT,
                    _MISTAKE: RegistrationStatus.INVALID,
                }
            ),
        ),
        "family_card_number": column("no_kk", decoder=family_card()),
        "phone": column("telepon", decoder=prose()),
        "email": column("email", decoder=email()),
        "area_code": column("kode_desa", decoder=area_code(TANGERANG.area_code_shapes[1:])),
        "neighbourhood": column("rt", decoder=text(nulls=_NO_NUMBER)),
        "community": column("rw", decoder=text(nulls=_NO_NUMBER)),
    },
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(days=1),
)

SUBJECT = Subject(SOURCE, (CITIZENS,))
