"""Urgency: which operations go first when there are too many: those about emergencies, and about nothing else."""

from __future__ import annotations

from graphql import OperationDefinitionNode, OperationType

from engine.documents import Prepared, root_names
from schema.emergencies import EmergencyQuery

URGENT_FIELDS = frozenset(EmergencyQuery.__annotations__)
URGENT_WORDS = tuple(sorted(name.encode() for name in URGENT_FIELDS))
"""A request without any of these is none of them, whatever else it is."""


def is_urgent(prepared: Prepared, operation: OperationDefinitionNode) -> bool:
    """Whether every root field is of the emergencies. Their names count, never what a client calls them."""
    if operation.operation is not OperationType.QUERY:
        return False
    names = root_names(prepared, operation) - {"__typename"}
    return bool(names) and names <= URGENT_FIELDS
