"""Traces: one span per operation and per call of a source, through OpenTelemetry's interface.

Without an SDK in the process, nothing is recorded and nothing is sent. No attribute holds a value, a document or a URL.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from connectors.guard import CallEnd

_tracer = trace.get_tracer("simpul")
_FINE = frozenset({"OK", "STALE"})


@contextmanager
def operation_span(label: str, kind: str) -> Iterator[Span]:
    """The span of an operation; `label` is its name as the metrics have it, `kind` is query, mutation ..."""
    with _tracer.start_as_current_span(
        f"GraphQL {kind}",
        kind=SpanKind.SERVER,
        attributes={"graphql.operation.name": label, "graphql.operation.type": kind},
        # Its text may hold what a driver said.
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


def call_span(end: CallEnd) -> None:
    """The span of a call that has ended, within that of the operation that it was made for."""
    ended_ns = time.time_ns()
    span = _tracer.start_span(
        f"call {end.source}",
        kind=SpanKind.CLIENT,
        start_time=ended_ns - round(end.elapsed_s * 1e9),
        attributes={"simpul.source": end.source, "simpul.state": end.state, "simpul.copy": end.is_local},
    )
    if end.state not in _FINE:
        span.set_status(Status(StatusCode.ERROR))
    span.end(ended_ns)
