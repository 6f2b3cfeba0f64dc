"""Prepared reads: the same decisions as without them, for everybody, and nothing of it once a source has changed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.catalog import Binding, Way
from connectors.criteria import Order
from models.areas import Area
from models.complaints import Complaint
from models.errors import DataQuality, Forbidden, NotSupported
from models.policy import decisions
from models.policy.decisions import PERSONS
from models.policy.viewer import Purpose, Role, Viewer
from models.predicates import NOTHING, Compare, Operator, is_in
from models.records import KEY, PersonalClass, Record
from models.request import Request
from models.values.types import Nik
from resolvers import prepared
from resolvers.prepared import OWNER, PreparedReads
from resolvers.reads import Columns, Read
from resolvers.records import Records
from sample.citizens.people import resident_number
from tests.graph.harness import DPUPR, City, request_of

TICKETS = Read(Complaint, Columns(shown=frozenset({KEY, "ticket_number"})), rows_max=3)
RESIDENTS = [Viewer(Role.CITIZEN, nik=Nik(resident_number(number))) for number in range(3)]
EVERYBODY = [
    *RESIDENTS,
    Viewer(Role.CITIZEN),
    *(Viewer(Role.OFFICER, department_code=code) for code in ("dpupr", "disdukcapil", "dlh", None)),
    *(Viewer(role) for role in Role if role not in (Role.CITIZEN, Role.OFFICER)),
]


@pytest.fixture(autouse=True)
def cold(city: City) -> None:
    city.records.prepared_reads.clear()


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The records that policy was asked about anew."""
    asked: list[str] = []
    decide = Records.decide

    def noting(self: Records, request: Request, *about: object) -> object:
        asked.append(request.viewer.role.value)
        return decide(self, request, *about)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(Records, "decide", noting)
    return asked


def reads_of(record: type[Record]) -> Iterator[Read]:
    """Everything of a record, with its relations, and the same from a person, filtered, sorted and unlocked."""
    ones = {name: Columns(frozenset({KEY})) for name, relation in record.relations.items() if not relation.many}
    everything = Read(record, Columns(frozenset(record.fields), ones=ones))
    yield everything
    yield replace(everything, columns=Columns(frozenset({KEY})))
    yield replace(everything, via=PERSONS)
    dearest = max(record.fields.values(), key=lambda field: list(PersonalClass).index(field.personal))
    yield replace(everything, where=Compare(dearest.name, Operator.IS_NULL, ()))
    yield replace(everything, order=(Order(dearest.name),))
    yield replace(everything, unlocks=True)


async def test_it_decides_as_policy_does(city: City, everything: bool) -> None:
    """Asked warm: whoever came before has prepared it, which for a resident was another resident."""
    purposes = tuple(Purpose) if everything else (Purpose.COMPLAINT_HANDLING, Purpose.LEGAL_OBLIGATION)
    differing: list[tuple[str, Viewer, Purpose | None]] = []
    seen = allowed = 0
    for binding in city.catalog:
        for read in reads_of(binding.mapping.record):
            for viewer in EVERYBODY:
                for purpose in (None, *purposes):
                    request = request_of(viewer, purpose=purpose)
                    seen += 1
                    try:
                        plain: object = city.records.decide(request, binding, read)
                        allowed += 1
                    except Forbidden as error:
                        plain = str(error)
                    try:
                        found, _ = await city.records._prepared(request, binding, read)
                        made: object = found.decision
                    except (Forbidden, NotSupported, DataQuality) as error:
                        made = str(error) if isinstance(error, Forbidden) else plain
                    if made != plain:
                        differing.append((read.record.name, viewer, purpose))
    assert differing == []
    assert seen > 2_000
    assert allowed > 1_000


async def test_a_resident_gets_what_is_the_residents(city: City) -> None:
    """By one prepared read, each sees the own rows in full and none of the others'."""
    read = Read(Complaint, Columns(frozenset({KEY, "reporter_nik"})), rows_max=10_000)
    for viewer in RESIDENTS * 2:
        batch = await city.records.read(request_of(viewer), read)
        assert set(batch.column("reporter_nik")) <= {viewer.nik, None}
    assert len(city.records.prepared_reads) == 1


async def test_nothing_of_a_person_is_in_what_is_kept(city: City) -> None:
    for viewer in RESIDENTS:
        where = is_in("reporter_nik", viewer.nik)
        await city.records.read(request_of(viewer), replace(TICKETS, given=where))
        await city.records.read(request_of(viewer), replace(TICKETS, via=PERSONS))
    kept = repr(list(city.records.prepared_reads.items()))
    assert "CITIZEN" in kept
    assert OWNER in kept
    assert [viewer.nik for viewer in RESIDENTS if str(viewer.nik) in kept] == []


async def test_values_share_what_is_prepared(city: City, decided: list[str]) -> None:
    for number in range(4):
        for role in (Role.ANALYST, Role.AUDITOR):
            where = is_in("ticket_number", f"none-{number}")
            await city.records.read(request_of(Viewer(role)), replace(TICKETS, where=where))
    assert decided == ["analyst", "auditor"]


# --- What changes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def binding(city: City, monkeypatch: pytest.MonkeyPatch) -> Binding:
    """Where complaints are read, for which the source is not checked again."""
    found = city.catalog.binding(Complaint)
    assert found is not None
    later = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setitem(city.records.reader._recheck_at, ("complaints", found.place), later)
    return found


async def test_a_drift_is_seen_at_once(city: City, binding: Binding, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await city.records.read(request_of(), TICKETS)).errors == {}
    monkeypatch.setattr(binding, "missing", frozenset({"ticket_number"}))
    drifted = await city.records.read(request_of(), TICKETS)
    assert {name: type(error) for name, error in drifted.errors.items()} == {"ticket_number": DataQuality}
    monkeypatch.setattr(binding, "missing", frozenset({KEY}))
    with pytest.raises(DataQuality):
        await city.records.read(request_of(), TICKETS)


async def test_an_index_gate_is_seen_at_once(city: City, binding: Binding, monkeypatch: pytest.MonkeyPatch) -> None:
    read = replace(TICKETS, order=(Order("ticket_number"),))
    await city.records.read(request_of(), read)
    monkeypatch.setattr(binding, "scans", frozenset({("ticket_number", Way.ORDER)}))
    with pytest.raises(NotSupported):
        await city.records.read(request_of(), read)


async def test_a_gate_holds_for_what_the_graph_adds(
    city: City, binding: Binding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the same read without it was prepared before."""
    monkeypatch.setattr(binding, "scans", frozenset({("ticket_number", Operator.IN)}))
    await city.records.read(request_of(), TICKETS)
    with pytest.raises(NotSupported):
        await city.records.read(request_of(), replace(TICKETS, given=is_in("ticket_number", "none")))


async def test_a_capability_is_seen_at_once(city: City, binding: Binding, monkeypatch: pytest.MonkeyPatch) -> None:
    read = replace(TICKETS, where=is_in("ticket_number", "none"))
    await city.records.read(request_of(), read)
    fewer = replace(binding.connector.capabilities, operators=frozenset({Operator.GT}))
    monkeypatch.setattr(binding.connector, "capabilities", fewer)
    with pytest.raises(NotSupported):
        await city.records.read(request_of(), read)


async def test_what_a_joined_record_lost_is_seen_at_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Columns(frozenset({"name"}))
    read = replace(TICKETS, columns=Columns(frozenset({KEY, "category_code"}), ones={"category": names}))
    assert "category" in (await city.records.read(request_of(), read)).joined
    monkeypatch.setattr(city.catalog.named("complaint_categories"), "missing", frozenset({"name"}))
    assert (await city.records.read(request_of(), read)).joined == {}


async def test_another_catalogue_is_prepared_for_anew(
    city: City, decided: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.records.read(request_of(), TICKETS)
    await city.records.read(request_of(), TICKETS)
    assert len(decided) == 1
    areas = city.catalog.binding(Area)
    assert areas is not None
    monkeypatch.setattr(city.catalog, "_copies", {})
    city.catalog.keep(areas)
    await city.records.read(request_of(), TICKETS)
    assert len(decided) == 2


async def test_errors_belong_to_one_request(city: City) -> None:
    read = replace(TICKETS, columns=Columns(frozenset({KEY, "description"})))
    analyst = request_of(Viewer(Role.ANALYST))
    one, other = [await city.records.read(analyst, read) for _ in range(2)]
    assert str(one.errors["description"]) == str(other.errors["description"])
    assert one.errors["description"] is not other.errors["description"]


# --- Bounds -----------------------------------------------------------------------------------------------------------


async def prepare(city: City, number: int) -> None:
    """A read that nobody sent before, by a viewer whom nobody saw before; nothing is asked for it."""
    names = sorted(Complaint.fields)
    shown = frozenset(name for at, name in enumerate(names) if number >> at & 1)
    viewer = Viewer(Role.OFFICER, department_code=f"department {number}")
    read = Read(Complaint, Columns(shown), where=NOTHING)
    await city.records.read(request_of(viewer, purpose=Purpose.COMPLAINT_HANDLING), read)


async def test_it_is_bounded_by_number_and_bytes(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "PREPARED_MAX", 100)
    city.records.prepared_reads = PreparedReads()
    for number in range(1_000):
        await prepare(city, number)
    assert len(city.records.prepared_reads) == 100
    monkeypatch.setattr(prepared, "PREPARED_BYTES_MAX", 200_000)
    city.records.prepared_reads = PreparedReads()
    for number in range(1_000):
        await prepare(city, number)
    assert 20 < len(city.records.prepared_reads) < 70
    assert city.records.prepared_reads.currsize <= 200_000


@pytest.mark.slow
async def test_memory_is_flat_over_many_operations_and_viewers(city: City) -> None:
    counts = []
    for number in range(100_000):
        await prepare(city, number)
        if number % 25_000 == 24_999:
            gc.collect()
            counts.append(len(gc.get_objects()))
    assert len(city.records.prepared_reads) == prepared.PREPARED_MAX
    assert abs(counts[-1] - counts[1]) < counts[1] / 100


def test_the_class_of_a_viewer_holds_whatever_policy_looks_at() -> None:
    source = Path(decisions.__file__).read_text(encoding="utf-8")
    looked_at = {name for name in Viewer.__dataclass_fields__ if f"viewer.{name}" in source}
    assert looked_at == {"role", "department_code", "nik"}
    assert prepared.class_of(DPUPR) == Viewer(Role.OFFICER, department_code=DPUPR.department_code)
    assert {prepared.class_of(one) for one in RESIDENTS} == {Viewer(Role.CITIZEN, nik=OWNER)}
