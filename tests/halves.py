"""All tests in two processes side by side, half of whose time is waiting for servers, and a few of them in a third.

The soak takes minutes and little of the processor. After it come the browser's tests: they hold a loop of their own,
with which no test that is a coroutine can run in one process.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack

FIRST = ("tests/connectors", "tests/migrations", "tests/sample", "tests/store")
SOAK_AND_BROWSER = ("tests/faults/test_soak.py", "tests/browser")
ASIDE = (FIRST, SOAK_AND_BROWSER)


def main() -> int:
    """Run all of them; what those aside print comes last. Fails when any does."""
    command = (sys.executable, "-m", "pytest")
    with ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in ASIDE]
        aside = [
            subprocess.Popen((*command, *part), stdout=output, stderr=subprocess.STDOUT)
            for part, output in zip(ASIDE, outputs, strict=True)
        ]
        rest = subprocess.call((*command, *(f"--ignore={path}" for part in ASIDE for path in part)))
        codes = [process.wait() for process in aside]
        for part, output in zip(ASIDE, outputs, strict=True):
            print(f"\n{', '.join(part)}:", flush=True)  # noqa: T201  # for a terminal
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
    return 1 if rest or any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
