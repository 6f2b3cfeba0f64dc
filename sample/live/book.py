"""The book of what is true: what the city was written with, and what has become of it since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Record = Any
"""A truth of a subject: a NamedTuple with an `id`."""


class Name(NamedTuple):
    """A row as the simulator counts it: the database may have given it another number."""

    kind: str
    number: int


class Book:
    """The truth by kind of record. `numbers` are those that databases have given."""

    def __init__(self) -> None:
        self.numbers: dict[Name, int] = {}
        self.told: dict[str, list[Record]] = {}
        """What is in files, by subject: the files are written anew and hold it all."""
        self._new: dict[str, dict[int, Record]] = {}
        self._changes: dict[str, dict[int, list[Callable[[Record], Record]]]] = {}
        self._known: dict[str, tuple[Record, ...]] = {}

    def number(self, name: Name) -> int:
        """The number of a row in its database. What was written before the city lived has its own."""
        return self.numbers.get(name, name.number)

    def add(self, name: Name, truth: Record) -> None:
        """A record has come; it gets the number that its row was given."""
        self._new.setdefault(name.kind, {})[name.number] = truth._replace(id=str(self.number(name)))

    def change(self, name: Name, change: Callable[[Record], Record]) -> None:
        """A record has become another. One that nobody must see is not there, and stays so."""
        new = self._new.get(name.kind, {})
        if name.number in new:
            new[name.number] = change(new[name.number])
        else:
            self._changes.setdefault(name.kind, {}).setdefault(name.number, []).append(change)

    def now(self, kind: str, before: Callable[[], Iterator[Record]]) -> list[Record]:
        """All records of a kind in the order of their numbers; `before` makes those that the city began with."""
        if kind not in self._known:
            self._known[kind] = tuple(before())
        changes = self._changes.get(kind, {})
        old = [_after(truth, changes.get(int(truth.id), ())) for truth in self._known[kind]]
        return old + sorted(self._new.get(kind, {}).values(), key=lambda truth: int(truth.id))


def _after(truth: Record, changes: Any) -> Record:
    for change in changes:
        truth = change(truth)
    return truth
