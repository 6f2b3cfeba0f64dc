"""The state of streams for the hub's metrics: what is open, what went out, what nobody had time for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.event_stream import EventStreams
from store.broker import BrokerCounts


# By identity, since a registry keeps it in a dictionary.
@dataclass(frozen=True, slots=True, eq=False)
class StreamState(Collector):
    """What is so at the moment, read where it lies whenever somebody asks."""

    event_streams: EventStreams
    broker: BrokerCounts

    def collect(self) -> Iterator[Metric]:
        places, streams = self.event_streams.places, self.event_streams.streams.counts
        for name, says, value in (
            ("simpul_stream_connections", "Connections that are open for events.", places.taken),
            ("simpul_streams_running", "Operations that run as streams.", streams.running),
        ):
            gauge = GaugeMetricFamily(name, says)
            gauge.add_metric([], value)
            yield gauge
        for name, says, count in (
            ("simpul_stream_connections_refused", "Connections that found no place.", places.refused),
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
