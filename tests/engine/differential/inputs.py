"""Leaves of the nasty schema, and the arguments that its fields take."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)

from tests.engine.differential.worlds import (
    Colour,
    Trouble,
    Unprintable,
)


def _stamp_out(value: Any) -> Any:
    if isinstance(value, Unprintable):
        raise Trouble("unprintable stamp")
    if value == "raise":
        raise ValueError("a stamp that raises")
    if value == "raise graphql":
        raise GraphQLError("a stamp that raises", extensions={"code": "STAMP"})
    return {"none": None, "undefined": Undefined}.get(value, value) if isinstance(value, str) else value


def _stamp_in(value: Any) -> Any:
    if value == "refused":
        raise ValueError("a stamp is not refused")
    if value == "refused graphql":
        raise GraphQLError("a stamp is not refused", extensions={"code": "STAMP"})
    return ("stamp", value)


COLOUR = GraphQLEnumType("Colour", Colour)
STAMP = GraphQLScalarType("Stamp", coerce_output_value=_stamp_out, coerce_input_value=_stamp_in)
LEAVES: tuple[GraphQLNamedType, ...] = (
    GraphQLInt, GraphQLFloat, GraphQLString, GraphQLBoolean, GraphQLID, COLOUR, STAMP,
)  # fmt: skip

NEST: GraphQLInputObjectType = GraphQLInputObjectType(
    "Nest",
    lambda: {
        "must": GraphQLInputField(GraphQLNonNull(GraphQLInt)),
        "may": GraphQLInputField(GraphQLString, default=GraphQLDefaultInput("may")),
        "colour": GraphQLInputField(COLOUR, out_name="tint"),
        "stamps": GraphQLInputField(GraphQLList(GraphQLNonNull(STAMP))),
        "nest": GraphQLInputField(NEST),
        "nests": GraphQLInputField(GraphQLList(NEST)),
    },
)
CHOICE = GraphQLInputObjectType(
    "Choice",
    lambda: {"number": GraphQLInputField(GraphQLInt), "text": GraphQLInputField(GraphQLString)},
    is_one_of=True,
)
ARGUMENTS: dict[str, dict[str, GraphQLArgument]] = {
    "echo": {
        "number": GraphQLArgument(GraphQLInt, default=GraphQLDefaultInput(7)),
        "text": GraphQLArgument(GraphQLString, out_name="renamed"),
        "numbers": GraphQLArgument(GraphQLList(GraphQLNonNull(GraphQLInt)), default=GraphQLDefaultInput([1, 2])),
        "colour": GraphQLArgument(COLOUR, default=GraphQLDefaultInput("GREEN")),
        "nest": GraphQLArgument(NEST),
    },
    "echoMust": {
        "number": GraphQLArgument(GraphQLNonNull(GraphQLInt)),
        "given": GraphQLArgument(GraphQLNonNull(GraphQLString), default=GraphQLDefaultInput("given")),
        "flag": GraphQLArgument(GraphQLBoolean),
        "ids": GraphQLArgument(GraphQLList(GraphQLList(GraphQLID))),
    },
    "echoStamp": {
        "stamp": GraphQLArgument(STAMP),
        "ratio": GraphQLArgument(GraphQLFloat),
        "choice": GraphQLArgument(CHOICE),
    },
}
