"""Who may ask for an action: a table of whose rows x role, with the purpose or the scope that it takes.

What no line allows is denied. resolvers/acting.py asks once for each action, before it looks at anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.actions.action import Action, Whose
from models.errors import Forbidden
from models.policy.viewer import Purpose, Role, Scope, Viewer
from models.predicates import EVERYTHING, NOTHING, Predicate, is_in


@dataclass(frozen=True, slots=True)
class Condition:
    """What a role needs besides: a stated purpose, or a key with a scope."""

    purpose: Purpose | None = None
    scope: Scope | None = None


ACTORS: Final[Mapping[Whose, Mapping[Role, Condition]]] = {
    Whose.REPORT: {Role.CITIZEN: Condition(), Role.DEVELOPER: Condition(scope=Scope.REPORT)},
    Whose.APPLICATION: {Role.CITIZEN: Condition()},
    Whose.SEEN: {Role.CITIZEN: Condition()},
    Whose.OWN: {Role.CITIZEN: Condition()},
    Whose.HANDLED: {Role.OFFICER: Condition(purpose=Purpose.COMPLAINT_HANDLING)},
}


def require_actor(viewer: Viewer, purpose: Purpose | None, action: type[Action]) -> None:
    """Raises Forbidden, which says who may, unless the viewer may ask for the action at all."""
    allowed = ACTORS[action.whose]
    condition = allowed.get(viewer.role)
    if condition is None:
        raise Forbidden("action_role", roles=", ".join(sorted(role.value for role in allowed)))
    if condition.purpose is not None and purpose is not condition.purpose:
        raise Forbidden("action_purpose", purpose=condition.purpose.value)
    if condition.scope is not None and (viewer.scopes is None or condition.scope not in viewer.scopes):
        raise Forbidden("scope_missing", scope=condition.scope.value)


def rows_for(viewer: Viewer, action: type[Action]) -> Predicate:
    """The rows of the record of which the viewer may ask for the action, beside those that may be read at all."""
    if action.whose is Whose.OWN:
        owner = action.record.owner
        return is_in(owner, viewer.nik) if owner is not None and viewer.nik is not None else NOTHING
    if action.whose is Whose.HANDLED:
        handler = action.record.handled_by
        return is_in(handler, viewer.department_code) if handler is not None and viewer.department_code else NOTHING
    return EVERYTHING
