"""Deeds: what residents and departments do, as the rows that it makes or changes and the files that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from sample.live.book import Book, Name
from sample.shapes import Row, Table

RESIDENTS = ""
"""Who belongs to no department, and so never is on strike."""


@dataclass(frozen=True, slots=True)
class Put:
    """A row that comes. The database numbers it, and `name` keeps the number; `of` are columns with other numbers."""

    table: Table
    values: Mapping[str, object]
    name: Name | None = None
    of: Mapping[str, Name] = field(default_factory=dict)

    @classmethod
    def row(cls, table: Table, row: Row, name: Name | None = None, /, **others: object) -> Put:
        """A row as it lies in the table, without its number; `others` stand instead of its own values."""
        values = dict(zip((column for column, _ in table.columns), row, strict=True)) | others
        of = {column: value for column, value in values.items() if isinstance(value, Name)}
        values = {column: value for column, value in values.items() if column not in of and column != table.numbered}
        return cls(table, values, name, of)


@dataclass(frozen=True, slots=True)
class Change:
    """Rows that become others: the one that is named, or those with a key in a column that also fulfil a condition."""

    table: Table
    values: Mapping[str, object]
    key: Name | str
    column: str = ""
    only: str = ""

    @property
    def where(self) -> str:
        """The condition in SQL; without a column it is the first one that has the key."""
        condition = f"{self.column or self.table.columns[0][0]} = :key_"
        return f"{condition} AND {self.only}" if self.only else condition


@dataclass(frozen=True, slots=True)
class Leave:
    """A file that is left in a drop whole, or not at all."""

    drop: str
    file: str
    write: Callable[[Book, Path], None]
    saved_at: datetime | None = None


Write = Put | Change | Leave


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed writes, and how the truth is told of it once it is written."""

    writes: Sequence[Write]
    tell: Callable[[Book], None] = lambda _book: None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done at a moment in one source, or later where who does it is on strike."""

    at: datetime
    by: str
    source: str
    do: Callable[[datetime], Done]


class Worker(Protocol):
    """What happens in one subject. Both are asked once for each day, in their order."""

    def begin(self) -> Iterator[Deed]:
        """What is left to be done of what the city had begun before it lives."""
        ...

    def day(self, day: date) -> Iterator[Deed]:
        """What begins on a day; it may end on another."""
        ...
