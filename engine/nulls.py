"""Null propagation: a second pass over the answer, which runs only when something failed.

It walks the answer in the order of the document, as graphql-core does. A failure becomes null where its type allows
that, else its parent does, and so on up to the nearest nullable one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, located_error

from engine.level import Failure
from engine.selections import Composite, FieldPlan, Kind, Leaf, ListOf, NonNull, SelectionPlan


class _Lost:
    """Marks a value that is null although it may not be: its parent becomes null instead."""


_LOST = _Lost()


class NullPropagation:
    """The second pass. `types` holds the selection of each object behind an interface or union, by its id."""

    def __init__(self, types: Mapping[int, SelectionPlan]) -> None:
        self._types = types
        self.errors: list[GraphQLError] = []

    def root(self, selection: SelectionPlan, value: Any) -> dict[str, Any] | None:
        """The data of the answer. Fills `errors`."""
        data = self._object(selection, value, [])
        return None if data is _LOST else data

    def is_lost(self, field: FieldPlan, value: Any) -> bool:
        """Whether this value of a root field makes the whole data null."""
        return self._settled(field.kind, value, field, [field.key]) is _LOST

    def _object(self, selection: SelectionPlan, value: dict[str, Any], path: list[str | int]) -> Any:
        settled = dict(value)
        for field in selection.fields:
            path.append(field.key)
            below = self._settled(field.kind, settled[field.key], field, path)
            path.pop()
            if below is _LOST:
                return _LOST
            settled[field.key] = below
        return settled

    def _settled(self, kind: Kind, value: Any, field: FieldPlan, path: list[str | int]) -> Any:
        """The value with failures replaced by null; _LOST where it is null and may not be."""
        required = isinstance(kind, NonNull)
        inner = self._inner(kind.inner if isinstance(kind, NonNull) else kind, value, field, path)
        if inner is _LOST or inner is None:
            return _LOST if required else None
        return inner

    def _inner(self, kind: Leaf | ListOf | Composite, value: Any, field: FieldPlan, path: list[str | int]) -> Any:
        if isinstance(value, Failure):
            self.errors.append(located_error(value.error, field.nodes, list(path)))
            return None
        if value is None:
            return None
        if isinstance(kind, ListOf):
            return self._list(kind, value, field, path)
        if isinstance(kind, Composite):
            return self._object(self._selection(kind, value), value, path)
        return value

    def _list(self, kind: ListOf, values: list[Any], field: FieldPlan, path: list[str | int]) -> Any:
        settled = []
        for index, value in enumerate(values):
            path.append(index)
            below = self._settled(kind.item, value, field, path)
            path.pop()
            if below is _LOST:
                return _LOST
            settled.append(below)
        return settled

    def _selection(self, kind: Composite, value: dict[str, Any]) -> SelectionPlan:
        if not kind.is_abstract:
            return kind.selections[kind.type.name]
        return self._types[id(value)]
