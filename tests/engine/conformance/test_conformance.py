"""graphql-core's own tests pass through the engine, but for those that are listed with the reason why they need not.

They take half a minute, and run with --all; without it, tests/engine/differential compares both lanes.
"""

from __future__ import annotations

import pytest

from tests.engine.conformance import suite
from tests.engine.conformance.suite import Difference, Outcome

COMPILED_MIN = 380
"""How many executions of the suite must be compiled, so that handing everything to graphql-core cannot pass."""


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    try:
        folder = suite.fetched()
    except suite.Unreachable as unreachable:
        pytest.skip(str(unreachable))
    return suite.run(folder)


@pytest.mark.slow
def test_what_fails_is_what_is_listed(outcome: Outcome) -> None:
    found = suite.difference(outcome, set(suite.not_applicable()))
    assert found == Difference([], [], []), "\n\n".join(outcome.reasons[test] for test in found.failed)


@pytest.mark.slow
def test_the_suite_ran_whole(outcome: Outcome) -> None:
    assert outcome.outcomes.keys() >= {
        "tests/execution/test_lists.py::describe_execute_accepts_any_iterable_as_list_value::accepts_a_set_as_a_list_value",
        "tests/test_docs.py::describe_introduction::getting_started",
        "tests/test_star_wars_query.py::describe_star_wars_query_tests::describe_basic_queries::correctly_identifies_r2_d2_as_hero_of_the_star_wars_saga",
        "tests/type/test_enum.py::describe_type_system_enum_values::accepts_enum_literals_as_input",
    }
    assert outcome.having("skipped") == set()


@pytest.mark.slow
def test_enough_is_compiled(outcome: Outcome) -> None:
    assert outcome.lanes.get("compiled", 0) >= COMPILED_MIN, outcome.lanes


def test_a_difference_is_told_from_all_sides() -> None:
    outcome = Outcome(
        outcomes={"a": "passed", "b": "failed", "c": "failed", "d": "passed", "e": "skipped"}, reasons={}, lanes={}
    )
    assert suite.difference(outcome, {"b", "d", "e", "f"}) == Difference(failed=["c"], stale=["d", "e"], unknown=["f"])


def test_each_reason_is_a_sentence() -> None:
    reasons = set(suite.not_applicable().values())
    assert [reason for reason in reasons if not reason.strip().endswith(".") or not reason.strip()[0].isupper()] == []
