"""The journal of a living city: what it needs to go on after a pause. Everything else follows from its seed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sample.city import SIZES, Size
from sample.live.book import Name
from sample.live.plan import Strike

FILE = "live.jsonl"


class Journal:
    """Which city it is, how far it has lived, the numbers that databases gave to its rows, and who was on strike.

    A line for each step; the lines before the last start are one. Without a file it is kept in memory.
    """

    def __init__(self, name: str, size: Size, seed: int, file: Path | None = None) -> None:
        self.name, self.size, self.seed, self.file = name, size, seed, file
        self.at: datetime | None = None
        self.numbers: dict[Name, int] = {}
        self._strikes: dict[tuple[str, str], str] = {}

    @classmethod
    def begun(cls, name: str, size: Size, seed: int, file: Path) -> Journal:
        """The journal of a city that was just written: what was known of one before it is forgotten."""
        journal = cls(name, size, seed, file)
        journal._write(anew=True)
        return journal

    @classmethod
    def read(cls, file: Path) -> Journal:
        """Raises FileNotFoundError where no city was begun, and ValueError or KeyError for another file."""
        first, *rest = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        size = SIZES[first["size"]].until(date.fromisoformat(first["day"]))
        journal = cls(first["size"], size, first["seed"], file)
        for line in (first, *rest):
            journal._learn(line)
        if rest:
            journal._write(anew=True)
        return journal

    @property
    def strikes(self) -> list[Strike]:
        """Those that are over: each is as long as the steps that were told of it."""
        moment = datetime.fromisoformat
        # What was held up until then was not done then, but waits for the next step.
        after = timedelta(microseconds=1)
        return [Strike(one, moment(since), moment(until) + after) for (one, since), until in self._strikes.items()]

    def step(self, at: datetime, numbers: Mapping[Name, int], strikes: Sequence[Strike]) -> None:
        """The city has lived until a moment, in which these strikes go on."""
        self.at = at
        self.numbers |= numbers
        lasting = {(one.department, one.since.isoformat()): at.isoformat() for one in strikes if one.until is None}
        self._strikes |= lasting
        self._write(numbers, lasting)

    def _learn(self, line: dict[str, Any]) -> None:
        if line.get("at"):
            self.at = datetime.fromisoformat(line["at"])
        for kind, numbers in line["numbers"].items():
            self.numbers |= {Name(kind, int(number)): given for number, given in numbers.items()}
        self._strikes |= {(one, since): until for one, since, until in line["strikes"]}

    def _write(
        self,
        numbers: Mapping[Name, int] | None = None,
        strikes: Mapping[tuple[str, str], str] | None = None,
        *,
        anew: bool = False,
    ) -> None:
        if self.file is None:
            return
        by_kind: dict[str, dict[str, int]] = {}
        for name, number in (self.numbers if anew else numbers or {}).items():
            by_kind.setdefault(name.kind, {})[str(name.number)] = number
        told = self._strikes if anew else strikes or {}
        line: dict[str, Any] = {"size": self.name, "seed": self.seed, "day": self.size.day.isoformat()} if anew else {}
        line |= {"at": self.at.isoformat() if self.at else None, "numbers": by_kind}
        line |= {"strikes": [[*key, until] for key, until in told.items()]}
        if not anew:
            with self.file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(line) + "\n")
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        staged = self.file.with_suffix(".new")
        staged.write_text(json.dumps(line) + "\n", encoding="utf-8")
        staged.replace(self.file)
