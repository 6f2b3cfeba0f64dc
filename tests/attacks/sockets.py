"""Attacks over WebSocket: by pages of foreign origins, by what is said on a socket, and on what is other people's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.attacks.attack import NO_HEADERS, Answer, AttackClass
from tests.attacks.documents import chained, many
from tests.attacks.people import EDGES, MUTATIONS, STRANGERS
from tests.attacks.stage import Stage

PROTOCOL: Final = "graphql-transport-ws"
SAID_S_MAX: Final = 20.0
STATES: Final = "subscription { sourceStateChanged { name state } }"
FOREIGN: Final = "https://evil.example"
CUT: Final = 1006
"""The connection ended without a word: whoever still sends what was refused gets none."""
END: Final = "x-end"
"""The id of an operation that is sent last, so that there is something to hear."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a socket said: the status of a handshake that was refused, or messages and the code of the end."""

    status: int = 101
    messages: tuple[dict[str, Any], ...] = ()
    code: int | None = None

    @property
    def text(self) -> str:
        return json.dumps(self.messages)

    @property
    def codes(self) -> set[str]:
        return set(re.findall(r'"code": "([A-Z_]+)"', self.text))


@dataclass(frozen=True, slots=True)
class SocketAttack:
    """One row: what stands in the handshake, what is said, and what must be heard. `role` signs in by the payload."""

    kind: AttackClass
    name: str
    wins: Callable[[Heard], str | None]
    frames: tuple[str | bytes, ...] = ()
    role: str | None = "anonymous"
    headers: Mapping[str, str] = field(default_factory=dict)
    protocol: str = PROTOCOL

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.name} by {self.role}".replace(" ", "-")

    def won(self, heard: Heard) -> str | None:
        if heard.status >= 500 or heard.code == 1011:
            return f"the hub failed: {heard}"
        if foreign := Answer(200, NO_HEADERS, heard.text).foreign:
            return f"{len(foreign)} values of others"
        return self.wins(heard)


def message(kind: str, **more: Any) -> str:
    return json.dumps({"type": kind, **more})


def subscribe(query: str, identifier: str = "1", **more: Any) -> str:
    return message("subscribe", id=identifier, payload={"query": query, **more})


def refused(status: int) -> Callable[[Heard], str | None]:
    return lambda heard: None if heard.status == status else f"it was opened, or refused otherwise: {heard}"


def closed(*codes: int) -> Callable[[Heard], str | None]:
    return lambda heard: None if heard.code in codes else f"it was not closed with {codes}: {str(heard)[:300]}"


def told(*codes: str) -> Callable[[Heard], str | None]:
    """Errors of these codes, and no data but those of the last operation, `__typename`."""

    def wins(heard: Heard) -> str | None:
        data = [one for one in heard.messages if one.get("id") != END and (one.get("payload") or {}) and _data(one)]
        if data:
            return f"it was told {data[:2]}"
        return (
            None
            if heard.codes and heard.codes <= set(codes)
            else f"it was refused as {heard.codes}: {heard.text[:300]}"
        )

    return wins


def ended(heard: Heard) -> str | None:
    """All was answered, and what no attack may win is looked for in every message."""
    return None if heard.status == 101 and heard.code is None else f"it came to no end: {heard}"


def _data(one: dict[str, Any]) -> object:
    payload = one.get("payload")
    return isinstance(payload, dict) and any(value is not None for value in (payload.get("data") or {}).values())


async def said_to(stage: Stage, attack: SocketAttack) -> Heard:
    """Open a socket, say everything, and listen until each operation was heard of or the hub has closed it."""
    address = f"ws://{stage.places['dev']}/graphql"
    try:
        async with (
            asyncio.timeout(SAID_S_MAX),
            connect(
                address,
                subprotocols=[Subprotocol(attack.protocol)],
                additional_headers={"accept-language": "en", **attack.headers},
                max_size=None,
                proxy=None,
                close_timeout=1,
            ) as socket,
        ):
            return await _conversation(socket, stage, attack)
    except InvalidStatus as refusal:
        return Heard(refusal.response.status_code)


async def _conversation(socket: ClientConnection, stage: Stage, attack: SocketAttack) -> Heard:
    frames = list(attack.frames)
    if attack.role is not None:
        payload = {"Accept-Language": "en", **stage.roles[attack.role]}
        frames.insert(0, message("connection_init", payload=payload))
    frames.append(subscribe("{ __typename }", END))
    unheard = set(re.findall(r'"id": "([^"]+)"', "".join(frame for frame in frames if isinstance(frame, str))))
    heard: list[dict[str, Any]] = []
    try:
        for frame in frames:
            await socket.send(frame)
        while unheard:
            heard.append(json.loads(await socket.recv()))
            unheard.discard(heard[-1].get("id", ""))
    except ConnectionClosed as end:
        return Heard(messages=tuple(heard), code=end.rcvd.code if end.rcvd is not None else CUT)
    # Each operation was answered or refused; a subscription would go on.
    return Heard(messages=tuple(heard))


def _handshakes() -> list[SocketAttack]:
    kind = AttackClass.FOREIGN_SOCKETS
    lookalikes = (FOREIGN, "null", "http://127.0.0.1.evil.example", "https://app.example.go.id.evil.example", "file://")
    return [
        *(
            SocketAttack(kind, f"{header} that the browser of {origin} adds", refused(403),
                         headers={"origin": origin, header: "x"})
            for origin in lookalikes for header in ("cookie", "authorization")
        ),
        *(
            SocketAttack(kind, f"a token from {origin}", closed(4403), role="officer", headers={"origin": origin})
            for origin in lookalikes
        ),
        SocketAttack(kind, "the protocol of before", closed(4406), protocol="graphql-ws"),
        SocketAttack(kind, "another protocol", closed(4406), protocol="chat"),
        SocketAttack(kind, "an operation before the beginning", closed(4401), (subscribe(STATES),), role=None),
        SocketAttack(kind, "two beginnings", closed(4429), (message("connection_init"),)),
        SocketAttack(kind, "a second beginning, as nobody", closed(4429), (message("connection_init"),), "citizen"),
        SocketAttack(kind, "a forged token", closed(4403), role="forged, alg none"),
        SocketAttack(kind, "an expired token", closed(4403), role="forged, expired"),
        SocketAttack(kind, "a guessed key", closed(4403), role="guessed, another end"),
    ]  # fmt: skip


def _oversized() -> list[SocketAttack]:
    kind = AttackClass.BIG_SUBSCRIPTIONS
    too_much = told("BAD_REQUEST", "TOO_EXPENSIVE", "BAD_INPUT")
    rows: list[SocketAttack] = []
    for role in ("anonymous", "citizen"):
        rows += [
            SocketAttack(kind, "a message of 300 kB", closed(1009, CUT), ("x" * 300_000,), role),
            SocketAttack(kind, "no JSON", closed(4400), ("{",), role),
            SocketAttack(kind, "bytes", closed(4400), (b"\x00\xff",), role),
            SocketAttack(kind, "nested without end", closed(4400), ("[" * 60_000,), role),
            SocketAttack(kind, "an unknown message", closed(4400), (message("drop_tables"),), role),
            SocketAttack(kind, "an id of 10 kB", closed(4400), (subscribe(STATES, "x" * 10_000),), role),
            SocketAttack(kind, "one id twice", closed(4409), (subscribe(STATES), subscribe(STATES)), role),
            SocketAttack(kind, "two fields", too_much,
                         (subscribe("subscription { a: sourceStateChanged { name } b: sourceStateChanged { name } }"),),
                         role),
            SocketAttack(kind, "a thousand names", too_much,
                         (subscribe(f"subscription {{ sourceStateChanged {{ {many('a#: name', 1_000)} }} }}"),), role),
            SocketAttack(kind, "exponential fragments", too_much, (subscribe(chained(40)),), role),
            SocketAttack(kind, "a million values", too_much,
                         (subscribe("subscription ($x: [String!]) { sourceStateChanged(sources: $x) { name } }",
                                    variables={"x": ["areas"] * 5_000}),), role),
            SocketAttack(kind, "a hundred at once",
                         lambda heard: None if heard.codes == {"RATE_LIMITED"} else f"all went on: {heard.codes}",
                         tuple(subscribe(STATES, str(number)) for number in range(100)), role),
        ]  # fmt: skip
    return rows


def _others() -> list[SocketAttack]:
    kind = AttackClass.OTHERS_BY_SUBSCRIPTION
    return [
        *(
            SocketAttack(kind, name, ended, (subscribe(query),), role)
            for role in STRANGERS
            for name, query in EDGES.items()
        ),
        *(
            SocketAttack(kind, name, ended, (subscribe(MUTATIONS["an export"]),), role)
            for name, role in (("an export", "unlinked"), ("an export", "operator"))
        ),
    ]


SOCKETS: Final[list[SocketAttack]] = [*_handshakes(), *_oversized(), *_others()]
