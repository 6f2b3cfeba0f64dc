"""Outgoing: a result -> bytes, with errors in the client's language and nothing internal in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from api.pricing import shown_cost
from engine.cost import Cost
from models.city import City
from models.errors import BadInput, HubError, Internal
from models.localized import Language
from models.request import Request

ERRORS_MAX = 100

ErrorLog = Callable[[str, str, BaseException], None]
"""Told of what nobody foresaw: the request's id, what happened, and the exception."""


NO_DETAILS: Mapping[str, Any] = MappingProxyType({})


def error_body(error: HubError, language: Language, details: Mapping[str, Any] = NO_DETAILS) -> dict[str, Any]:
    """A request that was refused as a whole. `details` stand beside the code, for programs."""
    return {"errors": [{"message": error.text(language), "extensions": {"code": error.code, **details}}]}


def refused_errors(errors: Sequence[GraphQLError], code: str) -> dict[str, Any]:
    """The client's own mistakes, in full: they speak of its document and of nothing else."""
    return {"errors": [{**_place(error), "extensions": {"code": code}} for error in errors[:ERRORS_MAX]]}


def answer(result: ExecutionResult, request: Request, city: City, log: ErrorLog, cost: Cost) -> dict[str, Any]:
    """Data, errors, what it may have cost and how every source did, as a JSON object."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = field_errors(result.errors, request, log)
    extensions: dict[str, Any] = {"cost": shown_cost(cost)} if cost.total else {}
    if request.report.lines:
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
    return {**entry, "extensions": {"code": cause.code, "count": 1}}


def _place(error: GraphQLError) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": error.message}
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
