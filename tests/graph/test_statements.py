"""The number of statements depends on the query and not on the data: exact numbers, by source, on each engine."""

from __future__ import annotations

import pytest

from models.areas import Area
from models.complaints import Complaint, ComplaintCategory
from models.policy.viewer import Purpose
from resolvers.lists import ListArguments, Window
from resolvers.records import Columns, Read
from sample import areas
from sample.complaints.source import ComplaintTruth
from schema.core.relay import GlobalId
from tests.graph.harness import DPUPR, City, opened, request_of
from tests.graph.placing import complaint_lies_in

BIG = """
query Big($area: AreaCode!, $ticket: String!) {
  area(code: $area) {
    name level
    parent { name }
    complaints(first: 5, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id ticketNumber
        category { code name }
        status statusLabel statusDetail requestedAt
        department { abbreviation name }
        area { code name }
        history(first: 3) { nodes { at statusDetail note } }
        provenance { department { code } asOf servedFrom freshness }
      }
    }
  }
  complaint(ticketNumber: $ticket) { status description }
  departments { code name abbreviation }
}
"""
# Areas: the area, its parent, those of its complaints. Complaints: page and categories, count, steps, the single one.
BIG_STATEMENTS = {"areas": 3, "complaints": 4}

VILLAGES = [area.code for area in areas.truth() if area.level == "VILLAGE"]
FIVE = ListArguments(Window(5, backwards=False, keyset=None))


async def test_the_big_query_gives_the_truth(city: City, alive: list[ComplaintTruth]) -> None:
    public = [truth for truth in alive if truth.publication in ("PUBLIC", "ANONYMOUS")]
    answer = await city(BIG, DPUPR, purpose=Purpose.COMPLAINT_HANDLING, area="36.71.05", ticket=public[7].ticket_number)
    assert answer.errors == []
    area = answer.data["area"]
    assert (area["name"], area["level"], area["parent"]) == ("Cipondoh", "DISTRICT", {"name": "Kota Tangerang"})
    seen = [
        truth for truth in alive
        if (truth.area_code or "").startswith("36.71.05") and truth.status == "OPEN"
        and (truth.publication in ("PUBLIC", "ANONYMOUS") or truth.department_code == "dpupr")
    ]  # fmt: skip
    newest = seen[::-1][:5]
    assert area["complaints"]["totalCount"] == len(seen)
    assert area["complaints"]["pageInfo"]["hasNextPage"] is True
    nodes = area["complaints"]["nodes"]
    assert [node["ticketNumber"] for node in nodes] == [truth.ticket_number for truth in newest]
    assert [[step["note"] for step in node["history"]["nodes"]] for node in nodes] == [
        [step.note for step in truth.history[:3]] for truth in newest
    ]
    assert {node["provenance"]["department"]["code"] for node in nodes} == {"diskominfo"}
    assert {(node["provenance"]["servedFrom"], node["provenance"]["freshness"]) for node in nodes} == {
        ("SOURCE", "FRESH")
    }
    assert answer.data["complaint"]["status"] == public[7].status
    assert len(answer.data["departments"]) == 14


async def test_the_big_query_costs_seven_statements(city: City, alive: list[ComplaintTruth]) -> None:
    answer = await city(BIG, area="36.71.05", ticket=alive[7].ticket_number)
    assert answer.statements == BIG_STATEMENTS


async def test_the_area_decides_nothing(city: City, alive: list[ComplaintTruth]) -> None:
    for code in (*VILLAGES[:5], "36.71.09"):
        answer = await city(BIG, area=code, ticket=alive[0].ticket_number)
        assert answer.statements == BIG_STATEMENTS, code


async def test_what_does_not_exist_costs_its_own_read_and_nothing_below(city: City) -> None:
    answer = await city(BIG, area="36.71.99", ticket="LAKSA-1999-000001")
    assert answer.errors == []
    assert (answer.data["area"], answer.data["complaint"]) == (None, None)
    assert answer.statements == {"areas": 1, "complaints": 1}


async def test_a_hundred_villages_with_their_complaints_are_two_statements(
    city: City, alive: list[ComplaintTruth]
) -> None:
    query = """
    { areas(first: 100, filter: {level: {eq: VILLAGE}}, orderBy: [{code: ASC}]) {
        nodes { code complaints(first: 5) { nodes { ticketNumber } } }
    } }
    """
    answer = await city(query)
    assert answer.errors == []
    assert answer.statements == {"areas": 1, "complaints": 1}
    public = [truth for truth in alive if truth.publication in ("PUBLIC", "ANONYMOUS")]
    assert answer.data["areas"]["nodes"] == [
        {
            "code": code,
            "complaints": {
                "nodes": [{"ticketNumber": one.ticket_number} for one in public if complaint_lies_in(one) == code][:5]
            },
        }
        for code in sorted(VILLAGES)[:100]
    ]


async def test_104_parents_are_one_statement(city: City, alive: list[ComplaintTruth]) -> None:
    before = len(city.statements)
    relation = Area.relations["complaints"]
    columns = Columns(shown=frozenset({"id"}))
    pages = await city.relations.many(request_of(), Complaint, relation, VILLAGES, columns, FIVE)
    assert len(city.statements) - before == 1
    public = [truth for truth in alive if truth.publication in ("PUBLIC", "ANONYMOUS")]
    assert [[page.batch.column("id")[row] for row in page.rows] for page in pages] == [
        [truth.id for truth in public if complaint_lies_in(truth) == code][:5] for code in VILLAGES
    ]
    counts = await city.relations.count(request_of(), Complaint, relation, VILLAGES, FIVE)
    assert len(city.statements) - before == 2
    assert counts == [sum(complaint_lies_in(truth) == code for truth in public) for code in VILLAGES]


THREE_LEVELS = """
query ($level: AreaLevel!) {
  areas(first: 20, filter: {level: {eq: $level}}) {
    nodes { children(first: 20) { nodes { complaints(first: 3) { nodes { history(first: 2) { nodes { at } } } } } } }
  }
}
"""


async def test_each_level_is_one_statement(city: City) -> None:
    answer = await city(THREE_LEVELS, level="DISTRICT")
    assert answer.errors == []
    assert answer.statements == {"areas": 2, "complaints": 2}


async def test_levels_without_parents_cost_nothing(city: City) -> None:
    villages = await city(THREE_LEVELS, level="VILLAGE")
    assert {tuple(node["children"]["nodes"]) for node in villages.data["areas"]["nodes"]} == {()}
    assert villages.statements == {"areas": 2}
    assert (await city(THREE_LEVELS, level="UNKNOWN")).statements == {"areas": 1}


@pytest.mark.parametrize(
    ("fields", "statements"),
    [
        ("nodes { id }", 1),
        ("totalCount", 1),
        ("totalCount nodes { id }", 2),
        ("totalCount edges { cursor } pageInfo { hasNextPage } nodes { id }", 2),
        ("a: totalCount b: totalCount", 1),
        ("__typename", 0),
    ],
)
async def test_a_count_adds_exactly_one(city: City, fields: str, statements: int) -> None:
    answer = await city(f"{{ complaints(first: 3) {{ {fields} }} }}")
    assert answer.errors == []
    assert sum(answer.statements.values()) == statements


@pytest.mark.parametrize(
    ("fields", "statements"),
    [("nodes { id }", 1), ("totalCount", 1), ("totalCount nodes { id }", 2), ("__typename", 0)],
)
async def test_counts_of_many_parents_are_one_statement(city: City, fields: str, statements: int) -> None:
    answer = await city(f"{{ areas(first: 50) {{ nodes {{ complaints(first: 3) {{ {fields} }} }} }} }}")
    assert answer.errors == []
    assert answer.statements.get("complaints", 0) == statements


async def test_a_filter_that_nothing_satisfies_costs_the_same(city: City) -> None:
    query = """
    query ($is: String!) { complaints(filter: {ticketNumber: {eq: $is}}) {
        totalCount nodes { id category { code } area { code } history { nodes { at } } }
    } }
    """
    some = await city(query, variables={"is": "LAKSA-2024-000001"})
    none = await city(query, variables={"is": "LAKSA-2024-999999"})
    assert (some.statements, none.statements) == ({"complaints": 3, "areas": 1}, {"complaints": 2})


async def test_the_one_of_a_hundred_rows_comes_with_them_or_is_one_statement(city: City) -> None:
    answer = await city("{ complaints(first: 100) { nodes { area { name } category { name } } } }")
    assert answer.errors == []
    assert answer.statements == {"complaints": 1, "areas": 1}
    before = len(city.statements)
    batch = await city.records.read(
        request_of(), Read(Complaint, Columns(joined=frozenset({"area_code", "category_code"})), rows_max=100)
    )
    for target, field in ((Area, "area_code"), (ComplaintCategory, "category_code")):
        ones = await city.relations.one(request_of(), target, "code", batch.joining(field), Columns())
        assert len(ones.rows) == 100
    assert len(city.statements) - before == 3


async def test_nodes_are_one_statement_per_kind(city: City, alive: list[ComplaintTruth]) -> None:
    public = [truth for truth in alive if truth.publication == "PUBLIC"]
    ids = [str(GlobalId("Complaint", truth.id)) for truth in public[:40]]
    ids += [str(GlobalId("Area", str(number))) for number in range(1, 31)]
    ids += [str(GlobalId("ComplaintCategory", f"K{number:02}")) for number in range(1, 11)]
    answer = await city("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert answer.errors == []
    assert answer.statements == {"complaints": 2, "areas": 1}


async def test_the_tree_of_areas_costs_one_statement_once(small_urls: dict[str, str]) -> None:
    async with opened(small_urls) as fresh:
        query = '{ area(code: "36.71.05") { complaints(first: 1) { nodes { id } } } }'
        first, second = await fresh(query), await fresh(query)
        # And what lies where, which its department dates by the minute.
        assert (first.statements, second.statements) == ({"areas": 2, "complaints": 2}, {"areas": 1, "complaints": 1})


async def test_statements_name_the_operation_and_values_stay_out_of_their_text(city: City) -> None:
    before = len(city.statements)
    await city('{ complaints(filter: {ticketNumber: {eq: "LAKSA-2024-000042"}}) { nodes { id } } }')
    ((_, text),) = city.statements[before:]
    assert text.startswith("/* simpul Test */ SELECT ")
    assert "000042" not in text


async def test_one_path_below_two_fragments_is_read_as_each_asks(city: City, alive: list[ComplaintTruth]) -> None:
    """Below fragments on different types GraphQL allows the same path with other fields and arguments."""
    public = [truth for truth in alive if truth.publication in ("PUBLIC", "ANONYMOUS")]
    village = public[0].area_code
    query = """
    query ($ids: [ID!]!) { nodes(ids: $ids) {
      ... on Area { complaints(first: 1) { nodes { area { name } history(first: 1) { nodes { id } } } } }
      ... on ComplaintCategory {
        complaints(first: 1) { nodes { area { level } history(first: 5) { nodes { statusDetail } } } }
      }
    } }
    """
    numbers = await city("query ($code: AreaCode!) { area(code: $code) { id name level } }", code=village)
    ids = [numbers.data["area"]["id"], str(GlobalId("ComplaintCategory", public[0].category_code or ""))]
    answer = await city(query, ids=ids)
    assert answer.errors == []
    kind = next(truth for truth in public if truth.category_code == public[0].category_code)
    of_area, of_category = (node["complaints"]["nodes"][0] for node in answer.data["nodes"])
    assert of_area == {
        "area": {"name": numbers.data["area"]["name"]},
        "history": {"nodes": [{"id": str(GlobalId("StatusChange", public[0].history[0].id))}]},
    }
    assert of_category == {
        "area": {"level": "VILLAGE"},
        "history": {"nodes": [{"statusDetail": step.status_detail} for step in kind.history]},
    }
