"""Tells which operations are urgent: those about emergencies only, which go first under overload."""

from __future__ import annotations

from graphql import OperationDefinitionNode, OperationType

from engine.documents.kept import Prepared, root_names
from schema.emergencies import EmergencyQuery

URGENT_FIELDS = frozenset(EmergencyQuery.__annotations__)
URGENT_WORDS = tuple(sorted(name.encode() for name in URGENT_FIELDS))
"""A request that contains none of these words is not urgent."""


def is_urgent(prepared: Prepared, operation: OperationDefinitionNode) -> bool:
    """Whether every root field is about emergencies, by its name, not its alias."""
    if operation.operation is not OperationType.QUERY:
        return False
    names = root_names(prepared, operation) - {"__typename"}
    return bool(names) and names <= URGENT_FIELDS
