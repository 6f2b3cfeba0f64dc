"""Reads a request's body within bounds, and notices when its client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar, cast

from starlette.types import Receive

from api.graphql.incoming import HttpRefusal
from api.serving.frozen_head import Head
from models.errors import BadRequest

Part = MutableMapping[str, Any]
T = TypeVar("T")


async def body_of(head: Head, receive: Receive, bytes_max: int) -> bytes | None:
    """The whole body; None if the client left or was too slow (see `api.serving.connections`).

    Raises HttpRefusal (413) as soon as it is too large.
    """
    too_large = HttpRefusal(413, BadRequest("body_too_large", maximum_bytes=bytes_max))
    declared = head.fields.raw(b"content-length")
    if declared.isdigit() and int(declared) > bytes_max:
        raise too_large
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > bytes_max:
            raise too_large
        if not message.get("more_body"):
            return b"".join(parts)


class Replay:
    """A `receive` that returns one received message again, and then the next ones."""

    def __init__(self, message: Part, receive: Receive) -> None:
        self._first = message
        self._is_first = True
        self._receive = receive

    async def __call__(self) -> Part:
        if not self._is_first:
            return await self._receive()
        self._is_first = False
        return self._first


async def left(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_left(work: Awaitable[T], receive: Receive, leaving: Callable[[], None] = lambda: None) -> T | None:
    """The result of `work`; None if the client leaves first: then `leaving` is called and the work is cancelled.

    The work runs in the caller's own task, and a second one waits for the client to leave.
    """
    task, has_left = cast("asyncio.Task[Any]", asyncio.current_task()), False

    def stop(_: asyncio.Future[None]) -> None:
        nonlocal has_left
        has_left = True
        leaving()
        task.cancel()

    gone = asyncio.ensure_future(left(receive))
    gone.add_done_callback(stop)
    try:
        result = await work
    except asyncio.CancelledError:
        # Both the client and whoever runs this may have ended it: then the other cancellation goes on.
        if has_left and task.uncancel() == 0:
            return None
        raise
    finally:
        gone.remove_done_callback(stop)
        gone.cancel()
    if has_left:
        task.uncancel()
        return None
    return result
