"""Plan: one operation compiled for one choice of its `@skip` and `@include`, before anything is read.

A plan holds no values of variables but those of its directives, so that it serves every client.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import FragmentDefinitionNode, OperationDefinitionNode

from engine.facts import BatchField, Selection
from engine.selections import FieldPlan, SelectionPlan, composite_of

READS_MAX = 1_000
"""How many reads of one plan are listed. What an operation with more may cost is not known: it is not `is_bounded`."""


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """What a plan asks of a source at one level: a record, at a response path, for the rows of another read.

    `parent` is the read that the parents come from, None at the root. Its columns are in `selection`, its arguments in
    `field`; how many rows it may bring is told by cost.py, since that depends on the variables.
    """

    record: str
    path: tuple[str, ...]
    field: FieldPlan
    parent: PlannedRead | None

    @property
    def batch(self) -> BatchField:
        """How the field reads. Every planned read has it: that is what makes it one."""
        if self.field.batch is None:
            raise AssertionError("a read is planned for fields with a batch resolver only")
        return self.field.batch

    @property
    def selection(self) -> Selection:
        return self.field.selection


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation, compiled. `whole` is the reason why graphql-core runs it whole, None where it need not.

    `is_bounded` is false where `reads` does not hold all of its reads, so that there is no bound of its cost.
    """

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    root: SelectionPlan
    reads: tuple[PlannedRead, ...]
    fields_count: int
    whole: str | None = None
    is_bounded: bool = True


def reads_of(root: SelectionPlan) -> Iterator[PlannedRead]:
    """The reads of a plan, parents before children; a few more than READS_MAX stand for any number above it."""
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
                # Equal selections are shared, so that their paths may be far more than they are.
                pending += [(one, here, read) for one in below.selections.values() if one.has_reads]
