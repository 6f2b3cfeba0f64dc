"""Connector: what every kind of source can be asked. A kind declares its capabilities and is never asked for more."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.indexes import Indexes
from connectors.mapping import Mapping
from models.predicates import Operator


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of source, or a source as probed, can do by itself. What it cannot is refused with NOT_SUPPORTED."""

    operators: frozenset[Operator] = frozenset(Operator)
    sorts: bool = True
    counts: bool = True
    joins: bool = False
    """Whether a read can bring the one record that each row leads to, where that lies in the same source."""
    keys_max: int = 500
    """How many parents or keys fit into one statement; more are asked for in chunks."""
    values_max: int = 10_000
    """How many values one statement may compare a field with."""
    only_by: frozenset[str] | None = None
    """The fields, each as `record.field`, of which every read must name values or parents; None where none has to."""
    groups: bool = False
    """Whether it counts rows by groups of what it stores."""
    server: str = field(default="", compare=False)
    """The kind and version of the server that was probed; two servers that can do the same are equal."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a source answered, as it stores it: a sequence per legacy column, and what the hub needs to page.

    `keyset` holds the source's sort values per row; `parents` the ordinal of the parent per row, ascending; `joined`
    for each join the legacy columns of what each row leads to, null where that is nothing. `copied_at` says when the
    hub copied them, or last found its copy unchanged; rows that were read from the source itself have none.
    """

    length: int
    columns: Dictionary[str, Sequence[object]]
    keyset: Sequence[tuple[object, ...]]
    parents: Sequence[int]
    joined: tuple[Dictionary[str, Sequence[object]], ...] = ()
    copied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RawGroups:
    """Groups of rows as a source stores them: a sequence per legacy column, the moment's beginning, and how many rows.

    `moments` is empty where the groups have none.
    """

    length: int
    columns: Dictionary[str, Sequence[object]]
    moments: Sequence[str | None]
    counts: Sequence[int]
    copied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """The outer facts of a call: the name of the operation, for the source's log, and how long it may run."""

    operation_name: str
    statement_ms_max: int


class Connector(Protocol):
    """The adapter that speaks one kind of source. Every call may raise SourceFailure, and nothing else."""

    capabilities: Capabilities
    """Those of its kind, until `probe` has asked the source itself."""

    is_local: bool
    """Whether a copy that the hub keeps answers: no question reaches the source."""

    async def probe(self) -> Capabilities:
        """Ask the source what it can do, and keep to that. Raises SourceBroken for one that cannot serve."""
        ...

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        """One statement per chunk of parents; rows in the order of the criteria, grouped by parent."""
        ...

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        """One number per parent, or one number if there are no parents."""
        ...

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        """How many rows each group has, in one statement; never asked of a source without the capability."""
        ...

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        """The names and types of the columns that the source really has for a mapping; None if it has no such table."""
        ...

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        """The indexes that the source has on what a mapping reads; nothing of a kind of source that knows none."""
        ...

    async def close(self) -> None: ...


class SourceFailure(Exception):
    """The source did not answer as it should. The text is for the operators' log and never reaches a client."""


class SourceUnreachable(SourceFailure):
    """No connection, or it broke: try again later."""


class SourceTimeout(SourceFailure):
    """The source stopped the statement at its own time limit."""


class SourceBroken(SourceFailure):
    """The source refused the statement: a table, a column or a right is missing. Trying again does not help."""
