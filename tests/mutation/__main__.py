"""Breaks the modules that guard people's data, one small thing at a time, and says which of it no test notices.

A mutant is killed when a test of its module fails, or hangs. Each is tried in a process of its own, forked from one
that has the libraries imported, into which the changed source is imported in place of the file: any number may run at
once.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.mutation.mutants import Mutant, mutants_of

ROOT: Final = Path(__file__).resolve().parent.parent.parent
UNCHANGED_S_MAX: Final = 300
HANGS_S_MIN: Final = 5
HANGS_TIMES: Final = 4
"""A mutant hangs that takes so many times as long as its tests take without any change, and some seconds more."""
SAMPLE: Final = 60
KILLED_MIN: Final = 0.9

LIBRARIES: Final = (
    "alembic.command", "fastapi", "httpx2", "hypothesis.strategies", "opentelemetry.trace", "orjson", "redis.asyncio",
    "rich.progress", "shapely", "sqlalchemy.dialects.mysql.asyncmy", "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.ext.asyncio", "strawberry.relay", "structlog",
)  # fmt: skip
"""What takes longest to import, and is the same for every mutant."""
PYTEST: Final = (
    "-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:faker",
    # The same examples for every mutant, and none that an earlier one has left behind.
    "--hypothesis-profile=ci",
    # The libraries that are imported above have no assertions of ours.
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A module, and the tests that have to notice what is wrong in it."""

    path: str
    tests: tuple[str, ...]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")


_COST: Final = (
    "tests/engine/test_cost.py",
    "tests/engine/test_limits_cost.py::test_more_reads_than_are_listed_cost_more_than_is_allowed",
)
_LIMITS: Final = ("tests/engine/test_totals.py", "tests/engine/test_limits.py")
_SQLITE: Final = ("-k", "not postgresql and not mariadb")
_LEDGER: Final = (
    "tests/store/test_ledger_journal.py",
    "tests/store/test_ledger_export.py",
    "tests/store/test_ledger.py",
    "tests/store/test_ledger_index.py",
)
_VERIFY: Final = ("tests/store/test_ledger_verify.py",)
_ANCHORS: Final = ("tests/store/test_ledger_anchors.py", "tests/commands/test_ledger_tampering.py")
_GUARD: Final = (
    "tests/connectors/test_breaker.py",
    "tests/connectors/test_guard.py",
    "tests/connectors/test_guard_healing.py",
)
TARGETS: Final = (
    Target("models/policy/decisions.py", ("tests/models/test_policy.py",)),
    Target("engine/documents/limits.py", _LIMITS),
    Target("engine/documents/totals.py", _LIMITS),
    Target("engine/cost.py", _COST),
    Target("store/ledger/recording.py", (*_LEDGER, *_VERIFY, *_SQLITE)),
    Target("store/ledger/chain.py", (*_LEDGER, *_VERIFY, *_SQLITE)),
    Target("store/ledger/verify.py", (*_VERIFY, *_LEDGER, *_SQLITE)),
    Target("store/ledger/rows.py", (*_LEDGER, *_VERIFY, *_SQLITE)),
    Target("store/ledger/journal.py", (*_LEDGER, *_SQLITE)),
    Target("store/ledger/anchors/lines.py", (*_ANCHORS, *_VERIFY, *_SQLITE)),
    Target("store/ledger/anchors/appending.py", (*_ANCHORS, *_SQLITE)),
    Target("store/ledger/problems.py", (*_ANCHORS, *_SQLITE)),
    Target("store/ledger/anchors/copies.py", (*_ANCHORS, *_SQLITE)),
    Target("store/ledger/declaring.py", (*_VERIFY, *_ANCHORS, *_SQLITE)),
    Target("store/ledger/pseudonyms.py", (*_LEDGER, *_SQLITE)),
    Target("connectors/guard/breaker.py", _GUARD),
    Target("connectors/guard/guard.py", _GUARD),
)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from a source that is not in its file."""

    def __init__(self, target: Target, source: str) -> None:
        self._target = target
        self._source = source

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._target.module:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(ROOT / self._target.path))

    def get_source(self, fullname: str) -> str:
        return self._source


def passes(target: Target, source: str, seconds_max: int) -> bool:
    """Whether the tests of a module pass with this source, in a child of this process."""
    child = os.fork()
    if child == 0:
        signal.alarm(seconds_max)
        gc.disable()  # it ends before it needs the memory
        sys.meta_path.insert(0, Changed(target, source))
        with (
            Path(os.devnull).open("w") as nothing,
            contextlib.redirect_stdout(nothing),
            contextlib.redirect_stderr(nothing),
        ):
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
            code = pytest.main([*PYTEST, *target.tests])
        os._exit(int(code))
    _, status = os.waitpid(child, 0)
    return status == 0


def seconds_max_of(unchanged_s: float) -> int:
    """How long the tests of a mutant may take, which take so long without any change."""
    return HANGS_S_MIN + round(HANGS_TIMES * unchanged_s)


def sampled(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of them, chosen by the seed, in their order; all where there are fewer."""
    chosen = set(random.Random(seed).sample(range(len(mutants)), min(count, len(mutants))))
    return [mutant for number, mutant in enumerate(mutants) if number in chosen]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # for a terminal


def report(target: Target, count: int, seed: int) -> tuple[int, int]:
    """Try mutants of a module, and print what survives. How many were tried, and how many were killed."""
    source = (ROOT / target.path).read_text(encoding="utf-8")
    started_s = time.monotonic()
    if not passes(target, source, UNCHANGED_S_MAX):
        raise SystemExit(f"{target.path}: its tests fail without any change")
    seconds_max = seconds_max_of(time.monotonic() - started_s)
    every = mutants_of(source)
    tried = sampled(every, count, seed)
    survivors = [mutant for mutant in tried if passes(target, mutant.source, seconds_max)]
    killed = len(tried) - len(survivors)
    say(f"{target.path}: {killed} of {len(tried)} killed (of {len(every)}), {time.monotonic() - started_s:.0f} s")
    for mutant in survivors:
        say(f"  survives, line {mutant.line}: {mutant.change}")
    return len(tried), killed


def main() -> int:
    """Try all modules, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="paths of modules; unless told, all")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each module (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which of them (%(default)s)")
    given = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    targets = [target for target in TARGETS if not given.modules or target.path in given.modules]
    counts = [report(target, given.sample, given.seed) for target in targets]
    tried, killed = (sum(column) for column in zip(*counts, strict=True))
    say(f"all: {killed} of {tried} killed, {killed / tried:.0%}")
    return 0 if all(killed >= KILLED_MIN * tried for tried, killed in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
