"""Responses: whole answers of anonymous public operations, kept while they are fresh, each worked for once at a time.

Personal data never gets here: who sends a token is not anonymous, what an anonymous viewer may not see is an error of
its field, and what has an error is not kept.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import OperationType

from api.incoming import HttpRefusal
from api.known_documents import KnownDocuments
from api.operations import Operations, Ready, Refused
from api.outgoing import dumped
from api.response_kept import Kept, Shape
from api.response_keys import Key, Keys
from api.response_life import is_public, remaining_life
from engine.documents import is_introspection
from models.erasure import Searched
from models.errors import Internal
from models.request import Cancellation, Request

KEPT_MAX = 10_000
KEPT_BYTES_MAX = 64_000_000
ONE_BYTES_MAX = 4_000_000
LINKS_MAX = 20_000
"""How many requests are known by their bytes; several may ask the same."""

LIFE_S_MAX = 3_600.0
"""However long a contract is: nobody can take back what caches on the way have."""
LIFE_S_MIN = 2.0
RENEWED_AFTER = (0.75, 0.9)
"""After which part of its life an answer is renewed: not the same for all, so that not all are renewed at once."""
RENEWED_AGAIN_AFTER_S = 1.0
"""How long an answer that could not be renewed is left alone."""

Run = Callable[[Ready, Request], Awaitable[dict[str, Any]]]
Pay = Callable[[], Awaitable[None]]


def is_shared(ready: Ready) -> bool:
    """Whether an operation has the same answer for everybody who is anonymous. Introspection is kept elsewhere."""
    operation = ready.operation
    return operation is not None and operation.operation is OperationType.QUERY and not is_introspection(operation)


@dataclass(frozen=True, slots=True)
class Answered:
    """The bytes of an answer, and the answer as it is kept, where it is."""

    body: bytes
    kept: Kept | None


@dataclass(slots=True)
class Flight:
    """Work for one answer. It belongs to all who wait for it, and ends when the last of them has left."""

    request: Request
    task: asyncio.Task[Answered | Refused | HttpRefusal]
    waiting: int = 0


@dataclass(slots=True)
class Counts:
    """How requests were answered: from what was kept, from work for another, or by work of their own."""

    hits: int = 0
    joined: int = 0
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """What a request that came before asks, and the media type that it gets."""

    key: Key
    media_type: str


@dataclass(slots=True)
class Responses:
    """What one process keeps, bounded by number and bytes, the least recently used dropped first."""

    operations: Operations
    keys: Keys
    documents: KnownDocuments
    clock: Callable[[], float] = time.monotonic
    kept_max: int = KEPT_MAX
    bytes_max: int = KEPT_BYTES_MAX
    counts: Counts = field(default_factory=Counts)
    bytes_held: int = 0
    _kept: OrderedDict[Key, Kept] = field(default_factory=OrderedDict)
    _links: OrderedDict[Key, Link] = field(default_factory=OrderedDict)
    _flights: dict[Key, Flight] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    def forget_where(self, is_unwanted: Callable[[bytes], bool]) -> Searched:
        """Keep no answer any more whose bytes this is true of."""
        looked, unwanted = len(self._kept), [key for key, kept in self._kept.items() if is_unwanted(kept.plain.body)]
        for key in unwanted:
            self._drop(key)
        return Searched(looked, len(unwanted), len(unwanted))

    def linked(self, request_key: Key) -> tuple[Kept, str] | None:
        """The answer to a request that came before, as far as there is nothing left to do for it; its media type.

        Who gives it counts the hit.
        """
        link = self._links.get(request_key)
        if link is None:
            return None
        kept = self._usable(link.key)
        if kept is None or self.clock() >= kept.due_at_s:
            return None
        self._links.move_to_end(request_key)
        return kept, link.media_type

    def link(self, request_key: Key, link: Link) -> None:
        self._links[request_key] = link
        self._links.move_to_end(request_key)
        if len(self._links) > LINKS_MAX:
            self._links.popitem(last=False)

    def key_of(self, ready: Ready, request: Request) -> Key:
        """The key of an operation that is shared."""
        incoming, operation = ready.incoming, ready.operation
        if operation is None:
            raise AssertionError("what is not clear is not shared")
        return self.keys.of_operation(incoming, operation, request.language)

    async def answer(self, key: Key, ready: Ready, request: Request, run: Run, pay: Pay) -> Answered:
        """What is kept, which costs nothing, what is being worked for, or what `run` brings: each who waits pays.

        Raises Refused or HttpRefusal where `run` raised, to each who waits an exception of its own, or `pay`.
        """
        kept = self._usable(key)
        if kept is None:
            await pay()
            # Somebody else's work may have ended meanwhile.
            kept = self._usable(key)
        if kept is not None:
            self.counts.hits += 1
            if self.clock() >= kept.due_at_s:
                self._renew(kept, key, ready, request, run)
            return Answered(kept.plain.body, kept)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._start(key, ready, request, run)
        else:
            self.counts.joined += 1
        landed = await self._landed(key, flight)
        if isinstance(landed, Answered):
            return landed
        raise _anew(landed)

    async def renewed(self, key: Key, ready: Ready, request: Request, run: Run) -> Answered:
        """What `run` brings now, whatever is kept; who asks meanwhile waits for the same work. Nobody pays.

        Raises Refused or HttpRefusal where `run` did.
        """
        landed = await self._landed(key, self._flights.get(key) or self._start(key, ready, request, run))
        if isinstance(landed, Answered):
            return landed
        raise _anew(landed)

    def _start(self, key: Key, ready: Ready, request: Request, run: Run) -> Flight:
        self.counts.runs += 1
        # Who asked first may leave while others wait.
        request = replace(request, cancellation=Cancellation())
        task = asyncio.create_task(self._work(key, ready, request, run))
        flight = self._flights[key] = Flight(request, task)
        task.add_done_callback(lambda _: self._forget(key, flight))
        return flight

    async def _landed(self, key: Key, flight: Flight) -> Answered | Refused | HttpRefusal:
        """What a flight brings. The last to leave takes the work along."""
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if flight.waiting == 1 and not flight.task.done():
                self._forget(key, flight)
                flight.request.cancellation.cancel()
                flight.task.cancel()
                # Until it has ended, so that nothing runs on unseen.
                await asyncio.gather(flight.task, return_exceptions=True)
            raise
        finally:
            flight.waiting -= 1

    def _forget(self, key: Key, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _work(self, key: Key, ready: Ready, request: Request, run: Run) -> Answered | Refused | HttpRefusal:
        try:
            answer = await run(ready, request)
        except (Refused, HttpRefusal) as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told to all who wait, and logged once
            self.operations.log(request.id, "a shared operation failed in a way that nobody foresaw", error)
            return HttpRefusal(500, Internal("internal", request_id=request.id))
        body = dumped(answer)
        life_s = self._life_s(ready, request)
        if life_s < LIFE_S_MIN or "errors" in answer:
            return Answered(body, None)
        return Answered(body, self._keep(key, body, life_s))

    def _renew(self, kept: Kept, key: Key, ready: Ready, request: Request, run: Run) -> None:
        """Work for what follows, while this one is given on."""
        kept.due_at_s = math.inf
        flight = self._flights.get(key) or self._start(key, ready, request, run)
        flight.task.add_done_callback(lambda _: self._renewed(kept))

    def _renewed(self, kept: Kept) -> None:
        """Where it did not go well, somebody who comes later tries again."""
        kept.due_at_s = self.clock() + RENEWED_AGAIN_AFTER_S

    def _life_s(self, ready: Ready, request: Request) -> float:
        """How long an answer may be given, in seconds; 0 for what is not public. The document is known from now on."""
        incoming = ready.incoming
        plan = self.operations.lanes.plan(ready.prepared, incoming.operation_name, incoming.variables)
        records = self.operations.services.records
        if plan is None or request.ledger.entries or not is_public(plan, records.catalog):
            return 0.0
        if not incoming.is_trusted:
            self.documents.remember(incoming.query)
        life = remaining_life(plan, records.catalog, request.report, records.asking.clock())
        return min(LIFE_S_MAX, life.total_seconds())

    def _keep(self, key: Key, body: bytes, life_s: float) -> Kept | None:
        now_s = self.clock()
        fresh_until_s = now_s + life_s * random.uniform(*RENEWED_AFTER)  # noqa: S311  # no secret
        kept = Kept(Shape.of(body, packed=False), now_s, fresh_until_s, now_s + life_s, due_at_s=fresh_until_s)
        if kept.bytes_max > min(ONE_BYTES_MAX, self.bytes_max):
            return None
        self._drop(key)
        self._kept[key] = kept
        self.bytes_held += kept.bytes_max
        while len(self._kept) > self.kept_max or self.bytes_held > self.bytes_max:
            self._drop(next(iter(self._kept)))
        return kept

    def _usable(self, key: Key) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self.clock() >= kept.ends_at_s:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def _drop(self, key: Key) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self.bytes_held -= dropped.bytes_max


def _anew(refusal: Refused | HttpRefusal) -> Refused | HttpRefusal:
    """The same for one of many: an exception that all raise would gather the traces of all."""
    if isinstance(refusal, Refused):
        return Refused(refusal.body)
    return HttpRefusal(refusal.status, refusal.error, refusal.headers, refusal.details)
