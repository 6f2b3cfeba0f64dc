"""Runs an operation as a stream of answers, for any transport.

A subscription answers each event, a query or mutation once. Each answer is a request of its own: it has its own
deadline and price, is admitted by itself, and its reads are in the ledger before it is sent.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import OperationType

from api.graphql.charging import Charging, paced, prepared_for
from api.graphql.incoming import HttpRefusal, Incoming, request_id_of
from api.graphql.operations import Operations, Ready, Refused
from api.graphql.outgoing import error_body
from api.overload.admission import Admission
from api.serving.frozen_head import Head
from engine.lanes import Subscribed
from models.errors import HubError, Internal
from models.policy.viewer import Viewer
from models.request import Request
from models.values.localized import Language

Body = dict[str, Any]
NewRequest = Callable[[], Request]
"""Makes the request of one answer, whose deadline starts then. Raises Refused for what the viewer may not do."""


class StreamEnded(Exception):
    """A stream ended by an error. `body` reports it to the client in GraphQL's form."""

    def __init__(self, body: Body) -> None:
        super().__init__("the stream ended by an error")
        self.body = body


@dataclass(slots=True)
class StreamCounts:
    """How many streams run now, and how many answers and failures there were since the start."""

    running: int = 0
    answers: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Streams:
    """Runs operations as streams; every answer passes admission."""

    operations: Operations
    admission: Admission
    charging: Charging | None = None
    counts: StreamCounts = field(default_factory=StreamCounts)

    async def prepare(
        self, incoming: Incoming, language: Language, viewer: Viewer, head: Head, *, read_only: bool
    ) -> Ready:
        """Raises StreamEnded for a refused document, and HttpRefusal for what may not be streamed."""
        try:
            prepare = partial(self.operations.prepare, incoming, language, read_only=read_only, streams=True)
            ready = await prepared_for(self.charging, prepare, incoming, viewer, head)
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

    async def answers(self, ready: Ready, new_request: NewRequest, head: Head) -> AsyncGenerator[Body, None]:
        """The answers to an operation, each charged to the sender of `head`. Raises StreamEnded for an error.

        Closing it, or cancelling its consumer, ends all work for it.
        """
        try:
            request = new_request()
        except Refused as refused:
            self.counts.failed += 1
            raise StreamEnded(refused.body) from None
        self.counts.running += 1
        try:
            if ready.operation is None or ready.operation.operation is not OperationType.SUBSCRIPTION:
                yield await self._once(ready, request, head)
                return
            async with self._admitted(ready, request, head):
                subscribed = await self.operations.subscribe(ready, request)
            async with aclosing(self._each(ready, subscribed, new_request, head)) as bodies:
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
    async def _admitted(self, ready: Ready, request: Request, head: Head) -> AsyncIterator[None]:
        """Charge the operation, and wait for admission. Raises Refused or HttpRefusal."""
        async with paced(self.charging, ready.incoming, request.viewer, head):
            if self.charging is not None:
                await self.charging.charge(ready, request.viewer, head, request.language)
            async with self.admission.turn(request.deadline, urgent=ready.is_urgent):
                yield

    async def _once(self, ready: Ready, request: Request, head: Head) -> Body:
        async with self._admitted(ready, request, head):
            body = await self.operations.run(ready, request)
        self.counts.answers += 1
        return body

    async def _each(
        self, ready: Ready, subscribed: Subscribed, new_request: NewRequest, head: Head
    ) -> AsyncGenerator[Body, None]:
        events = subscribed.events
        async with aclosing(events):
            async for event in events:
                request = new_request()
                async with self._admitted(ready, request, head):
                    body = await self.operations.event(ready, subscribed, event, request)
                self.counts.answers += 1
                yield body
