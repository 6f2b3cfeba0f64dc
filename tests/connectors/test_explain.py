"""Explaining names exactly what would scan a large table, on each engine, and asks for plans alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.catalog import Catalog, Scan, Way
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.mapping import MappingError, column
from connectors.protocol import Call, SourceBroken, SourceFailure, SourceUnreachable
from connectors.sql.connector import SqlConnector
from connectors.sql.plans import Plan
from connectors.sql.statements import Statement
from models.predicates import Operator
from onboarding.explain import Explainer, RecordPlans, explained, explaining, lines_of, object_of, text_of
from tests.connectors import books
from tests.connectors.books import BOOKS, COLUMNS, catalog
from tests.connectors.conftest import Laboratory

SAME_SHAPES = 1
"""The order by the key is that of `noted_at` as well."""

RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)

SCANS: frozenset[Scan] = frozenset({
    ("number", Operator.CONTAINS), ("number", Operator.IS_NULL),
    ("title", Operator.IN), ("title", Operator.CONTAINS), ("title", Operator.IS_NULL),
    ("title", Way.ORDER), ("title", Way.ORDER_IN_RANGE),
    ("bought", Operator.IS_NULL), ("bought", Way.ORDER),
    ("noted_at", Operator.IN), ("noted_at", Operator.IS_NULL), *(("noted_at", one) for one in RANGES),
    ("kind", Operator.IS_NULL),
    ("writer_id", Way.PARENTS),
})  # fmt: skip
"""What no index serves. A code of a closed list is soon found, a list by its key or by `sorts_as` needs no sorting."""


class Watched(SqlConnector):
    """A connector that notes what it sends, and may refuse to explain."""

    def __init__(self, url: str, failure: SourceFailure | None = None) -> None:
        super().__init__(url, LoadContract(connections_max=1, statement_ms_max=5_000))
        self.sent: list[str] = []
        self.failure = failure

    async def _run(self, statement: Statement, call: Call) -> Sequence[Sequence[Any]]:
        self.sent.append(statement.text)
        return await super()._run(statement, call)

    async def explain(self, statement: Statement, call: Call) -> Plan:
        if self.failure is not None:
            raise self.failure
        return await super().explain(statement, call)


@pytest.fixture(scope="module")
def library(laboratory: Laboratory) -> Iterator[Laboratory]:
    analyze = "ANALYZE TABLE buku" if laboratory.engine.startswith("mariadb") else "ANALYZE"
    rak = f"CREATE TABLE rak (id_rak INTEGER PRIMARY KEY) {laboratory.table_end}"
    laboratory.write(f"{books.DDL} {laboratory.table_end}", rak, *books.inserts(), *books.INDEXES, analyze)
    yield laboratory
    laboratory.write("DROP TABLE buku", "DROP TABLE rak")


def plans(laboratory: Laboratory, catalog: Catalog) -> RecordPlans:
    """What is found of the books."""

    async def run() -> RecordPlans:
        try:
            return (await explained(catalog, Guard(lambda *_: None), ["buku"]))[0]
        finally:
            await catalog.close()

    return laboratory.runner.run(run())


def scans(catalog: Catalog) -> frozenset[Scan]:
    binding = catalog.named("books")
    assert binding is not None
    return binding.scans


def test_what_scans_a_large_table_is_switched_off(library: Laboratory) -> None:
    city = catalog(Watched(library.url))
    found = plans(library, city)
    assert found.failure == ""
    assert scans(city) == SCANS
    assert {each.scans for each in found.explained} == {"", "buku"}
    assert found.unasked == []


def test_a_table_within_the_bound_may_be_scanned(library: Laboratory) -> None:
    city = catalog(Watched(library.url), scan_rows_max=20_000)
    assert plans(library, city).explained != []
    assert scans(city) == frozenset()
    city = catalog(Watched(library.url), scan_rows_max=19_999)
    plans(library, city)
    assert scans(city) == SCANS


def test_an_index_switches_on_and_a_lost_one_off(library: Laboratory) -> None:
    end = " ON buku" if library.engine.startswith("mariadb") else ""
    analyze = "ANALYZE TABLE buku" if end else "ANALYZE"
    library.write("CREATE INDEX buku_penulis ON buku (id_penulis, id)", f"DROP INDEX buku_nomor{end}", analyze)
    try:
        city = catalog(Watched(library.url))
        plans(library, city)
    finally:
        library.write(f"DROP INDEX buku_penulis{end}", "CREATE INDEX buku_nomor ON buku (nomor)", analyze)
    assert scans(city) == SCANS - {("writer_id", Way.PARENTS)} | {("number", Operator.IN)}


def test_what_the_mapping_allows_stays_on(library: Laboratory) -> None:
    title = replace(COLUMNS["title"], scan_allowed="The library is closed at night.")
    city = catalog(Watched(library.url), replace(BOOKS, columns={**COLUMNS, "title": title}))
    found = plans(library, city)
    assert scans(city) == {scan for scan in SCANS if scan[0] != "title"}
    allowed = {(each.question.field, each.allowed) for each in found.explained if each.scans and each.allowed}
    assert allowed == {("title", "The library is closed at night.")}


def test_a_reason_is_said(library: Laboratory) -> None:
    blank = column("judul", decoder=COLUMNS["title"].decoder, scan_allowed=" ")
    with pytest.raises(MappingError, match="allows scans without a reason"):
        replace(BOOKS, columns={**COLUMNS, "title": blank})


def test_a_select_names_the_tables_behind_it(library: Laboratory) -> None:
    select = sa.select(books.TABLE).join(books.RACKS, books.RACKS.c.id_rak == books.TABLE.c.id_rak, isouter=True)
    city = catalog(Watched(library.url), replace(BOOKS, selectable=select.subquery("t")))
    found = plans(library, city)
    assert ("title", Way.ORDER) in scans(city)
    assert ("id", Operator.IN) not in scans(city)
    assert {each.scans for each in found.explained} == {"", "buku"}


def test_a_view_is_as_large_as_what_is_behind_it(library: Laboratory) -> None:
    library.write("CREATE VIEW lihat AS SELECT * FROM buku")
    try:
        view = sa.table("lihat", *(sa.column(one.name, one.type) for one in books.TABLE.c))
        city = catalog(Watched(library.url), replace(BOOKS, selectable=view))
        plans(library, city)
    finally:
        library.write("DROP VIEW lihat")
    assert {("title", Way.ORDER), ("title", Operator.IN), ("writer_id", Way.PARENTS)} <= scans(city)
    assert ("id", Operator.IN) not in scans(city)


# --- How it asks ------------------------------------------------------------------------------------------------------


def test_plans_are_asked_for_and_no_question(library: Laboratory) -> None:
    connector = Watched(library.url)
    found = plans(library, catalog(connector))
    of_books = [text for text in connector.sent if " buku" in text]
    explains = [text for text in of_books if text.startswith("EXPLAIN ")]
    # A question of the same shape as another has its plan.
    assert len(set(explains)) == len(explains) == len(found.explained) - SAME_SHAPES
    others = [text for text in of_books if text not in explains]
    assert sum("LIMIT 250" in text for text in others) == 2
    assert [text for text in others if "LIMIT 250" not in text] == [
        "SELECT count(*) FROM (SELECT 1 AS x FROM buku LIMIT 10001) u"
    ]


@pytest.mark.parametrize("failure", [SourceBroken("42501"), SourceUnreachable("gone")])
def test_without_plans_nothing_is_switched_off_and_that_is_said(library: Laboratory, failure: SourceFailure) -> None:
    city = catalog(Watched(library.url, failure))
    found = plans(library, city)
    said = "refused (42501)" if isinstance(failure, SourceBroken) else "cannot be reached (gone)"
    assert (found.failure, scans(city)) == (said, frozenset())
    assert lines_of(found) == [f"buku: books - no plans, nothing is switched off: {said}"]


def test_what_is_off_stays_off_while_a_source_is_away(library: Laboratory) -> None:
    connector = Watched(library.url)
    city = catalog(connector)

    async def run() -> None:
        explainer = Explainer(city, Guard(lambda *_: None))
        _ = [found async for found in explainer.explain(["buku"])]
        connector.failure = SourceUnreachable("gone")
        _ = [found async for found in explainer.explain(["buku"])]
        await city.close()

    library.runner.run(run())
    assert scans(city) == SCANS


def test_a_running_hub_explains_behind_its_start(library: Laboratory) -> None:
    city = catalog(Watched(library.url))

    async def run() -> tuple[frozenset[Scan], frozenset[Scan]]:
        explainer = Explainer(city, Guard(lambda *_: None))
        async with explaining(explainer):
            at_start = scans(city)
            async with asyncio.timeout(30):
                await explainer.told.wait()
        await city.close()
        return at_start, scans(city)

    assert library.runner.run(run()) == (frozenset(), SCANS)


# --- What it says -----------------------------------------------------------------------------------------------------


def test_the_report_names_table_bound_and_index_and_no_value(library: Laboratory) -> None:
    found = plans(library, catalog(Watched(library.url)))
    text = text_of([found])
    assert "buku: books - 17 switched off, 24 questions explained" in text.splitlines()[0]
    joined = " ".join(text.split())
    index = "CREATE INDEX idx_buku_id_penulis ON buku (id_penulis, id)"
    assert f"OFF: writer_id as the key of parents: reads more than 10,000 rows of buku; {index}" in joined
    unserved = "no index on columns serves it: it compares an expression over nomor"
    assert f"OFF: number contains: reads more than 10,000 rows of buku; {unserved}" in joined
    assert text.splitlines()[-1] == "1 record: 17 switched off; 0 without plans"
    for value in ("B-0", "Judul ", "2000-", "-2000"):
        assert value not in text
    told = object_of([found])["records"][0]
    assert [(one["field"], one["asked"], one["off"]) for one in told["scans"] if one["field"] == "title"] == [
        ("title", ["in"], True), ("title", ["contains"], True), ("title", ["isNull"], True),
        ("title", ["order", "order in range"], True),
    ]  # fmt: skip
