"""Answers: a value of any type of the nasty schema, or one that is wrong in any way that resolvers can be wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from random import Random
from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
    is_leaf_type,
)

from tests.engine.differential.worlds import (
    KINDS,
    Awaited,
    LooseRow,
    SheetRow,
    Thing,
    Trouble,
    Unprintable,
    World,
    leaf,
    row_of,
    trouble,
)

THINGS = 5
"""How many objects of a kind there are: few, so that the same one stands in many places."""


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
    return object_of(world, dice, get_named_type(kind), *place)


def _list_of(world: World, dice: Random, item: GraphQLOutputType, *place: object) -> Any:
    if dice.random() < 0.1:
        return None
    items = [value_of(world, dice, item, *place, number) for number in range(dice.choice([0, 1, 1, 2, 2, 3]))]
    if world.fails(dice):
        return no_list(world, dice, items, *place)
    return listed(world, dice, items)


def object_of(world: World, dice: Random, kind: GraphQLNamedType, *place: object) -> Any:
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


# --- Lists ------------------------------------------------------------------------------------------------------------


def listed(world: World, dice: Random, items: list[Any]) -> Any:
    """A list in one of the forms that a resolver may answer it in."""
    form = dice.randrange(8)
    if form == 0:
        return tuple(items)
    if form == 1:
        return iter_of(items)
    if form == 2 and world.slowness > 0:
        world.is_slow = True
        return async_iter_of(items, dice.randint(0, 2))
    if form == 3 and world.slowness > 0:
        world.is_slow = True
        return [soon(world, item, dice) if dice.random() < 0.5 else item for item in items]
    return items


def soon(world: World, item: Any, dice: Random) -> Awaitable[Any]:
    return Awaited(item) if dice.random() < 0.3 else world.later(item, dice.randint(0, 2))


def no_list(world: World, dice: Random, items: list[Any], *place: object) -> Any:
    """What is not the list that the schema promises, or one that fails on its way."""
    world.gave_up = True
    wrong: list[Any] = [
        None,
        7,
        "text",
        {"a": 1},
        Unprintable(),
        trouble(dice, *place),
        iter_of([*items, Trouble("on the way")]),
    ]
    if world.slowness > 0:
        world.is_slow = True
        wrong.append(async_iter_of([*items, Trouble("on the way")], 1))
    return dice.choice(wrong)


def iter_of(items: list[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, Trouble) and item.args == ("on the way",):
            raise item
        yield item


async def async_iter_of(items: list[Any], turns: int) -> AsyncIterator[Any]:
    for item in items:
        for _ in range(turns):
            await asyncio.sleep(0)
        if isinstance(item, Trouble) and item.args == ("on the way",):
            raise item
        yield item


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
