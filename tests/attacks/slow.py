"""Attacks by slowness: clients that begin to say something and never end, many at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from api.serving.connections import ConnectionLimits
from tests.attacks.attack import AttackClass

KIND: Final = AttackClass.SLOW_BODIES
OF_EACH: Final = 20
"""How many connections try the same at once."""
PART_EVERY_S: Final = 1.0
LIMITS: Final = ConnectionLimits(idle_s_max=10.0)
"""Those of the stage: who is idle has no more time than the others, so that all of them are waited for at once."""
LATEST_S: Final = max(LIMITS.waiting_s_max, LIMITS.head_s_max, LIMITS.body_s_max, LIMITS.idle_s_max) + 5.0
HEAD: Final = b"POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n"
FORM: Final = b"POST /sign-out HTTP/1.1\r\nhost: hub\r\ncontent-type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True, slots=True)
class SlowAttack:
    """One row: what is said at once, and what is said again every second."""

    name: str
    at_once: bytes
    again: bytes = b""
    told: tuple[bytes, ...] = (b"HTTP/1.1 408 ", b"HTTP/1.1 400 ")
    """As what its end may be told, if at all."""


SLOW: Final[list[SlowAttack]] = [
    SlowAttack("nothing at all", b""),
    SlowAttack("half a line", b"POST /graph"),
    SlowAttack("a head that never ends", HEAD, b"x-a: b\r\n"),
    SlowAttack("a body that never comes", HEAD + b"content-length: 100\r\n\r\n"),
    SlowAttack("a body sign by sign", HEAD + b'content-length: 1000\r\n\r\n{"query":"', b"a"),
    SlowAttack("chunks without end", HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    SlowAttack(
        "line ends after a request", b"GET /health/live HTTP/1.1\r\nhost: hub\r\n\r\n", b"\r\n", (b"HTTP/1.1 200 ",)
    ),
    SlowAttack("a form that never comes", FORM + b"content-length: 100\r\n\r\n", b"a"),
    SlowAttack("a chunk that was announced", HEAD + b"transfer-encoding: chunked\r\n\r\nffff\r\n", b"a"),
]


async def ended_after_s(place: str, attack: SlowAttack) -> tuple[float, bytes]:
    """For how many seconds the hub listened to one such client, and what it said at the end."""
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    started_s = time.monotonic()
    writer.write(attack.at_once)
    talking = asyncio.ensure_future(_talk(writer, attack.again))
    try:
        async with asyncio.timeout(LATEST_S):
            said = await reader.read()
    except ConnectionError:
        said = b""
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return time.monotonic() - started_s, said


async def _talk(writer: asyncio.StreamWriter, again: bytes) -> None:
    while again:
        await asyncio.sleep(PART_EVERY_S)
        writer.write(again)
        await writer.drain()


async def all_slow(place: str) -> dict[str, str]:
    """What each row has won, all of them at once, each by many clients: nothing, where all were sent away."""
    rows = [attack for attack in SLOW for _ in range(OF_EACH)]
    found = await asyncio.gather(*(ended_after_s(place, attack) for attack in rows), return_exceptions=True)
    won = {}
    for attack, result in zip(rows, found, strict=True):
        if isinstance(result, BaseException):
            won[attack.name] = f"it was listened to for more than {LATEST_S:.0f} s ({type(result).__name__})"
        elif result[1] and not result[1].startswith(attack.told):
            won[attack.name] = f"it was told {result[1][:100]!r}"
    return won
