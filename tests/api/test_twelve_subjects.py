"""All twelve subjects in one query: over the embedded city, and over databases on servers, HTTP and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from models.policy.viewer import Role
from sample import areas, places, web
from sample.admissions import schools
from sample.admissions import source as admissions
from sample.citizens import source as citizens
from sample.citizens.people import resident_number
from sample.city import SIZES
from sample.complaints import source as complaints
from sample.emergencies import alerts
from sample.emergencies import source as emergencies
from sample.events import source as events
from sample.hospitals import beds_feed
from sample.hospitals import source as hospitals
from sample.jobs import source as jobs
from sample.licenses import source as licenses
from sample.news import source as news
from sample.prices import source as prices
from sample.services import source as services
from sample.write import SOURCES, write_city
from tests import servers
from tests.api.hub import running, whole_city
from tests.migrated import migrated
from tests.small_city import small_city

SMALL = SIZES["small"]
ON_POSTGRES = ("citizens", "emergencies", "hospitals")
QUESTION = """
query Twelve {
  me {
    fullName
    complaints(first: 100, orderBy: [{requestedAt: ASC}]) { nodes { ticketNumber } }
    licenses(first: 100) { totalCount }
    jobApplications(first: 100) { totalCount }
    admissionApplications(first: 100) { nodes { registrationNumber school { npsn } } }
  }
  areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) { nodes { code name } }
  complaints(first: 3, orderBy: [{requestedAt: DESC}]) { totalCount nodes { ticketNumber area { name } } }
  licenses(first: 1) { totalCount }
  jobPostings(first: 1) { totalCount }
  hospitals(first: 100, orderBy: [{name: ASC}]) { nodes { code name beds { careClass available } } }
  newsArticles(first: 3, orderBy: [{datePublished: DESC}]) { totalCount nodes { headline } }
  incidents(first: 1) { totalCount }
  alerts(first: 100) { nodes { identifier area { code } } }
  marketPrices(first: 1) { totalCount }
  schools(first: 1) { totalCount nodes { npsn } }
  events(first: 100, orderBy: [{startDate: ASC}]) { totalCount nodes { name area { name } } }
  services(first: 100, orderBy: [{code: ASC}]) { nodes { code name department { code } } }
  departments { code sources { name } }
  search(text: "banjir", first: 5) { __typename }
}
"""


def expected() -> dict[str, Any]:
    """What the truth says of the answer, subject by subject."""
    nik = resident_number(0)
    mine = [case.truth for case in complaints.generate(SMALL) if case.alive and case.truth.reporter_nik == nik]
    own = [case.truth for case in admissions.generate(SMALL) if case.alive and case.truth.applicant_nik == nik]
    emergency = [case for case in emergencies.generate(SMALL) if case.alive and case.truth.disposition == "EMERGENCY"]
    meant = [truth for truth in alerts.truth() if (truth.status, truth.scope) == ("ACTUAL", "PUBLIC")]
    return {
        "name": next(case.truth.full_name for case in citizens.generate(SMALL) if case.truth.national_id == nik),
        "my complaints": sorted(truth.ticket_number for truth in mine),
        "my applications": sorted(str(truth.registration_number) for truth in own),
        "districts": sorted((str(area.code), area.name) for area in areas.truth() if area.level == "DISTRICT"),
        "hospitals": sorted((truth.code, truth.name) for truth in hospitals.truth()),
        "beds": sorted((truth.hospital_code, truth.care_class, str(truth.available)) for truth in beds_feed.truth()),
        "postings": sum(case.alive for case in jobs.postings(SMALL)),
        "licenses": sum(case.license is not None for case in licenses.generate(SMALL)),
        "news": sum(case.alive for case in news.generate(SMALL)),
        "incidents": len(emergency),
        "alerts": sorted(truth.identifier for truth in meant),
        "prices": sum(1 for _ in prices.generate(SMALL)),
        "schools": len(schools.cases(SMALL)),
        "events": sum(1 for _ in events.generate(SMALL)),
        "services": sorted((case.truth.code, case.truth.name) for case in services.generate() if case.alive),
    }


def said(data: dict[str, Any]) -> dict[str, Any]:
    """The same of an answer."""
    return {
        "name": data["me"]["fullName"],
        "my complaints": sorted(node["ticketNumber"] for node in data["me"]["complaints"]["nodes"]),
        "my applications": sorted(
            str(node["registrationNumber"]) for node in data["me"]["admissionApplications"]["nodes"]
        ),
        "districts": [(node["code"], node["name"]) for node in data["areas"]["nodes"]],
        "hospitals": sorted((node["code"], node["name"]) for node in data["hospitals"]["nodes"]),
        "beds": sorted(
            (node["code"], bed["careClass"], str(bed["available"]))
            for node in data["hospitals"]["nodes"]
            for bed in node["beds"]
        ),
        "postings": data["jobPostings"]["totalCount"],
        "licenses": data["licenses"]["totalCount"],
        "news": data["newsArticles"]["totalCount"],
        "incidents": data["incidents"]["totalCount"],
        "alerts": sorted(node["identifier"] for node in data["alerts"]["nodes"]),
        "prices": data["marketPrices"]["totalCount"],
        "schools": data["schools"]["totalCount"],
        "events": data["events"]["totalCount"],
        "services": [(node["code"], node["name"]) for node in data["services"]["nodes"]],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("city")
    small_city(made)
    return made


@pytest.fixture
def environ(folder: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The embedded city, whose copies are this test's own."""
    with whole_city(folder, migrated(tmp_path / "hub.db"), tmp_path) as environ:
        yield environ


@pytest.fixture
def external(postgres_server: str, mariadb_server: str) -> Iterator[dict[str, str]]:
    """Every database of the city on a server: some on PostgreSQL, the others on MariaDB."""
    with servers.postgres_database(postgres_server) as postgres, servers.mariadb_database(mariadb_server) as mariadb:
        for url in (postgres, mariadb):
            write_city("small", url)
        yield {source.name: postgres if source.name in ON_POSTGRES else mariadb for source in SOURCES}


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """The sample's web on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(web.app(folder), port=0, log_level="warning"))
    running_server = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running_server


async def asked(environ: dict[str, str]) -> dict[str, Any]:
    async with running(environ) as hub:
        async with asyncio.timeout(20):
            await hub.hub.search.made.wait()
        answer = (await hub.ask(QUESTION, hub.bearer(Role.CITIZEN, nik=str(resident_number(0))))).json()
    assert "errors" not in answer, answer["errors"]
    assert {line["state"] for line in answer["extensions"]["sources"]} == {"OK"}
    data: dict[str, Any] = answer["data"]
    return data


async def test_the_embedded_city_is_the_truth(environ: dict[str, str]) -> None:
    assert said(await asked(environ)) == expected()


async def test_servers_http_and_files_say_the_same(
    environ: dict[str, str], external: dict[str, str], folder: Path
) -> None:
    embedded = await asked(environ)
    async with served(folder) as base:
        urls = places.urls(folder, base) | external
        found = await asked(
            environ
            | {f"HUB_SOURCE_{name.upper()}_URL": url for name, url in urls.items()}
            | {"HUB_PRIVATE_HOSTS": "127.0.0.1"}
        )
    assert said(found) == expected()
    assert found == embedded
