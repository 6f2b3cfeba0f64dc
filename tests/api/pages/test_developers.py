"""The portal of the developers: what there is, keys at once or by an operator, limits, and programs that run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import struct
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from api.pages.developers.catalogue import DataCatalogue
from api.pages.developers.keys import NAME_CHARS_MAX
from api.pages.portal import now_utc
from models.policy.budgets import KEYS
from models.policy.viewer import Role, Scope
from models.records import PersonalClass
from models.values.localized import Language
from schema.build import SCHEMA
from schema.core.entity import ENTITIES
from store.buckets import MemoryBuckets
from store.clients import add_client
from store.key_requests import decide_key_request, waiting_key_requests
from tests.api.hub import Running, codes_of
from tests.api.pages.forms import FROM_HERE, send, text_in
from tests.api.serving import served

BY_DISTRICT = (
    "{ areas(first: 13, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}])"
    " { nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } } } }"
)


@pytest.fixture(autouse=True)
def nobody_has_asked(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test gets keys although those before it did."""
    yield
    for name in {"hub", "prod"}.intersection(request.fixturenames):
        object.__setattr__(request.getfixturevalue(name).hub.charging.fallback_buckets, "own", MemoryBuckets())


async def key_of(hub: Running) -> str:
    return text_in(await send(hub, "/developers/keys", name="Peta Macet"), "key")


# --- Keys in the sandbox ----------------------------------------------------------------------------------------------


async def test_a_key_is_there_at_once_and_works(hub: Running) -> None:
    page = await send(hub, "/developers/keys", name="Peta <Macet>")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "Peta &lt;Macet&gt;" in page.text
    key = text_in(page, "key")
    assert text_in(page, "export") == f"export SIMPUL_KEY={key}"
    assert text_in(page, "powershell") == f'$env:SIMPUL_KEY = "{key}"'
    answer = await hub.ask(BY_DISTRICT, {"x-api-key": key})
    assert len(answer.json()["data"]["areas"]["nodes"]) == 13
    assert key not in (await hub.client.get("/developers")).text


async def test_a_key_exports_what_a_stranger_may(hub: Running) -> None:
    stranger = await hub.client.get("/export/complaints.csv?fields=ticketNumber,status")
    own = await hub.client.get(
        "/export/complaints.csv?fields=ticketNumber,status", headers={"x-api-key": await key_of(hub)}
    )
    assert (own.status_code, own.content) == (stranger.status_code, stranger.content)
    assert own.content.count(b"\n") > 1_000


@pytest.mark.parametrize(
    "fields", [{"contact": "x"}, {"name": " "}, {"name": "x" * (NAME_CHARS_MAX + 1)}, {"name": "a\0b"}]
)
async def test_a_key_is_for_something(hub: Running, fields: dict[str, str]) -> None:
    page = await send(hub, "/developers/keys", **fields)
    assert page.status_code == 400
    assert "simpul_" not in page.text


async def test_nobody_takes_keys_without_end(hub: Running) -> None:
    for _ in range(KEYS.units_max):
        assert (await send(hub, "/developers/keys", name="Peta")).status_code == 200
    page = await send(hub, "/developers/keys", name="Peta")
    assert (page.status_code, "simpul_" in page.text) == (429, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://hub.evil.example"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "http://hub"}, 200),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({}, 200),
    ],
)
async def test_a_form_is_taken_from_a_page_of_the_hub_only(hub: Running, headers: dict[str, str], status: int) -> None:
    page = await hub.client.post("/developers/keys", data={"name": "Peta"}, headers=headers)
    assert page.status_code == status
    assert ("simpul_" in page.text) is (status == 200)


async def test_a_form_is_bounded_and_a_form(hub: Running) -> None:
    path = "/developers/keys"
    assert (await send(hub, path, name="x" * 20_000)).status_code == 413
    assert (await send(hub, path, **{f"n{number}": "x" for number in range(21)})).status_code == 400
    as_json = await hub.client.post(path, json={"name": "Peta"}, headers=FROM_HERE)
    assert as_json.status_code == 415
    media = {"content-type": "application/x-www-form-urlencoded"}
    assert (await hub.client.post(path, content=b"name=\xff", headers=FROM_HERE | media)).status_code == 400


@pytest.mark.parametrize("path", ["/developers/keys", "/developers/keys/fetch", "/developers/limits"])
async def test_where_forms_go_there_is_a_way_back(hub: Running, path: str) -> None:
    page = await hub.client.get(path)
    assert page.status_code == 303
    assert page.headers["location"].startswith("/developers#")


# --- Keys by an operator ----------------------------------------------------------------------------------------------


async def test_in_prod_a_key_is_granted_and_then_fetched_once(prod: Running) -> None:
    form = {"name": "Peta Macet", "contact": "tim@example.org", "intent": "A map"}
    for lacking in form:
        page = await send(prod, "/developers/keys", **{name: text for name, text in form.items() if name != lacking})
        assert page.status_code == 400
    filed = await send(prod, "/developers/keys", **form)
    assert "simpul_" not in filed.text
    code = text_in(filed, "code")
    database = prod.hub.database
    asked = (await waiting_key_requests(database))[-1]
    assert (asked.name, asked.contact, asked.intent) == tuple(form.values())
    assert "Nobody has looked" in (await send(prod, "/developers/keys/fetch", code=code)).text
    await decide_key_request(database, asked.id, 90, clock=now_utc)
    key = text_in(await send(prod, "/developers/keys/fetch", code=code), "key")
    assert "errors" not in (await prod.ask("{ __typename }", {"x-api-key": key})).json()
    assert "was fetched already" in (await send(prod, "/developers/keys/fetch", code=code)).text
    assert (await send(prod, "/developers/keys/fetch", code="guessed")).status_code == 404


# --- Limits -----------------------------------------------------------------------------------------------------------


async def test_what_a_key_has_left_is_what_its_questions_left(prod: Running) -> None:
    issued = await add_client(
        prod.hub.database, name="Peta", contact="", scopes=[Scope.READ.value, Scope.EXPORT.value], clock=now_utc
    )
    answer = await prod.ask("{ complaints(first: 10) { nodes { ticketNumber } } }", {"x-api-key": issued.key})
    cost = answer.json()["extensions"]["cost"]
    assert (cost["charged"], cost["limit"]) == (20, 200_000)
    page = await send(prod, "/developers/limits", key=issued.key)
    told = re.search(r"([\d,]+) of 200,000 units", page.text)
    assert told is not None
    assert cost["remaining"] <= int(told[1].replace(",", "")) <= 200_000
    assert "<code>export</code>, <code>read:public</code>" in page.text
    assert "Valid without an end date." in page.text
    assert issued.key not in page.text


async def test_nothing_is_told_of_what_is_no_key(prod: Running, hub: Running) -> None:
    for key in ("", "simpul_" + "x" * 43, hub.tokens.issue(Role.ANALYST)):
        page = await send(hub, "/developers/limits", key=key)
        assert "This key is not valid" in page.text
        assert "units;" not in page.text


async def test_an_address_sees_what_it_has_left(prod: Running) -> None:
    text = (await prod.client.get("/developers", headers={"accept-language": "en"})).text
    assert "20,000 of 20,000 units left; 100 flow in every second, and one question may cost 5,000." in text


# --- What there is ----------------------------------------------------------------------------------------------------


async def test_every_type_and_field_is_shown_with_what_it_can_be_asked_by(hub: Running) -> None:
    text = unescape((await hub.client.get("/developers", headers={"accept-language": "en"})).text)
    for name, entity in ENTITIES.items():
        assert f'<a href="/developers/data/{name}">{name}</a>' in text
        page = await hub.client.get(f"/developers/data/{name}", headers={"accept-language": "en"})
        assert page.status_code == 200
        shown = set(re.findall(r"<code>(\w+)", page.text))
        assert set(SCHEMA._schema.type_map[name].fields) <= shown  # type: ignore[attr-defined]
        personal = [one for one in entity.record.fields.values() if one.personal is not PersonalClass.NON_PERSONAL]
        assert page.text.count("personal") >= sum(one.name in entity.__annotations__ for one in personal)


def row_of(page: str, field: str) -> list[str]:
    found = re.search(rf'<tr><th scope="row"><code>{field}\b.*?</tr>', page, re.DOTALL)
    assert found is not None, field
    cells = re.findall(r"<td>(.*?)</td>", found[0], re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in cells]


async def test_a_field_says_its_meaning_its_class_and_its_uses(hub: Running) -> None:
    page = unescape((await hub.client.get("/developers/data/Complaint", headers={"accept-language": "en"})).text)
    assert row_of(page, "status") == ["Whether the city still has to act", "public", "equals", "", "yes"]
    assert row_of(page, "requestedAt") == ["When the resident reported it", "public", "equals, range", "yes", "yes"]
    assert row_of(page, "description") == ["What the resident wrote", "free text, personal", "", "", ""]
    assert row_of(page, "reporterNik") == ["The resident number of the reporter", "personal", "", "", ""]
    assert row_of(page, "departmentCode")[2:] == ["equals", "", "yes"]
    assert row_of(page, "dueAt")[1:] == ["public", "", "", ""]
    for told in ("Dinas Komunikasi dan Informatika", "LAKSA (Database)", "1 minute", "<code>complaints</code>"):
        assert told in page


async def test_it_is_said_in_indonesian_as_well(hub: Running) -> None:
    page = unescape((await hub.client.get("/developers/data/Complaint", headers={"accept-language": "id"})).text)
    assert row_of(page, "status")[:2] == ["Apakah kota masih harus bertindak", "umum"]
    catalogue = DataCatalogue(hub.hub.catalog)
    english = {(one.name, field.name): field.about for one in catalogue.types(Language.EN) for field in one.fields}
    same = [
        (one.name, field.name)
        for one in catalogue.types(Language.ID)
        for field in one.fields
        if field.about == english[one.name, field.name]
    ]
    assert same == [], "not in locale/"


async def test_a_source_that_is_not_connected_is_said_to_be_so(hub: Running) -> None:
    page = await hub.client.get("/developers/data/Hospital", headers={"accept-language": "en"})
    assert "Not connected in this hub" in page.text
    assert (await hub.client.get("/developers/data/Nothing")).status_code == 404
    assert (await hub.client.get("/developers/data/%3Cscript%3E")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "types"),
    [
        ("ticketNumber", ["Complaint"]),
        ("complaint ticket", ["Complaint"]),
        ("HOSPITAL class care", ["BedAvailability", "Hospital"]),
        ("nothing at all", []),
        ("<script>alert(1)</script>", []),
    ],
)
async def test_a_search_finds_fields_by_their_words(hub: Running, asked: str, types: list[str]) -> None:
    page = await hub.client.get("/developers", params={"q": asked}, headers={"accept-language": "en"})
    assert re.findall(r'<h3><a href="/developers/data/(\w+)">', page.text) == types
    assert "<script>" not in page.text


# --- Programs ---------------------------------------------------------------------------------------------------------


async def printed(hub: Running, place: str) -> dict[str, str]:
    """The programs by their names, as the page prints them for a hub at this place; their files are the same."""
    page = await hub.client.get("/developers", headers={"host": place})
    found = re.findall(r'<pre [^>]*data-name="([^"]+)">(.*?)</pre>', page.text, re.DOTALL)
    programs = {name: unescape(text) for name, text in found}
    for name, text in programs.items():
        file = await hub.client.get(f"/developers/quickstarts/{name}", headers={"host": place})
        assert file.text.strip() == text.strip()
        assert file.headers["content-disposition"] == f'attachment; filename="{name}"'
    return programs


async def run(folder: Path, key: str, *command: str) -> str:
    """What a program says, with the key in its environment and nothing else; without one, what it says of that."""
    env = {"PATH": os.defpath} | ({"SIMPUL_KEY": key} if key else {})
    out_to, err_to = (PIPE, None) if key else (None, PIPE)
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=env, stdout=out_to, stderr=err_to)
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert (process.returncode == 0) == bool(key)
    return (out or err).decode()


def is_one_sentence(said: str, place: str) -> bool:
    """Whether a program that was given no key says so, says where there is one, and nothing else."""
    *_, last = said.removesuffix("\n").split("SIMPUL_KEY")
    return "\n" not in said.strip() and last.endswith(f"first: http://{place}/developers gives one.")


async def test_the_programs_run_as_they_are_printed(hub: Running, tmp_path: Path) -> None:
    truth = (await hub.ask(BY_DISTRICT)).json()["data"]["areas"]["nodes"]
    counts = {one["name"]: one["complaints"]["totalCount"] for one in truth}
    said = f"13 areas, {sum(counts.values())} open complaints"
    node, curl = shutil.which("node"), shutil.which("curl")
    assert node is not None
    assert curl is not None
    async with served(hub.app) as place:
        for name, text in (await printed(hub, place)).items():
            assert f"http://{place}/graphql" in text or f'"http://{place}"' in text
            (tmp_path / name).write_text(text, encoding="utf-8")
        key = await key_of(hub)
        asked = json.loads(await run(tmp_path, key, "/bin/sh", "question.sh"))
        assert asked["data"]["areas"]["nodes"] == truth
        assert said in await run(tmp_path, key, sys.executable, "chart.py")
        assert said in await run(tmp_path, key, node, "chart.mjs")
        commands = (("/bin/sh", "question.sh"), (sys.executable, "chart.py"), (node, "chart.mjs"))
        assert all([is_one_sentence(await run(tmp_path, "", *command), place) for command in commands])
    drawn = (tmp_path / "complaints.svg").read_text(encoding="utf-8")
    assert re.findall(r'text-anchor="end">([^<]+)</text><rect', drawn) == list(counts)
    assert [int(number) for number in re.findall(r'<text x="\d+" y="\d+">(\d+)</text>', drawn)] == [*counts.values()]
    table = (tmp_path / "complaints.html").read_text(encoding="utf-8")
    assert {name: int(count) for name, count in re.findall(r"<th>([^<]+)</th>.*?</meter> (\d+)<", table)} == counts


@pytest.fixture(scope="module")
def rscript() -> str:
    """What runs R, with the packages that the program says it needs."""
    found = shutil.which("Rscript")
    if found is None:
        pytest.skip("no R: install r-base-core, r-cran-httr2 and r-cran-jsonlite")
    return found


async def test_the_program_in_r_runs_as_it_is_printed(hub: Running, tmp_path: Path, rscript: str) -> None:
    truth = (await hub.ask(BY_DISTRICT)).json()["data"]["areas"]["nodes"]
    async with served(hub.app) as place:
        text = (await printed(hub, place))["chart.R"]
        (tmp_path / "chart.R").write_text(text, encoding="utf-8")
        said = await run(tmp_path, await key_of(hub), rscript, "chart.R")
        assert is_one_sentence(await run(tmp_path, "", rscript, "chart.R"), place)
    total = sum(one["complaints"]["totalCount"] for one in truth)
    assert said == f"13 areas, {total} open complaints: open complaints.png\n"
    # The head of a PNG: its signature, and the size that the program asks for.
    head = (tmp_path / "complaints.png").read_bytes()[:24]
    assert head == b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 800, 500)


@pytest.mark.parametrize("host", ['hub"; rm -rf /', "hub$(id)", "hub\\n", "a" * 300, ""])
async def test_a_program_holds_no_host_that_is_none(hub: Running, host: str) -> None:
    page = await hub.client.get("/developers/quickstarts/question.sh", headers={"host": host})
    assert (page.status_code, codes_of(page)) == (400, ["BAD_REQUEST"])


async def test_there_are_no_other_files(hub: Running) -> None:
    assert (await hub.client.get("/developers/quickstarts/..%2f..%2fapp.py")).status_code == 404
    assert (await hub.client.get("/developers/quickstarts/nothing.py")).status_code == 404
