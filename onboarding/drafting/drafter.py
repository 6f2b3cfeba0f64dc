"""The drafter: a URL and a subject -> the text of a mapping file, and a summary with confidences."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import models
from connectors.sources import CityPackage
from models.city import City
from models.records import Record
from onboarding.drafting.costs import costs_of
from onboarding.drafting.fits import Confidence, Fitting
from onboarding.drafting.links import Link, links_of
from onboarding.drafting.looks import Looks
from onboarding.drafting.mapping_file import Heading, draft_text, not_found
from onboarding.drafting.matching import Database, Match, matched, relevance
from onboarding.drafting.outlines import identifiers, outline_of
from onboarding.drafting.people import people_of
from onboarding.drafting.reading import Limits, Reader
from onboarding.drafting.shapes import shapes_of
from onboarding.drafting.tables import LegacyTable, SampledTable
from onboarding.drafting.ways import Setting
from onboarding.drafting.words.meanings import all_of, meaning_of_name
from onboarding.drafting.words.vocabularies import CODES_MAX, Raw

SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TABLES_OF_A_RECORD = 8
"""How many tables are sampled per record, those with the likeliest names."""
_UTC_KEEPERS = frozenset({"schema_migrations", "ar_internal_metadata", "django_migrations"})
"""Tables of frameworks that by default keep moments in UTC."""

Progress = Callable[[str, int, int], None]


class DraftRefused(Exception):
    """The city or the graph does not have what was requested; the message says what there is."""


class UnknownSubject(DraftRefused):
    """The graph has no such subject; the message names those that it has."""


SUMMARY_COLUMNS_MAX = 80


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a mapping file, and a summary of what to check.

    `bases` are the tables of the database that tables made by a select are of.
    """

    text: str
    summary: list[str]
    matches: list[Match]
    bases: dict[str, str]


def records_of(subject: str) -> list[type[Record]]:
    """The records of a subject that a source can hold, in the order of its module. Raises UnknownSubject."""
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
    """The heading of a draft, with the given department, or the owner of an existing source of this name.

    Raises DraftRefused for an invalid name, an unknown department, and a city without a module of its own.
    """
    if not SOURCE_NAME.fullmatch(source):
        raise DraftRefused("--source: a source is named in small letters, digits and underscores, a letter first.")
    city = package.city
    codes = [known.code for known in city.departments]
    if department is not None and department not in codes:
        raise DraftRefused(f"The city has no department {department!r}. It has: {', '.join(sorted(codes))}.")
    owner = department or next((known.department for known in package.sources if known.name == source), None)
    module, name = _city_constant_of(package_name, city)
    return Heading(subject, source, owner or codes[0], owner is not None, module, name)


def _city_constant_of(package_name: str, city: City) -> tuple[str, str]:
    """The module and the name of the city's constant, for imports."""
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
    looks = {name: looks_of(table) for name, table in samples.items()}
    people = people_of(samples, looks)
    for made, its_links in list(shapes_of(records, samples, looks, people)):
        samples[made.name], looks[made.name] = made, looks_of(made)
        links += its_links
    setting = Setting(city, reader.dialect, bool(_UTC_KEEPERS & {table.name for table in tables}))
    fitting = Fitting(setting, _spellings(samples, links), people)
    database = Database(samples, looks, tuple(links), setting, fitting, people, identifiers(samples))
    matches = matched(records, database)
    text = draft_text(heading, matches, database, reader.skipped)
    while (refusal := _import_refusal(text, city)) is not None:
        # What does not import is left out rather than handed over; without any record every draft does.
        matches = _without_one(
            matches, lambda fewer: draft_text(heading, fewer, database, reader.skipped), city, refusal
        )
        text = draft_text(heading, matches, database, reader.skipped)
    return Draft(text, summary_lines(matches, database), matches, _bases(samples))


def _bases(samples: dict[str, SampledTable]) -> dict[str, str]:
    """The table of the database below each table that is made by a select."""
    found: dict[str, str] = {}
    for name, table in samples.items():
        derived = table.table.derived
        if derived is not None:  # What is made of another made table comes after that.
            found[name] = found.get(derived.base, derived.base)
    return found


def _import_refusal(text: str, city: City) -> str | None:
    """Why a mapping file cannot be imported into the city; None if it can."""
    names: dict[str, Any] = {"__name__": "drafted"}
    try:
        exec(compile(text, "draft", "exec"), names)  # noqa: S102  # our own text, which its reader imports next
        CityPackage.of(city, names["SUBJECT"])
    except Exception as error:  # noqa: BLE001  # whatever it is, the text is not handed over
        return type(error).__name__
    return None


def _without_one(matches: list[Match], text_of: Callable[[list[Match]], str], city: City, refusal: str) -> list[Match]:
    """The matches without the first one that does not import by itself, or without the last one."""
    having = [match for match in matches if match.table is not None]
    alone = (match for match in having if _import_refusal(text_of([match]), city) is not None)
    bad = next(alone, having[-1])
    assert bad.table is not None
    why = ((bad.table.name, f"its mapping does not import ({refusal})"),)
    none = Match(bad.record, None, {}, tuple(bad.record.fields), looked_at=why)
    return [none if match is bad else match for match in matches]


def looks_of(table: SampledTable) -> dict[str, Looks]:
    return {name: Looks(column) for name, column in table.columns.items()}


def _chosen(records: Sequence[type[Record]], tables: Sequence[LegacyTable]) -> list[LegacyTable]:
    """The tables to sample, likeliest first: those of each record, then those that they seem to refer to."""
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
    """The tables that a table seems to refer to, by foreign keys and by column names."""
    declared = [reference.table for reference in table.references]
    about = frozenset(concept for column in table.columns for concept in all_of(meaning_of_name(column.name)))
    named = [other.name for other in tables if all_of(meaning_of_name(other.name, is_table=True)) & about]
    return [*declared, *named]


def _spellings(samples: dict[str, SampledTable], links: Sequence[Link]) -> dict[tuple[str, str], dict[Raw, str]]:
    """The names of codes in the small tables that columns of codes refer to: their first column of words."""
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


# --- The summary for a terminal ---------------------------------------------------------------------------------------


def summary_lines(matches: list[Match], database: Database) -> list[str]:
    """Lines of at most 80 columns, without values: what is missing first."""
    missing = [line for cost in costs_of(matches) for line in _wrapped(cost)]
    return [*missing, *(line for match in matches for line in _record_lines(match, database))]


def _record_lines(match: Match, database: Database) -> list[str]:
    record, fields = match.record, match.record.fields
    if match.table is None:
        return _wrapped(f"{record.name} - {not_found(match)}")
    outline = outline_of(match, database)
    counts = {level: sum(match.confidence_of(fit) is level for fit in match.fits.values()) for level in Confidence}
    sure = ", ".join(f"{count} {level.value}" for level, count in counts.items() if count)
    surely = match.standing.confidence.value
    lines = [f"{record.name} - from {match.table.name} ({surely}), {len(match.fits)} of {len(fields)} fields: {sure}"]
    sentences = [_named(f"{level.value}", match, level) for level in (Confidence.MEDIUM, Confidence.LOW)]
    untold = [name for name, fit in match.fits.items() if fit.book is not None and (fit.book.untold or fit.book.hidden)]
    if untold:
        sentences.append(f"codes to be told: {', '.join(untold)}")
    rows = " and ".join(f"{one.column} is {'null' if one.value is None else one.value}" for one in outline.alive)
    sentences.append(f"rows where {rows}" if rows else "all rows: no column was seen that marks deleted ones")
    for sentence in filter(None, sentences):
        lines += _wrapped(sentence, "  ")
    return lines


def _wrapped(sentence: str, indent: str = "") -> list[str]:
    return textwrap.wrap(sentence, SUMMARY_COLUMNS_MAX, initial_indent=indent, subsequent_indent="    ")


def _named(label: str, match: Match, level: Confidence) -> str:
    names = [name for name, fit in match.fits.items() if match.confidence_of(fit) is level]
    return f"{label}: {', '.join(names)}" if names else ""
