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

from models.tables import ledger_entries
from models.viewer import Purpose, Role
from sample.people import resident_number
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
    assert "you yourself" in again.text
    assert "fullName" in again.text


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
    assert "<td>data protection officer</td>" in seen


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
    assert "Nobody waits for a key." in (await page(whole, "/admin/keys")).text
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
