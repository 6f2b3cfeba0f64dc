"""Cursors: a place in one list with one order and one filter, and nothing else."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.graph.harness import SECRET, Answer, City

LIST = """
query (
  $first: Int, $after: String, $last: Int, $before: String, $filter: ComplaintFilter, $orderBy: [ComplaintOrder!]
) {
  complaints(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    pageInfo { hasNextPage hasPreviousPage }
    edges { cursor node { ticketNumber } }
  }
}
"""
INVALID = "This cursor does not belong to this list with this order and filter. Start again without a cursor."
PAIR = '"first" and "after" page forwards, "last" and "before" backwards: use one pair.'


async def edges(city: City, **arguments: object) -> list[tuple[str, str]]:
    """The tickets and cursors of a page."""
    answer = await city(LIST, variables=arguments)
    assert answer.errors == []
    return [(edge["node"]["ticketNumber"], edge["cursor"]) for edge in answer.data["complaints"]["edges"]]


def refused(answer: Answer, text: str, path: tuple[str, ...] = ("complaints",)) -> None:
    """The list has its error, and no source was asked."""
    assert [(error.code, error.path, error.text) for error in answer.errors] == [("BAD_INPUT", path, text)]
    assert answer.statements == {}


async def cursor(city: City, **arguments: object) -> str:
    return (await edges(city, first=3, **arguments))[1][1]


def changed_at(text: str, place: int) -> str:
    """The cursor with one bit of one byte flipped."""
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[place] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


# --- Right ones -------------------------------------------------------------------------------------------------------


async def test_any_edge_is_a_place_to_go_on_from(city: City) -> None:
    ten = await edges(city, first=10)
    tickets = [ticket for ticket, _ in ten]
    for place in range(9):
        after = await edges(city, first=9 - place, after=ten[place][1])
        before = await edges(city, last=10, before=ten[place][1])
        assert [ticket for ticket, _ in after] == tickets[place + 1 :]
        assert [ticket for ticket, _ in before] == tickets[:place]


async def test_a_row_has_the_same_cursor_whichever_way_it_is_read(city: City) -> None:
    ten = await edges(city, first=10)
    assert await edges(city, last=5, before=ten[7][1]) == ten[2:7]
    assert await edges(city, first=5, after=ten[1][1]) == ten[2:7]


async def test_equal_filters_share_their_cursors(city: City) -> None:
    one = {"status": {"eq": "OPEN"}, "channel": {"in": ["APP", "WEB"]}}
    same = {"and": [{"channel": {"in": ["WEB", "APP", "WEB"]}}, {"and": [{"status": {"in": ["OPEN"]}}]}]}
    assert await edges(city, first=5, filter=one) == await edges(city, first=5, filter=same)
    assert len(await edges(city, first=2, filter=same, after=await cursor(city, filter=one))) == 2


async def test_a_cursor_shows_nothing(city: City) -> None:
    text = await cursor(city)
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert len(raw) >= 16
    assert all(part not in text for part in ("LAKSA", "=", "+", "/"))


async def test_a_page_of_no_rows_says_whether_there_are_any(city: City) -> None:
    assert (await city(LIST, first=0)).data["complaints"] == {
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False}, "edges": [],
    }  # fmt: skip
    assert (await city(LIST, last=0)).data["complaints"] == {
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True}, "edges": [],
    }  # fmt: skip
    assert (await city(LIST, first=0, filter={"ticketNumber": {"eq": "no"}})).data["complaints"]["pageInfo"] == {
        "hasNextPage": False, "hasPreviousPage": False,
    }  # fmt: skip


async def test_a_list_is_20_rows_unless_told(city: City) -> None:
    assert len(await edges(city)) == 20
    assert len(await edges(city, first=100)) == 100


# --- Wrong ones -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize(
    "text",
    ["", "x", "xx", "not a cursor", "====", "é", "\x00", "A" * 22, "A" * 23, "A" * 4_001, "a+b/", "Q29tcGxhaW50OjU3"],
)
async def test_what_is_no_cursor_is_refused(city: City, argument: str, text: str) -> None:
    refused(await city(LIST, variables={argument: text}), INVALID)


async def test_each_changed_byte_is_found(city: City) -> None:
    text = await cursor(city)
    for place in range(len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))):
        refused(await city(LIST, after=changed_at(text, place)), INVALID)


async def test_each_shorter_or_longer_cursor_is_refused(city: City) -> None:
    text = await cursor(city)
    for length in range(len(text)):
        refused(await city(LIST, after=text[:length]), INVALID)
    refused(await city(LIST, after=f"{text}AAAA"), INVALID)
    refused(await city(LIST, after=f"AAAA{text}"), INVALID)


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ({}, {"orderBy": [{"requestedAt": "ASC"}]}),
        ({"orderBy": [{"requestedAt": "ASC"}]}, {}),
        ({"orderBy": [{"requestedAt": "ASC"}]}, {"orderBy": [{"requestedAt": "DESC"}]}),
        ({}, {"filter": {"status": {"eq": "OPEN"}}}),
        ({"filter": {"status": {"eq": "OPEN"}}}, {}),
        ({"filter": {"status": {"eq": "OPEN"}}}, {"filter": {"status": {"eq": "CLOSED"}}}),
        ({"filter": {"status": {"eq": "OPEN"}}}, {"filter": {"not": {"status": {"eq": "OPEN"}}}}),
    ],
    ids=str,
)
async def test_a_cursor_of_another_order_or_filter_is_refused(
    city: City, made: dict[str, Any], used: dict[str, Any]
) -> None:
    text = await cursor(city, **made)
    refused(await city(LIST, variables={**used, "after": text}), INVALID)
    refused(await city(LIST, variables={**used, "before": text}), INVALID)
    assert await edges(city, first=1, after=text, **made) == (await edges(city, first=3, **made))[2:]


async def test_a_cursor_of_another_list_is_refused(city: City) -> None:
    text = await cursor(city)
    others = {
        ("areas",): "query ($after: String) { areas(after: $after) { nodes { id } } }",
        ("complaintCategories",): "query ($after: String) { complaintCategories(after: $after) { nodes { id } } }",
    }
    for path, query in others.items():
        refused(await city(query, after=text), INVALID, path)
    answer = await city(
        'query ($after: String) { area(code: "36.71") { complaints(after: $after) { nodes { id } } } }', after=text
    )
    assert [(error.code, error.path, error.text) for error in answer.errors] == [
        ("BAD_INPUT", ("area", "complaints"), INVALID)
    ]
    assert answer.statements == {"areas": 1}


async def test_a_cursor_of_another_hub_is_refused(city: City) -> None:
    text = await cursor(city)
    city.secret = b"the secret of another hub, as long as it"
    try:
        refused(await city(LIST, after=text), INVALID)
    finally:
        city.secret = SECRET


# --- Sizes and pairs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["first", "last"])
@pytest.mark.parametrize("rows", [-1, 101, -2_147_483_648, 2_147_483_647])
async def test_impossible_sizes_are_refused(city: City, argument: str, rows: int) -> None:
    refused(await city(LIST, variables={argument: rows}), f'"{argument}" must be between 0 and 100.')


async def test_both_directions_at_once_are_refused(city: City) -> None:
    text = await cursor(city)
    for arguments in (
        {"first": 1, "last": 1}, {"first": 1, "before": text}, {"last": 1, "after": text},
        {"after": text, "before": text}, {"first": 0, "last": 0},
    ):  # fmt: skip
        refused(await city(LIST, variables=arguments), PAIR)


async def test_a_null_is_as_good_as_nothing(city: City) -> None:
    arguments = "first: null, after: null, last: null, before: null, filter: null, orderBy: null"
    answer = await city(f"{{ complaints({arguments}) {{ nodes {{ id }} }} }}")
    assert answer.errors == []
    assert len(answer.data["complaints"]["nodes"]) == 20
