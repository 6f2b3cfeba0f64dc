"""Actions through the graph: told once for each key, delivered, answered and confirmed; what is wrong is said."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import select

from models.policy.viewer import Role
from models.tables import ledger_entries
from store.broker import LocalBroker
from store.clients import add_client
from tests.api.actions.conftest import DELIVERED_S_MAX, NEIGHBOUR, REPORTER, City
from tests.api.hub import codes_of

REPORT = {
    "categoryCode": "K01",
    "description": "Jalan berlubang besar di depan sekolah",
    "position": {"latitude": -6.19, "longitude": 106.66},
}
_ROW = (
    "SELECT kd_kategori, isi_laporan, kd_desa, lat, lng, nik = ?, stts, kd_opd, sumber, publikasi, hapus "
    "FROM tbl_pengaduan WHERE no_tiket = ?"
)
_SHOWN = """query ($ticket: String!) { complaint(ticketNumber: $ticket) {
  id stage statusDetail department { code } supporters feedback { averageRating mine }
  history(first: 9) { nodes { statusDetail note } } } }"""


async def reported(city: City, key: str, nik: str = REPORTER, **more: Any) -> dict[str, Any]:
    """A delivered report, as its reporter is shown it."""
    receipt = await city.told("reportComplaint", REPORT | more, key, city.resident(nik))
    assert receipt["state"] == "DELIVERED"
    return await shown(city, receipt["reference"], city.resident(nik)) | {"ticket": receipt["reference"]}


async def shown(city: City, ticket: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = (await city.hub.ask(_SHOWN, headers, ticket=ticket)).json()
    assert "errors" not in answer, answer
    return dict(answer["data"]["complaint"])


async def problems(city: City, action: str, told: dict[str, Any], key: str, headers: dict[str, str]) -> list[Any]:
    answer = (await city.tell(action, told, key, headers)).json()["data"][action]
    assert answer["receipt"] is None
    return [(one["code"], one["field"], one["message"]) for one in answer["userErrors"]]


def told_rows(city: City) -> tuple[int, int]:
    (complaints,), (steps,) = city.rows(
        "SELECT count(*) FROM tbl_pengaduan UNION ALL SELECT count(*) FROM tbl_tanggapan"
    )
    return complaints, steps


# --- The way of a report ----------------------------------------------------------------------------------------------


async def test_a_report_is_numbered_at_once_and_stands_in_the_department(city: City) -> None:
    answer = (await city.tell("reportComplaint", REPORT, "numbered-1", city.resident(), "complaint { id }")).json()
    told = answer["data"]["reportComplaint"]
    assert (told["receipt"]["state"], told["complaint"], told["userErrors"]) == ("ACCEPTED", None, [])
    assert told["receipt"]["reference"].startswith("LAKSA-H-")
    receipt = await city.settled(told["receipt"]["id"], city.resident())
    assert (receipt["state"], receipt["reason"]) == ("DELIVERED", None)
    assert city.rows(_ROW, REPORTER, receipt["reference"]) == [
        (
            "K01",
            REPORT["description"],
            "36.71.05.1010",
            "-6.190000",
            "106.660000",
            1,
            "0",
            "DPUPR",
            "Web",
            "Publik",
            "T",
        )
    ]
    assert (await shown(city, receipt["reference"], city.resident()))["stage"] == "WAITING"


async def test_it_is_answered_called_done_confirmed_and_rated(city: City) -> None:
    one = await reported(city, "followed-1")
    assert await city.told(
        "respondToComplaint", {"id": one["id"], "note": "Tim menuju lokasi"}, "answer-01", city.officer()
    )
    await city.told("resolveComplaint", {"id": one["id"], "note": "Sudah ditambal"}, "resolve-1", city.officer())
    done = await shown(city, one["ticket"], city.resident())
    assert (done["statusDetail"], done["stage"]) == ("DONE", "UNCONFIRMED")
    assert [(step["statusDetail"], step["note"]) for step in done["history"]["nodes"]] == [
        ("IN_PROGRESS", "Tim menuju lokasi"),
        ("DONE", "Sudah ditambal"),
    ]
    await city.told("confirmComplaint", {"id": one["id"]}, "confirm-1", city.resident())
    await city.told("rateComplaint", {"id": one["id"], "rating": 4}, "rating-01", city.resident())
    confirmed = await shown(city, one["ticket"], city.resident())
    assert (confirmed["stage"], confirmed["feedback"]) == (
        "CONFIRMED",
        {"averageRating": 4.0, "mine": ["CONFIRMED", "RATED"]},
    )
    # What the reporter says of the answer is no support.
    assert confirmed["supporters"] == 0


async def test_what_is_not_resolved_is_opened_again(city: City) -> None:
    one = await reported(city, "reopened-1")
    await city.told("resolveComplaint", {"id": one["id"], "note": "Selesai"}, "resolve-2", city.officer())
    await city.told("reopenComplaint", {"id": one["id"], "reason": "Masih berlubang"}, "reopen-01", city.resident())
    again = await shown(city, one["ticket"], city.resident())
    assert (again["statusDetail"], again["stage"]) == ("WAITING", "REOPENED")
    assert again["history"]["nodes"][-1] == {"statusDetail": "WAITING", "note": "Masih berlubang"}


async def test_it_is_handed_on_and_the_other_department_answers(city: City) -> None:
    one = await reported(city, "routed-01")
    handed = {"id": one["id"], "departmentCode": "dlh", "reason": "Pohon, bukan jalan"}
    await city.told("routeComplaint", handed, "route-001", city.officer())
    assert (await shown(city, one["ticket"], city.resident()))["department"] == {"code": "dlh"}
    answer = {"id": one["id"], "note": "Kami cek"}
    assert [code for code, *_ in await problems(city, "respondToComplaint", answer, "answer-02", city.officer())] == [
        "NOT_FOUND"
    ]
    assert (await city.told("respondToComplaint", answer, "answer-03", city.officer("dlh")))["state"] == "DELIVERED"


async def test_what_is_hidden_is_seen_by_its_reporter_and_the_department_alone(city: City) -> None:
    one = await reported(city, "hidden-001")
    hidden = await city.told(
        "hideComplaint", {"id": one["id"], "reason": "Menyebut nama"}, "hidden-002", city.officer()
    )
    assert hidden["state"] == "DELIVERED"
    query = "query ($ticket: String!) { complaint(ticketNumber: $ticket) { publication } }"
    seen = [
        (await city.hub.ask(query, headers, ticket=one["ticket"])).json()["data"]["complaint"]
        for headers in (city.resident(), city.officer(), city.officer("dlh"), city.resident(NEIGHBOUR), {})
    ]
    confidential = {"publication": "CONFIDENTIAL"}
    assert seen == [confidential, confidential, None, None, None]


async def test_who_listens_is_told_when_it_is_delivered(city: City) -> None:
    with city.locked():
        answer = await city.tell("reportComplaint", REPORT, "listened-1", city.resident())
        receipt = answer.json()["data"]["reportComplaint"]["receipt"]["id"]
        query = f'subscription {{ receiptChanged(id: "{receipt}") {{ state deliveredAt }} }}'
        broker = cast(LocalBroker, city.hub.hub.delivering.outbox.broker)
        before = broker.listeners
        listening = asyncio.create_task(city.hub.ask(query, {**city.resident(), "accept": "text/event-stream"}))
        while broker.listeners == before:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.01)
    async with asyncio.timeout(DELIVERED_S_MAX):
        events = (await listening).content
    told = [json.loads(line.removeprefix(b"data: ")) for line in events.splitlines() if line.startswith(b"data: {")]
    states = [one["data"]["receiptChanged"]["state"] for one in told]
    assert states == ["ACCEPTED", "DELIVERED"]


async def test_supporters_count_once_each(city: City) -> None:
    one = await reported(city, "support-01")
    for key in ("neighbour1", "neighbour2"):
        answer = (await city.tell("supportComplaint", {"id": one["id"]}, key, city.resident(NEIGHBOUR))).json()
        assert answer["data"]["supportComplaint"]["receipt"]["state"] == "DELIVERED"
    assert (await shown(city, one["ticket"], city.resident()))["supporters"] == 1


async def test_it_is_withdrawn_and_added_to_by_its_reporter_alone(city: City) -> None:
    one = await reported(city, "withdrawn1")
    await city.told("addToComplaint", {"id": one["id"], "text": "Dekat masjid"}, "adding-01", city.resident())
    theirs = [
        await problems(city, action, {"id": one["id"], **more}, f"theirs-{action}", city.resident(NEIGHBOUR))
        for action, more in (("addToComplaint", {"text": "x"}), ("withdrawComplaint", {}))
    ]
    assert [[code for code, *_ in found] for found in theirs] == [["NOT_FOUND"], ["NOT_FOUND"]]
    await city.told("withdrawComplaint", {"id": one["id"], "reason": "Sudah beres"}, "withdraw1", city.resident())
    gone = await shown(city, one["ticket"], city.resident())
    assert [step["note"] for step in gone["history"]["nodes"]] == ["Dekat masjid", "Sudah beres"]
    assert gone["statusDetail"] == "DONE"


# --- Keys -------------------------------------------------------------------------------------------------------------


async def test_fifty_posts_of_one_key_are_one_report(city: City) -> None:
    before, _ = told_rows(city)
    answers = await asyncio.gather(
        *(city.tell("reportComplaint", REPORT, "fifty-001", city.resident()) for _ in range(50))
    )
    receipts = {answer.json()["data"]["reportComplaint"]["receipt"]["id"] for answer in answers}
    (receipt,) = receipts
    await city.settled(receipt, city.resident())
    assert told_rows(city)[0] == before + 1


async def test_a_key_stands_for_one_payload_of_one_person(city: City) -> None:
    first = await city.told("reportComplaint", REPORT, "payload-01", city.resident())
    other = await city.tell("reportComplaint", REPORT | {"description": "Lain"}, "payload-01", city.resident())
    assert [(error["extensions"]["code"], error["extensions"]["status"]) for error in other.json()["errors"]] == [
        ("KEY_REUSED", 422)
    ]
    theirs = await city.told("reportComplaint", REPORT, "payload-01", city.resident(NEIGHBOUR))
    assert theirs["id"] != first["id"]


async def test_the_same_key_has_its_receipt_although_the_state_went_on(city: City) -> None:
    one = await reported(city, "went-on-01")
    told = {"id": one["id"], "note": "Selesai"}
    first = await city.told("resolveComplaint", told, "went-on-02", city.officer())
    again = (await city.tell("resolveComplaint", told, "went-on-02", city.officer())).json()
    assert again["data"]["resolveComplaint"]["receipt"]["id"] == first["id"]
    assert [code for code, *_ in await problems(city, "resolveComplaint", told, "went-on-03", city.officer())] == [
        "NOT_NOW"
    ]


@pytest.mark.parametrize(
    ("header", "code"),
    [(None, "KEY_MISSING"), ("short", "BAD_INPUT"), ("x" * 129, "BAD_INPUT"), ("schl\u00fcssel", "BAD_INPUT")],
)
async def test_a_key_is_needed_and_has_a_form(city: City, header: str | None, code: str) -> None:
    query = """mutation ($input: ReportComplaintInput!, $key: String) {
      reportComplaint(input: $input, key: $key) { receipt { id } } }"""
    answer = await city.hub.ask(query, city.resident(), input=REPORT, key=header)
    assert codes_of(answer) == [code]


async def test_the_key_may_be_a_header_with_or_without_quotes(city: City) -> None:
    query = "mutation ($input: ReportComplaintInput!) { reportComplaint(input: $input) { receipt { id } } }"
    answers = [
        await city.hub.ask(query, {**city.resident(), "idempotency-key": key}, input=REPORT)
        for key in ('"by-header-1"', "by-header-1")
    ]
    first, second = (answer.json()["data"]["reportComplaint"]["receipt"]["id"] for answer in answers)
    assert first == second
    await city.settled(first, city.resident())


# --- What is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"description": "  "}, ("BLANK", "description")),
        ({"description": "x" * 4_001}, ("TOO_LONG", "description")),
        ({"categoryCode": "K99"}, ("NOT_KNOWN", "categoryCode")),
        ({"areaCode": "36.71.99.1001"}, ("NOT_KNOWN", "areaCode")),
        ({"position": {"latitude": 0, "longitude": 0}}, ("OUTSIDE", "position")),
        ({"position": None}, ("PLACE_MISSING", "position")),
        ({"publication": "UNKNOWN"}, ("NOT_KNOWN", "publication")),
        ({"address": "x" * 201}, ("TOO_LONG", "address")),
    ],
)
async def test_each_input_that_is_wrong_is_named_and_nothing_is_written(
    city: City, change: dict[str, Any], found: tuple[str, str]
) -> None:
    before = told_rows(city)
    spoken = []
    for language in ("en", "id"):
        headers = {**city.resident(), "accept-language": language}
        ((code, field, message),) = await problems(city, "reportComplaint", REPORT | change, "wrong-0001", headers)
        assert (code, field) == found
        spoken.append(message)
    assert spoken[0] != spoken[1]
    assert told_rows(city) == before


async def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(city: City) -> None:
    before = told_rows(city)
    query = """mutation ($input: ReportComplaintInput!) { reportComplaint(input: $input, dryRun: true) {
      receipt { id } preview { department { code } changes { record isNew values { field value } } } } }"""
    told = (await city.hub.ask(query, city.resident(), input=REPORT)).json()["data"]["reportComplaint"]
    (change,) = told["preview"]["changes"]
    values = {one["field"]: one["value"] for one in change["values"]}
    assert (told["receipt"], told["preview"]["department"], change["record"], change["isNew"]) == (
        None,
        {"code": "diskominfo"},
        "complaints",
        True,
    )
    assert (values["categoryCode"], values["areaCode"], values["position"]) == (
        "K01",
        "36.71.05.1010",
        "[-6.19,106.66]",
    )
    assert told_rows(city) == before


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ANONYMOUS, Role.DEVELOPER, Role.CITIZEN)])
async def test_only_residents_report(city: City, role: Role) -> None:
    before = told_rows(city)
    headers = city.hub.bearer(role, department="dpupr" if role is Role.OFFICER else None)
    answer = await city.tell("reportComplaint", REPORT, "who-may-001", headers)
    assert codes_of(answer) == ["FORBIDDEN"]
    assert told_rows(city) == before


async def test_strangers_and_officers_without_a_purpose_write_nothing(city: City) -> None:
    one = await reported(city, "denied-001")
    before = told_rows(city)
    answer = {"id": one["id"], "note": "x"}
    denied = [
        await city.tell("reportComplaint", REPORT, "denied-002", {}),
        await city.tell("respondToComplaint", answer, "denied-003", city.resident()),
        await city.tell("respondToComplaint", answer, "denied-004", city.hub.bearer(Role.OFFICER, department="dpupr")),
        await city.tell("confirmComplaint", {"id": one["id"]}, "denied-005", city.officer()),
    ]
    assert [codes_of(answer) for answer in denied] == [["FORBIDDEN"]] * 4
    other = await problems(city, "respondToComplaint", answer, "denied-006", city.officer("dlh"))
    assert [code for code, *_ in other] == ["NOT_FOUND"]
    assert told_rows(city) == before


async def test_a_key_reports_only_with_the_scope_for_it(city: City) -> None:
    database = city.hub.hub.database
    keys = [
        (await add_client(database, name=name, contact="tim", scopes=scopes, clock=lambda: datetime.now(UTC))).key
        for name, scopes in (("reads", ["read:public"]), ("reports", ["read:public", "report"]))
    ]
    answers = [(await city.tell("reportComplaint", REPORT, "by-a-key-1", {"x-api-key": key})).json() for key in keys]
    assert answers[0]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    receipt = answers[1]["data"]["reportComplaint"]["receipt"]
    settled = await city.settled(receipt["id"], {"x-api-key": keys[1]})
    assert city.rows("SELECT nik FROM tbl_pengaduan WHERE no_tiket = ?", settled["reference"]) == [(None,)]


async def test_receipts_are_shown_to_whom_they_are_given(city: City) -> None:
    receipt = await city.told("reportComplaint", REPORT, "whose-0001", city.resident())
    query = "query ($id: ID!) { receipt(id: $id) { reference } }"
    seen = [
        (await city.hub.ask(query, headers, id=receipt["id"])).json()["data"]["receipt"]
        for headers in (city.resident(), city.resident(NEIGHBOUR), city.officer(), {})
    ]
    assert seen == [{"reference": receipt["reference"]}, None, None, None]


async def test_the_reporter_reads_in_the_trail_who_answered(city: City) -> None:
    one = await reported(city, "trail-0001")
    await city.told("respondToComplaint", {"id": one["id"], "note": "Dicek"}, "trail-0002", city.officer())
    async with city.hub.hub.database.reading() as connection:
        columns = (
            ledger_entries.c.role,
            ledger_entries.c.department,
            ledger_entries.c.purpose,
            ledger_entries.c.persons,
        )
        told = (ledger_entries.c.outcome == "told", ledger_entries.c.fields == "respond_to_complaint")
        row = (await connection.execute(select(*columns).where(*told).order_by(ledger_entries.c.seq.desc()))).first()
    assert row is not None
    assert (row.role, row.department, row.purpose) == ("officer", "dpupr", "COMPLAINT_HANDLING")
    assert row.persons == city.hub.hub.delivering.outbox.pseudonyms.of_person(REPORTER)
