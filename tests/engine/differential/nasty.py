"""The nasty schema: every wrapping of list and non-null over every kind of type, and resolvers that misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
)

from engine.facts import Children, Lists
from tests.engine.differential.cells import Batched, needed_row, needed_rows, one_row, some_rows
from tests.engine.differential.worlds import (
    KINDS,
    Colour,
    LooseRow,
    SheetRow,
    Thing,
    Trouble,
    Unprintable,
    World,
    leaf,
    listed,
    no_list,
    row_of,
    trouble,
)

THINGS = 5
"""How many objects of a kind there are: few, so that the same one stands in many places."""

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


# --- Leaves -----------------------------------------------------------------------------------------------------------


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


# --- Values of a type -------------------------------------------------------------------------------------------------


def value_of(world: World, dice: Random, kind: GraphQLOutputType, *place: object) -> Any:
    """A value of this type, or one that is wrong in any of the ways that a resolver's answer can be."""
    if isinstance(kind, GraphQLNonNull):
        if world.fails(dice):
            return None
        value = None
        while value is None:
            value = value_of(world, dice, kind.of_type, *place)
            if world.fails(dice):
                break
        return value
    if isinstance(kind, GraphQLList):
        return _list_of(world, dice, kind.of_type, *place)
    if is_leaf_type(kind):
        return leaf(kind.name, world, dice)
    return _object_of(world, dice, get_named_type(kind), *place)


def _list_of(world: World, dice: Random, item: GraphQLOutputType, *place: object) -> Any:
    if dice.random() < 0.1:
        return None
    items = [value_of(world, dice, item, *place, number) for number in range(dice.choice([0, 1, 1, 2, 2, 3]))]
    if world.fails(dice):
        return no_list(world, dice, items, *place)
    return listed(world, dice, items)


def _object_of(world: World, dice: Random, kind: GraphQLNamedType, *place: object) -> Any:
    if dice.random() < 0.1:
        return None
    if world.fails(dice):
        return _no_object(world, dice, *place)
    names = {"Being": [*KINDS, "Cell"], "Walker": ["Person", "Robot"], "Anything": [*KINDS, "Cell"]}
    name = dice.choice(names.get(kind.name, [kind.name]))
    number = dice.randrange(THINGS)
    if name == "Cell":
        sheet = world.sheet(f"sheet {number % 2}")
        return row_of(sheet, number % sheet.size, dice)
    if dice.random() < 0.15:
        return {"__typename": name, "kind": name, "number": number}
    return world.thing(name, number)


def _no_object(world: World, dice: Random, *place: object) -> Any:
    wrong: list[Any] = [
        trouble(dice, *place), 7, "Person", Unprintable(), [world.thing("Person", 0)], {"__typename": "Nobody"},
        {"__typename": "Query"}, world.thing("Stone", 1), world.thing(dice.choice(KINDS), 2),
    ]  # fmt: skip
    return dice.choice(wrong)


def resolve(parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """The ordinary resolver of every field that draws its value from its parent, name and arguments."""
    world: World = info.context
    place = (repr(parent), info.field_name, sorted(map(str, arguments.items())))
    dice = world.dice(*place)
    if world.fails(dice):
        return world.answer(dice, trouble(dice, *place))
    return world.answer(dice, value_of(world, dice, info.return_type, *place))


# --- Types of objects -------------------------------------------------------------------------------------------------


def _kind_of(value: Any) -> Any:
    if isinstance(value, Thing):
        return value.kind
    if isinstance(value, SheetRow | LooseRow):
        return "Cell"
    return value.get("__typename") if isinstance(value, dict) else None


def _place_of(value: Any) -> str:
    # All rows of a table are of one type, so what happens to one of them happens to all.
    return value.table.name if isinstance(value, SheetRow | LooseRow) else repr(value)


def resolve_type(value: Any, info: GraphQLResolveInfo[Any], kind: Any) -> Any:
    world: World = info.context
    dice = world.dice("type", kind.name, _place_of(value))
    name = _kind_of(value)
    if world.fails(dice):
        name = Trouble(f"type of {_place_of(value)}")
        if not isinstance(value, SheetRow | LooseRow):
            name = dice.choice([name, None, 5, "Nobody", "Query", "Stone", "Colour", *KINDS])
    return told(world, dice, name)


def is_type_of(name: str) -> Any:
    def is_it(value: Any, info: GraphQLResolveInfo[Any]) -> Any:
        world: World = info.context
        if isinstance(value, SheetRow | LooseRow):
            return name == "Cell"
        dice = world.dice("is", name, repr(value))
        answer: Any = _kind_of(value) == name
        if world.fails(dice):
            answer = dice.choice([False, Trouble(f"is {value!r} {name}")])
        return told(world, dice, answer)

    return is_it


def told(world: World, dice: Random, answer: Any) -> Any:
    """What is said of a type: an Exception is always raised, since returned it would be a name, or true."""
    if not isinstance(answer, Exception):
        return world.answer(dice, answer)
    if dice.random() < world.slowness:
        return world.later(answer, dice.randint(0, 3))
    raise answer


# --- Arguments --------------------------------------------------------------------------------------------------------

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
# Without resolve_type: graphql-core asks is_type_of, unless a value says its own type.
ANYTHING: GraphQLUnionType = GraphQLUnionType("Anything", [PERSON, ROBOT, CELL], resolve_type=resolve_type)
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
    return world.answer(dice, [_object_of(world, dice, WALKER, "others", number) for number in range(3)])


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
