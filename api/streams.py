"""Streams: an operation whose answers come one after another, in whatever way they travel.

A subscription answers once for each thing that happens, a query and a mutation once. Each answer has a request of its
own: its own time, its own price and turn among the operations, and its reads in the ledger before it is given on.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationType
from starlette.types import Scope

from api.admission import Admission
from api.charging import Charging
from api.incoming import HttpRefusal, Incoming, request_id_of
from api.operations import Operations, Ready, Refused
from api.outgoing import error_body
from engine.lanes import Subscribed
from models.errors import HubError, Internal
from models.localized import Language
from models.request import Request

Body = dict[str, Any]
NewRequest = Callable[[], Request]
"""Makes the request of one answer, whose time starts when it is made. Raises Refused for what is not this viewer's."""


class StreamEnded(Exception):
    """A stream ended by an error, which `body` tells the client in GraphQL's form."""

    def __init__(self, body: Body) -> None:
        super().__init__("the stream ended by an error")
        self.body = body


@dataclass(slots=True)
class StreamCounts:
    """What goes out in streams, since the start and at the moment."""

    running: int = 0
    answers: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Streams:
    """Runs operations as streams, each answer within the admission of the process."""

    operations: Operations
    admission: Admission
    charging: Charging | None = None
    counts: StreamCounts = field(default_factory=StreamCounts)

    def prepare(self, incoming: Incoming, language: Language, *, read_only: bool) -> Ready:
        """Raises StreamEnded for a document that is refused, and HttpRefusal for what may not be asked in this way."""
        try:
            ready = self.operations.prepare(incoming, language, read_only=read_only, streams=True)
            if read_only:
                self.operations.refuse_personal_url(ready)
            return ready
        except Refused as refused:
            raise StreamEnded(refused.body) from None
        except HttpRefusal:
            raise
        except Exception as error:  # noqa: BLE001  # the client gets a request id, and not a stack
            raise self._unforeseen(error, request_id_of(None), language) from None

    def _unforeseen(self, error: Exception, request_id: str, language: Language) -> StreamEnded:
        self.operations.log(request_id, "a stream failed in a way that nobody foresaw", error)
        return StreamEnded(error_body(Internal("internal", request_id=request_id), language))

    async def answers(self, ready: Ready, new_request: NewRequest, scope: Scope) -> AsyncGenerator[Body, None]:
        """The answers to an operation, each charged to whoever `scope` comes from.

        Raises StreamEnded, before or between them, when there are no more for a reason.

        Closing it, or cancelling whoever waits for it, ends all that works for it.
        """
        try:
            request = new_request()
        except Refused as refused:
            self.counts.failed += 1
            raise StreamEnded(refused.body) from None
        self.counts.running += 1
        try:
            if ready.operation is None or ready.operation.operation is not OperationType.SUBSCRIPTION:
                yield await self._once(ready, request, scope)
                return
            async with self._turn(ready, request, scope):
                subscribed = await self.operations.subscribe(ready, request)
            async with aclosing(self._each(ready, subscribed, new_request, scope)) as bodies:
                async for body in bodies:
                    yield body
        except Refused as refused:
            self.counts.failed += 1
            raise StreamEnded(refused.body) from None
        except HttpRefusal as refusal:
            self.counts.failed += 1
            raise StreamEnded(error_body(refusal.error, request.language, refusal.details)) from None
        except HubError as error:
            self.counts.failed += 1
            raise StreamEnded(error_body(error, request.language)) from None
        except Exception as error:  # noqa: BLE001  # as above
            self.counts.failed += 1
            raise self._unforeseen(error, request.id, request.language) from None
        finally:
            self.counts.running -= 1

    @asynccontextmanager
    async def _turn(self, ready: Ready, request: Request, scope: Scope) -> AsyncIterator[None]:
        """A turn that is paid for. Raises Refused or HttpRefusal."""
        if self.charging is not None:
            await self.charging.charge(ready, request.viewer, scope, request.language)
        async with self.admission.turn(request.deadline, urgent=ready.is_urgent):
            yield

    async def _once(self, ready: Ready, request: Request, scope: Scope) -> Body:
        async with self._turn(ready, request, scope):
            body = await self.operations.run(ready, request)
        self.counts.answers += 1
        return body

    async def _each(
        self, ready: Ready, subscribed: Subscribed, new_request: NewRequest, scope: Scope
    ) -> AsyncGenerator[Body, None]:
        happenings = subscribed.happenings
        async with aclosing(happenings):
            async for happening in happenings:
                request = new_request()
                async with self._turn(ready, request, scope):
                    body = await self.operations.event(ready, subscribed, happening, request)
                self.counts.answers += 1
                yield body
