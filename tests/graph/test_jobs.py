"""Jobs: the truth on each engine, applicants known by e-mail alone, and what nobody may see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from models.jobs import JobApplication, JobPosting
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.records import KEY
from models.values.types import AreaCode, MoneyRange, Nik
from resolvers.lists import ListArguments, Window
from resolvers.records import Columns, Read
from sample.citizens.people import email_address, resident_number
from sample.city import SIZES
from sample.jobs.source import JobApplicationTruth, JobPostingTruth, applications, postings
from schema.build import SCHEMA, sdl
from schema.core.relay import GlobalId, global_id_of
from tests.graph.filters import plain
from tests.graph.harness import City, request_of

CASES = list(postings(SIZES["small"]))
POSTINGS = [case.truth for case in CASES if case.alive]
APPLICATIONS = [case.truth for case in applications(SIZES["small"])]
BY_ID = {truth.id: truth for truth in POSTINGS}
ADDRESSES = sorted({truth.applicant_email for truth in APPLICATIONS if truth.applicant_email})

EXCHANGE = Viewer(Role.OFFICER, subject="officer-2", department_code="disnaker")
ELSEWHERE = Viewer(Role.OFFICER, subject="officer-1", department_code="dpupr")

POSTING = """
  id title hiringOrganization description industry employmentType education
  baseSalary { min { amount currency } max { amount currency } }
  datePosted validThrough status verification area { code } location
"""
LISTED = f"""
query ($after: String) {{
  jobPostings(first: 100, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {POSTING} }}
  }}
}}
"""


def shown(truth: JobPostingTruth) -> dict[str, Any]:
    """A posting as the graph writes it."""
    pay = None
    if truth.salary_min is not None:
        pay = {
            "min": {"amount": str(truth.salary_min), "currency": "IDR"},
            "max": {"amount": str(truth.salary_max), "currency": "IDR"},
        }
    return {
        "id": str(GlobalId("JobPosting", truth.id)),
        "title": truth.title,
        "hiringOrganization": truth.hiring_organization,
        "description": truth.description,
        "industry": truth.industry,
        "employmentType": truth.employment_type,
        "education": truth.education,
        "baseSalary": pay,
        "datePosted": truth.date_posted and truth.date_posted.isoformat(),
        "validThrough": truth.valid_through and truth.valid_through.isoformat(),
        "status": truth.status,
        "verification": "VERIFIED",
        "area": {"code": truth.area_code} if truth.area_code else None,
        "location": truth.location,
    }


def keys(nodes: Iterable[dict[str, Any]]) -> list[str]:
    return [global_id_of(node["id"]).key for node in nodes]


# --- Postings ---------------------------------------------------------------------------------------------------------


async def test_every_posting_is_the_truth_for_everybody(city: City) -> None:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await city(LISTED, ANONYMOUS, after=after)
        assert answer.errors == []
        page = answer.data["jobPostings"]
        assert page["totalCount"] == len(POSTINGS)
        # The page, its areas and the count.
        assert answer.statements == {"jobs": 2, "areas": 1}
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert nodes == [shown(truth) for truth in POSTINGS]


async def test_fields_below_the_graph_are_the_truth(city: City) -> None:
    names = tuple(name for name in JobPosting.fields if name != "base_salary")
    read = Read(JobPosting, Columns(joined=frozenset({*names, "base_salary"})), rows_max=1_000)
    batch = await city.records.read(request_of(), read)
    rows = list(zip(*(map(plain, batch.joining(name)) for name in names), strict=True))
    assert rows == [tuple(plain(getattr(truth, name)) for name in names) for truth in POSTINGS]
    pays = [
        (int(pay.min.amount), int(pay.max.amount)) if isinstance(pay, MoneyRange) and pay.min and pay.max else None
        for pay in batch.joining("base_salary")
    ]
    assert pays == [
        (truth.salary_min, truth.salary_max) if truth.salary_min is not None else None for truth in POSTINGS
    ]


DEAD = {
    "unverified": lambda case: case.legacy[9] == "0" and case.legacy[15] is None,
    "refused": lambda case: case.legacy[9] == "2" and case.legacy[15] is None,
    "deleted": lambda case: case.legacy[9] == "1" and case.legacy[15] is not None,
}


@pytest.mark.parametrize("how", DEAD)
async def test_a_posting_that_is_not_verified_or_deleted_is_nowhere(city: City, how: str) -> None:
    dead = next(case.truth for case in CASES if DEAD[how](case) and case.truth.area_code)
    key = str(GlobalId("JobPosting", dead.id))
    answer = await city(
        """query ($id: ID!, $of: String, $area: AreaCode!) {
          jobPosting(id: $id) { id } node(id: $id) { id }
          jobPostings(filter: {hiringOrganization: {eq: $of}}, first: 100) { nodes { id } }
          area(code: $area) { jobPostings(first: 100) { nodes { id } } }
        }""",
        EXCHANGE, purpose=Purpose.SERVICE_DELIVERY,
        id=key, of=dead.hiring_organization or "", area=dead.area_code,
    )  # fmt: skip
    assert answer.errors == []
    assert answer.data["jobPosting"] is None
    assert answer.data["node"] is None
    assert dead.id not in keys(answer.data["jobPostings"]["nodes"])
    assert dead.id not in keys(answer.data["area"]["jobPostings"]["nodes"])


async def test_what_a_posting_asks_of_the_sex_of_applicants_is_not_read(city: City) -> None:
    assert "jenis_kelamin" not in " ".join(text for _, text in city.statements)
    assert [name for name in SCHEMA._schema.type_map["JobPosting"].fields if "sex" in name.lower()] == []  # type: ignore[attr-defined]  # an object type


NO_VILLAGES = (
    "The source of job_postings names no areas below DISTRICT, and no position tells more. Ask for areas of that level."
)


async def test_areas_have_the_postings_in_and_below_them(city: City) -> None:
    query = """
    { all: area(code: "36.71") { jobPostings { totalCount } }
      village: area(code: "36.71.05.1003") { jobPostings { totalCount } }
      areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
        nodes { code jobPostings(first: 3, orderBy: [{datePosted: DESC}]) { totalCount nodes { id } } } } }
    """
    answer = await city(query)
    assert [(one.code, one.path, one.text) for one in answer.errors] == [
        (
            "NOT_SUPPORTED",
            ("village", "jobPostings"),
            NO_VILLAGES,
        )
    ]
    # The lists and the counts of all districts, and the count of the city; nothing is asked about the village.
    assert answer.statements == {"areas": 3, "jobs": 3}
    inside: dict[str, list[JobPostingTruth]] = {}
    for truth in POSTINGS:
        if truth.area_code:
            inside.setdefault(truth.area_code, []).append(truth)
    for node in answer.data["areas"]["nodes"]:
        own = inside[node["code"]]
        dated = sorted((one for one in own if one.date_posted), key=lambda one: (one.date_posted, -int(one.id)))
        newest = [*dated[::-1], *(one for one in own if not one.date_posted)]
        assert node["jobPostings"]["totalCount"] == len(own)
        assert keys(node["jobPostings"]["nodes"]) == [one.id for one in newest[:3]]
    assert answer.data["all"]["jobPostings"]["totalCount"] == sum(map(len, inside.values()))
    assert answer.data["village"]["jobPostings"] is None


FILTERS: dict[str, tuple[str, Any]] = {
    "employment type": ("employmentType: {eq: CONTRACT}", lambda truth: truth.employment_type == "CONTRACT"),
    "unknown education": ("education: {eq: UNKNOWN}", lambda truth: truth.education == "UNKNOWN"),
    "open": ("status: {in: [OPEN]}", lambda truth: truth.status == "OPEN"),
    "not yet known": ("not: {status: {in: [OPEN, CLOSED]}}", lambda truth: truth.status == "UNKNOWN"),
    "a word of the title": ("title: {contains: \"TUKANG\"}", lambda truth: "Tukang" in truth.title),
    "no employer": ("hiringOrganization: {isNull: true}", lambda truth: truth.hiring_organization is None),
    "no last day": ("validThrough: {isNull: true}", lambda truth: truth.valid_through is None),
    "a year": (
        'datePosted: {gte: "2025-03-01", lt: "2026-01-01"}',
        lambda truth: truth.date_posted is not None and "2025-03-01" <= truth.date_posted.isoformat() < "2026-01-01",
    ),
    "a district": ('areaCode: {eq: "36.71.05"}', lambda truth: truth.area_code == "36.71.05"),
    "no district": ("areaCode: {isNull: true}", lambda truth: truth.area_code is None),
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
async def test_filters_find_what_is_shown(city: City, name: str) -> None:
    written, holds = FILTERS[name]
    answer = await city(f"{{ jobPostings(first: 100, filter: {{{written}}}) {{ totalCount nodes {{ id }} }} }}")
    assert answer.errors == []
    expected = [truth.id for truth in POSTINGS if holds(truth)]
    assert 0 < len(expected) < len(POSTINGS)
    assert answer.data["jobPostings"]["totalCount"] == len(expected)
    assert keys(answer.data["jobPostings"]["nodes"]) == expected[:100]


async def test_pay_is_neither_compared_nor_sorted_by() -> None:
    words = sdl()
    assert "input JobPostingFilter" in words
    for name in ("JobPostingFilter", "JobPostingOrder"):
        assert "baseSalary" not in SCHEMA._schema.type_map[name].fields  # type: ignore[attr-defined]  # an input type


# --- Applications -----------------------------------------------------------------------------------------------------


def of_address(address: str | None) -> list[JobApplicationTruth]:
    return [truth for truth in APPLICATIONS if address is not None and truth.applicant_email == address]


NAMES = tuple(JobApplication.fields)


async def test_applications_below_the_policy_are_the_truth(city: City) -> None:
    """As an officer of the department, the only one for whom all of them exist."""
    read = Read(JobApplication, Columns(joined=frozenset(NAMES)), rows_max=10_000)
    batch = await city.records.read(request_of(EXCHANGE, purpose=Purpose.SERVICE_DELIVERY), read)
    rows = list(zip(*(map(plain, batch.joining(name)) for name in NAMES), strict=True))
    assert rows == [tuple(plain(getattr(truth, name)) for name in NAMES) for truth in APPLICATIONS]


async def test_applications_of_a_hundred_addresses_are_few_statements(city: City) -> None:
    """Every spelling is found, of every address, by one search of the index each."""
    from models.citizens import Citizen  # noqa: PLC0415

    relation = Citizen.relations["job_applications"]
    asked = [*ADDRESSES[:99], None]
    window = ListArguments(Window(100, backwards=False, keyset=None))
    before = len(city.statements)
    pages = await city.relations.many(
        request_of(Viewer(Role.CITIZEN, nik=Nik(resident_number(0)))), JobApplication, relation, asked,
        Columns(joined=frozenset({KEY})), window,
    )  # fmt: skip
    assert len(city.statements) - before == 1
    found = [[str(page.batch.joining(KEY)[row]) for row in page.rows] for page in pages]
    assert found == [[truth.id for truth in of_address(address)] for address in asked]
    spelled = Counter(
        case.legacy[2] == case.truth.applicant_email
        for case in applications(SIZES["small"])
        if case.truth.applicant_email in asked
    )
    assert spelled[False] > 20


@pytest.mark.parametrize(
    "viewer",
    [ANONYMOUS, Viewer(Role.DEVELOPER), Viewer(Role.ANALYST), Viewer(Role.OPERATOR), ELSEWHERE, EXCHANGE,
     Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(0)))],
    ids=["anonymous", "developer", "analyst", "operator", "elsewhere", "without purpose", "citizen"],
)  # fmt: skip
async def test_an_application_is_not_there_for_whom_it_does_not_concern(city: City, viewer: Viewer) -> None:
    purpose = Purpose.SERVICE_DELIVERY if viewer is ELSEWHERE else None
    ids = [str(GlobalId("JobApplication", truth.id)) for truth in APPLICATIONS[:3]]
    answer = await city("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", viewer, purpose=purpose, ids=ids)
    assert [one for one in answer.data["nodes"] or [] if one is not None] == []
    assert {code for code, _ in answer.codes} == {"FORBIDDEN"}


def test_no_door_leads_from_a_posting_to_who_applied() -> None:
    kinds = SCHEMA._schema.type_map
    doors = {
        (name, field)
        for name, kind in kinds.items()
        for field, given in getattr(kind, "fields", {}).items()
        # A status is a word, and a statistic a rounded number of nobody in particular.
        if "JobApplication" in str(given.type) and not re.search("Status|Statistic", str(given.type))
    }
    assert {door for door in doors if door[0] in ("Query", "JobPosting", "Area")} == set()
    assert ("Citizen", "jobApplications") in doors


async def test_the_exchange_sees_applications_once_it_says_what_for(city: City) -> None:
    some = [truth for truth in APPLICATIONS if truth.applicant_email][:20]
    ids = [str(GlobalId("JobApplication", truth.id)) for truth in some]
    query = """
    query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on JobApplication {
      applicantEmail applicantName appliedAt status coverLetter posting { id title }
    } } }
    """
    answer = await city(query, EXCHANGE, purpose=Purpose.SERVICE_DELIVERY, ids=ids)
    assert answer.errors == []
    for node, truth in zip(answer.data["nodes"], some, strict=True):
        posting = BY_ID.get(truth.posting_id)
        assert node == {
            "id": str(GlobalId("JobApplication", truth.id)),
            "applicantEmail": truth.applicant_email,
            "applicantName": truth.applicant_name,
            "appliedAt": truth.applied_at and f"{truth.applied_at:%Y-%m-%dT%H:%M:%S}+07:00",
            "status": truth.status,
            "coverLetter": truth.cover_letter,
            "posting": posting and {"id": str(GlobalId("JobPosting", posting.id)), "title": posting.title},
        }


async def test_a_posting_that_is_gone_is_null_in_its_application(city: City) -> None:
    gone = next(truth for truth in APPLICATIONS if truth.posting_id not in BY_ID)
    answer = await city(
        "query ($id: ID!) { node(id: $id) { ... on JobApplication { posting { id } } } }",
        EXCHANGE, purpose=Purpose.SERVICE_DELIVERY, id=str(GlobalId("JobApplication", gone.id)),
    )  # fmt: skip
    assert answer.errors == []
    assert answer.data == {"node": {"posting": None}}


ME = """
{ me { email jobApplications(first: 100) { totalCount nodes { id applicantEmail appliedAt status } } } }
"""


async def test_a_resident_sees_the_own_applications_by_the_address_in_the_register(city: City) -> None:
    for number in (0, 1, 2, 3):
        viewer = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(number)))
        answer = await city(ME, viewer)
        assert answer.errors == []
        me = answer.data["me"]
        if me is None or me["email"] is None:
            continue
        own = of_address(email_address(number))
        assert me["email"] == email_address(number)
        assert me["jobApplications"]["totalCount"] == len(own)
        assert keys(me["jobApplications"]["nodes"]) == [truth.id for truth in own]
        return
    raise AssertionError("none of the first residents has an address in the register")


async def test_an_address_that_two_share_gives_both_the_same_list(city: City) -> None:
    """The weakness of the key, as the record says it."""
    lists = []
    for number in range(8, SIZES["small"].citizens, 10):
        pair = []
        for one in (number, number + 1):
            viewer = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(one)))
            me = (await city(ME, viewer)).data["me"]
            pair.append(keys(me["jobApplications"]["nodes"]) if me and me["email"] else [])
        if all(pair):
            lists = pair
            break
    assert lists
    assert lists[0] == lists[1] == [truth.id for truth in of_address(email_address(number))]


async def test_dates_are_days_without_a_time(city: City) -> None:
    answer = await city('{ area(code: "36.71.01") { jobPostings(first: 1) { nodes { datePosted } } } }')
    own = [truth for truth in POSTINGS if truth.area_code == AreaCode("36.71.01")]
    assert answer.data["area"]["jobPostings"]["nodes"] == [
        {"datePosted": own[0].date_posted and own[0].date_posted.isoformat()}
    ]
