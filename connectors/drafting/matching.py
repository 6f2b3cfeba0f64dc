"""Matching: the table of each record and the column of each field, so that all together fit best. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.drafting.assignment import best_assignment
from connectors.drafting.cleanings import Cleaning, tried_as
from connectors.drafting.fits import Candidate, Fit, Fitting, Wish
from connectors.drafting.links import Link
from connectors.drafting.looks import Looks
from connectors.drafting.meanings import all_of, concepts_of_text, likeness, meaning_of_name
from connectors.drafting.tables import Kind, LegacyTable, SampledTable
from connectors.drafting.vocabularies import CODES_MAX
from connectors.drafting.ways import Setting
from connectors.drafting.wholes import parts_of, position_of
from models.records import KEY, Record
from models.vocabulary import Vocabulary

TABLE_SCORE_MIN = 0.25
SHARED_SCORE_MIN = 0.6
RUNNER_UP_WITHIN = 0.04
PERSONAL_SHARE_MAX = 0.2
NAME_PART = 0.3
"""How much of a table's score is its name; the rest is how well its columns fit."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record and the table that it is read from; `table` is None where none was found. `missing` fields were not.

    `key` are the columns that identify a row, one or all of a primary key; none where nothing does. `owners` are the
    tables of records that have many of this one.
    """

    record: type[Record]
    table: SampledTable | None
    fits: dict[str, Fit]
    missing: tuple[str, ...]
    key: tuple[str, ...] = ()
    key_words: str = ""
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Database:
    """What was read of a database, and the links between its tables."""

    samples: dict[str, SampledTable]
    looks: dict[str, dict[str, Looks]]
    links: tuple[Link, ...]
    setting: Setting
    fitting: Fitting

    def links_from(self, table: str) -> list[Link]:
        return [link for link in self.links if link.table == table]


def relevance(record: type[Record], table: LegacyTable) -> float:
    """How likely a table holds a record, by names alone: what decides whether it is sampled."""
    wishes = [Wish.of(record, contract) for name, contract in record.fields.items() if name != KEY]
    names = [meaning_of_name(column.name) for column in table.columns]
    best = [max((likeness(w.words, w.hinted, name, dull=w.dull) for name in names), default=0.0) for w in wishes]
    return NAME_PART * name_likeness(record, table.name) + (1 - NAME_PART) * sum(best) / max(1, len(best))


def name_likeness(record: type[Record], table: str) -> float:
    """How well a table is called what a record is."""
    found = meaning_of_name(table, is_table=True)
    hinted = concepts_of_text((record.__doc__ or "").partition("\n")[0])
    called = (meaning_of_name(record.__name__), meaning_of_name(record.name))
    return max(likeness(words, hinted, found) for words in called)


def matched(records: Sequence[type[Record]], database: Database) -> list[Match]:
    """Each record with its table and columns. Tables are given first; columns know of the others' by then."""
    tables = list(database.samples.values())
    scores = [[_table_score(record, table, database) for table in tables] for record in records]
    given = best_assignment(scores)
    table_of = {record.name: tables[at] if at is not None else None for record, at in zip(records, given, strict=True)}
    found = [_match(record, table_of, records, database) for record in records]
    return [_agreed(match, found, records, database) for match in found]


def _agreed(match: Match, found: Sequence[Match], records: Sequence[type[Record]], database: Database) -> Match:
    """A match whose references hold what the fields they lead to hold, which need not be the key that links them."""
    fits = dict(match.fits)
    for name, target, there in _references(match.record, records):
        other = next(one for one in found if one.record.name == target)
        wanted, fit = other.fits.get(there), fits.get(name)
        if wanted is None or fit is None or match.table is None or other.table is None:
            continue
        if fit.candidate.link is not None or wanted.candidate.link is not None:
            continue
        links = [one for one in database.links_from(match.table.name) if one.target == other.table.name]
        link = next((one for one in links if one.column == fit.candidate.names[0]), None)
        joined = {one.target: one for each in fits.values() for one in each.candidate.links}
        # No table is joined twice: the other way to it stays.
        if link is None or wanted.candidate.names[0] == link.key or joined.get(link.target, link) != link:
            continue
        words = f"{link.column} leads there, but {target}.{there} is read from {wanted.candidate.names[0]}"
        candidate = replace(wanted.candidate, link=link)
        fits[name] = replace(fit, candidate=candidate, cleaning=wanted.cleaning, notes=(*fit.notes, words))
    return replace(match, fits=fits)


def _table_score(record: type[Record], table: SampledTable, database: Database) -> float:
    fits = _assigned(record, list(_own(table, database)), database, {}, set())
    score = NAME_PART * name_likeness(record, table.name)
    score += (1 - NAME_PART) * sum(fit.score for fit in fits.values()) / max(1, len(record.fields) - 1)
    return score if score >= TABLE_SCORE_MIN else 0.0


def _match(
    record: type[Record],
    table_of: dict[str, SampledTable | None],
    records: Sequence[type[Record]],
    database: Database,
) -> Match:
    table = table_of[record.name]
    if table is None:
        return Match(record, None, {}, tuple(record.fields))
    references = {here: target for here, target, _ in _references(record, records)}
    key, key_words = _key_of(record, table, database)
    leading = {
        (name, link.column): link
        for name, target in references.items()
        for link in database.links_from(table.name)
        if (there := table_of.get(target)) is not None and link.target == there.name
    }
    candidates = [*_own(table, database), *_joined(table, database)]
    fits = _assigned(record, candidates, database, leading, set(key) if len(key) == 1 else set())
    fits |= _shared(record, candidates, database, fits)
    rivals = [one for one in candidates if one.link is None and not set(key).intersection(one.names)]
    fits = {name: _with_doubt(fit, rivals, database, fits) for name, fit in fits.items()}
    if key:
        fits = {KEY: _key_fit(record, table, key, database)} | fits
    missing = tuple(name for name in record.fields if name not in fits)
    ordered = {name: fits[name] for name in record.fields if name in fits}
    return Match(record, table, ordered, missing, key, key_words, frozenset(_owners(record, table_of, records)))


def _owners(
    record: type[Record], table_of: dict[str, SampledTable | None], records: Iterable[type[Record]]
) -> Iterator[str]:
    for other in records:
        table = table_of[other.name]
        if table is not None and any(way.many and way.target == record.name for way in other.relations.values()):
            yield table.name


def _references(record: type[Record], records: Iterable[type[Record]]) -> Iterator[tuple[str, str, str]]:
    """(field, other record, its field) of each way to another record of the subject, by either's relations."""
    known = {other.name for other in records}
    for other in records:
        for relation in other.relations.values():
            (here, there), *more = relation.on
            if more or relation.within:
                continue
            if other is record and not relation.many and relation.target in known:
                yield here, relation.target, there
            elif relation.target == record.name and relation.many and there != KEY:
                yield there, other.name, here


def _own(
    table: SampledTable, database: Database, link: Link | None = None, via: Link | None = None
) -> Iterator[Candidate]:
    """The columns of a table, and those that together make a value."""
    looks = database.looks[table.name]
    names_codes = link is not None and table.whole and table.rows <= CODES_MAX
    taken: set[str] = set()
    for columns, whole in _wholes(looks, database.setting):
        taken |= {one.column.name for one in columns}
        yield Candidate(columns, link, via, names_codes, whole)
    for name, one in looks.items():
        if name not in taken and (link is None or name != link.key):
            yield Candidate((one,), link, via, names_codes)


def _joined(table: SampledTable, database: Database) -> Iterator[Candidate]:
    """The columns of what the rows lead to, and of what that leads to: a table reached twice by its best way."""
    near: dict[str, Link] = {}
    for link in database.links_from(table.name):
        near.setdefault(link.target, link)
    far: dict[str, tuple[Link, Link]] = {}
    for via in near.values():
        for link in database.links_from(via.target):
            if link.target not in near and link.target != table.name:
                far.setdefault(link.target, (via, link))
    for link in near.values():
        yield from _own(database.samples[link.target], database, link)
    for via, link in far.values():
        yield from _own(database.samples[link.target], database, link, via)


def _wholes(looks: dict[str, Looks], setting: Setting) -> Iterator[tuple[tuple[Looks, ...], Cleaning]]:
    concepts = {name: all_of(meaning_of_name(name)) for name in looks}
    for latitude in (name for name in looks if "LATITUDE" in concepts[name]):
        for longitude in (name for name in looks if "LONGITUDE" in concepts[name]):
            found = position_of(looks[latitude], looks[longitude], setting)
            if found is not None:
                yield (looks[latitude], looks[longitude]), found
    days = [name for name in looks if "WEEKDAY" in concepts[name]]
    dates = [name for name in looks if concepts[name] == {"DATE"}]
    clocks = [name for name in looks if "TIME" in concepts[name] and looks[name].clocks > 0.5]
    if len(days) == 1 and len(clocks) == 1 and dates:
        trio = (looks[days[0]], looks[dates[0]], looks[clocks[0]])
        found = parts_of(*trio, setting)
        if found is not None:
            yield trio, found


def _assigned(
    record: type[Record],
    candidates: Sequence[Candidate],
    database: Database,
    leading: dict[tuple[str, str], Link],
    keys: set[str],
) -> dict[str, Fit]:
    """The fits of the fields that together score best. A table's key is nothing but the key, and perhaps a code."""
    wishes = [Wish.of(record, contract) for name, contract in record.fields.items() if name != KEY]
    grid = [
        [_fit(wish, one, database, leading) if _may_read(wish, one, keys) else None for one in candidates]
        for wish in wishes
    ]
    given = best_assignment([[fit.score if fit is not None else 0.0 for fit in row] for row in grid])
    found: dict[str, Fit] = {}
    for row, at in zip(grid, given, strict=True):
        fit = row[at] if at is not None else None
        if fit is not None:
            found[fit.name] = fit
    return found


def _may_read(wish: Wish, one: Candidate, keys: set[str]) -> bool:
    is_key = one.link is None and not keys.isdisjoint(one.names)
    return not is_key or wish.words == (frozenset({"CODE"}),)


def _fit(wish: Wish, one: Candidate, database: Database, leading: dict[tuple[str, str], Link]) -> Fit | None:
    leads = one.link is None and len(one.names) == 1 and (wish.contract.name, one.names[0]) in leading
    return database.fitting.fit(wish, one, leads_there=leads)


def _shared(
    record: type[Record], candidates: Sequence[Candidate], database: Database, fits: dict[str, Fit]
) -> dict[str, Fit]:
    """Fields left over that say the same as another: a code that is the key, a status in two vocabularies."""
    found: dict[str, Fit] = {}
    for name, contract in record.fields.items():
        if name in fits or name == KEY:
            continue
        tried = [_fit(Wish.of(record, contract), one, database, {}) for one in candidates if one.link is None]
        best = max((fit for fit in tried if fit is not None), key=lambda fit: fit.score, default=None)
        is_shareable = issubclass(contract.clean_type, Vocabulary) or contract.clean_type is str
        if best is not None and best.score >= SHARED_SCORE_MIN and is_shareable:
            found[name] = replace(best, notes=(*best.notes, "read by another field too"))
    return found


def of_many(match: Match, name: str, database: Database) -> str | None:
    """The column that fits a missing field best in a table with many rows for each row of this one: a history."""
    if match.table is None:
        return None
    wish = Wish.of(match.record, match.record.fields[name])
    histories = {link.table for link in database.links if link.target == match.table.name}
    tried = [database.fitting.fit(wish, one) for table in histories for one in _own(database.samples[table], database)]
    best = max((fit for fit in tried if fit is not None), key=lambda fit: fit.score, default=None)
    return f"{best.candidate.columns[0].column.table}.{best.candidate.names[0]}" if best is not None else None


def _with_doubt(fit: Fit, candidates: Sequence[Candidate], database: Database, fits: dict[str, Fit]) -> Fit:
    """A guess beside which another column, that no field reads, would be as good: somebody has to look."""
    used = {names for other in fits.values() for names in other.candidate.names}
    rivals = [
        rival
        for one in candidates
        if not used.intersection(one.names)
        if (rival := database.fitting.fit(fit.wish, one)) is not None and rival.score > fit.score - RUNNER_UP_WITHIN
    ]
    if not rivals:
        return fit
    names = ", ".join("/".join(rival.candidate.names) for rival in rivals[:3])
    return replace(fit, notes=(*fit.notes, f"{names} would fit as well"), doubtful=True)


def _key_of(record: type[Record], table: SampledTable, database: Database) -> tuple[tuple[str, ...], str]:
    """The columns that identify a row, and how that is known. Never a number of people: keys are shown to everybody."""
    looks = database.looks[table.name]
    usable = [name for name in table.columns if looks[name].personal < PERSONAL_SHARE_MAX]
    if table.table.key and set(table.table.key) <= set(usable):
        return table.table.key, "the primary key"
    wanted = (frozenset({"ID", "CODE", "NUMBER"}), *meaning_of_name(record.__name__))
    usable = [name for name in usable if table.columns[name].kind in (Kind.TEXT, Kind.WHOLE, Kind.TYPED)]
    ranked = sorted(usable, key=lambda name: -likeness(wanted, frozenset(), meaning_of_name(name)))
    unique = [name for name in ranked if name in table.unique]
    if unique:
        return (unique[0],), table.unique[unique[0]]
    distinct = [name for name in ranked if table.rows and len(table.columns[name].counts) == table.rows]
    if distinct:
        return (distinct[0],), f"different in all {table.rows:,} rows that were read"
    return (), ""


def _key_fit(record: type[Record], table: SampledTable, key: tuple[str, ...], database: Database) -> Fit:
    wish = Wish.of(record, record.fields[KEY])
    looks = database.looks[table.name][key[0]]
    decoder = "number_key" if len(key) == 1 and table.columns[key[0]].kind is Kind.WHOLE else "text"
    cleaning = tried_as(decoder, looks, database.setting, "")
    return Fit(wish, Candidate((looks,)), 1.0, 1.0, cleaning)
