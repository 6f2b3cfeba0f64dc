"""Citizens come out of the register as they are, to nobody but themselves and the department, on each engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from models.citizens import Citizen
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.records import KEY
from models.sources.findings import Finding, FindingKind
from models.values.localized import Language
from models.values.types import FamilyCardNumber, Nik
from resolvers.records import Columns, Read
from sample.citizens import source as citizens
from sample.citizens.people import resident_number
from sample.citizens.source import CitizenCase, CitizenTruth
from sample.city import SIZES
from sample.complaints.source import ComplaintTruth
from schema.core.relay import GlobalId
from tests.graph.filters import plain
from tests.graph.harness import DPUPR, City, request_of

FIELDS = tuple(name for name in CitizenTruth._fields if name != KEY)
DISDUKCAPIL = Viewer(Role.OFFICER, subject="officer-2", department_code="disdukcapil")
SIZE = SIZES["small"]


def resident(nik: str) -> Viewer:
    return Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(nik))


@pytest.fixture(scope="module")
def register() -> list[CitizenCase]:
    return list(citizens.generate(SIZE))


@pytest.fixture(scope="module")
def entered(register: Sequence[CitizenCase]) -> list[CitizenTruth]:
    """The entries that the hub must give, in the order of their ids."""
    return [case.truth for case in register if case.alive]


@pytest.fixture(scope="module")
def known(entered: Sequence[CitizenTruth]) -> list[CitizenTruth]:
    """Those of them whom the register knows by a resident number of their own."""
    twice = set(citizens.duplicated(SIZE))
    return [truth for truth in entered if truth.national_id and truth.national_id not in twice]


# --- Through Records --------------------------------------------------------------------------------------------------


async def test_every_field_of_every_entry_is_the_truth_below_the_policy(
    city: City, entered: Sequence[CitizenTruth]
) -> None:
    request = request_of(DISDUKCAPIL, purpose=Purpose.SERVICE_DELIVERY)
    read = Read(Citizen, Columns(joined=frozenset((KEY, *FIELDS))), rows_max=10_000)
    batch = await city.records.read(request, read)
    columns = (batch.joining(name) for name in (KEY, *FIELDS))
    rows = [tuple(map(plain, row)) for row in zip(*columns, strict=True)]
    assert rows == [tuple(truth) for truth in entered]
    types = {type(value) for value in batch.joining("national_id")}
    assert types == {Nik, type(None)}
    assert {type(value) for value in batch.joining("family_card_number")} == {FamilyCardNumber, type(None)}


# --- Through the graph ------------------------------------------------------------------------------------------------


def shown(truth: CitizenTruth) -> dict[str, Any]:
    """What somebody sees of the own entry, without what stands in other sources."""
    return {
        "id": str(GlobalId("Citizen", truth.id)),
        "nationalId": truth.national_id,
        "fullName": truth.full_name,
        "sex": truth.sex,
        "birthDate": truth.birth_date.isoformat() if truth.birth_date else None,
        "birthPlace": truth.birth_place,
        "maritalStatus": truth.marital_status,
        "registrationStatus": truth.registration_status,
        "familyCardNumber": truth.family_card_number,
        "phone": truth.phone,
        "email": truth.email,
        "neighbourhood": truth.neighbourhood,
        "community": truth.community,
        "area": {"code": truth.area_code} if truth.area_code else None,
    }


MINE = """
{ me {
    id nationalId fullName sex birthDate birthPlace maritalStatus registrationStatus familyCardNumber phone email
    neighbourhood community area { code }
} }
"""


async def test_me_is_the_truth(city: City, known: Sequence[CitizenTruth]) -> None:
    for truth in known[:: len(known) // 60]:
        answer = await city(MINE, resident(str(truth.national_id)))
        assert answer.errors == []
        assert answer.data["me"] == shown(truth)


async def test_the_persona_finds_herself(city: City) -> None:
    answer = await city(MINE, resident(resident_number(0)))
    assert answer.errors == []
    assert None not in answer.data["me"].values()


async def test_labels_are_in_the_language_of_the_request(city: City, known: Sequence[CitizenTruth]) -> None:
    query = "{ me { sexLabel maritalStatusLabel registrationStatusLabel } }"
    truth = next(truth for truth in known if truth.sex == "FEMALE" and truth.marital_status == "WIDOWED")
    answer = await city(query, resident(str(truth.national_id)), language=Language.ID)
    assert answer.data["me"]["sexLabel"] == "Perempuan"
    assert answer.data["me"]["maritalStatusLabel"] == "Cerai mati"
    answer = await city(query, resident(str(truth.national_id)), language=Language.EN)
    assert answer.data["me"]["maritalStatusLabel"] == "Widowed"


async def test_my_complaints_are_all_of_mine_and_nobody_elses(
    city: City, known: Sequence[CitizenTruth], alive: list[ComplaintTruth]
) -> None:
    query = "{ me { complaints(first: 100) { totalCount nodes { ticketNumber } } } }"
    reported = {truth.reporter_nik for truth in alive}
    reporters = [truth for truth in known if truth.national_id in reported][:20]
    confidential = 0
    for truth in reporters:
        own = [one for one in alive if one.reporter_nik == truth.national_id]
        confidential += sum(one.publication in ("CONFIDENTIAL", "UNKNOWN") for one in own)
        answer = await city(query, resident(str(truth.national_id)))
        assert answer.errors == []
        assert answer.data["me"]["complaints"] == {
            "totalCount": len(own), "nodes": [{"ticketNumber": one.ticket_number} for one in own][:100],
        }  # fmt: skip
    assert confidential


async def test_me_with_everything_is_a_constant_number_of_statements(city: City, known: Sequence[CitizenTruth]) -> None:
    query = """
    { me { fullName provenance { department { code } freshness } area { name parent { name } }
           complaints(first: 5) { totalCount nodes { ticketNumber category { name } } } } }
    """
    expected = {"citizens": 1, "areas": 2, "complaints": 2}
    answer = await city(query, resident(resident_number(0)))
    assert answer.errors == []
    assert answer.statements == expected
    assert answer.data["me"]["provenance"] == {"department": {"code": "disdukcapil"}, "freshness": "FRESH"}


@pytest.mark.parametrize("viewer", [ANONYMOUS, *(Viewer(role) for role in Role if role is not Role.ANONYMOUS)])
async def test_who_has_no_resident_number_is_nobody(city: City, viewer: Viewer) -> None:
    answer = await city("{ me { id } }", viewer)
    assert (answer.data, answer.errors, answer.statements) == ({"me": None}, [], {})


async def test_who_is_not_in_the_register_is_nobody(city: City, register: Sequence[CitizenCase]) -> None:
    stranger = resident_number(SIZE.citizens)
    ruined = next(resident_number(case.number) for case in register if case.alive and case.truth.national_id is None)
    for nik in (stranger, ruined):
        answer = await city("{ me { id } }", resident(nik))
        assert (answer.data, answer.errors) == ({"me": None}, [])


async def test_a_number_that_two_entries_claim_is_nobodys(city: City) -> None:
    for nik in citizens.duplicated(SIZE)[:3]:
        answer = await city("{ me { fullName } }", resident(nik))
        assert answer.data == {"me": None}
        assert answer.codes == [("DATA_QUALITY", "me")]
        assert nik not in answer.errors[0].text


async def test_joins_by_a_number_find_one_person_or_none(city: City, entered: Sequence[CitizenTruth]) -> None:
    twice = citizens.duplicated(SIZE)
    by_nik = {truth.national_id: truth.id for truth in entered if truth.national_id not in (None, *twice)}
    keys: list[object] = [Nik(resident_number(number)) for number in range(0, SIZE.citizens + 100, 7)]
    keys += [Nik(nik) for nik in twice] + [None]
    before = len(city.findings)
    request = request_of(DISDUKCAPIL, purpose=Purpose.SERVICE_DELIVERY)
    ones = await city.relations.one(request, Citizen, "national_id", keys, Columns(shown=frozenset({KEY})))
    assert ones.batch is not None
    found = [ones.batch.column(KEY)[row] for row in ones.rows if row is not None]
    assert found == [by_nik[key] for key in keys if key in by_nik]
    assert Finding("citizens", "citizens", "national_id", FindingKind.DUPLICATE_KEY, len(twice)) in [
        finding for finding in city.findings[before:] if finding.kind is FindingKind.DUPLICATE_KEY
    ]


# --- Who may see what -------------------------------------------------------------------------------------------------

NODE = "query ($id: ID!) { node(id: $id) { ... on Citizen { nationalId fullName } } }"


async def test_nobody_else_reads_an_entry(city: City, known: Sequence[CitizenTruth]) -> None:
    somebody, other = known[3], known[4]
    given = {"id": str(GlobalId("Citizen", somebody.id))}
    seen = {"nationalId": somebody.national_id, "fullName": somebody.full_name}
    assert (await city(NODE, resident(str(somebody.national_id)), given)).data == {"node": seen}
    assert (await city(NODE, resident(str(other.national_id)), given)).data == {"node": None}
    assert (await city(NODE, DISDUKCAPIL, given, purpose=Purpose.SERVICE_DELIVERY)).data == {"node": seen}
    for viewer, purpose in (
        (DISDUKCAPIL, None), (DPUPR, Purpose.SERVICE_DELIVERY), (ANONYMOUS, Purpose.SERVICE_DELIVERY),
        (Viewer(Role.ANALYST), Purpose.SERVICE_DELIVERY), (Viewer(Role.CITIZEN), None),
    ):  # fmt: skip
        answer = await city(NODE, viewer, given, purpose=purpose)
        assert (answer.data, answer.codes, answer.statements) == ({"node": None}, [("FORBIDDEN", "node")], {})


async def test_nobody_learns_who_reported_an_anonymous_complaint(
    city: City, known: Sequence[CitizenTruth], alive: list[ComplaintTruth]
) -> None:
    keys = {truth.national_id: truth.id for truth in known}
    anonymous = next(one for one in alive if one.publication == "ANONYMOUS" and one.reporter_nik in keys)
    query = "query ($id: ID!) { node(id: $id) { ... on Citizen { complaints { totalCount nodes { id } } } } }"
    given = {"id": str(GlobalId("Citizen", keys[anonymous.reporter_nik]))}
    answer = await city(query, DISDUKCAPIL, given, purpose=Purpose.SERVICE_DELIVERY)
    assert answer.data["node"]["complaints"] in (None, {"totalCount": 0, "nodes": []})


async def test_entries_that_were_a_mistake_do_not_exist(city: City, register: Sequence[CitizenCase]) -> None:
    dead = [case.truth for case in register if not case.alive]
    assert len(dead) == 16
    ids = [str(GlobalId("Citizen", truth.id)) for truth in dead]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await city(query, DISDUKCAPIL, ids=ids, purpose=Purpose.SERVICE_DELIVERY)
    assert (answer.data, answer.errors) == ({"nodes": [None] * 16}, [])


async def test_reading_oneself_is_noted_without_a_value(city: City) -> None:
    answer = await city("{ me { nationalId fullName } }", resident(resident_number(0)))
    assert [(entry.record, entry.fields, entry.rows) for entry in answer.request.ledger.entries] == [
        ("citizens", ("full_name", "national_id"), 1)
    ]
