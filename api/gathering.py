"""Gathering: the processes of one hub leave their counts in files, so that whichever is asked gives those of all.

Every process is a label of its own, `worker`: a process that was replaced counts from zero again, which Prometheus
understands of one series, and would take for new work in a sum.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

LEFT_EVERY_S = 2.0
"""How old the counts of another process may be."""

Snapshot = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of one process among those of a hub. Without a folder it is the only one."""

    number: int = 0
    folder: Path | None = None

    @property
    def file(self) -> Path | None:
        return self.folder / f"{self.number}.metrics" if self.folder is not None else None

    def others(self) -> dict[int, Snapshot]:
        """What the other processes left last. One that is being replaced has left what it had."""
        found: dict[int, Snapshot] = {}
        for file in self.folder.glob("*.metrics") if self.folder is not None else ():
            number = int(file.stem)
            if number != self.number:
                with suppress(OSError, orjson.JSONDecodeError):
                    found[number] = orjson.loads(file.read_bytes())
        return found


ALONE = Seat()


@dataclass(frozen=True, slots=True)
class Gathering:
    """The counts of one process, and through it those of all."""

    registry: CollectorRegistry
    seat: Seat

    async def leave(self) -> None:
        """Leave the counts for the others, again and again. Ends when cancelled, and at once where there are none."""
        file = self.seat.file
        while file is not None:
            staged = file.with_suffix(".new")
            # A full disk must cost no more than the counts.
            with suppress(OSError):
                await asyncio.to_thread(staged.write_bytes, orjson.dumps(snapshot_of(self.registry)))
                staged.replace(file)
            await asyncio.sleep(LEFT_EVERY_S)

    def text(self) -> bytes:
        """The counts of all processes in Prometheus's text format."""
        gathered = CollectorRegistry()
        gathered.register(_Gathered({self.seat.number: snapshot_of(self.registry)} | self.seat.others()))
        return generate_latest(gathered)


def snapshot_of(registry: CollectorRegistry) -> Snapshot:
    """Each metric with its samples; not when each was made, which nobody asks for."""
    return [
        {
            "name": metric.name,
            "says": metric.documentation,
            "type": metric.type,
            "samples": [
                [sample.name, sample.labels, sample.value]
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ],
        }
        for metric in registry.collect()
    ]


class _Gathered(Collector):
    def __init__(self, snapshots: dict[int, Snapshot]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterable[Metric]:
        return _merged(self._snapshots).values()


def _merged(snapshots: dict[int, Snapshot]) -> dict[str, Metric]:
    merged: dict[str, Metric] = {}
    for number, metric in _metrics(snapshots):
        family = merged.setdefault(metric["name"], Metric(metric["name"], metric["says"], metric["type"]))
        for name, labels, value in metric["samples"]:
            family.add_sample(name, {"worker": str(number), **labels}, value)
    return merged


def _metrics(snapshots: dict[int, Snapshot]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, snapshot in sorted(snapshots.items()):
        for metric in snapshot:
            yield number, metric
