"""Attacks the hub in every way of the tables and by generated operations, and prints what was won and what it held.

Exits with 1 where anything was won, failed, or held the event loop for longer than is meant.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.results import Section
from tests import servers
from tests.attacks import costs, generated, ledger, masks, outside, slow, slow_questions, wire_search
from tests.attacks.campaign import Outcome, conversations, requests
from tests.attacks.heads import HEADS, requests_with_heads
from tests.attacks.rows import ROWS
from tests.attacks.scene import over_engine, scene
from tests.attacks.sockets import SOCKETS
from tests.attacks.stage import Stage
from tests.attacks.statements import STATEMENTS

HELD_MS_MAX: Final = 50.0
CASES: Final = 2_000
WIRE_MINUTES: Final = 2.0


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # for a terminal


async def _against(stage: Stage) -> list[Outcome]:
    """The rows of the scene, while slow clients hold on to it, and what the hub itself is led to."""
    slow_clients = asyncio.ensure_future(slow.all_slow(stage.places["dev"]))
    found = [outcome async for outcome in requests(stage, ROWS)]
    found += [outcome async for outcome in conversations(stage, SOCKETS)]
    found += [outcome async for outcome in requests_with_heads(stage, HEADS)]
    for attack in outside.OUTSIDE:
        found.append(Outcome(outside.KIND, attack.name, await outside.won(attack), 0.0))
    found += [outcome async for outcome in ledger.outcomes()]
    found += masks.outcomes()
    won = await slow_clients
    return found + [Outcome(slow.KIND, attack.name, won.get(attack.name), 0.0) for attack in slow.SLOW]


async def _statements(stage: Stage) -> list[Outcome]:
    return [outcome async for outcome in requests(stage, STATEMENTS)]


def _engines(stack: ExitStack) -> Iterator[tuple[str, str]]:
    """Each engine that is there, and the URL of its server."""
    yield "sqlite", ""
    try:
        yield "postgresql", stack.enter_context(servers.postgres_server())
    except servers.Absent as absent:
        say(f"left out: {absent}")
    try:
        yield "mariadb", servers.mariadb_server()
    except servers.Absent as absent:
        say(f"left out: {absent}")


def _print(title: str, outcomes: list[Outcome]) -> bool:
    """One line for each class. Whether nothing was won."""
    say(f"\n{title}\n{'class':56} {'cases':>6} {'won':>4} {'held ms':>8} {'bystander ms':>13}")
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        of_it = [outcome for outcome in outcomes if outcome.kind is kind]
        won = sum(outcome.won is not None for outcome in of_it)
        held = max(outcome.held_ms for outcome in of_it)
        waited = max(outcome.bystander_ms for outcome in of_it)
        say(f"{kind.value:56} {len(of_it):>6} {won:>4} {held:>8.1f} {waited:>13.1f}")
    for outcome in outcomes:
        if outcome.won is not None:
            say(f"WON {outcome.name}: {outcome.won}")
    small = [outcome for outcome in outcomes if outcome.is_small]
    longest = max(small, key=lambda outcome: outcome.held_ms)
    say(f"{len(outcomes)} cases; the event loop was held {longest.held_ms:.1f} ms at most, by {longest.name}")
    return all(outcome.won is None for outcome in outcomes) and longest.held_ms <= HELD_MS_MAX


def _generated(stage: Stage, cases: int, seed: int) -> bool:
    started_s = time.monotonic()
    found = generated.run(stage, cases, seed)
    took_s = time.monotonic() - started_s
    say(f"\ngenerated operations: {found.cases} (seed {seed}), {found.answered} with data, in {took_s:.0f} s")
    say(f"statuses {dict(found.statuses)}; errors {dict(found.codes)}; failures {len(found.failures)}")
    for failure in found.failures:
        say(f"FAILED {failure}")
    return not found.failures


def _wire(minutes: float, seed: int, *, put: bool = False) -> bool:
    section = Section(
        "Bent requests over raw HTTP",
        f"`dev.py attack --wire --minutes {minutes:g}` sends requests of an officer and a stranger, in two languages,"
        " bent in every one of these ways. Each answer, and what others ask afterwards, is compared with what its"
        " sender alone gets of another hub over the same sources. Silent is who got no answer to a request that need"
        " not have one. A hold is processor time of the event loop's thread; what held it for more than"
        f" {wire_search.LOOKED_AT_AGAIN_MS:.0f} ms was sent twice.",
    )
    with tempfile.TemporaryDirectory(prefix="simpul-attacks-") as folder, wire_search.searched(Path(folder)) as stage:
        found = asyncio.run(wire_search.search(stage, seed, minutes=minutes))
    section.say(*found.rows())
    for line in found.winners():
        section.say_only(line)
    if put:
        section.put()
    return not found.won and found.held_ms <= HELD_MS_MAX


def main() -> int:
    """Attack, and print the figures."""
    parser = argparse.ArgumentParser(prog="dev.py attack", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="generated operations (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is generated (%(default)s)")
    parser.add_argument("--wire", action="store_true", help="nothing but the search over raw HTTP")
    parser.add_argument("--minutes", type=float, default=None, help="of the search over raw HTTP, or of prices")
    costs.arguments(parser)
    given = parser.parse_args()
    if given.costs:
        return 0 if costs.measure(given) else 1
    if given.wire:
        return 0 if _wire(given.minutes or WIRE_MINUTES, given.seed, put=given.put) else 1
    good = True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simpul-attacks-")))
        with scene(folder / "scene") as stage:
            good &= _print("the whole city", asyncio.run(_against(stage)))
            good &= _generated(stage, given.cases, given.seed)
        for engine, server in _engines(stack):
            with over_engine(engine, server, folder / engine) as (stage, _):
                good &= _print(f"statements, {engine}", asyncio.run(_statements(stage)))
        try:
            (folder / "slow").mkdir()
            good &= _print("slow questions, two databases", slow_questions.attempted(folder / "slow"))
        except servers.Absent as absent:
            say(f"left out: {absent}")
    good &= _wire(given.minutes or WIRE_MINUTES, given.seed)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
