"""All tests, in parts: three processes side by side, since half of their time is spent in waiting; then the faults.

What waits most begins first: browsers, attackers, and clients of other makers. The parts are about equal, by the time
that a processor spends on them. The browser's tests are a part of their own: they hold a loop of their own, with which
no test that is a coroutine can run in one process. What holds the hub to its deadlines, the soak too, runs when nothing
else does: servers that starve are late, and nobody can tell that from a hub that is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

AT_ONCE = 3
SHARED = (
    ("tests/browser",),
    ("tests/attacks",),
    ("tests/api",),
    ("tests/graph", "tests/resolvers", "tests/store"),
    (
        "tests/bench",
        "tests/cities",
        "tests/clients",
        "tests/engine",
        "tests/migrations",
        "tests/models",
        "tests/onboarding",
        "tests/sample",
        "tests/schema",
    ),
    ("tests/connectors",),
)
ALONE = ("tests/faults",)
REST = tuple(f"--ignore={path}" for paths in (*SHARED, ALONE) for path in paths)

LOOK_EVERY_S = 0.5

PYTEST = (sys.executable, "-m", "pytest", "--durations=5")


class Part(NamedTuple):
    """Tests that run in one process, which prints into a file."""

    name: str
    arguments: tuple[str, ...]
    printed: IO[bytes]

    def run(self) -> bool:
        """Run them; whether they passed."""
        # Not the description that is read from: where the child writes must not move then.
        with Path(self.printed.name).open("ab") as printing:
            ended = subprocess.run((*PYTEST, *self.arguments), stdout=printing, stderr=subprocess.STDOUT, check=False)
        return ended.returncode == 0

    def show(self, run: Future[bool]) -> None:
        """Print what they have printed, and what they will."""
        shown = 0
        ended = False
        while not ended:
            ended = run.done()
            self.printed.seek(shown)
            sys.stdout.buffer.write(self.printed.read())
            sys.stdout.flush()
            shown = self.printed.tell()
            time.sleep(0 if ended else LOOK_EVERY_S)


def main(options: Sequence[str]) -> int:
    """Run all of them. Fails when any does; what failed is printed last, where whoever reads a long log begins.

    Each part gets the options of pytest that are given, such as --all.
    """
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        # Who stops this does not wait for what has not begun.
        stack.callback(pool.shutdown, cancel_futures=True)

        def part(arguments: tuple[str, ...], name: str = "") -> Part:
            return Part(
                name or ", ".join(arguments), (*arguments, *options), stack.enter_context(tempfile.NamedTemporaryFile())
            )

        shared, alone = [*(part(paths) for paths in SHARED), part(REST, "the rest")], part(ALONE)
        runs = {one: pool.submit(one.run) for one in shared}
        first, *others = shared
        first.show(runs[first])
        passed = [one for one in others if runs[one].result()]
        runs[alone] = pool.submit(alone.run)
        alone.show(runs[alone])
        failed = [one for one, run in runs.items() if not run.result()]
        for one in (*passed, *failed):
            print(f"\n{one.name}: {'FAILED' if one in failed else 'passed'}", flush=True)  # noqa: T201  # for a terminal
            one.show(runs[one])
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
