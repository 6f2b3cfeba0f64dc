"""Growth laws of the engine, by counting: the work of an operation as its rows, levels and types become more."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
)

import engine
from bench import in_process
from bench.in_process import NESTED, SCALARS, SCHEMA, Complaint, complaint_columns, complaints_of, garbage_as_served
from engine.facts import BATCH, BatchCall, BatchField, Children, Lists, Parents

ROWS = (10, 100, 1_000, 10_000)
ROUNDS = 5


@pytest.fixture(scope="module", autouse=True)
def ten_thousand_rows() -> Iterator[None]:
    """The records of the bench, ten times as many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_process, "COMPLAINTS", complaints_of(ROWS[-1]))
        patch.setattr(in_process, "COMPLAINT_COLUMNS", complaint_columns(in_process.COMPLAINTS))
        yield


def executed(schema: GraphQLSchema, document: DocumentNode) -> Any:
    result = engine.execute(schema, document)
    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    return result.data


@contextmanager
def without_collection() -> Iterator[None]:
    """No garbage collection meanwhile: what others have hung onto it, such as hypothesis, would be counted as well."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called from Python, whether written in Python or in C."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    with without_collection():
        sys.setprofile(note)
        try:
            work()
        finally:
            sys.setprofile(before)
    return count


def steps_of(work: Callable[[], object]) -> int:
    """How many instructions of Python are run, those of comprehensions included."""
    count = 0

    def note(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return note

    before = sys.gettrace()
    with without_collection():
        sys.settrace(note)
        try:
            work()
        finally:
            sys.settrace(before)
    return count


def measured(schema: GraphQLSchema, text: str, measure: Callable[[Callable[[], object]], int]) -> int:
    """The work of an operation that was run before, so that it is compiled."""
    document = parse(text)
    executed(schema, document)
    return measure(lambda: executed(schema, document))


# --- Rows -------------------------------------------------------------------------------------------------------------


def of_rows(fields: str, rows: int) -> str:
    return f"{{ complaints(first: {rows}) {{ {fields} }} }}"


def test_columns_of_a_table_cost_the_same_calls_for_any_number_of_rows() -> None:
    calls = [measured(SCHEMA, of_rows(SCALARS, rows), calls_of) for rows in ROWS]
    assert len(set(calls)) == 1, calls


def test_relations_of_a_table_cost_the_same_calls_for_any_number_of_rows() -> None:
    few, hundred, thousand, most = (measured(SCHEMA, of_rows(NESTED, rows), calls_of) for rows in ROWS)
    assert few == hundred
    assert thousand == most
    # Up to a hundred complaints each have a reporter and an area of their own; beyond, they share them, and what was
    # made once has to be put in many places. That is a few calls for each relation.
    assert 0 < thousand - hundred <= 2 * 8


@pytest.mark.parametrize("fields", [SCALARS, NESTED], ids=["scalars", "nested"])
def test_instructions_grow_with_the_rows_of_tables_at_most(fields: str) -> None:
    steps = {rows: measured(SCHEMA, of_rows(fields, rows), steps_of) for rows in ROWS}
    for fewer, more in pairwise(ROWS):
        assert steps[more] <= 10.5 * steps[fewer], steps


@strawberry.type
class ObjectQuery:
    complaints: list[Complaint] = strawberry.field(resolver=in_process._complaints)


OBJECTS = strawberry.Schema(query=ObjectQuery)._schema
"""The same graph where the complaints are objects: their relations are attributes, and `fragile` is called for each."""


@pytest.mark.parametrize("measure", [calls_of, steps_of], ids=["calls", "instructions"])
def test_work_grows_with_objects_at_most(measure: Callable[[Callable[[], object]], int]) -> None:
    work = {rows: measured(OBJECTS, of_rows(NESTED, rows), measure) for rows in ROWS}
    for fewer, more in pairwise(ROWS):
        assert work[more] <= 10.5 * work[fewer], work


@pytest.mark.parametrize("schema", [SCHEMA, OBJECTS], ids=["tables", "objects"])
def test_processor_time_grows_with_rows(schema: GraphQLSchema) -> None:
    """What happens inside functions of C is seen by no count; so this has five times the slack."""
    times = {rows: cpu_s(schema, of_rows(NESTED, rows)) for rows in (1_000, 10_000)}
    assert times[10_000] <= 5 * 10 * times[1_000], times


def cpu_s(schema: GraphQLSchema, text: str) -> float:
    document = parse(text)
    executed(schema, document)
    times = []
    with garbage_as_served():
        for _ in range(ROUNDS):
            started = time.process_time()
            executed(schema, document)
            times.append(time.process_time() - started)
    return statistics.median(times)


# --- Levels -----------------------------------------------------------------------------------------------------------

NUMBERS = 64
LEVELS = range(1, 7)


class Numbers:
    """A table of numbers, each of which leads to others."""

    def column(self, name: str) -> list[int]:
        assert name == "number"
        return list(range(NUMBERS))


TABLE = Numbers()
NEXT = [(number * 7 + 1) % NUMBERS for number in range(NUMBERS)]
BOTH = [((number * 2) % NUMBERS, (number * 2 + 1) % NUMBERS) for number in range(NUMBERS)]


def all_numbers(_: Parents, __: BatchCall) -> Lists:
    return Lists(TABLE, [range(NUMBERS)])


def one_of_each(parents: Parents, _: BatchCall) -> Children:
    return Children(TABLE, list(map(NEXT.__getitem__, parents.rows)))


def many_of_each(parents: Parents, _: BatchCall) -> Lists:
    return Lists(TABLE, list(map(BOTH.__getitem__, parents.rows)))


def number_schema() -> GraphQLSchema:
    def field(kind: Any, resolve: Callable[..., Any]) -> GraphQLField:
        return GraphQLField(kind, extensions={BATCH: BatchField(resolve, reads="numbers")})

    number = GraphQLObjectType(
        "Number",
        lambda: {
            "number": GraphQLField(GraphQLInt),
            "one": field(number, one_of_each),
            "many": field(GraphQLList(number), many_of_each),
        },
    )
    return GraphQLSchema(GraphQLObjectType("Query", {"numbers": field(GraphQLList(number), all_numbers)}))


def of_levels(relation: str, levels: int) -> str:
    return f"{{ numbers {{ number {f'{relation} {{ number ' * levels}{'}' * levels} }} }}"


@pytest.mark.parametrize("measure", [calls_of, steps_of], ids=["calls", "instructions"])
@pytest.mark.parametrize("relation", ["one", "many"])
def test_each_level_costs_what_the_one_above_it_costs(
    relation: str, measure: Callable[[Callable[[], object]], int]
) -> None:
    schema = number_schema()
    work = [measured(schema, of_levels(relation, levels), measure) for levels in LEVELS]
    assert len({after - before for before, after in pairwise(work)}) == 1, work
