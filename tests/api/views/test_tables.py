"""Tables of views: which list is the rows, what its columns are called, and how values are written."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from graphql import OperationDefinitionNode
from hypothesis import given
from hypothesis import strategies as st

from api.exports.cells import FORMULA_STARTS
from api.views.tables import NotTabular, ViewTable, table_of
from engine.lanes import Lanes
from schema.build import SCHEMA

LANES = Lanes(SCHEMA._schema)


def table(text: str) -> ViewTable:
    prepared = LANES.prepare(text)
    operation = prepared.operation(None)
    assert isinstance(operation, OperationDefinitionNode)
    return table_of(LANES.schema, prepared.fragments, operation)


def test_groups_are_rows_and_what_stands_beside_them_is_not() -> None:
    found = table(
        """
        query Board { complaintGroups(by: [DEPARTMENT]) {
          groups { ...Figures key { department { name } } } totals { count } provenance { asOf } } }
        fragment Figures on ComplaintGroup { count previous { count } key { name: departmentCode __typename } }
        """
    )
    assert found.rows == ("complaintGroups", "groups")
    assert found.columns == (("count",), ("previous", "count"), ("key", "name"), ("key", "department", "name"))


def test_a_connection_has_its_nodes_as_rows() -> None:
    found = table("{ open: complaints(first: 5) { totalCount nodes { ticketNumber area { code parent { name } } } } }")
    assert found == ViewTable(
        ("open", "nodes"), (("ticketNumber",), ("area", "code"), ("area", "parent", "name"))
    )  # fmt: skip


def test_members_of_a_union_share_the_columns() -> None:
    found = table('{ search(text: "jalan") { ... on Area { code name } ... on Hospital { name } } }')
    assert found == ViewTable(("search",), (("code",), ("name",)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ complaintGroups { totals { count } } }", "the lists of this document are: none"),
        ("{ a: areas { nodes { code } } b: areas { nodes { code } } }", "a.nodes, b.nodes"),
        ("{ complaintGroups { series { t v } } }", "complaintGroups.series.t, complaintGroups.series.v"),
        ("{ areas { nodes { complaints { nodes { id } } } } }", "areas.nodes.complaints.nodes"),
        ("{ alerts { nodes { categories } } }", "alerts.nodes.categories"),
    ],
)  # fmt: skip
def test_what_is_no_table_says_why(text: str, reason: str) -> None:
    with pytest.raises(NotTabular) as refused:
        table(text)
    assert reason in str(refused.value)


def cells(written: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written.decode(), newline="")))


def test_values_are_written_plainly_and_nothing_begins_like_a_formula() -> None:
    written = ViewTable(("rows",), (("a",), ("b", "c"))).csv_of(
        {"rows": [
            {"a": 3, "b": {"c": "=HYPERLINK(1)"}}, {"a": True, "b": None}, {"a": None, "b": {"c": "a,\"b\"\nc"}},
            {"a": -2.5, "b": {"c": "-12.50"}}, {"a": False, "b": {"c": "-1+1"}},
        ]}
    )  # fmt: skip
    assert cells(written) == [
        ["a", "b.c"], ["3", "'=HYPERLINK(1)"], ["true", ""], ["", 'a,"b"\nc'], ["-2.5", "-12.50"], ["false", "'-1+1"],
    ]  # fmt: skip
    assert written.startswith(b"a,b.c\r\n")


def test_no_rows_and_no_answer_leave_the_head() -> None:
    found = ViewTable(("a", "rows"), (("x",),))
    answers: list[dict[str, Any] | None] = [{"a": {"rows": []}}, {"a": None}, None]
    assert [found.csv_of(data) for data in answers] == [b"x\r\n"] * 3


@given(
    st.lists(st.one_of(st.none(), st.integers(), st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"))))
)
def test_whatever_stands_in_a_cell_comes_back_and_is_no_formula(values: list[Any]) -> None:
    written = ViewTable(("rows",), (("x",), ("y",))).csv_of({"rows": [{"x": value, "y": 1} for value in values]})
    found = [row[0] for row in cells(written)[1:]]
    assert [cell.removeprefix("'") for cell in found] == [
        "" if value is None else str(value).removeprefix("'") for value in values
    ]
    for cell in found:
        assert cell[:1] not in FORMULA_STARTS or not cell or cell.lstrip("-").replace(".", "", 1).isdigit()
