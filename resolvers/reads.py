"""Reads: what a field of the graph asks for at one level, in the words of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from connectors import mapping as mappings
from connectors.criteria import Keyset, MomentPart, Order, ParentKeys
from models.predicates import EVERYTHING, Predicate
from models.records import KEY, Record


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
    asked for. By the `grouped` fields rows are counted or measured: they are shown as little as compared ones, and leak
    as much. `rounded`: only rounded counts of them are told, of all records, so that the policy is not asked; who asks
    so is resolvers/statistics.py alone.
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
    grouped: frozenset[str] = frozenset()
    rounded: bool = False


def total_order(order: tuple[Order, ...]) -> tuple[Order, ...]:
    """The order made total: the key decides between equals, in the direction of the last field."""
    if any(term.field == KEY for term in order):
        return order
    return (*order, Order(KEY, descending=order[-1].descending if order else False))


RAW_GROUPS_MAX = 50_000
"""How many groups of spellings a source may answer with: what the hub merges in about 100 ms."""

Cut = Callable[[mappings.Mapping], MomentPart | None]
"""By which moment's beginning rows of a mapping are grouped, if its source can cut that out."""


def nothing_cut(_: mappings.Mapping) -> None:
    """Rows are grouped by no moment."""
