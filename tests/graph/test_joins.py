"""What a row leads to in its own source comes with it in one statement, and is what a read of its own would give."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from connectors.criteria import Order, ParentKeys
from connectors.departments import PACKAGE
from connectors.departments.complaints import CATEGORIES, COMPLAINTS, STATUS_CHANGES
from connectors.mapping import Mapping as RecordMapping
from connectors.mapping import column
from models.complaints import Complaint
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.predicates import Compare, Operator, is_in
from models.records import KEY, Record, field, to_one
from models.sources.findings import Finding, FindingKind
from models.values.types import Nik
from resolvers.reads import Columns, Read
from resolvers.relations import joined_ones
from sample.citizens.people import resident_number
from sample.city import SIZES
from sample.complaints.source import ComplaintTruth
from sample.jobs import source as jobs
from tests.graph.cities import Own
from tests.graph.harness import DPUPR, Answer, City, Urls, opened, request_of, scribe_of

CITIZEN = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(0)))
EXCHANGE = Viewer(Role.OFFICER, subject="officer-2", department_code="disnaker")

CATEGORY = "category { code name group provenance { department { code } freshness } }"


@contextmanager
def unjoined(city: City) -> Iterator[None]:
    """The sources as if they could not join."""
    connectors = city.catalog.connectors.values()
    usual = [connector.capabilities for connector in connectors]
    try:
        for connector in connectors:
            connector.capabilities = replace(connector.capabilities, joins=False)
        yield
    finally:
        for connector, capabilities in zip(connectors, usual, strict=True):
            connector.capabilities = capabilities


async def both(city: City, query: str, viewer: Viewer = ANONYMOUS, **variables: object) -> tuple[Answer, Answer]:
    """The answer with joins and the one without, which are equal."""
    purpose = Purpose.SERVICE_DELIVERY if viewer.role is Role.OFFICER else None
    joined = await city(query, viewer, variables, purpose=purpose)
    with unjoined(city):
        apart = await city(query, viewer, variables, purpose=purpose)
    assert (joined.data, joined.errors) == (apart.data, apart.errors)
    return joined, apart


# --- Every relation that can be joined --------------------------------------------------------------------------------

QUERIES: dict[str, tuple[str, Viewer, str, int, int]] = {
    "the category of complaints": (
        f"{{ complaints(first: 100) {{ nodes {{ id {CATEGORY} }} }} }}", ANONYMOUS, "complaints", 1, 2,
    ),
    "the category, backwards": (
        f"{{ complaints(last: 50, orderBy: [{{requestedAt: DESC}}]) {{ edges {{ node {{ {CATEGORY} id }} }} }} }}",
        ANONYMOUS, "complaints", 1, 2,
    ),
    "the type of licenses in an order with nulls": (
        "{ licenses(last: 90, orderBy: [{validUntil: ASC}]) { nodes { id validUntil type { code } } } }",
        ANONYMOUS, "licenses", 1, 2,
    ),
    "the category behind a filter": (
        f'{{ complaints(first: 50, filter: {{ticketNumber: {{contains: "1"}}}}) {{ nodes {{ id {CATEGORY} }} }} }}',
        DPUPR, "complaints", 1, 2,
    ),
    "the category of the complaints of many areas": (
        f"""{{ areas(first: 100, filter: {{level: {{eq: DISTRICT}}}}) {{ nodes {{
            code complaints(last: 7) {{ nodes {{ id {CATEGORY} }} }} }} }} }}""",
        ANONYMOUS, "complaints", 1, 2,
    ),
    "the category twice": (
        "{ complaints(first: 9) { nodes { a: category { code } b: category { name } } edges { node { id } } } }",
        ANONYMOUS, "complaints", 1, 3,
    ),
    "the type of licenses": (
        "{ licenses(first: 100) { nodes { id type { code name fee { amount } promisedTime { amount unit } } } } }",
        ANONYMOUS, "licenses", 1, 2,
    ),
    "the type of the own applications": (
        "{ me { licenseApplications(first: 50) { nodes { id licenseType { code name } } } } }",
        CITIZEN, "licenses", 1, 2,
    ),
    "the hospital of beds and schedules": (
        """{ hospitals(first: 40) { nodes { beds { id hospital { code name phone } }
            schedules(first: 9) { nodes { id hospital { name position { latitude } } } } } } }""",
        ANONYMOUS, "hospitals", 3, 5,
    ),
    "the posting of the own applications": (
        "{ me { jobApplications(first: 50) { nodes { id posting { id title status datePosted } } } } }",
        CITIZEN, "jobs", 1, 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
async def test_one_statement_brings_what_two_did(city: City, name: str) -> None:
    query, viewer, source, statements, apart_statements = QUERIES[name]
    joined, apart = await both(city, query, viewer)
    assert joined.errors == []
    assert (joined.statements[source], apart.statements[source]) == (statements, apart_statements)
    lines = [answer.request.report.lines[source].calls for answer in (joined, apart)]
    assert lines == [statements, apart_statements]


async def test_each_complaint_has_the_category_of_the_truth(city: City, alive: list[ComplaintTruth]) -> None:
    public = [truth for truth in alive if truth.publication in ("PUBLIC", "ANONYMOUS")]
    codes: list[str | None] = []
    after = None
    while True:
        answer = await city(
            """query ($after: String) { complaints(first: 100, after: $after) {
                nodes { category { code } } pageInfo { endCursor hasNextPage } } }""",
            after=after,
        )
        assert answer.statements == {"complaints": 1}
        page = answer.data["complaints"]
        codes += [node["category"] and node["category"]["code"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert codes == [truth.category_code for truth in public]
    assert None in codes


async def test_applications_lead_to_living_postings_only(city: City) -> None:
    """Some postings are dead, and some applications lead nowhere."""
    living = {case.truth.id for case in jobs.postings(SIZES["small"]) if case.alive}
    read = Read(
        record_of("job_applications"),
        Columns(joined=frozenset({KEY, "posting_id"}), ones={"posting": Columns(shown=frozenset({KEY}))}),
        rows_max=10_000,
    )
    batch = await city.records.read(request_of(EXCHANGE, purpose=Purpose.SERVICE_DELIVERY), read)
    joined = batch.joined["posting"]
    keys = [joined.batch.column(KEY)[row] if row is not None else None for row in joined.rows]
    assert len(set(joined.batch.column(KEY))) == joined.batch.length
    assert keys == [key if key in living else None for key in batch.joining("posting_id")]
    assert None in keys


def record_of(name: str) -> type[Record]:
    return next(mapping.record for mapping in PACKAGE.mappings if mapping.record.name == name)


# --- Dirt -------------------------------------------------------------------------------------------------------------

ALL = f"{{ complaints(first: 100) {{ nodes {{ id {CATEGORY} }} }} }}"

DIRT: Mapping[str, tuple[str, ...]] = {
    "no code": ("UPDATE tbl_pengaduan SET kd_kategori = NULL WHERE id_pengaduan < 40",),
    "an empty code": ("UPDATE tbl_pengaduan SET kd_kategori = '' WHERE id_pengaduan < 40",),
    "a code of nobody": ("UPDATE tbl_pengaduan SET kd_kategori = 'K77' WHERE id_pengaduan < 40",),
    "a code in another case": ("UPDATE tbl_pengaduan SET kd_kategori = 'k03' WHERE id_pengaduan < 40",),
    "a code with a blank": ("UPDATE tbl_pengaduan SET kd_kategori = 'K03 ' WHERE id_pengaduan < 40",),
    "merged codes": ("UPDATE tbl_pengaduan SET kd_kategori = 'K14' WHERE id_pengaduan < 40",),
    "a category that is gone": ("DELETE FROM m_kategori WHERE kd_kategori IN ('K03', 'K05')",),
    "a category in another case": ("UPDATE m_kategori SET kd_kategori = 'k03' WHERE kd_kategori = 'K03'",),
    "a category without a name": ("UPDATE m_kategori SET nm_kategori = NULL WHERE kd_kategori IN ('K03', 'K01')",),
    "a category without a code": ("UPDATE m_kategori SET kd_kategori = NULL WHERE kd_kategori = 'K03'",),
    "no categories": ("DELETE FROM m_kategori",),
}


async def test_dirt_on_either_side_gives_what_a_read_of_its_own_gives(broken: Own) -> None:
    for name, statements in DIRT.items():
        for statement in statements:
            await broken.complaints(statement)
        joined, _ = await both(broken.city, ALL)
        assert joined.errors == [], name
        assert joined.statements == {"complaints": 1}, name
        assert any(node["category"] is None for node in joined.data["complaints"]["nodes"]), name
        await both(broken.city, "{ complaints(first: 100) { nodes { a: category { code } b: category { name } } } }")


async def test_what_only_a_collation_takes_for_a_key_leads_nowhere(broken: Own, broken_urls: Urls) -> None:
    types = "{ licenses(first: 90) { nodes { id type { code name } } } }"
    async with scribe_of(broken_urls["licenses"]) as scribe:
        await scribe("UPDATE dp_izin SET izin_kode_jenis = 'siup' WHERE izin_id < 30")
        await scribe("UPDATE dp_izin SET izin_kode_jenis = 'SIUP ' WHERE izin_id BETWEEN 30 AND 50")
        joined, _ = await both(broken.city, types)
        assert joined.statements == {"licenses": 1}
        found = [node["type"] for node in joined.data["licenses"]["nodes"]]
        assert found[:20] == [None] * 20
        assert found.count(None) < 90
        await scribe("UPDATE dp_izin SET izin_kode_jenis = 'SIUP' WHERE izin_id < 30")
        joined, _ = await both(broken.city, types)
        assert {node["type"]["code"] for node in joined.data["licenses"]["nodes"][:20]} == {"SIUP"}


async def test_a_key_that_two_rows_have_is_nobodys_and_the_join_is_left_alone(broken: Own) -> None:
    await broken.complaints("INSERT INTO m_kategori VALUES ('K03', 'Lagi', 'Lagi')")
    broken.city.findings.clear()
    joined, _ = await both(broken.city, ALL)
    assert joined.errors == []
    assert joined.statements == {"complaints": 3}
    nodes = joined.data["complaints"]["nodes"]
    assert len({node["id"] for node in nodes}) == len(nodes)
    assert "K03" not in {node["category"]["code"] for node in nodes if node["category"]}
    assert Finding("complaints", "complaint_categories", "code", FindingKind.DUPLICATE_KEY, 1) in broken.city.findings
    assert (await broken.city(ALL)).statements == {"complaints": 2}


async def test_a_join_that_the_source_refuses_is_read_by_itself(broken: Own) -> None:
    await broken.complaints("ALTER TABLE m_kategori RENAME COLUMN kelompok TO grup")
    answer = await broken.city(ALL)
    assert set(answer.codes) == {("DATA_QUALITY", "group")}
    assert all(node["category"] is None or node["category"]["code"] for node in answer.data["complaints"]["nodes"])
    again = await broken.city(ALL)
    assert (again.data, set(again.codes)) == (answer.data, {("DATA_QUALITY", "group")})
    whole = await broken.city("{ complaints(first: 100) { nodes { id ticketNumber } } }")
    assert whole.errors == []


async def test_a_column_of_the_rows_that_is_gone_keeps_the_join(broken: Own) -> None:
    query = "{ complaints(first: 20) { nodes { id channel category { code } } } }"
    whole = await broken.city(query)
    await broken.complaints("ALTER TABLE tbl_pengaduan RENAME COLUMN sumber TO asal")
    first, again = await broken.city(query), await broken.city(query)
    assert (
        first.data
        == again.data
        == whole.data
        | {"complaints": {"nodes": [node | {"channel": "UNKNOWN"} for node in whole.data["complaints"]["nodes"]]}}
    )
    assert again.statements == whole.statements == {"complaints": 1}


async def test_a_key_of_the_rows_that_is_gone_fails_what_it_leads_to(broken: Own) -> None:
    await broken.complaints("ALTER TABLE tbl_pengaduan RENAME COLUMN kd_kategori TO kategori")
    for _ in range(2):
        answer = await broken.city("{ complaints(first: 5) { nodes { id category { code } } } }")
        assert answer.codes == [("DATA_QUALITY", "category")] * 5
        assert all(node["id"] for node in answer.data["complaints"]["nodes"])


# --- What may not be null ---------------------------------------------------------------------------------------------


class Kind(Record, name="kinds"):
    """A category that has to have a name."""

    id: str = field("The key")
    name: str = field("The name")
    group: str | None = field("The group")


class Report(Record, name="reports"):
    """A complaint, and its kind."""

    id: str = field("The key")
    code: str | None = field("The code of its kind")
    kind = to_one("kinds", on={"code": "id"})


KINDS = replace(CATEGORIES, record=Kind, columns={name: CATEGORIES.columns[name] for name in ("id", "name", "group")})
REPORTS = replace(
    COMPLAINTS, record=Report, columns={"id": COMPLAINTS.columns["id"], "code": COMPLAINTS.columns["category_code"]}
)
REPORTED = replace(PACKAGE, mappings=(*PACKAGE.mappings, KINDS, REPORTS), writings=())


async def test_what_lacks_a_required_value_is_nobodys_whatever_is_asked_for(broken: Own, broken_urls: Urls) -> None:
    await broken.complaints("UPDATE m_kategori SET nm_kategori = NULL WHERE kd_kategori IN ('K03', 'K05')")
    async with opened(broken_urls, REPORTED) as reported:
        everything = Columns(shown=frozenset({"name", "group"}))
        read = Read(Report, Columns(joined=frozenset({KEY, "code"}), ones={"kind": everything}), rows_max=500)
        batch = await reported.records.read(request_of(), read)
        codes = batch.joining("code")
        kinds: dict[str, set[object]] = {}
        for name in ("name", "group"):
            asked = Columns(shown=frozenset({name}), joined=frozenset({KEY}))
            apart = await reported.relations.one(request_of(), Kind, KEY, codes, asked)
            ones = joined_ones(batch.joined["kind"], range(batch.length), asked)
            assert ones is not None
            assert ones.batch is not None
            assert apart.batch is not None
            found, expected = ones.batch.column(KEY), apart.batch.column(KEY)
            kinds[name] = {found[row] for row in ones.rows if row is not None}
            assert [row if row is None else found[row] for row in ones.rows] == [
                row if row is None else expected[row] for row in apart.rows
            ]
        assert kinds["group"] == kinds["name"] == {*codes} - {None, "K03", "K05"}
        more = Columns(shown=frozenset({"name"}), joined=frozenset({"unread"}))
        assert joined_ones(batch.joined["kind"], range(batch.length), more) is None


# --- Policy -----------------------------------------------------------------------------------------------------------


class Note(Record, name="notes"):
    """A step of a complaint that does not know who may see the complaint."""

    id: str = field("The key")
    complaint_id: str | None = field("The complaint")
    text: str | None = field("What was noted", filter=True)
    complaint = to_one("complaints", on={"complaint_id": "id"})


NOTES = RecordMapping(
    record=Note,
    source=STATUS_CHANGES.source,
    selectable=STATUS_CHANGES.selectable,
    columns={
        "id": STATUS_CHANGES.columns["id"],
        "complaint_id": STATUS_CHANGES.columns["complaint_id"],
        "text": column("stts", decoder=COMPLAINTS.columns["ticket_number"].decoder),
    },
)
KEYED = replace(COMPLAINTS, unique_key=True)
NOTED = replace(
    PACKAGE,
    mappings=(*(KEYED if mapping is COMPLAINTS else mapping for mapping in PACKAGE.mappings), NOTES),
    writings=(),
)


@pytest.fixture(scope="module")
async def noted(small_urls: Urls) -> AsyncIterator[City]:
    async with opened(small_urls, NOTED) as opening:
        yield opening


def noting(**asked: Any) -> Read:
    wanted = Columns(shown=frozenset({KEY, "ticket_number", "reporter_nik"}))
    columns = Columns(joined=frozenset({KEY, "complaint_id"}), ones={"complaint": wanted})
    usual: dict[str, Any] = {"rows_max": 3_000, "order": (Order(KEY, descending=True),)}
    return Read(Note, columns, **usual | asked)


WITH_S = Compare("text", Operator.CONTAINS, ("s",))

READS: dict[str, dict[str, Any]] = {
    "a page": {},
    "backwards": {"reverse": True, "rows_max": 70},
    "in an order with nulls": {"order": (Order("text"), Order(KEY))},
    "behind a filter": {"where": WITH_S, "given": is_in("text", "Proses", "Selesai")},
    "of many parents": {
        "parents": ParentKeys("complaint_id", tuple((str(key),) for key in range(1, 260))), "rows_max": 2,
        "where": WITH_S,
    },
    "of parents with several keys": {
        "parents": ParentKeys(
            "complaint_id", tuple(tuple(str(key + more) for more in range(3)) for key in range(1, 90, 3))
        ),
        "rows_max": 4,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
async def test_the_rows_that_a_viewer_may_see_are_a_part_of_the_join(noted: City, name: str) -> None:
    read = noting(**READS[name])
    before = len(noted.statements)
    batch = await noted.records.read(request_of(), read)
    ((_, text),) = noted.statements[before:]
    assert "publikasi" in text.partition("LEFT OUTER JOIN tbl_pengaduan AS j0")[2].partition("ORDER BY")[0]
    joined = batch.joined["complaint"]
    keys = batch.joining("complaint_id")
    wanted = read.columns.ones["complaint"]
    ones = await noted.relations.one(request_of(), Complaint, KEY, keys, wanted)
    assert ones.batch is not None
    assert joined.batch.errors.keys() == ones.batch.errors.keys() == {"reporter_nik"}
    tickets, expected = joined.batch.column("ticket_number"), ones.batch.column("ticket_number")
    assert [None if row is None else tickets[row] for row in joined.rows] == [
        None if row is None else expected[row] for row in ones.rows
    ]
    assert None in joined.rows
    assert len(joined.rows) == batch.length > 50
    with unjoined(noted):
        apart = await noted.records.read(request_of(), read)
    assert apart.joined == {}
    assert (apart.columns, apart.parents, apart.keyset) == (batch.columns, batch.parents, batch.keyset)


async def test_where_rows_are_open_by_what_they_say_each_read_stays_its_own(noted: City) -> None:
    for viewer, purpose in ((DPUPR, Purpose.COMPLAINT_HANDLING), (CITIZEN, None)):
        shown = Columns(shown=frozenset({KEY, "description"}))
        read = replace(noting(), columns=Columns(joined=frozenset({"complaint_id"}), ones={"complaint": shown}))
        batch = await noted.records.read(request_of(viewer, purpose=purpose), read)
        assert batch.joined == {}
