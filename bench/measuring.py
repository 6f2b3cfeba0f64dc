"""Measuring: servers side by side, by turns, after their answers were found to be the same."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from bench.client import Asked, Connection, run_slice
from bench.processes import Server
from bench.targets import Asker, Target
from bench.workloads import Workload

WARM_UP_S = 0.3
WARM_UP_REQUESTS_MIN = 10


class AnswersDiffer(Exception):
    """Two servers answered one request differently; the sentence shows where. Their times say nothing."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often: concurrencies of the closed loop, rounds of every server by turns, seconds of each."""

    concurrencies: tuple[int, ...]
    rounds: int
    slice_s: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One slice of one server."""

    requests: int
    cpu_ms: float
    latency_ms: float
    requests_per_s: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Result:
    """One server under one workload at one concurrency, round by round."""

    workload: Workload
    target: str
    concurrency: int
    samples: tuple[Sample, ...]

    @property
    def cpu_ms(self) -> float:
        """The median of the rounds, for one request."""
        return statistics.median(sample.cpu_ms for sample in self.samples)

    @property
    def cpu_ms_spread(self) -> tuple[float, float]:
        figures = [sample.cpu_ms for sample in self.samples]
        return min(figures), max(figures)

    @property
    def latency_ms(self) -> float:
        return statistics.median(sample.latency_ms for sample in self.samples)

    @property
    def requests_per_s(self) -> float:
        return statistics.median(sample.requests_per_s for sample in self.samples)


Running = tuple[Target, Server]


async def measure(
    workload: Workload, running: Sequence[Running], asker: Asker, effort: Effort, advance: Callable[[], None]
) -> list[Result]:
    """The results of every server that the workload is for. Raises Unanswered."""
    taking_part = [(target, server) for target, server in running if target.kind in workload.kinds]
    for target, server in taking_part:
        await run_slice(server.port, partial(asker.ask, workload, target.kind), 4, WARM_UP_S, WARM_UP_REQUESTS_MIN)
    found: dict[tuple[str, int], list[Sample]] = {}
    for concurrency in effort.concurrencies[:1] if workload.alone else effort.concurrencies:
        for turn in range(effort.rounds):
            for target, server in _by_turns(taking_part, turn):
                sample = await _sample(server, partial(asker.ask, workload, target.kind), concurrency, effort.slice_s)
                found.setdefault((target.name, concurrency), []).append(sample)
            advance()
    return [Result(workload, *place, tuple(samples)) for place, samples in found.items()]


def _by_turns(running: Sequence[Running], turn: int) -> Iterable[Running]:
    """Another server first in every round, so that none is always measured in the wake of the same one."""
    first = turn % len(running)
    return [*running[first:], *running[:first]]


async def _sample(server: Server, asked: Callable[[], Asked], concurrency: int, seconds: float) -> Sample:
    before_s = server.cpu_s
    found = await run_slice(server.port, asked, concurrency, seconds, requests_min=concurrency)
    cpu_s = server.cpu_s - before_s
    return Sample(
        found.requests,
        cpu_s * 1_000 / found.requests,
        statistics.median(found.latencies_s) * 1_000,
        found.requests / found.wall_s,
        server.memory_mb,
    )


async def compare(workload: Workload, running: Sequence[Running], asker: Asker) -> None:
    """Ask every server that the workload is for once; what they answer besides data is left out.

    Raises AnswersDiffer or Unanswered.
    """
    answers: dict[str, object] = {}
    for target, server in running:
        if target.kind not in workload.kinds:
            continue
        connection = await Connection.open(server.port)
        try:
            answer = orjson.loads(await connection.ask(asker.ask(workload, target.kind, number=0)))
        finally:
            connection.close()
        if "errors" in answer:
            raise AnswersDiffer(f"{workload.name}: {target.name} answers with errors: {answer['errors'][:2]}")
        answers[target.name] = answer["data"]
    if not answers:
        raise AnswersDiffer(f"{workload.name}: nobody takes part")
    (first, expected), *others = answers.items()
    for name, data in others:
        if data != expected:
            raise AnswersDiffer(f"{workload.name}: {first} and {name} differ: {_difference(expected, data)}")


def _difference(one: object, other: object, path: str = "") -> str:
    """The first place where two answers are not the same."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(_difference(one[key], other[key], f"{path}.{key}") for key in one if one[key] != other[key])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        at = next(at for at, (here, there) in enumerate(zip(one, other, strict=True)) if here != there)
        return _difference(one[at], other[at], f"{path}[{at}]")
    return f"{path}: {str(one)[:200]} and {str(other)[:200]}"
