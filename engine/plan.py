"""The plan of one operation for one variant of `@skip` and `@include`, and the reads in it.

A plan holds no variable values but those of its directives, so it serves every client.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import FragmentDefinitionNode, OperationDefinitionNode

from engine.facts import BatchField, Selection
from engine.selections import FieldPlan, SelectionPlan, composite_of

READS_MAX = 1_000
"""How many reads of one plan are listed. A plan with more has no known cost: it is not `is_bounded`."""


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """One read of a record at a response path, for the rows of its parent read, which is None at the root.

    cost.py bounds its rows, since they depend on the variables.
    """

    record: str
    path: tuple[str, ...]
    field: FieldPlan
    parent: PlannedRead | None

    @property
    def batch(self) -> BatchField:
        """The declaration of the field's batch resolver."""
        if self.field.batch is None:
            raise AssertionError("a read is planned for fields with a batch resolver only")
        return self.field.batch

    @property
    def selection(self) -> Selection:
        return self.field.selection


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation. `whole` is the reason why graphql-core runs it, None where the engine does.

    `is_bounded` is false where `reads` does not hold all reads, so that the cost has no bound. `schema_fields` is the
    most fields of introspection in its answer.
    """

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    root: SelectionPlan
    reads: tuple[PlannedRead, ...]
    fields_count: int
    whole: str | None = None
    is_bounded: bool = True
    schema_fields: int = 0

    @property
    def subjects(self) -> frozenset[str]:
        """The records that the answer is about: those of lists, else of root fields, without what rows only name."""
        lists = frozenset(read.record for read in self.reads if read.batch.rows_max is not None)
        return lists or frozenset(read.record for read in self.reads if read.parent is None)


def reads_of(root: SelectionPlan) -> Iterator[PlannedRead]:
    """The reads of a plan, parents before children; stops soon after READS_MAX."""
    pending: list[tuple[SelectionPlan, tuple[str, ...], PlannedRead | None]] = [(root, (), None)]
    count = 0
    while pending and count <= READS_MAX:
        selection, path, parent = pending.pop()
        for plan in selection.fields:
            here = (*path, plan.key)
            read = parent
            if plan.batch is not None and plan.batch.reads is not None:
                read = PlannedRead(plan.batch.reads, here, plan, parent)
                count += 1
                yield read
            below = composite_of(plan.kind)
            if below is not None:
                # Equal selections are shared, so there may be far more paths than selections.
                pending += [(one, here, read) for one in below.selections.values() if one.has_reads]
