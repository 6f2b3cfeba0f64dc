"""All tests, in parts: three processes side by side, since half of their time is spent in waiting; then the faults.

What begins first takes longest. The browser's tests are a part of their own: they hold a loop of their own, with which
no test that is a coroutine can run in one process. What holds the hub to its deadlines, the soak too, runs when nothing
else does: servers that starve are late, and nobody can tell that from a hub that is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

AT_ONCE = 3
SHARED = (
    (
        "tests/bench",
        "tests/cities",
        "tests/clients",
        "tests/connectors",
        "tests/engine",
        "tests/migrations",
        "tests/models",
        "tests/sample",
        "tests/schema",
    ),
    ("tests/graph", "tests/resolvers", "tests/store"),
    ("tests/attacks",),
    ("tests/browser",),
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


def main() -> int:
    """Run all of them. Fails when any does; what failed is printed last, where whoever reads a long log begins."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        # Who stops this does not wait for what has not begun.
        stack.callback(pool.shutdown, cancel_futures=True)

        def part(arguments: tuple[str, ...], name: str = "") -> Part:
            return Part(name or ", ".join(arguments), arguments, stack.enter_context(tempfile.NamedTemporaryFile()))

        rest, shared, alone = part(REST, "the rest"), [part(paths) for paths in SHARED], part(ALONE)
        runs = {one: pool.submit(one.run) for one in (rest, *shared)}
        rest.show(runs[rest])
        passed = [one for one in shared if runs[one].result()]
        runs[alone] = pool.submit(alone.run)
        alone.show(runs[alone])
        failed = [one for one, run in runs.items() if not run.result()]
        for one in (*passed, *failed):
            print(f"\n{one.name}: {'FAILED' if one in failed else 'passed'}", flush=True)  # noqa: T201  # for a terminal
            one.show(runs[one])
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
