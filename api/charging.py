"""Charging: every operation is paid for out of the bucket of whoever sent it, before it runs.

The buckets are in Redis where the hub has one. One that is dead or hangs costs an operation 20 ms a few times and then
nothing: until it is back each process counts for itself, from full buckets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.types import Scope

from api.callers import Callers
from api.incoming import HttpRefusal
from api.metrics import Metrics, Refusal
from api.operations import Ready, Refused
from api.outgoing import error_body
from api.pricing import details_of
from connectors.within_budget import OPERATION_S_MAX, StoreFailed, WithinBudget
from engine.cost import Cost
from engine.lanes import Lanes, Priced
from models.budgets import UNITS_MIN, Budget, budget_of
from models.errors import RateLimited, TooExpensive
from models.localized import Language
from models.viewer import Viewer
from store.buckets import Buckets, Left, MemoryBuckets, RedisBuckets


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


class Purse(Buckets):
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
    purse: Purse
    metrics: Metrics
    scale: float = 1.0

    async def charge(self, ready: Ready, viewer: Viewer, scope: Scope, language: Language) -> Charged:
        """Take what an operation may cost out of its sender's bucket.

        Raises Refused (TOO_EXPENSIVE) for what no bucket of this kind pays for, and HttpRefusal (429) for what this one
        does not hold now. Nothing is taken then.
        """
        incoming = ready.incoming
        priced = self.lanes.priced(ready.prepared, incoming.operation_name, incoming.variables)
        budget = budget_of(viewer.role, trusted=incoming.is_trusted).scaled(self.scale)
        units = max(UNITS_MIN, priced.cost.total) if priced is not None else UNITS_MIN
        if units > budget.operation_units_max:
            self.metrics.refused(Refusal.OPERATION_UNITS)
            error = TooExpensive("units_many", units=units, allowed=budget.operation_units_max)
            raise Refused(error_body(error, language, _told(priced, budget.operation_units_max, language)))

        def told(units_max: int) -> Mapping[str, Any]:
            return _told(priced, units_max, language)

        return await self._paid(budget, units, viewer, scope, told)

    async def charge_part(self, units: int, viewer: Viewer, scope: Scope) -> Charged:
        """Take what the next part of an answer without an end costs. Raises HttpRefusal (429).

        No part is dearer than one operation may be: a hub whose budgets are small is slow, and not silent.
        """
        budget = budget_of(viewer.role, trusted=False).scaled(self.scale)
        return await self._paid(budget, min(units, budget.operation_units_max), viewer, scope, lambda _: {})

    async def _paid(
        self, budget: Budget, units: int, viewer: Viewer, scope: Scope, told: Callable[[int], Mapping[str, Any]]
    ) -> Charged:
        mark = self.callers.mark_of(viewer, scope)
        left = await self.purse.take(f"{budget.name}:{mark}", budget, units)
        charged = _charged(budget, units if left.is_paid else 0, left)
        if not left.is_paid:
            self.metrics.refused(Refusal.BUDGET)
            raise _spent(charged, units, left, told(charged.remaining))
        self.metrics.charged(budget.name, units)
        return charged

    async def left(self, viewer: Viewer, scope: Scope) -> Charged:
        """What the bucket for a viewer's own operations holds now; nothing is taken out of it."""
        budget = budget_of(viewer.role, trusted=False).scaled(self.scale)
        mark = self.callers.mark_of(viewer, scope)
        return _charged(budget, 0, await self.purse.take(f"{budget.name}:{mark}", budget, 0))


def _charged(budget: Budget, units: int, left: Left) -> Charged:
    full_in_s = math.ceil((budget.units_max - left.units) / budget.units_per_second)
    return Charged(budget, units, math.floor(left.units), full_in_s)


def _told(priced: Priced | None, units_max: int, language: Language) -> Mapping[str, Any]:
    def fits(cost: Cost) -> bool:
        return cost.total <= units_max

    return details_of(priced, fits, language) if priced is not None else {}


def _spent(charged: Charged, units: int, left: Left, details: Mapping[str, Any]) -> HttpRefusal:
    retry_after_s = max(1, math.ceil((units - left.units) / charged.budget.units_per_second))
    error = RateLimited("budget_spent", units=units, remaining=charged.remaining, seconds=retry_after_s)
    headers = {**dict(charged.headers), "retry-after": str(retry_after_s)}
    return HttpRefusal(429, error, headers, details)
