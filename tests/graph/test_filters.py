"""Filters mean the same to each database as to plain Python over the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.departments import PACKAGE
from connectors.mapping import Mapping
from connectors.sources import CityPackage
from models.areas import Area
from models.complaints import Complaint, ComplaintCategory, StatusChange
from models.policy.viewer import ANONYMOUS, Role, Viewer
from models.predicates import Operator
from models.records import Record
from sample import areas
from sample.city import SIZES
from sample.complaints import source as complaints
from schema.core.relay import GlobalId
from tests.graph.filters import Filter, Values, filters_of, satisfies
from tests.graph.harness import DPUPR, Answer, City, Urls, opened
from tests.slow import examples

ALIVE = [case.truth for case in complaints.generate(SIZES["small"]) if case.alive]
COMPLAINTS: list[Values] = [
    {
        "id": truth.id, "ticketNumber": truth.ticket_number, "categoryCode": truth.category_code,
        "status": truth.status, "statusDetail": truth.status_detail, "publication": truth.publication,
        "channel": truth.channel,
        "requestedAt": truth.requested_at, "areaCode": truth.area_code, "departmentCode": truth.department_code,
    }
    for truth in ALIVE
    if truth.publication in ("PUBLIC", "ANONYMOUS") or truth.department_code == "dpupr"
]  # fmt: skip
AREAS: list[Values] = [
    {
        "id": area.code, "code": area.code, "name": area.name, "level": area.level, "parentCode": area.parent_code,
        "postalCode": area.postal_code,
        "bpsCode": area.bps_code,
    }
    for area in areas.truth()
]  # fmt: skip
CATEGORIES: list[Values] = [
    {"id": one.code, "code": one.code, "name": one.name, "group": one.group} for one in complaints.categories()
]
BUSY = max(ALIVE, key=lambda truth: len(truth.history))
STEPS: list[Values] = [{"id": step.id, "at": step.at, "statusDetail": step.status_detail} for step in BUSY.history]


@dataclass(frozen=True)
class Listing:
    """A list of the graph with the truth that it must be filtered from; `key` is what tells its rows apart."""

    record: type[Record]
    field: str
    key: str
    rows: list[Values]

    async def filtered(self, city: City, given: Filter) -> tuple[set[str], int]:
        """The keys of all rows, page by page, and the count."""
        query = f"""
        query ($filter: {self.record.__name__}Filter, $after: String) {{
          list: {self.field}(first: 100, after: $after, filter: $filter) {{
            totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {self.key} }}
          }}
        }}
        """
        keys: list[str] = []
        after = None
        while True:
            answer = await city(query, DPUPR, filter=given, after=after)
            assert answer.errors == [], answer.errors
            page = answer.data["list"]
            keys += [node[self.key] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                assert len(set(keys)) == len(keys)
                return set(keys), page["totalCount"]


LISTINGS = {
    "complaints": Listing(Complaint, "complaints", "ticketNumber", COMPLAINTS),
    "areas": Listing(Area, "areas", "code", AREAS),
    "categories": Listing(ComplaintCategory, "complaintCategories", "code", CATEGORIES),
}


# Drawn before a test begins: what hypothesis raises to end a draw must not pass through an event loop.
CASES = st.one_of(
    *(
        filters_of(listing.record, listing.rows).map(partial(lambda name, made: (name, made), name))
        for name, listing in LISTINGS.items()
    )
)


@given(case=CASES)
@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
async def test_random_filters_list_exactly_what_python_says(city: City, case: tuple[str, Filter]) -> None:
    listing, given = LISTINGS[case[0]], case[1]
    expected = {str(row[listing.key]) for row in listing.rows if satisfies(row, given)}
    keys, total = await listing.filtered(city, given)
    assert keys == expected
    assert total == len(expected)


@given(given=filters_of(StatusChange, STEPS))
@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.too_slow])
async def test_random_filters_of_a_relation_list_exactly_what_python_says(city: City, given: Filter) -> None:
    query = """
    query ($id: ID!, $filter: StatusChangeFilter) {
      complaint(id: $id) { history(filter: $filter, first: 100) { totalCount nodes { id } } }
    }
    """
    handler = Viewer(Role.OFFICER, department_code=BUSY.department_code)
    answer = await city(query, handler, id=str(GlobalId("Complaint", BUSY.id)), filter=given)
    expected = [str(GlobalId("StatusChange", str(row["id"]))) for row in STEPS if satisfies(row, given)]
    assert answer.errors == []
    assert answer.data["complaint"]["history"] == {
        "totalCount": len(expected),
        "nodes": [{"id": one} for one in expected],
    }


# --- Chosen ones ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"and": []},
        {"or": []},
        {"not": {}},
        {"not": {"or": []}},
        {"status": {"eq": "UNKNOWN"}},
        {"not": {"status": {"eq": "UNKNOWN"}}},
        {"status": {"in": ["UNKNOWN", "OPEN"]}},
        {"channel": {"in": []}},
        {"not": {"channel": {"in": []}}},
        {"publication": {"eq": "UNKNOWN"}},
        {"categoryCode": {"isNull": True}},
        {"not": {"categoryCode": {"isNull": True}}},
        {"not": {"categoryCode": {"eq": "K03"}}},
        {"requestedAt": {"isNull": True}},
        {"not": {"requestedAt": {"lt": "2025-06-01T00:00:00+07:00"}}},
        {"requestedAt": {"gte": "2025-06-01T00:00:00+07:00", "lt": "2025-06-02T00:00:00+07:00"}},
        {"requestedAt": {"gte": "2025-05-31T17:00:00Z", "lt": "2025-06-01T17:00:00Z"}},
        {"areaCode": {"isNull": True}},
        {"areaCode": {"in": ["36.71.05", "36.71.05.1001"]}},
        {"ticketNumber": {"contains": "laksa-2025-00"}},
        {"ticketNumber": {"contains": "%"}},
        {"ticketNumber": {"contains": "LAKSA_2025"}},
        {"ticketNumber": {"contains": ""}},
        {"ticketNumber": {"eq": "laksa-2025-002000"}},
        {"ticketNumber": {"eq": "LAKSA-2025-002000 "}},
        {"departmentCode": {"eq": "DPUPR"}},
        {"departmentCode": {"eq": "dpupr"}, "status": {"eq": "OPEN"}},
    ],
    ids=str,
)
async def test_chosen_filters_of_complaints(city: City, given: Filter) -> None:
    expected = {str(row["ticketNumber"]) for row in COMPLAINTS if satisfies(row, given)}
    assert await LISTINGS["complaints"].filtered(city, given) == (expected, len(expected))


@pytest.mark.parametrize(
    "sought", ["karang", "KARANG", "aR", "%", "_", "a_a", "\\", " ", "", "\u0131", "\u017f", "ß", "\x00", "é", "[ks]"]
)
async def test_contains_ignores_the_case_of_ascii_and_nothing_else(city: City, sought: str) -> None:
    given = {"name": {"contains": sought}}
    expected = {str(row["code"]) for row in AREAS if satisfies(row, given)}
    assert await LISTINGS["areas"].filtered(city, given) == (expected, len(expected))


# --- Refusals ---------------------------------------------------------------------------------------------------------

LIST = """
query ($filter: ComplaintFilter, $orderBy: [ComplaintOrder!]) {
  complaints(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } }
}
"""


async def refused(city: City, filter: Filter | None = None, orderBy: list[Filter] | None = None) -> Answer:  # noqa: A002, N803
    answer = await city(LIST, ANONYMOUS, filter=filter, orderBy=orderBy)
    assert answer.data == {"complaints": None}
    assert answer.statements == {}
    return answer


def nested(levels: int) -> Filter:
    """A filter so many levels deep."""
    made: Filter = {"status": {"eq": "OPEN"}}
    for _ in range(levels - 1):
        made = {"not": made}
    return made


async def test_depth_is_bounded(city: City) -> None:
    assert (await city(LIST, filter=nested(5))).errors == []
    answer = await refused(city, nested(6))
    assert [(error.code, error.path, error.text) for error in answer.errors] == [
        ("BAD_INPUT", ("complaints",), "A filter may be nested at most 5 levels deep.")
    ]


def conditions(count: int) -> Filter:
    """So many conditions, none equal to another."""
    return {
        "or": [{"ticketNumber": {"eq": f"LAKSA-{number}"}, "status": {"eq": "OPEN"}} for number in range(count // 2)]
    }


async def test_conditions_are_bounded(city: City) -> None:
    assert (await city(LIST, filter=conditions(50))).errors == []
    too_many: list[Filter] = [conditions(52), {"or": [{"status": {"eq": "OPEN"}}] * 51}, {"and": [{}] * 51}]
    for one in too_many:
        answer = await refused(city, one)
        assert answer.codes == [("BAD_INPUT", "complaints")]
        assert answer.errors[0].text == "A filter may hold at most 50 conditions."


async def test_values_are_bounded(city: City) -> None:
    values = [f"LAKSA-{number}" for number in range(101)]
    assert (await city(LIST, filter={"ticketNumber": {"in": values[:100]}})).errors == []
    answer = await refused(city, {"ticketNumber": {"in": values}})
    assert [(error.code, error.text) for error in answer.errors] == [("BAD_INPUT", '"in" takes at most 100 values.')]


@pytest.mark.parametrize("operator", ["eq", "in", "contains", "isNull"])
async def test_no_operator_takes_null(city: City, operator: str) -> None:
    answer = await refused(city, {"ticketNumber": {operator: None}})
    assert [(error.code, error.text) for error in answer.errors] == [
        ("BAD_INPUT", f'"{operator}" takes no null. Use isNull.')
    ]


async def test_one_field_is_not_sorted_by_twice(city: City) -> None:
    answer = await refused(city, orderBy=[{"requestedAt": "ASC"}, {"requestedAt": "DESC"}])
    assert [(error.code, error.text) for error in answer.errors] == [
        ("BAD_INPUT", '"orderBy" names "requestedAt" twice.')
    ]


async def test_a_code_has_no_parts(city: City) -> None:
    answer = await refused(city, {"departmentCode": {"contains": "dpu"}})
    assert [(error.code, error.text) for error in answer.errors] == [
        ("NOT_SUPPORTED", 'This source cannot do "contains" on "departmentCode". It can: eq, in, isNull.')
    ]


@pytest.mark.parametrize("sought", ["x" * 1_001, "k" * 60_000])
async def test_a_text_sought_is_bounded(city: City, sought: str) -> None:
    """Databases refuse long patterns each in its own way; that is the client's fault and never the department's."""
    answer = await refused(city, {"ticketNumber": {"contains": sought}})
    assert answer.codes == [("BAD_INPUT", "complaints")]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("operator", ["eq", "gte", "lt"])
async def test_moments_at_the_ends_of_time_are_answered(city: City, operator: str, moment: str) -> None:
    """In the city's zone they have no year, and still they are before, or after, everything."""
    answer = await city(LIST, filter={"requestedAt": {operator: moment}})
    assert answer.errors == []


async def test_half_a_character_is_found_nowhere(city: City) -> None:
    answer = await city(LIST, filter={"ticketNumber": {"contains": "\ud800"}})
    assert answer.errors == []
    assert answer.data == {"complaints": {"totalCount": 0, "nodes": []}}


def without_operators(mapping: Mapping) -> Mapping:
    """The mapping of complaints over a source that compares tickets and cannot search in them, nor knows channels."""
    if mapping.record is not Complaint:
        return mapping
    columns = dict(mapping.columns)
    ticket = columns["ticket_number"]
    poorer: Any = replace(ticket.decoder, operators=frozenset({Operator.IN}))  # type: ignore[type-var]  # a dataclass
    columns["ticket_number"] = replace(ticket, decoder=poorer)
    del columns["channel"], columns["requested_at"]
    return replace(mapping, columns=columns)


async def test_what_a_source_cannot_do_is_refused_by_name(small_urls: Urls) -> None:
    package = CityPackage(PACKAGE.city, PACKAGE.sources, tuple(map(without_operators, PACKAGE.mappings)))
    async with opened(small_urls, package) as poor:
        contains = await refused(poor, {"ticketNumber": {"contains": "LAKSA"}})
        channel = await refused(poor, {"channel": {"eq": "APP"}})
        order = await refused(poor, orderBy=[{"requestedAt": "ASC"}])
        shown = await poor("{ complaints(first: 1) { nodes { ticketNumber requestedAt } } }")
    assert [(error.code, error.text) for error in (*contains.errors, *channel.errors, *order.errors)] == [
        ("NOT_SUPPORTED", 'This source cannot do "contains" on "ticketNumber". It can: eq, in.'),
        ("NOT_SUPPORTED", 'This city has not connected "channel": it is not mapped, so "in" cannot be asked of it.'),
        (
            "NOT_SUPPORTED",
            'This city has not connected "requestedAt": it is not mapped, so "orderBy" cannot be asked of it.',
        ),
    ]
    assert shown.data["complaints"]["nodes"] == [{"ticketNumber": "LAKSA-2024-000001", "requestedAt": None}]
    assert shown.codes == [("NOT_CONNECTED", "requestedAt")]
