"""Memory: whatever clients send, what the engine keeps of it is bounded, and what it does not keep is gone."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest
from cachetools import LRUCache
from graphql import GraphQLSchema, build_schema, get_variable_values

from bench.memory import Load, operation_of
from engine import compiler as compiling
from engine import execution, selections
from engine.documents import kept as module
from engine.documents.kept import Documents, Prepared
from engine.documents.limits import Limits
from engine.plan import Plan

OPERATIONS = 650
BYTES_MAX = 2_000_000
SCHEMA = build_schema("type Query { name: String other: Int! }")


@pytest.fixture
def small() -> Iterator[None]:
    """Bounds that a few hundred operations reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PREPARED_BYTES_MAX", BYTES_MAX)
        yield


# --- Many operations of which no two are alike ------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
async def test_what_is_kept_of_unique_operations_is_bounded() -> None:
    load = Load()
    most = 0
    for number in range(OPERATIONS):
        await load.run(operation_of(number))
        most = max(most, load.lanes.held.bytes_max)
    kinds = OPERATIONS // 13
    assert load.ended == {
        "GraphQLSyntaxError": kinds,
        "InvalidDocument": kinds,
        "LimitExceeded": kinds,
        "RowsExceeded": kinds,
        "answered": 4 * kinds,
        "with errors": 5 * kinds,
    }
    # It was nearly reached, or the test would say nothing about it.
    assert 0.9 * BYTES_MAX < most <= BYTES_MAX
    documents = load.lanes._documents._prepared.values()
    assert load.lanes.held == (len(documents), sum(prepared.bytes_max for prepared in documents))


@pytest.fixture
def frozen() -> Iterator[None]:
    """The collector looks at what comes from now on."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("small", "frozen")
async def test_an_equal_batch_of_new_operations_leaves_no_object_behind() -> None:
    load = Load()
    counts = []
    for batch in range(4):
        # The same again and again, after something that pushes all of it out.
        for number in (*range(batch * 104 + 5_200, batch * 104 + 5_304), *range(104)):
            await load.run(operation_of(number))
        gc.collect()
        counts.append(len(gc.get_objects()))
    # The first two fill what is filled once: types that the schema makes when they are asked for, and the like.
    assert abs(counts[3] - counts[2]) <= 20, counts


def test_assemblers_are_kept_by_the_number_of_their_keys_and_not_by_the_keys() -> None:
    lanes = Documents(SCHEMA, Limits(), hide_suggestions=False)
    selections._assembler_of.cache_clear()
    for number in range(50):
        executed(lanes.prepare(f"{{ a{number}: name b{number}: other t{number}: __typename }}"))
        executed(lanes.prepare(f"{{ a{number}: name }}"))
    assert selections._assembler_of.cache_info().currsize == 2
    maxsize = selections._assembler_of.cache_info().maxsize
    assert maxsize is not None
    assert maxsize <= 256


def executed(prepared: Prepared) -> None:
    result = execution.execute(SCHEMA, prepared.document, {"name": "Ani", "other": 1})
    assert getattr(result, "errors", "awaited") is None


def test_executed_documents_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_documents", LRUCache(10))
    documents = Documents(SCHEMA, Limits(), hide_suggestions=False)
    for number in range(50):
        executed(documents.prepare(f"{{ a{number}: name }}"))
    assert len(execution._documents) == 10


# --- Plans ------------------------------------------------------------------------------------------------------------


def plan_of(documents: Documents, prepared: Prepared, **given: bool) -> Plan:
    operation = prepared.operation(None)
    assert operation is not None
    variables = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
    assert not isinstance(variables, list)
    plan = documents.plan(prepared, operation, variables)
    assert isinstance(plan, Plan)
    return plan


def test_planned_fields_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{{ {letter}: name other }}" for letter in "abc"]
    one_bytes = sys.getsizeof(texts[0]) + 6 * module.TOKEN_BYTES + 2 * module.FIELD_BYTES
    monkeypatch.setattr(module, "PREPARED_BYTES_MAX", 3 * one_bytes - 1)
    documents = Documents(SCHEMA, Limits(), hide_suggestions=False)
    for text in texts:
        plan_of(documents, documents.prepare(text))
    assert list(documents._prepared) == texts[1:]
    assert documents.held == (2, 2 * one_bytes)


def test_a_document_that_was_dropped_before_it_was_planned_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation may wait between the two, and another one bring the same text anew."""
    monkeypatch.setattr(module, "PREPARED_BYTES_MAX", 5_000)
    documents = Documents(SCHEMA, Limits(), hide_suggestions=False)
    waiting = documents.prepare("{ name }")
    documents.prepare("{ other }")
    documents.prepare("{ name }")
    plan_of(documents, waiting)
    assert documents.held == (1, sys.getsizeof("{ name }") + 3 * module.TOKEN_BYTES)


VARIANTS = "query ({}) {{ other {} }}".format(
    " ".join(f"$v{at}: Boolean!" for at in range(5)),
    " ".join(f"a{at}: name @skip(if: $v{at})" for at in range(5)),
)


def test_variants_of_a_document_are_bounded_and_run_whole_beyond() -> None:
    documents = Documents(SCHEMA, Limits(), hide_suggestions=False)
    prepared = documents.prepare(VARIANTS)
    plans = [
        plan_of(documents, prepared, **{f"v{at}": bool(number >> at & 1) for at in range(5)}) for number in range(32)
    ]
    assert len(prepared.plans) == module.VARIANTS_MAX == 16
    assert {plan.whole for plan in plans[:16]} == {None}
    assert {plan.whole for plan in plans[16:]} == {"it has more than 16 variants"}
    # What is not kept has a cost all the same.
    assert [plan.fields_count for plan in plans[30:]] == [2, 1]


# --- What takes more than it may to compile ---------------------------------------------------------------------------


def self_leading(types: int) -> GraphQLSchema:
    """An interface whose fields lead to itself: each type of each level is compiled."""
    made = " ".join(f"type T{number} implements Node {{ f(a: [Int]): Node }}" for number in range(types))
    return build_schema(f"interface Node {{ f(a: [Int]): Node }} {made} type Query {{ f(a: [Int]): Node }}")


def test_a_plan_that_is_too_large_is_kept_as_nothing() -> None:
    schema = self_leading(12)
    documents = Documents(schema, Limits(), hide_suggestions=False)
    values = "1 " * 1_800
    prepared = documents.prepare(f"{{ f {{ f(a: [{values}]) {{ __typename }} }} }}")
    operation = prepared.operation(None)
    assert operation is not None
    variables = get_variable_values(schema, (), {})
    assert not isinstance(variables, list)
    plan = documents.plan(prepared, operation, variables)
    assert isinstance(plan, Plan)
    assert compiling.STEPS_MAX < 12 * 1_800
    found = (plan.whole, plan.is_bounded)
    assert found == ("it is too large to be compiled", False)
    kept = (len(plan.root.fields), len(plan.reads), plan.fields_count, prepared.planned_fields)
    assert kept == (0, 0, 0, 0)
    is_kept = documents.plan(prepared, operation, variables) is plan
    assert is_kept
