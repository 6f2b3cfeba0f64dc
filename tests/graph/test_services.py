"""Services through the hub: the truth of the catalogue, with lists of channels and evidence, cost and promised time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from connectors.departments import services as departments
from connectors.departments.city import TANGERANG
from models.records import PersonalClass
from models.services import PublicService
from models.sources.findings import FindingKind
from models.values.localized import Language
from sample.services import source as services
from sample.services.source import ServiceTruth
from schema.core.relay import GlobalId
from tests.graph.copies import copied
from tests.graph.harness import City, Urls, opened

CASES = list(services.generate())
TRUTH = sorted((case.truth for case in CASES if case.alive), key=lambda truth: truth.code)
ABBREVIATIONS = {department.code: department.abbreviation for department in TANGERANG.departments}

SERVICE = """
  id code name description channels cost { amount currency } requiredEvidence processingTime { amount unit } topic
  department { code abbreviation } url
"""


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    rows = (case.legacy for case in CASES)
    with copied(tmp_path_factory.mktemp("services"), departments.SUBJECT, rows) as found:
        yield found


@pytest.fixture(scope="module")
async def catalogue(urls: Urls) -> AsyncIterator[City]:
    async with opened(urls) as opening:
        yield opening


def shown(truth: ServiceTruth) -> dict[str, Any]:
    """A service as the graph writes it."""
    amount, unit = truth.processing_time or (None, None)
    code = truth.department_code
    return {
        "id": str(GlobalId("PublicService", truth.code)),
        "code": truth.code,
        "name": truth.name,
        "description": truth.description,
        "channels": list(truth.channels),
        "cost": {"amount": str(truth.cost), "currency": "IDR"} if truth.cost is not None else None,
        "requiredEvidence": list(truth.required_evidence) if truth.required_evidence else None,
        "processingTime": {"amount": amount, "unit": unit} if amount else None,
        "topic": truth.topic,
        "department": {"code": code, "abbreviation": ABBREVIATIONS[code]} if code else None,
        "url": truth.url,
    }


async def test_every_service_is_the_truth(catalogue: City) -> None:
    catalogue.findings.clear()
    answer = await catalogue(f"{{ services(first: 100) {{ totalCount nodes {{ {SERVICE} }} }} }}")
    assert answer.errors == []
    assert answer.data["services"]["nodes"] == [shown(truth) for truth in TRUTH]
    assert answer.data["services"]["totalCount"] == len(TRUTH) == 53
    assert answer.statements == {"services": 2}
    # Three services of departments that the city's list does not have; one that is reached in a way nobody knows.
    assert {(one.field, one.kind): one.count for one in catalogue.findings} == {
        ("department_code", FindingKind.UNKNOWN_CODE): 3,
        ("channels", FindingKind.UNKNOWN_CODE): 1,
    }


async def test_a_service_that_is_closed_is_nowhere(catalogue: City) -> None:
    (closed,) = (case.truth for case in CASES if not case.alive)
    answer = await catalogue(
        "query ($code: String!, $id: ID!) { service(code: $code) { name } node(id: $id) { id } }",
        code=closed.code, id=str(GlobalId("PublicService", closed.code)),
    )  # fmt: skip
    assert (answer.errors, answer.data) == ([], {"service": None, "node": None})


async def test_channels_and_times_in_the_words_of_the_request(catalogue: City) -> None:
    query = """
    { service(code: "TAYO") { name channelLabels cost { amount } } other: service(code: "LIVEROOM") { channelLabels } }
    """
    answer = await catalogue(query, language=Language.ID)
    assert answer.data == {
        "service": {"name": "Bus Tayo dan Si Benteng", "channelLabels": ["Aplikasi"], "cost": {"amount": "2000"}},
        "other": {"channelLabels": ["Tidak diketahui"]},
    }
    query = '{ service(code: "AK1") { channels channelLabels processingTime { amount unitLabel } } }'
    answer = await catalogue(query)
    assert answer.data["service"] == {
        "channels": ["APP", "WEB", "COUNTER"],
        "channelLabels": ["App", "Website", "Counter"],
        "processingTime": {"amount": 30, "unitLabel": "Minute"},
    }


async def test_filters_find_what_the_truth_has(catalogue: City) -> None:
    cases = {
        '{topic: {eq: "Kesehatan"}}': [one for one in TRUTH if one.topic == "Kesehatan"],
        '{departmentCode: {eq: "dpmptsp"}}': [one for one in TRUTH if one.department_code == "dpmptsp"],
        '{departmentCode: {isNull: true}}': [one for one in TRUTH if one.department_code is None],
        '{name: {contains: "KARTU"}}': [one for one in TRUTH if "kartu" in one.name.lower()],
        '{not: {topic: {in: ["Perizinan", "Informasi"]}}}': [
            one for one in TRUTH if one.topic not in ("Perizinan", "Informasi")
        ],
    }  # fmt: skip
    for given, expected in cases.items():
        answer = await catalogue(f"{{ services(first: 100, filter: {given}) {{ totalCount nodes {{ code }} }} }}")
        assert answer.errors == [], given
        assert [node["code"] for node in answer.data["services"]["nodes"]] == [one.code for one in expected], given
        assert answer.data["services"]["totalCount"] == len(expected) > 0


async def test_services_by_name_backwards(catalogue: City) -> None:
    answer = await catalogue("{ services(first: 100, orderBy: [{name: DESC}]) { nodes { name } } }")
    assert [node["name"] for node in answer.data["services"]["nodes"]] == sorted(
        (one.name for one in TRUTH), reverse=True
    )


def test_nothing_is_personal() -> None:
    assert {field.personal for field in PublicService.fields.values()} == {PersonalClass.NON_PERSONAL}
