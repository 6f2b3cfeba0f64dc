"""The drafter: a URL and a subject -> the text of a mapping file and a summary of how sure it is."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import models
from connectors.drafting.fits import Fitting
from connectors.drafting.links import Link, links_of
from connectors.drafting.looks import Looks
from connectors.drafting.mapping_file import Heading, draft_text
from connectors.drafting.matching import Database, Match, matched, relevance
from connectors.drafting.meanings import all_of, meaning_of_name
from connectors.drafting.reading import Limits, Reader
from connectors.drafting.summary import summary_lines
from connectors.drafting.tables import LegacyTable, SampledTable
from connectors.drafting.vocabularies import CODES_MAX, Raw
from connectors.drafting.ways import Setting
from connectors.sources import CityPackage
from models.city import City
from models.records import Record

SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TABLES_OF_A_RECORD = 8
"""How many tables are sampled for each record, by how likely their names are."""
_UTC_KEEPERS = frozenset({"schema_migrations", "ar_internal_metadata", "django_migrations"})
"""Tables of frameworks that keep moments in UTC unless told otherwise."""

Progress = Callable[[str, int, int], None]


class DraftRefused(Exception):
    """Something was asked for that the city or the graph does not have; the sentence says what there is."""


class UnknownSubject(DraftRefused):
    """A subject that the graph does not have; the sentence names those that it has."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a mapping file, and lines that say what to look at."""

    text: str
    summary: list[str]
    matches: list[Match]


def records_of(subject: str) -> list[type[Record]]:
    """The records of a subject that a source keeps, in the order of its file. Raises UnknownSubject."""
    found = _records_in(subject) if subject in {module.name for module in pkgutil.iter_modules(models.__path__)} else []
    if not found:
        names = [module.name for module in pkgutil.iter_modules(models.__path__) if _records_in(module.name)]
        raise UnknownSubject(f"There is no subject {subject!r}. There are: {', '.join(sorted(names))}.")
    return found


def _records_in(name: str) -> list[type[Record]]:
    module = importlib.import_module(f"models.{name}")
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Record)]
    own = [kind for kind in kinds if kind.__module__ == module.__name__ and kind is not Record]
    return [kind for kind in own if kind.measures is None]


def heading_of(package_name: str, package: CityPackage, subject: str, source: str, department: str | None) -> Heading:
    """What a draft says of its source: the department that is named, or the one that owns a source of this name.

    Raises DraftRefused for a name that is none, a department that the city does not have, and a city that states itself
    in no module of its own.
    """
    if not SOURCE_NAME.fullmatch(source):
        raise DraftRefused("--source: a source is named in small letters, digits and underscores, a letter first.")
    city = package.city
    codes = [known.code for known in city.departments]
    if department is not None and department not in codes:
        raise DraftRefused(f"The city has no department {department!r}. It has: {', '.join(sorted(codes))}.")
    owner = department or next((known.department for known in package.sources if known.name == source), None)
    module, name = _place_of(package_name, city)
    return Heading(subject, source, owner or codes[0], owner is not None, module, name)


def _place_of(package_name: str, city: City) -> tuple[str, str]:
    """The module and the name by which mapping files import the city."""
    for module in (f"{package_name}.city", package_name):
        with contextlib.suppress(ModuleNotFoundError):
            for name, value in vars(importlib.import_module(module)).items():
                if value is city:
                    return module, name
    raise DraftRefused(f"No constant of {package_name}.city holds the city, so a mapping file cannot import it.")


async def draft(url: str, heading: Heading, city: City, limits: Limits, progress: Progress) -> Draft:
    """Read a database and draft the mappings of a subject.

    Raises UnknownSubject, SourceUrlError for a URL that no connector can use, and SQLAlchemyError or OSError when the
    database cannot be reached.
    """
    records = records_of(heading.subject)
    reader = Reader(url, limits)
    try:
        tables = await reader.tables()
        chosen = _chosen(records, tables)
        samples = await reader.samples(chosen, progress)
        links = await links_of(samples, reader.contained)
    finally:
        await reader.close()
    setting = Setting(city, reader.dialect, bool(_UTC_KEEPERS & {table.name for table in tables}))
    looks = {name: {one: Looks(column) for one, column in table.columns.items()} for name, table in samples.items()}
    fitting = Fitting(setting, _spellings(samples, links))
    database = Database(samples, looks, tuple(links), setting, fitting)
    matches = matched(records, database)
    text = draft_text(heading, matches, database, reader.skipped)
    return Draft(text, summary_lines(matches, database), matches)


def _chosen(records: Sequence[type[Record]], tables: Sequence[LegacyTable]) -> list[LegacyTable]:
    """The tables to sample, the likeliest first: those of each record, then what these seem to lead to."""
    by_name = {table.name: table for table in tables}
    likely: dict[str, float] = {}
    for record in records:
        scored = sorted(((relevance(record, table), table.name) for table in tables), reverse=True)
        for score, name in scored[:TABLES_OF_A_RECORD]:
            likely[name] = max(score, likely.get(name, 0.0))
    first = sorted(likely, key=lambda name: -likely[name])
    beside = [name for start in first for name in _beside(by_name[start], tables)]
    return [by_name[name] for name in dict.fromkeys([*first, *beside]) if name in by_name]


def _beside(table: LegacyTable, tables: Sequence[LegacyTable]) -> list[str]:
    """The tables that a table's columns seem to lead to, by foreign keys and by names."""
    declared = [reference.table for reference in table.references]
    about = frozenset(concept for column in table.columns for concept in all_of(meaning_of_name(column.name)))
    named = [other.name for other in tables if all_of(meaning_of_name(other.name, is_table=True)) & about]
    return [*declared, *named]


def _spellings(samples: dict[str, SampledTable], links: Sequence[Link]) -> dict[tuple[str, str], dict[Raw, str]]:
    """What small tables that columns of codes lead to call the codes: their first column of words."""
    found: dict[tuple[str, str], dict[Raw, str]] = {}
    for link in links:
        target = samples[link.target]
        if not target.whole or not 1 <= target.rows <= CODES_MAX:
            continue
        names = [column for name, column in target.columns.items() if name != link.key and column.texts]
        if names:
            keys = target.columns[link.key].values
            found[link.table, link.column] = {
                key: text
                for key, text in zip(keys, names[0].values, strict=True)
                if isinstance(key, str | int) and isinstance(text, str)
            }
    return found
