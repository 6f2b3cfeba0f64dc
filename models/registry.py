"""The records of the graph: one line per record."""

from __future__ import annotations

from models import areas, complaints
from models.records import Registry

RECORDS = Registry(
    areas.Area,
    complaints.Complaint,
    complaints.ComplaintCategory,
    complaints.StatusChange,
)
