"""What residents, the data protection officer and an operator do on the pages, over the whole small sample city."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select
from strawberry.utils.str_converters import to_camel_case

from api.pages.portal import ROLE_NAMES
from api.pages.trail_words import ACTS, FIELDS, PURPOSES
from models.policy.viewer import Purpose, Role
from models.records import PersonalClass
from models.tables import ledger_entries
from models.values.localized import Language
from models.words.catalogue import catalogue
from sample.citizens.people import resident_number
from schema.build import RECORDS, SCHEMA
from store.clients import list_clients
from store.key_requests import file_key_request, waiting_key_requests
from tests.api.hub import SECRET, Running, running
from tests.api.pages.forms import send, text_in
from tests.migrated import migrated

NIK = resident_number(0)


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the hub in which nobody has asked for anything."""
    return migrated(tmp_path_factory.mktemp("own") / "hub.db")


@pytest.fixture(scope="module")
def databases(city_folder: Path) -> dict[str, str]:
    """Where every database of the sample city lies."""
    return {f"HUB_SOURCE_{one.stem.upper()}_URL": f"sqlite:///{one.as_posix()}" for one in city_folder.glob("*.db")}


@pytest.fixture(scope="module")
async def whole(databases: dict[str, str], own_database: Path) -> AsyncIterator[Running]:
    """A hub of all of them."""
    own = {"HUB_DATABASE_URL": f"sqlite:///{own_database.as_posix()}", "HUB_DEADLINE_MS": "20000"}
    environ = {"HUB_SECRET": SECRET, **own, **databases}
    async with running(environ) as started:
        yield started


async def signed_in(hub: Running, role: Role) -> None:
    hub.client.cookies.clear()
    assert (await send(hub, "/sign-in/persona", role=role.value)).status_code == 303


async def told_of_the_wrong_role(hub: Running, path: str, role: Role | None) -> None:
    """Who has signed in is told that the role is the wrong one, and strangers are told to sign in."""
    for language, phrase in (("en", "You are signed in with the role: "), ("id", "Anda masuk dengan peran: ")):
        text = (await hub.client.get(path, headers={"accept-language": language})).text
        name = catalogue(Language(language)).gettext(ROLE_NAMES[role]) if role is not None else ""
        assert (f"{phrase}{name}." in text) is (role is not None), language


async def page(hub: Running, path: str) -> httpx2.Response:
    return await hub.client.get(path, headers={"accept-language": "en"})


def token_in(shown: httpx2.Response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', shown.text)
    assert found is not None, shown.text
    return unescape(found[1])


async def reads_of_citizens(hub: Running) -> int:
    async with hub.hub.database.reading() as connection:
        rows = (await connection.execute(select(ledger_entries.c.record))).scalars().all()
    return rows.count("citizens")


# --- The resident -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, Role.OFFICER, Role.OPERATOR, Role.DPO, Role.ANALYST])
async def test_nobody_but_a_resident_is_shown_anything(whole: Running, role: Role | None) -> None:
    whole.client.cookies.clear()
    if role is not None:
        await signed_in(whole, role)
    shown = await page(whole, "/my-data")
    assert shown.status_code == 200
    assert "Sign in as a resident" in shown.text
    assert "Download everything" not in shown.text
    await told_of_the_wrong_role(whole, "/my-data", role)


async def test_a_resident_sees_their_own_and_that_is_in_the_ledger(whole: Running) -> None:
    truth = await whole.ask("{ me { fullName } }", whole.bearer(Role.CITIZEN, nik=NIK))
    await signed_in(whole, Role.CITIZEN)
    before = await reads_of_citizens(whole)
    shown = await page(whole, "/my-data")
    assert shown.headers["cache-control"] == "no-store"
    assert truth.json()["data"]["me"]["fullName"] in unescape(shown.text)
    assert NIK not in shown.text
    assert await reads_of_citizens(whole) == before + 1
    again = await page(whole, "/my-data")
    assert re.search(r"<li>You yourself read your name, \d\d:\d\d WIB\.</li>", again.text)


OWN = """{ me { complaints(first: 100, filter: {status: {eq: OPEN}}) { totalCount nodes {
    ticketNumber area { name } category { name } statusDetailLabel department { code name } } }
    licenses(first: 100) { totalCount nodes { number status validUntil } } } }"""


async def test_a_resident_sees_what_they_have_with_the_city_and_what_comes_next(whole: Running) -> None:
    me = (await whole.ask(OWN, whole.bearer(Role.CITIZEN, nik=NIK))).json()["data"]["me"]
    await signed_in(whole, Role.CITIZEN)
    text = unescape((await page(whole, "/my-data")).text)
    rows = re.findall(r'<tr role="row">' + r"<td[^>]*>(.*?)</td>" * 4 + "</tr>", text)
    # What is open comes first, whenever it was reported.
    opened = me["complaints"]["nodes"]
    assert len(opened) > 0
    shown = {row[0]: row for row in rows}
    for one in opened[:10]:
        what = ", ".join(
            part["name"] if isinstance(part, dict) else part
            for part in (one["category"], one["area"], one["ticketNumber"])
            if part and (not isinstance(part, dict) or part["name"])
        )
        office = (one["department"] or {"name": "The department"})["name"]
        assert shown[what][2] == one["statusDetailLabel"]
        assert re.fullmatch(rf"{re.escape(office)} (has to answer|should have answered)( by [^<]+)?\.", shown[what][3])
    ended = [one["number"] for one in me["licenses"]["nodes"] if one["status"] == "EXPIRED"]
    assert len(ended) > 0
    waiting = text.partition('id="waiting-title"')[2].partition("</section>")[0]
    for number in ended:
        assert re.search(
            rf'<a href="#licenses">[^<]*{re.escape(number)}</a>: It has ended: ask for a new one if you still need it.',
            waiting,
        )
    assert f'id="licenses-title">Your licences <span class="badge">{me["licenses"]["totalCount"]}</span>' in text


async def test_the_trail_says_who_read_what_when_and_for_what(whole: Running) -> None:
    me = (await whole.ask(OWN, whole.bearer(Role.CITIZEN, nik=NIK))).json()["data"]["me"]
    complaint = next(one for one in me["complaints"]["nodes"] if one["department"])
    office = complaint["department"]
    officer = whole.bearer(Role.OFFICER, office["code"]) | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}
    read = "query One($ticket: String!) { complaint(ticketNumber: $ticket) { reporterNik } }"
    answer = await whole.ask(read, officer, ticket=complaint["ticketNumber"])
    assert answer.json()["data"]["complaint"]["reporterNik"] is not None
    await signed_in(whole, Role.CITIZEN)
    for language, sentence in (
        ("en", r"{} read your resident number, \d\d:\d\d WIB, for the handling of complaints\."),
        ("id", r"{} membaca NIK Anda, \d\d\.\d\d WIB, untuk penanganan pengaduan\."),
    ):
        shown = (await whole.client.get("/my-data", headers={"accept-language": language})).text
        sentences = re.findall(r"<li>([^<]+)</li>", shown.partition('id="trail"')[2].partition("</section>")[0])
        told = re.compile(sentence.format(re.escape(office["name"])))
        assert [told.fullmatch(unescape(one)) is not None for one in sentences].count(True) == 1
        assert NIK not in shown


def test_every_personal_field_has_a_word() -> None:
    """So that no sentence of the trail names a field as programs do."""
    personal = {
        to_camel_case(field.name)
        for record in RECORDS
        for field in record.fields.values()
        if field.personal is not PersonalClass.NON_PERSONAL
    }
    assert set(FIELDS) == personal
    assert set(PURPOSES) == {purpose.value for purpose in Purpose}


async def test_a_resident_takes_everything_away(whole: Running) -> None:
    await signed_in(whole, Role.CITIZEN)
    token = token_in(await page(whole, "/my-data"))
    for wrong in ("", "forged"):
        assert (await send(whole, "/my-data/export", token=wrong)).status_code == 403
    file = await send(whole, "/my-data/export", token=token)
    assert file.headers["content-type"] == "application/json"
    assert file.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert file.headers["cache-control"] == "no-store"
    sections = {one["record"]: one for one in file.json()["data"]["exportMyData"]["sections"]}
    assert sections["citizens"]["data"][0]["nationalId"] == NIK


async def test_an_erasure_goes_from_the_resident_to_the_officer_and_back(whole: Running) -> None:
    await signed_in(whole, Role.CITIZEN)
    token = token_in(await page(whole, "/my-data"))
    offered = re.findall(r'<option value="(\w+)">', (await page(whole, "/my-data")).text)
    assert "disdukcapil" in offered
    assert "dinkes" not in offered  # it holds beds, and nobody's data
    form = {"action": "erase", "department": "disdukcapil", "reason": "I have <moved>"}
    assert (await send(whole, "/my-data", **form)).status_code == 403
    assert (await send(whole, "/my-data", token=token, action="nothing")).status_code == 403
    unknown = await send(whole, "/my-data", token=token, **(form | {"department": "nowhere"}))
    assert (unknown.status_code, 'class="error"' in unknown.text) == (200, True)
    assert (await send(whole, "/my-data", token=token, **form)).status_code == 303
    assert "Erasure" in (await page(whole, "/my-data")).text

    await signed_in(whole, Role.DPO)
    listed = await page(whole, "/admin/rights")
    assert (NIK in listed.text, "moved" in listed.text) == (False, False)
    opened = await page(whole, "/admin/rights?open=1")
    assert f"<code>{NIK}</code>: I have &lt;moved&gt;" in opened.text
    identifier = re.search(r'name="id" value="([^"]+)"', listed.text)
    assert identifier is not None
    answer = {"token": token_in(listed), "id": unescape(identifier[1]), "state": "REFUSED"}
    without = await send(whole, "/admin/rights", **answer)
    assert (without.status_code, 'class="error"' in without.text) == (200, True)
    assert (await send(whole, "/admin/rights", **answer, note="The law keeps it")).status_code == 303
    assert "Nothing waits for an answer." in (await page(whole, "/admin/rights")).text

    await signed_in(whole, Role.CITIZEN)
    seen = (await page(whole, "/my-data")).text
    assert "Refused: The law keeps it" in seen
    assert re.search(r"<li>The data protection officer worked on your request, \d\d:\d\d WIB\.</li>", seen)


async def test_consent_is_taken_back_and_given_again(whole: Running) -> None:
    await signed_in(whole, Role.CITIZEN)
    token = token_in(await page(whole, "/my-data"))
    form = {"token": token, "purpose": Purpose.OUTREACH.value}
    assert (await send(whole, "/my-data", **form, action="withdraw")).status_code == 303
    assert "taken back" in (await page(whole, "/my-data")).text
    assert (await send(whole, "/my-data", **form, action="give")).status_code == 303
    assert "taken back" not in (await page(whole, "/my-data")).text


@pytest.mark.parametrize("role", [None, Role.CITIZEN, Role.OPERATOR])
async def test_the_inbox_is_the_officers(whole: Running, role: Role | None) -> None:
    whole.client.cookies.clear()
    if role is not None:
        await signed_in(whole, role)
        token = token_in(await page(whole, "/sign-in"))
        assert (await send(whole, "/admin/rights", token=token, id="x", state="DONE")).status_code == 403
    assert "This page is for the data protection officer." in (await page(whole, "/admin/rights?open=1")).text
    await told_of_the_wrong_role(whole, "/admin/rights", role)


# --- The operator -----------------------------------------------------------------------------------------------------


async def test_an_operator_grants_refuses_and_revokes(whole: Running) -> None:
    database = whole.hub.database
    codes = [
        await file_key_request(
            database, name=name, contact="tim@example.org", intent="A map", clock=lambda: datetime.now(UTC)
        )
        for name in ("First", "Second")
    ]
    await signed_in(whole, Role.OPERATOR)
    shown = await page(whole, "/admin/keys")
    token, (first, second) = token_in(shown), await waiting_key_requests(database)
    assert "tim@example.org" in shown.text
    grant = {"action": "grant", "number": str(first.id), "days": "90"}
    assert (await send(whole, "/admin/keys", **grant)).status_code == 403
    assert (await send(whole, "/admin/keys", token=token, **(grant | {"days": "9999"}))).status_code == 403
    assert (await send(whole, "/admin/keys", token=token, **grant)).status_code == 303
    assert (await send(whole, "/admin/keys", token=token, action="refuse", number=str(second.id))).status_code == 303
    assert "No pending requests." in (await page(whole, "/admin/keys")).text
    key = text_in(await send(whole, "/developers/keys/fetch", code=codes[0]), "key")
    assert "has refused" in (await send(whole, "/developers/keys/fetch", code=codes[1])).text
    assert (await whole.ask("{ __typename }", {"x-api-key": key})).status_code == 200
    (client,) = await list_clients(database, 10)
    shown = await page(whole, "/admin/keys")
    assert client.key_prefix in shown.text
    assert key not in shown.text
    assert (await send(whole, "/admin/keys", token=token, action="revoke", number=str(client.id))).status_code == 303
    assert (await whole.ask("{ __typename }", {"x-api-key": key})).status_code == 401
    for number in ("99", "-1", "x", "9" * 30, ""):
        assert (await send(whole, "/admin/keys", token=token, action="revoke", number=number)).status_code == 403


@pytest.mark.parametrize("role", [None, Role.CITIZEN, Role.DPO])
async def test_the_keys_are_the_operators(whole: Running, role: Role | None) -> None:
    whole.client.cookies.clear()
    if role is not None:
        await signed_in(whole, role)
        token = token_in(await page(whole, "/sign-in"))
        assert (await send(whole, "/admin/keys", token=token, action="revoke", number="1")).status_code == 403
    shown = await page(whole, "/admin/keys")
    assert "This page is for an operator." in shown.text
    assert "simpul_" not in shown.text
    await told_of_the_wrong_role(whole, "/admin/keys", role)


def test_every_action_has_its_words() -> None:
    mutations = SCHEMA._schema.mutation_type
    assert mutations is not None
    assert set(ACTS) == {name for name, one in mutations.fields.items() if "dryRun" in one.args}
