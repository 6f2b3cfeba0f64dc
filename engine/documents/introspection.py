"""Counts the fields that an introspection answer may have, before it is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    SchemaMetaFieldDef,
    StringValueNode,
    TypeMetaFieldDef,
    get_named_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

SCHEMA, TYPE = "__schema", "__type"
SCHEMA_FIELDS: Final = frozenset({SCHEMA, TYPE})
"""The root fields of introspection."""

VISITS_MAX: Final = 20_000
"""How many parts of the schema are visited for one plan. The usual introspection query takes 5,000 visits and 8 ms."""
TEXT_CHARS: Final = 100
"""A description counts as one more field for every 100 characters."""
FIELDS_MAX: Final = 10**9
"""The count of an answer that is too large to be counted."""

Collect = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""Merges the fields below some fields of a document, for one type."""


@dataclass(frozen=True, slots=True)
class _Below:
    """The selection on one type of introspection: how many fields, how many descriptions, which lead to more parts."""

    fields: int
    descriptions: int
    leading: tuple[tuple[Callable[..., Any], bool, _Below], ...]


class TooManyVisits(Exception):
    """The answer has more parts than VISITS_MAX."""


class SchemaFields:
    """Counts the fields of introspection of one operation, each pair of selection and part once.

    The count is the same for all variables: deprecated parts count, and a type named by a variable counts as the
    largest one.
    """

    def __init__(self, schema: GraphQLSchema, collect: Collect) -> None:
        self._schema = schema
        self._collect = collect
        self._told: Any = SimpleNamespace(schema=schema)
        self._belows: dict[tuple[int, ...], _Below] = {}
        self._counts: dict[tuple[int, int], int] = {}
        self._visits = 0

    def count(self, details: FieldDetailsList) -> int:
        """The most fields that `__schema` or `__type` returns, itself included; FIELDS_MAX if too many to count."""
        node = details[0].node
        try:
            if node.name.value == SCHEMA:
                return 1 + self._fields_of(self._below(SchemaMetaFieldDef.type, details), self._schema)
            below = self._below(TypeMetaFieldDef.type, details)
            return 1 + max((self._fields_of(below, one) for one in self._named(node)), default=0)
        except TooManyVisits:
            return FIELDS_MAX

    def _named(self, node: FieldNode) -> Iterable[Any]:
        for argument in node.arguments or ():
            if isinstance(argument.value, StringValueNode):
                found = self._schema.get_type(argument.value.value)
                return () if found is None else (found,)
        return self._schema.type_map.values()

    def _below(self, output_type: Any, details: FieldDetailsList) -> _Below:
        """The selection below fields of one type."""
        key = tuple(id(detail.node) for detail in details)
        below = self._belows.get(key)
        if below is None:
            object_type = get_named_type(output_type)
            grouped = self._collect(object_type, details)
            leading = []
            names = [inner[0].node.name.value for inner in grouped.values()]
            for name, inner in zip(names, grouped.values(), strict=True):
                field = object_type.fields.get(name)
                named = get_named_type(field.type) if field is not None else None
                if field is not None and isinstance(named, GraphQLObjectType):
                    deprecates = "includeDeprecated" in field.args
                    leading.append((field.resolve, deprecates, self._below(named, inner)))
            below = self._belows[key] = _Below(len(grouped), names.count("description"), tuple(leading))
        return below

    def _fields_of(self, below: _Below, part: Any) -> int:
        # Fields, arguments and enum values come as new pairs of name and part, so the part identifies them.
        named = part[1] if isinstance(part, tuple) else part
        key = (id(below), id(named))
        count = self._counts.get(key)
        if count is not None:
            return count
        self._visits += 1
        if self._visits > VISITS_MAX:
            raise TooManyVisits
        count = below.fields
        if below.descriptions:
            count += below.descriptions * (len(str(getattr(named, "description", None) or "")) // TEXT_CHARS)
        for resolve, deprecates, inner in below.leading:
            found = resolve(part, self._told, includeDeprecated=True) if deprecates else resolve(part, self._told)
            if found is None:
                continue
            if _is_part(found):
                count += self._fields_of(inner, found)
            else:
                for one in found:
                    count += self._fields_of(inner, one)
        self._counts[key] = count = min(FIELDS_MAX, count)
        return count


def _is_part(found: object) -> bool:
    """Whether this is one part of a schema, not a list of parts."""
    return not isinstance(found, Iterable)
