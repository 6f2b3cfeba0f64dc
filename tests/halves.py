"""All tests in two processes side by side: half of their time is spent in waiting for servers."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile

FIRST = ("tests/connectors", "tests/migrations", "tests/sample", "tests/store")


def main() -> int:
    """Run both halves; what the first one prints comes last. Fails when either does."""
    command = (sys.executable, "-m", "pytest")
    with tempfile.TemporaryFile() as output:
        first = subprocess.Popen((*command, *FIRST), stdout=output, stderr=subprocess.STDOUT)
        rest = subprocess.call((*command, *(f"--ignore={folder}" for folder in FIRST)))
        print(f"\n{', '.join(FIRST)}:", flush=True)  # noqa: T201  # for a terminal
        code = first.wait()
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    return 1 if rest or code else 0


if __name__ == "__main__":
    sys.exit(main())
