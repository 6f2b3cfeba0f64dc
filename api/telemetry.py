"""Telemetry: what is counted and traced of every operation, in one place, so that nobody else has to think of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.trace import Status, StatusCode

from api.metrics import Metrics
from api.traces import call_span, operation_span
from connectors.guard import CallEnd
from engine.cost import FREE, Cost


@dataclass(slots=True)
class Observed:
    """What becomes known of an operation while it runs. What nobody sets is that it was cancelled."""

    outcome: str = "cancelled"
    cost: Cost = FREE

    def costs(self, cost: Cost) -> None:
        self.cost = cost

    def answered(self, body: dict[str, Any]) -> None:
        self.outcome = "partial" if "errors" in body else "ok"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The counts and the spans of one process."""

    metrics: Metrics = field(default_factory=Metrics)

    def call_ended(self, end: CallEnd) -> None:
        self.metrics.call_ended(end)
        call_span(end)

    @contextmanager
    def operation(self, name: str | None, kind: str) -> Iterator[Observed]:
        """Count and trace what is done in this context."""
        observed, started = Observed(), time.perf_counter()
        label = self.metrics.names.label(name)
        with operation_span(label, kind) as span:
            try:
                yield observed
            except Exception:
                observed.outcome = "failed" if observed.outcome == "cancelled" else observed.outcome
                raise
            finally:
                span.set_attribute("simpul.outcome", observed.outcome)
                if observed.outcome == "failed":
                    span.set_status(Status(StatusCode.ERROR))
                self.metrics.operation_ended(
                    label, observed.outcome, time.perf_counter() - started, observed.cost.total
                )
