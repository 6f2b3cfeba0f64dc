"""Warnings: what an officer should know of the photos of a complaint before believing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.evidence.fingerprints import SAME_BITS_MAX, distance
from models.evidence.photos import DistanceVerdict, Photo, PhotoPurpose
from models.values.vocabulary import Vocabulary

CLOCK_SLACK: Final = timedelta(minutes=5)
"""By how much the clock of a camera may be slow."""


class WarningKind(Vocabulary):
    """What is doubtful about a photo."""

    RE_USED = "RE_USED", "Dipakai ulang", "Re-used", "The same photo stands in another complaint"
    FAR_FROM_PLACE = (
        "FAR_FROM_PLACE",
        "Jauh dari lokasi",
        "Far from the place",
        "It was taken far from the place of the complaint",
    )
    BEFORE_THE_REPORT = (
        "BEFORE_THE_REPORT",
        "Sebelum laporan",
        "Before the report",
        "A photo of the resolution was taken before the complaint was made",
    )
    SAME_AS_BEFORE = (
        "SAME_AS_BEFORE",
        "Sama dengan sebelumnya",
        "Same as before",
        "A photo of the resolution is a photo of the report",
    )
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


@dataclass(frozen=True, slots=True)
class EvidenceWarning:
    """A doubt about a photo. `other` is the reference of the other record; of RE_USED only."""

    kind: WarningKind
    photo_id: str
    other: str | None = None


def warnings_of(
    photos: Sequence[Photo], similar: Mapping[str, Sequence[Photo]], requested_at: datetime | None
) -> tuple[EvidenceWarning, ...]:
    """The warnings of the photos of one record, each kind once per photo, RE_USED once per other record.

    `similar` has for the id of a photo the photos of the whole city that are alike (Evidence.similar). Photos of one
    record never accuse each other of being re-used.
    """
    found: dict[EvidenceWarning, None] = {}
    reports = [photo for photo in photos if photo.purpose is PhotoPurpose.REPORT]
    for photo in photos:
        for other in similar.get(photo.id, ()):
            if other.reference != photo.reference:
                found[EvidenceWarning(WarningKind.RE_USED, photo.id, other.reference)] = None
        if photo.distance_verdict is DistanceVerdict.FAR:
            found[EvidenceWarning(WarningKind.FAR_FROM_PLACE, photo.id)] = None
        if photo.purpose is not PhotoPurpose.RESOLUTION:
            continue
        if requested_at is not None and photo.taken_at is not None and photo.taken_at < requested_at - CLOCK_SLACK:
            found[EvidenceWarning(WarningKind.BEFORE_THE_REPORT, photo.id)] = None
        if any(distance(photo.fingerprints, report.fingerprints) <= SAME_BITS_MAX for report in reports):
            found[EvidenceWarning(WarningKind.SAME_AS_BEFORE, photo.id)] = None
    return tuple(found)
