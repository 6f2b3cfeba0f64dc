"""Runs the hub's commands with a profiler of processor time that starts at a signal, so that no start is measured."""

from __future__ import annotations

import cProfile
import runpy
import signal
import sys
import time
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "cli.py"


def main() -> None:
    """`python -m bench.servers.under_profile STATS COMMAND ...`: SIGUSR1 starts the profiler, the end writes STATS."""
    stats, *command = sys.argv[1:]
    profiler = cProfile.Profile(time.process_time)
    signal.signal(signal.SIGUSR1, lambda *_: profiler.enable())
    sys.argv = [str(CLI), *command]
    try:
        runpy.run_path(str(CLI), run_name="__main__")
    finally:
        profiler.disable()
        profiler.dump_stats(stats)


if __name__ == "__main__":
    main()
