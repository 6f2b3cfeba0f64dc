"""What a city has not mapped: that field, and what follows it, says so, and nothing else changes."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from api.exports.collections import COLLECTIONS, ExportColumn
from api.views import warm
from api.views.warm import checked
from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from engine import execute
from models.areas import Area
from models.policy.decisions import ROW_RULES
from models.policy.viewer import ANONYMOUS, Role, Viewer
from models.records import KEY, Record
from models.sources.search import SEARCHED
from models.values.localized import Language
from models.values.periods import ClockPart
from models.values.types import Nik
from models.values.vocabulary import Vocabulary
from sample.citizens.people import resident_number
from schema.aggregates.dimensions import moments_of
from schema.build import SCHEMA
from schema.core.context import Context
from schema.core.made_types import snake_case
from store.views import View, ViewRefused
from tests.api import whole_graph
from tests.api.hub import Running, codes_of, running, whole_city
from tests.graph.harness import document, request_of, seen
from tests.small_city import small_city

ME = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(0)))
NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
TOLD = {"NOT_CONNECTED", "NOT_SUPPORTED"}
SEARCH = whole_graph.document_of_search("rumah sakit cempaka pasar banjir")
PAGES = ("/areas/36.71.05", "/briefing", "/liveroom")
FEW_PAGES = {"complaints.publication", "complaints.area_code"}
ROWS_BY = {"alerts": {"status", "scope"}, "incidents": {"disposition"}}
"""The fields by which rows are public; of complaints it is their publication."""
TIMES = frozenset({"timeToFirstResponse", "timeToResolution"})
LIMITS = frozenset({"overdueCount", "greenCount", "yellowCount", "redCount", "unknownUrgencyCount"})
MADE_OF = {
    "alerts.area_codes": frozenset({"alerts"}),
    "areas.parent_code": frozenset(
        {"depth", "levelName", "alerts", *(to_camel_case(one.name) for one in Area.relations.values() if one.within)}
    ),
    "complaint_status_changes": TIMES,
    "complaint_status_changes.at": frozenset({"lastChangeAt"}),
    "complaint_handlings": TIMES,
    "complaints": LIMITS,
}
"""What the graph makes of records that it does not show under a name of their own."""

Path_ = tuple[str | int, ...]
_OFF_A_CLOCK = re.compile("|".join(rf"\[{part.name}]" for part in ClockPart))


def _public_by(record: type[Record]) -> set[str]:
    return ROWS_BY.get(record.name, {"publication"}) if record.name in ROW_RULES else set()


@dataclass(frozen=True, slots=True)
class Asked:
    """A document with its answer: its errors by code and path, and the records that were read for it."""

    text: str
    viewer: Viewer
    data: Any
    errors: frozenset[tuple[str, Path_]]
    read: frozenset[str]


@dataclass(frozen=True, slots=True)
class Viewed:
    """A view with its table, and the records that were read for it."""

    name: str
    table: Sequence[Sequence[str]]
    read: frozenset[str]


@dataclass(frozen=True, slots=True)
class Whole:
    """A hub over the whole city, and all that its graph and its views answer when everything is mapped."""

    hub: Running
    asked: Sequence[Asked]
    viewed: Sequence[Viewed] = ()

    async def ask(self, text: str, viewer: Viewer = ANONYMOUS) -> tuple[Any, list[Any]]:
        context = Context(request_of(viewer, now=NOW), self.hub.hub.operations.services)
        running = execute(SCHEMA._schema, document(text), context_value=context)
        result = await running if isinstance(running, Awaitable) else running
        return result.data, [seen(error) for error in result.errors or ()]

    @asynccontextmanager
    async def without(self, record: type[Record], field: str) -> AsyncIterator[None]:
        """The city while a field of a record is in none of its mappings."""
        bindings = self.hub.hub.catalog.all_named(record.name)
        mappings = [binding.mapping for binding in bindings]
        for binding in bindings:
            columns = {name: mapped for name, mapped in binding.mapping.columns.items() if name != field}
            binding.mapping = replace(binding.mapping, columns=columns)
        self._forget()
        try:
            yield
        finally:
            for binding, mapping in zip(bindings, mappings, strict=True):
                binding.mapping = mapping
            self._forget()

    def _forget(self) -> None:
        services = self.hub.hub.operations.services
        services.relations.areas._snapshot = None
        services.records.prepared_reads.clear()
        self.hub.hub.responses.forget_where(lambda _: True)
        for view in self.hub.hub.views.all():
            view.good, view.due_at_s = None, 0.0


@pytest.fixture(scope="module")
async def whole(database: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    folder = tmp_path_factory.mktemp("unmapped")
    city = small_city(folder / "city")
    with whole_city(city, database, folder) as environ, pytest.MonkeyPatch.context() as patch:
        # Views are asked for by the tests alone: what is on its way meanwhile knows another mapping.
        patch.setattr(warm, "TICK_S", 3_600)
        async with running(environ) as hub:
            await hub.hub.search.made.wait()
            patch.setattr(hub.hub.operations.services.records.reader, "cache", None)
            for route in hub.app.router.routes:
                page: Any = getattr(getattr(route, "endpoint", None), "__self__", None)
                owners: list[Any] = [page, getattr(page, "panels", None)]
                for owner in owners:
                    if hasattr(owner, "parts"):
                        owner.parts.life_s = 0.0
            asked = [one async for one in _answers(Whole(hub, ()))]
            yield Whole(hub, asked, [one async for one in _tables(hub)])


@contextmanager
def _noting_what_is_read() -> Iterator[set[str]]:
    read: set[str] = set()
    named = Catalog.all_named

    def noted(catalog: Catalog, record: str) -> Any:
        read.add(record)
        return named(catalog, record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalog, "all_named", noted)
        yield read


AREAS = frozenset({"area", "areaAt", "areas", "children", "parent", "smallestArea"})
"""The fields that lead to areas."""


async def _answers(whole: Whole) -> AsyncIterator[Asked]:
    documents = [(text, ANONYMOUS) for text in whole_graph.documents_of_everybody()]
    documents += [(text, ME) for text in whole_graph.documents_of_me()]
    with _noting_what_is_read() as read:
        for text, viewer in documents:
            read.clear()
            data, errors = await whole.ask(text, viewer)
            assert {error.code for error in errors} <= {"FORBIDDEN", "NOT_SUPPORTED"}, text
            # Of small areas it is not known what a source names by larger ones only; nothing else is not supported.
            unknown = [error.path for error in errors if error.code == "NOT_SUPPORTED"]
            assert all(AREAS.intersection(path) for path in unknown), text
            yield Asked(text, viewer, data, frozenset((one.code, one.path) for one in errors), frozenset(read))


async def _tables(hub: Running) -> AsyncIterator[Viewed]:
    """A view of each list, with all that a view may show of its rows."""
    views, lanes = hub.hub.views, hub.hub.operations.lanes

    def is_shown(name: str, column: str) -> bool:
        try:
            checked(_view(name), _list(name, column), lanes, hub.hub.catalog)
        except ViewRefused:
            return False
        return True

    columns = {
        name: [column for column in whole_graph.columns(entity) if is_shown(name, column)]
        for name, entity in whole_graph.lists().items()
    }
    shown = {name: _list(name, " ".join(some)) for name, some in columns.items() if some}
    assert len(shown) > 10
    views.take_over([_view(name) for name in shown], shown)
    assert {one.checked.view.name for one in views.all()} == shown.keys()
    with _noting_what_is_read() as read:
        for name in shown:
            read.clear()
            yield Viewed(name, await _table(hub, name), frozenset(read))


def _view(name: str) -> View:
    return View(name, name, {}, Language.EN, every_s=3_600)


def _list(name: str, columns: str) -> str:
    return f"{{ {name}(first: {whole_graph.ROWS}) {{ nodes {{ {columns} }} }} }}"


async def _table(hub: Running, name: str) -> list[list[str]]:
    answer = await hub.client.get(f"/views/{name}.csv")
    assert answer.status_code == 200, (name, answer.text)
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def optional_fields() -> Iterator[Any]:
    """Each field of each mapping that may be missing. What decides much always, of the others one in sixteen."""
    for mapping in PACKAGE.mappings:
        record = mapping.record
        for name in mapping.columns:
            contract = record.fields[name]
            if not contract.nullable and not issubclass(contract.clean_type, Vocabulary):
                continue
            chosen = decides(record, name) or hashlib.sha256(f"{record.name}.{name}".encode()).digest()[0] % 16 == 0
            yield pytest.param(record, name, id=f"{record.name}.{name}", marks=() if chosen else (pytest.mark.slow,))


def decides(record: type[Record], name: str) -> bool:
    """Whether a field leads to other records, or says whose rows are."""
    keys = {here for relation in record.relations.values() for here, _ in relation.on}
    return name in keys | _public_by(record) or name in (record.owner, record.handled_by)


@pytest.mark.parametrize(("record", "field"), tuple(optional_fields()))
async def test_only_what_is_not_mapped_is_missing(whole: Whole, record: type[Record], field: str) -> None:
    """Every list, key, relation from both ends and group: each other value is what it is when all is mapped."""
    async with whole.without(record, field):
        for before in whole.asked:
            if record.name in before.read:
                data, errors = await whole.ask(before.text, before.viewer)
                may_lack = _may_lack(record, field, before.text)
                lost = {}
                for error in errors:
                    if (error.code, error.path) in before.errors:
                        continue
                    assert error.code in TOLD, (error, before.text)
                    names = {part for part in error.path if isinstance(part, str)}
                    assert names & may_lack, (error, before.text)
                    lost[error.path] = error
                _same_but_lost(before.data, data, (), lost, names_of_it(record, field))


def names_of_it(record: type[Record], field: str) -> frozenset[str]:
    """The names in the graph under which the field, or what follows from it, is shown."""
    dimension = to_camel_case(whole_graph.dimension(record, field).lower())
    made = (MADE_OF.get(name, frozenset()) for name in (record.name, f"{record.name}.{field}"))
    return whole_graph.shows(record, field).union({dimension}, *made)


def _may_lack(record: type[Record], field: str, text: str) -> frozenset[str]:
    """The names in the graph at which an answer may say that the field is not mapped."""
    names = names_of_it(record, field)
    counted = record.fields[field].statistic and "Statistics" in text
    off_a_clock = field in {one.name for one in moments_of(record)} and _OFF_A_CLOCK.search(text)
    grouped = off_a_clock or f"[{whole_graph.dimension(record, field)}]" in text
    if counted or grouped or _decides_about_rows(record, field):
        names |= whole_graph.reading(record)
    return names


def _decides_about_rows(record: type[Record], field: str) -> bool:
    return field in _public_by(record) or field == record.owner


def _same_but_lost(before: Any, now: Any, path: Path_, lost: dict[Path_, Any], shown: frozenset[str]) -> None:
    """What is lost is null; a code that is never null is UNKNOWN; all else is the same."""
    if path in lost:
        assert now is None, path
    elif "sources" in path and path[-1] == "asOf":
        # How a source was when it was last asked.
        pass
    elif before is None and "level" in shown and AREAS.intersection(path):
        # Without levels nobody can tell which areas a source never names.
        pass
    elif isinstance(before, dict) and isinstance(now, dict):
        for name in before:
            _same_but_lost(before[name], now[name], (*path, name), lost, shown)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for at, (left, right) in enumerate(zip(before, now, strict=True)):
            _same_but_lost(left, right, (*path, at), lost, shown)
    elif before != now:
        assert shown.intersection(path[-2:]), (path, before, now)
        assert now in ("UNKNOWN", "Unknown", 0, None), (path, before, now)


def _needs(column: ExportColumn, record: type[Record], field: str) -> bool:
    """Whether a column shows a field, or leads by it to the record that it shows a field of."""
    relation = record.relations.get(snake_case(column.path[0]))
    if relation is None:
        return field in column.shown
    ((here, there),) = relation.on
    return field == here or (relation.target == record.name and field in {there, *column.shown})


@pytest.mark.parametrize(("record", "field"), tuple(optional_fields()))
async def test_views_show_the_rest(whole: Whole, record: type[Record], field: str) -> None:
    """Each other column is what it is; a view none of whose rows anybody may see says why."""
    shown = _may_lack(record, field, "")
    async with whole.without(record, field):
        for before in whole.viewed:
            if record.name not in before.read:
                continue
            if field in _public_by(record) and before.name in whole_graph.reading(record):
                answer = await whole.hub.client.get(f"/views/{before.name}.csv")
                assert (answer.status_code, set(codes_of(answer))) == (503, {"NOT_CONNECTED"})
                continue
            table = await _table(whole.hub, before.name)
            assert table[0] == before.table[0]
            for name, column, now in zip(
                before.table[0], zip(*before.table[1:], strict=True), zip(*table[1:], strict=True), strict=True
            ):
                if now != column:
                    assert shown.intersection(name.split(".")), (before.name, name, column, now)
                    assert set(now) <= {"", "UNKNOWN", "Unknown", "0"}, (before.name, name, now)


@pytest.mark.parametrize(("record", "field"), tuple(optional_fields()))
async def test_files_leave_it_out_and_the_dictionary_says_so(whole: Whole, record: type[Record], field: str) -> None:
    names = [name for name, one in COLLECTIONS.items() if one.record is record and not record.only_open]
    async with whole.without(record, field):
        for name in names:
            columns = COLLECTIONS[name].columns
            left_out = [column.name for column in columns if _needs(column, record, field)]
            dictionary = (await whole.hub.client.get(f"/export/{name}.dictionary.json")).json()
            assert [one["name"] for one in dictionary["columns"] if not one["connected"]] == left_out
            answer = await whole.hub.client.get(f"/export/{name}.csv")
            if field in _public_by(record):
                assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_CONNECTED")
                continue
            assert answer.status_code == 200, answer.text
            header = answer.text.partition("\r\n")[0].split(",")
            assert header == [column.name for column in columns if column.name not in left_out]


def fields_on_pages() -> Iterator[Any]:
    """Fields that lead from one record to another, or decide about rows."""
    for mapping in PACKAGE.mappings:
        record = mapping.record
        for name in mapping.columns:
            contract = record.fields[name]
            if name != KEY and decides(record, name) and (contract.nullable or name in _public_by(record)):
                few = f"{record.name}.{name}"
                yield pytest.param(record, name, id=few, marks=() if few in FEW_PAGES else (pytest.mark.slow,))


@pytest.mark.parametrize(("record", "field"), tuple(fields_on_pages()))
async def test_pages_and_search_do_without_it(whole: Whole, record: type[Record], field: str) -> None:
    search = whole.hub.hub.search
    searched = [one for one in SEARCHED if one.record is record]
    try:
        async with whole.without(record, field):
            for page in PAGES:
                answer = await whole.hub.client.get(page)
                assert answer.status_code == 200, page
                assert "Something went wrong" not in answer.text, page
            if searched:
                assert await search.refresh(searched) == []
                _, errors = await whole.ask(SEARCH)
                assert {error.code for error in errors} <= TOLD
    finally:
        if searched:
            await search.refresh(searched)
