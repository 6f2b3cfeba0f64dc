"""Admissions: applications on each engine for whom they concern, and the list of schools out of a copy of its file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest

from connectors.departments import schools as departments
from models.admissions import AdmissionApplication, School
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.records import PersonalClass
from models.sources.findings import FindingKind
from models.values.types import Nik, Nisn, Npsn
from resolvers.records import Columns, Read
from sample.admissions import schools
from sample.admissions.schools import SchoolTruth
from sample.admissions.source import ApplicationTruth, generate
from sample.citizens.people import resident_number
from sample.city import SIZES
from schema.build import SCHEMA
from schema.core.relay import GlobalId, global_id_of
from tests.graph.copies import copied
from tests.graph.filters import plain
from tests.graph.harness import City, Urls, opened, request_of

CASES = list(generate(SIZES["small"]))
APPLICATIONS = [case.truth for case in CASES if case.alive]
SCHOOLS = [case.truth for case in schools.cases(SIZES["small"])]
BY_NPSN = {truth.npsn: truth for truth in SCHOOLS}

RESIDENT = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(0)))
DINDIK = Viewer(Role.OFFICER, subject="officer-5", department_code="dindik")
ELSEWHERE = Viewer(Role.OFFICER, subject="officer-1", department_code="dpupr")
SERVICE = Purpose.SERVICE_DELIVERY

APPLICATION = """
  id registrationNumber pathway status verification submittedAt applicantNik pupilNumber pupilName birthDate
"""
SCHOOL = "id npsn name level ownership address area { code } position { latitude longitude } quota"


@pytest.fixture(scope="module")
def school_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    """A tiny city, and the whole list of schools as a reader of spreadsheets keeps it."""
    rows = [case.texts for case in schools.cases(SIZES["small"])]
    with copied(tmp_path_factory.mktemp("schools"), departments.SUBJECT, rows) as urls:
        yield urls


@pytest.fixture(scope="module")
async def office(small_urls: Urls, school_urls: Urls) -> AsyncIterator[City]:
    """The small city on each engine, with the list of schools beside it. Its tree of areas has been read."""
    async with opened({**small_urls, "schools": school_urls["schools"]}) as opening:
        await opening('{ area(code: "36.71") { schools { totalCount } } }')
        yield opening


@pytest.fixture(scope="module")
async def list_of_schools(school_urls: Urls) -> AsyncIterator[City]:
    async with opened(school_urls) as opening:
        await opening('{ area(code: "36.71") { schools { totalCount } } }')
        yield opening


def shown(truth: ApplicationTruth) -> dict[str, Any]:
    """An application as the graph writes it for whom it concerns."""
    at = truth.submitted_at
    return {
        "id": str(GlobalId("AdmissionApplication", truth.id)),
        "registrationNumber": truth.registration_number,
        "pathway": truth.pathway,
        "status": truth.status,
        "verification": truth.verification,
        "submittedAt": at and f"{at:%Y-%m-%dT%H:%M:%S}+07:00",
        "applicantNik": truth.applicant_nik,
        "pupilNumber": truth.pupil_number,
        "pupilName": truth.pupil_name,
        "birthDate": truth.birth_date and truth.birth_date.isoformat(),
    }


def shown_school(truth: SchoolTruth) -> dict[str, Any]:
    return {
        "id": str(GlobalId("School", truth.id)),
        "npsn": truth.npsn,
        "name": truth.name,
        "level": truth.level,
        "ownership": truth.ownership,
        "address": truth.address,
        "area": {"code": truth.area_code} if truth.area_code else None,
        "position": truth.position and {"latitude": truth.position[0], "longitude": truth.position[1]},
        "quota": truth.quota,
    }


def keys(nodes: Iterable[dict[str, Any]]) -> list[str]:
    return [global_id_of(node["id"]).key for node in nodes]


# --- Applications -----------------------------------------------------------------------------------------------------


async def test_applications_below_the_policy_are_the_truth(office: City) -> None:
    """As an officer of the department, the only one for whom all of them exist."""
    names = tuple(AdmissionApplication.fields)
    read = Read(AdmissionApplication, Columns(joined=frozenset(names)), rows_max=10_000)
    batch = await office.records.read(request_of(DINDIK, purpose=SERVICE), read)
    rows = list(zip(*(map(plain, batch.joining(name)) for name in names), strict=True))
    assert rows == [tuple(getattr(truth, name) for name in names) for truth in APPLICATIONS]
    kinds = {"applicant_nik": Nik, "pupil_number": Nisn, "school_npsn": Npsn}
    assert {name: {*map(type, batch.joining(name))} - {type(None)} for name in kinds} == {
        name: {kind} for name, kind in kinds.items()
    }


async def test_the_department_reads_every_application_once_it_says_what_for(office: City) -> None:
    query = f"""query ($after: String) {{ admissionApplications(first: 100, after: $after) {{
      totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {APPLICATION} school {{ npsn name }} }} }} }}"""
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await office(query, DINDIK, after=after, purpose=SERVICE)
        assert answer.errors == []
        assert answer.statements == {"admissions": 2, "schools": 1}
        page = answer.data["admissionApplications"]
        assert page["totalCount"] == len(APPLICATIONS)
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    found = [{name: value for name, value in node.items() if name != "school"} for node in nodes]
    assert found == [shown(truth) for truth in APPLICATIONS]
    for node, truth in zip(nodes, APPLICATIONS, strict=True):
        school = BY_NPSN.get(truth.school_npsn or "")
        assert node["school"] == (school and {"npsn": school.npsn, "name": school.name})
    gone = [truth for truth in APPLICATIONS if truth.school_npsn and truth.school_npsn not in BY_NPSN]
    assert len(gone) > 5


EVERY_DOOR = """
query ($id: ID!, $npsn: String!) {
  admissionApplication(id: $id) { id } node(id: $id) { id }
  admissionApplications(first: 100) { totalCount nodes { id } }
  school(npsn: $npsn) { applications { totalCount nodes { id } } }
}
"""
SOMEBODYS = next(truth for truth in APPLICATIONS if truth.school_npsn in BY_NPSN)
DOOR: dict[str, object] = {
    "id": str(GlobalId("AdmissionApplication", SOMEBODYS.id)),
    "npsn": SOMEBODYS.school_npsn,
}


@pytest.mark.parametrize(
    "viewer",
    [ANONYMOUS, Viewer(Role.DEVELOPER), Viewer(Role.ANALYST), Viewer(Role.OPERATOR), ELSEWHERE, DINDIK],
    ids=["anonymous", "developer", "analyst", "operator", "elsewhere", "without purpose"],
)
async def test_whom_applications_do_not_concern_is_refused_and_nothing_is_read(office: City, viewer: Viewer) -> None:
    purpose = Purpose.SERVICE_DELIVERY if viewer is ELSEWHERE else None
    answer = await office(EVERY_DOOR, viewer, DOOR, purpose=purpose)
    assert answer.data == {
        "admissionApplication": None,
        "node": None,
        "admissionApplications": None,
        "school": {"applications": None},
    }
    assert {code for code, _ in answer.codes} == {"FORBIDDEN"}
    assert answer.statements == {"schools": 1}
    told = {error.text for error in answer.errors}
    if viewer is DINDIK:
        wanted = "Say with the header Hub-Purpose what you read admission_applications for. Your role may state: "
        assert told == {f"{wanted}SERVICE_DELIVERY, LEGAL_OBLIGATION."}
    else:
        assert told == {f"Your role, {viewer.role.value}, may not read admission_applications."}


async def test_a_citizen_finds_no_application_of_another(office: City) -> None:
    another = Viewer(Role.CITIZEN, subject="citizen-2", nik=Nik("3671017012809999"))
    answer = await office(EVERY_DOOR, another, DOOR)
    assert answer.errors == []
    nothing = {"totalCount": 0, "nodes": []}
    assert answer.data == {
        "admissionApplication": None,
        "node": None,
        "admissionApplications": nothing,
        "school": {"applications": nothing},
    }


@pytest.mark.parametrize("viewer", [ANONYMOUS, Viewer(Role.ANALYST), ELSEWHERE])
async def test_nobody_asks_about_a_child(office: City, viewer: Viewer) -> None:
    truth = APPLICATIONS[0]
    answer = await office(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on AdmissionApplication { pupilName birthDate } } }",
        viewer, ids=[str(GlobalId("AdmissionApplication", truth.id))], purpose=SERVICE,
    )  # fmt: skip
    assert truth.pupil_name is not None
    assert truth.pupil_name not in str(answer)
    assert [one for one in answer.data["nodes"] or [] if one] == []


def test_what_a_form_says_of_a_child_is_specific_and_never_compared() -> None:
    personal = {name for name, field in AdmissionApplication.fields.items() if field.personal is PersonalClass.SPECIFIC}
    assert personal == {"applicant_nik", "pupil_number", "pupil_name", "birth_date"}
    types = SCHEMA._schema.type_map
    for name in ("AdmissionApplicationFilter", "AdmissionApplicationOrder"):
        offered = set(types[name].fields)  # type: ignore[attr-defined]  # an input type
        assert not {"applicantNik", "pupilNumber", "pupilName", "birthDate"} & offered


async def test_a_resident_sees_the_own_applications_and_nobody_elses(office: City) -> None:
    own = [truth for truth in APPLICATIONS if truth.applicant_nik == resident_number(0)]
    assert own
    query = f"""{{
      me {{ admissionApplications {{ totalCount nodes {{ {APPLICATION} applicant {{ nationalId }} }} }} }}
      admissionApplications(first: 100) {{ totalCount nodes {{ {APPLICATION} }} }}
    }}"""
    answer = await office(query, RESIDENT)
    assert answer.errors == []
    mine = answer.data["me"]["admissionApplications"]
    assert mine["totalCount"] == len(own)
    assert mine["nodes"] == [{**shown(truth), "applicant": {"nationalId": resident_number(0)}} for truth in own]
    assert answer.data["admissionApplications"] == {"totalCount": len(own), "nodes": [shown(truth) for truth in own]}


async def test_every_spelling_of_a_number_is_its_holders(office: City) -> None:
    """Somebody in the register whose number stands in the form with dots, dashes or blanks."""
    spelled = next(
        case.truth
        for case in CASES
        if case.alive
        and case.truth.applicant_nik not in (None, case.legacy[3])
        and case.truth.applicant_nik != resident_number(0)
    )
    viewer = Viewer(Role.CITIZEN, subject="citizen-3", nik=Nik(str(spelled.applicant_nik)))
    answer = await office("{ admissionApplications { nodes { id pupilName } } }", viewer)
    assert {"id": str(GlobalId("AdmissionApplication", spelled.id)), "pupilName": spelled.pupil_name} in (
        answer.data["admissionApplications"]["nodes"]
    )


async def test_an_officer_does_not_get_from_a_form_into_the_register(office: City) -> None:
    ids = [str(GlobalId("AdmissionApplication", truth.id)) for truth in APPLICATIONS if truth.applicant_nik][:20]
    answer = await office(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on AdmissionApplication { applicant { fullName } } } }",
        DINDIK, ids=ids, purpose=SERVICE,
    )  # fmt: skip
    assert {node["applicant"] and node["applicant"]["fullName"] for node in answer.data["nodes"]} == {None}


async def test_zoning_is_domicile_now(office: City) -> None:
    written = {case.truth.id: case.legacy[6] for case in CASES}
    answer = await office(
        "{ admissionApplications(first: 100, filter: {pathway: {eq: DOMICILE}}) { totalCount nodes { id } } }",
        DINDIK, purpose=SERVICE,
    )  # fmt: skip
    expected = [truth for truth in APPLICATIONS if truth.pathway == "DOMICILE"]
    assert answer.data["admissionApplications"]["totalCount"] == len(expected)
    assert {written[truth.id] for truth in expected} == {"ZONASI", "Zonasi", "DOMISILI", "Domisili"}
    assert keys(answer.data["admissionApplications"]["nodes"]) == [truth.id for truth in expected[:100]]


async def test_a_deleted_application_is_nowhere(office: City) -> None:
    dead = next(case.truth for case in CASES if not case.alive)
    answer = await office(
        "query ($id: ID!) { admissionApplication(id: $id) { id } }",
        DINDIK, id=str(GlobalId("AdmissionApplication", dead.id)), purpose=SERVICE,
    )  # fmt: skip
    assert answer.data == {"admissionApplication": None}


# --- Schools ----------------------------------------------------------------------------------------------------------


async def test_every_school_is_the_truth_for_everybody(list_of_schools: City) -> None:
    query = f"""query ($after: String) {{ schools(first: 100, after: $after) {{
      totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {SCHOOL} }} }} }}"""
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await list_of_schools(query, after=after)
        assert answer.errors == []
        assert answer.statements == {"schools": 2, "areas": 1}
        page = answer.data["schools"]
        assert page["totalCount"] == len(SCHOOLS)
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert nodes == [shown_school(truth) for truth in SCHOOLS]


async def test_what_the_sheet_lost_is_a_finding(list_of_schools: City) -> None:
    names = tuple(School.fields)
    list_of_schools.findings.clear()
    await list_of_schools.records.read(request_of(), Read(School, Columns(joined=frozenset(names)), rows_max=1_000))
    found = {(finding.field, finding.kind): finding.count for finding in list_of_schools.findings}
    assert set(found) == {
        ("level", FindingKind.UNKNOWN_CODE), ("ownership", FindingKind.UNKNOWN_CODE),
        ("area_code", FindingKind.UNDECODABLE), ("position", FindingKind.SWAPPED_COORDINATES),
        ("position", FindingKind.UNDECODABLE), ("quota", FindingKind.UNDECODABLE),
    }  # fmt: skip
    written = [case.cells[8] for case in schools.cases(SIZES["small"])]
    assert found["quota", FindingKind.UNDECODABLE] == written.count("320 siswa")


FILTERS: dict[str, tuple[str, Any]] = {
    "primary": ("level: {eq: PRIMARY}", lambda truth: truth.level == "PRIMARY"),
    "unknown level": ("level: {eq: UNKNOWN}", lambda truth: truth.level == "UNKNOWN"),
    "public": ("ownership: {eq: PUBLIC}", lambda truth: truth.ownership == "PUBLIC"),
    "large": ("quota: {gte: 200}", lambda truth: truth.quota is not None and truth.quota >= 200),
    "one quota": ("quota: {in: [28, 56]}", lambda truth: truth.quota in (28, 56)),
    "no quota": ("quota: {isNull: true}", lambda truth: truth.quota is None),
    "a name": ('name: {contains: "cempaka"}', lambda truth: "Cempaka" in truth.name),
    "a number": ('npsn: {eq: "99000007"}', lambda truth: truth.npsn == "99000007"),
    "no area": ("areaCode: {isNull: true}", lambda truth: truth.area_code is None),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_filters_of_schools_find_what_is_shown(list_of_schools: City, name: str) -> None:
    written, holds = FILTERS[name]
    answer = await list_of_schools(f"{{ schools(first: 100, filter: {{{written}}}) {{ totalCount nodes {{ id }} }} }}")
    assert answer.errors == []
    expected = [truth.id for truth in SCHOOLS if holds(truth)]
    assert 0 < len(expected) < len(SCHOOLS)
    assert answer.data["schools"]["totalCount"] == len(expected)
    assert keys(answer.data["schools"]["nodes"]) == expected[:100]


async def test_quotas_sort_as_numbers_although_they_are_texts(list_of_schools: City) -> None:
    answer = await list_of_schools(
        "{ schools(first: 100, orderBy: [{quota: DESC}, {npsn: ASC}]) { nodes { id quota } } }"
    )
    known = sorted((one for one in SCHOOLS if one.quota is not None), key=lambda one: (-(one.quota or 0), one.npsn))
    assert keys(answer.data["schools"]["nodes"]) == [truth.id for truth in known[:100]]


async def test_areas_have_the_schools_in_and_below_them(list_of_schools: City) -> None:
    answer = await list_of_schools("""
    { areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
        nodes { code schools(first: 3) { totalCount nodes { id } } } } }
    """)
    assert answer.errors == []
    assert answer.statements == {"areas": 1, "schools": 2}
    for node in answer.data["areas"]["nodes"]:
        own = [truth.id for truth in SCHOOLS if (truth.area_code or "").rpartition(".")[0] == node["code"]]
        assert node["schools"]["totalCount"] == len(own)
        assert keys(node["schools"]["nodes"]) == own[:3]


async def test_applications_of_schools_are_few_statements(office: City) -> None:
    query = "{ schools(first: 100) { nodes { npsn applications(first: 2) { totalCount nodes { id } } } } }"
    answer = await office(query, DINDIK, purpose=SERVICE)
    assert answer.errors == []
    assert answer.statements == {"schools": 1, "admissions": 2}
    for node in answer.data["schools"]["nodes"]:
        own = [truth.id for truth in APPLICATIONS if truth.school_npsn == node["npsn"]]
        assert node["applications"]["totalCount"] == len(own)
        assert keys(node["applications"]["nodes"]) == own[:2]


async def test_one_school_by_its_number(list_of_schools: City) -> None:
    query = f"query ($npsn: String!) {{ school(npsn: $npsn) {{ {SCHOOL} }} }}"
    assert (await list_of_schools(query, npsn="99000012")).data["school"] == shown_school(BY_NPSN["99000012"])
    for none in ("99999999", "9900001", "9900001x", ""):
        assert (await list_of_schools(query, npsn=none)).data == {"school": None}


async def test_records_that_only_few_may_list_are_in_no_filter_of_others(office: City) -> None:
    """Which schools have an application that was accepted is not for everybody to find out, in a list or in figures."""
    queries = (
        "{ schools(filter: {applications: {%s: {status: {eq: ACCEPTED}}}}) { totalCount nodes { npsn } } }",
        "{ schoolGroups(by: [LEVEL], filter: {applications: {%s: {status: {eq: ACCEPTED}}}}) { totals { count } } }",
    )
    for viewer in (ANONYMOUS, Viewer(Role.ANALYST), Viewer(Role.CITIZEN, subject="someone")):
        for query in queries:
            for word in ("some", "none"):
                answer = await office(query % word, viewer)
                assert {code for code, _ in answer.codes} == {"FORBIDDEN"}
                assert answer.statements == {}
