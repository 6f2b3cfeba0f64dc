"""Scalars: how values of the graph look on the wire. Each says where it is specified."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from strawberry.types.scalar import ScalarDefinition, scalar

from models.values import AreaCode


def _aware(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError("a DateTime is a text such as 2026-10-01T00:00:00+07:00")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a DateTime is a text such as 2026-10-01T00:00:00+07:00") from None
    if value.tzinfo is None:
        raise ValueError("a DateTime needs its offset from UTC, such as +07:00 or Z")
    return value


def _area_code(text: object) -> AreaCode:
    if not isinstance(text, str):
        raise ValueError("an AreaCode is a text such as 36.71.05")
    return AreaCode(text)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: scalar(
        name="DateTime",
        description="A moment with its offset from UTC (RFC 3339). Local facts carry the city's offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=datetime.isoformat,
        parse_value=_aware,
    ),
    AreaCode: scalar(
        name="AreaCode",
        description=(
            "An official area code with dots (Kepmendagri 300.2.2-2430/2025): "
            "36.71 city, 36.71.05 district, 36.71.05.1003 village."
        ),
        specified_by_url="https://peraturan.bpk.go.id",
        serialize=str,
        parse_value=_area_code,
    ),
}


def scalar_map() -> dict[Any, ScalarDefinition]:
    return dict(SCALARS)
