"""Simulated trouble of sources, which HUB_MOCK sets for development."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

SLOW_MS_MAX = 60_000

_ENTRY = re.compile(r"\s*([a-z][a-z0-9_]*)\s*:\s*([a-z]+|(\d{1,6})\s*ms)\s*")


class TroubleKind(Enum):
    """What can be wrong with a source."""

    SLOW = "slow"
    DOWN = "down"
    HANGS = "hangs"
    BROKEN = "broken"
    GARBAGE = "garbage"
    STALE = "stale"


WORDS = tuple(kind.value for kind in TroubleKind if kind is not TroubleKind.SLOW)


@dataclass(frozen=True, slots=True)
class Trouble:
    """The simulated trouble of a source; `slow_ms` is the extra delay of a slow one."""

    kind: TroubleKind
    slow_ms: int = 0


def troubles_of(text: str) -> Mapping[str, Trouble]:
    """Parse `complaints: 300ms; hospitals: down`: the trouble of each source by name. Raises ValueError."""
    troubles: dict[str, Trouble] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        entry = _ENTRY.fullmatch(part)
        if entry is None:
            raise ValueError("write it like complaints: 300ms; hospitals: down")
        source, word, milliseconds = entry.groups()
        if source in troubles:
            raise ValueError(f"the source {source} is named twice")
        if milliseconds is not None:
            troubles[source] = _slow(int(milliseconds))
        elif word in WORDS:
            troubles[source] = Trouble(TroubleKind(word))
        else:
            raise ValueError(f"{word!r} is no state of a source: write one of {', '.join(WORDS)}, or a time like 300ms")
    return troubles


def _slow(slow_ms: int) -> Trouble:
    if not 1 <= slow_ms <= SLOW_MS_MAX:
        raise ValueError(f"a slow source takes from 1ms to {SLOW_MS_MAX}ms longer")
    return Trouble(TroubleKind.SLOW, slow_ms)
