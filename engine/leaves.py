"""Serializes whole columns of scalars and enums for JSON, checking the types once per column, not per value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

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

from engine.level import Failure


class Serialized(NamedTuple):
    """A column as JSON carries it, and whether it holds nulls and failures."""

    column: Sequence[Any]
    has_nulls: bool
    has_failures: bool = False


LeafColumn: TypeAlias = Callable[[Sequence[Any]], Serialized]
"""Serializes a column. A value that is an Exception or cannot be serialized becomes a Failure."""

_NONE: Any = type(None)
_INT_MAX = 2**31 - 1
_INT_MIN = -(2**31)


def leaf_column(leaf: GraphQLLeafType) -> LeafColumn:
    """The serializer of columns of this type. A column whose values JSON takes as they are is returned unchanged."""
    slow = _one_by_one(leaf)
    if isinstance(leaf, GraphQLEnumType):
        return _enum_column(leaf, slow)
    if leaf in (GraphQLString, GraphQLID):
        return _text_column(slow)
    if leaf is GraphQLBoolean:
        return _number_column(bool, lambda _: True, slow)
    if leaf is GraphQLInt:
        return _number_column(int, lambda values: min(values) >= _INT_MIN and max(values) <= _INT_MAX, slow)
    if leaf is GraphQLFloat:
        return _number_column(float, lambda values: all(map(isfinite, values)), slow)
    return _custom_column(leaf, slow)


def _text_column(slow: LeafColumn) -> LeafColumn:
    def column(values: Sequence[Any]) -> Serialized:
        try:
            # `join` refuses whatever is no text, in a quarter of the time that checking each type takes.
            "".join(values)
        except TypeError:
            kinds = set(map(type, values))
            if all(map(_is_text, kinds)):
                return Serialized(values, _NONE in kinds)
            return slow(values)
        return Serialized(values, has_nulls=False)

    return column


def _is_text(kind: type) -> bool:
    return kind is _NONE or (issubclass(kind, str) and not issubclass(kind, Enum))


def _number_column(kind: type, is_within_bounds: Callable[[Sequence[Any]], bool], slow: LeafColumn) -> LeafColumn:
    known = {kind, _NONE}

    def column(values: Sequence[Any]) -> Serialized:
        kinds = set(map(type, values))
        if not kinds <= known:
            return slow(values)
        has_nulls = _NONE in kinds
        present = [value for value in values if value is not None] if has_nulls else values
        if present and not is_within_bounds(present):
            return slow(values)
        return Serialized(values, has_nulls)

    return column


def _enum_column(leaf: GraphQLEnumType, slow: LeafColumn) -> LeafColumn:
    """Looks members up by identity: they live as long as the process, and hashing one is slow in Python."""
    names: dict[int, Any] = {id(None): None}
    members: list[Enum] = []

    def learn(values: Sequence[Any]) -> bool:
        """Note the names of members seen for the first time; False where a value is no member."""
        for value in values:
            if id(value) not in names:
                if not isinstance(value, Enum):
                    return False
                names[id(value)] = _coerced(leaf, value)
                members.append(value)
        return True

    def column(values: Sequence[Any]) -> Serialized:
        try:
            return Serialized(list(map(names.__getitem__, map(id, values))), None in values)
        except KeyError:
            pass
        try:
            is_known = learn(values)
        except Exception:  # noqa: BLE001  # a member of another enum: then each value gets its own error
            is_known = False
        return column(values) if is_known else slow(values)

    return column


def _custom_column(leaf: GraphQLLeafType, slow: LeafColumn) -> LeafColumn:
    """Calls the serializer's `column` with many values, if it has that method and does not return None.

    Before it, its `printed`, which knows the texts of some columns without a look at their values.
    """
    coerce = leaf.coerce_output_value
    printed: Callable[[Sequence[Any]], Sequence[Any] | None] = getattr(coerce, "printed", _never)
    many: Callable[[Sequence[Any]], Sequence[Any] | None] = getattr(coerce, "column", _never)

    def column(values: Sequence[Any]) -> Serialized:
        known = printed(values)
        if known is not None:
            return Serialized(known, None in known)
        kinds = set(map(type, values))
        if any(issubclass(kind, Exception) for kind in kinds):
            return slow(values)
        present = [value for value in values if value is not None] if _NONE in kinds else values
        serialized = many(present)
        if serialized is not None:
            return Serialized(serialized if present is values else placed(serialized, values), _NONE in kinds)
        try:
            coerced = [None if value is None else coerce(value) for value in values]
        except Exception:  # noqa: BLE001  # then each value gets its own error
            return slow(values)
        made = set(map(type, coerced))
        has_nulls = _NONE in made
        # `Undefined == None`, so it is found by its type.
        if type(Undefined) in made or (has_nulls and coerced.count(None) != values.count(None)):
            return slow(values)
        return Serialized(coerced, has_nulls)

    return column


def _never(_: Sequence[Any]) -> None:
    return None


def placed(serialized: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The serialized values at the positions of the values that are not null."""
    made = iter(serialized)
    return [None if value is None else next(made) for value in values]


def _one_by_one(leaf: GraphQLLeafType) -> LeafColumn:
    def one(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            return Failure(value)
        try:
            return _coerced(leaf, value)
        except Exception as error:  # noqa: BLE001  # what a scalar raises becomes the error of this value
            return Failure(error)

    def column(values: Sequence[Any]) -> Serialized:
        mixed = list(map(one, values))
        kinds = set(map(type, mixed))
        return Serialized(mixed, _NONE in kinds, Failure in kinds)

    return column


def _coerced(leaf: GraphQLLeafType, value: Any) -> Any:
    coerced = leaf.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(leaf)}.coerce_output_value({inspect(value)})` to return non-nullable value, "
            f"returned: {inspect(coerced)}"
        )
    return coerced
