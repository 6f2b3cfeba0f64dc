"""Report: figures as tables for people, with the machine and the versions that they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.in_process import Figures
from bench.measuring import Effort, Result
from bench.targets import COMPILED, HAND_WRITTEN, IN_MEMORY, MERCURIUS, POSTGRAPHILE, STRAWBERRY

LIBRARIES = (
    "graphql-core", "strawberry-graphql", "fastapi", "uvicorn", "uvloop", "httptools", "orjson", "sqlalchemy",
    "asyncpg",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goal:
    """How many times less processor time than `against` the hub, or its engine, takes for a request, at least."""

    workload: str
    against: str
    ratio_min: float
    of: str = COMPILED


GOALS_IN_PROCESS = {"Q1": 35.0, "Q2": 20.0, "Q3": 50.0}
GOALS = (
    Goal("W0", STRAWBERRY, 15.0),
    Goal("W1", STRAWBERRY, 20.0),
    Goal("W2", STRAWBERRY, 15.0),
    Goal("W1", HAND_WRITTEN, 0.7),
    Goal("W2", HAND_WRITTEN, 0.85),
    Goal("W1", POSTGRAPHILE, 1.5),
    Goal("W2", POSTGRAPHILE, 2.5),
    Goal("memory.Q1", MERCURIUS, 1.0, IN_MEMORY),
    Goal("memory.Q2", MERCURIUS, 1.3, IN_MEMORY),
)


Profiles = Mapping[str, Mapping[str, float]]
"""By workload, the share of the hub's time that each of its parts took."""

TRIED = Path(__file__).resolve().parent / "tried.md"


def written(alone: Sequence[Figures], results: Sequence[Result], effort: Effort, profiles: Profiles) -> str:
    """The whole report, as Markdown."""
    parts = (_heading(effort), _alone(alone), _over_http(results), _goals(alone, results), _where(profiles))
    return "\n".join((*(line for part in parts for line in part), ""))


def _where(profiles: Profiles) -> Iterator[str]:
    """Where the time of the hub goes in the workloads whose goals are missed, and what was tried."""
    if not profiles:
        return
    yield "## Where the time goes that is missing"
    yield ""
    yield (
        "Shares of the hub's time under a profiler, which makes small functions look larger than they are: an order, "
        "not times."
    )
    yield ""
    yield f"| part of the hub | {' | '.join(profiles)} |"
    yield f"|---|{'---|' * len(profiles)}"
    for part in next(iter(profiles.values())):
        yield f"| {part} | {' | '.join(f'{shares[part]:.0%}' for shares in profiles.values())} |"
    yield ""
    yield from TRIED.read_text(encoding="utf-8").rstrip().splitlines()
    yield ""


def missed(results: Sequence[Result]) -> list[str]:
    """The workloads over HTTP in which a goal was missed, each once."""
    found: dict[str, None] = {}
    for wanted in GOALS:
        of_it = [result for result in results if result.workload.name == wanted.workload]
        ours, theirs = _cpu_ms(of_it, wanted.of, 1), _cpu_ms(of_it, wanted.against, 1)
        if wanted.of == COMPILED and ours is not None and theirs is not None and theirs / ours < wanted.ratio_min:
            found[wanted.workload] = None
    return list(found)


def _heading(effort: Effort) -> Iterator[str]:
    yield "# Results of the benchmark"
    yield ""
    yield (
        "`python3 dev.py bench` makes this page. The figure to compare is **milliseconds of processor time of the "
        "server's processes per request**:"
    )
    yield (
        "median of the rounds (least to most), every server by turns in each round. Latency and requests per second "
        "are those of a small shared machine."
    )
    yield (
        "The hub checks a token and applies its policy in every request; its peers do neither, and read the same "
        "clean tables."
    )
    yield ""
    yield f"- {effort.rounds} rounds of {effort.slice_s} s for each server; {_machine()}"
    yield f"- CPython {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield ""


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, {sys.platform}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _alone(alone: Sequence[Figures]) -> Iterator[str]:
    yield "## The engine alone"
    yield ""
    yield "One process, no HTTP, no database: both lanes of one schema, from a parsed document to bytes."
    yield ""
    yield "| query | answer | compiled | reference | ratio |"
    yield "|---|---|---|---|---|"
    for one in alone:
        yield (
            f"| {one.query} | {one.answer_bytes / 1_000:.1f} kB | {_spread(one.compiled_ms)} | "
            f"{_spread(one.reference_ms)} | {one.ratio:.1f} |"
        )
    yield ""


def _spread(figures: Sequence[float]) -> str:
    return f"{statistics.median(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"


def _over_http(results: Sequence[Result]) -> Iterator[str]:
    yield "## Over HTTP, with PostgreSQL"
    yield ""
    for workload in dict.fromkeys(result.workload for result in results):
        of_it = [result for result in results if result.workload is workload]
        yield f"### {workload.name}: {workload.title}"
        yield ""
        yield "| server | at once | CPU ms | of the compiled lane | latency ms | requests per s | memory MB |"
        yield "|---|---|---|---|---|---|---|"
        for one in of_it:
            base = _cpu_ms(of_it, COMPILED, one.concurrency) or _cpu_ms(of_it, IN_MEMORY, one.concurrency)
            times = f"{one.cpu_ms / base:.2f}" if base else "-"
            cpu_ms = _spread([sample.cpu_ms for sample in one.samples])
            first, last = one.samples[0].memory_mb, one.samples[-1].memory_mb
            yield (
                f"| {one.target} | {one.concurrency} | {cpu_ms} | {times} | "
                f"{one.latency_ms:.1f} | {one.requests_per_s:.0f} | {first:.0f} to {last:.0f} |"
            )
        yield ""


def _cpu_ms(results: Sequence[Result], target: str, concurrency: int) -> float | None:
    return next((one.cpu_ms for one in results if (one.target, one.concurrency) == (target, concurrency)), None)


def _goals(alone: Sequence[Figures], results: Sequence[Result]) -> Iterator[str]:
    """Every goal with what was reached, one request at a time; what was missed is said as plainly."""
    yield "## Goals"
    yield ""
    yield "| the hub, compiled, against | goal | reached | |"
    yield "|---|---|---|---|"
    for figures in alone:
        goal = GOALS_IN_PROCESS.get(figures.query)
        if goal is not None:
            yield _goal(f"the reference lane in process, {figures.query}", goal, figures.ratio)
    for wanted in GOALS:
        of_it = [result for result in results if result.workload.name == wanted.workload]
        ours, theirs = _cpu_ms(of_it, wanted.of, 1), _cpu_ms(of_it, wanted.against, 1)
        if ours is not None and theirs is not None:
            yield _goal(f"{wanted.against}, {wanted.workload}", wanted.ratio_min, theirs / ours)
    yield ""


def _goal(against: str, goal: float, reached: float) -> str:
    return f"| {against} | {goal:g} | {reached:.2f} | {'yes' if reached >= goal else '**missed**'} |"
