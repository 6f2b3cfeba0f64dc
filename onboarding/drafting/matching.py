"""Matching: choose tables for records and columns for fields with the best total fit (assignment problem). Pure."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from models.records import KEY, PersonalClass, Record
from models.values.vocabulary import Vocabulary
from onboarding.drafting.cleanings import Cleaning, parts_of, position_of, tried_as
from onboarding.drafting.fits import Candidate, Confidence, Fit, Fitting, Wish
from onboarding.drafting.links import Link
from onboarding.drafting.looks import Looks
from onboarding.drafting.people import People, is_secret
from onboarding.drafting.standing import NO_STANDING, Standing, name_likeness, refusal_by_links, standing_of
from onboarding.drafting.tables import LegacyTable, SampledTable, SqlType
from onboarding.drafting.ways import Setting
from onboarding.drafting.words.meanings import all_of, likeness, meaning_of_name
from onboarding.drafting.words.vocabularies import CODES_MAX

LOOKED_AT = 3
"""How many tables are named where none was found."""
SHARED_SCORE_MIN = 0.6
_DAYS = (SqlType.DAY, SqlType.MOMENT, SqlType.ZONED)
RATHER_OWN = 0.1
"""How much worse a column of the own table may fit than a joined one."""
SURE_LIKENESS = 0.5
"""A link whose column is named so much like its target is taken for a declared one."""
RUNNER_UP_WITHIN = 0.04
PERSONAL_SHARE_MAX = 0.2
NAME_PART = 0.3
"""The weight of a table's name in its score; the rest is the fit of its columns."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record and its table; `table` is None if none was found. `missing` are the fields without a column.

    `key` are the columns that identify a row, if any. `owners` are the tables of records that have many of this one.
    `looked_at` are the likeliest tables that were refused, and why.
    """

    record: type[Record]
    table: SampledTable | None
    fits: dict[str, Fit]
    missing: tuple[str, ...]
    key: tuple[str, ...] = ()
    key_words: str = ""
    owners: frozenset[str] = frozenset()
    standing: Standing = NO_STANDING
    looked_at: tuple[tuple[str, str], ...] = ()

    def confidence_of(self, fit: Fit) -> Confidence:
        """A column is not surer than its table."""
        return max(fit.confidence, self.standing.confidence, key=list(Confidence).index)


@dataclass(frozen=True, slots=True)
class Database:
    """The samples of a database, the links between its tables, and the people in them."""

    samples: dict[str, SampledTable]
    looks: dict[str, dict[str, Looks]]
    links: tuple[Link, ...]
    setting: Setting
    fitting: Fitting
    people: People
    names: dict[str, str]
    """What each table is called in code."""

    def links_from(self, table: str) -> list[Link]:
        return [link for link in self.links if link.table == table]


def relevance(record: type[Record], table: LegacyTable) -> float:
    """How likely a table holds a record, by names alone; decides which tables are sampled."""
    wishes = [Wish.of(record, contract) for name, contract in record.fields.items() if name != KEY]
    names = [meaning_of_name(column.name) for column in table.columns]
    best = [max((likeness(w.words, w.hinted, name, dull=w.dull) for name in names), default=0.0) for w in wishes]
    return NAME_PART * name_likeness(record, table) + (1 - NAME_PART) * sum(best) / max(1, len(best))


def matched(records: Sequence[type[Record]], database: Database) -> list[Match]:
    """Each record with its table and columns. Tables are assigned first, then columns.

    A table whose links speak against it is refused, and all are assigned again.
    """
    tables = list(database.samples.values())
    scores = {
        (record.name, table.name): _table_score(record, table, database) for record in records for table in tables
    }
    standing = {pair: found for pair, (_, found) in scores.items()}
    while True:
        pairs = [[(record.name, table.name) for table in tables] for record in records]
        grid = [[0.0 if standing[pair].refusal else scores[pair][0] for pair in row] for row in pairs]
        given = best_assignment(grid)
        chosen = zip(records, given, strict=True)
        table_of = {record.name: tables[at] if at is not None else None for record, at in chosen}
        found = [_match(record, table_of, records, database, standing) for record in records]
        refused = {
            (one.record.name, one.table.name): why
            for one in found
            if one.table and (why := _refusal(one, found, records, database))
        }
        if not refused:
            break
        standing |= {pair: Standing(0.0, why) for pair, why in refused.items()}
    return [_with_those_looked_at(_agreed(match, found, records, database), scores, standing) for match in found]


def _refusal(match: Match, found: Sequence[Match], records: Sequence[type[Record]], database: Database) -> str:
    """Why a match does not hold, seen from the tables of the other records."""
    assert match.table is not None
    if not match.key:
        return "no column that may be shown tells its rows apart"
    tables = {one.record.name: one.table for one in found if one.table is not None}
    parents = {here: tables[target] for here, target, _ in _references(match.record, records) if target in tables}
    children = {
        other.name: tables[other.name]
        for other in records
        if other.name in tables and any(target == match.record.name for _, target, _ in _references(other, records))
    }
    is_orphan = any(target not in tables for _, target, _ in _references(match.record, records))
    return refusal_by_links(
        match.record, match.table, match.fits, parents, children, database.links, is_orphan=is_orphan
    )


def _with_those_looked_at(
    match: Match, scores: dict[tuple[str, str], tuple[float, Standing]], standing: dict[tuple[str, str], Standing]
) -> Match:
    """A match without a table says which were likeliest, and why it is none of them."""
    if match.table is not None:
        return match
    pairs = sorted((pair for pair in scores if pair[0] == match.record.name), key=lambda pair: -scores[pair][0])
    looked_at = tuple(
        (pair[1], standing[pair].refusal or "another record fits it better") for pair in pairs[:LOOKED_AT]
    )
    return replace(match, looked_at=looked_at)


def _agreed(match: Match, found: Sequence[Match], records: Sequence[type[Record]], database: Database) -> Match:
    """A match whose references are read from the same columns as their target fields, not just the linking keys."""
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


def _table_score(record: type[Record], table: SampledTable, database: Database) -> tuple[float, Standing]:
    place = _Place(database, set(table.table.key) if len(table.table.key) == 1 else set())
    candidates = list(_own(table, database))
    fits = _assigned(record, candidates, place)
    fits |= _shared(record, candidates, place, fits)
    score = NAME_PART * name_likeness(record, table.table)
    score += (1 - NAME_PART) * sum(fit.score for fit in fits.values()) / max(1, len(record.fields) - 1)
    return score, standing_of(record, table, fits, database.people)


def _match(
    record: type[Record],
    table_of: dict[str, SampledTable | None],
    records: Sequence[type[Record]],
    database: Database,
    standing: dict[tuple[str, str], Standing],
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
    keys = set(key) if len(key) == 1 else set()
    referred = {name: table_of.get(target) for name, target in references.items()}
    place = _Place(database, keys, leading, referred)
    fits = _assigned(record, candidates, place)
    fits |= _shared(record, candidates, place, fits)
    fits |= _rather_own(record, candidates, place, fits)
    rivals = [one for one in candidates if one.link is None and not set(key).intersection(one.names)]
    fits = {name: _with_doubt(fit, rivals, database, fits) for name, fit in fits.items()}
    if key:
        fits = {KEY: _key_fit(record, table, key, database)} | fits
    missing = tuple(name for name in record.fields if name not in fits)
    ordered = {name: fits[name] for name in record.fields if name in fits}
    owners = frozenset(_owners(record, table_of, records))
    return Match(record, table, ordered, missing, key, key_words, owners, standing[record.name, table.name])


def _owners(
    record: type[Record], table_of: dict[str, SampledTable | None], records: Iterable[type[Record]]
) -> Iterator[str]:
    for other in records:
        table = table_of[other.name]
        if table is not None and any(way.many and way.target == record.name for way in other.relations.values()):
            yield table.name


def _references(record: type[Record], records: Iterable[type[Record]]) -> Iterator[tuple[str, str, str]]:
    """(field, other record, its field) of each relation between records of the subject, in either direction."""
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
    """The columns of a table, and groups of columns that make a value."""
    looks = database.looks[table.name]
    names_codes = link is not None and table.whole and table.rows <= CODES_MAX
    taken: set[str] = set()
    for columns, whole in _wholes(looks, database.setting):
        taken |= {one.column.name for one in columns}
        yield Candidate(columns, link, via, names_codes, whole=whole)
    days = [name for name, one in looks.items() if one.column.kind in _DAYS or all_of(meaning_of_name(name)) & {"DATE"}]
    for name, one in looks.items():
        if name not in taken and (link is None or name != link.key):
            yield Candidate((one,), link, via, names_codes, is_only_day=days == [name])


def _joined(table: SampledTable, database: Database) -> Iterator[Candidate]:
    """The columns of linked tables, one or two links away; a table reached twice by its best link."""
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


@dataclass(frozen=True, slots=True)
class _Place:
    """What fits are judged by: the table's key, and the columns that lead to the record that a field refers to.

    `referred` is the table of that record, if it has one, by field.
    """

    database: Database
    keys: set[str]
    leading: dict[tuple[str, str], Link] = field(default_factory=dict)
    referred: dict[str, SampledTable | None] = field(default_factory=dict)

    def fit(self, wish: Wish, one: Candidate) -> Fit | None:
        name = wish.contract.name
        if one.link is None and not self.keys.isdisjoint(one.names) and wish.words != (frozenset({"CODE"}),):
            return None  # A table's key serves as nothing but the key, and perhaps a code.
        if not self._leads_right(wish, one):
            return None
        leads = one.link is None and len(one.names) == 1 and (name, one.names[0]) in self.leading
        return self.database.fitting.fit(wish, one, leads_there=leads)

    def _leads_right(self, wish: Wish, one: Candidate) -> bool:
        """Whether a column that refers to a table refers to the one that the field is about."""
        there = self.referred.get(wish.contract.name)
        if one.link is not None:
            # What a row refers to by key is said by the row.
            return there is None or one.link.target != there.name or not wish.contract.name.endswith("_id")
        own = self.database.samples[one.columns[0].column.table]
        if any((link.column, link.table) == (one.names[0], own.name) for link in own.table.references):
            return "PARENT" in all_of(wish.words)
        for link in self.database.links_from(own.name):
            if link.column != one.names[0] or not (link.declared or link.likeness >= SURE_LIKENESS):
                continue
            if there is not None:
                return link.target == there.name
            target = all_of(meaning_of_name(link.target, is_table=True))
            return bool(target & all_of(wish.words)) and wish.contract.name not in self.referred
        return True


def _assigned(record: type[Record], candidates: Sequence[Candidate], place: _Place) -> dict[str, Fit]:
    """The fits with the best total score."""
    wishes = [Wish.of(record, contract) for name, contract in record.fields.items() if name != KEY]
    grid = [[place.fit(wish, one) for one in candidates] for wish in wishes]
    given = best_assignment([[fit.score if fit is not None else 0.0 for fit in row] for row in grid])
    found: dict[str, Fit] = {}
    for row, at in zip(grid, given, strict=True):
        fit = row[at] if at is not None else None
        if fit is not None:
            found[fit.name] = fit
    return found


def _shared(
    record: type[Record], candidates: Sequence[Candidate], place: _Place, fits: Container[str]
) -> dict[str, Fit]:
    """Fits for remaining fields that share a column: a code that is the key, a status in two vocabularies."""
    found: dict[str, Fit] = {}
    for name, contract in record.fields.items():
        if name in fits or name == KEY:
            continue
        tried = [place.fit(Wish.of(record, contract), one) for one in candidates if one.link is None]
        best = max((fit for fit in tried if fit is not None), key=lambda fit: fit.score, default=None)
        is_shareable = issubclass(contract.clean_type, Vocabulary) or contract.clean_type is str
        if best is not None and best.score >= SHARED_SCORE_MIN and is_shareable:
            found[name] = replace(best, notes=(*best.notes, "read by another field too"))
    return found


def _rather_own(
    record: type[Record], candidates: Sequence[Candidate], place: _Place, fits: dict[str, Fit]
) -> dict[str, Fit]:
    """Fits of columns of the own table for fields that were read from another table, though the own one has them."""
    joined = {name: fit for name, fit in fits.items() if fit.candidate.link is not None}
    found = _shared(record, candidates, place, record.fields.keys() - joined.keys())
    found = {name: fit for name, fit in found.items() if fit.score > joined[name].score - RATHER_OWN}
    used = {fit.candidate.names for fit in fits.values() if fit.candidate.link is None}
    for name, fit in joined.items():
        if issubclass(fit.wish.contract.clean_type, date):
            # When something happened is said by its own row, whatever the column is called.
            own = [one for one in candidates if one.link is None and one.names not in used]
            tried = [mine for one in own if (mine := place.fit(fit.wish, one)) is not None]
            found |= {name: max(tried, key=lambda mine: mine.score)} if tried else {}
    return found


def of_many(match: Match, name: str, database: Database) -> str | None:
    """The best column for a missing field in a table with many rows per row of this one, such as a history."""
    if match.table is None:
        return None
    wish = Wish.of(match.record, match.record.fields[name])
    histories = {link.table for link in database.links if link.target == match.table.name}
    tried = [database.fitting.fit(wish, one) for table in histories for one in _own(database.samples[table], database)]
    best = max((fit for fit in tried if fit is not None), key=lambda fit: fit.score, default=None)
    return f"{best.candidate.columns[0].column.table}.{best.candidate.names[0]}" if best is not None else None


def of_people(match: Match, name: str, database: Database) -> str | None:
    """The column that a public field would be read from if it did not hold people's data."""
    if match.table is None or match.record.fields[name].personal is not PersonalClass.NON_PERSONAL:
        return None
    fitting, wish = database.fitting.of_anybody(), Wish.of(match.record, match.record.fields[name])
    candidates = [*_own(match.table, database), *_joined(match.table, database)]
    tried = [fit for one in candidates if (fit := fitting.fit(wish, one)) is not None]
    theirs = [fit for fit in tried if any(database.people.is_theirs(looks) for looks in fit.candidate.columns)]
    best = max(theirs, key=lambda fit: fit.score, default=None)
    return f"{best.candidate.columns[0].column.table}.{best.candidate.names[0]}" if best is not None else None


def _with_doubt(fit: Fit, candidates: Sequence[Candidate], database: Database, fits: dict[str, Fit]) -> Fit:
    """The fit, marked as doubtful if an unused column would fit as well."""
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
    """The columns that identify a row, and the evidence. Never a person's number: keys are public."""
    looks = database.looks[table.name]
    usable = [
        name for name in table.columns if looks[name].personal < PERSONAL_SHARE_MAX and not is_secret(looks[name])
    ]
    if table.table.key and set(table.table.key) <= set(usable):
        return table.table.key, "the primary key"
    wanted = (frozenset({"ID", "CODE", "NUMBER"}), *meaning_of_name(record.__name__))
    usable = [name for name in usable if table.columns[name].kind in (SqlType.TEXT, SqlType.WHOLE, SqlType.TYPED)]
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
    decoder = "number_key" if len(key) == 1 and table.columns[key[0]].kind is SqlType.WHOLE else "text"
    cleaning = tried_as(decoder, looks, database.setting, "")
    return Fit(wish, Candidate((looks,)), 1.0, 1.0, cleaning)


def best_assignment(scores: Sequence[Sequence[float]]) -> list[int | None]:
    """The column of each row, no column twice; None if only a score of 0 was left.

    Scores are not negative. The Hungarian method with potentials (Kuhn and Munkres), in cubic time.
    """
    rows, columns = len(scores), max((len(row) for row in scores), default=0)
    if not columns:
        return [None] * rows
    size = max(rows, columns)
    costs = [
        [-scores[row][column] if row < rows and column < columns else 0.0 for column in range(size)]
        for row in range(size)
    ]
    row_of = _matched(costs)
    found: list[int | None] = [None] * rows
    for column, row in enumerate(row_of):
        if row < rows and column < columns and scores[row][column] > 0:
            found[row] = column
    return found


def _matched(costs: list[list[float]]) -> list[int]:
    """The row of each column in the cheapest perfect matching of a square matrix. Indices inside are 1-based."""
    size = len(costs)
    of_rows, of_columns = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of, came_from = [0] * (size + 1), [0] * (size + 1)
    for row in range(1, size + 1):
        row_of[0] = row
        least, seen = [math.inf] * (size + 1), [False] * (size + 1)
        column = 0
        while row_of[column]:
            seen[column] = True
            current, step, following = row_of[column], math.inf, 0
            for other in range(1, size + 1):
                if seen[other]:
                    continue
                reduced = costs[current - 1][other - 1] - of_rows[current] - of_columns[other]
                if reduced < least[other]:
                    least[other], came_from[other] = reduced, column
                if least[other] < step:
                    step, following = least[other], other
            for other in range(size + 1):
                if seen[other]:
                    of_rows[row_of[other]] += step
                    of_columns[other] -= step
                else:
                    least[other] -= step
            column = following
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    return [row - 1 for row in row_of[1:]]
