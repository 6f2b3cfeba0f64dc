"""Gathers the metrics of all processes of a hub: each writes its own to a file, and any serves all at /metrics.

Every process has a label `worker`. A replaced process counts from zero again, which Prometheus understands of one
series, but would take for new work in a sum.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from api.identity.viewers import ViewerReader, viewer_of
from api.serving.frozen_head import head_of
from models.errors import SignInUnavailable, Unauthenticated
from models.policy.viewer import Role

WRITTEN_EVERY_S = 2.0
"""How old the counts of another process may be."""
_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")

Snapshot = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class WorkerSlot:
    """One of the processes of a hub. Without a folder it is the only one."""

    number: int = 0
    folder: Path | None = None

    @property
    def file(self) -> Path | None:
        return self.folder / f"{self.number}.metrics" if self.folder is not None else None

    def others(self) -> dict[int, Snapshot]:
        """The last counts of the other processes, also of one that is being replaced."""
        found: dict[int, Snapshot] = {}
        for file in self.folder.glob("*.metrics") if self.folder is not None else ():
            number = int(file.stem)
            if number != self.number:
                with suppress(OSError, orjson.JSONDecodeError):
                    found[number] = orjson.loads(file.read_bytes())
        return found


ALONE = WorkerSlot()


@dataclass(frozen=True, slots=True)
class Gathering:
    """The counts of this process, together with those of all others."""

    registry: CollectorRegistry
    worker_slot: WorkerSlot

    async def write(self) -> None:
        """Write the counts for the other processes again and again, until cancelled. Ends at once without others."""
        file = self.worker_slot.file
        while file is not None:
            staged = file.with_suffix(".new")
            # A full disk costs the counts, and nothing else.
            with suppress(OSError):
                await asyncio.to_thread(staged.write_bytes, orjson.dumps(snapshot_of(self.registry)))
                staged.replace(file)
            await asyncio.sleep(WRITTEN_EVERY_S)

    def text(self) -> bytes:
        """The counts of all processes in Prometheus's text format."""
        gathered = CollectorRegistry()
        gathered.register(_Gathered({self.worker_slot.number: snapshot_of(self.registry)} | self.worker_slot.others()))
        return generate_latest(gathered)


def snapshot_of(registry: CollectorRegistry) -> Snapshot:
    """Each metric with its samples, without their times of creation."""
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


class MetricsRoute:
    """/metrics: for requests from this machine, and for an operator from anywhere."""

    def __init__(self, gathering: Gathering, viewers: ViewerReader) -> None:
        self._gathering = gathering
        self._viewers = viewers

    async def __call__(self, http: HttpRequest) -> Response:
        if not _is_from_here(http) and not await self._is_operator(http):
            return PlainTextResponse("For this machine, or with the token of an operator.\n", status_code=403)
        headers = {"cache-control": "no-store", "content-type": CONTENT_TYPE_LATEST}
        return Response(self._gathering.text(), headers=headers)

    async def _is_operator(self, http: HttpRequest) -> bool:
        try:
            return (await viewer_of(self._viewers, head_of(http.scope).fields)).viewer.role is Role.OPERATOR
        except (Unauthenticated, SignInUnavailable):
            return False


def _is_from_here(http: HttpRequest) -> bool:
    """Whether it was sent from this machine, and not forwarded by a proxy on it."""
    head = head_of(http.scope)
    if head.peer is None or any(name in head.fields for name in _FORWARDED):
        return False
    try:
        return ip_address(head.peer).is_loopback
    except ValueError:
        return False
