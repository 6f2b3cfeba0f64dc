"""A reporter is unlocked by who handles the complaint, once, for a purpose, on record, and the reporter sees it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from models.errors import LedgerUnavailable
from models.policy.viewer import Purpose, Role
from sample.citizens import source as citizens
from sample.citizens.source import CitizenTruth
from sample.city import SIZES
from sample.complaints import source as complaints
from sample.complaints.source import ComplaintTruth
from schema.core.relay import GlobalId
from store.ledger.chain import Entry
from store.ledger.rows import entries_between
from tests.api.hub import Running, errors_of, running, whole_city
from tests.migrated import migrated
from tests.small_city import small_city

SIZE = SIZES["small"]
UNLOCK = """
mutation Unlock($id: ID!, $purpose: Purpose!, $reason: String) {
  unlockReporter(complaintId: $id, purpose: $purpose, reason: $reason) { nationalId fullName phone email }
}"""
HANDLING = Purpose.COMPLAINT_HANDLING.value


@pytest.fixture(scope="module")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unlocking")
    small_city(folder / "city")
    migrated(folder / "hub.db")
    return folder


@pytest.fixture(params=["compiled", pytest.param("reference", marks=pytest.mark.slow)])
async def hub(request: pytest.FixtureRequest, city_folder: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """A hub of the whole small city, in each lane, with a ledger of its own."""
    database = tmp_path / "hub.db"
    await asyncio.to_thread(shutil.copy, city_folder / "hub.db", database)
    with whole_city(city_folder / "city", database, tmp_path, HUB_ENGINE=request.param) as environ:
        async with running(environ) as started:
            yield started


@pytest.fixture(scope="module")
def registered() -> dict[str, CitizenTruth]:
    """Whom the register knows, by a resident number of their own."""
    twice = set(citizens.duplicated(SIZE))
    alive = (case.truth for case in citizens.generate(SIZE) if case.alive)
    return {truth.national_id: truth for truth in alive if truth.national_id and truth.national_id not in twice}


@pytest.fixture(scope="module")
def reported(registered: dict[str, CitizenTruth]) -> list[ComplaintTruth]:
    """Complaints that a department handles, of reporters whom the register knows."""
    alive = (case.truth for case in complaints.generate(SIZE) if case.alive)
    return [truth for truth in alive if truth.department_code and truth.reporter_nik in registered]


def published(reported: Sequence[ComplaintTruth], publication: str) -> ComplaintTruth:
    return next(truth for truth in reported if truth.publication == publication)


def id_of(truth: ComplaintTruth) -> str:
    return str(GlobalId("Complaint", truth.id))


def seen(truth: CitizenTruth) -> dict[str, Any]:
    return {
        "nationalId": truth.national_id, "fullName": truth.full_name, "phone": truth.phone, "email": truth.email,
    }  # fmt: skip


async def entries(hub: Running) -> list[Entry]:
    await hub.hub.ledger.replay()
    return [entry async for entry in entries_between(hub.hub.database, None, None)]


@pytest.mark.parametrize("publication", ["PUBLIC", "CONFIDENTIAL"])
async def test_the_handling_department_learns_the_reporter_on_record(
    hub: Running, reported: list[ComplaintTruth], registered: dict[str, CitizenTruth], publication: str
) -> None:
    complaint = published(reported, publication)
    officer = hub.bearer(Role.OFFICER, complaint.department_code)
    reason = "Called back, 0812-0000-1234 was wrong"
    answer = await hub.ask(UNLOCK, officer, id=id_of(complaint), purpose=HANDLING, reason=reason)
    nik = str(complaint.reporter_nik)
    assert answer.json()["data"] == {"unlockReporter": seen(registered[nik])}
    assert "errors" not in answer.json()
    notes = [entry.note for entry in await entries(hub)]
    assert [(note.record, note.fields) for note in notes] == [
        ("complaints", ("reporter_nik",)), ("citizens", ("email", "full_name", "phone")),
    ]  # fmt: skip
    assert {(note.purpose, note.outcome, note.department, note.rows) for note in notes} == {
        (HANDLING, "ok", complaint.department_code, 1)
    }
    assert {note.detail for note in notes} == {"Called back, •••••••••••••• was wrong"}
    trail = "{ me { dataAccess(first: 5) { nodes { role department purpose record fields } } } }"
    own = await hub.ask(trail, hub.bearer(Role.CITIZEN, nik=nik))
    rows = own.json()["data"]["me"]["dataAccess"]["nodes"]
    unlocked = {"role": "officer", "department": complaint.department_code, "purpose": HANDLING}
    assert sorted(rows, key=lambda row: str(row["record"])) == [
        {**unlocked, "record": "citizens", "fields": ["email", "fullName", "phone"]},
        {**unlocked, "record": "complaints", "fields": ["reporterNik"]},
    ]


async def test_only_what_is_asked_for_is_read(hub: Running, reported: list[ComplaintTruth]) -> None:
    complaint = published(reported, "PUBLIC")
    officer = hub.bearer(Role.OFFICER, complaint.department_code)
    query = "mutation($id: ID!) { unlockReporter(complaintId: $id, purpose: COMPLAINT_HANDLING) { nationalId } }"
    answer = await hub.ask(query, officer, id=id_of(complaint))
    assert answer.json()["data"] == {"unlockReporter": {"nationalId": complaint.reporter_nik}}
    assert [entry.note.record for entry in await entries(hub)] == ["complaints"]
    assert [line["source"] for line in answer.json()["extensions"]["sources"]] == ["complaints"]


async def test_until_then_the_number_keeps_its_form_for_the_handling_department(
    hub: Running, reported: list[ComplaintTruth]
) -> None:
    complaint = published(reported, "PUBLIC")
    query = "query($id: ID!) { complaint(id: $id) { reporterNik } }"
    who = hub.bearer(Role.OFFICER, complaint.department_code)
    stated = await hub.ask(query, {**who, "hub-purpose": HANDLING}, id=id_of(complaint))
    nik = str(complaint.reporter_nik)
    assert stated.json()["data"] == {"complaint": {"reporterNik": f"{nik[:4]}********{nik[12:]}"}}
    other = "dpupr" if complaint.department_code != "dpupr" else "dinkes"
    elsewhere = hub.bearer(Role.OFFICER, other) | {"hub-purpose": HANDLING}
    assert (await hub.ask(query, elsewhere, id=id_of(complaint))).json()["data"] == {"complaint": {"reporterNik": None}}
    for headers in (who, {}, hub.bearer(Role.ANALYST), hub.bearer(Role.AUDITOR)):
        answer = await hub.ask(query, headers, id=id_of(complaint))
        assert answer.json()["data"] == {"complaint": {"reporterNik": None}}
        assert [code for code, _ in errors_of(answer)] == ["FORBIDDEN"]
    own = await hub.ask(query, hub.bearer(Role.CITIZEN, nik=nik), id=id_of(complaint))
    assert own.json()["data"] == {"complaint": {"reporterNik": nik}}


async def test_nobody_else_unlocks_anybody(hub: Running, reported: list[ComplaintTruth]) -> None:
    complaint = published(reported, "PUBLIC")
    owner = hub.bearer(Role.CITIZEN, nik=str(complaint.reporter_nik))
    officer = hub.bearer(Role.OFFICER, complaint.department_code)
    refused: list[tuple[dict[str, str], Purpose]] = [
        ({}, Purpose.COMPLAINT_HANDLING),
        (owner, Purpose.LEGAL_OBLIGATION),
    ]
    refused += [(hub.bearer(role), Purpose.COMPLAINT_HANDLING) for role in Role if role is not Role.ANONYMOUS]
    refused += [(officer, Purpose.SERVICE_DELIVERY), (officer, Purpose.EMERGENCY_RESPONSE)]
    for headers, purpose in refused:
        answer = await hub.ask(UNLOCK, headers, id=id_of(complaint), purpose=purpose.value)
        assert answer.json()["data"] == {"unlockReporter": None}
        assert [code for code, _ in errors_of(answer)] == ["FORBIDDEN"]
    assert await entries(hub) == []


async def test_what_another_department_handles_and_who_asked_to_stay_unknown_is_no_ones(
    hub: Running, reported: list[ComplaintTruth]
) -> None:
    public, anonymous = published(reported, "PUBLIC"), published(reported, "ANONYMOUS")
    elsewhere = next(one.department_code for one in reported if one.department_code != public.department_code)
    for complaint, department in ((public, elsewhere), (anonymous, anonymous.department_code)):
        answer = await hub.ask(UNLOCK, hub.bearer(Role.OFFICER, department), id=id_of(complaint), purpose=HANDLING)
        assert answer.json()["data"] == {"unlockReporter": None}
        assert "errors" not in answer.json()
    assert await entries(hub) == []


async def test_what_cannot_be_recorded_is_not_told(
    hub: Running, reported: list[ComplaintTruth], monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = published(reported, "PUBLIC")

    async def unwritable(*_: object) -> None:
        raise LedgerUnavailable("ledger_unwritten")

    monkeypatch.setattr(type(hub.hub.ledger), "_keep", unwritable)
    officer = hub.bearer(Role.OFFICER, complaint.department_code)
    answer = await hub.ask(UNLOCK, officer, id=id_of(complaint), purpose=HANDLING)
    assert answer.json()["data"] == {"unlockReporter": None}
    assert [code for code, _ in errors_of(answer)] == ["INTERNAL"]
    assert str(complaint.reporter_nik) not in answer.text


async def test_it_is_sent_by_post_as_json_with_good_arguments(hub: Running, reported: list[ComplaintTruth]) -> None:
    complaint = published(reported, "PUBLIC")
    officer = hub.bearer(Role.OFFICER, complaint.department_code)
    text = f'mutation {{ unlockReporter(complaintId: "{id_of(complaint)}", purpose: {HANDLING}) {{ nationalId }} }}'
    got = await hub.client.get("/graphql", params={"query": text}, headers=officer)
    assert (got.status_code, got.headers["allow"]) == (405, "POST")
    form = await hub.client.post("/graphql", data={"query": text}, headers=officer)
    assert form.status_code == 415
    for given, message in (
        ({"id": str(GlobalId("Area", "1"))}, "This id is not an id of this graph."),
        ({"reason": "x" * 201}, "The text may have at most 200 characters."),
    ):
        answer = await hub.ask(UNLOCK, officer, **{"id": id_of(complaint), "purpose": HANDLING, **given})
        assert errors_of(answer) == [("BAD_INPUT", message)]
    assert await entries(hub) == []
