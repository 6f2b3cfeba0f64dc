"""Cost: what a plan may ask of the sources at most, known before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from engine.plan import READS_MAX, Plan, PlannedRead

SATURATED = 10**9
"""Numbers stop here, so that no product becomes a long integer."""

CALL_COST = 10
"""What a question to a source costs besides its rows: about as much as that many rows."""


class Cost(NamedTuple):
    """Upper bounds: rows that all reads may bring, questions to sources, and both in one number.

    A question is one statement, or a few where a source takes only so many keys in one.
    """

    rows: int
    calls: int

    @property
    def total(self) -> int:
        return min(SATURATED, self.rows + CALL_COST * self.calls)


def cost_of(plan: Plan, variables: VariableValues) -> Cost:
    """What an operation may cost with these variables. Each read has as many parents as the read above it has rows."""
    if not plan.is_bounded:
        return Cost(SATURATED, READS_MAX)
    rows: dict[int, int] = {}
    calls = 0
    for read in plan.reads:
        parents = rows[id(read.parent)] if read.parent is not None else 1
        rows[id(read)] = min(SATURATED, parents * _rows_max(read, variables))
        asked = read.batch.calls
        calls += asked(read.selection) if asked is not None else 1
    return Cost(min(SATURATED, sum(rows.values())), calls)


def variable_values_used(plan: Plan, given: Mapping[str, object]) -> int:
    """How many values the reads of a plan may take from these variables, before they are coerced."""
    uses = sum(read.field.uses_variables for read in plan.reads)
    return min(SATURATED, uses * _values_count(given)) if uses else 0


def _values_count(given: Mapping[str, object]) -> int:
    count = 0
    pending: list[object] = list(given.values())
    while pending:
        value = pending.pop()
        count += 1
        if isinstance(value, Mapping):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return count


def _rows_max(read: PlannedRead, variables: VariableValues) -> int:
    """How many rows one parent gets at most."""
    rows_max = read.batch.rows_max
    if rows_max is None:
        return 1
    try:
        arguments = read.field.arguments(variables, hide_suggestions=True)
    except GraphQLError:
        return 0  # the field fails before it reads
    return rows_max(arguments, read.selection)
