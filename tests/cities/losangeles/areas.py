"""Neighborhood councils, as the department that certifies them lists them; the city around them is in no file."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, position, text
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.mapping import Mapping, column, constant
from connectors.sources import Source, Subject
from models.areas import Area, AreaLevel
from tests.cities.losangeles.city import CITY_CODE, COUNCILS, LOS_ANGELES

SOURCE = Source(
    name="councils",
    department="done",
    title="Certified neighborhood councils",
    kind=Files((FileTable("councils", "la311_councils.csv", unique=("data_code",)),), zone=LOS_ANGELES.time_zone),
)

_councils = sa.table(
    "councils",
    sa.column("data_code", sa.String(10)),
    sa.column("council_name", sa.String(100)),
    sa.column("latitude", sa.String(20)),
    sa.column("longitude", sa.String(20)),
)


_city = sa.select(
    constant("city").label("data_code"),
    constant(LOS_ANGELES.name).label("council_name"),
    sa.null().label("latitude"),
    sa.null().label("longitude"),
    constant("CITY").label("level"),
    sa.null().label("within"),
)
_members = sa.select(_councils, constant("COUNCIL").label("level"), constant(CITY_CODE).label("within")).where(
    # The row of those who have no council.
    _councils.c.data_code != constant("0")
)

AREAS = Mapping(
    record=Area,
    source=SOURCE.name,
    selectable=sa.union_all(_members, _city).subquery("t"),
    columns={
        "id": column("data_code", decoder=text()),
        "code": column("data_code", decoder=codes({"city": CITY_CODE, **COUNCILS})),
        "name": column("council_name", decoder=text()),
        "level": column("level", decoder=codes({"CITY": AreaLevel.CITY, "COUNCIL": AreaLevel.VILLAGE})),
        "parent_code": column("within", decoder=codes({str(CITY_CODE): CITY_CODE})),
        "position": column("latitude", "longitude", decoder=position(LOS_ANGELES.box)),
    },
    fresh_for=timedelta(days=30),
)

SUBJECT = Subject(SOURCE, (AREAS,))
