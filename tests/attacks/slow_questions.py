"""Attacks by questions that are slow by themselves: whether they shut a department out, or an officer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from connectors.guard.breaker import BreakerState
from tests.attacks.attack import AttackClass
from tests.attacks.campaign import Outcome
from tests.faults.city import cities_of_this_machine, prepared, six_departments
from tests.faults.slow_questions import SHAPES, asked_slowly
from tests.graph.harness import Urls

KIND: Final = AttackClass.SLOW_QUESTIONS


def attempted(folder: Path) -> list[Outcome]:
    """Every shape at once, against PostgreSQL and MariaDB. Raises servers.Absent where one of them is not there."""
    prepared(folder)
    with cities_of_this_machine(folder) as urls:
        return [Outcome(KIND, shape, won, 0.0) for shape, won in asyncio.run(_won(urls, folder)).items()]


async def _won(urls: Urls, folder: Path) -> dict[str, str | None]:
    async with six_departments(urls, folder) as six:
        found = await asked_slowly(six, urls)
    won = None
    if found.failures:
        won = f"{len(found.failures)} of {found.reads} reads of an officer failed"
    elif found.states != {BreakerState.CLOSED}:
        won = "a department was left alone"
    elif not found.strangers.refused:
        won = "it was never refused"
    return dict.fromkeys(SHAPES, won)
