"""Both lanes answer alike: random operations, a thousand with --all, over a schema that misbehaves in every way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import execute

from engine.nulls import _LOST, NullPropagation
from tests.engine.differential.comparing import Outcome
from tests.engine.differential.lanes import COMPILED, collecting_by_hand, compare
from tests.engine.differential.nasty import SCHEMA
from tests.engine.differential.operations import Case, case_of
from tests.engine.differential.report import report_of
from tests.engine.differential.worlds import World
from tests.slow import examples

OPERATIONS = 250


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    with collecting_by_hand():
        yield


async def test_random_operations_have_one_answer() -> None:
    count = examples(OPERATIONS)
    lanes: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for seed in range(count):
        case = case_of(SCHEMA, seed)
        compared = await compare(SCHEMA, case)
        if compared.differences:
            pytest.fail(await report_of(SCHEMA, case))
        if not is_refused(compared.expected):
            lanes[compared.lane] += 1
        outcomes["fails" if compared.expected.errors else "succeeds"] += 1
        outcomes["lost" if compared.expected.data is None else "answered"] += 1
    assert lanes[COMPILED] >= 0.95 * lanes.total(), lanes
    assert lanes.total() >= 0.9 * count, lanes
    # The operations are worth comparing: many fail somewhere, and most of them have something left.
    assert outcomes["fails"] >= 0.4 * count, outcomes
    assert outcomes["succeeds"] >= 0.3 * count, outcomes
    assert outcomes["answered"] >= 0.5 * count, outcomes


def is_refused(outcome: Outcome) -> bool:
    """Whether nothing was run: variables that do not fit, or no such operation."""
    return outcome.data is None and bool(outcome.errors) and all(error.path == () for error in outcome.errors)


async def test_a_broken_null_propagation_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = NullPropagation._settled

    def without_propagation(self: NullPropagation, *place: Any) -> Any:
        # What may not be null is null, and stays where it is: its parent is not lost with it.
        settled = settle(self, *place)
        return None if settled is _LOST else settled

    monkeypatch.setattr(NullPropagation, "_settled", without_propagation)
    compared = [await compare(SCHEMA, case_of(SCHEMA, seed)) for seed in range(100)]
    caught = [one for one in compared if any(line.startswith("data: ") for line in one.differences)]
    assert len(caught) >= 20
    # A field that may be null is not concerned: those operations are as equal as ever.
    assert all(one.expected.errors for one in caught)


async def test_a_case_that_differs_is_reported_with_its_seed_and_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_person(*given: Any, **named: Any) -> Any:
        result: Any = execute(*given, **named)
        assert result.data is not None
        return replace_in(result, "kind")

    def replace_in(result: Any, name: str) -> Any:
        result.data = {key: "broken" if key == name else value for key, value in result.data.items()}
        return result

    monkeypatch.setattr("engine.execute", without_person)
    case = Case(7, "query Main { kind: stringL ... on Query { int @skip(if: false) cellL { size } } }")
    told = await report_of(SCHEMA, case)
    assert told.splitlines() == [
        "The lanes differ. seed 7, failures 0.0, slowness 0.0, operation None, variables {}",
        "query Main {",
        "  kind: stringL",
        "}",
        *[line for line in told.splitlines() if line.startswith("data: ")],
        "As it was made: seed 7, failures 0.0, slowness 0.0, operation None, variables {}",
        case.text,
    ]


async def test_the_same_seed_is_the_same_case_and_the_same_world() -> None:
    one, other = case_of(SCHEMA, 5), case_of(SCHEMA, 5)
    assert one == other
    assert one != case_of(SCHEMA, 6)
    sizes = [World(5, 0.1, 0.0).sheet("root").column("number") for _ in range(2)]
    assert repr(sizes[0]) == repr(sizes[1])
