"""The hub without its ledger, to measure what the ledger costs; the hub itself has no such way."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from store.ledger.recording import Ledger

ROOT = Path(__file__).resolve().parents[2]


async def _kept_nowhere(*_: object) -> None:
    return


if __name__ == "__main__":
    Ledger.record = _kept_nowhere  # type: ignore[method-assign, assignment]  # what this server is for
    sys.argv = ["cli.py", "serve"]
    runpy.run_path(str(ROOT / "cli.py"), run_name="__main__")
