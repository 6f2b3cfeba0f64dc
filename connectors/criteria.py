"""Criteria: one question to one source, canonical and hashable, in the clean words of a record.

It knows neither tables nor SQL. Equal questions are equal Criteria, so they can be keys.
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
    """Sort by a value of the one record that `relation` leads to; what leads to none comes last in either direction."""

    relation: Relation
    term: Order | RelatedOrder

    @property
    def field(self) -> str:
        """The field that leads there."""
        return self.relation.on[0][0]

    @property
    def descending(self) -> bool:
        return self.term.descending


@dataclass(frozen=True, slots=True)
class DistanceOrder:
    """Sort by the distance of the position in `field` from the place that the filter asks for what is near it."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RankOrder:
    """Sort by the rank of a field's value: `ranks` are pairs of a rank and of the values that have it."""

    field: str
    ranks: tuple[tuple[int, tuple[object, ...]], ...]
    descending: bool = False


AskedOrder = Order | RelatedOrder | DistanceOrder
"""One term of an order as a client asks for it."""

SourceOrder = Order | RankOrder
"""One term of an order that a source can be asked for."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """A place in an ordered list: the source's own sort values of a row. Rows strictly after it, or before it.

    `source` is where the row was read; empty means where the record is always read.
    """

    values: tuple[object, ...]
    before: bool = False
    source: str = ""


class KeysetMismatch(ValueError):
    """A keyset does not have one value for each thing that the source sorts by, so it is of another list."""


@dataclass(frozen=True, slots=True)
class ParentKeys:
    """Whose children are asked for: `keys[i]` are the clean values of `field` that belong to parent i."""

    field: str
    keys: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Join:
    """The one record of `target` that a row leads to: that whose `there`, its key, is the row's `here`.

    `columns`, with `there` among them, are read of it where it satisfies `where`. See joins.py for what can be joined.
    """

    relation: str
    target: Mapping
    here: str
    there: str
    columns: tuple[str, ...]
    where: Predicate = EVERYTHING

    @property
    def legacy(self) -> tuple[str, ...]:
        """The legacy columns that are read of the target."""
        return self.target.legacy_columns(self.columns)


@dataclass(frozen=True, slots=True)
class Criteria:
    """`columns` of the rows of `record` that satisfy `where`: at most `rows_max`, for each parent if there are any.

    `order` always ends in the key, so that it is total; `reverse` reads it backwards: the last rows instead of the
    first. `joins` bring what the rows lead to, and never change which rows there are. `related` are the mappings of the
    records that `where` leads to, all in the same source.
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
    """The first `chars` signs of the canonical text of a day or a moment: its year, its month, its day, its hour."""

    field: str
    chars: int


@dataclass(frozen=True, slots=True)
class GroupCriteria:
    """How many rows of `record` that satisfy `where` have the same stored values in `columns` and the same `moment`.

    More than `groups_max` groups are not told apart: one more than that is asked for, to know. `with_age`: they also
    have the same stored age, where the source says how old its rows are.
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
    """How many rows of `record` satisfy `where` - for each parent, if there are any."""

    record: str
    where: Predicate = EVERYTHING
    parents: ParentKeys | None = None
    related: tuple[Mapping, ...] = ()
