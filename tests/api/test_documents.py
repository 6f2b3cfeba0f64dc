"""Documents that cannot be run, that try to cost more than they may, and operations that may not be sent by GET."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from graphql import build_schema

from api.graphql.route import GraphqlRoute
from api.identity.any_credential import AnyCredential
from api.serving.cors import Cors
from engine.documents.limits import Limits
from engine.lanes import Lanes
from tests.api.hub import GRAPHQL_RESPONSE, RawClient, Running, errors_of

BAD = "BAD_REQUEST"
TYPED = {"accept": GRAPHQL_RESPONSE}


def limit(name: str) -> list[tuple[str, str]]:
    allowed = getattr(Limits(), name)
    return [(BAD, f"The query goes beyond {name}: at most {allowed} are allowed. Ask for less in one query.")]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", (BAD, "Syntax Error: Unexpected <EOF>.")),
        ("# nothing", (BAD, "Syntax Error: Unexpected <EOF>.")),
        ("{", (BAD, "Syntax Error: Expected Name, found <EOF>.")),
        ("{ a\0b }", (BAD, "Syntax Error: Unexpected character: U+0000.")),
        ('{ area(code: "\\uD800") { name } }', (BAD, "Syntax Error: Invalid Unicode escape sequence: '\\uD800'.")),
        ("type A { b: Int }", (BAD, "The 'A' definition is not executable.")),
        ("fragment F on Query { __typename }", (BAD, "Fragment 'F' is never used.")),
        ("mutation { a }", (BAD, "Cannot query field 'a' on type 'Mutation'.")),
        ("subscription { a }", (BAD, "Cannot query field 'a' on type 'Subscription'.")),
        ("{ nothing }", (BAD, "Cannot query field 'nothing' on type 'Query'.")),
        (
            "query A { __typename } query B { __typename }",
            (BAD, "Must provide operation name if query contains multiple operations."),
        ),
    ],
)
async def test_documents_that_cannot_be_run(hub: Running, query: str, error: tuple[str, str]) -> None:
    response = await hub.ask(query)
    assert (response.status_code, errors_of(response)) == (200, [error])
    assert "data" not in response.json()
    typed = await hub.ask(query, TYPED)
    assert (typed.status_code, typed.json()) == (400, response.json())


async def test_an_operation_that_is_not_there(hub: Running) -> None:
    response = await hub.post(b'{"query": "query A { __typename }", "operationName": "B"}', accept=GRAPHQL_RESPONSE)
    assert (response.status_code, errors_of(response)) == (400, [(BAD, "Unknown operation named 'B'.")])


async def test_an_empty_operation_name_is_none(hub: Running) -> None:
    response = await hub.post(b'{"query": "{ __typename }", "operationName": ""}')
    assert response.json() == {"data": {"__typename": "Query"}}


# --- Size -------------------------------------------------------------------------------------------------------------

FRAGMENT_BOMB = (
    "{ ...F0 } "
    + " ".join(f"fragment F{level} on Query {{ ...F{level + 1} ...F{level + 1} }}" for level in range(40))
    + " fragment F40 on Query { __typename }"
)


def long(part: str, around: str = "{ %s }") -> str:
    """A document of nearly 64 kB that repeats a part."""
    return around % (part * ((65_000 - len(around)) // len(part)))


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        pytest.param(FRAGMENT_BOMB, limit("fields_max"), id="2^40 fields"),
        pytest.param(
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", limit("depth_max"), id="circle"
        ),
        pytest.param("{ ...A } fragment A on Query { ...A }", limit("depth_max"), id="spreads itself"),
        pytest.param(
            "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }", limit("aliases_max"), id="aliases"
        ),
        pytest.param(
            "{ areas { nodes { " + "parent { " * 14 + "name" + " }" * 14 + " } } }", limit("depth_max"), id="deep"
        ),
        pytest.param("{ __typename " + "@skip(if: false) " * 51 + "}", limit("directives_max"), id="directives"),
        pytest.param("{ " + "__typename " * 102 + "}", limit("duplicate_fields_max"), id="duplicates"),
        pytest.param("{ " + "... { __typename } " * 101 + "}", limit("fragments_max"), id="inline fragments"),
        pytest.param("{ a(b: " + "[" * 13 + "]" * 13 + ") }", limit("value_depth_max"), id="deep value"),
        pytest.param("{ " + "a" * 129 + " }", limit("name_chars_max"), id="long name"),
        pytest.param("\n" * 1_000 + "{ __typename }", limit("lines_max"), id="lines"),
        pytest.param("{" * 65_000, None, id="64 kB of braces"),
        pytest.param(long("{a", "%s"), limit("depth_max"), id="64 kB deep"),
        pytest.param(long("a "), limit("tokens_max"), id="64 kB of fields"),
        pytest.param(long("a:a "), limit("tokens_max"), id="64 kB of aliases"),
        pytest.param(long("@a ", "{ a %s }"), limit("tokens_max"), id="64 kB of directives"),
        pytest.param(long("...a "), limit("tokens_max"), id="64 kB of spreads"),
        pytest.param(long("[", "{ a(b: %s) }"), limit("depth_max"), id="64 kB of lists"),
        pytest.param(long("$a:A ", "query (%s) { a }"), limit("tokens_max"), id="64 kB of variables"),
        pytest.param(long(",", "{ %s a }"), [(BAD, "Cannot query field 'a' on type 'Query'.")], id="64 kB of commas"),
        pytest.param(long("\n", "{ %s a }"), limit("lines_max"), id="64 kB of lines"),
        pytest.param(long("#", "%s\n{ a }"), [(BAD, "Cannot query field 'a' on type 'Query'.")], id="64 kB of comment"),
        pytest.param(long("9", "{ area(code: %s) { name } }"), None, id="64 kB of digits"),
        pytest.param(long("a", '{ area(code: "%s") { name } }'), None, id="64 kB of text"),
        pytest.param(long('\\"', '{ area(code: """%s""") { name } }'), None, id="64 kB of quotes"),
        pytest.param(long("a", "{ %s }"), limit("name_chars_max"), id="64 kB of name"),
        pytest.param("{ __typename }" + " " * 65_536, limit("document_bytes_max"), id="over 64 kB"),
        pytest.param("é" * 40_000, limit("document_bytes_max"), id="over 64 kB of two bytes each"),
    ],
)
async def test_documents_that_would_cost_too_much(
    hub: Running, query: str, errors: list[tuple[str, str]] | None
) -> None:
    response = await hub.ask(query, TYPED)
    assert response.status_code == 400
    if errors is None:
        assert [code for code, _ in errors_of(response)] == [BAD]
    else:
        assert errors_of(response) == errors


async def test_a_limit_is_told_in_the_language_of_the_request(hub: Running) -> None:
    response = await hub.ask(FRAGMENT_BOMB, {"accept-language": "id"})
    assert errors_of(response) == [
        (BAD, "Kueri melampaui batas fields_max: paling banyak 2000. Minta lebih sedikit dalam satu kueri.")
    ]


async def test_validation_stops_at_twenty_errors(hub: Running) -> None:
    response = await hub.ask("{ " + " ".join(f"f{number}" for number in range(40)) + " }")
    errors = errors_of(response)
    assert len(errors) == 21
    assert errors[-1] == (BAD, "Too many validation errors, error limit reached. Validation aborted.")


async def test_variables_are_looked_at_until_twenty_errors(hub: Running) -> None:
    query = "query ($s: [ComplaintStatus!]!) { complaints(filter: {status: {in: $s}}) { totalCount } }"
    errors = errors_of(await hub.ask(query, s=["OPNE"] * 40))
    assert len(errors) == 21
    assert errors[-1] == (
        "BAD_INPUT",
        "Too many errors processing variables, error limit reached. Execution aborted.",
    )


async def test_a_message_repeats_a_thousand_characters_at_most(hub: Running) -> None:
    ((code, message),) = errors_of(await hub.ask(long("9", "{ complaints(first: %s) { totalCount } }")))
    assert code == BAD
    assert (len(message), message[-4:]) == (1_001, "999…")


async def test_names_are_suggested_in_dev_only(hub: Running, prod: Running) -> None:
    query = "{ are { name } }"
    assert "Did you mean" in errors_of(await hub.ask(query))[0][1]
    assert errors_of(await prod.ask(query)) == [(BAD, "Cannot query field 'are' on type 'Query'.")]
    query = "{ complaints(filter: {status: {eq: OPE}}) { totalCount } }"
    assert "Did you mean" in errors_of(await hub.ask(query))[0][1]
    assert errors_of(await prod.ask(query)) == [(BAD, "Value 'OPE' does not exist in 'ComplaintStatus' enum.")]
    query = "query ($s: ComplaintStatus!) { complaints(filter: {status: {eq: $s}}) { totalCount } }"
    assert "Did you mean" not in (await prod.ask(query, s="OPE")).text


# --- What changes something is not sent by GET ------------------------------------------------------------------------

TINY = build_schema("type Query { a: Int } type Mutation { b: Int } type Subscription { c: Int }")


@pytest.fixture
def tiny(hub: Running) -> GraphqlRoute:
    """The route over a schema that has a mutation."""
    lanes = Lanes(TINY, hide_suggestions=True)
    return GraphqlRoute(replace(hub.hub.operations, lanes=lanes), AnyCredential(), Cors(()))


@pytest.mark.parametrize("query", ["mutation { b }", "query A { a } mutation M { b }"])
async def test_get_only_reads(tiny: GraphqlRoute, query: str) -> None:
    sent = await RawClient().call(tiny, "GET", query_string=f"query={quote(query)}&operationName=M".encode())
    if not query.startswith("query"):
        sent = await RawClient().call(tiny, "GET", query_string=f"query={quote(query)}".encode())
    assert sent is not None
    assert (sent.status, sent.headers["allow"]) == (405, "POST")
    assert json.loads(sent.body)["errors"] == [
        {"message": "Mutations are sent by POST only.", "extensions": {"code": BAD}}
    ]


async def test_get_reads_beside_a_mutation(tiny: GraphqlRoute) -> None:
    query = quote("query A { a } mutation M { b }")
    sent = await RawClient().call(tiny, "GET", query_string=f"query={query}&operationName=A".encode())
    assert sent is not None
    assert (sent.status, sent.body) == (200, b'{"data":{"a":null}}')


async def test_post_may_change(tiny: GraphqlRoute) -> None:
    client = RawClient()
    client.send_part(b'{"query": "mutation { b }"}', more=False)
    sent = await client.call(tiny)
    assert sent is not None
    assert (sent.status, sent.body) == (200, b'{"data":{"b":null}}')
