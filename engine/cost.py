"""Cost: what a plan may ask of the sources at most, known before it runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import NamedTuple

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from engine.plan import READS_MAX, Plan, PlannedRead

SATURATED = 10**9
"""Numbers stop here, so that no product becomes a long integer."""

CALL_COST = 10
"""What a question to a source costs besides its rows: about as much as that many rows."""

PAGES_TRIED_MAX = 3
"""For how many reads a smaller page is looked for, where an operation is too expensive."""


class Cost(NamedTuple):
    """Upper bounds: rows that all reads may bring, questions to sources, and both in one number.

    A question is one statement, or a few where a source takes only so many keys in one.
    """

    rows: int
    calls: int

    @property
    def total(self) -> int:
        return min(SATURATED, self.rows + CALL_COST * self.calls)


FREE = Cost(0, 0)


def cost_of(plan: Plan, variables: VariableValues) -> Cost:
    """What an operation may cost with these variables. Each read has as many parents as the read above it has rows."""
    if not plan.is_bounded:
        return Cost(SATURATED, READS_MAX)
    return _cost(plan, *_asked(plan, variables))


class Cheaper(NamedTuple):
    """That a page of one read with fewer rows than `rows` brings an operation down to `cost`."""

    read: PlannedRead
    rows: int
    fewer_rows: int
    cost: Cost


def dearest(plan: Plan, variables: VariableValues) -> PlannedRead | None:
    """The read of a bounded plan that may bring most rows."""
    pages, _ = _asked(plan, variables)
    rows = _rows(plan, pages)
    return max(plan.reads, key=lambda read: rows[id(read)], default=None)


def cheaper(
    plan: Plan, variables: VariableValues, fits: Callable[[Cost], bool], resizable: Callable[[PlannedRead], bool]
) -> Cheaper | None:
    """The mildest change of one page, among those that most hangs on, with which a bounded plan fits; None without."""
    pages, calls = _asked(plan, variables)
    below = _rows_below(plan, pages)
    asked = [read for read in plan.reads if pages[id(read)] > 1 and resizable(read)]
    found: list[Cheaper] = []
    for read in sorted(asked, key=lambda read: (-below[id(read)], -len(read.path)))[:PAGES_TRIED_MAX]:
        fewer_rows = _largest_page(plan, pages, read, calls, fits)
        if fewer_rows:
            cost = _cost(plan, {**pages, id(read): fewer_rows}, calls)
            found.append(Cheaper(read, pages[id(read)], fewer_rows, cost))
    return max(found, key=lambda one: one.fewer_rows / one.rows, default=None)


def _largest_page(
    plan: Plan, pages: Mapping[int, int], read: PlannedRead, calls: int, fits: Callable[[Cost], bool]
) -> int:
    """Of how many rows a page of one read, smaller than it is, may be so that the plan fits; 0 where none does."""
    smaller = range(1, pages[id(read)])
    # A larger page never costs less: those that fit come first, and are as many as the largest of them has rows.
    return bisect_left(smaller, True, key=lambda rows: not fits(_cost(plan, {**pages, id(read): rows}, calls)))


def _asked(plan: Plan, variables: VariableValues) -> tuple[dict[int, int], int]:
    """How many rows one parent of each read gets at most, and how many questions all reads take."""
    asked = {id(read): _asked_for(read, variables) for read in plan.reads}
    return {read: rows for read, (rows, _) in asked.items()}, sum(calls for _, calls in asked.values())


def _cost(plan: Plan, pages: Mapping[int, int], calls: int) -> Cost:
    return Cost(min(SATURATED, sum(_rows(plan, pages).values())), calls)


def _rows(plan: Plan, pages: Mapping[int, int]) -> dict[int, int]:
    """How many rows each read brings at most."""
    rows: dict[int, int] = {}
    for read in plan.reads:
        parents = rows[id(read.parent)] if read.parent is not None else 1
        rows[id(read)] = min(SATURATED, parents * pages[id(read)])
    return rows


def _rows_below(plan: Plan, pages: Mapping[int, int]) -> dict[int, int]:
    """How many rows each read brings together with all reads below it: parents come before their children."""
    below = _rows(plan, pages)
    for read in reversed(plan.reads):
        if read.parent is not None:
            below[id(read.parent)] = min(SATURATED, below[id(read.parent)] + below[id(read)])
    return below


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


def _asked_for(read: PlannedRead, variables: VariableValues) -> tuple[int, int]:
    """How many rows one parent gets at most, and how many questions that takes."""
    rows_max, calls = read.batch.rows_max, read.batch.calls
    if rows_max is None and calls is None:
        return 1, 1
    try:
        arguments = read.field.arguments(variables, hide_suggestions=True)
    except GraphQLError:
        return 0, 1  # the field fails before it reads
    # Never below zero, whatever is asked for: one field would pay for the others.
    return (
        max(0, rows_max(arguments, read.selection)) if rows_max is not None else 1,
        max(0, calls(arguments, read.selection)) if calls is not None else 1,
    )
