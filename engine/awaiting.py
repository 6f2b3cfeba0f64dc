"""Awaits columns that hold awaitables: concurrently, with each error kept at its own position."""

from __future__ import annotations

from asyncio import Future, gather
from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLResolveInfoHelpers
from graphql.pyutils import gather_with_cancel, is_awaitable


def has_awaitable(values: Sequence[Any]) -> bool:
    """Whether any of the values is awaitable. Looks at each type once."""
    kinds = set(map(type, values))
    return any(hasattr(kind, "__await__") or hasattr(kind, "gi_code") for kind in kinds) and any(
        map(is_awaitable, values)
    )


async def awaited(values: Sequence[Any]) -> list[Any]:
    """The values, all awaited. A value that raised is replaced by its Exception."""
    settled = list(values)
    waiting = [number for number, value in enumerate(values) if is_awaitable(value)]
    if len(waiting) == 1:
        settled[waiting[0]] = await _caught(values[waiting[0]])
        return settled
    for number, value in zip(waiting, await gather(*(_caught(values[number]) for number in waiting)), strict=True):
        settled[number] = value
    return settled


async def collected(values: Sequence[Any]) -> list[Any]:
    """The values, with each async iterable replaced by the list of its items or by the error that it raised."""
    return await gather(*map(_items, values))


async def wait_for(columns: list[Any], waiting: Sequence[int]) -> None:
    """Replace the coroutines among the columns by their results. A single one needs no task."""
    if len(waiting) == 1:
        columns[waiting[0]] = await columns[waiting[0]]
        return
    for number, column in zip(waiting, await gather(*(columns[number] for number in waiting)), strict=True):
        columns[number] = column


async def _caught(awaitable: Any) -> Any:
    try:
        return await awaitable
    except Exception as error:  # noqa: BLE001  # it becomes the error of this value
        return error


async def _items(value: Any) -> Any:
    if not hasattr(value, "__aiter__"):
        return value
    try:
        return [item async for item in value]
    except Exception as error:  # noqa: BLE001  # it becomes the error of the list
        return error


_tracked: set[Future[Any]] = set()


def _track(values: Sequence[Any]) -> None:
    """Await what nobody waits for, so that asyncio does not report its errors as never retrieved."""
    awaitables = [value for value in values if is_awaitable(value)]
    if awaitables:
        future = gather(*awaitables, return_exceptions=True)
        _tracked.add(future)
        future.add_done_callback(_tracked.discard)


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
"""The helpers that graphql-core gives to resolvers for asynchronous work."""
