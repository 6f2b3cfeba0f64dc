"""What tests of kept responses share: a clock, a count of executions, and requests as bytes."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.api.hub import RawClient, Running, Sent

ASK = "{ complaints(first: 2) { nodes { ticketNumber statusLabel } } }"
ONE_MINUTE = "public, max-age=45, stale-while-revalidate=15"
NO_STORE = "no-store"
SOON_S = 5.0


@dataclass(slots=True)
class Clock:
    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(slots=True)
class Runs:
    """Counts executions, holds them until they may go on, and lets them fail where told."""

    run: Callable[..., Awaitable[Any]]
    count: int = 0
    cancelled: int = 0
    error: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, *given: Any) -> Any:
        self.count += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return await self.run(*given)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


def posted(query: str = ASK, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


async def raw(hub: Running, body: bytes, *headers: tuple[bytes, bytes]) -> Sent:
    client = RawClient()
    client.send_part(body, more=False)
    sent = await client.call(hub.app, headers=((b"content-type", b"application/json"), *headers))
    assert sent is not None
    return sent


async def get(hub: Running, headers: dict[str, str] | None = None, **parameters: str) -> Any:
    return await hub.client.get("/graphql", params=parameters, headers=headers or {})


def identifier(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
