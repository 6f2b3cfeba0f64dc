"""The nasty schema: every wrapping of list and non-null over every kind of type, and resolvers that misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLDefaultInput,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
)

from engine.facts import Children, Lists
from tests.engine.differential.answers import THINGS, is_type_of, object_of, resolve, resolve_type, value_of
from tests.engine.differential.cells import Batched, needed_row, needed_rows, one_row, some_rows
from tests.engine.differential.inputs import ARGUMENTS, COLOUR, LEAVES, STAMP
from tests.engine.differential.worlds import (
    World,
    leaf,
    trouble,
)

WRAPPINGS: Mapping[str, tuple[str, ...]] = {
    "": (),
    "R": ("!",),
    "L": ("[]",),
    "LR": ("[]", "!"),
    "RL": ("!", "[]"),
    "RLR": ("!", "[]", "!"),
    "LL": ("[]", "[]"),
    "RLL": ("!", "[]", "[]"),
    "RLRLR": ("!", "[]", "!", "[]", "!"),
}
"""Suffixes of field names, with what is put around a type, from the inside out."""


def _echo(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> str:
    return f"{parent!r} {info.field_name} {sorted(arguments.items())!r}"


def _where(parent: Any, info: GraphQLResolveInfo[Any]) -> str:
    keys = [info.path.key, info.field_name, len(info.field_nodes), info.parent_type.name, str(info.return_type)]
    names = info.operation.name.value if info.operation.name else None
    return f"{keys} {names} {sorted(info.fragments)} {dict(info.variable_values.coerced)!r} {parent!r}"


def _path(parent: Any, info: GraphQLResolveInfo[Any]) -> str:
    return f"{info.path.as_list()} {parent!r}"


# --- Objects ----------------------------------------------------------------------------------------------------------


def _wrapped(named: Any, wrapping: tuple[str, ...]) -> Any:
    for one in wrapping:
        named = GraphQLNonNull(named) if one == "!" else GraphQLList(named)
    return named


def _prefix(name: str) -> str:
    return name[0].lower() + name[1:]


def _pool() -> dict[str, GraphQLField]:
    """Fields of every object: each type in each wrapping, and what echoes its arguments or its place."""
    composites: tuple[GraphQLNamedType, ...] = (PERSON, PLANT, CELL, BEING, WALKER, ANYTHING)
    fields = {
        f"{_prefix(named.name)}{suffix}": GraphQLField(_wrapped(named, wrapping), resolve=resolve)
        for named in (*LEAVES, *composites)
        for suffix, wrapping in WRAPPINGS.items()
    }
    for name, arguments in ARGUMENTS.items():
        fields[name] = GraphQLField(GraphQLString, arguments, resolve=_echo)
    fields["where"] = GraphQLField(GraphQLNonNull(GraphQLString), resolve=_where)
    return fields


def _being() -> dict[str, GraphQLField]:
    # Without a resolver: attributes of a Thing, keys of a dictionary, columns of a table.
    return {"kind": GraphQLField(GraphQLString), "number": GraphQLField(GraphQLInt), **_pool()}


BEING: GraphQLInterfaceType = GraphQLInterfaceType("Being", _being, resolve_type=resolve_type)
WALKER: GraphQLInterfaceType = GraphQLInterfaceType(
    "Walker", lambda: {**_being(), "legs": GraphQLField(GraphQLInt, resolve=resolve)}, interfaces=[BEING]
)
PERSON: GraphQLObjectType = GraphQLObjectType(
    "Person",
    lambda: {
        **_being(),
        "legs": GraphQLField(GraphQLInt, resolve=resolve),
        "told": GraphQLField(GraphQLString, {"of": GraphQLArgument(GraphQLInt)}),
    },
    interfaces=[BEING, WALKER],
    is_type_of=is_type_of("Person"),
)
ROBOT: GraphQLObjectType = GraphQLObjectType(
    "Robot",
    lambda: {**_being(), "legs": GraphQLField(GraphQLInt, resolve=resolve)},
    interfaces=[BEING, WALKER],
    is_type_of=is_type_of("Robot"),
)
PLANT: GraphQLObjectType = GraphQLObjectType("Plant", _being, interfaces=[BEING])


def _values(kind: GraphQLOutputType) -> Any:
    return lambda world, dice, _size: value_of(world, dice, kind, "batch")


def _cell() -> dict[str, GraphQLField]:
    needed = GraphQLNonNull
    of_cells = GraphQLList(needed(CELL))
    first = {"first": GraphQLArgument(GraphQLInt, default=GraphQLDefaultInput(2))}
    batched = (
        Batched("score", GraphQLInt, _values(GraphQLInt), args=first),
        Batched("scoreMust", needed(GraphQLFloat), _values(needed(GraphQLFloat))),
        Batched("sized", GraphQLString, _values(GraphQLString), reads="size"),
        Batched(
            "shades", needed(GraphQLList(needed(COLOUR))), lambda world, dice, _size: [leaf("Colour", world, dice)]
        ),
        Batched("keeper", PERSON, _values(PERSON)),
        Batched("keepers", GraphQLList(needed(BEING)), lambda world, dice, _size: [world.thing("Robot", 1)] * 2),
        Batched("next", CELL, one_row, Children, args=first),
        Batched("nextMust", needed(CELL), needed_row, Children, reads="size"),
        Batched("nextBeing", BEING, one_row, Children),
        Batched("cells", of_cells, some_rows, Lists, args=first),
        Batched("cellsMust", needed(GraphQLList(CELL)), needed_rows, Lists),
        Batched("cellsBeing", GraphQLList(needed(ANYTHING)), some_rows, Lists),
    )
    return {
        **_being(),
        "size": GraphQLField(needed(GraphQLInt)),
        "title": GraphQLField(GraphQLString),
        "tint": GraphQLField(COLOUR),
        "stamped": GraphQLField(needed(STAMP), resolve=lambda parent, _info: parent.stamp),
        "words": GraphQLField(GraphQLList(needed(GraphQLString))),
        **{one.name: one.field for one in batched},
    }


CELL: GraphQLObjectType = GraphQLObjectType("Cell", _cell, interfaces=[BEING], is_type_of=is_type_of("Cell"))
ANYTHING: GraphQLUnionType = GraphQLUnionType("Anything", [PERSON, ROBOT, CELL], resolve_type=resolve_type)
# Without resolve_type: graphql-core asks is_type_of, unless a value says its own type.
OTHERS: GraphQLUnionType = GraphQLUnionType("Others", [ROBOT, PERSON, CELL])

# Nothing but the root leads to one, never a table: so each is resolved in its own place, and may tell its path.
TRAVELLER: GraphQLObjectType = GraphQLObjectType(
    "Traveller",
    lambda: {
        "path": GraphQLField(GraphQLNonNull(GraphQLString), resolve=_path),
        "next": GraphQLField(TRAVELLER, resolve=_travel),
        "legs": GraphQLField(GraphQLList(GraphQLList(GraphQLNonNull(TRAVELLER))), resolve=_travel),
        "number": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=resolve),
    },
)


def _travel(parent: Any, info: GraphQLResolveInfo[Any]) -> Any:
    world: World = info.context
    dice = world.dice("travel", repr(parent), info.field_name)
    if world.fails(dice):
        return world.answer(dice, trouble(dice, repr(parent), info.field_name))
    traveller = world.thing("Traveller", dice.randrange(THINGS))
    answer: Any = traveller
    if isinstance(info.return_type, GraphQLList):
        answer = [[traveller, None if world.fails(dice) else traveller], None]
    return world.answer(dice, answer)


# --- Roots ------------------------------------------------------------------------------------------------------------


def _roots() -> dict[str, GraphQLField]:
    rows = {"first": GraphQLArgument(GraphQLInt, default=GraphQLDefaultInput(2))}
    batched = (
        Batched("cellRoot", CELL, one_row, Children, args=rows),
        Batched("cellsRoot", GraphQLNonNull(GraphQLList(GraphQLNonNull(CELL))), _many_rows, Lists, args=rows),
        Batched("scoreRoot", GraphQLInt, _values(GraphQLInt)),
    )
    return {
        **{one.name: one.field for one in batched},
        "others": GraphQLField(GraphQLList(OTHERS), resolve=_others),
        "traveller": GraphQLField(TRAVELLER, resolve=_travel),
        "path": GraphQLField(GraphQLString, resolve=_path),
        **_pool(),
    }


def _many_rows(world: World, dice: Random, size: int) -> Any:
    return list(range(size))


def _others(parent: Any, info: GraphQLResolveInfo[Any]) -> Any:
    world: World = info.context
    dice = world.dice("others", repr(parent), info.field_name)
    return world.answer(dice, [object_of(world, dice, WALKER, "others", number) for number in range(3)])


def _changing(kind: GraphQLOutputType) -> GraphQLField:
    async def slowly(world: World, text: str, value: Any) -> Any:
        try:
            return await value
        finally:
            world.effects.append(f"end {text}")

    def change(parent: Any, info: GraphQLResolveInfo[Any], by: int) -> Any:
        world: World = info.context
        text = f"{info.field_name} by {by}"
        world.effects.append(f"begin {text}")
        answer = resolve(parent, info, by=by)
        return slowly(world, text, answer) if hasattr(answer, "__await__") else answer

    return GraphQLField(kind, {"by": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, resolve=change)


def _changes() -> dict[str, GraphQLField]:
    return {
        "change": _changing(GraphQLInt),
        "changePerson": _changing(PERSON),
        "changeBeing": _changing(BEING),
        "changeCell": _changing(CELL),
        "changeAll": _changing(GraphQLList(GraphQLNonNull(ANYTHING))),
        "changeMust": _changing(GraphQLNonNull(PERSON)),
    }


SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", _roots), GraphQLObjectType("Mutation", _changes), types=[PERSON, ROBOT, PLANT, CELL]
)
