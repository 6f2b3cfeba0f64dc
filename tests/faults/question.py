"""The question over six departments, and what must not be in an answer to it, wherever the hub runs."""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

FIELDS = {
    "areas": "areas",
    "complaints": "complaints",
    "hospitals": "hospitals",
    "jobs": "jobPostings",
    "licenses": "licenses",
    "news": "newsArticles",
}
"""The field of the graph that reads each source, and no other."""
SIX = tuple(sorted(FIELDS))

QUESTION = """
query Six($first: Int!) {
  areas(first: $first) { nodes { code name } }
  complaints(first: $first) { nodes { ticketNumber status statusDetail requestedAt } }
  hospitals(first: $first) { nodes { code name hospitalClass phone } }
  jobPostings(first: $first) { nodes { title hiringOrganization validThrough } }
  licenses(first: $first) { nodes { number issuedAt } }
  newsArticles(first: $first) { nodes { headline datePublished } }
}
"""

BUDGET_MS = 800
"""What an operation may take in the default settings."""
ROWS_MAX = 25
"""No department of the tiny city has fewer rows."""
AWAY = frozenset({"DEPARTMENT_UNAVAILABLE", "DEPARTMENT_TIMEOUT"})
"""What a department without an answer is said to be."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the hub answered to the question: by source its rows or its error, and how the source is said to be."""

    status: int
    first: int
    took_ms: float
    rows: Mapping[str, list[Any] | None]
    errors: Mapping[str, str]
    states: Mapping[str, str]
    as_of: Mapping[str, datetime]

    @classmethod
    def of(cls, status: int, first: int, took_ms: float, body: Mapping[str, Any]) -> Told:
        data = body.get("data") or {}
        named = {path: name for name, path in FIELDS.items()}
        lines = body.get("extensions", {}).get("sources", ())
        return cls(
            status,
            first,
            took_ms,
            {name: (data.get(path) or {}).get("nodes") for name, path in FIELDS.items()},
            {
                named.get((error.get("path") or [""])[0], "operation"): error["extensions"]["code"]
                for error in body.get("errors", ())
            },
            {line["source"]: line["state"] for line in lines},
            {line["source"]: datetime.fromisoformat(line["asOf"]) for line in lines if line["asOf"]},
        )


@dataclass(slots=True, kw_only=True)
class Asker(ABC):
    """Asks a hub, and judges what it says by the truth, which was learnt while nothing was wrong.

    `headers` say who asks: for nobody whole answers are kept, and neither a source nor the cache of reads is asked
    twice.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    truth: dict[str, list[Any]] = field(default_factory=dict)
    _firsts: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(1, ROWS_MAX + 1)))

    @abstractmethod
    async def send(self, query: str, variables: Mapping[str, object]) -> tuple[int, bytes]:
        """The status and body of the answer to an operation."""

    @property
    def is_excused(self) -> bool:
        """Whether any department may be late, since the machine has no time for the hub."""
        return False

    async def ask(self, first: int | None = None) -> Told:
        """The question, each time for another number of rows: what was answered before answers nothing."""
        first = first if first is not None else next(self._firsts)
        started_s = time.perf_counter()
        status, body = await self.send(QUESTION, {"first": first})
        took_ms = (time.perf_counter() - started_s) * 1000
        return Told.of(status, first, took_ms, orjson.loads(body))

    def wrongs(self, told: Told, faulty: frozenset[str]) -> list[str]:
        """What must not be: other values than the truth, a healthy department without them, an error of no kind."""
        wrongs = [] if told.status == 200 else [f"status {told.status}"]
        away = frozenset(SIX) if self.is_excused else faulty
        wrongs += [f"{name}: {code}" for name, code in told.errors.items() if name not in away or code not in AWAY]
        for name in SIX:
            rows = told.rows[name]
            if rows is None and name not in told.errors:
                wrongs.append(f"{name}: neither rows nor an error")
            elif rows is not None and rows != self.truth[name][: told.first]:
                wrongs.append(f"{name}: not the truth")
        return wrongs

    async def learn(self) -> None:
        """Take the truth down. The suites of the graph hold these very reads against what the sample was made of."""
        told = await self.ask(ROWS_MAX)
        while told.errors and self.is_excused:
            told = await self.ask(ROWS_MAX)
        assert told.errors == {}
        self.truth = {name: rows or [] for name, rows in told.rows.items()}
        assert [name for name, rows in self.truth.items() if len(rows) < ROWS_MAX] == []
