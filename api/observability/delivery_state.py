"""Metrics of what waits to be delivered, and of how attempts to deliver end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from resolvers.delivering import Delivering


# Compared by identity, since a registry keeps it as a key.
@dataclass(frozen=True, slots=True, eq=False)
class DeliveryState(Collector):
    """What the outbox of all processes holds, and the attempts of this one."""

    delivering: Delivering
    clock: Callable[[], float] = time.time

    def collect(self) -> Iterator[Metric]:
        by_source = ["source"]
        waiting = GaugeMetricFamily("simpul_outbox_waiting", "Actions to be delivered.", labels=by_source)
        oldest = GaugeMetricFamily(
            "simpul_outbox_oldest_seconds", "For how long the oldest of them has waited.", labels=by_source
        )
        attention = GaugeMetricFamily("simpul_outbox_attention", "Actions that need a person.", labels=by_source)
        for source, standing in sorted(self.delivering.standing.items()):
            waiting.add_metric([source], standing.waiting)
            attention.add_metric([source], standing.attention)
            if standing.oldest is not None:
                oldest.add_metric([source], max(0.0, self.clock() - standing.oldest.timestamp()))
        yield from (waiting, oldest, attention)
        attempts = CounterMetricFamily(
            "simpul_delivery_attempts", "Attempts to deliver by how they ended.", labels=["source", "outcome"]
        )
        for (source, outcome), times in sorted(
            self.delivering.outcomes.items(), key=lambda item: (item[0][0], item[0][1].value)
        ):
            attempts.add_metric([source, outcome.value], times)
        yield attempts
