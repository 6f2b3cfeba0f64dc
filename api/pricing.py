"""Pricing: what a refused operation is told: what it may cost, which part of it most, and how to ask for less. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.cost import Cheaper, Cost, cheaper, dearest
from engine.lanes import Priced
from engine.plan import PlannedRead
from models.errors import TooExpensive
from models.localized import Language

FORWARDS, BACKWARDS = "first", "last"
"""The arguments of a list that say how many rows a page has at most."""


def shown_cost(cost: Cost) -> dict[str, Any]:
    """A cost as clients see it; units are what budgets are counted in."""
    return {"units": cost.total, "rows": cost.rows, "calls": cost.calls}


def details_of(priced: Priced, fits: Callable[[Cost], bool], language: Language) -> dict[str, Any]:
    """The extensions of a refusal: cost, the path of the dearest part, and a change of one page after which it fits."""
    details: dict[str, Any] = {"cost": shown_cost(priced.cost)}
    if not priced.plan.is_bounded:
        return details
    part = dearest(priced.plan, priced.variables)
    if part is not None:
        details["dearest"] = list(part.path)
    change = cheaper(priced.plan, priced.variables, fits, _is_list)
    if change is not None:
        details["cheaper"] = _shown_change(change)
        details["advice"] = _advice(details["cheaper"], language)
    return details


def _is_list(read: PlannedRead) -> bool:
    return FORWARDS in read.field.field.args


def _shown_change(change: Cheaper) -> dict[str, Any]:
    given = {argument.name.value for argument in change.read.field.nodes[0].arguments or ()}
    return {
        "path": list(change.read.path),
        "argument": BACKWARDS if BACKWARDS in given else FORWARDS,
        "value": change.fewer_rows,
        "insteadOf": change.rows,
        "units": change.cost.total,
    }


def _advice(change: dict[str, Any], language: Language) -> str:
    return TooExpensive(
        "cheaper",
        argument=change["argument"],
        value=change["value"],
        insteadOf=change["insteadOf"],
        path=".".join(change["path"]),
        units=change["units"],
    ).text(language)
