"""Browsers: what another site may make them send, what stands in addresses, and what every answer tells them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from api.graphql import operations
from models.complaints import Complaint
from models.policy.viewer import Role
from models.records import PersonalClass, public_fields
from tests.api.hub import JSON, Running, codes_of, errors_of
from tests.api.kept import Runs

ASK = b'{"query": "{ departments { code } }"}'
MUTATION = "mutation { withdrawConsent(purpose: OUTREACH) { __typename } }"
FOREIGN = "https://evil.example"


# --- What a form or an image on another site can send -----------------------------------------------------------------


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "",
    ],
)
async def test_what_needs_no_preflight_is_refused_unread(hub: Running, runs: Runs, media_type: str) -> None:
    for headers in ({}, hub.bearer(Role.ANALYST), {"cookie": "session=1"}):
        response = await hub.post(ASK, content_type=media_type, origin=FOREIGN, **headers)
        assert (response.status_code, response.headers["accept"], codes_of(response)) == (415, JSON, ["BAD_REQUEST"])
    assert runs.count == 0


async def test_an_address_changes_nothing(hub: Running, runs: Runs) -> None:
    response = await hub.client.get("/graphql", params={"query": MUTATION}, headers=hub.bearer(Role.CITIZEN))
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert runs.count == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(hub: Running, method: str) -> None:
    response = await hub.client.request(method, "/graphql", headers={"origin": FOREIGN})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


async def test_a_foreign_origin_is_allowed_no_credential_and_no_cookie(hub: Running) -> None:
    asked = {"origin": FOREIGN, "access-control-request-method": "POST"}
    allowed = (await hub.client.options("/graphql", headers=asked)).headers
    assert "Authorization" not in allowed["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed
    # No cookie is a credential: one changes nothing.
    with_cookie = await hub.post(ASK, cookie="token=" + hub.bearer(Role.OPERATOR)["authorization"])
    assert with_cookie.content == (await hub.post(ASK)).content


# --- What stands in addresses -----------------------------------------------------------------------------------------


@pytest.fixture
def personal_tickets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers of tickets as if they were personal: no field that may be filtered is."""
    field = Complaint.fields["ticket_number"]
    changed = {**Complaint.fields, "ticket_number": replace(field, personal=PersonalClass.GENERAL)}
    monkeypatch.setattr(Complaint, "fields", changed)
    monkeypatch.setattr(operations, "public_fields", public_fields.__wrapped__)  # what it remembers is older


@pytest.mark.usefixtures("personal_tickets")
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ complaints(filter: {ticketNumber: {eq: "LAKSA-1"}}) { totalCount } }', "{}"),
        (
            "query ($t: String) { complaints(filter: {or: [{not: {ticketNumber: {eq: $t}}}]}) { totalCount } }",
            '{"t": "LAKSA-1"}',
        ),
        (
            "query ($f: ComplaintFilter) { areas { nodes { complaints(filter: $f) { totalCount } } } }",
            '{"f": {"and": [{"ticketNumber": {"in": ["LAKSA-1"]}}]}}',
        ),
        ('{ a: __typename ...F } fragment F on Query { complaint(ticketNumber: "LAKSA-1") { id } }', "{}"),
    ],
)
async def test_personal_values_in_an_address_are_refused_unread(
    hub: Running, runs: Runs, query: str, variables: str
) -> None:
    for headers in ({}, hub.bearer(Role.ANALYST), {"accept": "text/event-stream"}):
        response = await hub.client.get("/graphql", params={"query": query, "variables": variables}, headers=headers)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert errors_of(response) == [
            (
                "BAD_REQUEST",
                "Queries with personal data as arguments are sent by POST only: addresses are kept in many places.",
            )
        ]
        assert "LAKSA-1" not in response.text
    assert runs.count == 0


@pytest.mark.usefixtures("personal_tickets")
async def test_other_values_may_stand_in_an_address(hub: Running) -> None:
    query = "{ complaints(first: 1, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) { totalCount } }"
    assert (await hub.client.get("/graphql", params={"query": query})).json()["data"]["complaints"]["totalCount"] > 0


# --- The schema -------------------------------------------------------------------------------------------------------

INTROSPECTIONS = [
    '{ __type(name: "Area") { name } }',
    "{ a: __schema { queryType { name } } departments { code } }",
    "{ ...F } fragment F on Query { ... on Query { __schema { queryType { name } } } }",
]


@pytest.mark.parametrize("query", INTROSPECTIONS)
async def test_strangers_read_the_schema_as_a_file_in_prod(hub: Running, prod: Running, query: str) -> None:
    refused = await prod.ask(query)
    message = "The schema is not asked for here without signing in. Read /schema.graphql."
    assert (errors_of(refused), "data" in refused.json()) == ([("FORBIDDEN", message)], False)
    streamed = await prod.ask(query, {"accept": "text/event-stream"})
    first, rest = streamed.text.split("\n\n", 1)
    assert json.loads(first.removeprefix("event: next\ndata: ")) == refused.json()
    assert (rest, prod.hub.event_streams.streams.counts.running) == ("event: complete\ndata:\n\n", 0)
    assert (await prod.client.get("/schema.graphql")).status_code == 200
    assert "errors" not in (await hub.ask(query)).json(), "at a desk it is shown"
    assert 'simpul_refusals_total{reason="introspection",worker="0"}' in (await prod.client.get("/metrics")).text


async def test_types_are_named_to_everybody(prod: Running) -> None:
    answer = (await prod.ask('{ __typename area(code: "36.71.05") { __typename } }')).json()
    assert answer["data"] == {"__typename": "Query", "area": {"__typename": "Area"}}


# --- What every answer tells ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/explorer/plain", "/graphql", "/schema.graphql", "/health/live", "/health/ready", "/metrics", "/none"],
)
async def test_every_answer_is_closed_to_other_sites(hub: Running, path: str) -> None:
    headers = (await hub.client.get(path)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";") if part.strip())
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert not any("unsafe" in sources or "*" in sources for sources in policy.values())
    referrer = "same-origin" if path in ("/", "/explorer/plain") else "no-referrer"
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", referrer)


# --- Addresses that a person types ------------------------------------------------------------------------------------

PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def test_graphql_leads_a_person_to_the_explorer(hub: Running) -> None:
    looked = await hub.client.get("/graphql", headers={"accept": PAGE})
    assert (looked.status_code, looked.headers["location"]) == (303, "/explorer")
    asked = await hub.client.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": PAGE})
    assert asked.json()["data"] == {"__typename": "Query"}
    assert codes_of(await hub.client.get("/graphql")) == ["BAD_REQUEST"]


@pytest.mark.parametrize("path", ["/none", "/explorer/", "/static/none.css", "/developers/none/none"])
async def test_a_wrong_address_is_a_page_for_a_person(hub: Running, path: str) -> None:
    page = await hub.client.get(path, headers={"accept": PAGE, "accept-language": "id"})
    assert (page.status_code, "Tidak ada apa-apa di alamat ini." in page.text) == (404, True), page.text[:2000]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    program = await hub.client.get(path)
    assert (program.status_code, program.headers["content-type"]) == (404, "application/json")
