"""Runs a case through both lanes of the engine, and says where they differ."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from graphql import DocumentNode, GraphQLSchema, execute, parse, validate

import engine
from tests.engine.differential.comparing import Outcome, differences, outcome_of
from tests.engine.differential.operations import Case
from tests.engine.differential.worlds import World

Execute = Callable[..., Any]
COMPILED = "compiled"


@dataclass(frozen=True, slots=True)
class Compared:
    """How both lanes answered one case. `differences` is empty where they agree; `lane` is what took the case."""

    lane: str
    expected: Outcome
    got: Outcome
    differences: list[str]


@contextmanager
def collecting_by_hand() -> Iterator[None]:
    """Nothing is collected but by `compare`, so that a coroutine is told of by the lane that left it behind."""
    _collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            gc.collect()


def _collect() -> None:
    gc.collect()
    # What has survived, caches mostly, is not looked at again: that makes a collection cheap.
    gc.freeze()


async def compare(schema: GraphQLSchema, case: Case, document: DocumentNode | None = None) -> Compared:
    """Run a valid case through graphql-core and through the engine, while `collecting_by_hand`."""
    document = document or parsed(schema, case)
    world = world_of(case)
    expected, _ = await _run(execute, schema, document, case, world)
    left_behind = world.close()
    world = world_of(case)
    got, left = await _run(engine.execute, schema, document, case, world)
    forgotten = world.close()
    lane = lane_of(schema, document, case)
    found = differences(expected, got)
    if lane == COMPILED:
        found += [f"the engine left something behind: {message}" for message in left]
        # Of a list that is given up, what its items hold is forgotten.
        if forgotten and not left_behind and not world.gave_up:
            found.append(f"{forgotten} of the resolvers' coroutines were never awaited")
        if got.is_awaited and not world.is_slow:
            found.append("the answer had to be awaited although nothing in it had to")
    return Compared(lane, expected, got, found)


def world_of(case: Case) -> World:
    return World(case.seed, case.failures, case.slowness)


def parsed(schema: GraphQLSchema, case: Case) -> DocumentNode:
    document = parse(case.text)
    problems = validate(schema, document)
    assert problems == [], f"{problems}\n{case}"
    return document


def lane_of(schema: GraphQLSchema, document: DocumentNode, case: Case) -> str:
    return engine.lane_of(schema, document, variable_values=dict(case.variables), operation_name=case.operation_name)


async def _run(
    run: Execute, schema: GraphQLSchema, document: DocumentNode, case: Case, world: World
) -> tuple[Outcome, list[str]]:
    """What a lane answers, and what it leaves behind."""

    def start() -> Any:
        return run(
            schema,
            document,
            context_value=world,
            variable_values=dict(case.variables),
            operation_name=case.operation_name,
        )

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", RuntimeWarning)
        outcome = await outcome_of(start)
        # What was left running may still do something, and that counts as well.
        for _ in range(5):
            await asyncio.sleep(0)
        _collect()
    told = [str(one.message) for one in warned]
    # Those of the resolvers are counted by their world; graphql-core leaves its own behind where it gives a value up,
    # and where a task still holds them they are told of too late.
    left = [message for message in told if not message.startswith(("coroutine '_later'", "coroutine 'Executor."))]
    return replace(outcome, effects=tuple(world.effects)), left
