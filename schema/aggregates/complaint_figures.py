"""Complaint figures: how the complaints of a group stand to the city's time limits, and how long they took.

Limits are compared with the current time, like the fields `isOverdue` and `urgency` of a complaint.
"""

from __future__ import annotations

from models.complaints import ComplaintHandling, ComplaintStatus, ComplaintUrgency
from models.predicates import EVERYTHING, is_in
from schema.aggregates.complaint_times import with_urgency
from schema.aggregates.group_extras import Extras, PartFigure, TimeFigure

COMPLAINT_EXTRAS = Extras(
    parts=(
        PartFigure(
            "overdue_count",
            "overdue",
            "How many are open although the time to answer them is over",
            with_urgency(ComplaintUrgency.RED),
        ),
        PartFigure(
            "green_count",
            "green",
            "How many are open and can still be forwarded in time",
            with_urgency(ComplaintUrgency.GREEN),
        ),
        PartFigure(
            "yellow_count",
            "yellow",
            "How many are open, too late to be forwarded in time, and can still be answered in time",
            with_urgency(ComplaintUrgency.YELLOW),
        ),
        PartFigure(
            "red_count",
            "overdue",
            "How many are open and can no longer be answered in time",
            with_urgency(ComplaintUrgency.RED),
        ),
        PartFigure(
            "unknown_urgency_count",
            "unknown_urgency",
            "Of how many nobody knows how they stand: when they were reported, or whether they are open, is lost",
            with_urgency(ComplaintUrgency.UNKNOWN),
        ),
    ),
    times=(
        TimeFigure(
            "time_to_first_response",
            "How long the first answer took, of those that have one",
            ComplaintHandling,
            "requested_at",
            "responded_at",
            EVERYTHING,
        ),
        TimeFigure(
            "time_to_resolution",
            "How long it took until it was done, of those that are closed",
            ComplaintHandling,
            "requested_at",
            "resolved_at",
            is_in("status", ComplaintStatus.CLOSED),
        ),
    ),
)
