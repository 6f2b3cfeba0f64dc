"""Awaiting: columns in which something has to be waited for, concurrently and with each error in its own place."""

from __future__ import annotations

from asyncio import Future, gather
from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLResolveInfoHelpers
from graphql.pyutils import gather_with_cancel, is_awaitable


def has_awaitable(values: Sequence[Any]) -> bool:
    """Whether something among the values has to be awaited. Looks at each type once."""
    kinds = set(map(type, values))
    return any(hasattr(kind, "__await__") or hasattr(kind, "gi_code") for kind in kinds) and any(
        map(is_awaitable, values)
    )


async def awaited(values: Sequence[Any]) -> list[Any]:
    """The values with everything awaited; what was raised stands as the Exception that it is."""
    settled = list(values)
    waiting = [number for number, value in enumerate(values) if is_awaitable(value)]
    if len(waiting) == 1:
        settled[waiting[0]] = await _caught(values[waiting[0]])
        return settled
    for number, value in zip(waiting, await gather(*(_caught(values[number]) for number in waiting)), strict=True):
        settled[number] = value
    return settled


async def collected(values: Sequence[Any]) -> list[Any]:
    """The values with each async iterable as the list of its items, or as the error that it raised."""
    return await gather(*map(_items, values))


async def wait_for(columns: list[Any], waiting: Sequence[int]) -> None:
    """Replace the coroutines among the columns by what they answer; one alone needs no task of its own."""
    if len(waiting) == 1:
        columns[waiting[0]] = await columns[waiting[0]]
        return
    for number, column in zip(waiting, await gather(*(columns[number] for number in waiting)), strict=True):
        columns[number] = column


async def _caught(awaitable: Any) -> Any:
    try:
        return await awaitable
    except Exception as error:  # noqa: BLE001  # it is the error of its place
        return error


async def _items(value: Any) -> Any:
    if not hasattr(value, "__aiter__"):
        return value
    try:
        return [item async for item in value]
    except Exception as error:  # noqa: BLE001  # it is the error of the list
        return error


_tracked: set[Future[Any]] = set()


def _track(values: Sequence[Any]) -> None:
    """Settle awaitables that nobody waits for, so that no error of theirs is anybody's surprise."""
    awaitables = [value for value in values if is_awaitable(value)]
    if awaitables:
        future = gather(*awaitables, return_exceptions=True)
        _tracked.add(future)
        future.add_done_callback(_tracked.discard)


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
"""What graphql-core gives resolvers for asynchronous work of their own."""
