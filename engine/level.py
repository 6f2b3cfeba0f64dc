"""All parents of one selection, as rows of a table or as objects, with their paths in the answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from types import CoroutineType
from typing import Any, TypeAlias, TypeVar

from graphql.pyutils import Path
from typing_extensions import TypeIs

from engine.facts import Parents, Table, view_of

Column: TypeAlias = Sequence[Any]
"""One value per parent of a level; a value that failed is a Failure."""

Waited: TypeAlias = Column | Coroutine[Any, Any, Column]

T = TypeVar("T")


def is_waited(value: T | Coroutine[Any, Any, T]) -> TypeIs[Coroutine[Any, Any, T]]:
    """Whether this is a coroutine of the engine, which has to be awaited."""
    return type(value) is CoroutineType


class Failure:
    """An error in the position of a value, until null propagation settles it."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class AnswerPaths:
    """The response paths of the values of a column, made only when a resolver or a type needs them."""

    __slots__ = ("_make", "_paths")

    def __init__(self, make: Callable[[], Sequence[Path | None]]) -> None:
        self._make = make
        self._paths: Sequence[Path | None] | None = None

    def all(self) -> Sequence[Any]:
        if self._paths is None:
            self._paths = self._make()
        return self._paths

    def field(self, key: str, type_name: str) -> AnswerPaths:
        """The paths of a field of each parent."""
        return AnswerPaths(lambda: [Path(path, key, type_name) for path in self.all()])

    def items(self, lengths: Sequence[Any]) -> AnswerPaths:
        """The paths of all items of the lists at these paths. A value that is no list has no length."""
        return AnswerPaths(
            lambda: [
                Path(path, index, None)
                for path, length in zip(self.all(), lengths, strict=True)
                if type(length) is int
                for index in range(length)
            ]
        )

    def at(self, positions: Sequence[int]) -> AnswerPaths:
        """Some of these paths."""
        return AnswerPaths(lambda: [self.all()[position] for position in positions])

    def first(self, values: Sequence[Any], wanted: Sequence[Any]) -> AnswerPaths:
        """The path of the first occurrence of each wanted value."""

        def make() -> Sequence[Path | None]:
            at = dict(zip(reversed(values), reversed(self.all()), strict=True))
            return [at[value] for value in wanted]

        return AnswerPaths(make)

    def field_path(self) -> Path:
        """The path of the field of the first value, without the indexes of the lists around it."""
        path = self.all()[0]
        while isinstance(path.key, int):
            path = path.prev
        return path  # type: ignore[no-any-return]  # a Path, as it came in


ROOT = AnswerPaths(lambda: [None])


class Level:
    """The parents of one selection: `rows` of a table, or `objects` where there is no table."""

    __slots__ = ("objects", "parents", "paths", "rows", "table")

    def __init__(self, table: Table | None, rows: Sequence[int], objects: Sequence[Any], paths: AnswerPaths) -> None:
        self.table = table
        self.rows = rows
        self.objects = objects
        self.paths = paths
        self.parents = Parents(table, rows)

    @property
    def is_root(self) -> bool:
        return self.paths is ROOT

    def __len__(self) -> int:
        return len(self.objects) if self.table is None else len(self.rows)

    def column(self, name: str) -> Column:
        """The values of a field of the table, one per parent. Raises the column's own error."""
        return self.parents.column(name)

    def views(self) -> Sequence[Any]:
        """The parents as ordinary resolvers get them."""
        return self.objects if self.table is None else [view_of(self.table, row) for row in self.rows]
