"""Notes: thirty rows of one record, the same in every kind of source that the suite opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders import offset_datetime, text
from connectors.mapping import Mapping, column
from models.records import Record, field

ZONE = ZoneInfo("Asia/Jakarta")


class Note(Record, name="notes"):
    """Something that was written down."""

    id: str = field("The key", filter=True, sort=True)
    title: str | None = field("The title", filter=True, sort=True)
    section: str | None = field("Where it belongs", filter=True, sort=True)
    at: datetime | None = field("When it was written", filter=True, sort=True)


@dataclass(frozen=True)
class Truth:
    """A note as every connector must give it."""

    id: str
    title: str | None
    section: str | None
    at: datetime


_FIRST = datetime(2026, 1, 5, 8, tzinfo=ZONE)
_SECTIONS = ("pasar", "taman", None, "jalan")

NOTES = tuple(
    Truth(
        f"n{number:02}",
        None if number % 9 == 5 else f"Catatan {(number * 7) % 30:02} & {'é' if number % 2 else 'e'}",
        _SECTIONS[number % 4],
        _FIRST + timedelta(hours=(number * 11) % 15),
    )
    for number in range(30)
)
"""Titles that are all different, four sections of which one is none, and moments that come twice."""


def mapping_of(table: str, columns: tuple[str, str, str, str]) -> Mapping:
    """The record in a table with these text columns: key, title, section, moment as ISO 8601 with its offset."""
    key, title, section, at = columns
    return Mapping(
        record=Note,
        source="catatan",
        selectable=sa.table(table, *(sa.column(name, sa.String(60)) for name in columns)),
        columns={
            "id": column(key, decoder=text()),
            "title": column(title, decoder=text()),
            "section": column(section, decoder=text()),
            "at": column(at, decoder=offset_datetime(ZONE)),
        },
    )


def raw_of(note: Truth) -> tuple[str, str | None, str | None, str]:
    """A note as a source writes it."""
    return note.id, note.title, note.section, note.at.isoformat()
