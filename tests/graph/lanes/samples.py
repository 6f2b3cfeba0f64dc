"""Samples: what the sample city has in its fields - ids, codes, times - to ask for in arguments and filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
)

from models.policy.viewer import Purpose
from tests.graph.harness import DPUPR, City

ROWS = 12


@dataclass(frozen=True)
class Samples:
    """Values by type and field of the graph, and cursors by the root list that they belong to."""

    values: Mapping[tuple[str, str], Sequence[Any]]
    cursors: Mapping[str, Sequence[str]]

    def of(self, type_name: str, *fields: str) -> Sequence[Any]:
        """The values of the first of these fields that the sample has."""
        return next((self.values[type_name, name] for name in fields if self.values.get((type_name, name))), ())


async def samples_of(city: City, schema: GraphQLSchema) -> Samples:
    """Read the first rows of every root list, as an officer who sees most."""
    values: dict[tuple[str, str], list[Any]] = {}
    cursors: dict[str, list[str]] = {}
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        connection = get_named_type(field.type)
        if not connection.name.endswith("Connection"):
            continue
        nodes = cast(GraphQLObjectType, connection).fields["nodes"]
        record = get_named_type(nodes.type)
        if not isinstance(record, GraphQLObjectType):
            # What a search finds is of any kind.
            continue
        leaves = [key for key, one in record.fields.items() if is_leaf(one.type) and not needs_arguments(one)]
        query = f"{{ {name}(first: {ROWS}) {{ edges {{ cursor node {{ {' '.join(leaves)} }} }} }} }}"
        answer = await city(query, DPUPR, purpose=Purpose.COMPLAINT_HANDLING)
        if answer.data[name] is None:
            # Not for this officer, or of a source that this city has not connected.
            continue
        edges = answer.data[name]["edges"]
        cursors[name] = [edge["cursor"] for edge in edges]
        for key in leaves:
            given = [edge["node"][key] for edge in edges]
            values[record.name, key] = list(dict.fromkeys(value for value in given if value is not None))
    return Samples(values, cursors)


def is_leaf(kind: Any) -> bool:
    return is_leaf_type(get_named_type(kind)) and not is_list_type(kind)


def needs_arguments(field: GraphQLField) -> bool:
    return any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values())
