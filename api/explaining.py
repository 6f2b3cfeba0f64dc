"""Explaining: who may see how an operation runs, and what they are told: names, numbers and shapes, never a value."""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import Headers

from api.incoming import HttpRefusal
from api.pricing import shown_cost
from engine.cost import CALL_COST
from engine.lanes import Priced
from engine.plan import PlannedRead
from models.errors import Forbidden
from models.plan_steps import Step, Steps
from models.request import Request
from models.viewer import Role, Viewer

EXPLAIN_HEADER: Final = "hub-explain"
EXPLAINED_TO: Final = frozenset({Role.OPERATOR, Role.DEVELOPER})


def steps_for(headers: Headers, viewer: Viewer) -> Steps | None:
    """Where to note steps, if these headers ask for it. Raises HttpRefusal (403) where it is not this viewer's."""
    if headers.get(EXPLAIN_HEADER, "0").strip() in ("", "0"):
        return None
    if viewer.role not in EXPLAINED_TO:
        known = ", ".join(sorted(role.value for role in EXPLAINED_TO))
        raise HttpRefusal(403, Forbidden("explain_role", roles=known))
    return Steps()


def shown_plan(priced: Priced | None, request: Request, steps: Steps, *, compiles: bool) -> dict[str, Any]:
    """What `extensions.plan` tells. Without a plan there are the steps alone."""
    rows, calls = sum(step.rows for step in steps.kept), sum(line.calls for line in request.report.lines.values())
    spent = {"units": rows + CALL_COST * calls, "rows": rows, "calls": calls}
    shown: dict[str, Any] = {
        "lane": "compiled" if compiles and priced is not None and priced.plan.whole is None else "reference",
        "levels": [],
        "steps": [_shown_step(step) for step in steps.kept],
        "stepsDropped": steps.dropped,
        "cost": {"spent": spent},
    }
    if priced is not None:
        shown["levels"] = _levels(priced)
        shown["cost"]["estimated"] = shown_cost(priced.cost)
        if priced.plan.whole is not None:
            shown["because"] = priced.plan.whole
    return shown


def _levels(priced: Priced) -> list[list[dict[str, Any]]]:
    """The planned reads, those of one level together: each is asked when the one above it has been."""
    levels: list[list[dict[str, Any]]] = []
    for read in priced.plan.reads:
        depth = _depth(read)
        levels += [[] for _ in range(depth + 1 - len(levels))]
        levels[depth].append({"path": list(read.path), "record": read.record})
    return levels


def _depth(read: PlannedRead) -> int:
    depth = 0
    while read.parent is not None:
        read, depth = read.parent, depth + 1
    return depth


def _shown_step(step: Step) -> dict[str, Any]:
    return {
        "asked": step.asked,
        "record": step.record,
        "source": step.source,
        "cache": step.cache,
        "statement": step.statement,
        "pushed": step.pushed,
        "inHub": list(step.in_hub),
        "rows": step.rows,
        "ms": step.ms,
    }
