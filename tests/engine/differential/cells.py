"""Cells: the type of the nasty schema that tables hold, with fields that answer for a whole level at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLOutputType, GraphQLResolveInfo

from engine.facts import BATCH, BatchCall, BatchField, Children, Lists, Parents
from tests.engine.differential.worlds import LooseRow, Sheet, SheetRow, Trouble, World, trouble

Answer = Callable[[World, Random, int], Any]
"""What a field answers for one parent. The number is how many rows the sheet has that the answer points to."""

Arguments = Mapping[str, object]
ROOT = "root"
NAME_CHARS_MAX = 60


@dataclass(frozen=True)
class Batched:
    """A field that answers for all rows of a level at once, and one by one with the same meaning.

    `form` says what the answers are: Children and Lists point to rows of a further sheet, None means values. The field
    fails with the column `reads` of its parents.
    """

    name: str
    output: GraphQLOutputType
    answer: Answer
    form: type[Children | Lists] | None = None
    reads: str | None = None
    args: dict[str, GraphQLArgument] = field(default_factory=dict)

    @property
    def field(self) -> GraphQLField:
        batch = BatchField(self.resolve_batch)
        return GraphQLField(self.output, self.args, resolve=self.resolve, extensions={BATCH: batch})

    def resolve_batch(self, parents: Parents, call: BatchCall, **arguments: Any) -> Any:
        world: World = call.context
        sheet = parents.table if isinstance(parents.table, Sheet) else world.sheet(ROOT)
        if self.reads is not None:
            parents.column(self.reads)
        self._refuse(world, sheet, arguments)
        answers = [self._answer(world, sheet, row, arguments) for row in parents.rows]
        whole = answers if self.form is None else self.form(self._below(world, sheet, arguments), answers)
        return self._in_time(world, sheet, arguments, whole)

    def resolve(self, parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        world: World = info.context
        is_row = isinstance(parent, SheetRow | LooseRow)
        sheet, row = (parent.table, parent.row) if is_row else (world.sheet(ROOT), 0)
        if self.reads is not None:
            getattr(parent, self.reads)
        self._refuse(world, sheet, arguments)
        answer = self._answer(world, sheet, row, arguments)
        if isinstance(answer, Exception):
            raise answer
        if self.form is not None and answer is not None:
            view = self._below(world, sheet, arguments).view
            answer = list(map(view, answer)) if self.form is Lists else view(answer)
        return self._in_time(world, sheet, arguments, answer)

    def _dice(self, world: World, sheet: Sheet, arguments: Arguments, *place: object) -> Random:
        return world.dice(self.name, sheet.name, sorted(arguments.items()), *place)

    def _below(self, world: World, sheet: Sheet, arguments: Arguments) -> Sheet:
        return world.sheet(f"{sheet.name}/{self.name}{list(arguments.values()) or ''}"[-NAME_CHARS_MAX:])

    def _refuse(self, world: World, sheet: Sheet, arguments: Arguments) -> None:
        if world.fails(self._dice(world, sheet, arguments, "level")):
            raise Trouble(f"{self.name} of {sheet.name}")

    def _answer(self, world: World, sheet: Sheet, row: int, arguments: Arguments) -> Any:
        dice = self._dice(world, sheet, arguments, row)
        if world.fails(dice):
            return trouble(dice, self.name, sheet.name, row)
        return self.answer(world, dice, self._below(world, sheet, arguments).size)

    def _in_time(self, world: World, sheet: Sheet, arguments: Arguments, value: Any) -> Any:
        dice = self._dice(world, sheet, arguments, "turns")
        if dice.random() >= world.slowness:
            return value
        return world.later(value, dice.randint(0, 3))


def one_row(world: World, dice: Random, size: int) -> Any:
    return None if dice.random() < 0.15 else dice.randrange(size)


def needed_row(world: World, dice: Random, size: int) -> Any:
    return None if world.fails(dice) else dice.randrange(size)


def some_rows(world: World, dice: Random, size: int) -> Any:
    return None if dice.random() < 0.15 else needed_rows(world, dice, size)


def needed_rows(world: World, dice: Random, size: int) -> Any:
    """Rows of a list, the same one twice now and then."""
    return None if world.fails(dice) else [dice.randrange(size) for _ in range(dice.randint(0, 2))]
