"""Responses: whole answers of anonymous public operations, kept while they are fresh, each worked for once at a time.

Personal data never gets here: who sends a token is not anonymous, what an anonymous viewer may not see is an error of
its field, and what has an error is not kept, but for what a city has not connected.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cachetools import LRUCache
from graphql import OperationType

from api.graphql.incoming import HttpRefusal
from api.graphql.known_documents import KnownDocuments
from api.graphql.operations import Operations, Ready, Refused
from api.graphql.outgoing import dumped
from api.responses.kept import Kept, Shape
from api.responses.keys import Key, Keys
from api.responses.lifetime import is_public, remaining_life
from engine.documents.kept import is_introspection
from models.changes import NewestChanges
from models.errors import Internal, NotConnected, NotSupported
from models.mechanisms.bounded_map import BoundedMap
from models.mechanisms.single_flight import Flight, Flights, TooManyFlights
from models.policy.erasure import Searched
from models.policy.viewer import Role
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

_SETTLED = frozenset({NotConnected.code, NotSupported.code})

Run = Callable[[Ready, Request], Awaitable[dict[str, Any]]]
Pay = Callable[[], Awaitable[None]]


def is_shared(ready: Ready) -> bool:
    """Whether an operation has the same answer for everybody who is anonymous. Introspection is kept elsewhere."""
    operation = ready.operation
    return (
        operation is not None
        and operation.operation is OperationType.QUERY
        and not is_introspection(ready.prepared, operation)
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """The bytes of an answer, and the answer as it is kept, where it is."""

    body: bytes
    kept: Kept | None


Landed = Answered | Refused | HttpRefusal


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


def room(kept_max: int = KEPT_MAX, bytes_max: int = KEPT_BYTES_MAX) -> BoundedMap[Key, Kept]:
    """Room for so many answers of so many bytes together."""
    return BoundedMap(kept_max, bytes_max, lambda kept: kept.bytes_max)


@dataclass(slots=True)
class Responses:
    """What one process keeps, bounded by number and bytes, the least recently used dropped first.

    `changes` has the newest change by the hub of each record, as it is known now.
    """

    operations: Operations
    keys: Keys
    documents: KnownDocuments
    changes: NewestChanges = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    counts: Counts = field(default_factory=Counts)
    _kept: BoundedMap[Key, Kept] = field(default_factory=room)
    _links: LRUCache[Key, Link] = field(default_factory=lambda: LRUCache(LINKS_MAX))
    _flights: Flights[Landed] = field(default_factory=Flights)

    @property
    def held(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    @property
    def bytes_held(self) -> int:
        return int(self._kept.currsize)

    def forget_where(self, is_unwanted: Callable[[bytes], bool]) -> Searched:
        """Keep no answer any more whose bytes this is true of."""
        looked, unwanted = len(self._kept), [key for key, kept in self._kept.items() if is_unwanted(kept.plain.body)]
        for key in unwanted:
            del self._kept[key]
        return Searched(looked, len(unwanted), len(unwanted))

    def forget_records(self, records: frozenset[str]) -> None:
        """Keep no answer any more that shows one of these records."""
        for key in [key for key, kept in self._kept.items() if kept.records & records]:
            del self._kept[key]

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
        return kept, link.media_type

    def link(self, request_key: Key, link: Link) -> None:
        self._links[request_key] = link

    def key_of(self, ready: Ready, request: Request) -> Key:
        """The key of an operation that is shared."""
        incoming, operation = ready.incoming, ready.operation
        if operation is None:
            raise AssertionError("what is not clear is not shared")
        return self.keys.of_operation(incoming, operation, request.language, request.viewer.role)

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
        self.counts.joined += self._flight_of(key, ready) in self._flights
        return await self.renewed(key, ready, request, run)

    async def renewed(self, key: Key, ready: Ready, request: Request, run: Run) -> Answered:
        """What `run` brings now, whatever is kept; who asks meanwhile waits for the same work. Nobody pays.

        Raises Refused or HttpRefusal where `run` did.
        """
        try:
            landed = await self._flights.wait(self._begun(key, ready, request, run))
        except TooManyFlights:
            landed = await self._work(key, ready, request, run)
        if isinstance(landed, Answered):
            return landed
        raise _anew(landed)

    def _begun(self, key: Key, ready: Ready, request: Request, run: Run) -> Flight[Landed]:
        # Who asked first may leave while others wait.
        own = replace(request, cancellation=Cancellation())
        flight = self._flight_of(key, ready)
        return self._flights.begin(flight, partial(self._work, key, ready, own, run), left=own.cancellation.cancel)

    def _flight_of(self, key: Key, ready: Ready) -> Key:
        """The name of the work for an answer: who asks after a change does not wait for what began before it."""
        return key + b"%d" % self._changes_of(_records_of(ready)) if self.changes else key

    async def _work(self, key: Key, ready: Ready, request: Request, run: Run) -> Landed:
        self.counts.runs += 1
        records = _records_of(ready)
        before = self._changes_of(records)
        try:
            answer = await run(ready, request)
        except (Refused, HttpRefusal) as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told to all who wait, and logged once
            self.operations.log(request.id, "a shared operation failed in a way that nobody foresaw", error)
            return HttpRefusal(500, Internal("internal", request_id=request.id))
        body = dumped(answer)
        life_s = self._life_s(ready, request)
        # What has changed meanwhile may have been read before it did.
        if life_s < LIFE_S_MIN or not is_settled(answer) or self._changes_of(records) != before:
            return Answered(body, None)
        return Answered(body, self._keep(key, body, life_s, request.viewer.role, records))

    def _changes_of(self, records: frozenset[str]) -> int:
        """A number that grows with each change of one of these records."""
        return sum(self.changes.get(record, 0) for record in records) if self.changes else 0

    def _renew(self, kept: Kept, key: Key, ready: Ready, request: Request, run: Run) -> None:
        """Work for what follows, while this one is given on."""
        kept.due_at_s = math.inf
        try:
            flight = self._begun(key, ready, request, run)
        except TooManyFlights:
            self._renewed(kept)
        else:
            flight.result.add_done_callback(lambda _: self._renewed(kept))

    def _renewed(self, kept: Kept) -> None:
        """Where it did not go well, somebody who comes later tries again."""
        kept.due_at_s = self.clock() + RENEWED_AGAIN_AFTER_S

    def _life_s(self, ready: Ready, request: Request) -> float:
        """How long an answer may be given, in seconds; 0 for what is not public. The document is known from now on."""
        incoming, plan = ready.incoming, ready.priced.plan
        records = self.operations.services.records
        if plan is None or request.ledger.entries or not is_public(plan, records.catalog):
            return 0.0
        if not incoming.is_trusted:
            self.documents.remember(incoming.query)
        life = remaining_life(plan, records.catalog, request.report, records.reader.clock())
        return min(LIFE_S_MAX, life.total_seconds())

    def _keep(self, key: Key, body: bytes, life_s: float, made_for: Role, records: frozenset[str]) -> Kept | None:
        now_s = self.clock()
        fresh_until_s = now_s + life_s * random.uniform(*RENEWED_AFTER)  # noqa: S311  # no secret
        shape, ends_at_s = Shape.of(body, packed=False), now_s + life_s
        kept = Kept(shape, now_s, fresh_until_s, ends_at_s, due_at_s=fresh_until_s, made_for=made_for, records=records)
        if kept.bytes_max > min(ONE_BYTES_MAX, self._kept.maxsize):
            return None
        self._kept[key] = kept
        return kept

    def _usable(self, key: Key) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self.clock() >= kept.ends_at_s:
            del self._kept[key]
            return None
        return kept


def _records_of(ready: Ready) -> frozenset[str]:
    """The records that an operation reads, as far as it is planned: without a plan, nothing is kept."""
    plan = ready.priced.plan
    return frozenset(read.record for read in plan.reads) if plan is not None else frozenset()


def is_settled(answer: Mapping[str, Any]) -> bool:
    """Whether the same would be answered again: what a city has not connected, or its source cannot do, stays so."""
    return all(error["extensions"]["code"] in _SETTLED for error in answer.get("errors", ()))


def _anew(refusal: Refused | HttpRefusal) -> Refused | HttpRefusal:
    """The same for one of many: an exception that all raise would gather the traces of all."""
    if isinstance(refusal, Refused):
        return Refused(refusal.body)
    return HttpRefusal(refusal.status, refusal.error, refusal.headers, refusal.details)
