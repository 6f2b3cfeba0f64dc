"""The head of a request decides, once: nothing that comes after it does, and nothing in it is said twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from api.graphql import route as graphql
from api.identity.viewers import Authenticated
from models.policy.viewer import Role, Viewer
from tests.api.hub import Running
from tests.api.serving import served
from tests.attacks.splits import SPLITS, chunked

SOON_S = 10.0
QUERY = "{ complaints(first: %d) { totalCount nodes { ticketNumber statusLabel } } }"
MOST = 100
FORWARDED = "198.51.100.77"
Lines = Sequence[tuple[str, str]]
pytestmark = pytest.mark.usefixtures("clock")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, headers by their names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def errors(self) -> list[tuple[str, str]]:
        return [(error["extensions"]["code"], error["message"]) for error in json.loads(self.body)["errors"]]


async def said(place: str, *parts: bytes) -> Answer:
    """The answer to a request that comes in these parts, each of which the server reads by itself."""
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(SOON_S):
        for part in parts:
            writer.write(part)
            await writer.drain()
            # So that the server reads each by itself.
            await asyncio.sleep(0.02 if len(parts) > 1 else 0)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = b"" if parts[0].startswith(b"HEAD") else await reader.readexactly(int(headers["content-length"]))
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return Answer(int(status.split()[1]), headers, body)


def request(lines: Lines, begin: str = "POST /graphql HTTP/1.1", body: bytes = b"") -> bytes:
    if body:
        lines = [*lines, ("Content-Length", str(len(body)))]
    return "".join([begin, "\r\n", *(f"{name}: {value}\r\n" for name, value in lines), "\r\n"]).encode() + body


PLAIN: Lines = (("Host", "hub"), ("Content-Type", "application/json"), ("Accept-Language", "en"))


def asked(count: int) -> bytes:
    return json.dumps({"query": QUERY % count}).encode()


@pytest.fixture
async def place(hub: Running) -> AsyncIterator[str]:
    async with served(hub.app) as found:
        yield found


# --- After the head ---------------------------------------------------------------------------------------------------


TRAILERS: dict[str, str] = {
    "Authorization": "an officer's token",
    "X-Api-Key": "simpul_none",
    "Hub-Purpose": "COMPLAINT_HANDLING",
    "Hub-Explain": "1",
    "Accept-Language": "en",
    "Accept": "application/graphql-response+json",
    "Accept-Encoding": "gzip",
    "Content-Type": "text/plain",
    "Content-Encoding": "gzip",
    "X-Forwarded-For": FORWARDED,
    "X-Request-Id": "from-a-trailer",
    "Origin": "https://app.example.go.id",
    "Host": "evil.example",
    "Cookie": "simpul_language=id",
    "If-None-Match": "*",
}


@pytest.mark.parametrize("name", TRAILERS)
async def test_a_trailer_decides_nothing_for_its_sender_and_nothing_for_others(
    hub: Running, place: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = hub.bearer(Role.OFFICER, "diskominfo")["authorization"] if name == "Authorization" else TRAILERS[name]
    own = [line for line in PLAIN if line[0] != "Accept-Language"]
    truth = (await hub.ask(QUERY % MOST, {"accept-language": "id"})).json()["data"]["complaints"]
    address_of, addresses = hub.hub.charging.callers.address_of, []

    def addressed(head: Any) -> str:
        addresses.append(address_of(head))
        return addresses[-1]

    first = 1 + list(TRAILERS).index(name) * len(SPLITS)

    def is_true(answer: Answer, count: int) -> bool:
        shown = json.loads(answer.body)["data"]["complaints"]
        return bool(shown == {"totalCount": truth["totalCount"], "nodes": truth["nodes"][:count]})

    async def attack(split: str, count: int) -> None:
        head = request([*own, ("Transfer-Encoding", "chunked")])
        sent = await said(place, *chunked(SPLITS[split], head, asked(count), f"{name}: {value}\r\n".encode()))
        victim = await said(place, request(own, body=asked(count)))
        for answer in (sent, victim):
            assert (answer.status, is_true(answer, count)) == (200, True), split
            assert answer.headers["cache-control"].startswith("public, "), split
            assert answer.headers["content-type"] == "application/json; charset=utf-8", split
            assert answer.headers.keys() & {"content-encoding", "access-control-allow-origin"} == set(), split
        assert sent.headers["x-request-id"] != TRAILERS["X-Request-Id"], split

    monkeypatch.setattr(hub.hub.charging.callers, "address_of", addressed)
    await asyncio.gather(*(attack(split, first + number) for number, split in enumerate(SPLITS)))
    assert set(addresses) == {"127.0.0.1"}


async def test_an_officer_is_shown_more(hub: Running) -> None:
    """Or the tests above would try nothing."""
    officer = (await hub.ask(QUERY % 1, hub.bearer(Role.OFFICER, "diskominfo"))).json()["data"]["complaints"]
    assert officer["totalCount"] > (await hub.ask(QUERY % 1)).json()["data"]["complaints"]["totalCount"]


async def test_what_comes_after_a_pipelined_request_decides_nothing(hub: Running, place: str) -> None:
    """It waits for the one before it, and all of it is there by then."""
    token = hub.bearer(Role.OFFICER, "diskominfo")["authorization"]
    head = request([*PLAIN, ("Transfer-Encoding", "chunked"), ("Connection", "close")])
    (second,) = chunked(SPLITS["at once"], head, asked(2), f"Authorization: {token}\r\n".encode())
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request(PLAIN, body=asked(1)) + second)
    received = await asyncio.wait_for(reader.read(), SOON_S)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    assert received.count(b"HTTP/1.1 200 OK") == received.count(b"cache-control: public") == 2


async def test_an_answer_that_was_made_for_another_is_not_given(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong before: here the route takes an anonymous request for an officer's."""

    async def as_officer(*_: Any) -> Authenticated:
        return Authenticated(Viewer(Role.OFFICER, department_code="diskominfo"))

    right = (await hub.ask(QUERY % 3)).json()["data"]["complaints"]["totalCount"]
    with monkeypatch.context() as patch:
        patch.setattr(graphql, "signed_in", as_officer)
        refused = await hub.ask(QUERY % 4)
    assert (refused.status_code, refused.headers["cache-control"]) == (500, "no-store")
    assert [error["extensions"]["code"] for error in refused.json()["errors"]] == ["INTERNAL"]
    for _ in range(2):
        answer = await hub.ask(QUERY % 4)
        assert answer.json()["data"]["complaints"]["totalCount"] == right


# --- Twice ------------------------------------------------------------------------------------------------------------


TWICE = {
    "Authorization": ("Bearer x", "Bearer y"),
    "Content-Type": ("application/json",) * 2,
    "Cookie": ("a=b", "c=d"),
    "Host": ("hub", "hub"),
    "Hub-Explain": ("0", "1"),
    "Hub-Purpose": ("OUTREACH", "COMPLAINT_HANDLING"),
    "Origin": ("http://hub", "https://evil.example"),
    "Sec-Fetch-Site": ("same-origin", "cross-site"),
    "X-Api-Key": ("simpul_a", "simpul_b"),
    "X-Request-Id": ("request-1", "request-2"),
}
UPGRADE: Lines = (
    ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
)  # fmt: skip


@pytest.mark.parametrize("name", TWICE)
async def test_what_decides_is_said_once(place: str, name: str) -> None:
    plain = [line for line in PLAIN if line[0] != name]
    twice = [*plain, *((name, value) for value in TWICE[name])]
    message = [("BAD_REQUEST", f"The header {name} may be sent only once.")]
    for lines, begin, body in (
        (twice, "POST /graphql HTTP/1.1", asked(1)),
        (twice, "GET / HTTP/1.1", b""),
        (twice, "GET /export/areas.csv HTTP/1.1", b""),
        ([*twice, *UPGRADE], "GET /graphql HTTP/1.1", b""),
    ):
        answer = await said(place, request(lines, begin, body))
        assert answer.status == 400, begin
        # The library of WebSockets looks at the origin before it asks the hub.
        assert b"invalid Origin" in answer.body or answer.errors == message, begin
    indonesian = [line for line in twice if line[0] != "Accept-Language"]
    told = (await said(place, request(indonesian, body=asked(1)))).errors
    assert told == [("BAD_REQUEST", f"Header {name} hanya boleh dikirim satu kali.")]


async def test_a_length_is_said_once(place: str) -> None:
    twice = [*PLAIN, ("Content-Length", str(len(asked(1))))]
    assert (await said(place, request(twice, body=asked(1)))).status == 400


async def test_lines_of_a_list_are_one_list(place: str) -> None:
    lines = [("Host", "hub"), ("Content-Type", "application/json"), ("Accept", "text/html;q=0.1")]
    more = [("Accept", "application/json;q=0.2"), ("Accept", "application/graphql-response+json")]
    answer = await said(place, request([*lines, *more], body=asked(1)))
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


@pytest.mark.parametrize(
    "host", [None, "", "a b", "hub, evil.example", "hub/x", "user@hub", "hub:x", "[::1", "hub:123456"]
)
async def test_a_host_is_one_host(place: str, host: str | None) -> None:
    lines = [line for line in PLAIN if line[0] != "Host"] + ([("Host", host)] if host is not None else [])
    message = "The header Host is missing or not valid. Send one, for example Host: hub.example.go.id."
    for more, begin in (((), "GET /health/live HTTP/1.1"), (UPGRADE, "GET /graphql HTTP/1.1")):
        answer = await said(place, request([*lines, *more], begin))
        assert (answer.status, answer.errors) == (400, [("BAD_REQUEST", message)])


@pytest.mark.parametrize("host", ["hub", "hub_1:8000", "HUB.example.go.id", "127.0.0.1:1", "[::1]:8000", "[::1]"])
async def test_hosts_of_all_forms_are_taken(place: str, host: str) -> None:
    assert (await said(place, request([("Host", host)], "GET /health/live HTTP/1.1"))).status == 200


async def test_an_old_probe_may_name_no_host(place: str) -> None:
    """HTTP/1.0 has none; what balances load still asks so whether the hub lives."""
    assert (await said(place, request((), "GET /health/live HTTP/1.0"))).status == 200


# --- HEAD -------------------------------------------------------------------------------------------------------------


PATHS = (
    f"/graphql?query={quote('{departments{code}}')}", f"/graphql?query={quote(QUERY % 5)}", "/graphql?query=%7B",
    "/", "/explorer/plain", "/developers", "/status", "/health/live", "/health/ready", "/schema.graphql",
    "/schema.json", "/export/areas.csv?fields=code", "/export/", "/views", "/metrics", "/none",
)  # fmt: skip
OF_THE_MOMENT = {"date", "x-request-id", "content-length", "transfer-encoding", "ratelimit-remaining",
    "ratelimit-reset", "age", "etag"}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_get_without_a_body(place: str, path: str) -> None:
    lines = [("Host", "hub"), ("Connection", "close")]
    got = await said(place, request([*lines, ("X-Request-Id", "one-for-both")], f"GET {path} HTTP/1.1"))
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request(lines, f"HEAD {path} HTTP/1.1"))
    received = await asyncio.wait_for(reader.read(), SOON_S)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    head, _, body = received.decode("latin-1").partition("\r\n\r\n")
    status, *rest = head.split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    assert (int(status.split()[1]), body) == (got.status, "")
    assert headers.keys() - OF_THE_MOMENT == got.headers.keys() - OF_THE_MOMENT
    assert headers["content-type"] == got.headers["content-type"]


async def test_head_of_a_stream_is_its_head(place: str) -> None:
    lines = [("Host", "hub"), ("Accept", "text/event-stream"), ("Connection", "close")]
    subscription = quote("subscription { sourceStateChanged { __typename } }")
    sent = request(lines, f"HEAD /graphql?query={subscription} HTTP/1.1")
    answer = await said(place, sent)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


# --- Encodings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True), ("GZIP", True), ("x-gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;Q=1", True),
        ("gzip;q=0.001", True), ("identity;q=0.5, gzip;q=1.0", True), ("*;q=0, gzip", True),
        ("xgzip", False), ("gzipx", False), ("gzip;q=0", False), ("gzip;q=0.000", False), ("gzip ; Q = 0", False),
        ("gzip;q=0, *", False), ("*;q=0", False), ("identity, gzip;q=0.5", False), ("br", False), ("", False),
    ],
)  # fmt: skip
async def test_an_encoding_is_taken_by_its_name_and_weight(hub: Running, accepted: str, is_packed: bool) -> None:
    kept = await hub.ask(QUERY % MOST, {"accept-encoding": accepted})
    for answer in (kept, await hub.client.get("/schema.graphql", headers={"accept-encoding": accepted})):
        assert ("gzip" if is_packed else None) == answer.headers.get("content-encoding")
