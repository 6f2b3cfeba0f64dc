"""What plans may cost at most, exactly: rows and questions of every level, the dearest part, and what would fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLObjectType, build_schema
from graphql.execution.values import VariableValues

from engine.cost import CALL_COST, FREE, SATURATED, Cheaper, Cost, cheaper, dearest, variable_values_used
from engine.facts import BATCH, BatchField, Selection
from engine.lanes import Lanes
from engine.plan import Plan

SDL = """
type Query {
  shelves(first: Int, by: String): [Shelf] some(first: Int!): [Shelf] count: Int
  shelf: Shelf at(place: Int!): Shelf three: Int none: Int owed: Int
}
type Shelf { name: String books(first: Int): [Book] }
type Book { title: String pages(first: Int): [Page] }
type Page { text: String }
"""
DEFAULT = 20


def first_of(arguments: Mapping[str, Any], _: Selection) -> int:
    first = arguments.get("first")
    return DEFAULT if first is None else int(first)


@pytest.fixture(scope="module")
def lanes() -> Lanes:
    """Lists bring as many rows as they are asked for, `shelf` brings one, and `three` takes three questions."""
    schema = build_schema(SDL)
    lists = BatchField(lambda *_: (), reads="lists", rows_max=first_of)
    fields = {
        ("Query", "shelves"): lists,
        ("Query", "some"): lists,
        ("Query", "shelf"): BatchField(lambda *_: (), reads="shelf"),
        ("Query", "at"): BatchField(lambda *_: (), reads="shelf"),
        ("Query", "three"): BatchField(lambda *_: (), reads="three", calls=lambda *_: 3),
        ("Query", "none"): BatchField(lambda *_: (), reads="none", calls=lambda *_: 0),
        ("Query", "owed"): BatchField(lambda *_: (), reads="owed", calls=lambda *_: -3),
        ("Shelf", "books"): lists,
        ("Book", "pages"): lists,
    }
    for (kind, name), batch in fields.items():
        owner = schema.type_map[kind]
        assert isinstance(owner, GraphQLObjectType)
        owner.fields[name].extensions = {BATCH: batch}
    return Lanes(schema)


class Planned(NamedTuple):
    """What was worked out of an operation that has a plan."""

    plan: Plan
    variables: VariableValues
    cost: Cost


def priced(lanes: Lanes, text: str, **variables: Any) -> Planned:
    found = lanes.priced(lanes.prepare(text), None, variables)
    assert found.plan is not None
    return Planned(found.plan, found.variables, found.cost)


@pytest.mark.parametrize(
    ("text", "rows", "calls"),
    [
        ("{ count }", 0, 0),
        ("{ shelf { name } }", 1, 1),
        ("{ three }", 1, 3),
        ("{ none }", 1, 0),
        ("{ three owed }", 2, 3),
        ("{ shelves { name } }", 20, 1),
        ("{ shelves(first: 0) { name } }", 0, 1),
        ("{ shelves(first: 7) { name } shelf { name } }", 8, 2),
        ("{ shelves(first: 3) { books(first: 4) { title } } }", 3 + 12, 2),
        ("{ shelves(first: 3) { books(first: 4) { pages(first: 5) { text } } } }", 3 + 12 + 60, 3),
        ("{ shelf { books(first: 4) { title } } a: shelves(first: 2) { name } }", 1 + 4 + 2, 3),
        ("{ shelves(first: -5) { name } shelf { name } }", 1, 2),
        ("{ shelves(first: -5) { books(first: -7) { title } } }", 0, 2),
        ("{ shelves(first: 2000000000) { books(first: 2000000000) { title } } }", SATURATED, 2),
        ("{ shelves(first: 999999999) { name } shelf { name } }", SATURATED, 2),
    ],
)
def test_rows_multiply_down_the_levels_and_calls_add_up(lanes: Lanes, text: str, rows: int, calls: int) -> None:
    assert priced(lanes, text).cost == Cost(rows, calls)


def test_variables_say_how_many_rows(lanes: Lanes) -> None:
    text = "query ($n: Int) { shelf { books(first: $n) { title } } }"
    assert priced(lanes, text, n=4).cost == Cost(1 + 4, 2)
    assert priced(lanes, text).cost == Cost(1 + DEFAULT, 2)


def test_a_field_that_fails_by_its_arguments_brings_nothing(lanes: Lanes) -> None:
    text = "query ($n: Int = 3) { some(first: $n) { name } shelf { name } }"
    assert priced(lanes, text).cost == Cost(3 + 1, 2)
    assert priced(lanes, text, n=None).cost == Cost(1, 2)
    # Of a field that never brings more than one row they are not looked at.
    assert priced(lanes, "query ($n: Int = 3) { at(place: $n) { name } }", n=None).cost == Cost(1, 1)


def test_the_total_counts_a_question_like_ten_rows_and_ends_somewhere() -> None:
    assert FREE.total == 0
    assert Cost(7, 2).total == 7 + 2 * CALL_COST == 27
    assert Cost(SATURATED, 1).total == SATURATED
    assert Cost(SATURATED - CALL_COST, 1).total == SATURATED
    assert Cost(SATURATED - CALL_COST - 1, 1).total == SATURATED - 1


def test_the_dearest_part_is_that_with_most_rows(lanes: Lanes) -> None:
    nested = priced(lanes, "{ a: shelves(first: 30) { name } shelves(first: 3) { books(first: 40) { title } } }")
    part = dearest(nested.plan, nested.variables)
    assert part is not None
    assert part.path == ("shelves", "books")
    free = priced(lanes, "{ count }")
    assert dearest(free.plan, free.variables) is None


def change_of(lanes: Lanes, text: str, units: int, *fixed: str) -> tuple[tuple[str, ...], int, int, Cost] | None:
    """The path, the rows before and after, and the cost after; `fixed` are keys whose page may not change."""
    found = priced(lanes, text)
    change: Cheaper | None = cheaper(
        found.plan, found.variables, lambda cost: cost.total <= units, lambda read: read.path[-1] not in fixed
    )
    return None if change is None else (change.read.path, change.rows, change.fewer_rows, change.cost)


LIBRARY = "{ shelves(first: 10) { books(first: 50) { title } } }"
"""510 rows and two questions: 530 units."""


def test_the_mildest_change_that_fits_is_found(lanes: Lanes) -> None:
    assert priced(lanes, LIBRARY).cost.total == 530
    # Of one page of books, one row: 10 + 10 * 49 + 20.
    assert change_of(lanes, LIBRARY, 529) == (("shelves", "books"), 50, 49, Cost(500, 2))
    # 11 of 50 books are left, or 2 of 10 shelves: what leaves more of its page.
    assert change_of(lanes, LIBRARY, 140) == (("shelves", "books"), 50, 11, Cost(120, 2))
    # Equally much, by 10 of 50 books.
    assert change_of(lanes, LIBRARY, 130) == (("shelves",), 10, 2, Cost(102, 2))
    assert change_of(lanes, LIBRARY, 130, "books") == (("shelves",), 10, 2, Cost(102, 2))
    assert change_of(lanes, LIBRARY, 71) == (("shelves",), 10, 1, Cost(51, 2))


def test_a_change_is_to_fewer_rows_even_where_none_is_needed(lanes: Lanes) -> None:
    assert change_of(lanes, LIBRARY, 530) == (("shelves", "books"), 50, 49, Cost(500, 2))


def test_a_page_of_two_rows_is_made_one_of_one(lanes: Lanes) -> None:
    assert change_of(lanes, "{ shelves(first: 2) { name } }", 11) == (("shelves",), 2, 1, Cost(1, 1))


def test_pages_of_one_row_take_no_turn(lanes: Lanes) -> None:
    shelf = "shelf {{ books(first: 1) {{ pages(first: {}) {{ text }} }} }}".format
    text = f"{{ a: {shelf(40)} b: {shelf(39)} }}"
    assert priced(lanes, text).cost == Cost(42 + 41, 6)
    assert change_of(lanes, text, 133) == (("a", "books", "pages"), 40, 30, Cost(73, 6))


def test_what_hangs_on_a_page_is_what_it_and_all_below_it_bring(lanes: Lanes) -> None:
    small = " ".join(f"{name}: shelves(first: 2) {{ books(first: 2) {{ title }} }}" for name in "abc")
    text = f"{{ {small} x: shelves(first: 90) {{ name }} }}"
    assert priced(lanes, text).cost == Cost(3 * (2 + 4) + 90, 7)
    assert change_of(lanes, text, 118) == (("x",), 90, 30, Cost(48, 7))


def test_no_change_is_said_where_none_fits(lanes: Lanes) -> None:
    assert change_of(lanes, LIBRARY, 20) is None
    assert change_of(lanes, LIBRARY, 130, "books", "shelves") is None
    assert change_of(lanes, "{ shelves(first: 1) { name } }", 10) is None


def test_only_the_parts_that_most_hangs_on_are_tried(lanes: Lanes) -> None:
    lists = " ".join(f"a{number}: shelves(first: {90 - number}) {{ name }}" for number in range(5))
    total = priced(lanes, f"{{ {lists} }}").cost.total
    assert change_of(lanes, f"{{ {lists} }}", total - 1) == (("a0",), 90, 89, Cost(total - 50 - 1, 5))
    # The first three may not change, so that there would be others, which are not looked at.
    assert change_of(lanes, f"{{ {lists} }}", total - 1, "a0", "a1") is not None
    assert change_of(lanes, f"{{ {lists} }}", 0) is None


@pytest.mark.parametrize(
    ("given", "values"),
    [({}, 0), ({"n": 1}, 1), ({"a": [1, 2, 3]}, 4), ({"a": {"b": [1, {"c": 2}]}}, 5), ({"a": None, "b": "xyz"}, 2)],
)
def test_each_field_that_uses_variables_takes_all_values(lanes: Lanes, given: dict[str, Any], values: int) -> None:
    text = "query ($n: Int) { shelves(first: $n) { books(first: $n) { title } } shelf { name } }"
    plan = priced(lanes, text).plan
    assert variable_values_used(plan, given) == 2 * values
    assert variable_values_used(priced(lanes, LIBRARY).plan, given) == 0
