"""Package: the files of a new city, as text. Pure; the people and the complaints in them are made up."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.areas import AreaLevel
from models.values.localized import Language
from models.values.types import Box, Position
from onboarding.cities.area_lists import AreaListError, ListedArea

SHAPES_MAX = 200
COMPLAINTS_MAX = 400
COMPLAINTS_PER_AREA = 4
MARGIN_DEGREES = 0.05
"""How far the city reaches beyond the middles of its areas, unless somebody states its box better."""


@dataclass(frozen=True, slots=True)
class Office:
    """A department: its code, name and abbreviation."""

    code: str
    name: str
    abbreviation: str


@dataclass(frozen=True, slots=True)
class NewCity:
    """The facts of a new city. `levels` are the names of its areas, from the city downwards."""

    package: str
    title: str
    languages: tuple[Language, ...]
    time_zone: str
    currency: str
    identity: str
    offices: tuple[Office, ...]
    levels: tuple[str, ...]
    hours: tuple[int, int]
    holidays: tuple[date, ...]
    areas: Sequence[ListedArea]
    today: date


def files_of(city: NewCity) -> dict[str, str]:
    """The files of the package by their path in it. Raises AreaListError for areas that make no city."""
    words = _WORDS[city.languages[0]]
    smallest = _smallest(city.areas)
    given = {
        "city": city,
        "root": city.areas[0],
        "box": _box(city.areas),
        "shapes": _shapes(city.areas),
        "levels": _levels(city),
        "area": smallest[0].parent or smallest[0].code,
        "small": smallest[0],
        "person": _people(city.identity)[0],
        "words": words,
    }
    made = {name: _TEMPLATES.get_template(f"{name}.jinja").render(given) for name in _MODULES}
    made[f"test_{city.package}.py"] = made.pop("test_city.py")
    return made | {
        "data/areas.csv": _csv(("code", "name", "parent", "depth", "latitude", "longitude"), _areas(city.areas)),
        "data/categories.csv": _csv(("code", "name"), words.categories),
        "data/complaints.csv": _csv(_COMPLAINT, _complaints(city, smallest, words)),
    }


@dataclass(frozen=True, slots=True)
class Words:
    """What the made up complaints are about, in the language of the city."""

    categories: tuple[tuple[str, str], ...]
    text: str
    search: str
    goods: str
    stemmer: str


_WORDS = {
    Language.EN: Words(
        (("ROAD", "Pothole"), ("LIGHT", "Street light out"), ("WASTE", "Overflowing bin"), ("WATER", "Blocked drain")),
        "Reported in {area}: {category}.", "hospital", "Rice", "english",
    ),
    Language.ID: Words(
        (("JALAN", "Jalan rusak"), ("LAMPU", "Lampu padam"), ("SAMPAH", "Sampah menumpuk"), ("AIR", "Saluran mampet")),
        "Dilaporkan di {area}: {category}.", "rumah sakit", "Beras", "indonesian",
    ),
}  # fmt: skip
_MODULES = ("__init__.py", "city.py", "areas.py", "complaints.py", "test_city.py")
_KINDS = (AreaLevel.CITY, AreaLevel.DISTRICT, AreaLevel.VILLAGE)
_COMPLAINT = (
    "number", "reported", "closed", "status", "category", "department", "area", "latitude", "longitude", "channel",
    "text", "reporter",
)  # fmt: skip
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  # it makes Python, and each text goes in by repr()
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["code"] = lambda value: _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """A text as the formatter of this repository writes it."""
    written = repr(text)
    return written if '"' in text or written.startswith('"') else f'"{written[1:-1]}"'


def _smallest(areas: Sequence[ListedArea]) -> list[ListedArea]:
    around = {area.parent for area in areas}
    found = [area for area in areas if area.code not in around and area.position is not None]
    if not found:
        raise AreaListError("No area that holds no other one has a latitude and a longitude: the city lies nowhere.")
    return found


def _box(areas: Sequence[ListedArea]) -> Box:
    places = [area.position for area in areas if area.position is not None]
    latitudes, longitudes = [place.latitude for place in places], [place.longitude for place in places]
    return Box(
        round(max(min(latitudes) - MARGIN_DEGREES, -90), 4), round(max(min(longitudes) - MARGIN_DEGREES, -180), 4),
        round(min(max(latitudes) + MARGIN_DEGREES, 90), 4), round(min(max(longitudes) + MARGIN_DEGREES, 180), 4),
    )  # fmt: skip


def _shapes(areas: Sequence[ListedArea]) -> list[str]:
    """The shapes of the codes, those of the city first."""
    shapes = list(dict.fromkeys(re.sub(r"[0-9]", "#", area.code) for area in areas))
    if len(shapes) > SHAPES_MAX:
        raise AreaListError(
            f"The codes of the areas have more than {SHAPES_MAX} different forms, apart from their digits."
        )
    return shapes


def _levels(city: NewCity) -> list[tuple[str, str]]:
    """The level of the graph and the city's own name for each depth."""
    deepest = max(area.depth for area in city.areas)
    kinds = [_KINDS[min(depth, len(_KINDS) - 1)] for depth in range(deepest + 1)]
    names = [*city.levels, *(kind.label_in(city.languages[0]) for kind in kinds[len(city.levels) :])]
    return [(kind.value, name) for kind, name in zip(kinds, names, strict=False)]


def _areas(areas: Iterable[ListedArea]) -> Iterator[tuple[object, ...]]:
    for area in areas:
        yield area.code, area.name, area.parent, area.depth, *(area.position or ("", ""))


def _people(identity: str) -> list[str]:
    """Three people who are nobody: addresses that nobody can have (RFC 2606), or serials from 9000 up."""
    if identity == "NIK":
        return [f"317101410190{9000 + number}" for number in range(3)]
    return [f"resident{number}@example.org" for number in range(1, 4)]


def _complaints(city: NewCity, smallest: Sequence[ListedArea], words: Words) -> Iterator[tuple[object, ...]]:
    """A few complaints in each of the smallest areas, spread over a year that ends today."""
    people, start = _people(city.identity), datetime.combine(city.today, time(9))
    many = min(len(smallest) * COMPLAINTS_PER_AREA, COMPLAINTS_MAX)
    for number in range(many):
        area, (category, name) = smallest[number % len(smallest)], words.categories[number % len(words.categories)]
        reported = start - timedelta(days=number * 360 // many, minutes=number * 17 % 300)
        closed = reported + timedelta(days=2, hours=number % 5) if number % 3 and number * 360 // many > 3 else None
        place = area.position or Position(0, 0)
        yield (
            f"C-{many - number:05}", _written(reported), _written(closed) if closed else "",
            "Closed" if closed else "Open", category, city.offices[number % len(city.offices)].code, area.code,
            *place, ("Web", "Phone", "App")[number % 3],
            words.text.format(area=area.name, category=name.lower()), people[number % len(people)],
        )  # fmt: skip


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(headings)
    lines.writerows(rows)
    return written.getvalue()
