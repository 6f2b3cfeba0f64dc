"""Connector: the interface of every kind of source. A kind declares its capabilities and is asked for no more."""

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
    """What a kind of source, or a probed source, can do. Anything else is refused with NOT_SUPPORTED."""

    operators: frozenset[Operator] = frozenset(Operator)
    sorts: bool = True
    counts: bool = True
    joins: bool = False
    """Whether a read can join the one record that each row leads to in the same source."""
    keys_max: int = 500
    """How many parents or keys fit into one statement; more are asked for in chunks."""
    values_max: int = 10_000
    """How many values one statement may compare a field with."""
    only_by: frozenset[str] | None = None
    """The fields, each as `record.field`, one of which every read must look up; None for no such limit."""
    groups: bool = False
    """Whether it counts rows grouped by stored values."""
    server: str = field(default="", compare=False)
    """The kind and version of the probed server; not compared."""


@dataclass(slots=True)
class Rows:
    """Rows as a source stores them: a sequence per legacy column, and what the hub needs to page.

    Per row, `keyset` holds the sort values and `parents` the ordinal of the parent, ascending. `joined` holds, for each
    join, the legacy columns of the joined record, null if there is none. `copied_at` is when the hub copied the rows or
    last found its copy unchanged; None if they come from the source itself.
    """

    length: int
    columns: Dictionary[str, Sequence[object]]
    keyset: Sequence[tuple[object, ...]]
    parents: Sequence[int]
    joined: tuple[Dictionary[str, Sequence[object]], ...] = ()
    copied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RawGroups:
    """Groups of rows as a source stores them: a sequence per legacy column, and the number of rows per group.

    `moments` are the truncated moments of the groups; empty if they are not grouped by one. `oldest` are the canonical
    texts of the ages of their oldest rows; empty if the source has no such text, or groups by age.
    """

    length: int
    columns: Dictionary[str, Sequence[object]]
    moments: Sequence[str | None]
    counts: Sequence[int]
    copied_at: datetime | None = None
    oldest: Sequence[str | None] = ()


@dataclass(slots=True)
class Call:
    """The name of the operation, for the source's log, and how long a statement may run."""

    operation_name: str
    statement_ms_max: int


@dataclass(frozen=True, slots=True)
class Zones:
    """The time zone of a database's server, and the columns that it converts: they are read in UTC."""

    server: str
    instants: tuple[str, ...]


class Connector(Protocol):
    """The adapter for one kind of source. Every method may raise SourceFailure, and nothing else."""

    capabilities: Capabilities
    """Those of its kind until `probe` has run."""

    is_local: bool
    """Whether a local copy answers, so that no question reaches the source."""

    async def probe(self) -> Capabilities:
        """Ask the source what it can do. Raises SourceBroken if it cannot serve."""
        ...

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        """One statement per chunk of parents; rows in the order of the criteria, grouped by parent."""
        ...

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        """One count per parent, or one count if there are no parents."""
        ...

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        """The number of rows per group, in one statement; only with the capability `groups`."""
        ...

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        """The names and types of the columns that the source has for a mapping; None if it has no such table."""
        ...

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        """The indexes that the source has on the tables of a mapping; empty for kinds without indexes."""
        ...

    async def close(self) -> None: ...


class SourceFailure(Exception):
    """The source did not answer properly. The text is for the operators' log and never reaches a client."""


class SourceUnreachable(SourceFailure):
    """No connection, or it broke: try again later."""


class SourceTimeout(SourceFailure):
    """The statement ran into its time limit. `said`: the source itself stopped it, so it is alive."""

    def __init__(self, text: str, *, said: bool = False) -> None:
        super().__init__(text)
        self.said = said


class SourceBroken(SourceFailure):
    """The source refused the statement: a table, a column or a right is missing. A retry does not help."""
