"""All tests in three processes side by side, since half of their time is spent in waiting for servers; then the faults.

The browser's tests come last of theirs: they hold a loop of their own, with which no test that is a coroutine can run
in one process. What holds the hub to its deadlines, the soak too, runs when nothing else does: servers that starve are
late, and nobody can tell that from a hub that is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

FIRST = (
    "tests/bench",
    "tests/cities",
    "tests/clients",
    "tests/connectors",
    "tests/engine",
    "tests/migrations",
    "tests/models",
    "tests/sample",
    "tests/schema",
    "tests/store",
)
LAST = ("tests/attacks", "tests/graph", "tests/browser")
ASIDE = (FIRST, LAST)
ALONE = "tests/faults"
REST = tuple(f"--ignore={path}" for part in (*ASIDE, (ALONE,)) for path in part)

LOOK_EVERY_S = 0.5

PYTEST = (sys.executable, "-m", "pytest", "--durations=5")


class Part(NamedTuple):
    """Tests that run in one process, which prints into a file."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]

    def failed(self) -> bool:
        """Known when they have ended."""
        return self.process.wait() != 0

    def show(self) -> None:
        """Print what they have printed, and what they will."""
        shown = 0
        ended = False
        while not ended:
            ended = self.process.poll() is not None
            self.output.seek(shown)
            sys.stdout.buffer.write(self.output.read())
            sys.stdout.flush()
            shown = self.output.tell()
            time.sleep(0 if ended else LOOK_EVERY_S)


def main() -> int:
    """Run all of them. Fails when any does; what failed is printed last, where whoever reads a long log begins."""
    with ExitStack() as stack:

        def begin(name: str, arguments: Iterable[str]) -> Part:
            # A description of its own: where the child writes must not move when we read.
            output = stack.enter_context(tempfile.NamedTemporaryFile())
            with Path(output.name).open("ab") as printed:
                process = subprocess.Popen((*PYTEST, *arguments), stdout=printed, stderr=subprocess.STDOUT)
            return Part(name, process, output)

        aside = [begin(", ".join(part), part) for part in ASIDE]
        shown = [begin("all but those aside", REST)]
        shown[0].show()
        for part in aside:
            part.failed()
        shown.append(begin(ALONE, (ALONE,)))
        shown[1].show()
        failed = [part for part in (*shown, *aside) if part.failed()]
        passed = [part for part in aside if part not in failed]
        for part in (*passed, *failed):
            print(f"\n{part.name}: {'FAILED' if part in failed else 'passed'}", flush=True)  # noqa: T201  # for a terminal
            part.show()
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
