"""Rounded counts of people are the same for everybody, from cold caches and from warm ones, in whatever order."""

from __future__ import annotations

import random
from itertools import chain, combinations
from typing import Any

from models.policy.viewer import Purpose, Role
from resolvers.aggregates.statistics import ROUNDED_TO, statistic_fields
from sample.citizens.people import resident_number
from schema.aggregates.statistics import COUNTED
from tests.api.hub import Running
from tests.attacks.whole_city import forget
from tests.slow import examples

ASKED = examples(100)
COLD_SHARE = 0.2
"""How often the caches are emptied before somebody asks."""


def questions() -> list[str]:
    """Each record of people that is counted, by each choice of what it may be counted by."""
    return [
        counted(record.__name__, by)
        for record in COUNTED
        for by in chain.from_iterable(combinations(statistic_fields(record), size) for size in range(3))
    ]


def counted(record: str, by: tuple[str, ...]) -> str:
    members, things = (" ".join(map(form, by)) for form in (str.upper, camel))
    return f"{{ counted: {camel(record)}Statistics(by: [{members}]) {{ total cells {{ count {things} }} }} }}"


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first[0].lower() + first[1:] + "".join(map(str.title, others))


async def told(hub: Running, query: str, headers: dict[str, str]) -> Any:
    answer = (await hub.ask(query, headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]["counted"]


async def test_rounded_counts_are_the_same_cold_and_warm_for_everybody(hub: Running) -> None:
    """For those too who may list whom the counts are of: a cache that kept what they are told would tell it on."""
    stated = {"hub-purpose": Purpose.LEGAL_OBLIGATION.value}
    viewers = [
        {},
        hub.bearer(Role.ANALYST),
        hub.bearer(Role.CITIZEN, nik=resident_number(0)),
        *(hub.bearer(Role.OFFICER, desk) | stated for desk in ("disdukcapil", "dindik", "disnaker", "dpmptsp")),
    ]
    expected = {}
    for query in questions():
        await forget(hub)
        expected[query] = await told(hub, query, {})
    dice = random.Random(7)
    for _ in range(ASKED):
        if dice.random() < COLD_SHARE:
            await forget(hub)
        query, headers = dice.choice(list(expected)), dice.choice(viewers)
        assert await told(hub, query, headers) == expected[query]
    cells = [cell for answer in expected.values() for cell in answer["cells"]]
    assert len(cells) > 50
    assert {cell["count"] % ROUNDED_TO for cell in cells} == {0}
    assert min(cell["count"] for cell in cells) == ROUNDED_TO
    by_record: dict[str, set[int]] = {}
    for query, answer in expected.items():
        by_record.setdefault(query.partition("(")[0], set()).add(answer["total"])
    assert {len(totals) for totals in by_record.values()} == {1}, "all totals are of the one rounded table"
