"""The reference lane's view of batches: a light row per record, and loaders that gather the parents of one level.

graphql-core asks field by field; loaders keyed by response path turn that back into one read per level.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from graphql import GraphQLResolveInfo
from strawberry.dataloader import DataLoader

from models.batch import Batch

LevelPath = tuple[str, ...]


class Row:
    """One row of a batch: its fields are attributes, and a field that could not be read raises its error."""

    __slots__ = ("batch", "row")

    def __init__(self, batch: Batch, row: int) -> None:
        self.batch = batch
        self.row = row

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            # graphql-core asks every value whether it is a coroutine or the like.
            raise AttributeError(name)
        return self.batch.column(name)[self.row]


def level_path(info: GraphQLResolveInfo) -> LevelPath:
    """The response path without list indexes, and the type it is in: equal for all parents of one level."""
    keys: list[str] = [info.parent_type.name]
    path = info.path
    while path is not None:
        if isinstance(path.key, str):
            keys.append(path.key)
        path = path.prev  # type: ignore[assignment]  # the root's prev is None
    return tuple(keys)


@dataclass(slots=True)
class Loaders:
    """The loaders of one operation: one per response path and purpose, made when its first parent arrives."""

    _by_path: dict[tuple[LevelPath, str], DataLoader[object, object]] = field(default_factory=dict)

    async def load(
        self,
        info: GraphQLResolveInfo,
        purpose: str,
        key: object,
        read: Callable[[list[object]], Awaitable[list[object]]],
    ) -> object:
        """What `read` answers for `key`, asked together with the keys of all other parents at this path."""
        path = (level_path(info), purpose)
        loader = self._by_path.get(path)
        if loader is None:
            loader = self._by_path[path] = DataLoader(load_fn=read)
        return await loader.load(key)
