"""Operations: one document with its variables -> the JSON object that answers it. What the route and the page share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import ExecutionResult, GraphQLSyntaxError, OperationDefinitionNode, OperationType

from api.explaining import shown_plan
from api.incoming import HttpRefusal, Incoming
from api.metrics import Refusal
from api.outgoing import ErrorLog, answer, error_body, field_errors, refused_errors
from api.personal_arguments import has_personal_arguments
from api.pricing import details_of
from api.telemetry import Observed, Telemetry
from api.urgency import is_urgent
from engine.documents import SCHEMA_FIELDS, InvalidDocument, Prepared, root_names
from engine.lanes import Lanes, RowsExceeded, Subscribed
from engine.limits import LimitExceeded
from models.errors import BadInput, BadRequest, Forbidden, LedgerUnavailable, TooExpensive
from models.localized import Language
from models.plan_steps import Steps
from models.request import Deadline, Request, SourceReport
from models.viewer import Purpose, Role, Viewer
from schema.context import Context, Services
from store.ledger import Ledger

T = TypeVar("T")

RETRY_AFTER_S = 5
"""When to come again after personal data was refused, because its read could not be recorded."""


class Refused(Exception):
    """The document, or what came with it, cannot be run. `body` says why, to the client."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("refused")
        self.body = body


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that may run: its document is valid. `operation` is None where the client did not say which one."""

    incoming: Incoming
    prepared: Prepared
    operation: OperationDefinitionNode | None

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
            error = BadRequest("document_limit", limit=limit.limit, allowed=limit.allowed)
            raise Refused(error_body(error, language)) from None
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
        return Ready(incoming, prepared, operation)

    def request(
        self,
        request_id: str,
        viewer: Viewer,
        language: Language,
        ready: Ready,
        purpose: Purpose | None = None,
        steps: Steps | None = None,
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
            steps=steps,
        )

    def _refuse_introspection(self, ready: Ready, language: Language) -> None:
        if ready.operation is not None and root_names(ready.prepared, ready.operation) & SCHEMA_FIELDS:
            self.telemetry.metrics.refused(Refusal.INTROSPECTION)
            raise Refused(error_body(Forbidden("introspection"), language))

    def refuse_personal_url(self, ready: Ready) -> None:
        """Raises HttpRefusal (405) for an operation whose address holds values of personal fields."""
        incoming = ready.incoming
        priced = self.lanes.priced(ready.prepared, incoming.operation_name, incoming.variables)
        if priced is not None and has_personal_arguments(priced):
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
        incoming = ready.incoming
        priced = self.lanes.priced(ready.prepared, incoming.operation_name, incoming.variables)
        error = TooExpensive("rows_many", rows=many.cost.rows, allowed=many.rows_max)
        self.telemetry.metrics.refused(Refusal.ROWS)
        details = details_of(priced, lambda cost: cost.rows <= many.rows_max, language) if priced is not None else {}
        return error_body(error, language, details)

    async def subscribe(self, ready: Ready, request: Request) -> Subscribed:
        """Begin a subscription. Raises Refused."""
        incoming, context = ready.incoming, Context(request, self.services)
        with self.telemetry.operation(request.operation_name, "subscribe") as observed:
            work = self.lanes.subscribe(ready.prepared, incoming.operation_name, incoming.variables, context)
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
            observed.costs(subscribed.cost)
            try:
                result = await subscribed.answer(happening, Context(request, self.services))
            finally:
                self.observe(request.report)
            body = await self._recorded(result, request, observed)
            observed.answered(body)
            return body

    def _not_begun(self, ready: Ready, result: ExecutionResult, request: Request) -> Refused:
        """Why a subscription did not begin: the client's own mistake in full, or what failed, like a field."""
        errors = result.errors or []
        if any(error.path is not None for error in errors):
            return Refused({"errors": field_errors(errors, request, self.log)})
        return Refused(refused_errors(errors, BadRequest.code if ready.operation is None else BadInput.code))

    async def _run(self, ready: Ready, request: Request, observed: Observed) -> dict[str, Any]:
        incoming = ready.incoming
        context = Context(request, self.services)
        work = self.lanes.run(ready.prepared, incoming.operation_name, incoming.variables, context, observed.costs)
        try:
            result = await self._limited(work, ready, request)
        finally:
            self.observe(request.report)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            code = BadRequest.code if ready.operation is None else BadInput.code
            raise Refused(refused_errors(result.errors, code))
        body = await self._recorded(result, request, observed)
        if request.steps is not None:
            priced = self.lanes.priced(ready.prepared, incoming.operation_name, incoming.variables)
            plan = shown_plan(priced, request, request.steps, compiles=self.lanes.compiles)
            body.setdefault("extensions", {})["plan"] = plan
        return body

    async def _limited(self, work: Awaitable[T], ready: Ready, request: Request) -> T:
        """Raises Refused for what goes beyond a limit that only the variables tell."""
        try:
            return await work
        except LimitExceeded as limit:
            exceeded = BadRequest("document_limit", limit=limit.limit, allowed=limit.allowed)
            raise Refused(error_body(exceeded, request.language)) from None
        except RowsExceeded as many:
            raise Refused(self._rows_refused(ready, many, request.language)) from None

    async def _recorded(self, result: ExecutionResult, request: Request, observed: Observed) -> dict[str, Any]:
        """The answer, when what is personal in it is in the ledger."""
        body = answer(result, request, self.services.city, self.log, observed.cost)
        try:
            await self.ledger.record(request, "partial" if "errors" in body else "ok")
        except LedgerUnavailable as unavailable:
            raise HttpRefusal(503, unavailable, {"retry-after": str(RETRY_AFTER_S)}) from None
        return body
