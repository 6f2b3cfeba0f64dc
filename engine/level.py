"""Level: all parents of one selection at once, as rows of a table or as objects, with their places in the answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from types import CoroutineType
from typing import Any, TypeAlias, TypeVar

from graphql.pyutils import Path
from typing_extensions import TypeIs

from engine.facts import Parents, Table, view_of

Column: TypeAlias = Sequence[Any]
"""One value per parent of a level."""

Waited: TypeAlias = Column | Coroutine[Any, Any, Column]

T = TypeVar("T")


def is_waited(value: T | Coroutine[Any, Any, T]) -> TypeIs[Coroutine[Any, Any, T]]:
    """Whether the engine has to wait for something of its own: that is always a coroutine."""
    return type(value) is CoroutineType


class Place:
    """Where the values of a column stand in the answer: one path for each, made only when a resolver or type asks."""

    __slots__ = ("_make", "_paths")

    def __init__(self, make: Callable[[], Sequence[Path | None]]) -> None:
        self._make = make
        self._paths: Sequence[Path | None] | None = None

    def paths(self) -> Sequence[Any]:
        if self._paths is None:
            self._paths = self._make()
        return self._paths

    def field(self, key: str, type_name: str) -> Place:
        """The places of a field of each parent."""
        return Place(lambda: [Path(path, key, type_name) for path in self.paths()])

    def items(self, lengths: Sequence[Any]) -> Place:
        """The places of all items of the lists that stand here; what is no list has no length."""
        return Place(
            lambda: [
                Path(path, index, None)
                for path, length in zip(self.paths(), lengths, strict=True)
                if type(length) is int
                for index in range(length)
            ]
        )

    def at(self, positions: Sequence[int]) -> Place:
        """Some of these places."""
        return Place(lambda: [self.paths()[position] for position in positions])

    def first(self, values: Sequence[Any], wanted: Sequence[Any]) -> Place:
        """The places where each of the wanted values stands first."""

        def make() -> Sequence[Path | None]:
            at = dict(zip(reversed(values), reversed(self.paths()), strict=True))
            return [at[value] for value in wanted]

        return Place(make)

    def field_path(self) -> Path:
        """The path of the field that the first of these values belongs to, whatever lists it stands in."""
        path = self.paths()[0]
        while isinstance(path.key, int):
            path = path.prev
        return path  # type: ignore[no-any-return]  # a Path, as it came in


ROOT = Place(lambda: [None])


class Level:
    """The parents of one selection: `rows` of a table, or `objects` where there is no table."""

    __slots__ = ("objects", "parents", "place", "rows", "table")

    def __init__(self, table: Table | None, rows: Sequence[int], objects: Sequence[Any], place: Place) -> None:
        self.table = table
        self.rows = rows
        self.objects = objects
        self.place = place
        self.parents = Parents(table, rows)

    @property
    def is_root(self) -> bool:
        return self.place is ROOT

    def __len__(self) -> int:
        return len(self.objects) if self.table is None else len(self.rows)

    def column(self, name: str) -> Column:
        """The values of a field of the table, one per parent. Raises the column's own error."""
        return self.parents.column(name)

    def views(self) -> Sequence[Any]:
        """The parents as ordinary resolvers get them."""
        return self.objects if self.table is None else [view_of(self.table, row) for row in self.rows]
