"""Told: where everybody is told that a complaint is, reckoned by its decimals as a person would, and not as the hub."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from sample.complaints.source import ComplaintTruth

Place = tuple[float | None, float | None]
_SQUARE = Decimal("0.001")


def in_square(degrees: float) -> float:
    return float(Decimal(repr(degrees)).quantize(_SQUARE, ROUND_FLOOR) + _SQUARE / 2)


def told(truth: ComplaintTruth, department: str | None = None, nik: str | None = None) -> Place:
    """The place of a complaint for everybody, or for who handles or wrote some of them."""
    handles = department is not None and truth.department_code == department
    wrote = nik is not None and truth.reporter_nik == nik
    if truth.latitude is None or truth.longitude is None or handles or wrote or truth.publication != "ANONYMOUS":
        return truth.latitude, truth.longitude
    return in_square(truth.latitude), in_square(truth.longitude)
