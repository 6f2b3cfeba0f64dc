"""Outgoing: a result, a refusal, a price or a plan -> what a client is told, in its language and nothing internal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from engine.cost import CALL_COST, Cheaper, Cost, cheaper, dearest
from engine.lanes import Priced
from engine.plan import PlannedRead
from models.city import City
from models.errors import BadInput, HubError, Internal, TooExpensive
from models.request import Request
from models.sources.plan_steps import PlanStep, PlanSteps
from models.values.localized import Language

ERRORS_MAX = 100
MESSAGE_CHARS_MAX = 1_000
"""How long a message may be that repeats what a client wrote."""

FORWARDS, BACKWARDS = "first", "last"
"""The arguments of a list that say how many rows a page has at most."""

ErrorLog = Callable[[str, str, BaseException], None]
"""Told of what nobody foresaw: the request's id, what happened, and the exception."""


NO_DETAILS: Mapping[str, Any] = MappingProxyType({})


def error_body(error: HubError, language: Language, details: Mapping[str, Any] = NO_DETAILS) -> dict[str, Any]:
    """A request that was refused as a whole. `details` stand beside the code, for programs."""
    return {"errors": [{"message": error.text(language), "extensions": {"code": error.code, **details}}]}


def refused_errors(errors: Sequence[GraphQLError], code: str) -> dict[str, Any]:
    """The client's own mistakes, in full: they speak of its document and of nothing else."""
    return {"errors": [{**_place(error), "extensions": {"code": code}} for error in errors[:ERRORS_MAX]]}


def answer(
    result: ExecutionResult, request: Request, city: City, log: ErrorLog, cost: Cost, subjects: Collection[str]
) -> dict[str, Any]:
    """Data, errors, what it may have cost, how old it is and how every source did, as a JSON object.

    Its age is that of the oldest data of `subjects`, the records that it is about: what their rows name may be older.
    """
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = field_errors(result.errors, request, log)
    extensions: dict[str, Any] = {"cost": shown_cost(cost)} if cost.total else {}
    if request.report.lines:
        extensions["asOf"] = _shown(request.report.oldest_of(subjects), city)
        extensions["sources"] = _sources(request, city)
    if extensions:
        body["extensions"] = extensions
    return body


def field_errors(errors: Sequence[GraphQLError], request: Request, log: ErrorLog) -> list[dict[str, Any]]:
    """One entry per cause, at its first path, with the number of places that it struck."""
    entries: dict[int, dict[str, Any]] = {}
    for error in errors:
        cause = error.original_error or error
        entry = entries.get(id(cause))
        if entry is not None:
            entry["extensions"]["count"] += 1
        elif len(entries) < ERRORS_MAX:
            entries[id(cause)] = _field_error(error, request, log)
    for error in errors:
        _let_go(error)
        _let_go(error.original_error)
    return list(entries.values())


def _let_go(error: BaseException | None) -> None:
    """Let go of the calls that an error went through: they hold it, so that only the garbage collector frees them."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _field_error(error: GraphQLError, request: Request, log: ErrorLog) -> dict[str, Any]:
    cause: BaseException = error.original_error or error
    if isinstance(cause, StrawberryInputCoercionError):
        # A literal that validation lets through: it speaks of the client's document and of nothing else.
        cause = BadInput("document_invalid", detail=str(cause.message))
    if not isinstance(cause, HubError):
        log(request.id, "a field failed in a way that nobody foresaw", cause)
        cause = Internal("internal", request_id=request.id)
    entry = {**_place(error), "message": cause.text(request.language)}
    status = {} if cause.status is None else {"status": cause.status}
    return {**entry, "extensions": {"code": cause.code, "count": 1, **status}}


def _place(error: GraphQLError) -> dict[str, Any]:
    message = error.message
    if len(message) > MESSAGE_CHARS_MAX:
        message = message[:MESSAGE_CHARS_MAX] + "…"
    entry: dict[str, Any] = {"message": message}
    if error.locations:
        entry["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        entry["path"] = list(error.path)
    return entry


def _sources(request: Request, city: City) -> list[dict[str, Any]]:
    return [
        {
            "source": name,
            "state": line.state.value,
            "asOf": _shown(line.as_of, city),
            "ms": round(line.elapsed_ms, 1),
            "calls": line.calls,
            "findings": line.findings,
        }
        for name, line in sorted(request.report.lines.items())
    ]


def _shown(moment: datetime | None, city: City) -> str | None:
    return moment.astimezone(city.time_zone).isoformat(timespec="milliseconds") if moment is not None else None


def dumped(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps(body)


# --- What it may cost -------------------------------------------------------------------------------------------------


def shown_cost(cost: Cost) -> dict[str, Any]:
    """A cost as clients see it; units are what budgets are counted in."""
    shown = {"units": cost.total, "rows": cost.rows, "calls": cost.calls}
    besides = {"looked": cost.looked, "schemaFields": cost.schema_fields}
    return shown | {name: number for name, number in besides.items() if number}


def details_of(priced: Priced, fits: Callable[[Cost], bool], language: Language) -> dict[str, Any]:
    """The extensions of a refusal: cost, the path of the dearest part, and a change of one page after which it fits."""
    plan = priced.plan
    if plan is None:
        return {}
    details: dict[str, Any] = {"cost": shown_cost(priced.cost)}
    if not plan.is_bounded:
        return details
    part = dearest(plan, priced.variables)
    if part is not None:
        details["dearest"] = list(part.path)
    change = cheaper(plan, priced.variables, fits, _is_list)
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


# --- How it ran -------------------------------------------------------------------------------------------------------


def shown_plan(priced: Priced, request: Request, steps: PlanSteps, *, compiles: bool) -> dict[str, Any]:
    """What `extensions.plan` tells of an operation that ran: names, numbers and shapes, never a value."""
    whole = priced.plan.whole if priced.plan is not None else None
    rows, calls = sum(step.rows for step in steps.kept), sum(line.calls for line in request.report.lines.values())
    spent = {"units": rows + CALL_COST * calls, "rows": rows, "calls": calls}
    shown: dict[str, Any] = {
        "lane": "compiled" if compiles and whole is None else "reference",
        "levels": _levels(priced),
        "steps": [_shown_step(step) for step in steps.kept],
        "stepsDropped": steps.dropped,
        "cost": {"spent": spent, "estimated": shown_cost(priced.cost)},
    }
    return shown if whole is None else {**shown, "because": whole}


def _levels(priced: Priced) -> list[list[dict[str, Any]]]:
    """The planned reads, those of one level together: each is asked when the one above it has been."""
    levels: list[list[dict[str, Any]]] = []
    for read in priced.reads:
        depth = _depth(read)
        levels += [[] for _ in range(depth + 1 - len(levels))]
        levels[depth].append({"path": list(read.path), "record": read.record})
    return levels


def _depth(read: PlannedRead) -> int:
    depth = 0
    while read.parent is not None:
        read, depth = read.parent, depth + 1
    return depth


def _shown_step(step: PlanStep) -> dict[str, Any]:
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
