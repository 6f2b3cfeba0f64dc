"""Calls: fields that are asked parent by parent, since they have an ordinary resolver or a plain attribute only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from graphql import default_field_resolver

from engine.level import Level
from engine.selections import FieldPlan

if TYPE_CHECKING:
    from engine.run import Run


def called(run: Run, plan: FieldPlan, level: Level) -> list[Any]:
    """What the field answers for each parent: a value, an awaitable of one, or the Exception that was raised."""
    parents = level.views()
    if plan.reads_attribute and plan.declared is not None:
        read, name = plan.declared.default_resolver, plan.declared.python_name
        return _each(attrgetter(name) if read is getattr else lambda parent: read(parent, name), parents)
    if plan.reads_attribute and run.field_resolver is default_field_resolver:
        values = _each(lambda parent: _attribute(parent, plan.name), parents)
        if not any(map(callable, values)):
            return values
    return _called(run, plan, parents, level)


def _called(run: Run, plan: FieldPlan, parents: Sequence[Any], level: Level) -> list[Any]:
    resolve = plan.field.resolve or run.field_resolver
    arguments = plan.arguments(run.variables, hide_suggestions=run.hide_suggestions)
    infos = [run.info(plan, path) for path in level.place.field(plan.key, plan.parent_type.name).paths()]
    values: list[Any] = []
    for parent, info in zip(parents, infos, strict=True):
        try:
            values.append(resolve(parent, info, **arguments))
        except Exception as error:  # noqa: BLE001  # whatever a resolver raises is the error of its field
            values.append(error)
    return values


def _each(read: Callable[[Any], Any], parents: Sequence[Any]) -> list[Any]:
    try:
        return list(map(read, parents))
    except Exception:  # noqa: BLE001  # then each parent gets its own error
        return [_caught(read, parent) for parent in parents]


def _caught(read: Callable[[Any], Any], parent: Any) -> Any:
    try:
        return read(parent)
    except Exception as error:  # noqa: BLE001  # it is the error of this parent's field
        return error


def _attribute(parent: Any, name: str) -> Any:
    return parent.get(name) if isinstance(parent, Mapping) else getattr(parent, name, None)
