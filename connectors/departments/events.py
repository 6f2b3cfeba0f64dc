"""The calendar of Diskominfo: one iCalendar file with a row per occurrence."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, flag, offset_datetime, position_pair, prose, text, url
from connectors.departments.city import TANGERANG
from connectors.feeds import Calendar, Feed
from connectors.mapping import Mapping, column, constant
from connectors.sources import Source, Subject
from models.events import Event, EventCategory, EventStatus
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="events",
    department="diskominfo",
    title="Kalender kegiatan kota",
    kind=Feed(Calendar(TANGERANG.time_zone)),
    terms=DataTerms(
        "Dinas Komunikasi dan Informatika Kota Tangerang",
        "PPID Diskominfo",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.WEEKLY,
    ),
)

_events = sa.table(
    "events",
    sa.column("uid", sa.String(200)),
    sa.column("summary", sa.String(200)),
    sa.column("description", sa.Text),
    sa.column("location", sa.String(200)),
    sa.column("categories", sa.String(200)),
    sa.column("organizer", sa.String(200)),
    sa.column("url", sa.String(200)),
    sa.column("status", sa.String(20)),
    sa.column("dtstart", sa.String(30)),
    sa.column("dtend", sa.String(30)),
    sa.column("geo", sa.String(40)),
    sa.column("last_modified", sa.String(30)),
    sa.column("x_area_code", sa.String(20)),
)

_CATEGORIES = {
    EventCategory.SANJUNG: ("sanjung",),
    EventCategory.EXHIBITION: ("pameran", "bazar"),
    EventCategory.FORUM: ("forum", "musrenbang"),
    EventCategory.JOB_FAIR: ("bursa kerja", "job fair"),
    EventCategory.TRAINING: ("pelatihan",),
    EventCategory.FESTIVAL: ("festival",),
    EventCategory.HEALTH: ("kesehatan",),
}
"""The kind of an event by the beginning of its first category, in lower case."""

_STATUSES = {
    "CONFIRMED": EventStatus.SCHEDULED,
    "TENTATIVE": EventStatus.TENTATIVE,
    "CANCELLED": EventStatus.CANCELLED,
}

_DAY_SHAPE = "____-__-__"
_MIDNIGHT = "T00:00:00+07:00"
"""Makes a moment of a day: days begin at local midnight."""


def _is_day(name: str) -> sa.ColumnElement[bool]:
    return _events.c[name].like(constant(_DAY_SHAPE))


def _moment(name: str) -> sa.ColumnElement[str]:
    column = _events.c[name]
    return sa.case((_is_day(name), column.concat(constant(_MIDNIGHT))), else_=column)


def _begins(words: str) -> sa.ColumnElement[bool]:
    start, length = sa.literal_column("1", sa.Integer), sa.literal_column(str(len(words)), sa.Integer)
    return sa.func.substr(sa.func.lower(_events.c.categories), start, length) == constant(words)


_calendar = sa.select(
    _events.c.uid,
    _events.c.summary,
    _events.c.description,
    _events.c.location,
    _events.c.organizer,
    _events.c.url,
    _events.c.status,
    _events.c.geo,
    _events.c.last_modified,
    _events.c.x_area_code,
    sa.case(
        *((sa.or_(*map(_begins, words)), constant(kind.name)) for kind, words in _CATEGORIES.items()),
        else_=_events.c.categories,
    ).label("categories"),
    _moment("dtstart").label("mulai"),
    _moment("dtend").label("selesai"),
    sa.case((_is_day("dtstart"), constant("Y")), (_events.c.dtstart != constant(""), constant("T"))).label("sehari"),
).subquery("t")

_instant = offset_datetime(TANGERANG.time_zone)

EVENTS = Mapping(
    record=Event,
    source=SOURCE.name,
    selectable=_calendar,
    columns={
        "id": column("uid", decoder=text(), publishes="ids of a calendar, in the form of addresses"),
        "name": column("summary", decoder=text()),
        "description": column("description", decoder=prose()),
        "category": column("categories", decoder=codes({kind.name: kind for kind in _CATEGORIES}, nulls=("",))),
        "start_date": column("mulai", decoder=_instant),
        "end_date": column("selesai", decoder=_instant),
        "all_day": column("sehari", decoder=flag(yes="Y", no="T")),
        "location": column("location", decoder=text()),
        "area_code": column("x_area_code", decoder=area_code(TANGERANG.area_code_shapes[1:])),
        "position": column("geo", decoder=position_pair(TANGERANG.box)),
        "organizer": column("organizer", decoder=text()),
        "url": column("url", decoder=url()),
        "status": column("status", decoder=codes(_STATUSES, nulls=("",))),
        "date_modified": column("last_modified", decoder=_instant),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
)

SUBJECT = Subject(SOURCE, (EVENTS,))
