"""Costs: what would read or convert too much is refused before anything is read, in both lanes."""

from __future__ import annotations

import pytest

from engine.lanes import Lanes
from schema.build import SCHEMA
from tests.api.hub import Running, errors_of

PAGES = "complaints(first: 100) { nodes { id } }"
# 100 areas, and 100 complaints of each.
TEN_THOUSAND = f"areas(first: 100) {{ nodes {{ {PAGES} }} }}"
# As many again with each complaint's 100 steps.
A_MILLION = "areas(first: 100) { nodes { complaints(first: 100) { nodes { history(first: 100) { nodes { id } } } } } }"
FILTERED = "query ($filter: ComplaintFilter) {{ {fields} }}"
USING = "complaints(first: 1, filter: $filter) { nodes { id } }"


@pytest.fixture
def reference(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub with all operations on graphql-core."""
    lanes = Lanes(SCHEMA._schema, compiles=False)
    for name in ("prepare", "run"):
        monkeypatch.setattr(hub.hub.operations.lanes, name, getattr(lanes, name))


async def test_a_million_rows_are_refused_unread(hub: Running) -> None:
    response = await hub.ask(f"{{ {A_MILLION} }}")
    assert errors_of(response) == [
        (
            "TOO_EXPENSIVE",
            "The query may bring 1010100 rows; 100000 are allowed. Ask for smaller pages or fewer levels.",
        )
    ]
    assert response.json().keys() == {"errors"}


async def test_no_field_pays_for_another(hub: Running) -> None:
    fewer = 'search(text: "x", first: -2000000000) { __typename }'
    refused = await hub.ask(f"{{ {fewer} {A_MILLION} }}")
    assert refused.json()["errors"][0]["extensions"]["cost"] == {"units": 1_010_240, "rows": 1_010_100, "calls": 14}
    alone = (await hub.ask(f"{{ {fewer} }}")).json()
    assert alone["errors"][0]["message"] == '"first" must be between 0 and 50.'
    assert alone["extensions"]["cost"] == {"units": 110, "rows": 0, "calls": 11}


async def test_ten_thousand_rows_are_read(hub: Running) -> None:
    answer = (await hub.ask(f"{{ {TEN_THOUSAND} a: {TEN_THOUSAND} }}")).json()
    assert "errors" not in answer
    assert answer["data"]["areas"] == answer["data"]["a"]


@pytest.mark.usefixtures("reference")
async def test_graphql_core_may_bring_fewer(hub: Running) -> None:
    response = await hub.ask(f"{{ {TEN_THOUSAND} a: {TEN_THOUSAND} }}")
    assert errors_of(response) == [
        ("TOO_EXPENSIVE", "The query may bring 20200 rows; 20000 are allowed. Ask for smaller pages or fewer levels.")
    ]


async def test_counts_bring_no_rows(hub: Running) -> None:
    counted = "areas(first: 100) { nodes { complaints(first: 100) { totalCount } } }"
    fields = " ".join(f"a{number}: {counted}" for number in range(11))
    answer = (await hub.ask(f"{{ {fields} }}")).json()
    assert "errors" not in answer
    assert all(answer["data"].values())


async def test_a_large_filter_is_used_a_few_times_only(hub: Running) -> None:
    # The object, its list, and three values for each of 45 conditions: 137 of them.
    conditions = {"or": [{"ticketNumber": {"eq": f"LAKSA-{number}"}} for number in range(45)]}
    fields = [f"a{number}: {USING}" for number in range(30)]
    allowed = await hub.ask(FILTERED.format(fields=" ".join(fields[:29])), filter=conditions)
    assert "errors" not in allowed.json()
    refused = await hub.ask(FILTERED.format(fields=" ".join(fields)), filter=conditions)
    assert errors_of(refused) == [
        (
            "BAD_REQUEST",
            "The query goes beyond variable_values_used_max: at most 4000 are allowed. Ask for less in one query.",
        )
    ]
    assert refused.json().keys() == {"errors"}
