"""The batch loaders of the reference lane.

graphql-core asks field by field; loaders keyed by level turn that back into one read for all parents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path
from strawberry.dataloader import DataLoader

Level = tuple[tuple[str, ...], tuple[int, ...]]


def level_of(info: GraphQLResolveInfo[Any]) -> Level:
    """A key that all parents of one level share: the response path without list indexes, the type, and the AST nodes.

    The path alone is not enough: fragments on different types may ask different things at the same path.
    """
    keys: list[str] = [info.parent_type.name]
    path: Path | None = info.path
    while path is not None:
        if isinstance(path.key, str):
            keys.append(path.key)
        path = path.prev
    return tuple(keys), tuple(id(node) for node in info.field_nodes)


@dataclass(slots=True)
class Loaders:
    """The loaders of one operation: one per level and purpose, created for the first parent."""

    _by_level: dict[tuple[Level, str], DataLoader[object, object]] = field(default_factory=dict)

    async def load(
        self,
        info: GraphQLResolveInfo[Any],
        purpose: str,
        key: object,
        read: Callable[[list[object]], Awaitable[list[object]]],
    ) -> object:
        """The value of `read` for `key`, asked together with the keys of all other parents at this level."""
        level = (level_of(info), purpose)
        loader = self._by_level.get(level)
        if loader is None:
            loader = self._by_level[level] = DataLoader(load_fn=read)
        return await loader.load(key)
