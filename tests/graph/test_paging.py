"""Keyset paging: while rows come, go and change, whatever stays is seen exactly once and in order."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.criteria import Keyset, Order
from connectors.decoders import number_key, text
from connectors.departments import PACKAGE
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import CityPackage
from models.areas import Area
from models.complaints import Complaint, ComplaintCategory, StatusChange
from models.predicates import EVERYTHING, Compare, Not, Operator, Predicate
from models.records import KEY, Record, field
from resolvers.lists import ListArguments, Window
from resolvers.records import Columns, Read
from resolvers.relations import search
from sample import areas
from sample.complaints import source as complaints
from schema.core.relay import global_id_of
from tests.graph.cities import TINY, Own
from tests.graph.filters import Filter, Values, filters_of, graph_name, orders_of, plain, satisfies
from tests.graph.harness import DPUPR, City, Scribe, Urls, opened, request_of, scribe_of
from tests.graph.placing import complaint_lies_in
from tests.slow import examples

ROWS_MAX = 5_000
PAGES_MAX = 400

# A walk is short enough to be read as it was found; making it smaller takes minutes of statements.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

TRUTH = [case.truth for case in complaints.generate(TINY)]
VALUES: dict[type[Record], list[Values]] = {
    Complaint: [
        {
            "ticketNumber": one.ticket_number, "categoryCode": one.category_code, "status": one.status,
            "statusDetail": one.status_detail, "publication": one.publication, "channel": one.channel,
            "requestedAt": one.requested_at, "areaCode": one.area_code, "departmentCode": one.department_code,
        }
        for one in TRUTH
    ],
    Area: [
        {
            "code": one.code, "name": one.name, "level": one.level, "parentCode": one.parent_code,
            "postalCode": one.postal_code,
            "bpsCode": one.bps_code,
        }
        for one in areas.truth()
    ],
    ComplaintCategory: [
        {"code": one.code, "name": one.name, "group": one.group} for one in complaints.categories()
    ],
}  # fmt: skip


# --- What changes between two pages -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """The table of a record, and statements that change the row `:id`; a statement of `insert` makes `:new` from it."""

    field: str
    table: str
    key: str
    changes: dict[str, str]


GROUNDS = {
    Complaint: Ground("complaints", "tbl_pengaduan", "id_pengaduan", {
        "insert": "INSERT INTO tbl_pengaduan (id_pengaduan, no_tiket, tgl_pengaduan, stts, publikasi, hapus) "
                  "SELECT :new, no_tiket, tgl_pengaduan, stts, publikasi, hapus "
                  "FROM tbl_pengaduan WHERE id_pengaduan = :id",
        "hide": "UPDATE tbl_pengaduan SET hapus = 'Y' WHERE id_pengaduan = :id",
        "delete": "DELETE FROM tbl_pengaduan WHERE id_pengaduan = :id",
        "close": "UPDATE tbl_pengaduan SET stts = 'Selesai' WHERE id_pengaduan = :id",
    }),
    Area: Ground("areas", "m_wilayah", "id_wilayah", {
        "insert": "INSERT INTO m_wilayah (id_wilayah, kd_wilayah, nm_wilayah, jns_wilayah, kd_induk, hapus) "
                  "SELECT :new, '36.71.99', nm_wilayah, jns_wilayah, kd_induk, hapus "
                  "FROM m_wilayah WHERE id_wilayah = :id",
        "hide": "UPDATE m_wilayah SET hapus = 'Y' WHERE id_wilayah = :id",
        "delete": "DELETE FROM m_wilayah WHERE id_wilayah = :id",
        "rename": "UPDATE m_wilayah SET nm_wilayah = 'PORIS' WHERE id_wilayah = :id",
        "forget": "UPDATE m_wilayah SET nm_wilayah = NULL WHERE id_wilayah = :id",
    }),
    ComplaintCategory: Ground("complaintCategories", "m_kategori", "kd_kategori", {
        "delete": "DELETE FROM m_kategori WHERE kd_kategori = :id",
        "rename": "UPDATE m_kategori SET nm_kategori = 'Air' WHERE kd_kategori = :id",
        "forget": "UPDATE m_kategori SET nm_kategori = NULL WHERE kd_kategori = :id",
    }),
}  # fmt: skip

Change = tuple[str, int]
"""What happens to a row, and a number that picks the row."""

_NEW_KEYS = itertools.count(1_000_000)


@dataclass
class Changer:
    """Changes one row before each page, as a script says, and remembers which."""

    scribe: Scribe
    ground: Ground
    keys: list[str]
    script: list[Change]
    touched: set[str]

    async def __call__(self) -> None:
        if not self.script or not self.keys:
            return
        kind, place = self.script.pop()
        statement = self.ground.changes.get(kind)
        if statement is None:
            return
        key = self.keys[place % len(self.keys)]
        given: dict[str, object] = {"id": int(key) if key.isdigit() else key}
        if kind == "insert":
            given["new"] = next(_NEW_KEYS)
        else:
            self.touched.add(key)
        await self.scribe(statement, **given)


@dataclass
class Kept:
    """A table as it was, so that a test can leave it so."""

    scribe: Scribe
    table: str

    async def __aenter__(self) -> None:
        await self.scribe(f"CREATE TABLE kept AS SELECT * FROM {self.table}")

    async def __aexit__(self, *_: object) -> None:
        await self.scribe(f"DELETE FROM {self.table}")
        await self.scribe(f"INSERT INTO {self.table} SELECT * FROM kept")
        await self.scribe("DROP TABLE kept")


CHANGES = st.lists(
    st.tuples(st.sampled_from(["insert", "hide", "delete", "close", "rename", "forget"]), st.integers(0, 10_000)),
    max_size=12,
)


# --- Walking through the graph ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """A list, how it is walked, and what changes before each page."""

    record: type[Record]
    filter: Filter
    order: list[dict[str, str]]
    rows: int
    changes: list[Change]


WALKS = st.one_of(
    *(
        st.builds(
            Walk, st.just(record), st.one_of(st.just({}), filters_of(record, rows)), orders_of(record),
            st.integers(1, 37), CHANGES,
        )
        for record, rows in VALUES.items()
    )
)  # fmt: skip


async def nothing() -> None:
    """Nobody changes anything."""


async def walked(
    city: City, walk: Walk, *, backwards: bool, between: Callable[[], Awaitable[None]] = nothing
) -> tuple[list[str], list[dict[str, Any]]]:
    """The keys in the list's own order, whichever way it was walked, and its pages in that order."""
    name, (size, place) = walk.record.__name__, ("last", "before") if backwards else ("first", "after")
    query = f"""
    query ($filter: {name}Filter, $rows: Int, $cursor: String, $order: [{name}Order!]) {{
      list: {GROUNDS[walk.record].field}({size}: $rows, {place}: $cursor, filter: $filter, orderBy: $order) {{
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor node {{ id }} }}
      }}
    }}
    """
    pages: list[dict[str, Any]] = []
    cursor = None
    for _ in range(PAGES_MAX):
        await between()
        answer = await city(query, DPUPR, filter=walk.filter, order=walk.order, rows=walk.rows, cursor=cursor)
        assert answer.errors == []
        pages.append(answer.data["list"])
        info = pages[-1]["pageInfo"]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            break
        cursor = info["startCursor" if backwards else "endCursor"]
        assert cursor is not None
    assert len(pages) < PAGES_MAX
    ordered = pages[::-1] if backwards else pages
    return [global_id_of(edge["node"]["id"]).key for page in ordered for edge in page["edges"]], ordered


async def big_read(city: City, walk: Walk) -> list[str]:
    """The keys of the whole list, ordered by the source in one statement, and filtered by plain Python."""
    record = walk.record
    names = {graph_name(name): name for name in record.fields}
    order = tuple(Order(names[name], way == "DESC") for term in walk.order for name, way in term.items())
    wanted = Columns(joined=frozenset({KEY, *(field.name for field in record.fields.values() if field.filter)}))
    batch = await city.records.read(request_of(DPUPR), Read(record, wanted, order=order, rows_max=ROWS_MAX))
    rows = [
        {graph_name(name): plain(batch.joining(name)[row]) for name in wanted.joined} for row in range(batch.length)
    ]
    return [str(row[KEY]) for row in rows if satisfies(row, walk.filter)]


@given(walk=WALKS)
@settings(max_examples=examples(7), phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
async def test_where_nothing_changes_both_ways_are_the_big_read(own: Own, walk: Walk) -> None:
    expected = await big_read(own.city, walk)
    forwards, pages = await walked(own.city, walk, backwards=False)
    assert forwards == expected
    assert [len(page["edges"]) for page in pages[:-1]] == [walk.rows] * (len(pages) - 1)
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False] + [True] * (len(pages) - 1)
    backwards, pages = await walked(own.city, walk, backwards=True)
    assert backwards == expected
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False] + [True] * (len(pages) - 1)
    for page in pages:
        cursors = [edge["cursor"] for edge in page["edges"]]
        info = page["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))


@given(walk=WALKS, backwards=st.booleans())
@settings(max_examples=examples(10), phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
async def test_what_stays_is_seen_once_and_in_order(own: Own, walk: Walk, backwards: bool) -> None:
    ground = GROUNDS[walk.record]
    scribe = own.areas if walk.record is Area else own.complaints
    async with Kept(scribe, ground.table):
        before = await big_read(own.city, walk)
        everything = await big_read(own.city, Walk(walk.record, {}, [], 1, []))
        changer = Changer(scribe, ground, everything, list(walk.changes), set())
        seen, _ = await walked(own.city, walk, backwards=backwards, between=changer)
        assert [key for key in seen if key in set(before) - changer.touched] == [
            key for key in before if key not in changer.touched
        ]


# --- Ties and nulls: a record of few values ---------------------------------------------------------------------------


class Toy(Record, name="toys"):
    """Something with few distinct values to sort by, and many without one."""

    id: str = field("The key")
    letter: str | None = field("A letter", filter=True, sort=True)
    number: str | None = field("A number", filter=True, sort=True)


TOYS = Mapping(
    record=Toy,
    source="complaints",
    selectable=sa.table(
        "t_mainan",
        sa.column("id_mainan", sa.Integer),
        sa.column("huruf", sa.String(5)),
        sa.column("angka", sa.Integer),
        sa.column("hapus", sa.String(1)),
    ),
    columns={
        "id": column("id_mainan", decoder=number_key()),
        "letter": column("huruf", decoder=text()),
        "number": column("angka", decoder=number_key()),
    },
    alive=column_equals("hapus", "T"),
)
TOY_GROUND = Ground("", "t_mainan", "id_mainan", {
    "insert": "INSERT INTO t_mainan SELECT :new, huruf, angka, 'T' FROM t_mainan WHERE id_mainan = :id",
    "hide": "UPDATE t_mainan SET hapus = 'Y' WHERE id_mainan = :id",
    "delete": "DELETE FROM t_mainan WHERE id_mainan = :id",
    "rename": "UPDATE t_mainan SET huruf = 'b', angka = 1 WHERE id_mainan = :id",
    "forget": "UPDATE t_mainan SET huruf = '-', angka = NULL WHERE id_mainan = :id",
})  # fmt: skip
LETTERS = (None, "a", "b", "", "-", "a", "A", "é", "b ")
NUMBERS = (None, 1, 2, None, 10, 2**31 - 1)


@pytest.fixture(scope="module")
async def toys(own_urls: Urls) -> AsyncIterator[tuple[City, Scribe]]:
    package = CityPackage(PACKAGE.city, PACKAGE.sources, (*PACKAGE.mappings, TOYS))
    async with opened(own_urls, package) as city, scribe_of(own_urls["complaints"]) as scribe:
        await scribe("CREATE TABLE t_mainan (id_mainan integer, huruf varchar(5), angka integer, hapus char(1))")
        for key in range(60):
            values = {"key": key, "letter": LETTERS[key * 7 % len(LETTERS)], "number": NUMBERS[key * 5 % len(NUMBERS)]}
            await scribe("INSERT INTO t_mainan VALUES (:key, :letter, :number, 'T')", **values)
        yield city, scribe


TOY_ORDERS = st.lists(st.builds(Order, st.sampled_from(["letter", "number", "id"]), st.booleans()), max_size=3).map(
    lambda terms: tuple({term.field: term for term in terms}.values())
)
NULL_NUMBER = Compare("number", Operator.IS_NULL, ())
TOY_FILTERS: st.SearchStrategy[Predicate] = st.sampled_from([EVERYTHING, EVERYTHING, NULL_NUMBER, Not(NULL_NUMBER)])
STEP_ORDERS = st.sampled_from([(), (Order("at"),), (Order("at", descending=True),)])


async def searched(
    city: City, record: type[Record], arguments: ListArguments, between: Callable[[], Awaitable[None]] = nothing
) -> list[str]:
    """The keys of a walk below the graph, in the list's own order."""
    found: list[list[str]] = []
    window = arguments.window
    for _ in range(PAGES_MAX):
        await between()
        asked = ListArguments(window, arguments.where, arguments.order)
        page = await search(city.records, request_of(DPUPR), record, Columns(shown=frozenset({KEY})), asked)
        found.append([str(page.batch.column(KEY)[row]) for row in page.rows])
        if not (page.has_previous if window.backwards else page.has_next):
            break
        edge = page.start if window.backwards else page.stop - 1
        window = Window(window.rows, window.backwards, Keyset(page.batch.keyset[edge], before=window.backwards))
    assert len(found) < PAGES_MAX
    return [key for keys in (found[::-1] if window.backwards else found) for key in keys]


def windows() -> st.SearchStrategy[Window]:
    return st.builds(Window, st.integers(1, 37), st.booleans(), st.none())


@given(arguments=st.builds(ListArguments, windows(), TOY_FILTERS, TOY_ORDERS), changes=CHANGES)
@settings(max_examples=examples(15), phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
async def test_ties_and_nulls_are_walked_once_and_in_order(
    toys: tuple[City, Scribe], arguments: ListArguments, changes: list[Change]
) -> None:
    city, scribe = toys
    whole = ListArguments(Window(ROWS_MAX, backwards=False, keyset=None), arguments.where, arguments.order)
    before = await searched(city, Toy, whole)
    assert await searched(city, Toy, arguments) == before
    everything = await searched(city, Toy, ListArguments(whole.window))
    async with Kept(scribe, TOY_GROUND.table):
        changer = Changer(scribe, TOY_GROUND, everything, list(changes), set())
        seen = await searched(city, Toy, arguments, changer)
    assert [key for key in seen if key in set(before) - changer.touched] == [
        key for key in before if key not in changer.touched
    ]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["letter", "number"])
async def test_what_has_no_value_comes_last_either_way(toys: tuple[City, Scribe], name: str, descending: bool) -> None:
    city, _ = toys
    read = Read(Toy, Columns(joined=frozenset({name})), order=(Order(name, descending),), rows_max=ROWS_MAX)
    values = (await city.records.read(request_of(), read)).joining(name)
    nulls = sum(value is None for value in values)
    assert nulls > 10
    assert [value is None for value in values] == [False] * (len(values) - nulls) + [True] * nulls


@given(window=windows(), order=STEP_ORDERS)
@settings(max_examples=examples(5), phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
async def test_steps_are_walked_once_and_in_order(own: Own, window: Window, order: tuple[Order, ...]) -> None:
    whole = ListArguments(Window(ROWS_MAX, backwards=False, keyset=None), order=order)
    expected = await searched(own.city, StatusChange, whole)
    seen = [
        step.id for one in TRUTH for step in one.history
        if own_alive(one.id) and (one.publication in ("PUBLIC", "ANONYMOUS") or one.department_code == "dpupr")
    ]  # fmt: skip
    seen.sort(key=int, reverse=bool(order and order[0].descending))
    assert expected == seen
    assert await searched(own.city, StatusChange, ListArguments(window, order=order)) == expected


def own_alive(key: str) -> bool:
    return key in ALIVE


ALIVE = {case.truth.id for case in complaints.generate(TINY) if case.alive}


# --- Pages of a relation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backwards", [False, True])
async def test_pages_of_many_parents_at_once(own: Own, backwards: bool) -> None:
    """One cursor for all parents: each parent's page is the part of its own list that lies behind it."""
    size, place = ("last", "before") if backwards else ("first", "after")
    query = f"""
    query ($cursor: String) {{ areas(first: 100, orderBy: [{{code: ASC}}]) {{ nodes {{ code
      complaints({size}: 3, {place}: $cursor, orderBy: [{{requestedAt: DESC}}]) {{
        pageInfo {{ hasNextPage hasPreviousPage }} edges {{ cursor node {{ ticketNumber }} }}
      }}
    }} }} }}
    """
    public = [one for one in TRUTH if own_alive(one.id) and one.publication in ("PUBLIC", "ANONYMOUS")][::-1]
    lists = {
        area.code: [one.ticket_number for one in public if (complaint_lies_in(one) or "").startswith(area.code)]
        for area in areas.truth()
    }
    first = (await own.city(query)).data["areas"]["nodes"]
    for node in first:
        tickets = lists[node["code"]]
        page = node["complaints"]
        assert [edge["node"]["ticketNumber"] for edge in page["edges"]] == (tickets[-3:] if backwards else tickets[:3])
        more, none = len(tickets) > 3, False
        info = page["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == ((none, more) if backwards else (more, none))
    edges = first[0]["complaints"]["edges"]
    edge = edges[0] if backwards else edges[-1]
    ticket = edge["node"]["ticketNumber"]
    second = (await own.city(query, cursor=edge["cursor"])).data["areas"]["nodes"]
    for node in second:
        tickets = [one for one in lists[node["code"]] if (one > ticket if backwards else one < ticket)]
        page = [edge["node"]["ticketNumber"] for edge in node["complaints"]["edges"]]
        assert page == (tickets[-3:] if backwards else tickets[:3])


async def test_a_parent_with_more_keys_than_a_statement_takes(own: Own) -> None:
    """The city is read in a statement of its own, and still every area gets its own complaints."""
    selected = "nodes { code complaints(first: 2) { totalCount nodes { ticketNumber } } }"
    three = '{code: {in: ["36.71.13.1008", "36.71", "36.71.05"]}}'
    query = f"{{ areas(first: 100, orderBy: [{{code: DESC}}]) {{ {selected} }} }}"
    codes = f"{{ areas(filter: {three}, orderBy: [{{code: DESC}}]) {{ {selected} }} }}"
    whole, some = await own.city(query), await own.city(codes)
    own.city.keys_max(10)
    try:
        whole_in_chunks, some_in_chunks = await own.city(query), await own.city(codes)
    finally:
        own.city.keys_max(500)
    assert whole.errors == whole_in_chunks.errors == []
    assert some_in_chunks.data == some.data
    assert whole_in_chunks.data == whole.data


# --- Rows that nobody can address -------------------------------------------------------------------------------------


async def test_a_page_of_rows_that_cannot_be_shown_does_not_end_the_walk(broken: Own) -> None:
    """A code that may not be null does not decode: the row takes no place, and paging goes on behind it."""
    await broken.areas("UPDATE m_wilayah SET kd_wilayah = 'x' WHERE id_wilayah IN (2, 3, 4)")
    query = """
    query ($after: String) { areas(first: 2, after: $after) { pageInfo { hasNextPage endCursor } nodes { code } } }
    """
    codes: list[str] = []
    after = None
    for _ in range(100):
        page = (await broken.city(query, after=after)).data["areas"]
        codes += [node["code"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert len(page["nodes"]) == 2
        after = page["pageInfo"]["endCursor"]
        assert after is not None
    register = [case for case in areas.cases() if case.alive and case.legacy[0] not in (2, 3, 4)]
    assert codes == [case.truth.code for case in register]
