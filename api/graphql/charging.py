"""Charging: every operation is paid for out of the bucket of whoever sent it, before it runs.

The buckets are in Redis where the hub has one. One that is dead or hangs costs an operation 20 ms a few times and then
nothing: until it is back each process counts for itself, from full buckets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from api.graphql.incoming import HttpRefusal, Incoming
from api.graphql.operations import Ready, Refused, beyond_limit
from api.graphql.outgoing import details_of, error_body
from api.identity.callers import Callers
from api.observability.metrics import Metrics, Refusal
from api.overload.pacing import Pacing
from api.serving.frozen_head import Head
from connectors.cache.within_budget import OPERATION_S_MAX, StoreFailed, WithinBudget
from engine.documents.limits import LimitExceeded
from engine.lanes import Lanes
from models.errors import RateLimited, TooExpensive
from models.policy.budgets import UNITS_MIN, Budget, budget_of
from models.policy.viewer import Role, Viewer
from models.values.localized import Language
from store.buckets import Buckets, Left, MemoryBuckets, RedisBuckets

READ_CHARS_PER_UNIT = 100
"""How much of a document costs a unit at least: to read 27,000 characters takes up to 50 ms, whatever they ask."""


@dataclass(frozen=True, slots=True)
class Charged:
    """What an operation was charged, and what its bucket holds after it. Times are in whole seconds, rounded up."""

    budget: Budget
    units: int
    remaining: int
    full_in_s: int

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The fields of the IETF's draft on rate limits, in the form that clients understand (its version 7)."""
        budget = self.budget
        fills_in_s = math.ceil(budget.units_max / budget.units_per_second)
        return (
            ("ratelimit-policy", f"{budget.units_max};w={fills_in_s}"),
            ("ratelimit-limit", str(budget.units_max)),
            ("ratelimit-remaining", str(self.remaining)),
            ("ratelimit-reset", str(self.full_in_s)),
        )

    @property
    def shown(self) -> dict[str, Any]:
        """The same for `extensions.cost` of an answer that is nobody else's."""
        limit = self.budget.units_max
        return {"charged": self.units, "limit": limit, "remaining": self.remaining, "resetS": self.full_in_s}


class _SharedBuckets(WithinBudget[RedisBuckets]):
    """The buckets of all processes, within a budget of time."""

    async def take(self, client: str, budget: Budget, units: int) -> Left:
        """Raises StoreFailed."""
        return await self.within_budget(partial(self.storage.take, client, budget, units))

    async def _asked(self) -> None:
        await self.storage.ping()

    async def _closed(self) -> None:
        await self.storage.close()


class FallbackBuckets(Buckets):
    """The buckets in Redis while it answers, and those of this process while it does not, or without one."""

    def __init__(self, url: str | None, own: MemoryBuckets | None = None) -> None:
        # An empty one is false.
        self.own = own if own is not None else MemoryBuckets()
        self.fallbacks = 0
        self._shared = _SharedBuckets(RedisBuckets(url, OPERATION_S_MAX), OPERATION_S_MAX) if url is not None else None

    async def take(self, client: str, budget: Budget, units: int) -> Left:
        if self._shared is not None:
            try:
                return await self._shared.take(client, budget, units)
            except StoreFailed:
                self.fallbacks += 1
        return await self.own.take(client, budget, units)

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()


@dataclass(frozen=True, slots=True)
class Charging:
    """Charges operations. `scale` is how much larger all budgets are than their table says."""

    lanes: Lanes
    callers: Callers
    fallback_buckets: FallbackBuckets
    metrics: Metrics
    scale: float = 1.0
    pacing: Pacing = field(default_factory=Pacing)

    async def prepared(self, prepare: Callable[[], Ready], incoming: Incoming, viewer: Viewer, head: Head) -> Ready:
        """What `prepare` makes of a document. One that it refuses is paid for by its size.

        Raises what `prepare` raises, and HttpRefusal (429), before a document that is new is looked at, where its
        sender could not pay for that.
        """
        budget = _budget_of(viewer.role, incoming.is_trusted, self.scale)
        units = _reading_units(incoming, budget)
        if not self.lanes.knows(incoming.query):
            left = await self.fallback_buckets.take(self.bucket_of(budget, viewer, head), budget, 0)
            if left.units < units:
                self.metrics.refused(Refusal.BUDGET)
                raise _spent(_charged(budget, 0, left), units, left, {})
        try:
            return prepare()
        except (Refused, HttpRefusal):
            await self._paid(budget, units, viewer, head, lambda _: {})
            raise

    async def charge(self, ready: Ready, viewer: Viewer, head: Head, language: Language) -> Charged:
        """Take what an operation may cost out of its sender's bucket.

        Raises Refused (TOO_EXPENSIVE) for what no bucket of this kind pays for, which costs what its size does, and
        HttpRefusal (429) for what this one does not hold now. Nothing is taken then.
        """
        incoming, priced = ready.incoming, ready.priced
        budget = _budget_of(viewer.role, incoming.is_trusted, self.scale)

        def told(units_max: int) -> Mapping[str, Any]:
            return details_of(priced, lambda cost: cost.total <= units_max, language)

        try:
            self.lanes.check_schema_answer(priced)
        except LimitExceeded as limit:
            await self._paid(budget, _reading_units(incoming, budget), viewer, head, lambda _: {})
            raise Refused(error_body(beyond_limit(limit), language)) from None
        units = max(UNITS_MIN if incoming.is_trusted else _reading_units(incoming, budget), priced.cost.total)
        if units > budget.operation_units_max:
            self.metrics.refused(Refusal.OPERATION_UNITS)
            await self._paid(budget, _reading_units(incoming, budget), viewer, head, lambda _: {})
            error = TooExpensive("units_many", units=units, allowed=budget.operation_units_max)
            raise Refused(error_body(error, language, told(budget.operation_units_max)))
        return await self._paid(budget, units, viewer, head, told)

    async def charge_part(self, units: int, viewer: Viewer, head: Head) -> Charged:
        """Take what the next part of an answer without an end costs. Raises HttpRefusal (429).

        No part is dearer than one operation may be: a hub whose budgets are small is slow, and not silent.
        """
        budget = _budget_of(viewer.role, False, self.scale)
        return await self._paid(budget, min(units, budget.operation_units_max), viewer, head, lambda _: {})

    async def _paid(
        self, budget: Budget, units: int, viewer: Viewer, head: Head, told: Callable[[int], Mapping[str, Any]]
    ) -> Charged:
        bucket = self.bucket_of(budget, viewer, head)
        left = await self.fallback_buckets.take(bucket, budget, units)
        self.pacing.spent(bucket, (budget.units_max - left.units) / budget.units_max)
        charged = _charged(budget, units if left.is_paid else 0, left)
        if not left.is_paid:
            self.metrics.refused(Refusal.BUDGET)
            raise _spent(charged, units, left, told(charged.remaining))
        self.metrics.charged(budget.name, units)
        return charged

    async def left(self, viewer: Viewer, head: Head) -> Charged:
        """What the bucket for a viewer's own operations holds now; nothing is taken out of it."""
        budget = _budget_of(viewer.role, False, self.scale)
        return _charged(budget, 0, await self.fallback_buckets.take(self.bucket_of(budget, viewer, head), budget, 0))

    def bucket_of(self, budget: Budget, viewer: Viewer, head: Head) -> str:
        """The name of the sender's bucket."""
        return f"{budget.name}:{self.callers.mark_of(viewer, head)}"


async def prepared_for(
    charging: Charging | None, prepare: Callable[[], Ready], incoming: Incoming, viewer: Viewer, head: Head
) -> Ready:
    """What `prepare` makes of a document, which is charged where anything is."""
    return prepare() if charging is None else await charging.prepared(prepare, incoming, viewer, head)


@lru_cache(maxsize=64)
def _budget_of(role: Role, trusted: bool, scale: float) -> Budget:  # a key of the cache
    return budget_of(role, trusted=trusted).scaled(scale)


def paced(
    charging: Charging | None, incoming: Incoming, viewer: Viewer, head: Head | None
) -> AbstractAsyncContextManager[None]:
    """The turn of an operation that the sender of `head` pays for. Entering it raises what `Pacing.turn` does."""
    if charging is None or head is None:
        return nullcontext()
    budget = budget_of(viewer.role, trusted=incoming.is_trusted)
    return charging.pacing.turn(charging.bucket_of(budget, viewer, head))


def _reading_units(incoming: Incoming, budget: Budget) -> int:
    """What a document costs to be read, refused or not: never more than an operation may."""
    return min(budget.operation_units_max, max(UNITS_MIN, len(incoming.query) // READ_CHARS_PER_UNIT))


def _charged(budget: Budget, units: int, left: Left) -> Charged:
    full_in_s = math.ceil((budget.units_max - left.units) / budget.units_per_second)
    return Charged(budget, units, math.floor(left.units), full_in_s)


def _spent(charged: Charged, units: int, left: Left, details: Mapping[str, Any]) -> HttpRefusal:
    retry_after_s = max(1, math.ceil((units - left.units) / charged.budget.units_per_second))
    error = RateLimited("budget_spent", units=units, remaining=charged.remaining, seconds=retry_after_s)
    headers = {**dict(charged.headers), "retry-after": str(retry_after_s)}
    return HttpRefusal(429, error, headers, details)
