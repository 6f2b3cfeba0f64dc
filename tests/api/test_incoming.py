"""What is no GraphQL request is refused by its status, with a sentence: media types, encodings, bodies, parameters."""

from __future__ import annotations

import gzip
from urllib.parse import quote

import pytest

from api.graphql.incoming import BODY_BYTES_MAX, QUERY_STRING_BYTES_MAX, VARIABLE_VALUES_MAX
from tests.api.hub import GRAPHQL_RESPONSE, JSON, RawClient, Running, codes_of, errors_of

TYPENAME = b'{"query": "{ __typename }"}'
ANSWER = {"data": {"__typename": "Query"}}
BAD = "BAD_REQUEST"
NOT_JSON = [(BAD, "The body is not JSON that can be read, or it is nested too deep.")]
NOT_UTF8 = [(BAD, "The body is not UTF-8 text.")]
NO_QUERY = [(BAD, 'The request carries no "query" that is a text.')]


# --- What is answered -------------------------------------------------------------------------------------------------


async def test_post_answers(hub: Running) -> None:
    response = await hub.ask('{ area(code: "36.71") { code name level } }')
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"].startswith("public, max-age=")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["data"] == {"area": {"code": "36.71", "name": "Kota Tangerang", "level": "CITY"}}


async def test_get_answers(hub: Running) -> None:
    query, variables = quote("query A($c: AreaCode!) { area(code: $c) { name } }"), quote('{"c": "36.71"}')
    response = await hub.client.get(f"/graphql?query={query}&variables={variables}&operationName=A&extensions=")
    assert response.status_code == 200
    assert response.json()["data"] == {"area": {"name": "Kota Tangerang"}}


async def test_operation_is_chosen_by_its_name(hub: Running) -> None:
    body = b'{"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}'
    assert (await hub.post(body)).json() == {"data": {"b": "Query"}}


# --- Media types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        ("*/*", JSON),
        ("application/*", JSON),
        ("", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        (f"{JSON};q=0.2, {GRAPHQL_RESPONSE};q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.2, {JSON};q=0.9", JSON),
        (f"{JSON};q=0, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}; charset=utf-8; q=1.000", GRAPHQL_RESPONSE),
        (f"{JSON};q=nonsense", JSON),
    ],
)
async def test_accept_chooses_the_media_type(hub: Running, accept: str, answered: str) -> None:
    response = await hub.post(TYPENAME, accept=accept)
    assert (response.status_code, response.json()) == (200, ANSWER)
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"


async def test_no_accept_means_json(hub: Running) -> None:
    client = RawClient()
    client.send_part(TYPENAME, more=False)
    sent = await client.call(hub.app)
    assert sent is not None
    assert (sent.status, sent.headers["content-type"]) == (200, "application/json; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/html", f"{JSON};q=0", "image/png, text/*", ",", f"{JSON};q=0.000"])
async def test_other_media_types_are_not_acceptable(hub: Running, accept: str) -> None:
    response = await hub.post(TYPENAME, accept=accept)
    assert response.status_code == 406
    said = "Accept must include application/json, application/graphql-response+json or text/event-stream."
    assert errors_of(response) == [(BAD, said)]


@pytest.mark.parametrize(
    "content_type", ["application/json", 'Application/JSON; charset="UTF-8"', f"{JSON};charset=utf8"]
)
async def test_json_is_read(hub: Running, content_type: str) -> None:
    assert (await hub.post(TYPENAME, content_type=content_type)).json() == ANSWER


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/graphql",
        "",
        "application/json; charset=iso-8859-1",
        "application/json, text/plain",
    ],
)
async def test_what_a_form_can_send_is_refused(hub: Running, content_type: str) -> None:
    response = await hub.post(TYPENAME, content_type=content_type)
    assert response.status_code == 415
    assert response.headers["accept"] == JSON
    assert errors_of(response) == [(BAD, "The Content-Type must be application/json.")]


async def test_no_content_type_is_refused(hub: Running) -> None:
    client = RawClient()
    client.send_part(TYPENAME, more=False)
    sent = await client.call(hub.app, headers=())
    assert sent is not None
    assert sent.status == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", ""])
async def test_compressed_bodies_are_refused(hub: Running, encoding: str) -> None:
    response = await hub.post(gzip.compress(TYPENAME), content_encoding=encoding)
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"
    assert errors_of(response) == [(BAD, "Send the body without compression.")]


# --- Bodies -----------------------------------------------------------------------------------------------------------


async def test_a_declared_body_that_is_too_large_is_not_even_read(hub: Running) -> None:
    client = RawClient()
    length = str(BODY_BYTES_MAX + 1).encode()
    sent = await client.call(hub.app, headers=((b"content-type", b"application/json"), (b"content-length", length)))
    assert sent is not None
    assert sent.status == 413
    assert b"The body is larger than 262144 bytes." in sent.body


async def test_an_undeclared_body_is_read_up_to_the_limit(hub: Running) -> None:
    client = RawClient()
    for _ in range(4):
        client.send_part(b" " * (BODY_BYTES_MAX // 4), more=True)
    client.send_part(b" ", more=True)
    client.send_part(b"never read", more=False)
    sent = await client.call(hub.app)
    assert sent is not None
    assert sent.status == 413
    assert client.parts.qsize() == 1


async def test_a_body_of_just_the_limit_is_answered(hub: Running) -> None:
    padded = TYPENAME + b" " * (BODY_BYTES_MAX - len(TYPENAME))
    client = RawClient()
    client.send_part(padded[:1000], more=True)
    client.send_part(padded[1000:], more=False)
    sent = await client.call(hub.app)
    assert sent is not None
    assert (sent.status, sent.body) == (200, b'{"data":{"__typename":"Query"}}')


@pytest.mark.parametrize("declared", [b"nonsense", b"-1", b""])
async def test_a_length_that_is_no_number_is_not_believed(hub: Running, declared: bytes) -> None:
    client = RawClient()
    client.send_part(TYPENAME, more=False)
    sent = await client.call(hub.app, headers=((b"content-type", b"application/json"), (b"content-length", declared)))
    assert sent is not None
    assert sent.status == 200


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"\xff\xfe", NOT_UTF8),
        (b'{"query": "\xc3\x28"}', NOT_UTF8),
        (b'{"query": "\xed\xa0\x80"}', NOT_UTF8),
        (b"", NOT_JSON),
        (b"{", NOT_JSON),
        (b"nonsense", NOT_JSON),
        (b"[" * 100_000 + b"]" * 100_000, NOT_JSON),
        (b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', NOT_JSON),
        (b'{"query": "\\udfff"}', NOT_JSON),
        (b'{"query": "{ __typename }", "variables": {"a": NaN}}', NOT_JSON),
        (b'{"query": "{ __typename }", "variables": {"a": 1e999}}', NOT_JSON),
        (b"\xef\xbb\xbf" + TYPENAME, NOT_JSON),
        (b"[" + TYPENAME + b"]", [(BAD, "Send one operation per request; arrays of operations are not accepted.")]),
        (b'"text"', [(BAD, 'The body must be a JSON object with a "query".')]),
        (b"5", [(BAD, 'The body must be a JSON object with a "query".')]),
        (b"null", [(BAD, 'The body must be a JSON object with a "query".')]),
        (b"true", [(BAD, 'The body must be a JSON object with a "query".')]),
        (b"{}", NO_QUERY),
        (b'{"query": null}', NO_QUERY),
        (b'{"query": 5}', NO_QUERY),
        (b'{"query": ["{ __typename }"]}', NO_QUERY),
        (b'{"query": "{ __typename }", "operationName": 5}', [(BAD, '"operationName" must be "...".')]),
        (b'{"query": "{ __typename }", "variables": []}', [(BAD, '"variables" must be {...}.')]),
        (b'{"query": "{ __typename }", "variables": "{}"}', [(BAD, '"variables" must be {...}.')]),
        (b'{"query": "{ __typename }", "extensions": 5}', [(BAD, '"extensions" must be {...}.')]),
    ],
    ids=lambda value: repr(value[-32:]) if isinstance(value, bytes) else "-",
)
async def test_bodies_that_cannot_be_used(hub: Running, body: bytes, errors: list[tuple[str, str]]) -> None:
    response = await hub.post(body)
    assert (response.status_code, errors_of(response)) == (400, errors)


@pytest.mark.parametrize(("levels", "status"), [(19, 200), (20, 400), (400, 400)])
async def test_variables_are_bounded_in_depth(hub: Running, levels: int, status: int) -> None:
    nested = b'{"a":' * levels + b"1" + b"}" * levels
    response = await hub.post(b'{"query": "{ __typename }", "variables": ' + nested + b"}")
    assert response.status_code == status
    if status == 400:
        assert errors_of(response) == [(BAD, "Variables may be nested at most 20 levels deep.")]


@pytest.mark.parametrize(("values", "status"), [(VARIABLE_VALUES_MAX - 1, 200), (VARIABLE_VALUES_MAX, 400)])
async def test_variables_are_bounded_in_number(hub: Running, values: int, status: int) -> None:
    # The list is a value too.
    response = await hub.ask("query ($v: [String!]) { __typename }", v=["x"] * values)
    assert response.status_code == status
    if status == 400:
        assert errors_of(response) == [
            (BAD, "The query goes beyond variable_values_max: at most 2000 are allowed. Ask for less in one query.")
        ]


# --- GET --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query_string", "errors"),
    [
        (b"", NO_QUERY),
        (b"variables={}", NO_QUERY),
        (b"query=%ff", NOT_UTF8),
        (b"query=%ed%a0%80", NOT_UTF8),
        (b"query={__typename}\xff", NOT_UTF8),
        (b"query={__typename}&variables=nonsense", NOT_JSON),
        (b"query={__typename}&variables=[]", [(BAD, '"variables" must be {...}.')]),
        (b"query={__typename}&extensions=5", [(BAD, '"extensions" must be {...}.')]),
        (
            b"&".join(b"a%d=1" % number for number in range(21)),
            [(BAD, "The query goes beyond query_parameters_max: at most 20 are allowed. Ask for less in one query.")],
        ),
    ],
)
async def test_query_strings_that_cannot_be_used(
    hub: Running, query_string: bytes, errors: list[tuple[str, str]]
) -> None:
    sent = await RawClient().call(hub.app, "GET", query_string=query_string)
    assert sent is not None
    assert sent.status == 400
    assert all(message.replace('"', '\\"').encode() in sent.body for _, message in errors)


@pytest.mark.parametrize("query_string", [b"query=%", b"query=%zz", b"query=%00", b"query=%7B%00%7D", b"query="])
async def test_query_strings_that_hold_no_graphql(hub: Running, query_string: bytes) -> None:
    client = RawClient()
    accept = ((b"accept", GRAPHQL_RESPONSE.encode()),)
    sent = await client.call(hub.app, "GET", query_string=query_string, headers=accept)
    assert sent is not None
    assert sent.status == 400
    assert b"Syntax Error" in sent.body


async def test_a_query_string_that_is_too_long(hub: Running) -> None:
    sent = await RawClient().call(hub.app, "GET", query_string=b"query=" + b"a" * QUERY_STRING_BYTES_MAX)
    assert sent is not None
    assert sent.status == 414


# --- Methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
async def test_other_methods_are_refused(hub: Running, method: str) -> None:
    response = await hub.client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert errors_of(response) == [(BAD, "Use GET or POST.")]


async def test_subpaths_are_not_found(hub: Running) -> None:
    assert [(await hub.client.get(path)).status_code for path in ("/graphql/", "/graphql/x", "/nothing")] == [404] * 3


async def test_codes_hold_in_both_languages(hub: Running) -> None:
    response = await hub.post(b"null", accept_language="id")
    assert codes_of(response) == [BAD]
    assert errors_of(response) == [(BAD, 'Isi permintaan harus berupa objek JSON dengan "query".')]
