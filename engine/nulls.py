"""Null propagation: the second pass over an answer, which runs only when something failed.

It walks the answer in the order of the document, as graphql-core would have executed it: a failure is null where its
type allows that, else its parent is, and so on up to the nearest one that may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, located_error

from engine.failures import Failure
from engine.selections import Composite, FieldPlan, Kind, Leaf, ListOf, NonNull, SelectionPlan


class _Lost:
    """That a value is null where it may not be, so that its parent is lost with it."""


_LOST = _Lost()


class NullPropagation:
    """The second pass. `types` says of each object behind an interface or union what was selected of it, by id."""

    def __init__(self, types: Mapping[int, SelectionPlan]) -> None:
        self._types = types
        self.errors: list[GraphQLError] = []

    def root(self, selection: SelectionPlan, value: Any) -> dict[str, Any] | None:
        """The data of the answer; the errors are in `errors` then."""
        data = self._object(selection, value, [])
        return None if data is _LOST else data

    def is_lost(self, field: FieldPlan, value: Any) -> bool:
        """Whether this value of a field at the root takes the whole answer with it."""
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
        """The value with its nulls; _LOST where it is null and may not be."""
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
