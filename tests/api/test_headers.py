"""What headers say and get back: origins, purposes, languages, request ids, compression."""

from __future__ import annotations

import re

import pytest

from models.policy.viewer import Role
from tests.api.hub import RawClient, Running, errors_of

TRUSTED, OTHER = "https://app.example.go.id", "https://evil.example"
EXPOSED = "X-Request-Id, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
TYPENAME = b'{"query": "{ __typename }"}'


# --- Origins ----------------------------------------------------------------------------------------------------------


async def test_any_origin_reads_what_everybody_may_read(hub: Running) -> None:
    response = await hub.post(TYPENAME, origin=OTHER)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-expose-headers"] == EXPOSED
    assert "access-control-allow-credentials" not in response.headers
    assert "Origin" in response.headers["vary"]


async def test_only_a_trusted_origin_reads_with_a_token(hub: Running) -> None:
    bearer = hub.bearer(Role.ANALYST)
    trusted = await hub.post(TYPENAME, origin=TRUSTED, **bearer)
    assert trusted.headers["access-control-allow-origin"] == TRUSTED
    for origin in (OTHER, "null", TRUSTED.upper(), TRUSTED + ":444", "http://app.example.go.id", TRUSTED + ".evil"):
        response = await hub.post(TYPENAME, origin=origin, **bearer)
        assert "access-control-allow-origin" not in response.headers


async def test_refusals_are_readable_too(hub: Running) -> None:
    response = await hub.post(b"nonsense", origin=OTHER)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (400, "*")
    response = await hub.post(TYPENAME, origin=TRUSTED, authorization="Bearer x")
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, TRUSTED)


async def test_no_origin_gets_no_headers_of_cors(hub: Running) -> None:
    response = await hub.post(TYPENAME)
    assert [name for name in response.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("origin", "allowed", "names_authorization"), [(TRUSTED, TRUSTED, True), (OTHER, "*", False), ("null", "*", False)]
)
async def test_preflight(hub: Running, origin: str, allowed: str, names_authorization: bool) -> None:
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    response = await hub.client.options("/graphql", headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == allowed
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert response.headers["access-control-max-age"] == "7200"
    assert ("Authorization" in response.headers["access-control-allow-headers"]) is names_authorization
    assert "content-length" not in response.headers
    assert "content-type" not in response.headers


async def test_options_without_an_origin(hub: Running) -> None:
    response = await hub.client.options("/graphql")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert [name for name in response.headers if name.startswith("access-control")] == []


# --- Purpose ----------------------------------------------------------------------------------------------------------


KNOWN = ("COMPLAINT_HANDLING", "EMERGENCY_RESPONSE", "SERVICE_DELIVERY", "LEGAL_OBLIGATION", "OUTREACH")


@pytest.mark.parametrize("purpose", ["", "CURIOSITY", "COMPLAINT_HANDLING, LEGAL_OBLIGATION"])
async def test_unknown_purposes_are_refused(hub: Running, purpose: str) -> None:
    response = await hub.post(TYPENAME, hub_purpose=purpose)
    assert response.status_code == 400
    assert errors_of(response) == [
        (
            "BAD_REQUEST",
            f"This Hub-Purpose is not known. Known are: {', '.join(KNOWN)}.",
        )
    ]


@pytest.mark.parametrize("purpose", ["COMPLAINT_HANDLING", "service_delivery", " Legal_Obligation "])
async def test_known_purposes_are_taken(hub: Running, purpose: str) -> None:
    client = RawClient()
    client.send_part(TYPENAME, more=False)
    token = hub.bearer(Role.OFFICER, "dpupr")["authorization"].encode()
    headers = (
        (b"content-type", b"application/json"), (b"hub-purpose", purpose.encode()), (b"authorization", token),
    )  # fmt: skip
    sent = await client.call(hub.app, headers=headers)
    assert sent is not None
    assert sent.status == 200


@pytest.mark.parametrize("role", [None, *(role for role in Role if role not in (Role.ANONYMOUS, Role.OFFICER))])
async def test_a_purpose_is_for_officers_to_state(hub: Running, role: Role | None) -> None:
    who = hub.bearer(role) if role is not None else {}
    response = await hub.ask("{ __typename }", {**who, "hub-purpose": "SERVICE_DELIVERY"})
    assert response.status_code == 403
    assert errors_of(response) == [("FORBIDDEN", "Your role cannot state the purpose SERVICE_DELIVERY.")]


# --- Language ---------------------------------------------------------------------------------------------------------

INDONESIAN, ENGLISH = "Kota", "City"


@pytest.mark.parametrize(
    ("accept_language", "label"),
    [
        ("id", INDONESIAN),
        ("en", ENGLISH),
        ("id-ID,id;q=0.9,en;q=0.8", INDONESIAN),
        ("en-GB", ENGLISH),
        ("in", INDONESIAN),
        ("fr, en;q=0.5, id;q=0.4", ENGLISH),
        ("fr, en;q=0.4, id;q=0.5", INDONESIAN),
        ("en;q=0", INDONESIAN),
        ("id;q=0, en", ENGLISH),
        ("fr", INDONESIAN),
        ("", INDONESIAN),
        ("*", INDONESIAN),
        (";;;,,,q=q;=", INDONESIAN),
        ("english", INDONESIAN),
        ("x" * 5_000, INDONESIAN),
    ],
)
async def test_the_language_of_labels(hub: Running, accept_language: str, label: str) -> None:
    response = await hub.ask('{ area(code: "36.71") { levelLabel } }', {"accept-language": accept_language})
    assert response.json()["data"] == {"area": {"levelLabel": label}}


async def test_errors_of_fields_are_told_in_the_language(hub: Running) -> None:
    query = "{ complaints(first: 101) { nodes { id } } }"
    in_english = await hub.ask(query)
    in_indonesian = await hub.ask(query, {"accept-language": "id"})
    assert errors_of(in_english) == [("BAD_INPUT", '"first" must be between 0 and 100.')]
    assert errors_of(in_indonesian) == [("BAD_INPUT", '"first" harus antara 0 dan 100.')]


# --- Request ids ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["abcdefgh", "A" * 64, "0d4c8c4e-9f0a-4d4e-8c39-5a3f6d1b2c7e"])
async def test_request_ids_are_echoed(hub: Running, given: str) -> None:
    assert (await hub.post(TYPENAME, x_request_id=given)).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "with space", "semi;colon", "", "<script>alert(1)</script>"])
async def test_other_request_ids_are_replaced(hub: Running, given: str) -> None:
    response = await hub.post(TYPENAME, x_request_id=given)
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
    assert (await hub.post(b"nonsense", x_request_id=given)).headers["x-request-id"] != given


async def test_request_ids_differ(hub: Running) -> None:
    assert len({(await hub.post(TYPENAME)).headers["x-request-id"] for _ in range(3)}) == 3


# --- Compression ------------------------------------------------------------------------------------------------------

LONG = "{ complaints(first: 50) { nodes { id } } }"


async def test_long_answers_are_compressed_for_those_who_take_it(hub: Running) -> None:
    plain = await hub.ask(LONG)
    packed = await hub.ask(LONG, {"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.json()["data"] == plain.json()["data"]
    assert "Accept-Encoding" in packed.headers["vary"]


async def test_short_answers_are_not_compressed(hub: Running) -> None:
    assert "content-encoding" not in (await hub.ask("{ __typename }", {"accept-encoding": "gzip"})).headers


async def test_graphql_is_answered_in_front_of_the_framework(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what all answers have: the policies of its own are there once."""

    async def fail(*_: object) -> None:
        raise AssertionError("it went through FastAPI")

    monkeypatch.setattr("fastapi.FastAPI.__call__", fail)
    monkeypatch.setattr(type(hub.app.router), "__call__", fail)
    monkeypatch.setattr("starlette.applications.Starlette.__call__", fail)
    for packed in ("gzip", "identity"):
        response = await hub.post(TYPENAME, **{"accept-encoding": packed}, **hub.bearer(Role.ANALYST))
        assert response.json()["data"] == {"__typename": "Query"}
        for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"):
            assert len(response.headers.get_list(name)) == 1
