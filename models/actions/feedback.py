"""Feedback: what residents say of a complaint and of its answer. It stands in the hub's own tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.complaints import ComplaintStatusDetail
from models.values.vocabulary import Vocabulary

CONFIRMED_AFTER: Final = timedelta(days=7)
"""After how long a complaint that the department calls done counts as resolved although its reporter is silent."""
RATING_LEAST, RATING_MOST = 1, 5


class FeedbackKind(Vocabulary):
    """What a resident says of a complaint."""

    SUPPORTED = "SUPPORTED", "Didukung", "Supported", "It is this person's problem too"
    CONFIRMED = "CONFIRMED", "Dikonfirmasi", "Confirmed", "The reporter says that it is resolved"
    REJECTED = "REJECTED", "Disanggah", "Rejected", "The reporter says that it is not resolved"
    RATED = "RATED", "Dinilai", "Rated", "The reporter rates the answer"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


class ComplaintStage(Vocabulary):
    """How far a complaint is, the reporter's word included."""

    WAITING = "WAITING", "Menunggu", "Waiting", "Nobody works on it yet"
    IN_PROGRESS = "IN_PROGRESS", "Diproses", "In progress", "A department works on it"
    UNCONFIRMED = (
        "UNCONFIRMED",
        "Menunggu konfirmasi",
        "Awaiting confirmation",
        "The department calls it done, and the reporter has not said anything yet",
    )
    CONFIRMED = "CONFIRMED", "Terkonfirmasi", "Confirmed", "The reporter says that it is resolved"
    LAPSED = (
        "LAPSED",
        "Selesai tanpa konfirmasi",
        "Closed without confirmation",
        "The department calls it done, and the reporter has been silent for 7 days",
    )
    REOPENED = "REOPENED", "Dibuka kembali", "Reopened", "The reporter says that it is not resolved: it is open again"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody says of a complaint; a rating has its number."""

    kind: FeedbackKind
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """The feedback of one complaint. `average_rating` is None without ratings."""

    supporters: int = 0
    ratings: int = 0
    average_rating: float | None = None
    confirmed_at: datetime | None = None
    rejected_at: datetime | None = None


def stage_of(
    detail: ComplaintStatusDetail, last_step_at: datetime | None, feedback: FeedbackCounts, now: datetime
) -> ComplaintStage:
    """The stage of a complaint: what the department says, and after it what its reporter said."""
    if detail is ComplaintStatusDetail.UNKNOWN:
        return ComplaintStage.UNKNOWN
    if detail is not ComplaintStatusDetail.DONE:
        if detail is ComplaintStatusDetail.WAITING and feedback.rejected_at is not None:
            return ComplaintStage.REOPENED
        return ComplaintStage[detail.value]
    since = last_step_at or feedback.confirmed_at
    if feedback.confirmed_at is not None and (since is None or feedback.confirmed_at >= since):
        return ComplaintStage.CONFIRMED
    if last_step_at is not None and now - last_step_at >= CONFIRMED_AFTER:
        return ComplaintStage.LAPSED
    return ComplaintStage.UNCONFIRMED
