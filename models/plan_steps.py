"""Plan steps: what was asked for one operation and what came of it, for whoever explains it. Names and numbers only."""

from __future__ import annotations

from dataclasses import dataclass, field

STEPS_MAX = 200
"""How many steps of one operation are kept; of more only their number."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question, put to a source or answered out of what the hub has of it.

    `statement` has no values; None where the source is not asked in SQL. `pushed` is what the source does by itself, by
    the fields of the record; `rows` what it gave: numbers of a count, groups of a grouped one. `cache` is MISS, HIT or
    STALE, COPY where the hub's own copy answered, and NONE where nothing is kept.
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
class Steps:
    """The steps of one operation in the order in which they ended."""

    kept: list[Step] = field(default_factory=list)
    dropped: int = 0

    def note(self, step: Step) -> None:
        if len(self.kept) >= STEPS_MAX:
            self.dropped += 1
        else:
            self.kept.append(step)
