"""Inspection finds exactly the dirt that the sample city was given, and everything that a test breaks in it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.catalog import Catalog
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.departments import PACKAGE
from connectors.guard.guard import Guard
from connectors.indexes import ROWS_MIN, IndexAdvice, Indexes
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Call, Capabilities, Connector, RawGroups, Rows, SourceBroken, SourceTimeout
from connectors.sql.connector import SqlConnector
from models.sources.findings import FindingKind
from onboarding.inspection import PAGE_ROWS, ROWS_MAX, Inspector
from onboarding.inspection_report import RecordInspection, lines_of, object_of, summary_of
from sample.city import SIZES
from sample.complaints.source import ComplaintCase, generate
from sample.write import write_city
from tests import servers
from tests.small_city import small_city

NAMES = tuple(source.name for source in PACKAGE.sources if source.kind is None)
MAPPINGS = tuple(mapping for name in NAMES for mapping in PACKAGE.mappings_of(name))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    small_city(folder)
    return folder


@pytest.fixture
def own(small: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    folder = tmp_path / "own"
    shutil.copytree(small, folder)
    return folder


@pytest.fixture(scope="module")
def alive() -> list[ComplaintCase]:
    return [case for case in generate(SIZES["small"]) if case.alive]


@dataclass
class Watched:
    """A connector that notes how many calls run at once and how large pages are, and may be slow for large ones."""

    inner: SqlConnector
    is_local: bool = False
    capabilities: Capabilities = field(default_factory=Capabilities)
    rows_in_time: int = 1_000_000
    probes: int = 0
    running: int = 0
    most_running: int = 0
    pages: list[int] = field(default_factory=list)

    async def probe(self) -> Capabilities:
        self.probes += 1
        return await self.inner.probe()

    async def columns_of(self, mapping: Mapping) -> Any:
        return await self.inner.columns_of(mapping)

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        return await self.inner.indexes_of(mapping)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        return await self.inner.count(mapping, criteria, call)

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        return await self.inner.groups(mapping, criteria, call)

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        if criteria.rows_max > self.rows_in_time:
            raise SourceTimeout("interrupted")
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.pages.append(criteria.rows_max)
        try:
            return await self.inner.read(mapping, criteria, call)
        finally:
            self.running -= 1

    async def close(self) -> None:
        await self.inner.close()


def urls_of(folder: Path) -> dict[str, str]:
    return {name: f"sqlite:///{(folder / f'{name}.db').as_posix()}" for name in NAMES}


def inspected(
    urls: dict[str, str],
    names: Iterable[str] = NAMES,
    watched: dict[str, Watched] | None = None,
    *,
    rows_max: int = ROWS_MAX,
    page_rows: int = PAGE_ROWS,
    advised_rows_min: int = ROWS_MIN,
) -> dict[str, RecordInspection]:
    """What an inspection finds, by record."""

    async def run() -> list[RecordInspection]:
        connectors = {name: SqlConnector(url, LoadContract(statement_ms_max=5_000)) for name, url in urls.items()}
        if watched is not None:
            watched.update({name: Watched(connector) for name, connector in connectors.items() if name not in watched})
            for name, watching in watched.items():
                watching.inner = connectors[name]
        used: dict[str, Connector] = {**connectors, **(watched or {})}
        catalog = Catalog(PACKAGE, used)
        inspector = Inspector(
            catalog,
            Guard(lambda *_: None),
            rows_max=rows_max,
            page_rows=page_rows,
            advised_rows_min=advised_rows_min,
        )
        try:
            return [found async for found in inspector.inspect(names)]
        finally:
            await catalog.close()

    return {found.record: found for found in asyncio.run(run())}


def changed(folder: Path, source: str, *statements: str) -> None:
    with closing(sqlite3.connect(folder / f"{source}.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def asked(folder: Path, source: str, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / f"{source}.db")) as connection:
        return connection.execute(query).fetchall()


def field_of(found: RecordInspection, name: str) -> Any:
    return next(tally for tally in found.fields if tally.name == name)


@pytest.fixture(scope="module")
def whole(small: Path) -> dict[str, RecordInspection]:
    return inspected(urls_of(small))


# --- The sample city as it is -----------------------------------------------------------------------------------------


def test_every_record_is_walked_to_its_end(whole: dict[str, RecordInspection]) -> None:
    assert set(whole) == {mapping.record.name for mapping in MAPPINGS}
    assert all(found.rows == found.walked and not found.stopped for found in whole.values())
    assert not any(found.broken for found in whole.values())
    assert all(
        [tally.name for tally in whole[mapping.record.name].fields] == list(mapping.columns) for mapping in MAPPINGS
    )


def test_lost_moments_are_counted(whole: dict[str, RecordInspection], alive: list[ComplaintCase]) -> None:
    tally = field_of(whole["complaints"], "requested_at")
    lost = [case for case in alive if case.truth.requested_at is None]
    impossible = [case.truth.id for case in lost if case.legacy.pengaduan[2] == "31-02-2026 08:00"]
    assert (tally.rows, tally.nulls) == (len(alive), len(lost))
    assert set(tally.flaws) == {FindingKind.UNDECODABLE}
    assert tally.flaws[FindingKind.UNDECODABLE].rows == len(impossible) > 5
    assert tally.flaws[FindingKind.UNDECODABLE].keys == impossible[:5]


def test_unknown_codes_are_told_apart(whole: dict[str, RecordInspection], alive: list[ComplaintCase]) -> None:
    tally = field_of(whole["complaints"], "status")
    unknown = [case for case in alive if case.truth.status == "UNKNOWN" and case.legacy.pengaduan[13] is not None]
    assert tally.codes == Counter(case.legacy.pengaduan[13] for case in unknown)
    assert tally.flaws[FindingKind.UNKNOWN_CODE].rows == len(unknown)
    assert tally.flaws[FindingKind.UNKNOWN_CODE].keys == [case.truth.id for case in unknown][:5]
    assert tally.nulls == 0


def test_codes_of_a_personal_field_are_not_shown(whole: dict[str, RecordInspection], small: Path) -> None:
    tally = field_of(whole["citizens"], "registration_status")
    assert tally.codes == {}
    assert tally.codes_not_shown == tally.flaws[FindingKind.UNKNOWN_CODE].rows > 0


def test_orders_are_proved(whole: dict[str, RecordInspection], alive: list[ComplaintCase]) -> None:
    (order,) = whole["complaints"].orders
    dated = sum(case.truth.requested_at is not None for case in alive)
    assert (order.name, order.sorts_as, order.rows, order.backwards.rows) == ("requested_at", "id_pengaduan", dated, 0)
    proved = {name: [(o.name, o.backwards.rows) for o in found.orders] for name, found in whole.items() if found.orders}
    assert proved == {
        "admission_applications": [("submitted_at", 0)],
        "incidents": [("reported_at", 0)],
        "complaints": [("requested_at", 0)],
        "complaint_handlings": [("requested_at", 0)],
        "complaint_status_changes": [("at", 0)],
        "job_applications": [("applied_at", 0)],
        "licenses": [("issued_at", 0)],
        "license_applications": [("submitted_at", 0)],
        "news_articles": [("date_published", 0)],
    }


def test_orphans_are_exact(whole: dict[str, RecordInspection], small: Path) -> None:
    (reference,) = whole["job_applications"].references
    lost = asked(
        small,
        "jobs",
        "SELECT id, id_informasi_lowongan FROM lamars WHERE id_informasi_lowongan NOT IN (SELECT id_informasi_lowongan"
        " FROM informasi_lowongans WHERE verifikasi = '1' AND deleted_at IS NULL) ORDER BY id",
    )
    assert (reference.name, reference.target, reference.stopped) == ("posting_id", "job_postings", False)
    assert reference.orphans.rows == len(lost) > 0
    assert reference.orphaned_values == len({posting for _, posting in lost})
    assert len(reference.orphans.keys) == 5
    assert set(reference.orphans.keys) <= {str(key) for key, _ in lost}
    assert {each.name: each.orphans.rows for each in whole["complaints"].references} == {
        "category_code": 0,
        "area_code": 0,
    }


def test_no_value_is_shown(whole: dict[str, RecordInspection], alive: list[ComplaintCase]) -> None:
    said = str(object_of(list(whole.values()))) + "\n".join(
        line for found in whole.values() for line in lines_of(found)
    )
    cells = {str(case.legacy.pengaduan[at]) for case in alive for at in (2, 3, 4, 5, 8)} - {"", "-", "0", "None"}
    assert [cell for cell in cells if len(cell) > 5 and cell in said] == []


def test_reports_fit_a_terminal(whole: dict[str, RecordInspection]) -> None:
    lines = [line for found in whole.values() for line in lines_of(found)]
    assert max(map(len, lines)) <= 80
    assert "  requested_at sorts as id_pengaduan: proved over 3,845 rows" in lines
    assert summary_of(list(whole.values())) == "17 records: 1 ok, 16 dirty, 0 broken; 34,290 rows looked at"


# --- How it is walked -------------------------------------------------------------------------------------------------


def test_small_pages_find_the_same_one_at_a_time(small: Path, whole: dict[str, RecordInspection]) -> None:
    watched: dict[str, Watched] = {}
    found = inspected(urls_of(small), ("areas", "hospitals", "jobs"), watched, page_rows=97)
    assert object_of(list(found.values())) == object_of([whole[name] for name in found])
    assert {watching.most_running for name, watching in watched.items() if name in ("areas", "hospitals", "jobs")} == {
        1
    }
    assert max(watched["jobs"].pages) == 97


def test_a_slow_source_gets_smaller_pages(small: Path, whole: dict[str, RecordInspection]) -> None:
    slow = Watched(SqlConnector("sqlite://", LoadContract()), rows_in_time=400)
    found = inspected(urls_of(small), ("jobs",), {"jobs": slow})
    assert object_of(list(found.values())) == object_of([whole[name] for name in found])
    assert set(slow.pages) == {5_000 // 4 // 4}


def test_a_source_that_is_too_slow_is_broken(small: Path) -> None:
    slow = Watched(SqlConnector("sqlite://", LoadContract()), rows_in_time=50)
    found = inspected(urls_of(small), ("areas",), {"areas": slow})["areas"]
    assert (found.failure, found.broken) == ("no answer in time (interrupted)", True)


def test_it_stops_where_it_was_told(small: Path) -> None:
    found = inspected(urls_of(small), ("complaints",), rows_max=1_000, page_rows=300)["complaints"]
    assert (found.walked, found.stopped, found.rows) == (1_000, True, 3_911)
    assert field_of(found, "id").rows == 1_000
    assert "  stopped after 1,000 rows; --rows-max reads more" in lines_of(found)
    exact = inspected(urls_of(small), ("areas",), rows_max=118)["areas"]
    assert (exact.walked, exact.stopped) == (118, False)


@pytest.mark.parametrize("page_rows", [2, 3, 4, 5_000])
def test_rows_that_share_a_key_are_not_lost_between_pages(own: Path, page_rows: int) -> None:
    twice = "INSERT INTO m_kategori SELECT * FROM m_kategori WHERE kd_kategori IN ('K01', 'K02', 'K09')"
    changed(own, "complaints", twice)
    categories = inspected_categories(own, page_rows)
    assert categories.walked == categories.rows == 19
    assert {unique.name: (unique.repeated.rows, unique.repeated.keys) for unique in categories.uniques} == {
        "id": (3, ["K01", "K02", "K09"]),
        "code": (3, ["K01", "K02", "K09"]),
    }
    assert (categories.state, categories.unreached) == ("dirty", 0)


def inspected_categories(folder: Path, page_rows: int) -> RecordInspection:
    """One record alone: pages of two rows would be many for the others."""
    changed(folder, "complaints", "DELETE FROM tbl_tanggapan", "DELETE FROM tbl_pengaduan WHERE id_pengaduan > 9")
    return inspected(urls_of(folder), ("complaints",), page_rows=page_rows)["complaint_categories"]


def test_rows_that_share_a_key_with_more_than_a_page_are_said_to_be_missed(own: Path) -> None:
    many = ", ".join(["('K01', 'x', 'x')"] * 8)
    changed(own, "complaints", f"INSERT INTO m_kategori VALUES {many}")
    found = inspected_categories(own, 4)
    assert (found.rows, found.walked, found.unreached) == (24, 19, 5)
    assert "  5 rows not reached: the key is shared by too many, or they came meanwhile" in lines_of(found)


# --- Which indexes are missing ----------------------------------------------------------------------------------------


def test_a_missing_index_is_named(own: Path) -> None:
    changed(own, "licenses", "DROP INDEX dp_izin_2")
    found = inspected(urls_of(own), ("licenses",), advised_rows_min=1_000)
    licenses = found["licenses"]
    assert (licenses.broken, found["license_types"].indexes) == (False, IndexAdvice())
    text = " ".join(line.strip() for line in lines_of(licenses))
    assert (
        "missing index: CREATE INDEX idx_dp_izin_izin_tglberakhir ON dp_izin (izin_tglberakhir, izin_id);"
        " for: filter by valid_until, order within a range by valid_until"
    ) in text
    assert "no index on columns serves: filter by a part of number, filter by a part of type_code," in text
    machine = object_of([licenses])["records"][0]["indexes"]
    assert machine["failure"] is None
    assert machine["missing"][1] == {
        "table": "dp_izin",
        "columns": ["izin_tglberakhir", "izin_id"],
        "statement": "CREATE INDEX idx_dp_izin_izin_tglberakhir ON dp_izin (izin_tglberakhir, izin_id)",
        "uses": ["filter by valid_until", "order within a range by valid_until"],
    }
    assert machine["unserved"][-1] == {
        "field": "valid_until",
        "uses": ["order without a range by"],
        "compared": "an expression over izin_tglberakhir",
    }


def test_nothing_is_advised_for_records_of_few_rows(whole: dict[str, RecordInspection]) -> None:
    assert max(found.rows or 0 for found in whole.values()) < ROWS_MIN
    assert {found.indexes for found in whole.values()} == {IndexAdvice()}


def test_a_source_that_does_not_tell_its_indexes_is_not_broken(small: Path) -> None:
    class Silent(Watched):
        async def indexes_of(self, mapping: Mapping) -> Indexes:
            raise SourceBroken("42501")

    silent = {"areas": Silent(SqlConnector("sqlite://", LoadContract()))}
    found = inspected(urls_of(small), ("areas",), dict[str, Watched](silent), advised_rows_min=1)["areas"]
    assert (found.broken, found.indexes) == (False, IndexAdvice())
    assert "  indexes not looked at: refused (42501)" in lines_of(found)


# --- What is broken ---------------------------------------------------------------------------------------------------


def test_a_dropped_column(own: Path) -> None:
    changed(own, "complaints", "ALTER TABLE tbl_pengaduan DROP COLUMN isi_laporan")
    found = inspected(urls_of(own), ("complaints",))
    complaints = found["complaints"]
    assert (complaints.missing, complaints.broken, complaints.walked) == (["description"], True, 3_911)
    assert "description" not in {tally.name for tally in complaints.fields}
    assert not found["complaint_status_changes"].broken


def test_a_table_that_is_gone(own: Path) -> None:
    changed(own, "areas", "DROP TABLE m_wilayah")
    found = inspected(urls_of(own), ("areas",))["areas"]
    assert (len(found.missing), found.walked, found.failure, found.broken) == (8, 0, "", True)


@pytest.mark.parametrize(
    ("source", "record", "table", "column", "value", "seen"),
    [
        ("areas", "areas", "m_wilayah", "kd_pos", "CAST(kd_pos AS INTEGER)", ("kd_pos", "text", "number")),
        ("areas", "areas", "m_wilayah", "id_wilayah", "CAST(id_wilayah AS TEXT)", ("id_wilayah", "number", "text")),
        ("hospitals", "practitioner_schedules", "jadwal", "kuota", "CAST(kuota AS TEXT)", ("kuota", "number", "text")),
        ("complaints", "complaint_status_changes", "tbl_tanggapan", "stts", "CAST(id_petugas AS INTEGER)",
         ("stts", "text", "number")),
    ],
    ids=["table to number", "table to text", "select to text", "select to number"],
)  # fmt: skip
def test_a_changed_type(
    own: Path, source: str, record: str, table: str, column: str, value: str, seen: tuple[str, str, str]
) -> None:
    names = [row[1] for row in asked(own, source, f"PRAGMA table_info({table})")]
    columns = ", ".join(f"{value} AS {name}" if name == column else name for name in names)
    changed(
        own, source, f"CREATE TABLE baru AS SELECT {columns} FROM {table}", f"DROP TABLE {table}",
        f"ALTER TABLE baru RENAME TO {table}",
    )  # fmt: skip
    found = inspected(urls_of(own), (source,))[record]
    assert [(change.column, change.declared, change.found) for change in found.changed] == [seen]
    assert found.broken
    assert f"  BROKEN: {seen[0]} is a {seen[2]} in the source, the mapping says {seen[1]}" in lines_of(found)


def test_an_order_that_is_disproved(own: Path) -> None:
    changed(
        own, "complaints", "UPDATE tbl_pengaduan SET tgl_pengaduan = '01-01-2020 00:00', hapus = 'T' WHERE"
        " id_pengaduan IN (700, 1500)",
    )  # fmt: skip
    found = inspected(urls_of(own), ("complaints",), page_rows=700)
    (order,) = found["complaints"].orders
    assert (order.backwards.rows, order.backwards.keys) == (2, ["700", "1500"])
    assert found["complaints"].broken
    assert found["complaint_status_changes"].orders[0].backwards.rows == 0
    said = " ".join(line.strip() for line in lines_of(found["complaints"]))
    assert (
        f"BROKEN: requested_at does not sort as id_pengaduan: 2 rows of {order.rows:,} go backwards (id 700, 1500)"
        in said
    )


def test_orphans_across_sources(own: Path, alive: list[ComplaintCase]) -> None:
    code, count = Counter(case.truth.area_code for case in alive if case.truth.area_code).most_common(1)[0]
    changed(
        own, "areas", f"UPDATE m_wilayah SET hapus = 'Y' WHERE replace(kd_wilayah, '.', '') = '{code.replace('.', '')}'"
    )
    found = inspected(urls_of(own), ("complaints",))["complaints"]
    (reference,) = (each for each in found.references if each.name == "area_code")
    assert (reference.orphans.rows, reference.orphaned_values) == (count, 1)
    assert reference.orphans.keys == [case.truth.id for case in alive if case.truth.area_code == code][:5]
    assert found.dirty
    assert not found.broken


def test_a_source_that_is_away_is_asked_once_and_stops_nobody(own: Path) -> None:
    (own / "areas.db").unlink()
    (own / "complaints.db").unlink()
    watched: dict[str, Watched] = {}
    found = inspected(urls_of(own), ("areas", "complaints", "hospitals"), watched)
    assert {name: each.broken for name, each in found.items()} == {
        "areas": True,
        "complaint_categories": True,
        "complaints": True,
        "complaint_handlings": True,
        "complaint_status_changes": True,
        "hospitals": False,
        "bed_availability": False,
        "practitioner_schedules": False,
    }
    assert found["complaints"].failure == "cannot be reached (FileNotFoundError)"
    # What was not reached is tried once more, and then no more.
    assert (watched["complaints"].probes, watched["hospitals"].probes) == (2, 3)
    assert [each.failure for each in found["hospitals"].references] == ["cannot be reached (FileNotFoundError)"]


# --- The other engines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_servers_find_the_same(engine: str, request: pytest.FixtureRequest, whole: dict[str, RecordInspection]) -> None:
    fixture, lent = {
        "postgresql": ("postgres_server", servers.postgres_database),
        "mariadb": ("mariadb_server", servers.mariadb_database),
    }[engine]
    with lent(request.getfixturevalue(fixture)) as url:
        write_city("small", url)
        found = inspected(dict.fromkeys(NAMES, url))
    for name, each in found.items():
        (theirs,), (embedded,) = object_of([each])["records"], object_of([whole[name]])["records"]
        assert {**theirs, "zones": embedded["zones"]} == embedded
        # A server has a zone, and an embedded database has none.
        assert (bool(theirs["zones"]["server"]), embedded["zones"]["server"]) == (True, None)
    assert not any(each.broken for each in found.values())
