"""Counts and traces every operation and call of a source, with one OpenTelemetry span each.

Without an SDK in the process, spans are neither recorded nor sent. No attribute holds a value, a document or a URL.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, ProxyTracer, ProxyTracerProvider, SpanKind, Status, StatusCode

from api.observability.metrics import Metrics
from connectors.guard.guard import CallEnd
from engine.cost import FREE, Cost

_tracer = trace.get_tracer("simpul")
_SUCCEEDED = frozenset({"OK", "STALE"})


def _is_traced() -> bool:
    """Whether there is an SDK: to make spans that nobody records takes as long as to count."""
    return not (isinstance(_tracer, ProxyTracer) and isinstance(trace.get_tracer_provider(), ProxyTracerProvider))


@dataclass(slots=True)
class Observed:
    """The outcome and cost of an operation. It counts as cancelled until another outcome is set."""

    outcome: str = "cancelled"
    cost: Cost = FREE

    def costs(self, cost: Cost) -> None:
        self.cost = cost

    def answered(self, body: dict[str, Any]) -> None:
        self.outcome = "partial" if "errors" in body else "ok"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics and spans of one process."""

    metrics: Metrics = field(default_factory=Metrics)

    def call_ended(self, end: CallEnd) -> None:
        self.metrics.call_ended(end)
        if not _is_traced():
            return
        ended_ns = time.time_ns()
        span = _tracer.start_span(
            f"call {end.source}",
            kind=SpanKind.CLIENT,
            start_time=ended_ns - round(end.elapsed_s * 1e9),
            attributes={"simpul.source": end.source, "simpul.state": end.state, "simpul.copy": end.is_local},
        )
        if end.state not in _SUCCEEDED:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended_ns)

    @contextmanager
    def operation(self, name: str | None, kind: str) -> Iterator[Observed]:
        """Count and trace the operation that runs in this context."""
        observed, started = Observed(), time.perf_counter()
        label = self.metrics.names.label(name)
        # An exception is not recorded: its text may hold what a driver said.
        spanning = (
            _tracer.start_as_current_span(
                f"GraphQL {kind}",
                kind=SpanKind.SERVER,
                attributes={"graphql.operation.name": label, "graphql.operation.type": kind},
                record_exception=False,
                set_status_on_exception=False,
            )
            if _is_traced()
            else nullcontext(INVALID_SPAN)
        )
        with spanning as span:
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
