"""Urgency: which operations go first when there are too many: those about emergencies, and about nothing else."""

from __future__ import annotations

from graphql import FieldNode, FragmentSpreadNode, OperationDefinitionNode, OperationType, SelectionSetNode

from engine.documents import Prepared
from schema.emergencies import EmergencyQuery

URGENT_FIELDS = frozenset(EmergencyQuery.__annotations__)
URGENT_WORDS = tuple(sorted(name.encode() for name in URGENT_FIELDS))
"""A request without any of these is none of them, whatever else it is."""


def is_urgent(prepared: Prepared, operation: OperationDefinitionNode) -> bool:
    """Whether every root field is of the emergencies. Their names count, never what a client calls them."""
    if operation.operation is not OperationType.QUERY:
        return False
    names: set[str] = set()
    seen: set[str] = set()
    pending: list[SelectionSetNode] = [operation.selection_set]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value not in seen:
                    seen.add(selection.name.value)
                    pending.append(prepared.fragments[selection.name.value].selection_set)
            else:
                pending.append(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment, the third kind
    names.discard("__typename")
    return bool(names) and names <= URGENT_FIELDS
