"""A campaign: rows one after another against the scene, with what each has won and for how long it held the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from tests.attacks.attack import REQUEST_BYTES_MAX, Attack, AttackClass
from tests.attacks.sockets import SocketAttack, said_to
from tests.attacks.stage import Stage, clients


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one row. `is_small` says whether its request has a size that may not hold the loop."""

    kind: AttackClass
    name: str
    won: str | None
    held_ms: float
    bystander_ms: float = 0.0
    is_small: bool = True


async def requests(stage: Stage, rows: Iterable[Attack], hub: str | None = None) -> AsyncIterator[Outcome]:
    """Send each, and say what came of it. `hub` is where all are sent, if not to that of the row."""
    async with clients() as (attacker, bystander):
        for row in rows:
            seen = await stage.attack(row, attacker, bystander, hub)
            size = len(row.content) + len(row.path)
            yield Outcome(
                row.kind, str(row), row.won(seen.answer), seen.held_ms, seen.bystander_ms, size <= REQUEST_BYTES_MAX
            )


async def conversations(stage: Stage, rows: Iterable[SocketAttack]) -> AsyncIterator[Outcome]:
    """Open a socket for each, and say what came of it."""
    for row in rows:
        stage.loop.held_s = 0.0
        heard = await said_to(stage, row)
        size = sum(map(len, row.frames))
        yield Outcome(row.kind, str(row), row.won(heard), stage.loop.held_s * 1_000, is_small=size <= REQUEST_BYTES_MAX)
