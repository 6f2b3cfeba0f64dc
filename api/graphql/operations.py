"""Operations: one document with its variables -> the JSON object that answers it. What the route and the page share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, OperationType
from strawberry.utils.str_converters import to_camel_case

from api.graphql.incoming import HttpRefusal, Incoming
from api.graphql.outgoing import (
    ErrorLog,
    answer,
    details_of,
    error_body,
    field_errors,
    refused_errors,
    shown_plan,
)
from api.observability.metrics import Refusal
from api.observability.telemetry import Observed, Telemetry
from api.overload.urgency import is_urgent
from engine.documents.introspection import SCHEMA_FIELDS
from engine.documents.kept import InvalidDocument, Prepared, root_names
from engine.documents.limits import LimitExceeded
from engine.lanes import Lanes, Priced, RowsExceeded, Subscribed
from engine.plan import PlannedRead
from models.errors import BadInput, BadRequest, Forbidden, LedgerUnavailable, TooExpensive
from models.policy.viewer import Purpose, Role, Viewer
from models.records import public_fields
from models.request import Deadline, Request, SourceReport
from models.sources.plan_steps import PlanSteps
from models.values.localized import Language
from schema.build import RECORDS
from schema.core.context import Context, Services
from store.ledger.recording import Ledger

T = TypeVar("T")

RETRY_AFTER_S = 5
"""When to come again after personal data was refused, because its read could not be recorded."""


class Refused(Exception):
    """The document, or what came with it, cannot be run. `body` says why, to the client."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("refused")
        self.body = body


@dataclass(frozen=True)
class Ready:
    """An operation that may run: its document is valid. `operation` is None where the client did not say which one."""

    incoming: Incoming
    prepared: Prepared
    operation: OperationDefinitionNode | None
    lanes: Lanes

    @cached_property
    def priced(self) -> Priced:
        """What it may cost, worked out once, by whoever wants it first: a kept answer is given without it."""
        return self.lanes.priced(self.prepared, self.incoming.operation_name, self.incoming.variables)

    @property
    def is_urgent(self) -> bool:
        return self.operation is not None and is_urgent(self.prepared, self.operation)


@dataclass(frozen=True, slots=True)
class Operations:
    """Prepares and runs operations. `observe` is told how the sources did, once per operation.

    What is personal in an answer is in the `ledger` before the answer is given back. `hides_schema` is whether the
    anonymous read the schema as a file only.
    """

    services: Services
    lanes: Lanes
    deadline_ms: int
    log: ErrorLog
    observe: Callable[[SourceReport], None]
    ledger: Ledger
    telemetry: Telemetry = field(default_factory=Telemetry)
    hides_schema: bool = False

    def prepare(self, incoming: Incoming, language: Language, *, read_only: bool, streams: bool = False) -> Ready:
        """Raises Refused, and HttpRefusal (405) for an operation that changes something where it may only read.

        A subscription is refused (400) where what answers does not stream.
        """
        try:
            prepared = self.lanes.prepare(incoming.query)
        except LimitExceeded as limit:
            raise Refused(error_body(beyond_limit(limit), language)) from None
        except GraphQLSyntaxError as syntax:
            raise Refused(refused_errors([syntax], BadRequest.code)) from None
        except InvalidDocument as invalid:
            raise Refused(refused_errors(invalid.errors, BadRequest.code)) from None
        operation = prepared.operation(incoming.operation_name)
        kind = operation.operation if operation is not None else OperationType.QUERY
        if read_only and kind is OperationType.MUTATION:
            raise HttpRefusal(405, BadRequest("get_mutation"), {"allow": "POST"})
        if kind is OperationType.SUBSCRIPTION and not streams:
            raise HttpRefusal(400, BadRequest("subscription_media"))
        return Ready(incoming, prepared, operation, self.lanes)

    def request(
        self,
        request_id: str,
        viewer: Viewer,
        language: Language,
        ready: Ready,
        purpose: Purpose | None = None,
        steps: PlanSteps | None = None,
    ) -> Request:
        """The context of one operation, whose time starts now. Raises Refused where the schema is not shown to all."""
        if self.hides_schema and viewer.role is Role.ANONYMOUS and not ready.incoming.is_trusted:
            self._refuse_introspection(ready, language)
        name = ready.operation.name.value if ready.operation is not None and ready.operation.name else None
        return Request(
            request_id,
            viewer,
            Deadline.in_ms(self.deadline_ms),
            language,
            purpose,
            operation_name=name,
            is_trusted=ready.incoming.is_trusted,
            is_urgent=ready.is_urgent,
            steps=steps,
            idempotency_key=ready.incoming.idempotency_key,
        )

    def _refuse_introspection(self, ready: Ready, language: Language) -> None:
        if ready.operation is not None and root_names(ready.prepared, ready.operation) & SCHEMA_FIELDS:
            self.telemetry.metrics.refused(Refusal.INTROSPECTION)
            raise Refused(error_body(Forbidden("introspection"), language))

    def refuse_personal_url(self, ready: Ready) -> None:
        """Raises HttpRefusal (405) for an operation whose address holds values of personal fields."""
        if has_personal_arguments(ready.priced):
            self.telemetry.metrics.refused(Refusal.PERSONAL_GET)
            raise HttpRefusal(405, BadRequest("get_personal"), {"allow": "POST"})

    async def run(self, ready: Ready, request: Request) -> dict[str, Any]:
        """Data, errors of fields and how the sources did. Raises Refused when nothing was run.

        Raises HttpRefusal (503) where the ledger cannot keep what was read: nothing of it leaves.
        """
        kind = ready.operation.operation.value if ready.operation is not None else "unclear"
        with self.telemetry.operation(request.operation_name, kind) as observed:
            try:
                body = await self._run(ready, request, observed)
            except Refused:
                observed.outcome = "refused"
                raise
            observed.answered(body)
            return body

    def _rows_refused(self, ready: Ready, many: RowsExceeded, language: Language) -> dict[str, Any]:
        error = TooExpensive("rows_many", rows=many.cost.rows, allowed=many.rows_max)
        self.telemetry.metrics.refused(Refusal.ROWS)
        return error_body(error, language, details_of(ready.priced, lambda cost: cost.rows <= many.rows_max, language))

    async def subscribe(self, ready: Ready, request: Request) -> Subscribed:
        """Begin a subscription. Raises Refused."""
        with self.telemetry.operation(request.operation_name, "subscribe") as observed:
            work = self.lanes.subscribe(ready.priced, Context(request, self.services))
            try:
                result = await self._limited(work, ready, request)
                if isinstance(result, ExecutionResult):
                    raise self._not_begun(ready, result, request)
            except Refused:
                observed.outcome = "refused"
                raise
            observed.outcome = "ok"
            return result

    async def event(self, ready: Ready, subscribed: Subscribed, happening: object, request: Request) -> dict[str, Any]:
        """What a subscription answers to what has happened. Raises HttpRefusal as `run` does."""
        with self.telemetry.operation(request.operation_name, "subscription") as observed:
            observed.costs(ready.priced.cost)
            try:
                result = await subscribed.answer(happening, Context(request, self.services))
            finally:
                self.observe(request.report)
            body = await self._recorded(result, ready, request, observed)
            observed.answered(body)
            return body

    def _not_begun(self, ready: Ready, result: ExecutionResult, request: Request) -> Refused:
        """Why a subscription did not begin: the client's own mistake in full, or what failed, like a field."""
        errors = result.errors or []
        if any(error.path is not None for error in errors):
            return Refused({"errors": field_errors(errors, request, self.log)})
        return Refused(refused_errors(errors, BadRequest.code if ready.operation is None else BadInput.code))

    async def _run(self, ready: Ready, request: Request, observed: Observed) -> dict[str, Any]:
        observed.costs(ready.priced.cost)
        work = self.lanes.run(ready.priced, Context(request, self.services))
        try:
            result = await self._limited(work, ready, request)
        finally:
            self.observe(request.report)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            code = BadRequest.code if ready.operation is None else BadInput.code
            raise Refused(refused_errors(result.errors, code))
        body = await self._recorded(result, ready, request, observed)
        if request.steps is not None:
            plan = shown_plan(ready.priced, request, request.steps, compiles=self.lanes.compiles)
            body.setdefault("extensions", {})["plan"] = plan
        return body

    async def _limited(self, work: Awaitable[T], ready: Ready, request: Request) -> T:
        """Raises Refused for what goes beyond a limit that only the variables tell."""
        try:
            return await work
        except LimitExceeded as limit:
            raise Refused(error_body(beyond_limit(limit), request.language)) from None
        except RowsExceeded as many:
            raise Refused(self._rows_refused(ready, many, request.language)) from None

    async def _recorded(
        self, result: ExecutionResult, ready: Ready, request: Request, observed: Observed
    ) -> dict[str, Any]:
        """The answer, when what is personal in it is in the ledger."""
        plan = ready.priced.plan
        subjects = plan.subjects if plan is not None else ()
        body = answer(result, request, self.services.city, self.log, observed.cost, subjects)
        try:
            await self.ledger.record(request, "partial" if "errors" in body else "ok")
        except LedgerUnavailable as unavailable:
            raise HttpRefusal(503, unavailable, {"retry-after": str(RETRY_AFTER_S)}) from None
        return body


def beyond_limit(limit: LimitExceeded) -> BadRequest:
    """Where asking for less is no advice, the message has one of its own."""
    name, allowed = limit.limit, limit.allowed
    match name:
        case "schemas_max":
            return BadRequest("schemas_max", limit=name, allowed=allowed)
        case "types_max":
            return BadRequest("types_max", limit=name, allowed=allowed)
        case "schema_answer_fields_max":
            return BadRequest("schema_answer_fields_max", limit=name, allowed=allowed)
        case "schema_fields_beside_max":
            return BadRequest("schema_fields_beside_max", limit=name, allowed=allowed)
        case _:
            return BadRequest("document_limit", limit=name, allowed=allowed)


# --- Personal arguments -----------------------------------------------------------------------------------------------

_RECORDS = {record.name: record for record in RECORDS}


def has_personal_arguments(priced: Priced) -> bool:
    """Whether a plan compares a personal field with anything, at any depth of a filter, or looks a record up by one.

    Such a value may not stand in an address: those are kept where nobody looks after them, in logs of proxies,
    histories of browsers, and other sites' referrers.
    """
    return any(_is_personal(read, priced) for read in priced.reads)


def _is_personal(read: PlannedRead, priced: Priced) -> bool:
    record = _RECORDS.get(read.record)
    if record is None:
        return False  # no record, but a search or nodes of any kind
    personal = record.fields.keys() - public_fields(record)
    try:
        arguments = read.field.arguments(priced.variables, hide_suggestions=True)
    except GraphQLError:
        return False  # the field fails before it reads
    named = personal | {to_camel_case(name) for name in personal}
    return any(name in named for name in _names(arguments))


def _names(value: object) -> Iterator[str]:
    """The names of all arguments and input fields that are given."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, Mapping):
            yield from one
            pending += one.values()
        elif isinstance(one, list):
            pending += one
