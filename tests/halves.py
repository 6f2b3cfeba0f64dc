"""All tests in three processes side by side, since half of their time is spent in waiting for servers; then the faults.

The browser's tests come last of theirs: they hold a loop of their own, with which no test that is a coroutine can run
in one process. What holds the hub to its deadlines, the soak too, runs when nothing else does: servers that starve are
late, and nobody can tell that from a hub that is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack

FIRST = (
    "tests/bench",
    "tests/cities",
    "tests/clients",
    "tests/connectors",
    "tests/migrations",
    "tests/models",
    "tests/sample",
    "tests/schema",
    "tests/store",
)
LAST = ("tests/engine", "tests/attacks", "tests/graph", "tests/browser")
ASIDE = (FIRST, LAST)
ALONE = "tests/faults"


def main() -> int:
    """Run all of them; what those aside print comes last. Fails when any does."""
    command = (sys.executable, "-m", "pytest")
    with ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in ASIDE]
        aside = [
            subprocess.Popen((*command, *part), stdout=output, stderr=subprocess.STDOUT)
            for part, output in zip(ASIDE, outputs, strict=True)
        ]
        elsewhere = (*(path for part in ASIDE for path in part), ALONE)
        rest = subprocess.call((*command, *(f"--ignore={path}" for path in elsewhere)))
        codes = [process.wait() for process in aside]
        alone = subprocess.call((*command, ALONE))
        for part, output in zip(ASIDE, outputs, strict=True):
            print(f"\n{', '.join(part)}:", flush=True)  # noqa: T201  # for a terminal
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
    return 1 if rest or alone or any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
