"""Answers: what a page reads off an answer of the graph besides its values: how old they are, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.wording import moment_of

_WELL = frozenset({"OK", "STALE"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in which every field may be missing. `oldest` is the age of the oldest value that says its age."""

    data: Mapping[str, Any]
    problems: tuple[str, ...]
    oldest: datetime | None
    is_stale: bool
    sources: tuple[str, ...]
    down: tuple[str, ...]

    def part(self, name: str) -> Mapping[str, Any]:
        """A root field; empty where it could not be answered."""
        return self.data.get(name) or {}

    def rows(self, name: str, of: str = "nodes") -> list[Mapping[str, Any]]:
        return list(self.part(name).get(of) or ())


def read(body: Mapping[str, Any]) -> Answer:
    """Read the body of a response. Messages are in its language already, and told once each."""
    data = body.get("data") or {}
    told = body.get("extensions", {}).get("sources", ())
    provenances = list(_provenances(data))
    ages = [moment_of(one.get("asOf")) for one in provenances] or [moment_of(line.get("asOf")) for line in told]
    return Answer(
        data,
        tuple(dict.fromkeys(error["message"] for error in body.get("errors", ()))),
        min((age for age in ages if age is not None), default=None),
        any(one.get("freshness") == "STALE" for one in provenances) or any(line["state"] == "STALE" for line in told),
        tuple(line["source"] for line in told),
        tuple(line["source"] for line in told if line["state"] not in _WELL),
    )


def _provenances(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _provenances(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "provenance":
                yield item
            elif isinstance(item, dict | list):
                yield from _provenances(item)
