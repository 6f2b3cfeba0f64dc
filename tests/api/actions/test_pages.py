"""The pages of complaints, as a browser without scripts uses them: report, follow, answer, confirm; and deliveries."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx2
import pytest
from sqlalchemy import select, update

from models.policy.viewer import Role
from models.tables import ledger_entries, outbox
from tests.api.actions.conftest import City
from tests.api.pages.forms import FROM_HERE, send, text_in

WORDS = "Jalan berlubang di depan balai warga"


def hidden_in(page: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the (first) form of a page."""
    return {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    }


async def signed_in(city: City, role: Role) -> None:
    city.hub.client.cookies.clear()
    assert (await send(city.hub, "/sign-in/persona", role=role.value)).status_code == 303


async def get(city: City, path: str, language: str = "en") -> httpx2.Response:
    return await city.hub.client.get(path, headers={**FROM_HERE, "accept-language": language})


async def reported(city: City) -> str:
    """The path of the receipt of a report, sent in three steps."""
    await signed_in(city, Role.CITIZEN)
    first = hidden_in(await get(city, "/report"))
    where = await send(city.hub, "/report", **first, category="K01", description=WORDS, go="where")
    assert "Step 2 of 3" in where.text
    clicked = await send(city.hub, "/report", **hidden_in(where), **{"map.x": "176", "map.y": "151"})
    latitude, longitude = re.findall(r'name="(?:latitude|longitude)"[^>]*value="([^"]*)"', clicked.text)
    assert (latitude, longitude) == ("-6.18438", "106.66000")
    check = await send(
        city.hub,
        "/report",
        **hidden_in(clicked),
        latitude=latitude,
        longitude=longitude,
        area="",
        address="",
        go="check",
    )
    assert "Step 3 of 3" in check.text
    sent = await send(city.hub, "/report", **hidden_in(check), publication="PUBLIC", go="send")
    assert sent.status_code == 303, sent.text
    again = await send(city.hub, "/report", **hidden_in(check), publication="PUBLIC", go="send")
    assert again.headers["location"] == sent.headers["location"]
    return sent.headers["location"]


async def delivered(city: City, path: str) -> str:
    """The number of a report, once its receipt says that the department has it."""
    async with asyncio.timeout(20):
        while "/complaints/" not in (shown := await get(city, path)).text:  # noqa: ASYNC110  # as a reader does
            await asyncio.sleep(0.05)
    return text_in(shown, "reference")


async def acted(city: City, ticket: str, action: str, **given: str) -> None:
    page = await get(city, f"/complaints/{ticket}")
    sent = await send(city.hub, f"/complaints/{ticket}", **hidden_in(page), action=action, **given)
    assert sent.status_code == 303, sent.text
    receipt = sent.headers["location"].partition("#")[0]
    async with asyncio.timeout(20):
        while "Delivered" not in (await get(city, receipt)).text:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.05)


async def is_on_desk(city: City, ticket: str) -> bool:
    """Whether the desk lists it, on any of its pages."""
    path: str | None = "/desk"
    while path is not None:
        page = await get(city, path)
        if f'href="/complaints/{ticket}"' in page.text:
            return True
        following = re.search(r'href="(/desk\?after=[^"&]+)"', page.text)
        path = unescape(following[1]) if following is not None else None
    return False


async def test_a_report_is_sent_followed_answered_and_confirmed(city: City) -> None:
    ticket = await delivered(city, await reported(city))
    await signed_in(city, Role.OFFICER)
    assert await is_on_desk(city, ticket)
    await acted(city, ticket, "respondToComplaint", note="Tim menuju lokasi")
    await acted(city, ticket, "resolveComplaint", note="Sudah ditambal")
    assert not await is_on_desk(city, ticket)
    await signed_in(city, Role.CITIZEN)
    shown = await get(city, f"/complaints/{ticket}")
    assert (text_in(shown, "stage"), "Tim menuju lokasi" in shown.text) == ("Awaiting confirmation", True)
    await acted(city, ticket, "confirmComplaint")
    assert text_in(await get(city, f"/complaints/{ticket}"), "stage") == "Confirmed"
    assert text_in(await get(city, f"/complaints/{ticket}", "id"), "stage") == "Terkonfirmasi"


async def test_strangers_follow_without_what_the_reporter_wrote(city: City) -> None:
    ticket = await delivered(city, await reported(city))
    city.hub.client.cookies.clear()
    shown = await get(city, f"/complaints/{ticket}")
    assert shown.status_code == 200
    assert (WORDS in shown.text, "Jalan rusak" in shown.text) == (False, True)
    assert (await get(city, "/complaints/LAKSA-0000-000000")).status_code == 404


async def test_what_is_missing_is_asked_for_at_its_step(city: City) -> None:
    await signed_in(city, Role.CITIZEN)
    first = hidden_in(await get(city, "/report"))
    empty = await send(city.hub, "/report", **first, category="", description="", go="where")
    assert "Step 1 of 3" in empty.text
    nowhere = await send(city.hub, "/report", **first, category="K01", description=WORDS, go="send")
    assert "Step 2 of 3" in nowhere.text
    assert "Say where it is: give a position in the city, or an area." in unescape(nowhere.text)


@pytest.mark.parametrize("path", ["/report", "/desk", "/admin/deliveries"])
async def test_each_page_says_whom_it_is_for(city: City, path: str) -> None:
    city.hub.client.cookies.clear()
    shown = await get(city, path)
    assert (shown.status_code, f"/sign-in?next={path}" in shown.text) == (200, True)
    refused = await send(city.hub, path, go="send", remedy="replay")
    assert refused.status_code == (405 if path == "/desk" else 403)


async def test_an_operator_decides_about_what_needs_a_person(city: City) -> None:
    with city.locked():
        path = await reported(city)
        async with city.hub.hub.database.writing() as connection:
            parked = {
                "state": "NEEDS_ATTENTION",
                "reason": "IN_DOUBT",
                "token": outbox.c.token + 1,
                "lease_until": None,
            }
            receipt = path.rpartition("/")[2]
            await connection.execute(update(outbox).where(outbox.c.id == receipt).values(parked))
    await signed_in(city, Role.OPERATOR)
    page = await get(city, "/admin/deliveries")
    assert (receipt in page.text, "In doubt" in page.text, WORDS in page.text) == (True, True, False)
    fields = hidden_in(page) | {"id": receipt, "remedy": "replay"}
    assert "Say why" in (await send(city.hub, "/admin/deliveries", **fields, reason=" ")).text
    assert (await send(city.hub, "/admin/deliveries", **fields, reason="Sudah dicek")).status_code == 303
    async with city.hub.hub.database.reading() as connection:
        told = select(ledger_entries.c.role, ledger_entries.c.detail).where(ledger_entries.c.fields == "replay")
        assert (await connection.execute(told)).all() == [("operator", f"{receipt}: Sudah dicek")]
    await signed_in(city, Role.CITIZEN)
    await delivered(city, path)
