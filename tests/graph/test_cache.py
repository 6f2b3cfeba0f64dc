"""The graph with a cache of reads: same answers, fewer statements, old data that says so, and nothing personal kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.cache.keys import CacheKeys
from connectors.cache.memory import BoundedMemory
from connectors.cache.reads import CacheEvent, ReadCache
from connectors.cache.store import CacheStore
from connectors.catalog import Binding
from connectors.criteria import Criteria, Order, ParentKeys
from connectors.protocol import Call, SourceUnreachable
from models.batch import SourceState
from models.errors import HubError
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.predicates import EVERYTHING, Not, Predicate, is_in
from models.records import KEY, public_fields
from models.request import Request
from models.values.identity import NIK
from models.values.types import Nik, PersonId
from resolvers.reads import Columns, Read
from tests.graph.cities import TINY
from tests.graph.harness import DPUPR, SECRET, City, Urls, opened, request_of, scribe_of, written

LIST = """{ complaints(first: 5) { totalCount nodes {
    ticketNumber requestedAt category { name } provenance { servedFrom freshness asOf } } } }"""
PRIVATE = "{ complaints(first: 5) { nodes { id description } } }"
SIXTY = 60
READS = 50
"""Random ones of each record, enough for some of all kinds."""


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with written("sqlite", "", tmp_path_factory.mktemp("cached"), TINY) as urls:
        yield urls


class Cached(City):
    """A city with a cache; `at` is what its clock shows."""

    at: datetime
    memory: BoundedMemory
    cache: ReadCache

    async def settle(self) -> None:
        """Every call behind a client's back has ended, and what it brought is kept."""
        while self.cache._flights._tasks:
            await asyncio.gather(*self.cache._flights._tasks)

    def sent(self, source: str = "complaints") -> int:
        return sum(name == source for name, _ in self.statements)


def cached(city: City) -> Cached:
    city.__class__ = Cached
    assert isinstance(city, Cached)
    city.at = datetime.now(UTC)
    city.memory = BoundedMemory(bytes_max=8_000_000, entries_max=10_000)
    city.cache = ReadCache(CacheKeys(SECRET), CacheStore(city.memory), city.guard, lambda: city.at)
    city.records.reader.cache = city.cache
    return city


@pytest.fixture
async def city(urls: Urls) -> AsyncIterator[Cached]:
    async with opened(urls) as opening:
        city = cached(opening)
        yield city
        await city.cache.close()


def without_provenance(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: without_provenance(value) for name, value in data.items() if name != "provenance"}
    return [without_provenance(value) for value in data] if isinstance(data, list) else data


def provenances(data: Any) -> set[tuple[str, str, datetime]]:
    found = [node["provenance"] for node in data["complaints"]["nodes"]]
    return {(one["servedFrom"], one["freshness"], datetime.fromisoformat(one["asOf"])) for one in found}


async def test_a_second_answer_is_the_same_and_asks_nothing(city: Cached, urls: Urls) -> None:
    async with opened(urls) as plain:
        expected = await plain(LIST)
    first = await city(LIST, now=city.at)
    await city.settle()
    sent, fetched_at = len(city.statements), city.at
    city.at += timedelta(seconds=30)
    second = await city(LIST, now=city.at)
    assert expected.data["complaints"]["nodes"][0]["category"] is not None
    assert without_provenance(first.data) == without_provenance(second.data) == without_provenance(expected.data)
    assert (first.errors, second.errors, len(city.statements)) == ([], [], sent)
    assert {one[:2] for one in provenances(first.data)} == {("SOURCE", "FRESH")}
    assert {one[:2] for one in provenances(second.data)} == {("CACHE", "FRESH")}
    ((*_, as_of),) = provenances(second.data)
    assert abs(as_of - fetched_at) < timedelta(milliseconds=1)
    line = second.request.report.lines["complaints"]
    assert (line.state, line.calls) == (SourceState.OK, 0)


async def test_many_at_once_ask_once(city: Cached, urls: Urls) -> None:
    async with opened(urls) as plain:
        expected = await plain(LIST)
    answers = await asyncio.gather(*(city(LIST) for _ in range(SIXTY)))
    assert len(city.statements) == len(plain.statements)
    assert all(without_provenance(answer.data) == without_provenance(expected.data) for answer in answers)


async def test_a_source_that_is_away_is_not_missed_for_a_while_and_its_data_says_so(
    city: Cached, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await city(LIST, now=city.at)
    await city.settle()
    fetched_at = city.at
    away: list[str] = []

    async def unreachable(*_: object) -> Any:
        away.append("asked")
        raise SourceUnreachable

    monkeypatch.setattr(type(city.catalog.connectors["complaints"]), "read", unreachable)
    monkeypatch.setattr(type(city.catalog.connectors["complaints"]), "count", unreachable)
    monkeypatch.setattr(city.cache, "sleep", lambda _: asyncio.sleep(0))
    city.at += timedelta(hours=12)
    stale = await city(LIST, now=city.at)
    await city.settle()
    assert without_provenance(stale.data) == without_provenance(first.data)
    assert stale.errors == []
    assert {one[:2] for one in provenances(stale.data)} == {("CACHE", "STALE")}
    line = stale.request.report.lines["complaints"]
    assert (line.state, line.calls, line.as_of) == (SourceState.STALE, 0, fetched_at)
    assert away
    city.at += timedelta(minutes=2)
    late = await city(LIST, now=city.at)
    assert ("DEPARTMENT_UNAVAILABLE", "complaints") in late.codes
    assert late.request.report.lines["complaints"].state is SourceState.UNAVAILABLE


async def test_a_stale_count_says_so_by_itself(city: Cached) -> None:
    query = "{ complaints(first: 5) { totalCount } }"
    first = await city(query)
    await city.settle()
    fetched_at = city.at
    city.at += timedelta(minutes=2)
    stale = await city(query)
    await city.settle()
    line = stale.request.report.lines["complaints"]
    assert stale.data == first.data
    assert (line.state, line.as_of) == (SourceState.STALE, fetched_at)


# --- Nothing personal -------------------------------------------------------------------------------------------------


async def test_a_warm_cache_shows_nobody_more_and_nobody_less(city: Cached, urls: Urls) -> None:
    handled = {"viewer": DPUPR, "purpose": Purpose.COMPLAINT_HANDLING}
    asked: list[dict[str, Any]] = [{}, {"viewer": DPUPR}, handled, {"viewer": Viewer(Role.CITIZEN)}, {}, handled]
    async with opened(urls) as plain:
        expected = [await plain(PRIVATE, **each) for each in asked]
    answers = []
    for each in asked:
        answers.append(await city(PRIVATE, **each))
        await city.settle()
    assert [(answer.data, answer.codes) for answer in answers] == [(one.data, one.codes) for one in expected]
    assert [answer.request.ledger.entries for answer in answers] == [one.request.ledger.entries for one in expected]
    sent = [answer.statements.get("complaints", 0) for answer in answers]
    assert sent == [1, 1, 1, 1, 0, 1]


def a_request(chance: random.Random, binding: Binding, niks: list[PersonId]) -> Request:
    """A request of somebody, of the department itself among others, for what its records are opened by."""
    officer = Viewer(Role.OFFICER, subject="officer-2", department_code=binding.department.code)
    citizen = Viewer(Role.CITIZEN, subject="citizen-1", nik=chance.choice(niks))
    viewer = chance.choice((ANONYMOUS, Viewer(Role.ANALYST), DPUPR, officer, officer, citizen))
    return request_of(viewer, purpose=chance.choice((None, Purpose.COMPLAINT_HANDLING, Purpose.SERVICE_DELIVERY)))


async def raw_rows(city: Cached, binding: Binding) -> dict[str, list[object]]:
    """Every value of the legacy columns of personal fields, as the source stores it."""
    record = binding.mapping.record
    personal = tuple(sorted(binding.mapping.columns.keys() - public_fields(record)))
    criteria = Criteria(record.name, (KEY, *personal), EVERYTHING, (Order(KEY),), 10_000)
    rows = await binding.connector.read(binding.mapping, criteria, Call("Test", 20_000))
    legacy = {name for field in personal for name in binding.mapping.columns[field].legacy}
    return {name: list(rows.columns[name]) for name in legacy}


def traces(values: list[object]) -> set[bytes]:
    """How values would look in the storage; those that are too short to be told from anything else are left out."""
    packed = {
        value.encode(errors="surrogateescape") if isinstance(value, str) else msgspec.msgpack.encode(value)
        for value in values
    }
    return {trace for trace in packed if len(trace) >= 6}


def a_read(chance: random.Random, city: Cached, binding: Binding, niks: list[PersonId]) -> Read:
    """A read as a resolver could ask it: any columns, filters, order, parents and joins of a record."""
    record, fields = binding.mapping.record, sorted(binding.mapping.columns)
    shown = frozenset(chance.sample(fields, chance.randint(0, len(fields)))) | {KEY}
    if chance.random() < 0.5:
        shown &= public_fields(record)
    joined = frozenset(chance.sample(fields, chance.choice((0, 0, 1))))
    ones = {
        name: Columns(frozenset(city.catalog.named(relation.target).mapping.columns))  # type: ignore[union-attr]  # looked at below
        for name, relation in record.relations.items()
        if not relation.many and city.catalog.named(relation.target) is not None and chance.random() < 0.5
    }
    joined |= {record.relations[name].on[0][0] for name in ones}
    numbers = [name for name in fields if record.fields[name].clean_type is PersonId]
    given: Predicate = EVERYTHING
    parents = None
    if numbers and chance.random() < 0.3:
        given = is_in(chance.choice(numbers), chance.choice(niks))
    elif numbers and chance.random() < 0.3:
        parents = ParentKeys(chance.choice(numbers), tuple((nik,) for nik in chance.sample(niks, 3)))
    where = Not(is_in(KEY, "x")) if chance.random() < 0.3 else EVERYTHING
    order = (Order(chance.choice(fields), descending=chance.random() < 0.5),) if chance.random() < 0.4 else ()
    return Read(record, Columns(shown, joined, ones), where, given, order, rows_max=500, parents=parents)


async def asked(city: Cached, request: Request, read: Read) -> bool:
    try:
        await city.records.read(request, read)
        await city.records.count(request, read)
    except HubError:
        return False
    return True


async def test_no_personal_value_is_ever_in_the_storage(city: Cached) -> None:
    chance = random.Random(20260302)
    people = await city.catalog.named("citizens").connector.read(  # type: ignore[union-attr]  # it is connected
        city.catalog.named("citizens").mapping,  # type: ignore[union-attr]
        Criteria("citizens", (KEY, "national_id"), EVERYTHING, (Order(KEY),), 200),
        Call("Test", 20_000),
    )
    niks = [NIK.parse(str(value)) for value in people.columns["nik"] if Nik.is_valid(str(value))]
    looked_for: dict[str, int] = {}
    kept: dict[str, int] = {}
    for binding in city.catalog:
        await city.memory.clear()
        record = binding.mapping.record.name
        answered = 0
        for _ in range(READS):
            answered += await asked(city, a_request(chance, binding, niks), a_read(chance, city, binding, niks))
        await city.settle()
        kept[record] = len(city.memory)
        found = {
            (record, legacy)
            for legacy, values in (await raw_rows(city, binding)).items()
            for trace in traces(values)
            if any(trace in data for data, _ in city.memory._kept.values())
        }
        assert found == set()
        looked_for[record] = sum(len(traces(values)) for values in (await raw_rows(city, binding)).values())
        assert answered, record
    assert looked_for["citizens"] > 300
    assert looked_for["complaints"] > 100
    assert {record: count for record, count in kept.items() if count == 0 and not looked_for[record]} == {}
    assert kept["complaints"] > 5


# --- Sources that change ----------------------------------------------------------------------------------------------


async def test_a_column_that_goes_and_comes_back_is_noticed_through_the_cache(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    query = "{ complaints(first: 3) { totalCount nodes { id ticketNumber position { latitude } } } }"
    with written("sqlite", "", tmp_path_factory.mktemp("drifting"), TINY) as urls:
        async with opened(urls) as opening, scribe_of(urls["complaints"]) as scribe:
            city = cached(opening)
            before = await city(query)
            await city.settle()
            await scribe("ALTER TABLE tbl_pengaduan RENAME COLUMN lat TO lintang")
            kept = await city(query)
            assert (kept.data, kept.errors) == (before.data, [])
            await city.memory.clear()
            without = await city(query)
            await city.settle()
            assert set(without.codes) == {("DATA_QUALITY", "position")}
            tickets = [node["ticketNumber"] for node in before.data["complaints"]["nodes"]]
            assert [node["ticketNumber"] for node in without.data["complaints"]["nodes"]] == tickets
            assert city.cache.counts["complaints", CacheEvent.SOURCE_FAILED] >= 1
            await scribe("ALTER TABLE tbl_pengaduan RENAME COLUMN lintang TO lat")
            city.records.reader._recheck_at.clear()
            again = await city(query)
            assert (again.data, again.errors) == (before.data, [])
            await city.cache.close()
