"""Plan steps: notes each question of an operation, for a client that asks to explain it."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

from strawberry.utils.str_converters import to_camel_case

from connectors.cache.reads import CachedAnswer
from connectors.cache.rules import may_be_kept
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.protocol import RawGroups, Rows
from connectors.statement_shapes import shape_of
from models.batch import ServedFrom
from models.predicates import fields_of
from models.request import Request
from models.sources.plan_steps import PlanStep

T = TypeVar("T")

AskedFor = Criteria | CountCriteria | GroupCriteria
_NAMES: dict[type, str] = {Criteria: "ROWS", CountCriteria: "COUNT", GroupCriteria: "GROUPS"}
MISS, HIT, STALE, COPY, NONE = "MISS", "HIT", "STALE", "COPY", "NONE"


async def stepped(
    request: Request, binding: Binding, criteria: AskedFor, answering: Awaitable[CachedAnswer[T]]
) -> CachedAnswer[T]:
    """Await the answer and note a step. A failure has no step; extensions.sources reports it."""
    began_s = time.perf_counter()
    answer = await answering
    mapping = binding.mapping
    step = PlanStep(
        _NAMES[type(criteria)],
        mapping.record.name,
        mapping.source,
        _cache_of(request, binding, criteria, answer),
        shape_of(binding.connector, mapping, criteria),
        _pushed(criteria),
        _in_hub(binding, criteria),
        _rows_in(answer.value),
        round((time.perf_counter() - began_s) * 1000, 1),
    )
    if request.steps is not None:
        request.steps.note(step)
    return answer


def _rows_in(value: object) -> int:
    """The number of rows, groups or counts in an answer."""
    if isinstance(value, list):
        return len(value)
    return value.length if isinstance(value, Rows | RawGroups) else 0


def _cache_of(request: Request, binding: Binding, criteria: AskedFor, answer: CachedAnswer[T]) -> str:
    if binding.connector.is_local:
        return COPY
    if not may_be_kept(binding, criteria):
        return NONE
    if answer.served_from is not ServedFrom.CACHE:
        return MISS
    fresh_for = binding.mapping.fresh_for
    return STALE if fresh_for is not None and request.now - answer.at > fresh_for else HIT


def _pushed(criteria: AskedFor) -> dict[str, object]:
    """What the source does by itself. The filtered fields include those of the policy's own conditions."""
    pushed: dict[str, object] = {"filter": _named(fields_of(criteria.where))}
    if isinstance(criteria, GroupCriteria):
        return {**pushed, "group": _named(criteria.columns), "maximum": criteria.groups_max}
    if criteria.parents is not None:
        pushed["parents"] = len(criteria.parents.keys)
    if isinstance(criteria, Criteria):
        pushed["columns"] = _named(criteria.columns)
        pushed["order"] = [to_camel_case(order.field) for order in criteria.order]
        pushed["maximum"] = criteria.rows_max
        pushed["after"] = criteria.keyset is not None
        pushed["joins"] = [to_camel_case(join.relation) for join in criteria.joins]
    return pushed


def _in_hub(binding: Binding, criteria: AskedFor) -> tuple[str, ...]:
    """What the hub does: it always cleans values, and merges groups of spellings."""
    done = ["clean"] if not isinstance(criteria, CountCriteria) else []
    if isinstance(criteria, GroupCriteria):
        done.append("merge")
    if not binding.connector.capabilities.sorts and isinstance(criteria, Criteria):
        done += ["filter", "sort"]
    return tuple(done)


def _named(fields: frozenset[str] | tuple[str, ...]) -> list[str]:
    return sorted(map(to_camel_case, fields))
