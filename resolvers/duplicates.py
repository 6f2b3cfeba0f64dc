"""Duplicates: open complaints that may be about the same problem, suggested before one is sent, never merged.

Candidates are those of the same kind in the areas around the place, which a source finds by an index; the hub compares
their distance and the stems of their words. What the viewer may not read is no candidate.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.replica.text_index import stems_of
from models.complaints import Complaint, ComplaintStatus
from models.policy.positions_told import POSITION
from models.predicates import And, is_in
from models.records import KEY
from models.request import Request
from models.values.distances import meters_between
from models.values.types import AreaCode, Position
from resolvers.areas.at import AreasAt
from resolvers.areas.geography import box_around
from resolvers.reads import Columns, Read
from resolvers.records import Records

METERS_MAX: Final = 250
"""How far from each other two reports of the same problem may be, as FixMyStreet has it."""
CANDIDATES_MAX: Final = 2_000
SIMILAR_MAX: Final = 5
SCORE_MIN: Final = 0.35
_CLOSE_METERS: Final = 40
"""Within this distance nothing has to be alike but the kind of problem and one word."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody is about to report."""

    category_code: str
    position: Position
    description: str


@dataclass(frozen=True, slots=True)
class Similar:
    """An open complaint that may be about the same problem, by its key."""

    key: str
    meters: float
    score: float


async def similar(records: Records, area_at: AreasAt, stemmer: str, request: Request, report: Report) -> list[Similar]:
    """The most similar ones first, at most SIMILAR_MAX. Raises like Records.read."""
    areas = await _areas_around(area_at, request, report.position)
    if not areas:
        return []
    given = And(
        (
            is_in("category_code", report.category_code),
            is_in("status", ComplaintStatus.OPEN),
            is_in("area_code", *sorted(areas)),
        )
    )
    columns = Columns(joined=frozenset({KEY, POSITION, "description"}))
    batch = await records.read(request, Read(Complaint, columns, given=given, rows_max=CANDIDATES_MAX))
    found = list(
        _near(
            report.position, zip(batch.joining(KEY), batch.joining(POSITION), batch.joining("description"), strict=True)
        )
    )
    asked = _words(report.description, stemmer)
    texts = [_words(text, stemmer) for _, _, text in found]
    weights = _weights([*texts, asked])
    scored = [
        Similar(key, meters, _score(meters, asked, words, weights))
        for (key, meters, _), words in zip(found, texts, strict=True)
    ]
    likely = [one for one in scored if one.score >= SCORE_MIN]
    return sorted(likely, key=lambda one: (-one.score, one.meters, one.key))[:SIMILAR_MAX]


async def _areas_around(area_at: AreasAt, request: Request, place: Position) -> set[AreaCode]:
    """The smallest areas at a place and around it."""
    box = box_around(place, METERS_MAX)
    corners = [
        Position(latitude, longitude) for latitude in (box.south, box.north) for longitude in (box.west, box.east)
    ]
    found = [await area_at(request, point) for point in (place, *corners)]
    return {code for code in found if code is not None}


def _near(place: Position, rows: Iterable[tuple[object, object, object]]) -> Iterable[tuple[str, float, str]]:
    for key, position, text in rows:
        if isinstance(position, Position):
            meters = meters_between(place, position)
            if meters <= METERS_MAX:
                yield str(key), meters, text if isinstance(text, str) else ""


def _words(text: str, stemmer: str) -> frozenset[str]:
    return frozenset(word for word in stems_of(text, stemmer) if len(word) > 2)


def _weights(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """How much a word says: the rarer among these texts, the more."""
    counts = Counter(word for words in texts for word in words)
    return {word: 1 + math.log(len(texts) / count) for word, count in counts.items()}


def _score(meters: float, asked: frozenset[str], words: frozenset[str], weights: dict[str, float]) -> float:
    """From 0 to 1: how alike two texts are, and how near to each other."""
    shared = sum(weights[word] for word in asked & words)
    if not shared:
        return 0.0
    alike = shared / min(sum(weights[word] for word in asked), sum(weights[word] for word in words))
    near = 1 - max(0.0, meters - _CLOSE_METERS) / METERS_MAX
    return alike * (0.5 + 0.5 * near)
