"""Plan steps: the questions of one operation and their outcome, for explaining it. Names and numbers only."""

from __future__ import annotations

from dataclasses import dataclass, field

STEPS_MAX = 200
"""How many steps of an operation are kept; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A question to a source, or one that the hub answered from its own data.

    `statement` has no values; None if the source is not asked in SQL. `pushed` is what the source does itself, by
    field; `rows` is the number of rows, counts or groups. `cache` is MISS, HIT, STALE, COPY for the hub's own copy, or
    NONE without a cache.
    """

    asked: str
    record: str
    source: str
    cache: str
    statement: str | None
    pushed: dict[str, object]
    in_hub: tuple[str, ...]
    rows: int
    ms: float


@dataclass(slots=True)
class PlanSteps:
    """The steps of one operation, in the order in which they ended."""

    kept: list[PlanStep] = field(default_factory=list)
    dropped: int = 0

    def note(self, step: PlanStep) -> None:
        if len(self.kept) >= STEPS_MAX:
            self.dropped += 1
        else:
            self.kept.append(step)
