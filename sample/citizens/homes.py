"""The homes of the sample city's citizens: neighbourhoods and family cards, clean and as stored."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from sample import areas, dirt
from sample.citizens.people import resident_number
from sample.shapes import Row, Table

FAMILY_MEMBERS = 4
_COMMUNITIES, _NEIGHBOURHOODS = 10, 5
# A prime that divides no number of neighbourhoods, so that families spread evenly.
_STRIDE = 7_919
_DISTRICTS, _DAYS, _MONTHS, _YEARS, _YEAR_FIRST = 13, 28, 12, 15, 10
# Like those of residents, serials from 9000 up are recognisably synthetic.
_SERIAL_FIRST = 9000

TWEB_KELUARGA = Table(
    name="tweb_keluarga",
    columns=(("id", "integer PRIMARY KEY"), ("no_kk", "varchar(20)"), ("nik_kepala", "varchar(32)")),
)
TWEB_WIL_CLUSTERDESA = Table(
    name="tweb_wil_clusterdesa",
    columns=(
        ("id", "integer PRIMARY KEY"),
        ("kode_desa", "varchar(20)"),
        ("rt", "varchar(5)"),
        ("rw", "varchar(5)"),
    ),
)

_area = dirt.die("neighbourhood area")
_number = dirt.die("neighbourhood number")
_card = dirt.die("family card")


class Cluster(NamedTuple):
    """A neighbourhood as stored, and what survives of its village and its two numbers."""

    stored: Row
    area_code: str | None
    neighbourhood: str | None
    community: str | None


class Family(NamedTuple):
    """A family as stored, what survives of the number of its card, and its home."""

    stored: Row
    card_number: str | None
    cluster: Cluster


def clusters(seed: int) -> list[Cluster]:
    """The neighbourhoods of all villages, in the order of their ids from 1 up."""
    draw = Random(f"{seed}:neighbourhoods").random
    found: list[Cluster] = []
    for village in (area for area in areas.places() if area.level == "VILLAGE"):
        for place in range(_COMMUNITIES * _NEIGHBOURHOODS):
            stored_area, area_code = dirt.dirty_area(village.code, _area(draw()))
            numbers = (f"{place % _NEIGHBOURHOODS + 1:03}", f"{place // _NEIGHBOURHOODS + 1:03}")
            (stored_rt, rt), (stored_rw, rw) = (dirt.dirty_short_text(one, _number(draw())) for one in numbers)
            found.append(Cluster((len(found) + 1, stored_area, stored_rt, stored_rw), area_code, rt, rw))
    return found


def family(number: int, homes: list[Cluster], draw: float) -> Family:
    """The family `number`, counted from 0, whose members are the persons from 4 * number on."""
    stored_card, card_number = dirt.dirty_nik(_card_number(number), _card(draw))
    head = resident_number(number * FAMILY_MEMBERS)
    return Family((number + 1, stored_card, head), card_number, homes[number * _STRIDE % len(homes)])


def _card_number(number: int) -> str:
    """The 16 digits of a family card: district and day of issue, then a serial; unique up to 65 million families."""
    rest, district = divmod(number, _DISTRICTS)
    rest, day = divmod(rest, _DAYS)
    rest, month = divmod(rest, _MONTHS)
    serial, year = divmod(rest, _YEARS)
    return f"3671{district + 1:02}{day + 1:02}{month + 1:02}{_YEAR_FIRST + year}{_SERIAL_FIRST + serial}"
