"""The bed service of Dinkes, in the format of BPJS Aplicares: a report per ward and class of care."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_datetime, text, whole_number
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, constant
from connectors.replica.replica import Bounds
from connectors.rest import Collection, Offsets, Rest
from connectors.sources import Source, Subject
from models.hospitals import BedAvailability, CareClass
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="beds",
    department="dinkes",
    title="Aplicares Dinkes",
    kind=Rest(
        (
            Collection(
                "tempat_tidur",
                "/bed/read/{start}/{limit}",
                "response.list",
                paging=Offsets("start", "limit", size=100, first_offset=1),
                total="metadata.totalitems",
            ),
        ),
        bounds=Bounds(rows_max=20_000, refresh_every=timedelta(minutes=1), load_s_max=30.0),
    ),
    terms=DataTerms(
        "Dinas Kesehatan Kota Tangerang",
        "PPID Dinas Kesehatan",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.CONTINUOUS,
    ),
)

_tempat_tidur = sa.table(
    "tempat_tidur",
    sa.column("koders", sa.String(7)),
    sa.column("kodekelas", sa.String(5)),
    sa.column("kapasitas", sa.Integer),
    sa.column("tersedia", sa.Integer),
    sa.column("lastupdate", sa.String(20)),
)

_CODES = {
    "vvp": CareClass.VVIP,
    "vip": CareClass.VIP,
    "kl1": CareClass.CLASS_1,
    "kl2": CareClass.CLASS_2,
    "kl3": CareClass.CLASS_3,
    "icu": CareClass.ICU,
    "iso": CareClass.ISOLATION,
}
"""The classes of Aplicares, in lower case."""

_MOMENT_SHAPE = "____-__-__ __:__:__"
_LOST = "-1"
"""A sum with an invalid part: not a count, so it becomes null with a finding."""


def _sum(name: str) -> sa.ColumnElement[int]:
    # SQLite keeps a word in a column of numbers as a word.
    number = sa.case((sa.func.typeof(_tempat_tidur.c[name]) == constant("integer"), _tempat_tidur.c[name]))
    whole = sa.func.count(number) == sa.func.count(sa.literal_column("*"))
    return sa.case((whole, sa.func.sum(number)), else_=sa.literal_column(_LOST, sa.Integer)).label(name)


_code = sa.func.lower(sa.func.trim(_tempat_tidur.c.kodekelas, type_=sa.String), type_=sa.String)
_class = sa.case(
    *((_code == constant(code), constant(care_class.name)) for code, care_class in _CODES.items()),
    else_=constant(CareClass.UNKNOWN.name),
)
_moment = sa.case(
    (_tempat_tidur.c.lastupdate.like(constant(_MOMENT_SHAPE)), _tempat_tidur.c.lastupdate), else_=constant("")
)

_beds = (
    sa.select(
        _tempat_tidur.c.koders.concat(constant("-")).concat(_class).label("kd_tempat_tidur"),
        _tempat_tidur.c.koders,
        _class.label("kelas"),
        _sum("kapasitas"),
        _sum("tersedia"),
        sa.func.min(_moment).label("lastupdate"),
    )
    .group_by(_tempat_tidur.c.koders, _class)
    .subquery("t")
)
"""A sum is as old as its oldest part; its age is unknown if that of a part is."""

_reported_at = local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)

BEDS = Mapping(
    record=BedAvailability,
    source=SOURCE.name,
    selectable=_beds,
    columns={
        "id": column("kd_tempat_tidur", decoder=text()),
        "hospital_id": column("koders", decoder=text()),
        "care_class": column("kelas", decoder=codes({known.name: known for known in _CODES.values()})),
        "capacity": column("kapasitas", decoder=whole_number()),
        "available": column("tersedia", decoder=whole_number()),
        "reported_at": column("lastupdate", decoder=_reported_at),
    },
    as_of=column("lastupdate", decoder=_reported_at),
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(hours=1),
)

SUBJECT = Subject(SOURCE, (BEDS,))
