"""Licenses: the truth of every field, their join to areas by BPS codes, and what nobody but the holder may see."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.licenses import License, LicenseApplication, LicenseType
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.predicates import Compare, Operator
from models.records import KEY
from models.sources.findings import FindingKind
from models.values.types import Duration, DurationUnit, Money, Nik
from resolvers.lists import ListArguments, Window
from resolvers.records import Columns, Read
from sample import areas
from sample.citizens.people import resident_number
from sample.city import SIZES
from sample.licenses.source import ApplicationTruth, LicenseTruth, generate, license_types
from schema.build import RECORDS
from schema.core.relay import GlobalId
from tests.graph.filters import plain
from tests.graph.harness import City, Urls, opened, request_of, scribe_of, written

LICENSES = """
query ($after: String) {
  licenses(first: 100, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id number type { code } status issuedAt validUntil businessName area { code } }
  }
}
"""
AREA_OF = {area.bps_code: area.code for area in areas.truth() if area.bps_code is not None}
BPS_OF = {code: bps for bps, code in AREA_OF.items()}


@pytest.fixture(scope="module")
def licenses() -> list[LicenseTruth]:
    return [case.license.truth for case in generate(SIZES["small"]) if case.license is not None]


@pytest.fixture(scope="module")
def applications() -> list[ApplicationTruth]:
    return [case.truth for case in generate(SIZES["small"])]


def shown(truth: LicenseTruth) -> dict[str, Any]:
    """A license as the graph writes it."""
    codes = {kind.code for kind in license_types()}
    return {
        "id": str(GlobalId("License", truth.id)),
        "number": truth.number,
        "type": {"code": truth.type_code} if truth.type_code in codes else None,
        "status": truth.status,
        "issuedAt": day(truth.issued_at),
        "validUntil": day(truth.valid_until),
        "businessName": truth.business_name,
        "area": {"code": AREA_OF[truth.area_bps_code]} if truth.area_bps_code in AREA_OF else None,
    }


def ids(truths: list[LicenseTruth]) -> list[dict[str, str]]:
    return [{"id": str(GlobalId("License", truth.id))} for truth in truths]


def day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def within(code: str) -> set[str]:
    """The BPS codes of an area and all below it."""
    return {bps for area, bps in BPS_OF.items() if area == code or area.startswith(f"{code}.")}


# --- Truth ------------------------------------------------------------------------------------------------------------


async def test_every_license_is_the_truth(city: City, licenses: list[LicenseTruth]) -> None:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await city(LICENSES, after=after)
        assert answer.errors == []
        # The page with types, the count, and the areas of all of its rows at once.
        assert answer.statements == {"licenses": 2, "areas": 1}
        page = answer.data["licenses"]
        assert page["totalCount"] == len(licenses) == 1_500
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert nodes == [shown(truth) for truth in licenses]


async def test_every_field_of_a_license_is_the_truth_below_the_policy(city: City, licenses: list[LicenseTruth]) -> None:
    names = LicenseTruth._fields
    assert set(names) == set(License.fields)
    batch = await city.records.read(request_of(), Read(License, Columns(joined=frozenset(names)), rows_max=10_000))
    rows = list(zip(*(map(plain, batch.joining(name)) for name in names), strict=True))
    assert rows == [tuple(truth) for truth in licenses]


async def test_every_field_of_an_application_is_the_truth_below_the_policy(
    city: City, applications: list[ApplicationTruth]
) -> None:
    """Read by its applicants, since rows of applications may exist for nobody else."""
    names = ApplicationTruth._fields
    assert set(names) == set(LicenseApplication.fields)
    relation = RECORDS["citizens"].relations["license_applications"]
    everything = ListArguments(Window(100, backwards=False, keyset=None))
    wanted = sorted({truth.applicant_nik for truth in applications if truth.applicant_nik})[::25]
    assert len(wanted) > 40
    for nik in wanted:
        viewer = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(nik))
        [page] = await city.relations.many(
            request_of(viewer), LicenseApplication, relation, [Nik(nik)], Columns(joined=frozenset(names)), everything
        )
        rows = [tuple(plain(page.batch.joining(name)[row]) for name in names) for row in page.rows]
        assert rows == [tuple(truth) for truth in applications if truth.applicant_nik == nik]


async def test_every_kind_of_license_is_the_truth_with_fee_and_promised_time(city: City) -> None:
    query = """
    { licenseTypes(first: 100, orderBy: [{code: ASC}]) { totalCount nodes {
        code name fee { amount currency } promisedTime { amount unit unitLabel }
    } } }
    """
    answer = await city(query)
    assert answer.errors == []
    assert answer.data["licenseTypes"]["nodes"] == [
        {
            "code": kind.code, "name": kind.name,
            "fee": None if kind.fee is None else {"amount": str(kind.fee), "currency": "IDR"},
            "promisedTime": None if kind.promised_time is None else {
                "amount": kind.promised_time[0], "unit": kind.promised_time[1],
                "unitLabel": DurationUnit[kind.promised_time[1]].label.en,
            },
        }
        for kind in license_types()
    ]  # fmt: skip
    names = ("code", "fee", "promised_time")
    batch = await city.records.read(request_of(), Read(LicenseType, Columns(joined=frozenset(names)), rows_max=100))
    found = list(zip(*map(batch.joining, names), strict=True))
    assert ("REKLAME", Money(Decimal(11_000), "IDR"), Duration(7, DurationUnit.DAY)) in found
    assert ("SIUP", Money(Decimal(0), "IDR"), Duration(7, DurationUnit.WORKING_DAY)) in found


async def test_what_does_not_decode_is_counted(city: City) -> None:
    city.findings.clear()
    await city("{ licenseTypes(first: 100) { nodes { fee { amount } promisedTime { amount } } } }")
    assert {(one.field, one.kind, one.count) for one in city.findings} == {
        ("fee", FindingKind.UNDECODABLE, 1),
        ("promised_time", FindingKind.UNDECODABLE, 1),
    }


async def test_the_latest_step_decides_the_status_and_filters_by_it(city: City, licenses: list[LicenseTruth]) -> None:
    query = "query ($status: LicenseStatus!) { licenses(first: 0, filter: {status: {eq: $status}}) { totalCount } }"
    for status in ("ACTIVE", "EXPIRED", "SUSPENDED", "REVOKED", "UNKNOWN"):
        expected = sum(truth.status == status for truth in licenses)
        assert expected > 10
        assert (await city(query, status=status)).data["licenses"]["totalCount"] == expected


async def test_filters_and_orders_are_those_of_the_truth(city: City, licenses: list[LicenseTruth]) -> None:
    query = """
    {
      ends: licenses(
        first: 5, filter: {validUntil: {gte: "2025-01-01", lt: "2026-01-01"}}, orderBy: [{validUntil: ASC}]
      ) { totalCount nodes { id } }
      open: licenses(first: 0, filter: {validUntil: {isNull: true}}) { totalCount }
      latest: licenses(first: 5, orderBy: [{issuedAt: DESC}]) { nodes { id } }
      day: licenses(first: 9, filter: {issuedAt: {eq: "2020-06-11"}}) { totalCount }
      elsewhere: licenses(first: 0, filter: {areaBpsCode: {eq: "3674010"}}) { totalCount }
      types: licenses(first: 0, filter: {typeCode: {in: ["SIUP", "HO"]}}) { totalCount }
    }
    """
    answer = await city(query)
    assert answer.errors == []
    ends = [t for t in licenses if t.valid_until and date(2025, 1, 1) <= t.valid_until < date(2026, 1, 1)]
    ends.sort(key=lambda truth: (str(truth.valid_until), int(truth.id)))
    assert answer.data == {
        "ends": {"totalCount": len(ends), "nodes": ids(ends[:5])},
        "open": {"totalCount": sum(truth.valid_until is None for truth in licenses)},
        "latest": {"nodes": ids(licenses[:-6:-1])},
        "day": {"totalCount": sum(truth.issued_at == date(2020, 6, 11) for truth in licenses)},
        "elsewhere": {"totalCount": sum(truth.area_bps_code == "3674010" for truth in licenses)},
        "types": {"totalCount": sum(truth.type_code in ("SIUP", "HO") for truth in licenses)},
    }
    assert len(ends) > 5
    assert answer.data["elsewhere"]["totalCount"] > 5


async def test_licenses_of_a_kind(city: City, licenses: list[LicenseTruth]) -> None:
    answer = await city("{ licenseTypes(first: 100) { nodes { code licenses(first: 0) { totalCount } } } }")
    counted = {node["code"]: node["licenses"]["totalCount"] for node in answer.data["licenseTypes"]["nodes"]}
    assert counted == {kind.code: sum(t.type_code == kind.code for t in licenses) for kind in license_types()}
    assert answer.statements == {"licenses": 2}


# --- Areas, by the codes of the statistics office ---------------------------------------------------------------------


async def test_an_area_has_the_licenses_in_it_and_below_it(city: City, licenses: list[LicenseTruth]) -> None:
    query = """
    { areas(first: 14, filter: {level: {in: [CITY, DISTRICT]}}) { nodes {
        code bpsCode licenses(first: 3) { totalCount nodes { id } }
    } } }
    """
    answer = await city(query)
    assert answer.errors == []
    assert len(answer.data["areas"]["nodes"]) == 14
    for node in answer.data["areas"]["nodes"]:
        expected = [truth for truth in licenses if truth.area_bps_code in within(node["code"])]
        assert node["bpsCode"] == BPS_OF[node["code"]]
        assert node["licenses"]["totalCount"] == len(expected) > 50
        assert [one["id"] for one in node["licenses"]["nodes"]] == [
            str(GlobalId("License", truth.id)) for truth in expected[:3]
        ]


async def test_areas_have_their_licenses_in_a_constant_number_of_statements(city: City) -> None:
    query = """
    query ($n: Int!, $level: AreaLevel!) {
      areas(first: $n, filter: {level: {eq: $level}}) { nodes { licenses(first: 3) { totalCount nodes { id } } } }
    }
    """
    few, many = await city(query, n=2, level="DISTRICT"), await city(query, n=13, level="DISTRICT")
    assert few.errors == many.errors == []
    assert few.statements == many.statements == {"areas": 1, "licenses": 2}
    # The source keeps districts only, so it is not asked about villages: nobody knows.
    villages = await city(query, n=100, level="VILLAGE")
    assert villages.statements == {"areas": 1}
    assert [node["licenses"] for node in villages.data["areas"]["nodes"]] == [None] * 100
    assert {(one.code, one.text) for one in villages.errors} == {("NOT_SUPPORTED", NO_VILLAGES)}


NO_VILLAGES = (
    "The source of licenses names no areas below DISTRICT, and no position tells more. Ask for areas of that level."
)


async def test_nobody_knows_the_licenses_of_an_area_without_a_bps_code(city: City) -> None:
    for code in areas.WITHOUT_BPS_CODE:
        answer = await city("query ($c: AreaCode!) { area(code: $c) { bpsCode licenses { totalCount } } }", c=code)
        assert [(one.code, one.text) for one in answer.errors] == [("NOT_SUPPORTED", NO_VILLAGES)]
        assert answer.data["area"] == {"bpsCode": None, "licenses": None}


async def test_an_official_code_where_a_bps_code_belongs_joins_nothing(
    city: City, licenses: list[LicenseTruth]
) -> None:
    """The code of one village without dots is the BPS code of another: it means the other, and never both."""
    misleading = [(area.code, area.bps_code) for area in areas.truth() if area.level == "VILLAGE" and area.bps_code]
    code, bps = misleading[0]
    assert bps in {other.replace(".", "") for other, _ in misleading}
    query = """
    query ($bps: BpsCode!) { areas(filter: {bpsCode: {eq: $bps}}) { nodes { code } }
      licenses(first: 0, filter: {areaBpsCode: {eq: $bps}}) { totalCount } }
    """
    assert (await city(query, bps=bps)).data["areas"] == {"nodes": [{"code": code}]}
    columns = Columns(joined=frozenset({KEY, "area_bps_code"}))
    missing = Read(License, columns, given=Compare("area_bps_code", Operator.IS_NULL, ()), rows_max=10_000)
    batch = await city.records.read(request_of(), missing)
    assert list(batch.joining(KEY)) == [truth.id for truth in licenses if truth.area_bps_code is None]


# --- Who may see what -------------------------------------------------------------------------------------------------


async def test_a_number_answers_anonymously_without_personal_fields(city: City, licenses: list[LicenseTruth]) -> None:
    truth = next(truth for truth in licenses if truth.number and truth.holder_nik and truth.holder_name)
    query = "query ($n: String!) { license(number: $n) { number status %s } }"
    answer = await city(query % "businessName", n=truth.number)
    assert answer.errors == []
    assert answer.data["license"] == {
        "number": truth.number, "status": truth.status, "businessName": truth.business_name,
    }  # fmt: skip
    answer = await city(query % "holderNik holderName", n=truth.number)
    assert answer.data["license"] == {
        "number": truth.number, "status": truth.status, "holderNik": None, "holderName": None,
    }  # fmt: skip
    assert sorted(answer.codes) == [("FORBIDDEN", "holderName"), ("FORBIDDEN", "holderNik")]
    assert (await city(query % "", n="503/0")).data["license"] is None


async def test_a_resident_has_the_own_licenses_and_applications(
    city: City, licenses: list[LicenseTruth], applications: list[ApplicationTruth]
) -> None:
    nik = resident_number(0)
    viewer = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(nik))
    query = """
    { me {
        licenses { nodes { id holderName } }
        licenseApplications { nodes { id kind statusLabel submittedAt taxNumber area { code } licenseType { code } } }
    } }
    """
    answer = await city(query, viewer)
    assert answer.errors == []
    own = [truth for truth in licenses if truth.holder_nik == nik]
    asked = [truth for truth in applications if truth.applicant_nik == nik]
    assert len(own) >= 2
    assert len(asked) >= 2
    assert answer.data["me"]["licenses"]["nodes"] == [
        {"id": str(GlobalId("License", truth.id)), "holderName": truth.holder_name} for truth in own
    ]
    nodes = answer.data["me"]["licenseApplications"]["nodes"]
    assert [(node["id"], node["kind"], node["submittedAt"], node["taxNumber"]) for node in nodes] == [
        (str(GlobalId("LicenseApplication", t.id)), t.kind, day(t.submitted_at), t.tax_number) for t in asked
    ]
    assert [node["area"] and node["area"]["code"] for node in nodes] == [
        AREA_OF.get(truth.area_bps_code or "") for truth in asked
    ]


async def test_an_application_is_nobody_elses(city: City, applications: list[ApplicationTruth]) -> None:
    truth = next(truth for truth in applications if truth.applicant_nik and truth.tax_number)
    assert truth.applicant_nik is not None
    given = {"id": str(GlobalId("LicenseApplication", truth.id))}
    query = "query ($id: ID!) { node(id: $id) { ... on LicenseApplication { taxNumber applicantNik } } }"
    other = Viewer(Role.CITIZEN, subject="citizen-2", nik=Nik(resident_number(4_999)))
    for viewer in (ANONYMOUS, other, Viewer(Role.ANALYST), Viewer(Role.DEVELOPER)):
        answer = await city(query, viewer, given)
        assert not (answer.data["node"] and any(answer.data["node"].values()))
    own = Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(truth.applicant_nik))
    officer = Viewer(Role.OFFICER, department_code="dpmptsp")
    for viewer, purpose in ((own, None), (officer, Purpose.SERVICE_DELIVERY)):
        answer = await city(query, viewer, given, purpose=purpose)
        assert answer.errors == []
        assert answer.data["node"] == {"taxNumber": truth.tax_number, "applicantNik": truth.applicant_nik}
    assert not any(((await city(query, officer, given)).data["node"] or {}).values())


# --- The statistics office's own codes --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crosswalk(shared_data: Path) -> list[dict[str, str]]:
    """Pairs of official codes and codes of the statistics office; they are not ours to keep."""
    with (shared_data / "areas_bps_crosswalk.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
async def real(tmp_path_factory: pytest.TempPathFactory, crosswalk: list[dict[str, str]]) -> AsyncIterator[City]:
    """A city of files whose register of areas has the pairs of the crosswalk, with one license for each code."""
    folder = tmp_path_factory.mktemp("real")
    with written("sqlite", "", folder, SIZES["small"]) as urls:
        await _filled_in(urls, crosswalk)
        async with opened({name: urls[name] for name in ("areas", "licenses")}) as city:
            yield city


async def _filled_in(urls: Urls, crosswalk: list[dict[str, str]]) -> None:
    async with scribe_of(urls["areas"]) as register, scribe_of(urls["licenses"]) as office:
        await register("UPDATE m_wilayah SET kd_bps = CASE WHEN jns_wilayah = 'KOTA' THEN '3671' END")
        await office("DELETE FROM dp_izin")
        for number, pair in enumerate(crosswalk, start=1):
            await register(
                "UPDATE m_wilayah SET kd_bps = :bps WHERE replace(kd_wilayah, '.', '') = :code",
                bps=pair["bps_code"] or None,
                code=pair["kemendagri_code"].replace(".", ""),
            )
            if pair["level"] == "kecamatan" or not pair["bps_code"]:
                await office(
                    "INSERT INTO dp_izin (izin_id, izin_kecamatan) VALUES (:id, :bps)",
                    id=number,
                    bps=pair["bps_code"] or pair["kemendagri_code"],
                )


async def test_bps_3671010_is_ciledug_and_the_official_3671_01_is_tangerang(real: City) -> None:
    answer = await real("""
    {
      byBps: areas(filter: {bpsCode: {eq: "3671010"}}) { nodes { code name } }
      byCode: area(code: "36.71.01") { name bpsCode }
      licenses(filter: {areaBpsCode: {eq: "3671010"}}) { nodes { area { code name } } }
    }
    """)
    assert answer.errors == []
    ciledug = {"code": "36.71.06", "name": "Ciledug"}
    assert answer.data["byBps"]["nodes"] == [ciledug]
    assert answer.data["licenses"]["nodes"] == [{"area": ciledug}]
    assert answer.data["byCode"]["name"] == "Tangerang"
    assert answer.data["byCode"]["bpsCode"] not in (None, "3671010")


async def test_every_code_of_the_crosswalk_is_its_partner_and_no_other(
    real: City, crosswalk: list[dict[str, str]]
) -> None:
    pairs = {pair["bps_code"]: pair["kemendagri_code"] for pair in crosswalk if pair["bps_code"]}
    assert len(pairs) == 114
    found: dict[str, str] = {}
    for codes in (sorted(pairs)[:60], sorted(pairs)[60:]):
        query = (
            "query ($in: [BpsCode!]!) { areas(first: 100, filter: {bpsCode: {in: $in}}) { nodes { code bpsCode } } }"
        )
        answer = await real(query, variables={"in": codes})
        found |= {node["bpsCode"]: node["code"] for node in answer.data["areas"]["nodes"]}
    assert found == pairs


async def test_a_district_has_its_own_licenses_and_the_city_has_all(real: City) -> None:
    answer = await real("""
    { areas(first: 14, filter: {level: {in: [CITY, DISTRICT]}}) { nodes { level licenses(first: 3) {
      totalCount nodes { area { code } }
    } code } } }
    """)
    assert answer.errors == []
    for node in answer.data["areas"]["nodes"]:
        if node["level"] == "CITY":
            assert node["licenses"]["totalCount"] == 13
        else:
            assert node["licenses"] == {"totalCount": 1, "nodes": [{"area": {"code": node["code"]}}]}


async def test_the_three_villages_without_a_partner_join_nobody(real: City, crosswalk: list[dict[str, str]]) -> None:
    alone = sorted(pair["kemendagri_code"] for pair in crosswalk if not pair["bps_code"])
    assert len(alone) == 3
    for code in alone:
        answer = await real("query ($c: AreaCode!) { area(code: $c) { bpsCode licenses { totalCount } } }", c=code)
        assert answer.data["area"] == {"bpsCode": None, "licenses": None}
    answer = await real(
        "{ licenses(first: 9, filter: {areaBpsCode: {isNull: true}}) { totalCount nodes { area { code } } } }"
    )
    assert answer.data["licenses"] == {"totalCount": 3, "nodes": [{"area": None}] * 3}


async def test_the_pairs_of_the_sample_are_not_the_real_ones(crosswalk: list[dict[str, str]]) -> None:
    real = {(pair["kemendagri_code"], pair["bps_code"]) for pair in crosswalk}
    assert real.isdisjoint(BPS_OF.items())
