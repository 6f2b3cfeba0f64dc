"""Worlds: what the nasty schema answers, drawn from a seed and a value's place: both lanes see the same."""

from __future__ import annotations

import asyncio
import enum
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, Undefined

from engine.facts import RowView
from models.values.dictionary_column import DictionaryColumn
from tests.engine.differential.comparing import ELSEWHERE

KINDS = ("Person", "Robot", "Plant")
ROWS_MAX = 5


class Colour(enum.Enum):
    """What the enum of the schema has as its values."""

    RED = 1
    GREEN = "green"
    BLUE = (3, 3)


class Trouble(Exception):
    """What resolvers raise; its text names the place."""


class Thing:
    """An object of the schema that no table holds. Its fields are drawn from its kind and number."""

    __slots__ = ("kind", "number")

    def __init__(self, kind: str, number: int) -> None:
        self.kind = kind
        self.number = number

    def told(self, info: GraphQLResolveInfo[Any], of: int | None = None) -> str:
        return f"{self!r} told of {of} as {info.field_name}"

    def __repr__(self) -> str:
        return f"<{self.kind} {self.number}>"


class Awaited:
    """An awaitable that is no coroutine."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, object]:
        yield
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


@dataclass(slots=True)
class World:
    """The context of one run. `failures` and `slowness` are shares of the values, from 0 to 1.

    `is_slow` says whether there was anything to wait for, `gave_up` whether a list was none or failed on its way.
    """

    seed: int
    failures: float
    slowness: float
    effects: list[str] = field(default_factory=list)
    is_slow: bool = False
    gave_up: bool = False
    _later: list[Coroutine[Any, Any, Any]] = field(default_factory=list)
    _things: dict[tuple[str, int], Thing] = field(default_factory=dict)
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    def dice(self, *place: object) -> Random:
        return Random(f"{self.seed} {place!r}")

    def fails(self, dice: Random) -> bool:
        return dice.random() < self.failures

    def thing(self, kind: str, number: int) -> Thing:
        """The same object for the same number, wherever it stands."""
        return self._things.setdefault((kind, number), Thing(kind, number))

    def sheet(self, name: str) -> Sheet:
        if name not in self._sheets:
            self._sheets[name] = Sheet(self, name, self.dice("sheet", name).choice([1, 3, 4, ROWS_MAX]))
        return self._sheets[name]

    def answer(self, dice: Random, value: Any) -> Any:
        """The value, or something to wait for that gives it; an Exception is returned, raised now or raised later."""
        if dice.random() < self.slowness:
            self.is_slow = True
            turns = dice.randint(0, 3)
            form = dice.randrange(3)
            if form == 0:
                return Awaited(value)
            if form == 1:
                return _task(value, turns)
            return self.later(value, turns)
        if isinstance(value, Exception) and dice.random() < 0.6:
            raise value
        return value

    def later(self, value: Any, turns: int) -> Awaitable[Any]:
        """A coroutine that gives the value after so many turns of the loop; an Exception is raised then."""
        self.is_slow = True
        coroutine = _later(value, turns)
        self._later.append(coroutine)
        return coroutine

    def close(self) -> int:
        """End what was never awaited, and say how much that is."""
        forgotten = [one for one in self._later if inspect.getcoroutinestate(one) == inspect.CORO_CREATED]
        for one in forgotten:
            one.close()
        return len(forgotten)


def _task(value: Any, turns: int) -> asyncio.Future[Any]:
    task = asyncio.ensure_future(_later(value, turns))
    # A lane that gives a value up may never ask what became of it, and asyncio would complain of that.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


async def _later(value: Any, turns: int) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


def trouble(dice: Random, *place: object) -> Exception:
    """One of the exceptions that a resolver may raise."""
    text = " ".join(map(str, place))
    makers: Sequence[Callable[[str], Exception]] = (
        Trouble,
        KeyError,
        TypeError,
        lambda message: GraphQLError(message, extensions={"code": "TROUBLE"}),
        lambda message: GraphQLError(message, path=[ELSEWHERE, 7]),
    )
    return dice.choice(makers)(text)


# --- Tables -----------------------------------------------------------------------------------------------------------


class Sheet:
    """A table of the schema: its columns are drawn from its name, plain ones and such as repeat their values."""

    def __init__(self, world: World, name: str, size: int) -> None:
        self.world = world
        self.name = name
        self.size = size

    def column(self, name: str) -> Sequence[Any]:
        dice = self.world.dice("column", self.name, name)
        if self.world.fails(dice):
            raise Trouble(f"column {name} of {self.name}")
        if dice.random() < 0.5:
            return [self._cell(name, row) for row in range(self.size)]
        values = [self._cell(name, number) for number in range(dice.randint(1, self.size))]
        codes = [*range(len(values)), *(dice.randrange(len(values)) for _ in range(self.size - len(values)))]
        dice.shuffle(codes)
        return DictionaryColumn(values, bytes(codes))

    def _cell(self, name: str, number: int) -> Any:
        return COLUMNS[name](self.world, self.world.dice("cell", self.name, name, number))

    def view(self, row: int) -> SheetRow:
        return SheetRow(self, row)


class SheetRow(RowView):
    """One row of a sheet as ordinary resolvers see it: columns are attributes, which may raise the column's error."""

    __slots__ = ()

    table: Sheet

    def __getattr__(self, name: str) -> Any:
        if name not in COLUMNS:
            raise AttributeError(name)
        return self.table.column(name)[self.row]

    def __repr__(self) -> str:
        return f"<row {self.row} of {self.table.name}>"


class LooseRow:
    """A row of a sheet that does not say which table it belongs to."""

    __slots__ = ("row", "table")

    def __init__(self, table: Sheet, row: int) -> None:
        self.table = table
        self.row = row

    def __getattr__(self, name: str) -> Any:
        if name not in COLUMNS:
            raise AttributeError(name)
        return self.table.column(name)[self.row]

    def __repr__(self) -> str:
        return f"<row {self.row} of {self.table.name}>"


def row_of(table: Sheet, row: int, dice: Random) -> SheetRow | LooseRow:
    return SheetRow(table, row) if dice.random() < 0.8 else LooseRow(table, row)


def _number(world: World, dice: Random) -> Any:
    return leaf("Int", world, dice)


def _words(world: World, dice: Random) -> Any:
    if world.fails(dice):
        return dice.choice([None, 7, Trouble("words"), ["a", None], {"a": 1}])
    return [dice.choice(["a", "b"]) for _ in range(dice.randint(0, 2))]


COLUMNS: dict[str, Callable[[World, Random], Any]] = {
    "kind": lambda world, dice: leaf("String", world, dice),
    "number": _number,
    "size": _number,
    "title": lambda world, dice: leaf("String", world, dice),
    "tint": lambda world, dice: leaf("Colour", world, dice),
    "stamp": lambda world, dice: leaf("Stamp", world, dice),
    "words": _words,
}
"""The columns of every sheet by their names in the schema, and how a value of each is drawn."""


# --- Values of a type -------------------------------------------------------------------------------------------------


def leaf(name: str, world: World, dice: Random) -> Any:
    """A value of a leaf type; now and then one that cannot be serialized, or none."""
    value = dice.choice(_WRONG[name] if world.fails(dice) else _RIGHT[name])
    return value("a value") if isinstance(value, type) else value


class Unprintable:
    """Something that no leaf takes."""

    def __repr__(self) -> str:
        return "<unprintable>"

    __str__ = __repr__


_RIGHT: dict[str, list[Any]] = {
    "Int": [0, 1, -5, 2**31 - 1, -(2**31), True, 3.0, "12", None],
    "Float": [0.5, 1.0, 3, -2.25, False, "1.5", 1e300, None],
    "String": ["", "text", "ünï", 5, True, 2.5, None],
    "Boolean": [True, False, 1, 0, 0.0, None],
    "ID": ["id", 7, "", None],
    "Colour": [Colour.RED, Colour.GREEN, Colour.BLUE, None],
    "Stamp": ["2020", 5, [1, {"a": None}], None],
}
# Classes stand for a fresh exception each time: one that is raised again and again would keep all its frames alive.
_ALWAYS_WRONG = [Unprintable(), [1], {"a": 1}, Undefined, Trouble, float("nan"), GraphQLError]
_WRONG: dict[str, list[Any]] = {
    "Int": [2**31, -(2**31) - 1, 1.5, "x", "", float("inf"), *_ALWAYS_WRONG],
    "Float": [float("inf"), -float("inf"), "x", "", *_ALWAYS_WRONG],
    "String": [b"bytes", *_ALWAYS_WRONG],
    "Boolean": ["true", *_ALWAYS_WRONG],
    "ID": [1.5, True, *_ALWAYS_WRONG],
    "Colour": ["RED", 1, "green", "nothing", *_ALWAYS_WRONG],
    "Stamp": ["raise", "raise graphql", "none", "undefined", *_ALWAYS_WRONG],
}
