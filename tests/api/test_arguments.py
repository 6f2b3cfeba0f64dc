"""Arguments that cannot be: each gets its code and its sentence, and never a failure of the hub."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.api.hub import Running, codes_of, errors_of

RANGE = ("BAD_INPUT", '"first" must be between 0 and 100.')
CURSOR = (
    "BAD_INPUT",
    "This cursor does not belong to this list with this order and filter. Start again without a cursor.",
)
ID = ("BAD_INPUT", "This id is not an id of this graph.")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def refused(hub: Running, query: str, **variables: Any) -> tuple[str, str]:
    """The one error of an operation that gives nothing else."""
    response = await hub.ask(query, **variables)
    assert response.status_code == 200
    assert not any((response.json().get("data") or {}).values())
    (error,) = errors_of(response)
    return error


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("first: -1", RANGE),
        ("first: 101", RANGE),
        ("first: 2147483647", RANGE),
        ("first: -2147483648", RANGE),
        ("last: 101", ("BAD_INPUT", '"last" must be between 0 and 100.')),
        ("first: 2147483648", ("BAD_REQUEST", "Int cannot represent non 32-bit signed integer value: 2147483648")),
        ('first: "x"', ("BAD_REQUEST", 'Int cannot represent non-integer value: "x"')),
        ("first: 1.5", ("BAD_REQUEST", "Int cannot represent non-integer value: 1.5")),
        ("first: [1]", ("BAD_REQUEST", "Int cannot represent non-integer value: [1]")),
        (
            "first: 1, last: 1",
            ("BAD_INPUT", '"first" and "after" page forwards, "last" and "before" backwards: use one pair.'),
        ),
        ('after: ""', CURSOR),
        ('after: "nonsense"', CURSOR),
        ('after: "é"', CURSOR),
        ('before: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"', CURSOR),
    ],
)
async def test_pages_that_cannot_be(hub: Running, arguments: str, error: tuple[str, str]) -> None:
    assert await refused(hub, f"{{ complaints({arguments}) {{ nodes {{ id }} }} }}") == error


@pytest.mark.parametrize("value", [-1, 101])
async def test_pages_that_cannot_be_as_variables(hub: Running, value: int) -> None:
    assert await refused(hub, "query ($n: Int) { complaints(first: $n) { nodes { id } } }", n=value) == RANGE


@pytest.mark.parametrize("value", [2**31, 10**30, 1.5, "x", [1], {}, True])
async def test_numbers_that_are_none(hub: Running, value: object) -> None:
    code, message = await refused(hub, "query ($n: Int) { complaints(first: $n) { nodes { id } } }", n=value)
    assert code == "BAD_INPUT"
    assert message.startswith("Variable '$n' has invalid value")


async def test_cursors_belong_to_their_list(hub: Running) -> None:
    page = "query ($a: String) { complaints(first: 1, after: $a, %s) { pageInfo { endCursor } } }"
    listed = page % "orderBy: [{requestedAt: DESC}]"
    answer = (await hub.ask(listed)).json()["data"]
    cursor: str = answer["complaints"]["pageInfo"]["endCursor"]
    assert (await hub.ask(listed, a=cursor)).json()["data"]["complaints"]["pageInfo"]["endCursor"] != cursor
    assert await refused(hub, page % "orderBy: [{requestedAt: ASC}]", a=cursor) == CURSOR
    assert await refused(hub, page % "orderBy: [{requestedAt: DESC}], filter: {status: {eq: OPEN}}", a=cursor) == CURSOR
    assert await refused(hub, "query ($a: String) { areas(after: $a) { nodes { id } } }", a=cursor) == CURSOR
    tampered = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for changed in (tampered, cursor[1:], cursor[:-4], cursor + "AAAA", cursor.swapcase()):
        assert await refused(hub, listed, a=changed) == CURSOR
    assert await refused(hub, listed, a="A" * 100_000) == CURSOR


# --- Ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "!!!",
        "=",
        "\0",
        "1",
        "A" * 100_000,
        encoded("Complaint"),
        encoded("Complaint:"),
        encoded(":1"),
        encoded("Query:1"),
        encoded("Nothing:1"),
        base64.b64encode(b"Complaint:\xff").decode(),
    ],
    ids=lambda value: value[:20] or "empty",
)
async def test_ids_that_are_none(hub: Running, given: str) -> None:
    assert await refused(hub, "query ($i: ID!) { node(id: $i) { id } }", i=given) == ID
    assert await refused(hub, "query ($i: ID!) { nodes(ids: [$i]) { id } }", i=given) == ID
    assert await refused(hub, "query ($i: ID!) { complaint(id: $i) { id } }", i=given) == ID


async def test_ids_of_other_types(hub: Running) -> None:
    assert await refused(hub, "query ($i: ID!) { complaint(id: $i) { id } }", i=encoded("Area:36.71")) == ID


@pytest.mark.parametrize("key", ["0", "-1", "1.5", " 1", "1 ", "01", "\uff11", "9" * 300, "x", "1\0", "1:2", "'", "%"])
async def test_ids_that_nobody_has(hub: Running, key: str) -> None:
    response = await hub.ask("query ($i: ID!) { complaint(id: $i) { id } }", i=encoded(f"Complaint:{key}"))
    assert (response.json()["data"], "errors" in response.json()) == ({"complaint": None}, False)


async def test_too_many_ids(hub: Running) -> None:
    error = await refused(hub, "query ($i: [ID!]!) { nodes(ids: $i) { id } }", i=[encoded("Complaint:1")] * 101)
    assert error == ("BAD_INPUT", "At most 100 ids at once.")


@pytest.mark.parametrize("arguments", ['(id: "x", ticketNumber: "y")', "", "(id: null)"])
async def test_exactly_one_key(hub: Running, arguments: str) -> None:
    error = await refused(hub, f"{{ complaint{arguments} {{ id }} }}")
    assert error == ("BAD_INPUT", "Give exactly one of: id, ticketNumber.")


# --- Filters and orders -----------------------------------------------------------------------------------------------

LIST = "{ complaints(%s) { nodes { id } } }"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("filter: {status: {eq: NOTHING}}", "BAD_REQUEST"),
        ('filter: {status: {eq: "OPEN"}}', "BAD_REQUEST"),
        ('filter: {requestedAt: {gt: "2026-01-01"}}', "BAD_REQUEST"),
        ('filter: {requestedAt: {gt: "2026-01-01T00:00:00"}}', "BAD_REQUEST"),
        ('filter: {requestedAt: {gt: "yesterday"}}', "BAD_REQUEST"),
        ("filter: {requestedAt: {gt: 5}}", "BAD_REQUEST"),
        ('filter: {areaCode: {eq: "36 71"}}', "BAD_REQUEST"),
        ("filter: {areaCode: {eq: 36}}", "BAD_REQUEST"),
        ("filter: {nothing: {eq: 1}}", "BAD_REQUEST"),
        ("filter: {status: {in: null}}", "BAD_INPUT"),
        ("filter: {requestedAt: {isNull: null}}", "BAD_INPUT"),
        ("filter: {ticketNumber: {eq: null}}", "BAD_INPUT"),
        ("filter: {ticketNumber: {contains: null}}", "BAD_INPUT"),
        ("orderBy: [{}]", "BAD_INPUT"),
        ("orderBy: [{requestedAt: null}]", "BAD_INPUT"),
        ("orderBy: [{requestedAt: ASC}, {requestedAt: DESC}]", "BAD_INPUT"),
        ("orderBy: [{requestedAt: SIDEWAYS}]", "BAD_REQUEST"),
    ],
)
async def test_arguments_that_cannot_be(hub: Running, arguments: str, code: str) -> None:
    assert (await refused(hub, LIST % arguments))[0] == code


async def test_area_codes_that_are_none(hub: Running) -> None:
    values: list[Any] = ["", " ", "36 71", "36.", "36.71.05.1003\0", 5, None, {}]
    for value in values:
        code, _ = await refused(hub, "query ($c: AreaCode!) { area(code: $c) { name } }", c=value)
        assert code == "BAD_INPUT"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("[ComplaintOrder!]", [None]),
        ("[ComplaintOrder!]", [{}]),
        ("[ComplaintOrder!]", [{"requestedAt": None}]),
        ("[ComplaintOrder!]", [{"nothing": "ASC"}]),
        ("[ComplaintOrder!]", "ASC"),
    ],
)
async def test_orders_that_are_none(hub: Running, kind: str, value: object) -> None:
    query = f"query ($v: {kind}) {{ complaints(orderBy: $v) {{ nodes {{ id }} }} }}"
    assert (await refused(hub, query, v=value))[0] == "BAD_INPUT"


async def test_a_null_inside_an_order(hub: Running) -> None:
    query = "query ($d: Direction) { complaints(orderBy: [{requestedAt: $d}]) { nodes { id } } }"
    assert (await refused(hub, query, d=None))[0] == "BAD_INPUT"


@pytest.mark.parametrize(
    ("operator", "moment"), [("lt", "0001-01-01T00:00:00+14:00"), ("gt", "9999-12-31T23:59:59-14:00")]
)
async def test_moments_at_the_edges_of_time(hub: Running, operator: str, moment: str) -> None:
    query = "query ($f: ComplaintFilter) { complaints(filter: $f) { totalCount } }"
    response = await hub.ask(query, f={"requestedAt": {operator: moment}})
    assert response.json()["data"] == {"complaints": {"totalCount": 0}}


@pytest.mark.parametrize(
    "text", ["a\0b", "%", "_", "\\", "%_\\", "'", '"', "';--", "😀", "ß", "\u202e", "x" * 1_000, "\n", "\ufffe"]
)
async def test_texts_are_only_texts(hub: Running, text: str) -> None:
    query = (
        "query ($t: String!) { contains: complaints(filter: {ticketNumber: {contains: $t}}) { totalCount } "
        "eq: complaints(filter: {ticketNumber: {eq: $t}}) { totalCount } }"
    )
    response = await hub.ask(query, t=text)
    assert response.json()["data"] == {"contains": {"totalCount": 0}, "eq": {"totalCount": 0}}


async def test_texts_are_bounded(hub: Running) -> None:
    query = "query ($t: String!) { complaints(filter: {ticketNumber: {contains: $t}}) { totalCount } }"
    for length in (1_001, 200_000):
        error = await refused(hub, query, t="x" * length)
        assert error == ("BAD_INPUT", "A text in a filter has at most 1000 characters.")


async def test_lists_of_values_are_bounded(hub: Running) -> None:
    query = "query ($v: [String!]) { complaints(filter: {ticketNumber: {in: $v}}) { totalCount } }"
    assert (await hub.ask(query, v=["x"] * 100)).json()["data"] == {"complaints": {"totalCount": 0}}
    assert await refused(hub, query, v=["x"] * 101) == ("BAD_INPUT", '"in" takes at most 100 values.')
    response = await hub.ask(query, v=["x"] * 60_000)
    assert (response.status_code, codes_of(response)) == (400, ["BAD_REQUEST"])


def nested(levels: int) -> dict[str, Any]:
    condition: dict[str, Any] = {"status": {"eq": "OPEN"}}
    for _ in range(levels):
        condition = {"not": condition}
    return condition


async def test_filters_are_bounded(hub: Running) -> None:
    query = "query ($f: ComplaintFilter) { complaints(filter: $f) { totalCount } }"
    assert "errors" not in (await hub.ask(query, f=nested(4))).json()
    assert await refused(hub, query, f=nested(5)) == ("BAD_INPUT", "A filter may be nested at most 5 levels deep.")
    wide = {"or": [{"ticketNumber": {"eq": str(number)}} for number in range(51)]}
    assert await refused(hub, query, f=wide) == ("BAD_INPUT", "A filter may hold at most 50 conditions.")


@pytest.mark.parametrize(
    "position",
    [{"latitude": 0, "longitude": 0}, {"latitude": -90, "longitude": 180}, {"latitude": 90, "longitude": -180}],
)
async def test_positions_outside_the_city(hub: Running, position: dict[str, float]) -> None:
    response = await hub.ask("query ($p: PositionInput!) { areaAt(position: $p) { code } }", p=position)
    assert response.json()["data"] == {"areaAt": None}
    assert "errors" not in response.json()


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.0001, 0), (-90.0001, 0), (0, 180.0001), (0, -180.0001), (106.63, -6.17), (1e308, 0)]
)
async def test_positions_that_are_not_on_earth(hub: Running, latitude: float, longitude: float) -> None:
    query = "query ($p: PositionInput!) { areaAt(position: $p) { code } }"
    error = await refused(hub, query, p={"latitude": latitude, "longitude": longitude})
    assert error == ("BAD_INPUT", "A latitude lies between -90 and 90, a longitude between -180 and 180.")
