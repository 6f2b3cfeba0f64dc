"""The age of an answer, by one rule for views, pages and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any


def age_of(answer: Mapping[str, Any]) -> datetime | None:
    """When the oldest data of an answer was true; None if nothing says.

    The data's own `provenance` counts where it was selected, else `extensions.asOf`.
    """
    told = [one.get("asOf") for one in provenances_in(answer.get("data"))]
    told = told or [answer.get("extensions", {}).get("asOf")]
    return min((datetime.fromisoformat(as_of) for as_of in told if as_of is not None), default=None)


def provenances_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Each `provenance` in the data of an answer."""
    if isinstance(value, list):
        for item in value:
            yield from provenances_in(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "provenance" and isinstance(item, dict):
                yield item
            elif isinstance(item, dict | list):
                yield from provenances_in(item)
