"""The state of the hub for its metrics: what is so at the moment, read where it lies whenever somebody asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.admission import Admission
from api.charging import Purse
from api.responses import Responses
from connectors.breaker import BreakerState
from connectors.cache import ReadCache
from connectors.guard import Guard
from connectors.replica import Replica


# By identity, since a registry keeps it in a dictionary.
@dataclass(frozen=True, slots=True, eq=False)
class HubState(Collector):
    """What is so at the moment, read where it lies whenever somebody asks."""

    guard: Guard
    admission: Admission
    replicas: tuple[Replica, ...]
    cache: ReadCache
    responses: Responses
    purse: Purse
    clock: Callable[[], float] = time.time

    def collect(self) -> Iterator[Metric]:
        yield from self._doors()
        yield from self._copies()
        yield from self._admitted()
        yield from self._kept()

    def _doors(self) -> Iterator[Metric]:
        doors = self.guard.doors
        yield _gauge(
            "source_calls_waiting", "Calls that wait for a connection.", ((n, d.waiting) for n, d in doors.items())
        )
        yield _gauge(
            "source_calls_abandoned",
            "Calls whose driver is still to end after their deadline.",
            ((name, len(door.abandoned)) for name, door in doors.items()),
        )
        breaker = GaugeMetricFamily(
            "simpul_source_breaker", "1 for the state that the breaker is in.", labels=["source", "state"]
        )
        for name, door in doors.items():
            for state in BreakerState:
                breaker.add_metric([name, state.value], door.breaker.state is state)
        yield breaker
        probes = CounterMetricFamily(
            "simpul_source_probes",
            "How often a source that is left alone was asked whether it is back.",
            labels=["source"],
        )
        for name, door in doors.items():
            probes.add_metric([name], door.probes_sent)
        yield probes

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
        fallbacks.add_metric([], self.purse.fallbacks)
        yield fallbacks


def _gauge(name: str, says: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"simpul_{name}", says, labels=["source"])
    for source, value in values:
        family.add_metric([source], value)
    return family
