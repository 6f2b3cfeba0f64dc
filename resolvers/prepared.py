"""Prepared reads: what policy decides of a read, and which columns and joins answer it, worked out for all values.

A key holds everything that preparing looks at, and no value: neither one of a filter nor one of a person. In what is
prepared for somebody with a resident number, OWNER stands in its place until it is bound for one request.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.catalog import Binding
from connectors.criteria import Join
from connectors.joins import joined_of
from connectors.protocol import Capabilities
from connectors.reading import Reading
from models.batch import Batch, Joined, Origin
from models.errors import HubError
from models.mechanisms.bounded_map import BoundedMap
from models.policy.decisions import Decision
from models.policy.viewer import Viewer
from models.predicates import And, Compare, Not, Or, Predicate, Related, canonical, shape
from models.request import Request
from models.values.types import PersonId
from resolvers.reads import Read
from resolvers.visibility import shown_as_allowed

PREPARED_MAX: Final = 4_000
PREPARED_BYTES_MAX: Final = 32_000_000
ENTRY_BYTES: Final = 3_000
"""About what an entry takes besides its names."""
NAME_BYTES: Final = 120
"""About what each name in it takes: of a column, a field of a filter, an error."""

OWNER: Final[PersonId] = str.__new__(PersonId, "the viewer's own")
"""Stands for the viewer's resident number. No number is equal to it."""

State = tuple[frozenset[str], frozenset[object], Capabilities]


def state_of(binding: Binding) -> State:
    """What a source can do now: a drift, an index gate or a probe changes it."""
    return binding.missing, binding.scans, binding.connector.capabilities


@dataclass(frozen=True, slots=True)
class Joining:
    """A join of a read, with the viewer's decision as for a read of its own."""

    join: Join
    binding: Binding
    read: Read
    decision: Decision
    errors: Mapping[str, HubError]

    async def brought(
        self, request: Request, legacy: Mapping[str, Sequence[object]], batch: Batch, origin: Origin
    ) -> tuple[Reading, Joined]:
        """The joined records of a batch as the viewer sees them, with the child of each row."""
        reading, children = joined_of(self.join, legacy, batch.columns[self.join.here], origin)
        reading.batch.errors = own(self.errors)
        return reading, Joined(await shown_as_allowed(request, self.read, self.decision, reading.batch), children)


@dataclass(frozen=True, slots=True)
class PreparedRead:
    """What a read decides and asks: `fields` to read, the `errors` of others, and the relations to join.

    `states` are those of the sources that it was prepared for. `names_owner`: it holds OWNER.
    """

    decision: Decision
    fields: tuple[str, ...]
    errors: Mapping[str, HubError]
    joinings: tuple[Joining, ...]
    states: tuple[tuple[Binding, State], ...]
    names_owner: bool

    @property
    def fits(self) -> bool:
        """Whether its sources can still do what they could."""
        return all(state_of(binding) == state for binding, state in self.states)

    @property
    def size(self) -> int:
        """About how many bytes it and its key take."""
        names = len(self.fields) + len(self.errors) + sum(len(one.join.columns) for one in self.joinings)
        return ENTRY_BYTES + NAME_BYTES * names

    def bound_to(self, owner: PersonId) -> PreparedRead:
        """The same for the viewer with this number."""
        joinings = tuple(
            replace(
                one,
                join=replace(one.join, where=_with_owner(one.join.where, owner)),
                decision=_decision_of(one.decision, owner),
            )
            for one in self.joinings
        )
        return replace(self, decision=_decision_of(self.decision, owner), joinings=joinings, names_owner=False)


class PreparedReads(BoundedMap[Hashable, PreparedRead]):
    """The prepared reads of one process, bounded by number and bytes."""

    def __init__(self) -> None:
        super().__init__(PREPARED_MAX, PREPARED_BYTES_MAX, lambda prepared: prepared.size)


def key_of(request: Request, binding: Binding, read: Read, given: Predicate, generation: int) -> Hashable:
    """Everything that preparing a read looks at. `given` is the canonical condition of the graph."""
    viewer = request.viewer
    return (
        binding,
        read.columns,
        shape(read.where),
        shape(given),
        read.order,
        read.parents.field if read.parents is not None else None,
        read.via,
        read.unlocks,
        viewer.role,
        viewer.department_code,
        viewer.nik is None,
        request.purpose,
        generation,
    )


def class_of(viewer: Viewer) -> Viewer:
    """All viewers for whom policy decides alike, as one."""
    return Viewer(viewer.role, None, viewer.department_code, OWNER if viewer.nik is not None else None)


def names_owner(decision: Decision) -> bool:
    return _decision_of(decision, _SOMEBODY) != decision


_SOMEBODY: Final[PersonId] = str.__new__(PersonId, "somebody")


def own(errors: Mapping[str, HubError]) -> dict[str, HubError]:
    """Errors of one request: an exception keeps the calls that it went through."""
    return {name: error.named() for name, error in errors.items()}


def _decision_of(decision: Decision, owner: PersonId) -> Decision:
    open_rows, positions = decision.open_rows, decision.positions
    if open_rows is not None and open_rows.value is OWNER:
        open_rows = replace(open_rows, value=owner)
    if positions is not None and positions.whole is not None and positions.whole[1] is OWNER:
        positions = replace(positions, whole=(positions.whole[0], owner))
    return replace(decision, rows=_with_owner(decision.rows, owner), open_rows=open_rows, positions=positions)


def _with_owner(predicate: Predicate, owner: PersonId) -> Predicate:
    return canonical(_replaced(predicate, owner))


def _replaced(predicate: Predicate, owner: PersonId) -> Predicate:
    if isinstance(predicate, Compare):
        values = tuple(owner if value is OWNER else value for value in predicate.values)
        return Compare(predicate.field, predicate.operator, values)
    if isinstance(predicate, Related):
        return replace(predicate, where=_replaced(predicate.where, owner))
    if isinstance(predicate, Not):
        return Not(_replaced(predicate.term, owner))
    if isinstance(predicate, And | Or):
        return type(predicate)(tuple(_replaced(term, owner) for term in predicate.terms))
    return predicate
