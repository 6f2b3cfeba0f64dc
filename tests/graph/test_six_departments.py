"""One question to six departments at once: the truth from each, exact statements, and nothing personal for others."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

import pytest

from models.complaints import ComplaintStatus
from models.hospitals import CareClass
from models.jobs import JobApplicationStatus
from models.licenses import LicenseStatus
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.sources.findings import FindingKind
from models.values.localized import Language
from models.values.types import Nik
from models.values.vocabulary import Vocabulary
from sample import areas
from sample.citizens import source as citizens
from sample.citizens.people import resident_number
from sample.citizens.source import CitizenTruth
from sample.city import CLOCK, SIZES, Size
from sample.complaints import source as complaints
from sample.complaints.source import ComplaintTruth
from sample.hospitals import source as hospitals
from sample.jobs import source as jobs
from sample.licenses import source as licenses
from sample.licenses.source import LicenseTruth
from sample.news import source as news
from tests.graph.harness import DPUPR, City, Urls, opened, written

QUESTION = """
{
  me {
    fullName nationalId area { name }
    complaints(first: 3) { nodes { ticketNumber statusLabel } }
    licenses(first: 3) { nodes { number type { name } validUntil statusLabel } }
    jobApplications(first: 3) { nodes { posting { title hiringOrganization } statusLabel } }
  }
  area(code: "36.71.05") {
    name
    hospitals(first: 3) { nodes {
      name hospitalClass phone beds { careClass careClassLabel capacity available } provenance { asOf freshness }
    } }
    jobPostings(first: 3) { nodes {
      title hiringOrganization validThrough baseSalary { min { amount } max { amount } }
    } }
    licenses(first: 3) { nodes { number type { name } issuedAt } }
  }
  newsArticles(first: 3) { nodes { headline datePublished articleSection bodyHtml bodyText } }
}
"""
# Areas: that of the person and the one asked about. Jobs: applications with their postings, those of the area.
# Licenses with their kinds: the person's, the area's. Hospitals: those of the area, and their beds.
STATEMENTS = {"citizens": 1, "areas": 2, "complaints": 1, "licenses": 2, "jobs": 2, "hospitals": 2, "news": 1}
PUBLIC_STATEMENTS = {"areas": 1, "licenses": 1, "jobs": 1, "hospitals": 2, "news": 1}

SMALL = SIZES["small"]
TENTH = replace(
    SMALL, citizens=500, complaints=400, reporters=150, licenses=150, job_postings=30, job_applications=200, articles=40
)
DPMPTSP = Viewer(Role.OFFICER, subject="officer-3", department_code="dpmptsp")


def resident(nik: str) -> Viewer:
    return Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(nik))


@pytest.fixture(scope="module")
def tenth_urls(engine: str, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with written(engine, server, tmp_path_factory.mktemp("tenth"), TENTH) as urls:
        yield urls


@pytest.fixture(scope="module")
async def tenth(tenth_urls: Urls) -> AsyncIterator[City]:
    """A city ten times smaller. Its tree of areas has been read as well."""
    async with opened(tenth_urls) as opening:
        await opening('{ area(code: "36.71") { complaints { totalCount } hospitals { totalCount } } }')
        yield opening


# --- What the answer must be ------------------------------------------------------------------------------------------


class Truth(NamedTuple):
    """What the departments of one city know, without what is deleted, in the order of ids."""

    citizens: list[CitizenTruth]
    complaints: list[ComplaintTruth]
    licenses: list[LicenseTruth]
    postings: list[jobs.JobPostingTruth]
    applications: list[jobs.JobApplicationTruth]
    articles: list[news.ArticleTruth]

    def of(self, who: CitizenTruth) -> tuple[list[ComplaintTruth], list[LicenseTruth], list[jobs.JobApplicationTruth]]:
        """What is of one person: complaints, licenses, applications."""
        return (
            [one for one in self.complaints if one.reporter_nik == who.national_id],
            [one for one in self.licenses if one.holder_nik == who.national_id],
            [one for one in self.applications if one.applicant_email == who.email],
        )


@cache
def truth_of(size: Size) -> Truth:
    return Truth(
        [case.truth for case in citizens.generate(size) if case.alive],
        [case.truth for case in complaints.generate(size) if case.alive],
        [case.license.truth for case in licenses.generate(size) if case.license is not None],
        [case.truth for case in jobs.postings(size) if case.alive],
        [case.truth for case in jobs.applications(size)],
        [case.truth for case in news.generate(size) if case.alive],
    )


@cache
def busy(size: Size) -> list[CitizenTruth]:
    """Who is known by a number and an address of their own, and has something of each kind that can be followed."""
    truth, twice = truth_of(size), set(citizens.duplicated(size))
    codes, keys = {kind.code for kind in licenses.license_types()}, {one.id for one in truth.postings}
    holders = {one.holder_nik for one in truth.licenses} - {None, *twice}
    found = []
    for who in truth.citizens:
        if who.national_id in holders and who.email and who.area_code:
            reported, held, applied = truth.of(who)
            followed = (
                any(one.type_code in codes for one in held[:3]),
                any(one.posting_id in keys for one in applied[:3]),
            )
            if reported and all(followed):
                found.append(who)
    return found


def label(vocabulary: type[Vocabulary], name: str) -> str:
    return vocabulary[name].label.in_language(Language.EN)


def day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def kind_of(truth: LicenseTruth) -> dict[str, str] | None:
    return next(({"name": kind.name} for kind in licenses.license_types() if kind.code == truth.type_code), None)


def within(code: str | None) -> bool:
    return code is not None and (code == "36.71.05" or code.startswith("36.71.05."))


def shown_person(truth: Truth, who: CitizenTruth) -> dict[str, Any]:
    reported, held, applied = truth.of(who)
    postings = {one.id: {"title": one.title, "hiringOrganization": one.hiring_organization} for one in truth.postings}
    return {
        "fullName": who.full_name,
        "nationalId": who.national_id,
        "area": next({"name": area.name} for area in areas.truth() if area.code == who.area_code),
        "complaints": {"nodes": [
            {"ticketNumber": one.ticket_number, "statusLabel": label(ComplaintStatus, one.status)}
            for one in reported[:3]
        ]},
        "licenses": {"nodes": [
            {
                "number": one.number, "type": kind_of(one), "validUntil": day(one.valid_until),
                "statusLabel": label(LicenseStatus, one.status),
            }
            for one in held[:3]
        ]},
        "jobApplications": {"nodes": [
            {"posting": postings.get(one.posting_id), "statusLabel": label(JobApplicationStatus, one.status)}
            for one in applied[:3]
        ]},
    }  # fmt: skip


def shown_hospitals() -> list[dict[str, Any]]:
    """Without provenance, which says when the hub asked."""
    counts = hospitals.beds()
    return [
        {
            "name": one.name, "hospitalClass": one.hospital_class, "phone": one.phone,
            "beds": [
                {
                    "careClass": count.care_class, "careClassLabel": label(CareClass, count.care_class),
                    "capacity": count.capacity, "available": count.available,
                }
                for count in counts if count.hospital_code == one.code
            ],
        }
        for one in [one for one in hospitals.truth() if within(one.area_code)][:3]
    ]  # fmt: skip


def shown_area(truth: Truth) -> dict[str, Any]:
    bps = {area.bps_code for area in areas.truth() if area.bps_code and within(area.code)}
    return {
        "name": "Cipondoh",
        "hospitals": {"nodes": shown_hospitals()},
        "jobPostings": {"nodes": [
            {
                "title": one.title, "hiringOrganization": one.hiring_organization,
                "validThrough": day(one.valid_through),
                "baseSalary": None if one.salary_min is None else {
                    "min": {"amount": str(one.salary_min)}, "max": {"amount": str(one.salary_max)},
                },
            }
            for one in [one for one in truth.postings if within(one.area_code)][:3]
        ]},
        "licenses": {"nodes": [
            {"number": one.number, "type": kind_of(one), "issuedAt": day(one.issued_at)}
            for one in [one for one in truth.licenses if one.area_bps_code in bps][:3]
        ]},
    }  # fmt: skip


def shown_news(truth: Truth) -> dict[str, Any]:
    return {
        "nodes": [
            {
                "headline": one.headline,
                "datePublished": f"{one.date_published:%Y-%m-%dT%H:%M:%S}+07:00" if one.date_published else None,
                "articleSection": one.article_section,
                "bodyHtml": one.body_html,
                "bodyText": one.body_text,
            }
            for one in truth.articles[:3]
        ]
    }


def provenances(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Taken out of an answer, since they say when the hub asked."""
    return [node.pop("provenance") for node in data["area"]["hospitals"]["nodes"]]


async def check_answer(city: City, size: Size, viewer: Viewer, who: CitizenTruth | None) -> dict[str, int]:
    """Ask, compare with the truth, and return the statements by source."""
    before = datetime.now(UTC)
    answer = await city(QUESTION, viewer)
    assert answer.errors == []
    for told in provenances(answer.data):
        assert told["freshness"] == "FRESH"
        assert told["asOf"].endswith("+07:00")
        assert before <= datetime.fromisoformat(told["asOf"]) <= datetime.now(UTC)
    truth = truth_of(size)
    assert answer.data == {
        "me": shown_person(truth, who) if who is not None else None,
        "area": shown_area(truth),
        "newsArticles": shown_news(truth),
    }
    return answer.statements


# --- One question -----------------------------------------------------------------------------------------------------


async def test_a_resident_asks_six_departments_at_once(city: City) -> None:
    assert len(busy(SMALL)) > 20
    for who in (busy(SMALL)[0], *busy(SMALL)[1:20:4]):
        assert await check_answer(city, SMALL, resident(str(who.national_id)), who) == STATEMENTS


async def test_a_city_ten_times_smaller_costs_the_same(tenth: City) -> None:
    assert len(busy(TENTH)) >= 3
    for who in busy(TENTH)[:3]:
        assert await check_answer(tenth, TENTH, resident(str(who.national_id)), who) == STATEMENTS
    assert await check_answer(tenth, TENTH, ANONYMOUS, None) == PUBLIC_STATEMENTS


@pytest.mark.parametrize("viewer", [ANONYMOUS, DPMPTSP, DPUPR, Viewer(Role.ANALYST), Viewer(Role.DEVELOPER)])
async def test_who_is_no_resident_gets_the_public_parts(city: City, viewer: Viewer) -> None:
    assert await check_answer(city, SMALL, viewer, None) == PUBLIC_STATEMENTS


# --- One license, one complaint ---------------------------------------------------------------------------------------

BY_NUMBER = "query ($is: String!) { license(number: $is) { %s } }"
BY_TICKET = "query ($is: String!) { complaint(ticketNumber: $is) { %s } }"


async def test_a_license_answers_anybody_without_its_holder(city: City) -> None:
    one = next(one for one in truth_of(SMALL).licenses if one.number and one.holder_nik and one.holder_name)
    public = {"number": one.number, "statusLabel": label(LicenseStatus, one.status), "type": kind_of(one)}
    words = "number statusLabel type { name }"
    answer = await city(BY_NUMBER % words, variables={"is": one.number})
    assert (answer.data, answer.errors) == ({"license": public}, [])
    answer = await city(BY_NUMBER % f"{words} holderNik holderName", variables={"is": one.number})
    assert answer.data == {"license": {**public, "holderNik": None, "holderName": None}}
    assert sorted(answer.codes) == [("FORBIDDEN", "holderName"), ("FORBIDDEN", "holderNik")]


async def test_a_complaint_answers_anybody_without_what_was_written(city: City) -> None:
    one = next(
        one for one in truth_of(SMALL).complaints
        if one.publication == "PUBLIC" and one.description and one.address and one.status == "CLOSED"
    )  # fmt: skip
    answer = await city(BY_TICKET % "ticketNumber statusLabel", variables={"is": one.ticket_number})
    public = {"ticketNumber": one.ticket_number, "statusLabel": "Closed"}
    assert (answer.data, answer.errors) == ({"complaint": public}, [])
    answer = await city(BY_TICKET % "ticketNumber description address", variables={"is": one.ticket_number})
    assert answer.data == {"complaint": {"ticketNumber": one.ticket_number, "description": None, "address": None}}
    assert sorted(answer.codes) == [("FORBIDDEN", "address"), ("FORBIDDEN", "description")]


# --- Holders of licenses ----------------------------------------------------------------------------------------------

HOLDERS = """
query ($in: [String!]) { licenses(first: 100, filter: {number: {in: $in}}) { nodes { number holderNik holderName } } }
"""


def held(one: LicenseTruth) -> dict[str, str | None]:
    return {"number": one.number, "holderNik": one.holder_nik, "holderName": one.holder_name}


def nobodys(one: LicenseTruth) -> dict[str, str | None]:
    return {"number": one.number, "holderNik": None, "holderName": None}


@pytest.fixture(scope="module")
def some() -> list[LicenseTruth]:
    """Licenses of many people, with two of the first busy one's among them."""
    own = truth_of(SMALL).of(busy(SMALL)[0])[1]
    ids = {one.id for one in own} | {one.id for one in truth_of(SMALL).licenses if one.number and one.holder_nik}
    return [one for one in truth_of(SMALL).licenses if one.id in ids and one.number][:40] + [
        one for one in own if one.number and int(one.id) > 60
    ]


async def test_the_department_sees_holders_once_it_says_what_for(city: City, some: Sequence[LicenseTruth]) -> None:
    numbers = [one.number for one in some]
    answer = await city(HOLDERS, DPMPTSP, purpose=Purpose.SERVICE_DELIVERY, variables={"in": numbers})
    assert answer.errors == []
    assert answer.data["licenses"]["nodes"] == [held(one) for one in some]
    assert answer.statements == {"licenses": 1}
    [entry] = answer.request.ledger.entries
    assert (entry.record, entry.fields, entry.rows) == ("licenses", ("holder_name", "holder_nik"), len(some))


@pytest.mark.parametrize(
    ("viewer", "purpose"),
    [(DPMPTSP, None), (DPUPR, Purpose.SERVICE_DELIVERY), (ANONYMOUS, None), (Viewer(Role.ANALYST), None)],
    ids=["without purpose", "elsewhere", "anonymous", "analyst"],
)
async def test_nobody_else_sees_a_holder(
    city: City, some: Sequence[LicenseTruth], viewer: Viewer, purpose: Purpose | None
) -> None:
    answer = await city(HOLDERS, viewer, purpose=purpose, variables={"in": [one.number for one in some]})
    assert answer.data["licenses"]["nodes"] == [nobodys(one) for one in some]
    assert {code for code, _ in answer.codes} == {"FORBIDDEN"}
    assert {name for _, name in answer.codes} == {"holderNik", "holderName"}
    assert answer.request.ledger.entries == []
    assert not any(one.holder_nik in error.text for error in answer.errors for one in some if one.holder_nik)


async def test_a_resident_sees_the_own_rows_alone(city: City, some: Sequence[LicenseTruth]) -> None:
    who = busy(SMALL)[0]
    numbers = [one.number for one in some]
    answer = await city(HOLDERS, resident(str(who.national_id)), variables={"in": numbers})
    assert answer.errors == []
    own = [one for one in some if one.holder_nik == who.national_id]
    assert 0 < len(own) < len(some)
    assert answer.data["licenses"]["nodes"] == [
        held(one) if one.holder_nik == who.national_id else nobodys(one) for one in some
    ]


def license_cases() -> list[licenses.LicenseCase]:
    return [case.license for case in licenses.generate(SMALL) if case.license is not None]


async def test_a_clamped_number_is_nobodys(city: City) -> None:
    clamped = [case.truth for case in license_cases() if case.izin[3] == "2147483647"]
    assert len(clamped) > 5
    numbers = [one.number for one in clamped if one.number]
    answer = await city(HOLDERS, DPMPTSP, purpose=Purpose.SERVICE_DELIVERY, variables={"in": numbers})
    assert {node["holderNik"] for node in answer.data["licenses"]["nodes"]} == {None}
    assert len(answer.data["licenses"]["nodes"]) == len(numbers)


SPELLINGS = (
    "0000000000000000", "00.00.00.000000.0000", "0000-0000-0000-0000", "0000 0000 0000 0000", "000000.000000.0000",
    "000000-000000-0000",
)  # fmt: skip


async def test_all_spellings_of_a_number_are_one_person(city: City) -> None:
    """With dots, dashes or blanks, or with nothing between the digits: each is stored of somebody who finds it."""
    forms: dict[str, tuple[str, str]] = {}
    known = {who.national_id for who in truth_of(SMALL).citizens} - {None, *citizens.duplicated(SMALL)}
    for case in complaints.generate(SMALL):
        nik = case.truth.reporter_nik
        if case.alive and nik is not None and nik in known:
            forms.setdefault(re.sub(r"\d", "0", str(case.legacy.pengaduan[3])), (nik, case.truth.ticket_number))
    assert set(forms) == set(SPELLINGS)
    query = "{ me { nationalId complaints(first: 100) { nodes { ticketNumber } } } }"
    for nik, ticket in forms.values():
        me = (await city(query, resident(nik))).data["me"]
        own = [one.ticket_number for one in truth_of(SMALL).complaints if one.reporter_nik == nik]
        assert me == {"nationalId": nik, "complaints": {"nodes": [{"ticketNumber": one} for one in own]}}
        assert ticket in own


async def test_a_day_above_40_is_a_womans(city: City) -> None:
    """Nothing in the register contradicts the number: 41 to 71 is a woman's day of birth."""
    query = "{ me { nationalId sex birthDate } }"
    known = [who for who in busy(SMALL) if who.birth_date and who.sex in ("FEMALE", "MALE")][:20]
    assert {who.sex for who in known} == {"FEMALE", "MALE"}
    for who in known:
        me = (await city(query, resident(str(who.national_id)))).data["me"]
        stated = int(me["nationalId"][6:8])
        assert me["sex"] == ("FEMALE" if stated > 40 else "MALE")
        assert int(me["birthDate"][-2:]) == stated - (40 if stated > 40 else 0)


async def test_times_of_every_department_are_in_the_offset_of_the_city(city: City) -> None:
    who = busy(SMALL)[0]
    answer = await city(
        """{ complaints(first: 100) { nodes { at: requestedAt } }
             newsArticles(first: 100) { nodes { at: datePublished } }
             hospitals(first: 100) { nodes { beds { provenance { at: asOf } } } }
             me { jobApplications(first: 100) { nodes { at: appliedAt } } provenance { at: fetchedAt } } }""",
        resident(str(who.national_id)),
        now=CLOCK,
    )
    assert answer.errors == []
    nodes = [*answer.data["complaints"]["nodes"], *answer.data["newsArticles"]["nodes"]]
    nodes += [bed["provenance"] for one in answer.data["hospitals"]["nodes"] for bed in one["beds"]]
    nodes += [*answer.data["me"]["jobApplications"]["nodes"], answer.data["me"]["provenance"]]
    times = [node["at"] for node in nodes if node["at"] is not None]
    assert len(times) > 250
    assert {time[-6:] for time in times} == {"+07:00"}


async def test_rows_that_are_deleted_in_any_polarity_do_not_count(city: City) -> None:
    """T and 0 mean alive in one table and deleted in the next; a posting is alive by two columns at once."""
    alive = {
        "areas": [case.alive for case in areas.cases()],
        "complaints": [case.alive for case in complaints.generate(SMALL)],
        "jobPostings": [case.alive for case in jobs.postings(SMALL)],
        "newsArticles": [case.alive for case in news.generate(SMALL)],
    }
    published = sum(one.publication in ("PUBLIC", "ANONYMOUS") for one in truth_of(SMALL).complaints)
    answer = await city("{ " + " ".join(f"{name} {{ totalCount }}" for name in alive) + " }")
    assert answer.errors == []
    assert [name for name, each in alive.items() if all(each)] == []
    counted = {name: found["totalCount"] for name, found in answer.data.items()}
    assert counted == {name: sum(each) for name, each in alive.items()} | {"complaints": published}


async def test_an_unknown_status_is_unknown_and_a_finding(city: City) -> None:
    unknown = [one for one in truth_of(SMALL).licenses if one.status == "UNKNOWN" and one.number][:50]
    city.findings.clear()
    answer = await city(
        "query ($in: [String!]) { licenses(first: 100, filter: {number: {in: $in}}) { nodes { status statusLabel } } }",
        variables={"in": [one.number for one in unknown]},
    )
    assert answer.errors == []
    assert answer.data["licenses"]["nodes"] == [{"status": "UNKNOWN", "statusLabel": "Unknown"}] * len(unknown)
    found = [one for one in city.findings if one.field == "status" and one.kind is FindingKind.UNKNOWN_CODE]
    assert 0 < sum(one.count for one in found) <= len(unknown)


async def test_swapped_coordinates_are_turned_back(city: City) -> None:
    swapped = [case.truth for case in areas.cases() if case.alive and str(case.legacy[6]).startswith("106")]
    assert len(swapped) > 1
    answer = await city(
        """query ($in: [AreaCode!]) { areas(first: 100, filter: {code: {in: $in}}) {
             nodes { code position { latitude longitude } } } }""",
        variables={"in": [one.code for one in swapped]},
    )
    assert {node["code"]: node["position"] for node in answer.data["areas"]["nodes"]} == {
        one.code: {"latitude": one.latitude, "longitude": one.longitude} for one in swapped
    }


async def test_the_persona_has_something_everywhere(city: City) -> None:
    me = next(who for who in truth_of(SMALL).citizens if who.national_id == resident_number(0))
    await check_answer(city, SMALL, resident(resident_number(0)), me)
    assert all(truth_of(SMALL).of(me))
