"""Every answer that shows personal fields has its entry, and no other has one; a resident sees who looked."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type
from strawberry.types.base import get_object_definition

from api.identity.dev_tokens import DevTokens
from connectors.departments.city import TANGERANG
from engine.facts import FACTS, BatchCall, Children, Parents, Selection
from models.batch import Batch, Origin, ServedFrom
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.records import PersonalClass
from models.request import Deadline, Request
from models.values.localized import Language
from models.values.types import Nik, PersonId
from sample.citizens import source as citizens
from sample.citizens.people import resident_number
from sample.city import SIZES
from schema.build import SCHEMA
from schema.core.context import Context
from schema.core.entity import ENTITIES
from schema.privacy.trail import _data_access
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger import recording as ledger_module
from store.ledger import rows as ledger_rows
from store.ledger.chain import Entry, LedgerKeys
from store.ledger.files import places_of
from store.ledger.journal import Journal, left_in, read_all
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.rows import entries_between
from tests import servers
from tests.api.hub import SECRET, RawClient, Running, codes_of, environment, errors_of, running, whole_city
from tests.migrated import migrated
from tests.small_city import small_city
from tests.store.ledgers import verified

ROOT = Path(__file__).resolve().parents[2]
NIK = resident_number(0)
OTHER_NIK = next(
    case.truth.national_id
    for case in citizens.generate(SIZES["small"])
    if case.alive and case.truth.national_id not in {None, NIK}
)
PURPOSE = {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}
SOON_S = 20.0
MARKS = Pseudonyms(SECRET.encode())


@pytest.fixture(scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A hub of the whole small city."""
    folder = tmp_path_factory.mktemp("whole")
    await asyncio.to_thread(small_city, folder / "city")
    database = await asyncio.to_thread(migrated, folder / "hub.db")
    with whole_city(folder / "city", database, folder) as environ:
        async with running(environ) as started:
            yield started


async def asked(hub: Running, query: str, headers: dict[str, str]) -> tuple[httpx2.Response, list[Entry]]:
    """An answer, and what was there in the ledger of it when it came."""
    request_id = uuid.uuid4().hex
    answer = await hub.ask(query, {**headers, "x-request-id": request_id})
    # On a busy machine the journal may have taken it.
    await hub.hub.ledger.replay()
    entries = [entry async for entry in entries_between(hub.hub.database, None, None)]
    return answer, [entry for entry in entries if entry.note.request_id == request_id]


# --- Every record, every role -----------------------------------------------------------------------------------------


class Way(NamedTuple):
    """A way from the root to the rows of an entity: the fields to go through, connections among them."""

    steps: tuple[str, ...]
    entity: str


def personal_fields(entity: str) -> dict[str, frozenset[str]]:
    """The fields of the graph that show personal fields of the record, with these."""
    record = ENTITIES[entity].record
    definition = get_object_definition(ENTITIES[entity], strict=True)
    shown = {
        field.graphql_name or SCHEMA.config.name_converter.from_field(field): field.metadata[FACTS].shown
        for field in definition.fields
        if FACTS in field.metadata
    }
    personal = {name for name, field in record.fields.items() if field.personal is not PersonalClass.NON_PERSONAL}
    return {name: frozenset(fields) & personal for name, fields in shown.items() if personal.intersection(fields)}


def paths() -> list[Way]:
    """From the root, from the resident, and one relation further, to every entity that has personal fields."""
    found: list[Way] = []
    query = SCHEMA._schema.query_type
    assert query is not None
    for name, entity in steps_from(query):
        found.append(Way((name,), entity))
        if name == "me" or entity in {"Complaint", "LicenseApplication"}:
            inner = SCHEMA._schema.get_type(entity)
            assert isinstance(inner, GraphQLObjectType)
            found += [Way((name, next_name), further) for next_name, further in steps_from(inner)]
    return [path for path in found if personal_fields(path.entity)]


def steps_from(kind: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    for name, field in kind.fields.items():
        required = [key for key, argument in field.args.items() if isinstance(argument.type, GraphQLNonNull)]
        named = get_named_type(field.type)
        entity = named.name.removesuffix("Connection")
        if entity in ENTITIES and not required and "id" not in field.args:
            yield name, entity


def document(path: Way, fields: list[str]) -> str:
    kind = SCHEMA._schema.get_type(path.entity)
    assert isinstance(kind, GraphQLObjectType)
    text = " ".join(selected(kind, name) for name in fields)
    current = SCHEMA._schema.query_type
    opened: list[str] = []
    for step in path.steps:
        assert isinstance(current, GraphQLObjectType)
        field = current.fields[step]
        named = get_named_type(field.type)
        is_list = named.name.endswith("Connection")
        opened.append(f"{step}(first: 4) {{ nodes" if is_list else step)
        current = SCHEMA._schema.get_type(named.name.removesuffix("Connection"))  # type: ignore[assignment]
    for step in reversed(opened):
        text = f"{step} {{ {text} }}" + (" }" if "nodes" in step else "")
    return f"query Walk {{ {text} }}"


def selected(kind: GraphQLObjectType, name: str) -> str:
    named = get_named_type(kind.fields[name].type)
    if is_leaf_type(named):
        return name
    assert isinstance(named, GraphQLObjectType)
    inner = [selected(named, key) for key, field in named.fields.items() if not field.args]
    return f"{name} {{ {' '.join(inner)} }}"


def rows_of(data: Any, steps: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects at the end of a path."""
    rows = [data] if data is not None else []
    for step in steps:
        below = [row[step] for row in rows if row.get(step) is not None]
        rows = [inner for one in below for inner in one.get("nodes", [one])]
    return rows


def holds(value: Any) -> bool:
    """Whether anything is shown."""
    if isinstance(value, dict):
        return any(map(holds, value.values()))
    return value is not None and value != []


def viewers(hub: Running) -> dict[str, dict[str, str]]:
    """Headers of everybody who may come: each role, and an officer of each department, with a purpose and without."""
    found: dict[str, dict[str, str]] = {"nobody": {}}
    for role in (Role.DEVELOPER, Role.ANALYST, Role.AUDITOR, Role.OPERATOR):
        found[role.value] = hub.bearer(role)
    found["resident"] = hub.bearer(Role.CITIZEN, nik=NIK)
    for department in hub.hub.package.city.departments:
        officer = hub.bearer(Role.OFFICER, department.code)
        found |= {f"{department.code} for {one.value}": officer | {"hub-purpose": one.value} for one in Purpose}
        found[f"{department.code} without"] = officer
    return found


NOBODYS_OFFICERS = {"nobody", "developer", "analyst", "auditor", "operator"}
PATHS = paths()


def test_the_walk_comes_to_every_record_with_personal_fields() -> None:
    reached = {path.entity for path in PATHS}
    assert reached == {entity for entity in ENTITIES if personal_fields(entity)}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(path.steps))
async def test_an_answer_with_personal_fields_has_one_entry_and_any_other_none(whole: Running, path: Way) -> None:
    record, fields = ENTITIES[path.entity].record, personal_fields(path.entity)
    query = document(path, list(fields))
    shown_to: set[str] = set()
    for name, headers in viewers(whole).items():
        answer, entries = await asked(whole, query, headers)
        body = answer.json()
        assert set(codes_of(answer) if "errors" in body else ()) <= {"FORBIDDEN", "NOT_CONNECTED"}, body["errors"]
        rows = rows_of(body.get("data"), path.steps)
        shown = {one for graph, under in fields.items() for one in under if any(holds(row[graph]) for row in rows)}
        mine = [entry.note for entry in entries if entry.note.record == record.name]
        assert len(mine) <= 1, name
        named = set(mine[0].fields) if mine else set()
        assert shown <= named, name
        # What else is named was open to the viewer, and the source has nothing there.
        assert named <= {one for under in fields.values() for one in under}, name
        if not rows or name in NOBODYS_OFFICERS or name.endswith("without"):
            assert named == shown, name
        if shown:
            shown_to.add(name)
    assert shown_to
    assert not shown_to & NOBODYS_OFFICERS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(path.steps))
async def test_without_a_purpose_no_resident_number_leaves(whole: Running, path: Way) -> None:
    numbers = {case.truth.national_id for case in citizens.generate(SIZES["small"])}
    query = document(path, list(personal_fields(path.entity)))
    for name, headers in viewers(whole).items():
        if name != "resident" and " for " not in name:
            answer = await whole.ask(query, headers)
            assert not numbers & set(re.findall(r"\d{16}", answer.text)), name


def test_the_walk_asks_for_every_resident_number_of_the_graph() -> None:
    asked_for = {
        (path.entity, one) for path in PATHS for under in personal_fields(path.entity).values() for one in under
    }
    numbers = {
        (entity, name)
        for entity, kind in ENTITIES.items()
        for name, field in kind.record.fields.items()
        if field.clean_type is PersonId and name in {one for under in personal_fields(entity).values() for one in under}
    }
    assert numbers
    assert numbers <= asked_for


async def test_of_rows_that_are_open_and_rows_that_are_not_only_the_open_ones_are_read(whole: Running) -> None:
    resident = whole.bearer(Role.CITIZEN, nik=NIK)
    after, with_own, without = "", 0, 0
    while not (with_own and without):
        query = f"{{ licenses(first: 50{after}) {{ nodes {{ holderName holderNik }} pageInfo {{ endCursor }} }} }}"
        answer, entries = await asked(whole, query, resident)
        found = answer.json()["data"]["licenses"]
        own = [node for node in found["nodes"] if node["holderNik"] is not None]
        if own:
            (entry,) = entries
            assert (entry.note.rows, entry.note.persons) == (len(own), (MARKS.of_person(NIK),))
            with_own += 1
        else:
            assert entries == []
            without += 1
        after = f', after: "{found["pageInfo"]["endCursor"]}"'


async def test_what_is_shown_with_a_mask_is_read_in_every_row(whole: Running) -> None:
    resident = whole.bearer(Role.CITIZEN, nik=OTHER_NIK)
    answer, (entry,) = await asked(whole, "{ complaints(first: 20) { nodes { description } } }", resident)
    assert any(node["description"] for node in answer.json()["data"]["complaints"]["nodes"])
    assert (entry.note.fields, entry.note.rows, entry.note.role) == (("description",), 20, "citizen")
    assert len(entry.note.persons or ()) > 1


# --- Before the first byte --------------------------------------------------------------------------------------------

INBOX = "query Inbox { complaints(first: 3) { nodes { ticketNumber description } } }"
PUBLIC = "{ complaints(first: 3) { nodes { ticketNumber } } }"


async def test_nothing_leaves_while_the_entry_is_not_safe(whole: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    held, reached = asyncio.Event(), asyncio.Event()
    append = ledger_rows.append

    async def slow(*arguments: Any) -> None:
        reached.set()
        await held.wait()
        await append(*arguments)

    monkeypatch.setattr(ledger_module, "append", slow)
    monkeypatch.setattr(ledger_module, "COMMIT_S_MAX", SOON_S)
    await whole.hub.ledger.replay()
    client = RawClient()
    client.send_part(json.dumps({"query": INBOX}).encode(), more=False)
    officer = whole.bearer(Role.OFFICER, "dpupr")["authorization"].encode()
    headers = ((b"content-type", b"application/json"), (b"authorization", officer))
    call = asyncio.ensure_future(client.call(whole.app, headers=headers))
    await asyncio.wait_for(reached.wait(), SOON_S)
    # Others are not held up: what is public waits for nothing.
    assert (await whole.ask(PUBLIC)).status_code == 200
    assert client.messages == []
    held.set()
    sent = await asyncio.wait_for(call, SOON_S)
    assert sent is not None
    assert len(json.loads(sent.body)["data"]["complaints"]["nodes"]) == 3


async def test_a_read_that_cannot_be_recorded_is_refused_and_public_ones_go_on(
    whole: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise ConnectionRefusedError

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger_module, "append", refused)
    monkeypatch.setattr(Journal, "append", full)
    officer = whole.bearer(Role.OFFICER, "dpupr") | PURPOSE
    head = whole.hub.ledger.head
    answer = await whole.ask(INBOX, officer)
    assert (answer.status_code, answer.headers["retry-after"], list(answer.json())) == (503, "5", ["errors"])
    assert errors_of(answer) == [
        (
            "INTERNAL",
            (
                "This read of personal data cannot be recorded at the moment, so the data is not shown. "
                "Try again in a moment; public data is not affected."
            ),
        )
    ]
    for headers in ({}, officer):
        public = await whole.ask(PUBLIC, headers)
        assert (public.status_code, len(public.json()["data"]["complaints"]["nodes"])) == (200, 3)
    assert whole.hub.ledger.head == head


async def test_public_answers_do_not_come_near_the_ledger(whole: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("a public answer was recorded")

    monkeypatch.setattr(Ledger, "_keep", never)
    for headers in ({}, whole.bearer(Role.ANALYST), whole.bearer(Role.OFFICER, "dpupr") | PURPOSE):
        assert (await whole.ask(PUBLIC, headers)).status_code == 200
    with pytest.raises(AssertionError, match="a public answer was recorded"):
        await whole.hub.operations.ledger.record(request_that_read(), "ok")


def request_that_read() -> Request:
    request = Request("r", ANONYMOUS, Deadline.in_ms(800), Language.EN)
    request.ledger.note("complaints", ("description",), 1)
    return request


# --- A resident's own trail -------------------------------------------------------------------------------------------

TRAIL = """
query Trail($first: Int, $after: String) {
  me { dataAccess(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor }
    nodes { at viewer role department purpose fields record }
  } }
}
"""


@pytest.fixture(scope="module", params=["compiled", "reference"])
async def lane(
    request: pytest.FixtureRequest, whole: Running, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """A hub of the whole city with a ledger of its own, in each lane."""
    database = await asyncio.to_thread(migrated, tmp_path_factory.mktemp("lane") / "hub.db")
    city = Path(str(whole.hub.database.url.database)).parent / "city"
    with whole_city(city, database, database.parent, HUB_ENGINE=request.param) as environ:
        async with running(environ) as started:
            yield started


async def test_a_resident_sees_who_read_what_and_what_for(lane: Running) -> None:
    resident = lane.bearer(Role.CITIZEN, nik=NIK)
    licenses = "query Desk { licenses(first: 100) { nodes { holderNik holderName } } }"
    own = "{ me { fullName dataAccess { totalCount } } }"
    officer = lane.bearer(Role.OFFICER, "dpmptsp") | {"hub-purpose": Purpose.SERVICE_DELIVERY.value}
    mine = "query Mine { me { licenses(first: 1) { nodes { holderNik } } } }"
    assert (await lane.ask(mine, resident)).json()["data"]["me"]["licenses"]["nodes"] == [{"holderNik": NIK}]
    cursor = None
    for _ in range(50):
        page = f'after: "{cursor}"' if cursor else "first: 100"
        query = licenses.replace("first: 100", page).replace("nodes", "pageInfo { hasNextPage endCursor } nodes")
        found = (await lane.ask(query, officer)).json()["data"]["licenses"]
        cursor = found["pageInfo"]["endCursor"]
        if any(node["holderNik"] == NIK for node in found["nodes"]):
            break
    await lane.hub.ledger.replay()
    _, entries = await asked(lane, TRAIL, resident)
    assert entries == []
    trail = (await lane.ask(TRAIL, resident)).json()["data"]["me"]["dataAccess"]
    assert [{name: node[name] for name in node if name != "at"} for node in trail["nodes"]] == [
        {
            "viewer": MARKS.of_subject("dev-officer"),
            "role": "officer",
            "department": "dpmptsp",
            "purpose": "SERVICE_DELIVERY",
            "fields": ["holderName", "holderNik"],
            "record": "licenses",
        },
        {
            "viewer": MARKS.of_person(NIK),
            "role": "citizen",
            "department": None,
            "purpose": None,
            "fields": ["holderNik"],
            "record": "licenses",
        },
    ]
    assert trail["totalCount"] == 2
    first = (await lane.ask(TRAIL, resident, first=1)).json()["data"]["me"]["dataAccess"]
    assert (first["nodes"], first["pageInfo"]["hasNextPage"]) == (trail["nodes"][:1], True)
    assert first["edges"] == [{"cursor": first["pageInfo"]["endCursor"]}]
    after = first["pageInfo"]["endCursor"]
    rest = (await lane.ask(TRAIL, resident, after=after)).json()["data"]["me"]["dataAccess"]
    assert (rest["nodes"], rest["pageInfo"]["hasNextPage"]) == (trail["nodes"][1:], False)
    assert (await lane.ask(own, resident)).json()["data"]["me"]["dataAccess"]["totalCount"] == 2
    # It is nobody else's: not another resident's, and their cursors are not either.
    other = lane.bearer(Role.CITIZEN, nik=OTHER_NIK)
    answer = await lane.ask(TRAIL, other, after=after)
    assert codes_of(answer) == ["BAD_INPUT"]
    assert (await lane.ask(TRAIL, {})).json()["data"] == {"me": None}


async def test_a_resident_finds_the_trail_wherever_they_are_in_the_graph(lane: Running) -> None:
    query = """{ me {
      dataAccess { totalCount }
      admissionApplications(first: 5) { nodes { applicant { dataAccess { totalCount } } } }
    } }"""
    me = (await lane.ask(query, lane.bearer(Role.CITIZEN, nik=NIK))).json()["data"]["me"]
    found = [node["applicant"] for node in me["admissionApplications"]["nodes"] if node["applicant"]]
    assert found
    assert all(one["dataAccess"] == me["dataAccess"] for one in found)


@pytest.mark.parametrize(("nik", "rows"), [(NIK, [0, None, None]), (OTHER_NIK, [None, 0, None]), (None, None)])
async def test_the_trail_stands_under_nobody_else(
    lane: Running, nik: str | None, rows: list[int | None] | None
) -> None:
    """The graph leads nobody to another person today; should it ever, this holds."""
    viewer = Viewer(Role.CITIZEN, nik=Nik(nik)) if nik is not None else Viewer(Role.OFFICER, department_code="dindik")
    context = Context(Request("r", viewer, Deadline.in_ms(5_000), Language.EN), lane.hub.operations.services)
    origin = Origin("citizens", "disdukcapil", datetime.now(UTC), ServedFrom.SOURCE, None)
    people = Batch("citizens", 3, {"national_id": [Nik(NIK), Nik(OTHER_NIK), None]}, origin)
    call = BatchCall(context, Selection(names=frozenset({"totalCount"})))
    resolved = await _data_access(Parents(people, range(3)), call)
    if rows is None:
        assert resolved == [None, None, None]
    else:
        assert isinstance(resolved, Children)
        assert resolved.rows == rows


async def test_a_trail_page_is_bounded(lane: Running) -> None:
    answer = await lane.ask(TRAIL, lane.bearer(Role.CITIZEN, nik=NIK), first=101)
    assert errors_of(answer) == [("BAD_INPUT", '"first" must be between 0 and 100.')]


# --- kill -9 ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hub_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'hub.db').as_posix()}"
    else:
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.mark.parametrize("hub_url", [pytest.param("sqlite", marks=pytest.mark.slow), "postgresql"], indirect=True)
async def test_a_hub_that_is_killed_has_answered_nothing_without_an_entry(
    hub_url: str, city_folder: Path, tmp_path: Path
) -> None:
    await asyncio.to_thread(upgrade, hub_url)
    environ = environment(city_folder, tmp_path / "unused.db") | {"HUB_DATABASE_URL": hub_url, "HUB_PORT": "0"}
    command = [sys.executable, str(ROOT / "cli.py"), "serve"]
    process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), SOON_S)
        (base,) = re.findall(rb"http://[\d.:]+", line)
        answered = await _answers_until_killed(base.decode(), process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert len(answered) >= 20
    assert not answered - await _recorded(hub_url)


async def _answers_until_killed(base: str, process: asyncio.subprocess.Process) -> set[str]:
    """The ids of the requests that were answered whole, until the process is killed in the midst of others."""
    answered: set[str] = set()
    token = DevTokens(SECRET.encode(), TANGERANG).issue(Role.OFFICER, department="dpupr")

    async def read(client: httpx2.AsyncClient) -> None:
        while True:
            request_id = uuid.uuid4().hex
            headers = {"authorization": f"Bearer {token}", "x-request-id": request_id}
            answer = await client.post("/graphql", json={"query": INBOX}, headers=headers)
            assert len(answer.json()["data"]["complaints"]["nodes"]) == 3
            answered.add(request_id)
            if len(answered) == 20:
                process.send_signal(signal.SIGKILL)

    async with httpx2.AsyncClient(base_url=base, timeout=SOON_S) as client:
        for _ in range(400):
            if await _is_up(client):
                break
            await asyncio.sleep(0.05)
        ends = await asyncio.gather(*(read(client) for _ in range(8)), return_exceptions=True)
    assert [end for end in ends if not isinstance(end, httpx2.TransportError)] == []
    return answered


async def _is_up(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/health/live")).status_code == 200
    except httpx2.TransportError:
        return False


async def _recorded(hub_url: str) -> set[str]:
    """The ids of the requests that the ledger has, in the database or in the journal of the process that died."""
    database = HubDatabase(hub_url)
    try:
        recorded = {entry.note.request_id async for entry in entries_between(database, None, None)}
        found = await verified(database, keys=LedgerKeys(SECRET.encode()))
    finally:
        await database.close()
    assert found.problems == []
    folder = places_of(database.url, ROOT / "var").journals
    for path in left_in([folder]):
        recorded |= {entry.note.request_id for entries in read_all(path, 1_000) for entry in entries}
    shutil.rmtree(folder, ignore_errors=True)
    return recorded
