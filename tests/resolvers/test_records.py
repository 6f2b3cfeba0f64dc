"""The one function that every read goes through: policy before it, masks behind it, and what a source has lost."""

from __future__ import annotations

import pytest

from connectors.criteria import Order
from models.areas import Area
from models.complaints import Complaint, Publication, StatusChange
from models.errors import DataQuality, Forbidden, NotConnected
from models.policy.masks import masked_text
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.predicates import NOTHING, Compare, Operator, is_in
from models.records import KEY
from models.sources.findings import Finding, FindingKind
from models.values.types import Nik
from resolvers.records import Columns, Read
from sample.complaints.source import ComplaintTruth
from tests.graph.cities import Own
from tests.graph.harness import DPUPR, City, Urls, opened, request_of

TEXTS = Columns(shown=frozenset({KEY, "description", "address"}))


def published(alive: list[ComplaintTruth]) -> list[ComplaintTruth]:
    return [truth for truth in alive if truth.publication in ("PUBLIC", "ANONYMOUS")]


def masked(text: str | None) -> str | None:
    return masked_text(text) if text is not None else None


# --- Policy -----------------------------------------------------------------------------------------------------------


async def test_an_officer_with_a_purpose_reads_what_the_own_department_handles(
    city: City, alive: list[ComplaintTruth]
) -> None:
    request = request_of(DPUPR, purpose=Purpose.COMPLAINT_HANDLING)
    batch = await city.records.read(request, Read(Complaint, TEXTS, rows_max=10_000))
    seen = [truth for truth in alive if truth in published(alive) or truth.department_code == "dpupr"]
    assert batch.column("description") == [
        truth.description if truth.department_code == "dpupr" else masked(truth.description) for truth in seen
    ]
    changed = [truth for truth in seen if masked(truth.description) != truth.description]
    assert {truth.department_code == "dpupr" for truth in changed} == {True, False}
    assert "department_code" not in batch.errors


@pytest.mark.parametrize("viewer", [DPUPR, Viewer(Role.CITIZEN), Viewer(Role.OFFICER)], ids=str)
async def test_without_a_purpose_everything_is_masked(city: City, alive: list[ComplaintTruth], viewer: Viewer) -> None:
    public = published(alive)
    read = Read(
        Complaint, TEXTS, where=is_in("publication", Publication.PUBLIC, Publication.ANONYMOUS), rows_max=10_000
    )
    batch = await city.records.read(request_of(viewer), read)
    assert list(batch.column("description")) == [masked(truth.description) for truth in public]
    assert sum(truth.description != masked(truth.description) for truth in public) > 50


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.DEVELOPER, Role.ANALYST, Role.OPERATOR])
async def test_a_denied_column_carries_its_error_and_the_others_come(
    city: City, alive: list[ComplaintTruth], role: Role
) -> None:
    shown = Columns(shown=frozenset({KEY, "ticket_number", "description", "address", "reporter_nik"}))
    request = request_of(Viewer(role), purpose=Purpose.COMPLAINT_HANDLING)
    batch = await city.records.read(request, Read(Complaint, shown, rows_max=3))
    assert list(batch.column("ticket_number")) == [truth.ticket_number for truth in published(alive)[:3]]
    assert {name: type(error) for name, error in batch.errors.items()} == {
        "description": Forbidden, "address": Forbidden, "reporter_nik": Forbidden,
    }  # fmt: skip
    assert set(batch.columns) == {KEY, "ticket_number"}
    for name in ("description", "address", "reporter_nik"):
        with pytest.raises(Forbidden):
            batch.column(name)
    assert request.ledger.entries == []
    assert not any(" t.isi_laporan" in text or " t.nik" in text for _, text in city.statements[-1:])


async def test_a_column_that_joins_is_read_and_not_shown(city: City, alive: list[ComplaintTruth]) -> None:
    columns = Columns(shown=frozenset({KEY, "reporter_nik"}), joined=frozenset({"reporter_nik"}))
    batch = await city.records.read(request_of(), Read(Complaint, columns, rows_max=5))
    assert list(batch.joining("reporter_nik")) == [truth.reporter_nik for truth in published(alive)[:5]]
    with pytest.raises(Forbidden):
        batch.column("reporter_nik")


@pytest.mark.parametrize(
    "read",
    [
        Read(Complaint, where=Compare("description", Operator.CONTAINS, ("x",))),
        Read(Complaint, where=is_in("reporter_nik", Nik("3671110101909001"))),
        Read(Complaint, order=(Order("address"),)),
    ],
)
async def test_what_may_not_be_shown_may_not_be_compared(city: City, read: Read) -> None:
    before = len(city.statements)
    for ask in (city.records.read, city.records.count):
        if ask == city.records.count and read.order:
            continue
        with pytest.raises(Forbidden):
            await ask(request_of(DPUPR, purpose=Purpose.COMPLAINT_HANDLING), read)
    assert len(city.statements) == before


async def test_a_key_that_the_graph_adds_is_no_comparison_of_the_viewer(
    city: City, alive: list[ComplaintTruth]
) -> None:
    truth = next(truth for truth in published(alive) if truth.reporter_nik)
    given = is_in("reporter_nik", Nik(truth.reporter_nik or ""))
    batch = await city.records.read(request_of(), Read(Complaint, Columns(frozenset({KEY})), given=given, rows_max=100))
    assert list(batch.column(KEY)) == [one.id for one in published(alive) if one.reporter_nik == truth.reporter_nik]


async def test_nothing_is_asked_where_nothing_can_be(city: City) -> None:
    before = len(city.statements)
    batch = await city.records.read(request_of(), Read(Complaint, TEXTS, where=NOTHING, rows_max=5))
    assert (batch.length, await city.records.count(request_of(), Read(Complaint, where=NOTHING))) == (0, [0])
    assert len(city.statements) == before


# --- The ledger -------------------------------------------------------------------------------------------------------


async def test_personal_fields_that_were_shown_are_noted(city: City) -> None:
    request = request_of(DPUPR)
    await city.records.read(request, Read(Complaint, TEXTS, rows_max=7))
    await city.records.read(request, Read(StatusChange, Columns(shown=frozenset({KEY, "note"})), rows_max=4))
    await city.records.read(request, Read(Complaint, Columns(shown=frozenset({KEY, "status"})), rows_max=7))
    await city.records.read(request, Read(Complaint, Columns(joined=frozenset({"description"})), rows_max=7))
    nobody = is_in("ticket_number", "none")
    await city.records.read(request, Read(Complaint, TEXTS, where=nobody, rows_max=7))
    assert [(entry.record, entry.fields, entry.rows) for entry in request.ledger.entries] == [
        ("complaints", ("address", "description"), 7),
        ("complaint_status_changes", ("note",), 4),
    ]


# --- What a city has not connected, and what a source has lost --------------------------------------------------------


async def test_a_subject_without_a_source_is_not_connected(small_urls: Urls) -> None:
    async with opened({"areas": small_urls["areas"]}) as poor:
        with pytest.raises(NotConnected) as caught:
            await poor.records.read(request_of(), Read(Complaint, TEXTS))
        assert str(caught.value) == "This city has not connected complaints."
        answer = await poor('{ area(code: "36.71.05") { name complaints { totalCount } } complaints { nodes { id } } }')
        assert answer.data == {"area": {"name": "Cipondoh", "complaints": {"totalCount": None}}, "complaints": None}
        assert sorted(answer.codes) == [("NOT_CONNECTED", "complaints"), ("NOT_CONNECTED", "totalCount")]


QUERY = """
{ complaints(first: 3) { totalCount nodes { ticketNumber requestedAt channel position { latitude }
    category { name } area { name } history(first: 1) { nodes { statusDetail } } } }
  areas(first: 2) { nodes { name } } }
"""


@pytest.mark.parametrize(
    ("column", "field", "null"),
    [
        ("tgl_pengaduan", "requestedAt", None),
        ("no_tiket", "ticketNumber", None),
        ("lng", "position", None),
        ("kd_desa", "area", None),
    ],
)
async def test_a_lost_column_fails_only_the_fields_that_read_it(
    broken: Own, column: str, field: str, null: None
) -> None:
    whole = await broken.city(QUERY)
    assert whole.errors == []
    await drop(broken, column)
    answer = await broken.city(QUERY)
    assert set(answer.codes) == {("DATA_QUALITY", field)}
    assert [error.path for error in answer.errors] == [("complaints", "nodes", row, field) for row in range(3)]
    expected = [{**node, field: null} for node in whole.data["complaints"]["nodes"]]
    assert answer.data["complaints"]["nodes"] == expected
    assert answer.data["complaints"]["totalCount"] == whole.data["complaints"]["totalCount"]
    assert answer.data["areas"] == whole.data["areas"]
    name = {"requestedAt": "requested_at", "ticketNumber": "ticket_number", "area": "area_code"}.get(field, field)
    assert Finding("complaints", "complaints", name, FindingKind.MISSING_COLUMN, 1) in broken.city.findings
    again = await broken.city(QUERY)
    assert (again.data, set(again.codes)) == (answer.data, {("DATA_QUALITY", field)})
    assert again.statements == {**whole.statements, "areas": 1 if field == "area" else 2}


async def drop(broken: Own, column: str) -> None:
    """Drop a column of complaints; SQLite first wants its indexes gone."""
    if broken.engine == "sqlite":
        indexes = await broken.complaints.rows(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'tbl_pengaduan'"
        )
        for (name,) in indexes:
            await broken.complaints(f"DROP INDEX {name}")
    await broken.complaints(f"ALTER TABLE tbl_pengaduan DROP COLUMN {column}")


async def test_a_lost_column_cannot_be_filtered_or_sorted_by(broken: Own) -> None:
    await drop(broken, "tgl_pengaduan")
    await broken.city("{ complaints { nodes { requestedAt } } }")
    answers = [
        await broken.city("{ complaints(filter: {requestedAt: {isNull: true}}) { nodes { id } } }"),
        await broken.city("{ complaints(orderBy: [{requestedAt: ASC}]) { nodes { id } } }"),
    ]
    assert [answer.codes for answer in answers] == [[("NOT_SUPPORTED", "complaints")]] * 2


async def test_without_what_decides_who_may_see_nothing_is_shown(broken: Own) -> None:
    await drop(broken, "publikasi")
    answer = await broken.city(
        "{ complaints { totalCount nodes { ticketNumber } } areas(first: 1) { nodes { code } } }", DPUPR
    )
    assert answer.data["complaints"] is None
    assert answer.codes == [("DATA_QUALITY", "complaints")]
    assert len(answer.data["areas"]["nodes"]) == 1


@pytest.mark.parametrize("column", ["hapus", "id_pengaduan"])
async def test_without_key_or_life_nothing_is_shown(broken: Own, column: str) -> None:
    if column == "id_pengaduan":
        await broken.complaints("ALTER TABLE tbl_pengaduan RENAME COLUMN id_pengaduan TO nomor")
    else:
        await drop(broken, column)
    for _ in range(2):
        answer = await broken.city(
            "{ complaints { nodes { ticketNumber } } complaintCategories(first: 1) { nodes { code } } }"
        )
        assert answer.data["complaints"] is None
        assert answer.codes == [("DATA_QUALITY", "complaints")]
        assert len(answer.data["complaintCategories"]["nodes"]) == 1
    with pytest.raises(DataQuality):
        await broken.city.records.read(request_of(), Read(Complaint, TEXTS))


async def test_a_lost_table_fails_its_subject_alone(broken: Own) -> None:
    await broken.complaints("DROP TABLE tbl_tanggapan")
    answer = await broken.city("{ complaints(first: 2) { nodes { ticketNumber history { nodes { id } } } } }")
    assert answer.codes == [("DATA_QUALITY", "history")] * 2
    assert [node["history"] for node in answer.data["complaints"]["nodes"]] == [None, None]
    assert all(node["ticketNumber"] for node in answer.data["complaints"]["nodes"])


async def test_rows_of_other_subjects_are_read_by_anyone(city: City) -> None:
    batch = await city.records.read(request_of(ANONYMOUS), Read(Area, Columns(frozenset({"code"})), rows_max=200))
    assert batch.length == 118
    assert await city.records.count(request_of(ANONYMOUS), Read(Area)) == [118]
