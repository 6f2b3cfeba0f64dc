"""The Prometheus metrics of the hub's own work: names, codes and numbers, never a value or a URL."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from enum import Enum

from prometheus_client import CollectorRegistry, Counter, Histogram

from connectors.guard.guard import CallEnd

NAMES_MAX = 100
"""How many operation names have a label. Clients choose the names, and may send any number."""
NAME_CHARS_MAX = 60
NAME_DIGITS_MAX = 5
OTHER, ANONYMOUS_NAME = "other", "anonymous"
LAG_EVERY_S = 0.5
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1, 2.5, 5)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)


class Refusal(Enum):
    """Why a valid operation was refused."""

    ROWS = "rows"
    OPERATION_UNITS = "operation units"
    BUDGET = "budget"
    INTROSPECTION = "introspection"
    PERSONAL_GET = "personal GET"


@dataclass(slots=True)
class Names:
    """Labels for operations: the first NAMES_MAX names each, and one label for all others."""

    _known: set[str] = field(default_factory=set)

    def label(self, name: str | None) -> str:
        if name is None:
            return ANONYMOUS_NAME
        if name in self._known:
            return name
        # A client may have put a personal number into the name.
        if (
            len(self._known) >= NAMES_MAX
            or len(name) > NAME_CHARS_MAX
            or len(re.findall(r"\d", name)) > NAME_DIGITS_MAX
        ):
            return OTHER
        self._known.add(name)
        return name


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.names = Names()
        call = ["source", "asked"]
        self._calls = Counter("simpul_source_calls", "Calls by how they ended.", [*call, "outcome"], registry=registry)
        self._call_s = Histogram(
            "simpul_source_call_seconds", "How long calls took.", call, registry=registry, buckets=_SECONDS
        )
        self._operations = Counter(
            "simpul_operations", "GraphQL operations by how they ended.", ["operation", "outcome"], registry=registry
        )
        self._operation_s = Histogram(
            "simpul_operation_seconds", "How long operations took.", ["operation"], registry=registry, buckets=_SECONDS
        )
        self._cost = Counter(
            "simpul_operation_cost", "What operations could cost at most.", ["operation"], registry=registry
        )
        self._refused = Counter("simpul_refusals", "Operations that were not run.", ["reason"], registry=registry)
        self._units = Counter("simpul_budget_units", "Units of cost charged.", ["budget"], registry=registry)
        self._lag_s = Histogram(
            "simpul_event_loop_lag_seconds", "How late the event loop is.", registry=registry, buckets=_LAG_SECONDS
        )

        self._of_calls: dict[tuple[str, bool, str], tuple[Counter, Histogram]] = {}
        """The labelled metrics by source and state, cached: finding them takes longer than counting."""
        self._of_operations: dict[tuple[str, str], tuple[Counter, Histogram, Counter]] = {}
        """The same by the label of an operation and its outcome, of which there are few (`Names`)."""

    def call_ended(self, end: CallEnd) -> None:
        counting = (end.source, end.is_local, end.state)
        if counting not in self._of_calls:
            asked = "copy" if end.is_local else "source"
            calls = self._calls.labels(end.source, asked, end.state.lower())
            self._of_calls[counting] = calls, self._call_s.labels(end.source, asked)
        calls, call_s = self._of_calls[counting]
        calls.inc()
        call_s.observe(end.elapsed_s)

    def operation_ended(self, label: str, outcome: str, elapsed_s: float, cost: int) -> None:
        """`outcome` is `ok`, `partial` (there are errors beside the data), `refused`, `cancelled` or `failed`."""
        counting = (label, outcome)
        if counting not in self._of_operations:
            of_label = self._operation_s.labels(label), self._cost.labels(label)
            self._of_operations[counting] = self._operations.labels(label, outcome), *of_label
        operations, operation_s, costs = self._of_operations[counting]
        operations.inc()
        operation_s.observe(elapsed_s)
        costs.inc(cost)

    def refused(self, reason: Refusal) -> None:
        self._refused.labels(reason.value).inc()

    def charged(self, budget: str, units: int) -> None:
        """`budget` is a name out of models/policy/budgets.py."""
        self._units.labels(budget).inc(units)

    async def watch_loop(self) -> None:
        """Measure the lag of the event loop again and again, until cancelled."""
        while True:
            due_s = time.perf_counter() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self._lag_s.observe(max(0.0, time.perf_counter() - due_s))
