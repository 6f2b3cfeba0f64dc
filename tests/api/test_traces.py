"""Traces: one span per operation and per call of a source, and nothing in them that is a client's or a person's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from api.observability import telemetry
from models.policy.viewer import Role
from tests.api.hub import Running


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("simpul"))
    yield exporter
    provider.shutdown()


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """By name, those of the only operation: what the hub does by itself meanwhile is none."""
    found = exporter.get_finished_spans()
    (operation,) = (span for span in found if span.name == "GraphQL query")
    within = [span for span in found if trace_of(span) == trace_of(operation)]
    assert len({span.name for span in within}) == len(within)
    return {span.name: span for span in within}


def trace_of(span: ReadableSpan) -> int:
    assert span.context is not None
    trace_id: int = span.context.trace_id
    return trace_id


async def test_an_operation_and_its_calls_are_spans(hub: Running, exported: InMemorySpanExporter) -> None:
    query = 'query Street { complaints(first: 2) { nodes { id description } } area(code: "36.71") { name } }'
    await hub.ask(query, hub.bearer(Role.ANALYST))
    found = spans(exported)
    assert set(found) == {"GraphQL query", "call complaints", "call areas"}
    operation, call = found["GraphQL query"], found["call complaints"]
    assert operation.attributes == {
        "graphql.operation.name": "Street",
        "graphql.operation.type": "query",
        "simpul.outcome": "partial",
    }
    assert call.attributes == {"simpul.source": "complaints", "simpul.state": "OK", "simpul.copy": False}
    assert call.parent is not None
    assert operation.context is not None
    assert call.parent.span_id == operation.context.span_id
    assert (operation.start_time or 0) <= (call.start_time or 0) <= (call.end_time or 0) <= (operation.end_time or 0)


async def test_failures_are_told_without_their_words(
    hub: Running, exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("3671010101900001")

    monkeypatch.setattr(hub.hub.operations.lanes, "run", fail)
    await hub.ask("{ complaints(first: 1) { nodes { id } } }")
    (span,) = spans(exported).values()
    assert span.status.status_code is StatusCode.ERROR
    assert "3671010101900001" not in span.to_json()
    assert span.events == ()


async def test_a_call_that_fails_is_an_error(
    hub: Running, exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.guard.connections.WAITING_CALLS_MAX", 0)
    await hub.ask("{ complaints(first: 4) { nodes { id } } }")
    call = spans(exported)["call complaints"]
    assert (call.status.status_code, (call.attributes or {})["simpul.state"]) == (StatusCode.ERROR, "refused")


def test_without_an_sdk_nothing_is_recorded() -> None:
    with telemetry._tracer.start_as_current_span("Street") as span:
        assert not span.is_recording()
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
