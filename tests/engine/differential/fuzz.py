"""Fuzzes both lanes for some minutes, with fresh seeds or from a given one: what `dev.py fuzz` starts."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.engine.differential.lanes import collecting_by_hand, compare
from tests.engine.differential.nasty import SCHEMA
from tests.engine.differential.operations import case_of
from tests.engine.differential.report import report_of
from tests.graph.lanes.asked import Inquiry, inquiry

ROUND = 200
"""How many operations over each graph are between two lines of progress."""

SEEDS = 2**32


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long, at least one round (default: 5)")
    parser.add_argument("--seed", type=int, help="begin with the round of this seed, as a failure prints it")
    given = parser.parse_args(arguments)
    started_s = time.monotonic()
    seed = given.seed if given.seed is not None else secrets.randbelow(SEEDS)
    with tempfile.TemporaryDirectory() as folder, inquiry(Path(folder)) as city:
        asked = 0
        while True:
            problem = asyncio.run(_nasty(seed)) or _city(city, seed)
            asked += 2 * ROUND
            took_s = time.monotonic() - started_s
            if problem:
                _say(problem)
                _say(f"Run it again: python3 dev.py fuzz --seed {seed}")
                return 1
            _say(f"{took_s:6.0f} s  {asked} operations, both lanes agree (last seed: {seed})")
            if took_s >= given.minutes * 60:
                return 0
            seed += ROUND


async def _nasty(seed: int) -> str | None:
    with collecting_by_hand():
        for number in range(seed, seed + ROUND):
            case = case_of(SCHEMA, number)
            if (await compare(SCHEMA, case)).differences:
                return await report_of(SCHEMA, case)
    return None


def _city(city: Inquiry, seed: int) -> str | None:
    try:
        city.ask(ROUND, seed=seed)
    except AssertionError as error:
        return "\n".join([f"The lanes of the city differ. {error}", *getattr(error, "__notes__", ())])
    return None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
