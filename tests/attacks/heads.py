"""Attacks by the head of a request: trailers that would be headers, what decides said twice, and no host or two.

A bystander without a credential asks the same right behind each: nobody may be given what was made for another.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tests.attacks.attack import Answer, AttackClass
from tests.attacks.campaign import Outcome
from tests.attacks.splits import SPLITS, Split, chunked
from tests.attacks.stage import Stage

SAID_S_MAX: Final = 20.0
BETWEEN_S: Final = 0.02
"""So that the server reads each part by itself."""
QUESTION: Final = "query %s { complaints(first: %d) { totalCount nodes { ticketNumber statusLabel } } }"
JSON_HEAD: Final = ("Host: hub", "Content-Type: application/json")

Make = Callable[[Mapping[str, Mapping[str, str]]], Sequence[str]]
"""The lines of an attack, from the headers of all roles."""


@dataclass(frozen=True, slots=True)
class HeadAttack:
    """One row: its lines are trailers where it is split, else headers, with which it is refused."""

    kind: AttackClass
    name: str
    lines: Make
    split: Split | None = None

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.name}".replace(" ", "-")

    def parts(self, stage: Stage, body: bytes) -> Sequence[bytes]:
        lines = self.lines(stage.roles)
        if self.split is None:
            return [_head(*lines, f"Content-Length: {len(body)}") + body]
        trailers = "".join(f"{line}\r\n" for line in lines).encode()
        return chunked(self.split, _head(*JSON_HEAD, "Transfer-Encoding: chunked"), body, trailers)

    def won(self, sent: Answer, behind: Answer, truth: Answer) -> str | None:
        if self.split is None and sent.status != 400:
            return f"it got {sent.status}: {sent.text[:200]}"
        for who, answer in (("it", sent), ("who came behind", behind)):
            if answer.status == 200 and answer.body["data"] != truth.body["data"]:
                return f"{who} was told {answer.text[:200]}"
        told = [name for name in ("content-encoding", "access-control-allow-origin") if name in behind.headers]
        if told or behind.headers["content-type"] != truth.headers["content-type"]:
            return f"who came behind was answered with {behind.headers}"
        return None if behind.status == truth.status == 200 else f"who came behind got {behind.status}"


def _head(*lines: str) -> bytes:
    return "\r\n".join(["POST /graphql HTTP/1.1", *lines, "\r\n"]).encode()


async def _said(place: str, parts: Sequence[bytes]) -> Answer:
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(SAID_S_MAX):
        for part in parts:
            writer.write(part)
            await asyncio.sleep(BETWEEN_S if len(parts) > 1 else 0)
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers["content-length"]))
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return Answer(int(status.split()[1]), headers, body.decode("utf-8", "replace"), body)


async def requests_with_heads(stage: Stage, rows: Sequence[HeadAttack]) -> AsyncIterator[Outcome]:
    """Send each, and the question of a bystander behind it."""
    place = stage.places["dev"]
    for number, row in enumerate(rows):
        first = 1 + number % 100
        same, other = (
            json.dumps({"query": QUESTION % (f"{name}{number}", first)}).encode() for name in ("Attacked", "True")
        )
        stage.loop.held_s = 0.0
        sent = await _said(place, row.parts(stage, same))
        held_ms = stage.loop.held_s * 1_000
        plain = [[_head(*JSON_HEAD, f"Content-Length: {len(body)}") + body] for body in (same, other)]
        behind, truth = [await _said(place, parts) for parts in plain]
        yield Outcome(row.kind, str(row), row.won(sent, behind, truth), held_ms)


def of_role(role: str) -> Make:
    """The credential of a role, and the purpose that it states."""
    return lambda roles: [f"{name}: {value}" for name, value in roles[role].items()]


def saying(*lines: str) -> Make:
    return lambda _: lines


TRAILERS: Final[Mapping[str, Make]] = {
    "an officer's token": of_role("officer"),
    "a resident's token": of_role("citizen"),
    "a key": of_role("developer"),
    "a token that is none": saying("Authorization: Bearer x"),
    "another language": saying("Accept-Language: en"),
    "another media type": saying("Accept: application/graphql-response+json"),
    "no media type": saying("Accept: text/html"),
    "another address": saying("X-Forwarded-For: 198.51.100.7"),
    "an encoding": saying("Accept-Encoding: gzip"),
    "an origin": saying("Origin: https://evil.example"),
    "a plan": saying("Hub-Explain: 1"),
    "a second length": saying("Content-Length: 1"),
}


def _with_json_head(make: Make) -> Make:
    return lambda roles: [*JSON_HEAD, *make(roles)]


def _trailers() -> Iterator[HeadAttack]:
    for name, make in TRAILERS.items():
        for split, cut in SPLITS.items():
            yield HeadAttack(AttackClass.TRAILERS, f"{name}, {split}", make, cut)


def _twice() -> Iterator[HeadAttack]:
    rows: dict[str, Make] = {
        "two tokens": lambda roles: [*of_role("officer")(roles), "Authorization: Bearer x"],
        "two tokens, the good one last": lambda roles: ["Authorization: Bearer x", *of_role("officer")(roles)],
        "two keys": lambda roles: [*of_role("developer")(roles)] * 2,
        "two purposes": saying("Hub-Purpose: OUTREACH", "Hub-Purpose: COMPLAINT_HANDLING"),
        "two types": saying("Content-Type: text/plain"),
        "two origins": saying("Origin: http://hub", "Origin: https://evil.example"),
        "two hosts": saying("Host: evil.example"),
        "two ids": saying("X-Request-Id: request-1", "X-Request-Id: request-2"),
        "two cookies": saying("Cookie: a=b", "Cookie: a=c"),
        "two lengths": saying("Content-Length: 1"),
        "a length and chunks": saying("Transfer-Encoding: chunked"),
    }
    for name, make in rows.items():
        yield HeadAttack(AttackClass.TWICE, name, _with_json_head(make))
    for host in ((), ("Host:",), ("Host: a b",), ("Host: hub, evil.example",), ("Host: user@hub",)):
        lines = saying("Content-Type: application/json", *host)
        yield HeadAttack(AttackClass.TWICE, f"the host {' '.join(host) or 'left out'}", lines)


HEADS: Final[list[HeadAttack]] = [*_trailers(), *_twice()]
