"""Metrics of the current state of the hub, read from its parts at each scrape."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.graphql.charging import FallbackBuckets
from api.overload.admission import Admission
from api.responses.cache import Responses
from api.streams.event_stream import EventStreams
from connectors.cache.reads import ReadCache
from connectors.guard.breaker import BreakerState
from connectors.guard.guard import Guard
from connectors.replica.replica import Replica
from store.broker import BrokerCounts

SHAPES_SHOWN_MAX = 20
"""How many query shapes of a source are listed: clients may make any number."""


# Compared by identity, since a registry keeps it as a key.
@dataclass(frozen=True, slots=True, eq=False)
class HubState(Collector):
    """Guards, copies, admission, caches and budgets of one process."""

    guard: Guard
    admission: Admission
    replicas: tuple[Replica, ...]
    cache: ReadCache
    responses: Responses
    fallback_buckets: FallbackBuckets
    clock: Callable[[], float] = time.time

    def collect(self) -> Iterator[Metric]:
        yield from self._bulkheads()
        yield from self._copies()
        yield from self._admitted()
        yield from self._kept()

    def _bulkheads(self) -> Iterator[Metric]:
        bulkheads = self.guard.bulkheads
        yield _gauge(
            "source_calls_waiting",
            "Calls that wait for a connection.",
            ((n, d.connections.waiting) for n, d in bulkheads.items()),
        )
        yield _gauge(
            "source_calls_abandoned",
            "Calls whose driver is still to end after their deadline.",
            ((name, len(bulkhead.abandoned)) for name, bulkhead in bulkheads.items()),
        )
        breaker = GaugeMetricFamily(
            "simpul_source_breaker", "1 for the state that the breaker is in.", labels=["source", "state"]
        )
        for name, bulkhead in bulkheads.items():
            for state in BreakerState:
                breaker.add_metric([name, state.value], bulkhead.breaker.state is state)
        yield breaker
        probes = CounterMetricFamily(
            "simpul_source_probes",
            "How often a source that is left alone was asked whether it is back.",
            labels=["source"],
        )
        for name, bulkhead in bulkheads.items():
            probes.add_metric([name], bulkhead.probes_sent)
        yield probes
        yield from self._shared()

    def _shared(self) -> Iterator[Metric]:
        """How callers share the connections of each source, and which query shapes are refused as slow."""
        by_class = ["source", "class"]
        held = GaugeMetricFamily("simpul_source_connections", "Connections by whose calls have them.", labels=by_class)
        waiting = GaugeMetricFamily(
            "simpul_source_callers_waiting", "Calls that wait for a connection, by whose they are.", labels=by_class
        )
        slow = GaugeMetricFamily(
            "simpul_source_shape_refused_seconds",
            "For how long yet questions are refused that have been too slow.",
            labels=[*by_class, "shape"],
        )
        refusals = CounterMetricFamily(
            "simpul_source_shape_refusals", "Questions that were refused for being slow.", labels=["source"]
        )
        for name, bulkhead in self.guard.bulkheads.items():
            for caller, number in bulkhead.connections.held.items():
                held.add_metric([name, caller.value], number)
                waiting.add_metric([name, caller.value], len(bulkhead.connections.lines[caller]))
            refusals.add_metric([name], bulkhead.slow.refusals)
            for (caller, shape), wait_s in islice(bulkhead.slow.refused().items(), SHAPES_SHOWN_MAX):
                slow.add_metric([name, caller.value, shape], wait_s)
        yield from (held, waiting, slow, refusals)

    def _copies(self) -> Iterator[Metric]:
        ages = [
            (replica.source, self.clock() - replica.state.copied_at.timestamp())
            for replica in self.replicas
            if replica.state.copied_at is not None
        ]
        yield _gauge("replica_age_seconds", "How long ago the copy in use was made.", ages)
        yield _gauge(
            "replica_load_good",
            "1 where the last load went well.",
            (
                (replica.source, replica.state.checked_at is not None and not replica.state.reason)
                for replica in self.replicas
            ),
        )

    def _admitted(self) -> Iterator[Metric]:
        running = GaugeMetricFamily("simpul_admission_running", "Operations at work.")
        running.add_metric([], self.admission.running)
        yield running
        waiting = GaugeMetricFamily(
            "simpul_admission_waiting", "Operations that wait for their turn.", labels=["class"]
        )
        refused = CounterMetricFamily("simpul_admission_refused", "Operations that found no room.", labels=["class"])
        for name, line in self.admission.lines.items():
            waiting.add_metric([name], line.waiting)
            refused.add_metric([name], line.refused)
        yield waiting
        yield refused

    def _kept(self) -> Iterator[Metric]:
        events = CounterMetricFamily(
            "simpul_cache_reads", "Reads by what the cache did for them.", labels=["source", "event"]
        )
        for (source, event), times in sorted(
            self.cache.counts.items(), key=lambda item: (item[0][0], item[0][1].value)
        ):
            events.add_metric([source, event.value], times)
        yield events
        responses = CounterMetricFamily(
            "simpul_responses", "Anonymous public requests by how they were answered.", labels=["how"]
        )
        counts = self.responses.counts
        for how, times in (("kept", counts.hits), ("joined", counts.joined), ("run", counts.runs)):
            responses.add_metric([how], times)
        yield responses
        held = GaugeMetricFamily("simpul_responses_held_bytes", "How large the kept answers are.")
        held.add_metric([], self.responses.bytes_held)
        yield held
        fallbacks = CounterMetricFamily("simpul_budget_fallbacks", "Charges that Redis did not take in time.")
        fallbacks.add_metric([], self.fallback_buckets.fallbacks)
        yield fallbacks


# Compared by identity, as above.
@dataclass(frozen=True, slots=True, eq=False)
class StreamState(Collector):
    """Streams and events of one process."""

    event_streams: EventStreams
    broker: BrokerCounts

    def collect(self) -> Iterator[Metric]:
        limits, streams = self.event_streams.limits, self.event_streams.streams.counts
        for name, says, value in (
            ("simpul_stream_connections", "Connections that are open for events.", limits.taken),
            ("simpul_streams_running", "Operations that run as streams.", streams.running),
        ):
            gauge = GaugeMetricFamily(name, says)
            gauge.add_metric([], value)
            yield gauge
        for name, says, count in (
            ("simpul_stream_connections_refused", "Connections that found no place.", limits.refused),
            ("simpul_stream_answers", "Answers that went out in streams.", streams.answers),
            ("simpul_streams_failed", "Streams that ended by an error.", streams.failed),
        ):
            counter = CounterMetricFamily(name, says)
            counter.add_metric([], count)
            yield counter
        events = CounterMetricFamily("simpul_events", "Events by what became of them.", labels=["what"])
        for what, times in (
            ("published", self.broker.published),
            ("overtaken", self.broker.overtaken),
            ("dropped", self.broker.dropped),
        ):
            events.add_metric([what], times)
        yield events


def _gauge(name: str, says: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"simpul_{name}", says, labels=["source"])
    for source, value in values:
        family.add_metric([source], value)
    return family
