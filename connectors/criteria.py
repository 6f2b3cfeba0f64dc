"""Criteria: one question to one source, in fields and clean values, without tables or SQL.

Criteria are canonical and hashable: equal questions are equal, so they can be keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.mapping import Mapping
from models.predicates import EVERYTHING, Predicate
from models.records import Relation


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a field; rows without a value come last in either direction."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RelatedOrder:
    """Sort by a value of the one record that `relation` leads to; rows without one come last in either direction."""

    relation: Relation
    term: Order | RelatedOrder

    @property
    def field(self) -> str:
        """The field that the relation starts from."""
        return self.relation.on[0][0]

    @property
    def descending(self) -> bool:
        return self.term.descending


@dataclass(frozen=True, slots=True)
class DistanceOrder:
    """Sort by the distance between the position in `field` and the center of the filter's `near`."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RankOrder:
    """Sort by the rank of a field's value: `ranks` are pairs of a rank and the values that have it."""

    field: str
    ranks: tuple[tuple[int, tuple[object, ...]], ...]
    descending: bool = False


AskedOrder = Order | RelatedOrder | DistanceOrder
"""One term of an order as a client asks for it."""

SourceOrder = Order | RankOrder
"""One term of an order that a source can be asked for."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """Keyset pagination: read the rows strictly after, or `before`, the row with these sort values.

    `source` is where that row was read; empty means the record's usual source.
    """

    values: tuple[object, ...]
    before: bool = False
    source: str = ""


class KeysetMismatch(ValueError):
    """A keyset has not one value for each sort term: it belongs to another list."""


@dataclass(frozen=True, slots=True)
class ParentKeys:
    """The parents whose children are read: `keys[i]` are the clean values of `field` of parent i's children.

    `named[i]` are the keys of rows that are children of parent i as well, whatever their `field` says; empty for none.
    """

    field: str
    keys: tuple[tuple[object, ...], ...]
    named: tuple[tuple[str, ...], ...] = ()

    @property
    def lead_somewhere(self) -> bool:
        """Whether any parent can have children."""
        return any(self.keys) or any(self.named)


@dataclass(frozen=True, slots=True)
class Join:
    """The one record of `target` that a row leads to: its key `there` equals the row's `here`.

    `columns`, which include `there`, are read if it satisfies `where`. joins.py decides what can be joined.
    """

    relation: str
    target: Mapping
    here: str
    there: str
    columns: tuple[str, ...]
    where: Predicate = EVERYTHING

    @property
    def legacy(self) -> tuple[str, ...]:
        """The legacy columns that are read from the target."""
        return self.target.legacy_columns(self.columns)


@dataclass(frozen=True, slots=True)
class Criteria:
    """`columns` of the rows of `record` that satisfy `where`: at most `rows_max`, for each parent if there are any.

    `order` always ends in the key, so that it is total; `reverse` reads the last rows instead of the first. `joins` add
    columns and never change which rows there are. `related` are the mappings of the records that `where` names through
    relations, all in the same source.
    """

    record: str
    columns: tuple[str, ...]
    where: Predicate
    order: tuple[SourceOrder, ...]
    rows_max: int
    keyset: Keyset | None = None
    reverse: bool = False
    parents: ParentKeys | None = None
    joins: tuple[Join, ...] = ()
    related: tuple[Mapping, ...] = ()

    def __post_init__(self) -> None:
        if self.rows_max < 1:
            raise ValueError("a read asks for at least one row")


@dataclass(frozen=True, slots=True)
class MomentPart:
    """The first `chars` characters of the canonical text of a day or a moment: its year, month, day or hour."""

    field: str
    chars: int


@dataclass(frozen=True, slots=True)
class GroupCriteria:
    """Count the rows of `record` that satisfy `where`, grouped by the stored values of `columns` and by `moment`.

    The source is asked for one group more than `groups_max`, to see whether there are more. `with_age` also groups by
    the stored age, where the source says how old its rows are; otherwise each group has the age of its oldest row.
    """

    record: str
    columns: tuple[str, ...]
    where: Predicate
    groups_max: int
    moment: MomentPart | None = None
    with_age: bool = False
    related: tuple[Mapping, ...] = ()


@dataclass(frozen=True, slots=True)
class CountCriteria:
    """Count the rows of `record` that satisfy `where`, for each parent if there are any."""

    record: str
    where: Predicate = EVERYTHING
    parents: ParentKeys | None = None
    related: tuple[Mapping, ...] = ()
