"""Introspection: how large an answer about the schema is, is known before it is asked for."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from graphql import ExecutionResult, execute_root_selection_set, execute_sync, get_introspection_query

from engine.cost import SCHEMA_FIELDS_PER_UNIT, Cost
from engine.documents import introspection
from engine.documents.introspection import FIELDS_MAX, TEXT_CHARS
from engine.documents.limits import LimitExceeded, Limits
from engine.lanes import Lanes
from models.policy.budgets import AD_HOC
from schema.build import SCHEMA

CITY = SCHEMA._schema
EVERYTHING = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    experimental_directive_deprecation=True,
    one_of=True,
)
ARGUMENTS = "{ fields { name args { name type { name ofType { name } } } } }"
TWENTY_TIMES = " ".join(f"f{number}: fields {{ a: name b: name description }}" for number in range(20))
QUERIES = {
    "with everything": EVERYTHING,
    "as it is usual": get_introspection_query(),
    "without descriptions": get_introspection_query(descriptions=False),
    "one type": f'{{ __type(name: "Query") {ARGUMENTS} }}',
    "no such type": f'{{ __type(name: "Nothing") {ARGUMENTS} }}',
    "in fragments": "{ ...A } fragment A on Query { __schema { types { ...B } } } fragment B on __Type { name ...C } "
    "fragment C on __Type { enumValues(includeDeprecated: true) { name description } possibleTypes { name } }",
    "under many names": "{ __schema { types { a: fields(includeDeprecated: true) { description } b: name c: name } } }",
    "of the largest type": f"query ($name: String!) {{ __type(name: $name) {ARGUMENTS} }}",
}


@pytest.fixture(scope="module")
def lane() -> Lanes:
    return Lanes(CITY)


def fields_in(answer: Any, key: str = "") -> int:
    """The fields of an answer, with those that long descriptions count as."""
    if isinstance(answer, dict):
        return sum(1 + fields_in(value, name) for name, value in answer.items())
    if isinstance(answer, list):
        return sum(fields_in(value) for value in answer)
    return len(answer) // TEXT_CHARS if key == "description" and answer else 0


def priced(lane: Lanes, text: str, **given: str) -> Cost:
    found = lane.priced(lane.prepare(text), None, given)
    assert found.plan is not None
    return found.cost


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES)
def test_the_price_is_that_of_the_fields_that_come(lane: Lanes, text: str) -> None:
    prepared = lane.prepare(text)
    result = execute_sync(CITY, prepared.document, variable_values={"name": "Query"})
    assert result.errors is None
    cost, fields = priced(lane, text, name="Query"), fields_in(result.data)
    assert cost == Cost(0, 0, schema_fields=fields)
    assert cost.total == -(-fields // SCHEMA_FIELDS_PER_UNIT)


def test_a_type_that_a_variable_names_costs_as_much_as_the_largest(lane: Lanes) -> None:
    text = QUERIES["of the largest type"]
    assert priced(lane, text, name="Area") == priced(lane, text, name="Query")
    assert priced(lane, text, name="Area").schema_fields > 500


def test_what_tools_ask_is_within_the_limits_and_a_strangers_budget(lane: Lanes) -> None:
    cost = priced(lane, EVERYTHING)
    assert 20_000 < cost.schema_fields < Limits().schema_answer_fields_max
    assert cost.total < AD_HOC.operation_units_max
    assert priced(lane, QUERIES["as it is usual"]).total < cost.total


def test_what_is_counted_is_bounded(lane: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introspection, "VISITS_MAX", 400)
    assert priced(lane, "{ __schema { types { name kind } } }").schema_fields == FIELDS_MAX
    assert priced(lane, "{ __schema { queryType { name kind } } }").schema_fields == 4


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{ a: __schema { description } b: __schema { description } }", "schemas_max"),
        ("{ __schema { description } __schema { description } }", "schemas_max"),
        ("{ ...F ...F } fragment F on Query { __schema { description } }", "schemas_max"),
        ("query A { __schema { description } } query B { __schema { description } }", "schemas_max"),
        ("{ " + " ".join(f't{n}: __type(name: "Area") {{ name }}' for n in range(21)) + " }", "types_max"),
    ],
)
def test_the_schema_is_asked_for_once(lane: Lanes, text: str, limit: str) -> None:
    with pytest.raises(LimitExceeded) as refused:
        lane.prepare(text)
    assert refused.value.limit == limit


def test_a_few_types_may_be_asked_for(lane: Lanes) -> None:
    lane.prepare("{ " + " ".join(f't{n}: __type(name: "Area") {{ name }}' for n in range(20)) + " }")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (f"{{ __schema {{ types {{ {TWENTY_TIMES} }} }} }}", "schema_answer_fields_max"),
        ("{ departments { code } __schema { types { fields { name description } } } }", "schema_fields_beside_max"),
        (
            "{ departments { code } ...F } fragment F on Query { __schema { types { fields { name description } } } }",
            "schema_fields_beside_max",
        ),
    ],
)
async def test_answers_that_are_too_large_are_not_worked_out(
    lane: Lanes, text: str, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.lanes.execute_root_selection_set", lambda *_, **__: pytest.fail("it was executed"))
    with pytest.raises(LimitExceeded) as refused:
        await lane.run(lane.priced(lane.prepare(text), None, None), None)
    assert refused.value.limit == limit


# --- Where it is worked out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiles", [True, False])
async def test_it_is_worked_out_beside_the_loop_in_both_lanes(compiles: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def noted(*arguments: Any, **named: Any) -> Any:
        seen.append(threading.current_thread().name)
        return execute_root_selection_set(*arguments, **named)

    monkeypatch.setattr("engine.lanes.execute_root_selection_set", noted)
    lane = Lanes(CITY, compiles=compiles)
    prepared = lane.prepare(QUERIES["in fragments"])
    result = await lane.run(lane.priced(prepared, None, None), None)
    assert result == execute_sync(CITY, prepared.document)
    prepared = lane.prepare("{ __typename __schema { queryType { name } } }")
    beside = await lane.run(lane.priced(prepared, None, None), None)
    assert beside == ExecutionResult({"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}}, None)
    assert [name.split("_")[0] for name in seen] == ["schema", "schema"]


# --- What has no price ------------------------------------------------------------------------------------------------


async def test_what_cannot_be_compiled_is_not_run(lane: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A null for a directive is an error of one part; graphql-core runs all the others, which nothing has priced."""
    monkeypatch.setattr("engine.lanes.execute_root_selection_set", lambda *_, **__: pytest.fail("it was executed"))
    text = "query ($x: Boolean = true) { __schema { types { name } } departments { code @include(if: $x) } }"
    result = await lane.run(lane.priced(lane.prepare(text), None, {"x": None}), None)
    assert result.data is None
    assert result.errors is not None
    assert [error.message.split(":")[0] for error in result.errors] == ["The operation is not run"]
