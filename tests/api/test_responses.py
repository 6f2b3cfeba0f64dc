"""Whole responses of anonymous public operations: kept while fresh, worked for once, and never anything else."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from api.responses.cache import Responses
from api.responses.keys import Keys
from api.responses.lifetime import is_public
from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from models.batch import SourceState
from models.policy.viewer import Role
from models.request import Request
from resolvers.records import Records
from tests.api.hub import RawClient, Running
from tests.api.kept import ASK, NO_STORE, ONE_MINUTE, SOON_S, Clock, Runs, get, posted, raw
from tests.api.test_headers import EXPOSED
from tests.api.test_server import listening_for

TRUSTED, OTHER = "https://app.example.go.id", "https://evil.example"
LONG = "{ complaints(first: 50) { nodes { ticketNumber } } }"
VARY = "Accept, Accept-Language, Accept-Encoding, Authorization, X-Api-Key, Origin"
pytestmark = pytest.mark.usefixtures("clock")


# --- Headers ----------------------------------------------------------------------------------------------------------


async def test_the_headers_of_the_first_answer_and_of_the_next(hub: Running, runs: Runs, clock: Clock) -> None:
    first = await raw(hub, posted(), (b"x-request-id", b"request-1"))
    clock.now_s += 44.9
    second = await raw(hub, posted(), (b"x-request-id", b"request-2"))
    expected = {
        "cache-control": ONE_MINUTE,
        "etag": f'"{hashlib.sha256(first.body).hexdigest()[:32]}"',
        "vary": VARY,
        "x-content-type-options": "nosniff",
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(first.body)),
    }
    assert first.headers == expected | {"age": "0", "x-request-id": "request-1"}
    assert second.headers == expected | {"age": "44", "x-request-id": "request-2"}
    assert (first.status, second.status, second.body) == (200, 200, first.body)
    assert json.loads(first.body)["extensions"]["sources"][0]["state"] == "OK"
    assert runs.count == 1


async def test_the_other_media_type_is_the_same_answer(hub: Running, runs: Runs) -> None:
    accept = (b"accept", b"application/graphql-response+json")
    plain, other, again = await raw(hub, posted()), await raw(hub, posted(), accept), await raw(hub, posted(), accept)
    assert plain.body == other.body == again.body
    assert other.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert again.headers["content-type"] == other.headers["content-type"]
    assert runs.count == 1


@pytest.mark.parametrize(
    ("query", "max_age_s", "renewing_s"),
    [
        ("{ complaints(first: 1) { nodes { ticketNumber } } }", 45, 15),
        ('{ area(code: "36.71") { name } complaints(first: 1) { nodes { ticketNumber } } }', 45, 15),
        ('{ area(code: "36.71") { complaints(first: 1) { totalCount } } }', 45, 15),
        # Their contracts say a day; nobody could take it back.
        ('{ area(code: "36.71") { name } }', 2_700, 900),
    ],
)
async def test_the_shortest_contract_decides(hub: Running, query: str, max_age_s: int, renewing_s: int) -> None:
    response = await hub.ask(query)
    assert "errors" not in response.json()
    assert response.headers["cache-control"] == f"public, max-age={max_age_s}, stale-while-revalidate={renewing_s}"


@pytest.mark.parametrize("how", ["{}", "W/{}", '"other", {}', "*", ' "other" ,W/{}'])
async def test_who_has_it_gets_304(hub: Running, runs: Runs, how: str) -> None:
    first = await get(hub, query=ASK)
    response = await get(hub, {"if-none-match": how.format(first.headers["etag"]), "origin": OTHER}, query=ASK)
    assert (response.status_code, response.content) == (304, b"")
    assert [name for name in response.headers if name.startswith("content-")] == []
    for name in ("etag", "cache-control", "vary"):
        assert response.headers[name] == first.headers[name]
    assert (response.headers["age"], response.headers["access-control-allow-origin"]) == ("0", "*")
    assert runs.count == 1


async def test_who_has_another_or_posts_gets_it_whole(hub: Running) -> None:
    first = await get(hub, query=ASK)
    other = await get(hub, {"if-none-match": '"other"'}, query=ASK)
    assert (other.status_code, other.content) == (200, first.content)
    response = await hub.post(posted(), if_none_match=first.headers["etag"])
    assert (response.status_code, response.content) == (200, first.content)


async def test_over_a_real_connection_one_answer_follows_another(hub: Running, runs: Runs) -> None:
    body = posted()
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept-Language: en\r\n"
    one = head + b"X-Request-Id: request-1\r\nContent-Length: %d\r\n" % len(body)
    known = await raw(hub, body)
    async with listening_for(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # The last two come at once, and the last of all closes.
        for request in (one + b"\r\n" + body, (one + b"\r\n" + body) + one + b"Connection: close\r\n\r\n" + body):
            writer.write(request)
        received = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    parts = received.split(b"HTTP/1.1 200 OK\r\n")[1:]
    answers = [part.partition(b"\r\n\r\n") for part in parts]
    assert [answer for _, _, answer in answers] == [known.body] * 3
    told = [sorted(line.lower() for line in lines.split(b"\r\n")) for lines, _, _ in answers]
    expected = sorted(
        f"{name}: {value}".lower().encode() for name, value in {**known.headers, "x-request-id": "request-1"}.items()
    )
    plain = [[line for line in lines if not line.startswith((b"date:", b"server:"))] for lines in told]
    assert plain == [expected, expected, sorted([*expected, b"connection: close"])]
    assert runs.count == 1


# --- Packed -----------------------------------------------------------------------------------------------------------


async def test_packed_once_and_tagged_for_itself(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = await raw(hub, posted(LONG))
    first = await raw(hub, posted(LONG), (b"accept-encoding", b"br, gzip"))
    monkeypatch.setattr("api.responses.kept.zlib", None)
    packed = await raw(hub, posted(LONG), (b"accept-encoding", b"gzip, deflate"))
    assert first.body == packed.body
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.body))
    assert packed.headers["vary"] == plain.headers["vary"] == VARY
    assert packed.headers["etag"] == f'"{hashlib.sha256(packed.body).hexdigest()[:32]}"' != plain.headers["etag"]


async def test_the_first_answer_is_packed_once_too(hub: Running) -> None:
    sent = await raw(hub, posted(LONG), (b"accept-encoding", b"gzip"))
    assert sent.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(sent.body))["data"]["complaints"]["nodes"]) == 50


@pytest.mark.parametrize("accept", [b"gzip;q=0", b"gzip; q=0.0, br", b"br", b"identity", b"gzip;q=0,*"])
async def test_who_does_not_take_it_packed_gets_it_plain(hub: Running, accept: bytes) -> None:
    await raw(hub, posted(LONG))
    sent = await raw(hub, posted(LONG), (b"accept-encoding", accept))
    assert "content-encoding" not in sent.headers
    assert len(json.loads(sent.body)["data"]["complaints"]["nodes"]) == 50


async def test_what_is_short_is_not_packed(hub: Running) -> None:
    for _ in range(2):
        assert "content-encoding" not in (await raw(hub, posted(), (b"accept-encoding", b"gzip"))).headers


# --- What is the same -------------------------------------------------------------------------------------------------

WITH_VARIABLES = """query List($first: Int = 2, $filter: ComplaintFilter) {
  complaints(first: $first, filter: $filter) { nodes { ticketNumber } } }"""


async def test_the_order_of_variables_their_defaults_and_strangers_do_not_count(hub: Running, runs: Runs) -> None:
    narrow = {"status": {"eq": "OPEN"}, "and": []}
    turned = {"and": [], "status": {"eq": "OPEN"}}
    bodies = [
        posted(WITH_VARIABLES, first=2, filter=narrow),
        posted(WITH_VARIABLES, filter=turned, first=2),
        posted(WITH_VARIABLES, filter=narrow),
        posted(WITH_VARIABLES, filter=narrow, stranger="x"),
    ]
    answers = [await raw(hub, body) for body in (*bodies, *bodies)]
    assert {answer.body for answer in answers} == {answers[0].body}
    assert (runs.count, hub.hub.responses.held) == (1, 1)
    for other in (posted(WITH_VARIABLES, filter=narrow, first=None), posted(WITH_VARIABLES, filter=narrow, first=3)):
        await raw(hub, other)
    assert runs.count == 3


async def test_operations_of_one_document_are_not_the_same(hub: Running, runs: Runs) -> None:
    query = "query A { complaints(first: 1) { totalCount } } query B { complaints(first: 1) { nodes { id } } }"
    for name in ("A", "B", "A", "B"):
        response = await hub.post(json.dumps({"query": query, "operationName": name}).encode())
        assert response.json()["data"]["complaints"].keys() == ({"totalCount"} if name == "A" else {"nodes"})
    assert runs.count == 2


async def test_languages_are_kept_apart(hub: Running, runs: Runs) -> None:
    labels = []
    for language in ("en", "id", "en-GB", "id-ID", "en", "id"):
        response = await hub.ask('{ area(code: "36.71") { levelLabel } }', {"accept-language": language})
        labels.append(response.json()["data"]["area"]["levelLabel"])
    assert labels == ["City", "Kota", "City", "Kota", "City", "Kota"]
    assert runs.count == 2


async def test_a_repeated_header_speaks_for_nobody_else(hub: Running) -> None:
    query = posted('{ area(code: "36.71") { levelLabel } }')
    headers: list[tuple[tuple[bytes, bytes], ...]] = [
        ((b"accept-language", b"id"), (b"accept-language", b"en")),
        ((b"accept-language", b"en"), (b"accept-language", b"id")),
        ((b"accept-language", b"id"),),
        (),
    ]
    labels = [json.loads((await raw(hub, query, *given)).body)["data"]["area"]["levelLabel"] for given in headers]
    # The client of these tests says English after what it is told to say: the first counts.
    assert labels == ["Kota", "City", "Kota", "City"]


async def test_get_and_post_are_the_same_answer(hub: Running, runs: Runs) -> None:
    first = await hub.ask(ASK)
    assert (await get(hub, query=ASK)).content == first.content
    assert (await get(hub, query=ASK, variables="{}")).content == first.content
    assert runs.count == 1


async def test_a_long_body_and_one_in_parts_are_kept_by_what_they_ask(hub: Running, runs: Runs) -> None:
    first = await raw(hub, posted())
    long = json.dumps({"query": ASK, "extensions": {"padding": "x" * 20_000}}).encode()
    assert (await raw(hub, long)).body == first.body
    client = RawClient()
    client.send_part(posted()[:10], more=True)
    client.send_part(posted()[10:], more=False)
    sent = await client.call(hub.app)
    assert sent is not None
    assert sent.body == first.body
    assert runs.count == 1


# --- Origins ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("origin", "allowed"), [(TRUSTED, TRUSTED), (OTHER, "*"), ("null", "*")])
async def test_origins_share_the_answer_and_not_the_header(hub: Running, runs: Runs, origin: str, allowed: str) -> None:
    await hub.ask(ASK, {"origin": TRUSTED})
    for _ in range(2):
        response = await hub.ask(ASK, {"origin": origin})
        assert response.headers["access-control-allow-origin"] == allowed
        assert response.headers["access-control-expose-headers"] == EXPOSED
    silent = await hub.ask(ASK)
    assert [name for name in silent.headers if name.startswith("access-control")] == []
    assert runs.count == 1


async def test_a_preflight_is_never_answered_from_what_is_kept(hub: Running) -> None:
    await hub.ask(ASK)
    response = await hub.client.options("/graphql", headers={"origin": OTHER, "access-control-request-method": "POST"})
    assert (response.status_code, response.headers["access-control-allow-methods"]) == (204, "GET, HEAD, POST")


# --- What is never kept -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "{ departments { code } }",
        "{ __typename }",
        "{ __schema { queryType { name } } }",
        "{ me { fullName } }",
        "{ me { __typename } complaints(first: 1) { nodes { id } } }",
        "{ nodes(ids: []) { id } }",
        "{ complaints(first: 1) { nodes { address } } }",
        "{ complaints(first: 101) { nodes { id } } }",
        "{ complaints(first: 1) { nodes { nothing } } }",
        "{ hospitals(first: 1) { nodes { name } } }",
        "nonsense",
    ],
)
async def test_what_is_not_public_or_not_whole(hub: Running, kept: Responses, query: str) -> None:
    for _ in range(2):
        response = await hub.ask(query)
        assert response.headers["cache-control"] == NO_STORE
        assert "age" not in response.headers
        assert "etag" not in response.headers
    assert (kept.held, kept.bytes_held) == (0, 0)


@pytest.mark.parametrize("state", [state for state in SourceState if state is not SourceState.OK])
async def test_a_source_that_did_not_do_as_it_should(
    hub: Running, kept: Responses, monkeypatch: pytest.MonkeyPatch, state: SourceState
) -> None:
    read = Records.read

    async def worse(records: Records, request: Request, *rest: Any) -> Any:
        batch = await read(records, request, *rest)
        request.report.note("complaints", state, elapsed_ms=1)
        return batch

    with monkeypatch.context() as patched:
        patched.setattr(Records, "read", worse)
        for _ in range(2):
            assert (await hub.ask(ASK)).headers["cache-control"] == NO_STORE
    assert kept.held == 0
    assert (await hub.ask(ASK)).headers["cache-control"] == ONE_MINUTE


@pytest.mark.parametrize(("age_s", "control"), [(60, NO_STORE), (40, "public, max-age=15, stale-while-revalidate=5")])
async def test_what_is_old_when_it_comes_lives_no_longer_than_its_contract(
    hub: Running, monkeypatch: pytest.MonkeyPatch, age_s: int, control: str
) -> None:
    read = Records.read

    async def older(reading: Records, request: Request, *rest: Any) -> Any:
        batch = await read(reading, request, *rest)
        as_of = request.report.ages["complaints", "complaints"]
        assert as_of is not None
        request.report.ages["complaints", "complaints"] = as_of - timedelta(seconds=age_s)
        return batch

    monkeypatch.setattr(Records, "read", older)
    assert (await hub.ask(ASK)).headers["cache-control"] == control


async def test_an_error_of_one_field_keeps_the_rest_from_being_kept(
    hub: Running, kept: Responses, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = '{ area(code: "36.71") { name } complaints(first: 1) { nodes { ticketNumber } } }'

    async def fail(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(hub.hub.catalog.connectors["complaints"], "read", fail)
        partial = await hub.ask(query)
    assert partial.json()["data"] == {"area": {"name": "Kota Tangerang"}, "complaints": None}
    assert (partial.headers["cache-control"], kept.held) == (NO_STORE, 0)


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (Role.CITIZEN, {"nik": "3671010101900001"}),
        (Role.OFFICER, {"department": "diskominfo"}),
        (Role.ANALYST, {}),
        (Role.DEVELOPER, {}),
    ],
)
async def test_who_signs_in_neither_gets_nor_leaves_anything(
    hub: Running, kept: Responses, runs: Runs, role: Role, more: dict[str, str]
) -> None:
    bearer = hub.bearer(role, **more)
    first = await hub.ask(ASK, bearer)
    assert (first.headers["cache-control"], kept.held, runs.count) == (NO_STORE, 0, 1)
    await hub.ask(ASK)
    assert (kept.held, runs.count) == (1, 2)
    again = await hub.ask(ASK, bearer)
    assert (again.headers["cache-control"], runs.count) == (NO_STORE, 3)
    assert "age" not in again.headers
    assert "Authorization" in again.headers["vary"]


@pytest.mark.parametrize("headers", [{"authorization": "Bearer x"}, {"authorization": ""}, {"hub-purpose": "NONE"}])
async def test_a_bad_credential_is_refused_though_the_answer_is_kept(hub: Running, headers: dict[str, str]) -> None:
    await hub.ask(ASK)
    assert (await hub.ask(ASK, headers)).status_code in (400, 401)


async def test_a_purpose_is_passed_through(hub: Running, runs: Runs, kept: Responses) -> None:
    for _ in range(2):
        response = await hub.ask(ASK, {"hub-purpose": "SERVICE_DELIVERY"})
        # Nobody in particular has a purpose, and is told so by the route, not by what is kept.
        assert (response.status_code, response.headers["cache-control"]) == (403, NO_STORE)
    assert (runs.count, kept.held) == (0, 0)


async def test_keys_do_not_tell_what_was_asked(hub: Running, kept: Responses) -> None:
    number = "3671010101900001"
    query = "query ($text: String) { complaints(first: 1, filter: {title: {contains: $text}}) { totalCount } }"
    response = await hub.ask(query, text=number)
    if "errors" in response.json():
        query = "query ($text: String) { complaints(first: 1, filter: {ticketNumber: {eq: $text}}) { totalCount } }"
        response = await hub.ask(query, text=number)
    assert "errors" not in response.json()
    assert kept.held == 1
    assert number not in repr([*kept._kept, *kept._links, *kept.documents._texts])
    # Nor can anybody find out by trying: another process makes another key of the same.
    assert Keys("schema").of_request([b"x"]) != Keys("schema").of_request([b"x"])


@pytest.mark.parametrize(
    ("query", "public"),
    [
        ("{ hospitals(first: 1) { nodes { name } } }", True),
        ("{ complaints(first: 1) { nodes { ticketNumber address } } }", False),
        ("{ me { __typename } }", False),
        ("{ me { __typename } hospitals(first: 1) { nodes { name } } }", False),
        ("{ departments { code } hospitals(first: 1) { nodes { name } } }", True),
        ('{ search(text: "x") { __typename } hospitals(first: 1) { nodes { name } } }', False),
        ("{ __schema { queryType { name } } hospitals(first: 1) { nodes { name } } }", False),
    ],
)
def test_what_a_plan_reads_says_whether_it_is_public(hub: Running, query: str, public: bool) -> None:
    connector = hub.hub.catalog.connectors["complaints"]
    catalog = Catalog(PACKAGE, {source.name: connector for source in PACKAGE.sources})
    lanes = hub.hub.operations.lanes
    plan = lanes.priced(lanes.prepare(query), None, None).plan
    assert plan is not None
    assert is_public(plan, catalog) is public
