"""The operator's command about cities: write the package of a new one."""

from __future__ import annotations

import importlib
import re
import sys
from datetime import datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from models.values.localized import Language
from models.values.types import AreaCode
from settings import SettingsError
from terminal import reason_of, say, stop

# Each command imports what it needs when it runs, as in cli.py.
if TYPE_CHECKING:
    from onboarding.cities.package import Office

city = typer.Typer(help="The city that a hub serves, which is a package of its own.", no_args_is_help=True)

_OFFICE = re.compile(r"([a-z][a-z0-9_]{0,39})=([^|=]{1,100})(?:\|([^|=]{1,20}))?")


class IdentityName(StrEnum):
    """The schemes of identity that come with the hub."""

    EMAIL = "EMAIL"
    NIK = "NIK"


@city.callback()
def _city() -> None:
    """Without a callback, a single command would take the place of the group."""


@city.command("new")
def city_new(  # noqa: PLR0913, PLR0917  # each is a fact about the city
    name: Annotated[str, typer.Argument(help="The name of the package, such as springfield.")],
    areas: Annotated[
        Path,
        typer.Option(
            help="The areas: a CSV with the headings code, name, parent, latitude, longitude, or a GeoJSON file whose "
            "features have the code as id, and name and parent as properties."
        ),
    ],
    department: Annotated[
        list[str], typer.Option(help='A department, "works=Department of Public Works|DPW"; once for each.')
    ],
    time_zone: Annotated[str, typer.Option(help="The time zone of the city, such as America/Chicago.")],
    currency: Annotated[str, typer.Option(help="The currency, such as USD (ISO 4217).")],
    title: Annotated[str | None, typer.Option(help="The city's own name; that of its area unless told.")] = None,
    code: Annotated[str, typer.Option(help="The code of the city, where no area is around all others.")] = "city",
    language: Annotated[
        list[Language] | None, typer.Option(help="A language that people are spoken to in, the first one first.")
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option(help="What areas are called, from the city downwards: City, Ward.")
    ] = None,
    identity: Annotated[
        IdentityName, typer.Option(help="By what the city's systems know a person.")
    ] = IdentityName.EMAIL,
    opens: Annotated[int, typer.Option(help="The hour at which offices open, Monday to Friday.")] = 8,
    closes: Annotated[int, typer.Option(help="The hour at which they close.")] = 17,
    holiday: Annotated[list[datetime] | None, typer.Option(formats=["%Y-%m-%d"], help="A day off.")] = None,
    into: Annotated[Path, typer.Option(help="The folder in which the package's folder is made.")] = Path(),
) -> None:
    """Write the package of a new city, which starts: areas, departments, calendar, one mapped subject, and a test."""
    from onboarding.cities.area_lists import AreaListError, ListedArea, read_areas
    from onboarding.cities.package import NewCity, files_of

    folder = into / name
    _check(name, folder, time_zone, currency)
    try:
        found = read_areas(areas, ListedArea(_area_code(code), title or name.capitalize()))
        facts = NewCity(
            package=name,
            title=title or found[0].name,
            languages=tuple(dict.fromkeys(language or [Language.EN])),
            time_zone=time_zone,
            currency=currency,
            identity=identity.value,
            offices=tuple(map(_office, department)),
            levels=tuple(level or ()),
            hours=_hours(opens, closes),
            holidays=tuple(sorted({day.date() for day in holiday or ()})),
            areas=found,
            today=datetime.now(ZoneInfo(time_zone)).date(),
        )
        files = files_of(facts)
    except AreaListError as error:
        stop(str(error))
    _write(folder, files)
    _try(name, into)
    say(f"{facts.title} has {len(found)} areas, {len(facts.offices)} departments and made up complaints, in {folder}.")
    path = "" if into.resolve() == Path.cwd() else f"PYTHONPATH={into.resolve()} "
    say(f"Start it: {path}HUB_CITY={name} ./simpul serve")
    say(f"Test it:  {path}.venv/bin/python -m pytest {folder}")
    say("Then connect the city's own systems: docs/another-city.md.")


def _check(name: str, folder: Path, time_zone: str, currency: str) -> None:
    if not (name.isidentifier() and name == name.lower()):
        stop(f"{name!r} cannot be the name of a package: use small letters, digits and underscores.")
    if find_spec(name) is not None:
        stop(f"A package or module called {name} is there already: choose another name.")
    if folder.exists():
        stop(f"{folder} is there already.")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        stop(f"The time zone {time_zone!r} is not known. Write it like America/Chicago.")
    if not re.fullmatch("[A-Z]{3}", currency):
        stop(f"{currency!r} is no code of a currency: three capital letters, like USD (ISO 4217).")


def _area_code(text: str) -> AreaCode:
    try:
        return AreaCode(text)
    except ValueError as error:
        stop(f"--code: {text!r} is {error}.")


def _office(text: str) -> Office:
    from onboarding.cities.package import Office

    found = _OFFICE.fullmatch(text)
    if found is None:
        stop(f'--department: {text!r} is not written like "works=Department of Public Works|DPW".')
    code, name, abbreviation = found.groups()
    return Office(code, name.strip(), (abbreviation or code.upper()).strip())


def _hours(opens: int, closes: int) -> tuple[int, int]:
    if not 0 <= opens < closes <= 24:
        stop("--opens and --closes: offices open before they close, between 0 and 24.")
    return opens, closes


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        (folder / "data").mkdir(parents=True)
        for path, text in files.items():
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop(f"{folder} cannot be written: {reason_of(error)}.")


def _try(name: str, into: Path) -> None:
    """Import what was written, so that nobody finds out at the start that it cannot be used."""
    from city_package import city_package

    sys.path.insert(0, str(into.resolve()))
    importlib.invalidate_caches()
    try:
        city_package(name)
    except SettingsError as error:
        stop(f"The package was written, and something in it has to be mended: {error}")
    finally:
        sys.path.remove(str(into.resolve()))
