"""Source states: the condition of a source, which everybody may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.values.vocabulary import Vocabulary


class SourceCondition(Vocabulary):
    """How a source is at the moment, from the best to the worst that the hub knows."""

    UNKNOWN = "UNKNOWN", "Belum diketahui", "Not known", "Nobody has asked the source yet since the hub started"
    OK = "OK", "Normal", "OK", "The source is asked, or its last load went well"
    STALE = "STALE", "Data lama", "Stale", "The last load failed; the hub goes on with the copy that it has"
    UNAVAILABLE = (
        "UNAVAILABLE",
        "Tidak tersedia",
        "Unavailable",
        "The source does not answer; the hub leaves it alone but for its own probes, and tells when it is back",
    )


@dataclass(frozen=True, slots=True)
class SourceStateChange:
    """A source is in this condition since then, by the hub's clock."""

    source: str
    condition: SourceCondition
    since: datetime
