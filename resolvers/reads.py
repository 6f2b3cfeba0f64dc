"""Reads: what a field of the graph asks for at one level, in the words of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from connectors.criteria import Keyset, Order, ParentKeys
from models.predicates import EVERYTHING, Predicate
from models.records import Record


@dataclass(frozen=True, slots=True)
class Columns:
    """Fields of a record: `shown` are those that the viewer selected, `joined` those that the hub needs to go on.

    `ones` are to-one relations by name, with the columns that are wanted of the record that they lead to.
    """

    shown: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    ones: Mapping[str, Columns] = field(default_factory=dict)

    @property
    def all(self) -> frozenset[str]:
        return self.shown | self.joined

    def and_joined(self, field: str) -> Columns:
        return replace(self, joined=self.joined | {field})

    def only(self, record: type[Record]) -> Columns:
        """Those that the record has, of fields that were selected of several kinds of records."""
        ones = {name: columns for name, columns in self.ones.items() if name in record.relations}
        return Columns(self.shown & record.fields.keys(), self.joined & record.fields.keys(), ones)


@dataclass(frozen=True, slots=True)
class Read:
    """One question that a field of the graph asks at one level, for all its parents.

    `where` and `order` are the viewer's words; `given` is what the graph itself adds, such as the key of a parent.
    `via` is the record that the rows are reached from, if they are. `looks_ahead` says that the last row of a full page
    is read only to know that there is more, and shown to nobody. `unlocks` says that the reporter of one complaint is
    asked for.
    """

    record: type[Record]
    columns: Columns = Columns()
    where: Predicate = EVERYTHING
    given: Predicate = EVERYTHING
    order: tuple[Order, ...] = ()
    rows_max: int = 1
    keyset: Keyset | None = None
    reverse: bool = False
    parents: ParentKeys | None = None
    via: str | None = None
    looks_ahead: bool = False
    unlocks: bool = False
