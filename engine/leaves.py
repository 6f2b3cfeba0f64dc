"""Leaves: whole columns of values -> what JSON carries, with the types of a column checked once and not per value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from math import isfinite
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect

from engine.failures import Failure

LeafColumn: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]
"""Serializes a column. Where a value cannot be, or is an Exception, a Failure stands in its place."""


class MixedColumn(list[Any]):
    """A column that may hold failures: every value went its own way."""


_NONE: Any = type(None)
_INT_MAX = 2**31 - 1
_INT_MIN = -(2**31)


def leaf_column(leaf: GraphQLLeafType) -> LeafColumn:
    """How a column of this type is serialized: as it is where every value is of the one type that JSON takes."""
    slow = _one_by_one(leaf)
    if isinstance(leaf, GraphQLEnumType):
        return _enum_column(leaf, slow)
    if leaf in (GraphQLString, GraphQLID):
        return _as_it_is(str, slow)
    if leaf is GraphQLBoolean:
        return _as_it_is(bool, slow)
    if leaf is GraphQLInt:
        return _int_column(slow)
    if leaf is GraphQLFloat:
        return _float_column(slow)
    return _custom_column(leaf, slow)


def _as_it_is(kind: type, slow: LeafColumn) -> LeafColumn:
    known = {kind, _NONE}

    def column(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if kinds <= known or all(map(_is_text, kinds - known)):
            return values
        return slow(values)

    def _is_text(other: type) -> bool:
        return kind is str and issubclass(other, str) and not issubclass(other, Enum)

    return column


def _int_column(slow: LeafColumn) -> LeafColumn:
    def column(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if not kinds <= {int, _NONE}:
            return slow(values)
        present = [value for value in values if value is not None] if _NONE in kinds else values
        if present and (min(present) < _INT_MIN or max(present) > _INT_MAX):
            return slow(values)
        return values

    return column


def _float_column(slow: LeafColumn) -> LeafColumn:
    def column(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if not kinds <= {float, _NONE}:
            return slow(values)
        present = [value for value in values if value is not None] if _NONE in kinds else values
        return values if all(map(isfinite, present)) else slow(values)

    return column


def _enum_column(leaf: GraphQLEnumType, slow: LeafColumn) -> LeafColumn:
    names = _EnumNames(leaf)

    def column(values: Sequence[Any]) -> Sequence[Any]:
        try:
            return list(map(names.__getitem__, values))
        except Exception:  # noqa: BLE001  # unhashable or unknown: then each value gets its own error
            return slow(values)

    return column


class _EnumNames(dict[Any, Any]):
    """The names of members, each looked up once; bounded by the members that Python's enums have."""

    def __init__(self, leaf: GraphQLEnumType) -> None:
        super().__init__({None: None})
        self._leaf = leaf

    def __missing__(self, value: Any) -> Any:
        if not isinstance(value, Enum):
            raise KeyError(value)
        name = self[value] = _coerced(self._leaf, value)
        return name


def _custom_column(leaf: GraphQLLeafType, slow: LeafColumn) -> LeafColumn:
    coerce = leaf.coerce_output_value

    def column(values: Sequence[Any]) -> Sequence[Any]:
        if any(issubclass(kind, Exception) for kind in set(map(type, values))):
            return slow(values)
        try:
            coerced = [None if value is None else coerce(value) for value in values]
        except Exception:  # noqa: BLE001  # then each value gets its own error
            return slow(values)
        kinds = set(map(type, coerced))
        if type(Undefined) in kinds or (_NONE in kinds and coerced.count(None) != values.count(None)):
            return slow(values)
        return coerced

    return column


def _one_by_one(leaf: GraphQLLeafType) -> LeafColumn:
    def one(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            return Failure(value)
        try:
            return _coerced(leaf, value)
        except Exception as error:  # noqa: BLE001  # whatever a scalar raises is the error of this value
            return Failure(error)

    def column(values: Sequence[Any]) -> MixedColumn:
        return MixedColumn(map(one, values))

    return column


def _coerced(leaf: GraphQLLeafType, value: Any) -> Any:
    coerced = leaf.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(leaf)}.coerce_output_value({inspect(value)})` to return non-nullable value, "
            f"returned: {inspect(coerced)}"
        )
    return coerced
