"""Garbage: an operation leaves nothing that only Python's collector would find, however it ends."""

from __future__ import annotations

import pytest

from models.policy.viewer import Role
from tests import garbage
from tests.api.hub import Running

TIMES = 20
OPERATIONS = {
    "a list": "query ($n: Int!) { complaints(first: $n) { nodes { ticketNumber category { name } } totalCount } }",
    "levels": "query ($n: Int!) { areas(first: $n) { nodes { name complaints(first: 2) { nodes { id } } } } }",
    "groups": "query ($n: Int!) { complaintGroups(by: [CATEGORY], first: $n) { groups { count } } }",
    "a union": 'query ($n: Int!) { search(text: "kelurahan", first: $n) { __typename ... on Area { name } } }',
    "something forbidden": "query ($n: Int!) { complaints(first: $n) { nodes { id reporterNik } } }",
}


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_leaves_none(hub: Running, name: str) -> None:
    async def ask() -> None:
        for number in range(1, TIMES + 1):
            # Each time for other rows: an answer that was kept would show nothing.
            answer = await hub.ask(OPERATIONS[name], hub.bearer(Role.ANALYST), n=number)
            assert answer.json()["data"]

    # The first time the document is validated, and its statements are built.
    await ask()
    with garbage.left() as left:
        await ask()
    # Whatever belongs to an operation leads to its request; statements that are made meanwhile do not.
    assert (left["Request"], left["Run"], left["Batch"]) == (0, 0, 0)
