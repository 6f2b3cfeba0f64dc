"""What Hub-Explain tells: the plan of an operation and what came of it, to those who may know, and no value."""

from __future__ import annotations

from typing import Any

import pytest

from models.policy.viewer import Role
from sample.city import SIZES
from sample.complaints.source import generate
from tests.api.hub import Running, codes_of

EXPLAIN = {"hub-explain": "1"}
NESTED = """
query Laporan($status: ComplaintStatus!) {
  complaints(first: 3, filter: {status: {eq: $status}}, orderBy: [{requestedAt: DESC}]) {
    totalCount nodes { ticketNumber area { name } history(first: 2) { nodes { at } } } } }
"""


def explained(hub: Running, role: Role = Role.OPERATOR) -> dict[str, str]:
    return hub.bearer(role) | EXPLAIN


async def plan_of(hub: Running, query: str, **variables: Any) -> dict[str, Any]:
    answer = (await hub.ask(query, explained(hub), **variables)).json()
    assert "errors" not in answer, answer["errors"]
    plan: dict[str, Any] = answer["extensions"]["plan"]
    return plan


async def test_a_plan_names_levels_reads_and_what_came_of_them(hub: Running) -> None:
    plan = await plan_of(hub, NESTED, status="OPEN")
    assert plan["lane"] == "compiled"
    assert plan["levels"] == [
        [{"path": ["complaints"], "record": "complaints"}],
        [
            {"path": ["complaints", "nodes", "area"], "record": "areas"},
            {"path": ["complaints", "nodes", "history"], "record": "complaint_status_changes"},
        ],
    ]
    assert sorted((step["asked"], step["record"], step["source"], step["rows"]) for step in plan["steps"])[:2] == [
        ("COUNT", "complaints", "complaints", 1),
        ("ROWS", "areas", "areas", 3),
    ]
    rows = next(step for step in plan["steps"] if (step["asked"], step["record"]) == ("ROWS", "complaints"))
    # One row more than the page, to know whether there is another.
    assert rows["rows"] == 4
    assert rows["pushed"] == {
        "filter": ["publication", "status"],
        "columns": ["areaCode", "id", "ticketNumber"],
        "order": ["requestedAt", "id"],
        "maximum": 4,
        "after": False,
        "joins": [],
    }
    assert rows["inHub"] == ["clean"]
    assert plan["stepsDropped"] == 0
    assert plan["cost"]["spent"]["rows"] == sum(step["rows"] for step in plan["steps"])
    assert plan["cost"]["estimated"] == {"units": 618, "rows": 12, "calls": 4, "looked": 566}


async def test_a_statement_has_no_value_in_it(hub: Running) -> None:
    number = next(case.truth.ticket_number for case in generate(SIZES["small"]) if case.alive)
    query = "query($number: String!) { complaints(filter: {ticketNumber: {eq: $number}}) { nodes { id } } }"
    (step,) = (await plan_of(hub, query, number=number))["steps"]
    statement = step["statement"]
    assert statement.startswith("SELECT t.id_pengaduan AS c0")
    assert "FROM tbl_pengaduan AS t WHERE" in statement
    assert str(number) not in statement
    assert "'" not in statement
    assert "LIMIT ?" in statement


async def test_the_second_time_it_comes_out_of_the_cache(hub: Running) -> None:
    query = "{ complaintCategories(first: 7) { nodes { name } } }"
    states = [(await plan_of(hub, query))["steps"][0]["cache"] for _ in range(2)]
    assert states == ["MISS", "HIT"]


async def test_a_developer_is_told_as_well(hub: Running) -> None:
    answer = (await hub.ask("{ areas(first: 1) { nodes { name } } }", explained(hub, Role.DEVELOPER))).json()
    (step,) = answer["extensions"]["plan"]["steps"]
    assert (step["asked"], step["record"], step["rows"], step["pushed"]["maximum"]) == ("ROWS", "areas", 2, 2)


async def test_groups_are_explained_as_they_are_grouped(hub: Running) -> None:
    plan = await plan_of(hub, "{ complaintGroups(by: [STATUS]) { groups { count } } }")
    assert [(step["asked"], step["pushed"]["group"], step["inHub"]) for step in plan["steps"]] == [
        ("GROUPS", ["status"], ["clean", "merge"])
    ]
    assert "GROUP BY" in plan["steps"][0]["statement"]


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.ANALYST, Role.AUDITOR])
async def test_others_are_told_no_plan(hub: Running, role: Role) -> None:
    answer = await hub.ask("{ areas(first: 1) { nodes { name } } }", explained(hub, role))
    assert (answer.status_code, codes_of(answer)) == (403, ["FORBIDDEN"])


async def test_a_strangers_header_tells_nothing_of_what_others_asked(hub: Running) -> None:
    """Neither a plan nor a refusal, whether or not the answer is kept."""
    query = "{ areas(first: 2) { nodes { code } } }"
    first, plain, again = [await hub.ask(query, headers) for headers in (EXPLAIN, {}, EXPLAIN)]
    assert (
        (first.status_code, first.content) == (plain.status_code, plain.content) == (again.status_code, again.content)
    )
    assert first.status_code == 200
    assert sorted(first.json()["extensions"]) == ["asOf", "cost", "sources"]
    assert first.headers["cache-control"] == plain.headers["cache-control"]


async def test_without_the_header_there_is_no_plan(hub: Running) -> None:
    answer = await hub.ask("{ areas(first: 1) { nodes { name } } }", hub.bearer(Role.OPERATOR))
    assert "plan" not in answer.json()["extensions"]


async def test_an_explained_introspection_is_nobody_elses(hub: Running) -> None:
    query = "{ __schema { queryType { name } } }"
    first = await hub.ask(query, explained(hub))
    assert first.json()["extensions"]["plan"]["lane"] == "reference"
    kept = (await hub.ask(query, hub.bearer(Role.OPERATOR))).json()
    assert kept["extensions"] == {"cost": {"units": 1, "rows": 0, "calls": 0, "schemaFields": 3}}
