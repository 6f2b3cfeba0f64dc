"""Attacks on departments' databases: SQL in everything that a client can say, and what their texts choke on."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

from schema.core.relay import GlobalId
from tests.attacks.attack import Answer, Attack, AttackClass, Judge, posted, refused, values_in

TEXTS: Final = {
    "always true": "' OR '1'='1",
    "a comment": "x' -- ",
    "another statement": "'; DROP TABLE tbl_pengaduan; --",
    "a union": "' UNION SELECT nik, nik, nik FROM tbl_pengaduan -- ",
    "an escaped quote": "\\' OR 1=1 -- ",
    "a quote of names": '" OR ""="',
    "a pause of PostgreSQL": "' || pg_sleep(5) || '",
    "a pause of MariaDB": "' AND SLEEP(5) AND '1'='1",
    "dollars": "$$; SELECT pg_sleep(5); $$",
    "a parameter": ":id %s %(a)s ? $1",
    "wildcards": "%_%",
    "no sign at all": "x\x00y",
    "half a character": "\ud800",
    "another quote": "\u02bc OR 1=1 --",
    "very long": "a" * 30_000,
}
ASKING: Final = "query ($x: String!) "
FOUND: Final = {
    AttackClass.SQL_FILTERS: {
        "equal": "{ complaints(first: 100, filter: {ticketNumber: {eq: $x}}) { totalCount nodes { id } } }",
        "among": "{ complaints(first: 100, filter: {ticketNumber: {in: [$x]}}) { totalCount nodes { id } } }",
        "of a relation": "{ complaintCategories(first: 100, filter: {code: {eq: $x}}) { nodes { id } } }",
        "by number": "{ complaint(ticketNumber: $x) { id } }",
    },
    AttackClass.SQL_SEARCH: {
        "contained": "{ areas(first: 100, filter: {name: {contains: $x}}) { totalCount nodes { id } } }",
        "of words": "{ search(text: $x) { __typename } }",
    },
}


def finds_nothing(answer: Answer) -> str | None:
    """No row and no count: the text is compared, and nothing is like it. Or it is refused as no such value."""
    if answer.status not in (200, 400):
        return f"it got {answer.status}"
    told = [value for value in values_in(answer.body.get("data")) if value != 0]
    if told:
        return f"it found {told[:5]}"
    return None if answer.codes <= {"BAD_INPUT", "BAD_REQUEST"} else f"the department was troubled: {answer.text[:300]}"


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def _texts() -> Iterator[Attack]:
    for kind, queries in FOUND.items():
        for place, query in queries.items():
            for name, text in TEXTS.items():
                yield Attack(kind, f"{name}, {place}", finds_nothing, posted(ASKING + query, variables={"x": text}))
    for name, text in TEXTS.items():
        if text.isprintable():
            content = posted("query ($x: ID!) { complaint(id: $x) { id } }", variables={"x": id_of(text)})
            yield Attack(AttackClass.SQL_FILTERS, f"{name}, an id", finds_nothing, content)


def id_of(key: str) -> str:
    return str(GlobalId("Complaint", key))


def _orders() -> Iterator[Attack]:
    query = "query ($x: [ComplaintOrder!]) { complaints(first: 5, orderBy: $x) { nodes { id } } }"
    orders: dict[str, Any] = {
        "another column": [{"nik": "ASC"}],
        "another statement": [{"requestedAt": "DESC; DELETE FROM m_kategori"}],
        "a call": [{"requestedAt": "(SELECT pg_sleep(5))"}],
        "a name with a quote": [{'requestedAt" DESC --': "ASC"}],
        "a text": ["requestedAt DESC"],
        "a number": [{"requestedAt": 1}],
        "two at once": [{"requestedAt": "ASC", "id": "ASC"}],
        "a hundred": [{"requestedAt": "ASC"}] * 100,
    }
    judge: Judge = refused("BAD_INPUT", "BAD_REQUEST", "TOO_EXPENSIVE")
    for name, order in orders.items():
        yield Attack(AttackClass.SQL_ORDER, name, judge, posted(query, variables={"x": order}))
    literal = "{ complaints(orderBy: [{requestedAt: DESC, ticketNumber: ASC}]) { nodes { id } } }"
    yield Attack(AttackClass.SQL_ORDER, "two at once, written out", judge, posted(literal))


def _cursors() -> Iterator[Attack]:
    query = "query ($x: String!) { complaints(first: 5, after: $x) { nodes { id } } }"
    cursors = {
        "a list": cursor_of(["2024-01-01", 1]),
        "SQL": cursor_of(["' OR 1=1 --", "1; DROP TABLE tbl_pengaduan"]),
        "as it is": "' OR 1=1 --",
        "nothing": "",
        "zeros": base64.urlsafe_b64encode(b"\x00" * 64).decode(),
        "no sign at all": "x\x00",
        "long": "A" * 40_000,
        "half a character": "\ud800",
    }
    judge: Judge = refused("BAD_INPUT", "BAD_REQUEST")
    for name, cursor in cursors.items():
        for place, text in (("after", query), ("before", query.replace("first", "last").replace("after", "before"))):
            yield Attack(AttackClass.SQL_CURSORS, f"{name}, {place}", judge, posted(text, variables={"x": cursor}))


STATEMENTS: Final[list[Attack]] = [*_texts(), *_orders(), *_cursors()]
