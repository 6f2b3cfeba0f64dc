"""Works out, before a plan runs, the most that it may ask of the sources."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from engine.facts import Selection
from engine.plan import READS_MAX, Plan, PlannedRead

SATURATED = 10**9
"""Sums and products saturate here, so that none becomes a long integer."""

CALL_COST = 10
"""The cost of one call of a source, in rows, besides the rows that it returns."""

SCHEMA_FIELDS_PER_UNIT = 20
"""How many fields of an introspection answer cost as much as one row; they take about as long."""

PAGES_TRIED_MAX = 3
"""How many reads are tried with a smaller page where an operation is too expensive."""


class Cost(NamedTuple):
    """Upper bounds of one operation: rows returned, calls of sources, rows examined, fields of introspection.

    A call is one statement, or a few where a source limits the keys of one. `looked` is the work of counting, grouping,
    sorting and searching, in returned rows that take a source as long.
    """

    rows: int
    calls: int
    looked: int = 0
    schema_fields: int = 0

    @property
    def total(self) -> int:
        of_schema = -(-self.schema_fields // SCHEMA_FIELDS_PER_UNIT)
        return min(SATURATED, self.rows + CALL_COST * self.calls + self.looked + of_schema)


FREE = Cost(0, 0)


def cost_of(plan: Plan, variables: VariableValues) -> Cost:
    """The most an operation may cost with these variables. A read has as many parents as its parent read has rows."""
    if not plan.is_bounded:
        return Cost(SATURATED, READS_MAX)
    return _cost(plan, *_asked(plan, variables))


class Cheaper(NamedTuple):
    """A smaller page of one read, `fewer_rows` instead of `rows`, with which the operation costs only `cost`."""

    read: PlannedRead
    rows: int
    fewer_rows: int
    cost: Cost


def dearest(plan: Plan, variables: VariableValues) -> PlannedRead | None:
    """The read of a bounded plan that may return most rows."""
    pages, _ = _asked(plan, variables)
    rows = _rows(plan, pages)
    return max(plan.reads, key=lambda read: rows[id(read)], default=None)


def cheaper(
    plan: Plan, variables: VariableValues, fits: Callable[[Cost], bool], resizable: Callable[[PlannedRead], bool]
) -> Cheaper | None:
    """The mildest reduction of one page with which a bounded plan fits, None without one. Tries the costliest reads."""
    pages, fixed = _asked(plan, variables)
    below = _rows_below(plan, pages)
    asked = [read for read in plan.reads if pages[id(read)] > 1 and resizable(read)]
    found: list[Cheaper] = []
    for read in sorted(asked, key=lambda read: (-below[id(read)], -len(read.path)))[:PAGES_TRIED_MAX]:
        fewer_rows = _largest_page(plan, pages, read, fixed, fits)
        if fewer_rows:
            cost = _cost(plan, {**pages, id(read): fewer_rows}, fixed)
            found.append(Cheaper(read, pages[id(read)], fewer_rows, cost))
    return max(found, key=lambda one: one.fewer_rows / one.rows, default=None)


def _largest_page(
    plan: Plan, pages: Mapping[int, int], read: PlannedRead, fixed: Cost, fits: Callable[[Cost], bool]
) -> int:
    """The largest smaller page of one read with which the plan fits, in rows; 0 where none does."""
    smaller = range(1, pages[id(read)])
    # A larger page never costs less, so pages that fit come first, and their number is the size of the largest.
    return bisect_left(smaller, True, key=lambda rows: not fits(_cost(plan, {**pages, id(read): rows}, fixed)))


def _asked(plan: Plan, variables: VariableValues) -> tuple[dict[int, int], Cost]:
    """The most rows per parent of each read, and what all reads cost besides their rows."""
    asked = {id(read): _asked_for(read, variables) for read in plan.reads}
    calls, looked = (sum(one[at] for one in asked.values()) for at in (1, 2))
    return {read: cost.rows for read, cost in asked.items()}, Cost(0, calls, min(SATURATED, looked))


def _cost(plan: Plan, pages: Mapping[int, int], fixed: Cost) -> Cost:
    return fixed._replace(rows=min(SATURATED, sum(_rows(plan, pages).values())), schema_fields=plan.schema_fields)


def _rows(plan: Plan, pages: Mapping[int, int]) -> dict[int, int]:
    """The most rows that each read returns."""
    rows: dict[int, int] = {}
    for read in plan.reads:
        parents = rows[id(read.parent)] if read.parent is not None else 1
        rows[id(read)] = min(SATURATED, parents * pages[id(read)])
    return rows


def _rows_below(plan: Plan, pages: Mapping[int, int]) -> dict[int, int]:
    """The most rows that each read returns, together with all reads below it."""
    below = _rows(plan, pages)
    for read in reversed(plan.reads):
        if read.parent is not None:
            below[id(read.parent)] = min(SATURATED, below[id(read.parent)] + below[id(read)])
    return below


def variable_values_used(plan: Plan, given: Mapping[str, object]) -> int:
    """How many values the reads of a plan may take from these variables before coercion."""
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


def _asked_for(read: PlannedRead, variables: VariableValues) -> Cost:
    """The most rows that one parent gets, the calls that this takes, and the rows examined for it."""
    batch = read.batch
    if batch.rows_max is None and batch.calls is None and batch.looks is None:
        return Cost(1, 1)
    form = read.field.form(variables)
    try:
        arguments = read.field.arguments(variables, hide_suggestions=True) if form is None else {}
    except GraphQLError:
        return Cost(0, 1)  # the field fails before it reads

    def told(function: Callable[[Mapping[str, Any], Selection], int] | None, otherwise: int) -> int:
        if function is None:
            return otherwise
        if form is not None:
            return max(0, form.told(function, read.selection, variables))
        return max(0, function(arguments, read.selection))

    # Never below zero, whatever the arguments: a negative cost would pay for other fields.
    return Cost(told(batch.rows_max, 1), told(batch.calls, 1), told(batch.looks, 0))
