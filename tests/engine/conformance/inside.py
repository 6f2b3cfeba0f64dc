"""Runs graphql-core's own tests through `engine.execute`, in a process of its own: `inside.py SUITE PLUGINS REPORT`."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

ENTRY_POINTS = ("execute", "execute_sync", "graphql", "graphql_sync")

ALWAYS_RUN = ("tests/execution/", "tests/test_docs.py")
"""What is run although its modules may hold no entry point: the documentation's examples import theirs one by one."""

COLLECTED = ("tests/execution", "tests/type", "tests/utilities", "tests/pyutils", "tests/test_*.py")
"""Where entry points are looked for: not in the tests of the language and of validation, nor in the benchmarks."""

IDLE_S_MAX = 2
WORK_S_MIN = 0.05
"""A test that works less than this in that time waits for ever, and fails instead, on systems that can interrupt it."""

UNSEEN_BY_LANES = ("root_value", "context_value", "field_resolver", "type_resolver")


class ThroughEngine:
    """Stands for graphql-core's entry points, and counts which lane each execution took."""

    def __init__(self) -> None:
        # Imported before the entry points are replaced, so that what it hands to graphql-core does not come back.
        self.engine = importlib.import_module("engine")
        self.graphql = importlib.import_module("graphql")
        self.execution = importlib.import_module("graphql.execution")
        self.harness = importlib.import_module("graphql.harness")
        # The package's attribute of this name is the function.
        self.module = sys.modules["graphql.execution.execute"]
        self.assumptions = {self.module.assume_not_awaitable, self.module.assume_not_async_iterable}
        self.lanes: Counter[str] = Counter()
        self.replaced: dict[str, Any] = {}

    def replace_entry_points(self) -> None:
        original = {name: getattr(self.graphql, name) for name in ENTRY_POINTS}
        execute = self.execute_for(original["execute"])
        harness = self.harness.default_harness._replace(execute=execute)
        self.replaced = {
            "execute": execute,
            "execute_sync": self.execute_sync_for(original["execute_sync"], execute),
            "graphql": with_harness(original["graphql"], harness),
            "graphql_sync": with_harness(original["graphql_sync"], harness),
            "default_harness": harness,
        }
        for name, function in self.replaced.items():
            for module in (self.graphql, self.execution, self.module, self.harness):
                # `graphql.execution.execute` is the function and stays it; each module has only some of these.
                if name in vars(module):
                    setattr(module, name, function)

    def execute_for(self, original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def execute(*given: Any, **named: Any) -> Any:
            try:
                arguments = signature.bind(*given, **named).arguments
            except TypeError:
                return original(*given, **named)
            custom = arguments.pop("custom_context_args", {})
            return self.execute(original, {**arguments, **custom})

        return execute

    def execute(self, original: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        # The synchronous entry points tell the executor to look for no awaitable; the engine finds out by itself.
        arguments = {
            name: value
            for name, value in arguments.items()
            if name not in {"is_awaitable", "is_async_iterable"} or value not in self.assumptions
        }
        result = self.engine.execute(**arguments)
        self.count({name: value for name, value in arguments.items() if name not in UNSEEN_BY_LANES})
        return result

    def count(self, arguments: dict[str, Any]) -> None:
        # After the execution, whose effects a test counts, and never a reason for a test to fail.
        try:
            lane = self.engine.lane_of(**arguments)
        except Exception as error:  # noqa: BLE001 (some tests give what no executor accepts)
            lane = f"cannot be told: {type(error).__name__}"
        self.lanes[lane] += 1

    def execute_sync_for(self, original: Callable[..., Any], execute: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def execute_sync(*given: Any, **named: Any) -> Any:
            arguments = signature.bind(*given, **named).arguments
            check_sync = arguments.pop("check_sync", False)
            if callable(check_sync):
                arguments["is_awaitable"] = check_sync
            result = execute(**arguments)
            if isinstance(result, Awaitable):
                if inspect.iscoroutine(result):
                    result.close()
                raise RuntimeError("GraphQL execution failed to complete synchronously.")
            return result

        return execute_sync

    def is_run(self, item: pytest.Item) -> bool:
        path = item.nodeid.partition("::")[0]
        # The outermost: a describe block is a module to pytest too.
        module = next(node for node in item.listchain() if isinstance(node, pytest.Module))
        held = vars(module.obj).values()
        return path.startswith(ALWAYS_RUN) or any(value is ours for value in held for ours in self.replaced.values())


def with_harness(original: Callable[..., Any], harness: Any) -> Callable[..., Any]:
    """The function, given a harness whose `execute` is the engine's unless a test gives one."""
    signature = inspect.signature(original)

    @functools.wraps(original)
    def call(*given: Any, **named: Any) -> Any:
        bound = signature.bind(*given, **named)
        bound.arguments.setdefault("harness", harness)
        return original(*bound.args, **bound.kwargs)

    return call


class Recorder:
    """The pytest plugin that chooses the tests and writes what became of each."""

    def __init__(self, through: ThroughEngine, report: Path) -> None:
        self.through = through
        self.report = report
        self.outcomes: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.worked_s = 0.0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        # The suite runs these on request only: they take minutes, and execute nothing that the others do not.
        left_out = [item for item in items if "slow" in item.keywords or not self.through.is_run(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        if not hasattr(signal, "setitimer"):
            return (yield)
        self.worked_s = time.process_time()
        signal.signal(signal.SIGALRM, self.give_up_when_idle)
        signal.setitimer(signal.ITIMER_REAL, IDLE_S_MAX, IDLE_S_MAX)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def give_up_when_idle(self, *_: object) -> None:
        # By its work and not by the clock, so that a busy machine makes no test fail.
        before_s, self.worked_s = self.worked_s, time.process_time()
        if self.worked_s - before_s < WORK_S_MIN:
            pytest.fail(f"It has waited for {IDLE_S_MAX} seconds.")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A test that fails in its set-up or afterwards has failed, whatever its call said.
        if report.when == "call" or report.outcome != "passed":
            self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if self.outcomes.get(report.nodeid) != "failed":
            self.outcomes[report.nodeid] = report.outcome
        if report.failed:
            self.reasons[report.nodeid] = report.longreprtext

    def pytest_sessionfinish(self) -> None:
        told = {"outcomes": self.outcomes, "reasons": self.reasons, "lanes": self.through.lanes}
        self.report.write_text(json.dumps(told), encoding="utf-8")


def main(suite: Path, plugins: Path, report: Path) -> int:
    # The suite's own package `tests` comes first, in the place of this script's folder, which Python put there.
    sys.path[:1] = [str(suite), str(plugins), str(ROOT)]
    through = ThroughEngine()
    through.replace_entry_points()
    wanted = [path.relative_to(suite).as_posix() for pattern in COLLECTED for path in sorted(suite.glob(pattern))]
    arguments = ["--quiet", "--tb=short", f"--rootdir={suite}", f"--config-file={suite / 'pyproject.toml'}"]
    # Its settings name plugins that are of no use here, and whose options pytest would not know.
    arguments += ["--override-ini=addopts=", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "pytest_describe.plugin"]
    # It executes nothing, and takes a tenth of the time.
    arguments += ["--deselect", "tests/test_docs.py::describe_docstrings::public_api_is_documented"]
    arguments += ["--override-ini=markers=timeout: a plugin's, in whose place the timer is"]
    return int(pytest.main([*arguments, *wanted], plugins=[Recorder(through, report)]))


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
