"""What residents ask about their own data is registered, effective and answered, and the ledger has each step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import SourceUnreachable
from models.policy.subject_requests import RightsState
from models.policy.viewer import Purpose, Role
from resolvers import subject_access as export_module
from sample.citizens import source as citizens
from sample.citizens.people import resident_number
from sample.city import SIZES
from store.ledger.chain import EntryKind, LedgerKeys
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.rows import entries_between
from store.subject_requests import rows as rights_rows
from tests.api.hub import SECRET, Running, codes_of, running, whole_city
from tests.migrated import migrated
from tests.small_city import small_city
from tests.store.ledgers import verified

NIK = resident_number(0)
OTHER_NIK = next(
    case.truth.national_id
    for case in citizens.generate(SIZES["small"])
    if case.alive and case.truth.national_id not in {None, NIK}
)
MARK = Pseudonyms(SECRET.encode()).of_person(NIK)
PEOPLES = ["bpbd", "dindik", "diskominfo", "disdukcapil", "disnaker", "dpmptsp"]
LEGAL = {"hub-purpose": Purpose.LEGAL_OBLIGATION.value}
OUTREACH = {"hub-purpose": Purpose.OUTREACH.value}
REASON = "Saya sudah pindah, canary-7781"

ERASE = """
mutation Erase($departments: [String!], $reason: String) {
  requestErasure(departments: $departments, reason: $reason) {
    requests { id kind kindLabel department { code } state openedAt dueAt closedAt isOverdue steps { state role note } }
  }
}
"""
MINE = """
query Mine($first: Int, $after: String) {
  me { rightsRequests(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id department { code } state nationalId reason steps { state role note } }
  } }
}
"""
INBOX = """
query Inbox($states: [RightsState!], $first: Int, $after: String) {
  rightsRequests(states: $states, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id department { code } state dueAt nationalId reason }
  }
}
"""
ANSWER = """
mutation Answer($id: ID!, $state: RightsState!, $note: String) {
  answerRightsRequest(id: $id, state: $state, note: $note) { state closedAt nationalId steps { state role note } }
}
"""
WITHDRAW = """
mutation Withdraw($purpose: Purpose!) {
  withdrawConsent(purpose: $purpose) {
    consents { purpose withdrawnAt } requests { kind purpose department { code } }
  }
}
"""
GIVE = "mutation Give($purpose: Purpose!) { giveConsent(purpose: $purpose) { consents { purpose withdrawnAt } } }"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rights")
    small_city(folder / "city")
    return folder / "city"


@pytest.fixture(params=["compiled", pytest.param("reference", marks=pytest.mark.slow)])
async def hub(request: pytest.FixtureRequest, city: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """A hub of the whole small city with tables of its own, in each lane."""
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    with whole_city(city, database, tmp_path, HUB_ENGINE=request.param) as environ:
        async with running(environ) as started:
            yield started


def resident(hub: Running, nik: str = NIK) -> dict[str, str]:
    return hub.bearer(Role.CITIZEN, nik=nik)


def dpo(hub: Running) -> dict[str, str]:
    return hub.bearer(Role.DPO) | LEGAL


async def answered(hub: Running, query: str, headers: dict[str, str], **variables: Any) -> Any:
    body = (await hub.ask(query, headers, **variables)).json()
    assert "errors" not in body, body["errors"]
    return body["data"]


async def steps_in_ledger(hub: Running) -> list[dict[str, str]]:
    """What the ledger says of requests and consents; of searches: tests/api/test_erasure.py."""
    await hub.hub.ledger.replay()
    found = [entry.note async for entry in entries_between(hub.hub.database, None, None, EntryKind.STEP)]
    assert all(note.persons == (MARK,) for note in found)
    steps = [json.loads(note.detail or "") for note in found]
    return [step for step in steps if "searched" not in step]


async def test_an_erasure_is_registered_with_each_department_and_has_72_hours(hub: Running) -> None:
    opened = (await answered(hub, ERASE, resident(hub), reason=REASON))["requestErasure"]["requests"]
    assert [one["department"]["code"] for one in opened] == sorted(PEOPLES)
    for one in opened:
        opened_at, due_at = map(datetime.fromisoformat, (one["openedAt"], one["dueAt"]))
        assert due_at - opened_at == timedelta(hours=72)
        assert (one["kind"], one["kindLabel"], one["state"], one["isOverdue"]) == ("ERASURE", "Erasure", "OPEN", False)
        assert one["steps"] == [{"state": "OPEN", "role": "citizen", "note": None}]
    # Who asks again has asked once.
    again = (await answered(hub, ERASE, resident(hub)))["requestErasure"]["requests"]
    assert [one["id"] for one in again] == [one["id"] for one in opened]
    assert [step["department"] for step in await steps_in_ledger(hub)] == sorted(PEOPLES)
    mine = (await answered(hub, MINE, resident(hub), first=2))["me"]["rightsRequests"]
    assert (mine["totalCount"], mine["pageInfo"]["hasNextPage"]) == (len(PEOPLES), True)
    rest = (await answered(hub, MINE, resident(hub), after=mine["pageInfo"]["endCursor"]))["me"]["rightsRequests"]
    nodes = mine["nodes"] + rest["nodes"]
    assert {one["id"] for one in nodes} == {one["id"] for one in opened}
    assert {(one["nationalId"], one["reason"]) for one in nodes} == {(NIK, REASON)}
    other = (await answered(hub, MINE, resident(hub, OTHER_NIK)))["me"]["rightsRequests"]
    assert (other["totalCount"], other["nodes"]) == (0, [])


async def test_the_officer_brings_a_request_to_its_end_and_the_hub_forgets_the_person(hub: Running) -> None:
    await answered(hub, ERASE, resident(hub), departments=["disnaker", "dindik"], reason=REASON)
    inbox = (await answered(hub, INBOX, dpo(hub), first=1))["rightsRequests"]
    assert (inbox["totalCount"], inbox["pageInfo"]["hasNextPage"]) == (2, True)
    rest = (await answered(hub, INBOX, dpo(hub), after=inbox["pageInfo"]["endCursor"]))["rightsRequests"]
    first, second = inbox["nodes"] + rest["nodes"]
    assert {(one["nationalId"], one["reason"]) for one in (first, second)} == {(NIK, REASON)}
    await answered(hub, ANSWER, dpo(hub), id=first["id"], state="FORWARDED")
    done = (await answered(hub, ANSWER, dpo(hub), id=first["id"], state="DONE", note="Dihapus"))["answerRightsRequest"]
    assert (done["state"], done["nationalId"]) == ("DONE", None)
    assert done["closedAt"] is not None
    assert done["steps"] == [
        {"state": "OPEN", "role": "citizen", "note": None},
        {"state": "FORWARDED", "role": "dpo", "note": None},
        {"state": "DONE", "role": "dpo", "note": "Dihapus"},
    ]
    # What is closed stays closed, a refusal says why, and nothing else is touched.
    for state, code in (("REFUSED", "CONFLICT"), ("OPEN", "CONFLICT")):
        refused = await hub.ask(ANSWER, dpo(hub), id=first["id"], state=state, note="x")
        assert codes_of(refused) == [code]
    assert codes_of(await hub.ask(ANSWER, dpo(hub), id=second["id"], state="REFUSED", note=" ")) == ["BAD_INPUT"]
    assert codes_of(await hub.ask(ANSWER, dpo(hub), id="Q29tcGxhaW50OjE=", state="DONE")) == ["BAD_INPUT"]
    left = (await answered(hub, INBOX, dpo(hub)))["rightsRequests"]
    assert [one["id"] for one in left["nodes"]] == [second["id"]]
    closed = (await answered(hub, INBOX, dpo(hub), states=["DONE"]))["rightsRequests"]
    assert [(one["id"], one["nationalId"]) for one in closed["nodes"]] == [(first["id"], None)]
    assert [step["state"] for step in await steps_in_ledger(hub)] == ["OPEN", "OPEN", "FORWARDED", "DONE"]
    trail = await answered(hub, "{ me { dataAccess { nodes { role record fields } } } }", resident(hub))
    opened = [one for one in trail["me"]["dataAccess"]["nodes"] if one["role"] == "dpo" and one["fields"]]
    assert {(one["record"], *one["fields"]) for one in opened} == {
        ("rights_requests", "nationalId"),
        ("rights_requests", "reason"),
    }
    assert (await verified(hub.hub.database, keys=LedgerKeys(SECRET.encode()))).problems == []


async def test_nobody_else_asks_opens_or_answers(hub: Running) -> None:
    await answered(hub, ERASE, resident(hub), departments=["disnaker"], reason=REASON)
    (one,) = (await answered(hub, INBOX, dpo(hub)))["rightsRequests"]["nodes"]
    others = [
        {},
        hub.bearer(Role.DEVELOPER),
        hub.bearer(Role.ANALYST),
        hub.bearer(Role.OPERATOR),
        hub.bearer(Role.OFFICER, "disnaker") | LEGAL,
        hub.bearer(Role.DPO),
    ]
    for headers in (*others, resident(hub, OTHER_NIK), resident(hub)):
        inbox = await hub.ask(INBOX, headers)
        assert (codes_of(inbox), inbox.json()["data"]) == (["FORBIDDEN"], {"rightsRequests": None})
        assert codes_of(await hub.ask(ANSWER, headers, id=one["id"], state="DONE")) == ["FORBIDDEN"]
    for headers in (*others, dpo(hub)):
        assert codes_of(await hub.ask(ERASE, headers)) == ["FORBIDDEN"]
        assert codes_of(await hub.ask(WITHDRAW, headers, purpose="OUTREACH")) == ["FORBIDDEN"]
        assert codes_of(await hub.ask(GIVE, headers, purpose="OUTREACH")) == ["FORBIDDEN"]
    assert (await answered(hub, INBOX, dpo(hub)))["rightsRequests"]["nodes"] == [one]
    assert len(await steps_in_ledger(hub)) == 1


@pytest.mark.parametrize("departments", [["dinas-lain"], [], ["disnaker", "pdpasar"]])
async def test_only_departments_that_hold_data_of_people_are_asked(hub: Running, departments: list[str]) -> None:
    refused = await hub.ask(ERASE, resident(hub), departments=departments)
    assert codes_of(refused) == ["BAD_INPUT"]
    assert await steps_in_ledger(hub) == []


async def test_who_took_back_their_consent_is_shown_for_it_no_more(hub: Running) -> None:
    ask = "query Desk($after: String) { licenses(first: 100, after: $after) { pageInfo { hasNextPage endCursor } "
    ask += "nodes { id holderNik holderName } } }"
    desk = hub.bearer(Role.OFFICER, "dpmptsp")

    async def holders(headers: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
        found: dict[str, tuple[str | None, str | None]] = {}
        after = None
        while True:
            page = (await answered(hub, ask, headers, after=after))["licenses"]
            found |= {node["id"]: (node["holderNik"], node["holderName"]) for node in page["nodes"]}
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    served, before = await holders(desk | {"hub-purpose": "SERVICE_DELIVERY"}), await holders(desk | OUTREACH)
    about = {key for key, (nik, _) in served.items() if nik == NIK}
    assert about
    # Whose consent cannot be known, because the register does not say who they are, is not shown either.
    assert before == {key: row if row[0] else (None, None) for key, row in served.items()}
    receipt = (await answered(hub, WITHDRAW, resident(hub), purpose="OUTREACH"))["withdrawConsent"]
    assert [one["purpose"] for one in receipt["consents"]] == ["OUTREACH"]
    assert receipt["consents"][0]["withdrawnAt"] is not None
    assert {(one["kind"], one["purpose"]) for one in receipt["requests"]} == {("CONSENT_WITHDRAWAL", "OUTREACH")}
    assert sorted(one["department"]["code"] for one in receipt["requests"]) == sorted(PEOPLES)
    after = await holders(desk | OUTREACH)
    assert after == {key: (None, None) if key in about else row for key, row in before.items()}
    assert await holders(desk | {"hub-purpose": "SERVICE_DELIVERY"}) == served
    mine = (await answered(hub, "{ me { fullName consents { purpose withdrawnAt } } }", resident(hub)))["me"]
    assert mine["consents"] == receipt["consents"]
    assert mine["fullName"] is not None
    for mutation in (WITHDRAW, GIVE):
        assert codes_of(await hub.ask(mutation, resident(hub), purpose="SERVICE_DELIVERY")) == ["BAD_INPUT"]
    given = (await answered(hub, GIVE, resident(hub), purpose="OUTREACH"))["giveConsent"]
    assert given == {"consents": [{"purpose": "OUTREACH", "withdrawnAt": None}]}
    assert await holders(desk | OUTREACH) == before
    said = [step for step in await steps_in_ledger(hub) if "consent" in step]
    assert said == [{"consent": "OUTREACH", "state": state} for state in ("WITHDRAWN", "GIVEN")]


async def test_without_its_tables_nothing_is_promised_and_consent_counts_as_withdrawn(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(rights_rows, "add", refused)
    monkeypatch.setattr(rights_rows, "withdrawn_among", refused)
    failed = await hub.ask(ERASE, resident(hub))
    assert (codes_of(failed), failed.json()["data"]) == (["INTERNAL"], {"requestErasure": None})
    desk = hub.bearer(Role.OFFICER, "dpmptsp") | OUTREACH
    kept = await hub.ask("{ licenses(first: 20) { nodes { holderName } } }", desk)
    assert (codes_of(kept), kept.json()["data"]) == (["INTERNAL"], {"licenses": None})
    monkeypatch.undo()
    assert (await answered(hub, MINE, resident(hub)))["me"]["rightsRequests"]["totalCount"] == 0


async def test_what_is_kept_shows_no_person(hub: Running, tmp_path: Path) -> None:
    await answered(hub, ERASE, resident(hub), departments=["disnaker"], reason=REASON)
    (one,) = (await answered(hub, INBOX, dpo(hub)))["rightsRequests"]["nodes"]
    await answered(hub, ANSWER, dpo(hub), id=one["id"], state="REFUSED", note="Wajib disimpan, canary-7782")
    kept = await asyncio.to_thread(lambda: b"".join(file.read_bytes() for file in tmp_path.glob("hub.db*")))
    assert MARK.encode() in kept
    for secret in (NIK, REASON, "canary-7781", "canary-7782"):
        assert secret.encode() not in kept
    assert RightsState.REFUSED.value.encode() in kept


EXPORT = """
mutation { exportMyData { format madeAt isComplete sections {
  record department { code } fetchedAt count isComplete missing { field code message } data
} } }
"""
GRAPH = """
{ me {
  nationalId fullName sex birthDate email
  complaints(first: 100) { nodes {
    ticketNumber status requestedAt description history(first: 100) { nodes { note } }
  } }
  licenses(first: 100) { nodes { holderName holderNik } }
  licenseApplications(first: 100) { totalCount }
  jobApplications(first: 100) { totalCount }
  admissionApplications(first: 100) { totalCount }
} }
"""


def sections_of(export: Any) -> dict[str, Any]:
    return {section["record"]: section for section in export["sections"]}


async def test_an_export_has_what_the_graph_shows_the_person_and_who_looked(hub: Running) -> None:
    me = (await answered(hub, GRAPH, resident(hub)))["me"]
    await answered(hub, ERASE, resident(hub), departments=["disnaker"])
    export = (await answered(hub, EXPORT, resident(hub)))["exportMyData"]
    sections = sections_of(export)
    assert {name: section["department"] and section["department"]["code"] for name, section in sections.items()} == {
        "citizens": "disdukcapil",
        "complaints": "diskominfo",
        "complaint_status_changes": "diskominfo",
        "licenses": "dpmptsp",
        "license_applications": "dpmptsp",
        "job_applications": "disnaker",
        "admission_applications": "dindik",
        "data_access": None,
        "rights_requests": None,
        "consents": None,
    }
    (person,) = sections["citizens"]["data"]
    for name in ("nationalId", "fullName", "sex", "birthDate", "email"):
        assert person[name] == me[name], name
    fields = ("ticketNumber", "status", "requestedAt", "description")
    assert sorted([[one[name] for name in fields] for one in sections["complaints"]["data"]], key=str) == sorted(
        [[one[name] for name in fields] for one in me["complaints"]["nodes"]], key=str
    )
    notes = [step["note"] for one in me["complaints"]["nodes"] for step in one["history"]["nodes"]]
    assert sorted(one["note"] or "" for one in sections["complaint_status_changes"]["data"]) == sorted(
        note or "" for note in notes
    )
    assert len(me["complaints"]["nodes"]) >= 1
    assert {(one["holderName"], one["holderNik"]) for one in sections["licenses"]["data"]} == {
        (one["holderName"], one["holderNik"]) for one in me["licenses"]["nodes"]
    }
    for record, name in (
        ("license_applications", "licenseApplications"),
        ("job_applications", "jobApplications"),
        ("admission_applications", "admissionApplications"),
    ):
        assert sections[record]["count"] == len(sections[record]["data"]) == me[name]["totalCount"]
    assert [one["state"] for one in sections["rights_requests"]["data"]] == ["OPEN"]
    assert sections["consents"]["data"] == [{"purpose": "OUTREACH", "withdrawnAt": None}]
    looked = {one["record"] for one in sections["data_access"]["data"]}
    assert {"citizens", "complaints", "licenses", "rights_requests"} <= looked
    gaps = [(section["record"], gap["code"]) for section in export["sections"] for gap in section["missing"]]
    assert export["isComplete"] is (gaps == [])
    assert {code for _, code in gaps} <= {"NOT_CONNECTED"}
    # The export itself is a read, of every personal field that it holds.
    again = sections_of((await answered(hub, EXPORT, resident(hub)))["exportMyData"])["data_access"]["data"]
    exported = [one for one in again if one not in sections["data_access"]["data"]]
    assert {"citizens", "complaints", "licenses"} <= {one["record"] for one in exported}
    assert "fullName" in next(one["fields"] for one in exported if one["record"] == "citizens")


async def test_an_export_is_bounded_and_says_so(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sections_of((await answered(hub, EXPORT, resident(hub)))["exportMyData"])
    # Small pages bring the same rows.
    monkeypatch.setattr(export_module, "PAGE_ROWS", 1)
    paged = sections_of((await answered(hub, EXPORT, resident(hub)))["exportMyData"])
    assert paged["complaints"]["data"] == whole["complaints"]["data"]
    count = whole["complaints"]["count"]
    assert count >= 2
    monkeypatch.setattr(export_module, "ROWS_MAX", count - 1)
    cut = (await answered(hub, EXPORT, resident(hub)))["exportMyData"]
    section = sections_of(cut)["complaints"]
    assert (section["count"], section["isComplete"], cut["isComplete"]) == (count - 1, False, False)
    assert section["data"] == whole["complaints"]["data"][: count - 1]


async def test_an_export_goes_on_without_a_department_that_is_down(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    binding = next(one for one in hub.hub.catalog if one.mapping.record.name == "licenses")

    async def gone(mapping: Any, *arguments: Any) -> Any:
        if mapping.record.name == "licenses":
            raise SourceUnreachable("gone")
        return await read(mapping, *arguments)

    read = binding.connector.read
    monkeypatch.setattr(binding.connector, "read", gone)
    export = (await answered(hub, EXPORT, resident(hub)))["exportMyData"]
    section = sections_of(export)["licenses"]
    assert export["isComplete"] is False
    assert [(gap["field"], gap["code"]) for gap in section["missing"]] == [(None, "DEPARTMENT_UNAVAILABLE")]


async def test_nobody_exports_for_another(hub: Running) -> None:
    for headers in ({}, dpo(hub), hub.bearer(Role.OFFICER, "dpmptsp") | OUTREACH, hub.bearer(Role.OPERATOR)):
        refused = await hub.ask(EXPORT, headers)
        assert (codes_of(refused), refused.json()["data"]) == (["FORBIDDEN"], {"exportMyData": None})
    other = (await answered(hub, EXPORT, resident(hub, OTHER_NIK)))["exportMyData"]
    assert NIK not in json.dumps(other)
    assert [one["nationalId"] for one in sections_of(other)["citizens"]["data"]] == [OTHER_NIK]
