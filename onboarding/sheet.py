"""The sheet of a source, for its owner to sign: what the hub reads, why, and with which statements.

It holds names, statements and plans, but no value of any row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

import sqlalchemy as sa

from connectors.catalog import Catalog
from connectors.criteria import CountCriteria, Criteria, Order, ParentKeys
from connectors.guard.guard import Guard
from connectors.kinds import SourceKind
from connectors.mapping import Mapping, RowFilter
from connectors.replica.replica import Bounds
from connectors.rest import RestByKey
from connectors.sources import CityPackage, Source
from connectors.sql.dialects import DIALECTS
from connectors.sql.grants import Column, columns_of_legacy, columns_read, grants, writing_grants
from connectors.sql.parents import ParentChunk
from connectors.sql.plans import Plan, with_table_names
from connectors.sql.statements import Statement, Statements
from connectors.writing.protocol import Rung
from connectors.writing.rest import rest_rung, rests_of
from connectors.writing.sql import rung_of
from connectors.writing.statements import Write, WriteStatements
from connectors.writing.writings import Writing
from models.city import City, Department
from models.errors import HubError
from models.policy.decisions import ROW_RULES, Rule, widest_rule
from models.policy.viewer import Role
from models.predicates import EVERYTHING, is_in
from models.records import KEY, PersonalClass, Relation
from models.sources.search import SEARCHED
from models.words.catalogue import about_record
from onboarding.explain import Explains, call_of
from onboarding.questions import PAGE_ROWS
from onboarding.survey import SourceQuestions, reason

ASK_S_MAX = 5.0
"""The time limit for a plan."""
EXAMPLE_KEYS = ("1", "10000001", "A")
"""Example keys for statements, which are shown as placeholders; the first that the source can store is used."""
KIND_FACTS_MAX = 60
_PLACES = ("address", "folder", "host", "path", "pattern", "url")
"""The names of a kind's fields that say where and what it reads."""


class Reason(Enum):
    """Why a column is read without a field."""

    ALIVE = "alive"
    AS_OF = "as_of"
    SORTS = "sorts"
    JOINS = "joins"


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One use of a column: a field and who may read it, or a reason of the hub."""

    column: str
    field: str = ""
    about: str | None = None
    personal: PersonalClass | None = None
    readers: tuple[tuple[Role, Rule], ...] = ()
    reason: Reason | None = None


class Ask(Enum):
    """The statements that a sheet shows for each record."""

    BY_KEY = "by_key"
    PAGE = "page"
    OF_PARENTS = "of_parents"
    COUNT = "count"


@dataclass(slots=True)
class SheetStatement:
    """A statement template with its plan, or why there is none; both are empty if the source was not asked."""

    ask: Ask
    statement: Statement
    plan: Plan | None = None
    failure: str = ""


@dataclass(slots=True)
class RecordSheet:
    """One record. `rows` say which rows exist; `only_open` and `has_row_rule`: policy hides some of them from viewers.

    `searched` are the fields in the hub's text index.
    """

    name: str
    about: str
    tables: tuple[tuple[str, tuple[ColumnUse, ...]], ...]
    rows: tuple[RowFilter, ...]
    only_open: bool
    has_row_rule: bool
    searched: tuple[str, ...]
    mapping: Mapping
    statements: list[SheetStatement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WritingSheet:
    """How one record is written: statements or requests by what they are for, and the prefix of the hub's numbers."""

    name: str
    statements: tuple[tuple[Write, str], ...]
    prefix: str | None


@dataclass(slots=True)
class SourceSheet:
    """The content of a sheet. `dialects` are those of its grants and statements.

    `writing` holds the rights and the rung of each, where the hub writes at all.
    """

    source: Source
    city: City
    department: Department
    connected: bool
    dialects: tuple[str, ...]
    records: tuple[RecordSheet, ...]
    grants: tuple[tuple[str, tuple[str, ...]], ...]
    kind_facts: tuple[tuple[str, str], ...]
    copy_bounds: Bounds | None
    scans_allowed: tuple[tuple[str, str, str], ...]
    writings: tuple[WritingSheet, ...] = ()
    writing: tuple[tuple[str, tuple[str, ...], Rung], ...] = ()


async def sheet_of(package: CityPackage, catalog: Catalog, guard: Guard, name: str) -> SourceSheet:
    """The sheet of a source, with current plans if the source is connected."""
    source = package.source(name)
    department = package.city.department(source.department)
    assert department is not None  # a package with such a source cannot be made
    mappings = package.mappings_of(name)
    connector = catalog.connectors.get(name)
    relations = [relation for mapping in package.mappings for relation in mapping.record.relations.values()]
    dialects: tuple[str, ...] = ()
    if source.kind is None:
        known = getattr(connector, "dialect", None)
        dialects = (known.name,) if known is not None else ("postgresql", "mariadb")
    records = tuple(map(_record, mappings))
    for record in records if dialects else ():
        reached = _reached_by(record.mapping, relations)
        templates = _templates(record.mapping, dialects[0], reached)
        record.statements = [SheetStatement(ask, statement) for ask, statement in templates.items()]
    sheet = SourceSheet(
        source=source,
        city=package.city,
        department=department,
        connected=connector is not None,
        dialects=dialects,
        records=records,
        grants=tuple((dialect, grants(dialect, mappings, source.load)) for dialect in dialects),
        kind_facts=tuple(_kind_facts(source.kind)) if source.kind is not None else (),
        copy_bounds=_copy_bounds(source.kind),
        scans_allowed=tuple(
            (mapping.record.name, name, mapped.scan_allowed)
            for mapping in mappings
            for name, mapped in mapping.columns.items()
            if mapped.scan_allowed is not None
        ),
    )
    written = [writing for writing in package.writings if writing.source == name]
    if written and dialects:
        made = WriteStatements(DIALECTS[dialects[0]])
        sheet.writings = tuple(
            _writing(one, ((write, text) for write, texts in made.templates(one).items() for text in texts))
            for one in written
        )
        sheet.writing = tuple(
            (dialect, writing_grants(dialect, source, written), rung_of(dialect, source.marker)) for dialect in dialects
        )
    elif written and isinstance(source.kind, RestByKey):
        rests = rests_of(source.kind, {one.record: one for one in written})
        sheet.writings = tuple(_writing(one.writing, one.requests.items()) for one in rests.values())
        sheet.writing = (("rest", (), rest_rung(rests)),)
    await _explain(sheet, catalog, guard)
    return sheet


def _writing(writing: Writing, statements: Iterable[tuple[Write, str]]) -> WritingSheet:
    prefix = writing.number.prefix if writing.number is not None else None
    return WritingSheet(writing.record, tuple(statements), prefix)


async def _explain(sheet: SourceSheet, catalog: Catalog, guard: Guard) -> None:
    asking = SourceQuestions(guard, ASK_S_MAX)
    bindings = {id(binding.mapping): binding for binding in catalog}
    for record in sheet.records:
        binding = bindings.get(id(record.mapping))
        if binding is None or not isinstance(binding.connector, Explains):
            continue
        for asked in record.statements:
            explaining = partial(binding.connector.explain, asked.statement, call_of(binding))
            try:
                asked.plan = with_table_names(await asking.ask(binding, explaining), record.mapping.selectable)
            except HubError as error:
                asked.failure = reason(error)


# --- Columns ----------------------------------------------------------------------------------------------------------


def _record(mapping: Mapping) -> RecordSheet:
    uses: dict[Column, list[ColumnUse]] = {column: [] for column in sorted(columns_read(mapping))}
    for column, use in _uses(mapping):
        uses[column].append(use)
    for column, found in uses.items():
        if not found:
            found.append(ColumnUse(column[1], reason=Reason.JOINS))
    tables: dict[str, list[ColumnUse]] = {}
    for (table, _), found in uses.items():
        tables.setdefault(table, []).extend(found)
    name = mapping.record.name
    return RecordSheet(
        name=name,
        about=about_record(mapping.record),
        tables=tuple((table, tuple(found)) for table, found in tables.items()),
        rows=mapping.conditions_alive,
        only_open=mapping.record.only_open,
        has_row_rule=name in ROW_RULES,
        searched=next((searched.fields for searched in SEARCHED if searched.record is mapping.record), ()),
        mapping=mapping,
    )


def _uses(mapping: Mapping) -> Iterator[tuple[Column, ColumnUse]]:
    for name, mapped in mapping.columns.items():
        contract = mapping.record.fields[name]
        readers = tuple((role, widest_rule(role, mapping.record, name)) for role in Role)
        for legacy in mapped.legacy:
            for column in sorted(columns_of_legacy(mapping, legacy)):
                about = contract.description
                yield column, ColumnUse(column[1], name, about, contract.personal, readers)
    other = [(alive.legacy, Reason.ALIVE) for alive in mapping.conditions_alive]
    other += [(legacy, Reason.AS_OF) for legacy in (mapping.as_of.legacy if mapping.as_of is not None else ())]
    other += [(mapped.sorts_as, Reason.SORTS) for mapped in mapping.columns.values() if mapped.sorts_as is not None]
    for legacy, why in dict.fromkeys(other):
        for column in sorted(columns_of_legacy(mapping, legacy)):
            yield column, ColumnUse(column[1], reason=why)


# --- Statements -------------------------------------------------------------------------------------------------------


def _reached_by(mapping: Mapping, relations: list[Relation]) -> str | None:
    """The field by which relations reach a record; a to-many relation is preferred."""
    to = [relation for relation in relations if relation.target == mapping.record.name]
    fields = [there for many in (True, False) for one in to if one.many is many for _, there in one.on]
    return next((there for there in fields if there in mapping.columns), None)


def _templates(mapping: Mapping, dialect: str, reached: str | None) -> dict[Ask, Statement]:
    """The statements that the hub sends for a record."""
    statements, record, columns = Statements(DIALECTS[dialect]), mapping.record.name, tuple(mapping.columns)
    order = (Order(KEY),)
    made: dict[Ask, Statement] = {}
    encode = mapping.columns[KEY].decoder.encode
    key = next((key for key in EXAMPLE_KEYS if encode(key).values), None)
    if key is not None:
        made[Ask.BY_KEY] = statements.select(mapping, Criteria(record, columns, is_in(KEY, key), order, 2))
    made[Ask.PAGE] = statements.select(mapping, Criteria(record, columns, EVERYTHING, order, PAGE_ROWS))
    if reached is not None:
        parents = ParentKeys(reached, ((None,), (None,)))
        criteria = Criteria(record, columns, EVERYTHING, order, PAGE_ROWS, parents=parents)
        made[Ask.OF_PARENTS] = statements.select(mapping, criteria, _two_parents(mapping, reached))
    made[Ask.COUNT] = statements.count(mapping, CountCriteria(record))
    return made


def _two_parents(mapping: Mapping, reached: str) -> ParentChunk:
    kind = mapping.selectable.c[mapping.columns[reached].legacy[0]].type
    keys: tuple[tuple[str | int, ...], ...] = ((1,), (2,)) if isinstance(kind, sa.Integer) else (("1",), ("2",))
    return ParentChunk((0, 1), keys, by_id=(False, False), plain=True)


# --- Kinds ------------------------------------------------------------------------------------------------------------


def _copy_bounds(kind: SourceKind | None) -> Bounds | None:
    """The bounds of a kind's local copy; None if it has none."""
    bounds = getattr(kind, "bounds", None)
    return bounds if isinstance(bounds, Bounds) else None


def _kind_facts(kind: object) -> list[tuple[str, str]]:
    """Where and what a kind reads, by the names of its parts: patterns of files, paths, addresses, headings."""
    return list(dict.fromkeys(_texts_in(kind, "")))[:KIND_FACTS_MAX]


def _texts_in(part: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, str):
        if any(word in name for word in _PLACES):
            yield name, part
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        for each in dataclasses.fields(part):
            yield from _texts_in(getattr(part, each.name), each.name)
    elif isinstance(part, dict):
        for value in part.values():
            yield from _texts_in(value, name)
    elif isinstance(part, tuple | list | frozenset):
        for value in part:
            yield from _texts_in(value, name)
