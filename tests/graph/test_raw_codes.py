"""Raw codes: what a system wrote where the hub does not know the code, and null everywhere else."""

from __future__ import annotations

import pytest

from models.policy.viewer import Role, Viewer
from models.values.types import Nik
from sample.citizens import source as citizens
from sample.city import SIZES
from sample.complaints import source as complaints
from sample.jobs import source as jobs
from sample.licenses import source as licenses
from tests.graph.cities import Own
from tests.graph.harness import City

SMALL = SIZES["small"]


def text_of(stored: object) -> str | None:
    return None if stored is None else str(stored)


def raw_codes() -> dict[str, list[str | None]]:
    """What is stored as the status of everybody's rows whose status nobody knows, by list, in the order of ids."""
    public = [
        case for case in complaints.generate(SMALL) if case.alive and case.truth.publication in ("PUBLIC", "ANONYMOUS")
    ]
    granted = [case.license for case in licenses.generate(SMALL) if case.license is not None]
    return {
        "complaints": [text_of(case.legacy.pengaduan[13]) for case in public if case.truth.status == "UNKNOWN"],
        # The newest step stands first, and decides.
        "licenses": [
            text_of(case.history[0][2]) if case.history else None for case in granted if case.truth.status == "UNKNOWN"
        ],
        "jobPostings": [
            text_of(case.legacy[10]) for case in jobs.postings(SMALL) if case.alive and case.truth.status == "UNKNOWN"
        ],
    }


@pytest.mark.parametrize(("name", "codes"), raw_codes().items())
async def test_an_unknown_status_says_what_its_system_wrote(city: City, name: str, codes: list[str | None]) -> None:
    """The code as it is stored, null where nothing is; and null in every row whose status the hub knows."""
    assert len(set(codes)) > 1
    query = "{ %s(first: 100, filter: {%s}) { nodes { status statusLabel statusRaw } } }"
    unknown = await city(query % (name, "status: {eq: UNKNOWN}"))
    assert unknown.errors == []
    assert unknown.data[name]["nodes"] == [
        {"status": "UNKNOWN", "statusLabel": "Unknown", "statusRaw": code} for code in codes[:100]
    ]
    known = await city(query % (name, "not: {status: {eq: UNKNOWN}}"))
    assert {node["statusRaw"] for node in known.data[name]["nodes"]} == {None}
    assert len(known.data[name]["nodes"]) > 10


async def test_a_step_and_an_application_say_what_their_systems_wrote(city: City) -> None:
    ticket, place, stored = next(
        (case.truth.ticket_number, place, row[3])
        for case in complaints.generate(SMALL)
        if case.alive and case.truth.publication == "PUBLIC"
        for place, row in enumerate(case.legacy.tanggapan)
        if row[3] in ("9", "Dikembalikan", "proses ")
    )
    query = """query ($is: String!) { complaint(ticketNumber: $is) {
        history(first: 100) { nodes { statusDetail statusDetailRaw } } } }"""
    answer = await city(query, variables={"is": ticket})
    assert answer.errors == []
    assert answer.data["complaint"]["history"]["nodes"][place] == {
        "statusDetail": "UNKNOWN",
        "statusDetailRaw": stored,
    }

    who, own = applicant_with_an_unknown_status()
    answer = await city("{ me { jobApplications(first: 100) { nodes { status statusRaw } } } }", who)
    assert answer.errors == []
    assert answer.data["me"]["jobApplications"]["nodes"] == own


def applicant_with_an_unknown_status() -> tuple[Viewer, list[dict[str, str | None]]]:
    """Somebody, and the status of each of the own applications as the hub must tell it."""
    twice = citizens.duplicated(SMALL)
    by_address: dict[str, list[dict[str, str | None]]] = {}
    for case in jobs.applications(SMALL):
        raw = text_of(case.legacy[5]) if case.truth.status == "UNKNOWN" else None
        by_address.setdefault(str(case.truth.applicant_email), []).append(
            {"status": case.truth.status, "statusRaw": raw}
        )
    for entry in citizens.generate(SMALL):
        nik, own = entry.truth.national_id, by_address.get(str(entry.truth.email), [])
        if entry.alive and nik and entry.truth.email and nik not in twice and any(one["statusRaw"] for one in own):
            return Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(nik)), own
    raise AssertionError("nobody has such an application")


async def test_a_code_is_told_without_signs_and_numbers_of_people(own: Own) -> None:
    """A column of codes holds what somebody typed, and everybody may read it."""
    await own.complaints(
        "UPDATE tbl_pengaduan SET stts = 'hub. 081234567890', publikasi = 'Publik', hapus = 'T', no_tiket = 'T-1'"
        " WHERE id_pengaduan = 1"
    )
    query = '{ complaint(ticketNumber: "T-1") { status statusRaw statusDetailRaw } }'
    answer = await own.city(query)
    assert answer.data == {
        "complaint": {
            "status": "UNKNOWN",
            "statusRaw": "hub. " + "\u2022" * 12,
            "statusDetailRaw": "hub. " + "\u2022" * 12,
        }
    }
