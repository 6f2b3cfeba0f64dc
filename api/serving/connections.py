"""Limits HTTP connections by state and number.

    WAITING -> HEAD -> BODY -> ANSWERING -> IDLE -> HEAD ...      any of them -> CLOSING

Each state has a time limit. Only the beginning or end of a part of a request changes the state; single bytes do not. In
all states but ANSWERING the hub waits for the client. When all connections are taken, the one that has kept the hub
waiting longest is evicted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Protocol

from api.graphql.incoming import JSON
from api.graphql.outgoing import dumped, error_body
from models.errors import HubError
from models.values.localized import Language, Languages

HEALTH = frozenset({b"/health/live", b"/health/ready"})
"""The paths that the reserved connections serve."""
RETRY_AFTER_S = 5


class State(Enum):
    """The states of a connection. In all but ANSWERING the hub waits for the client."""

    WAITING = "waiting for the first request"
    HEAD = "reading a head"
    BODY = "reading a body"
    ANSWERING = "answering"
    IDLE = "waiting for the next request"
    CLOSING = "sending the rest of the last answer"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a connection may be in each state, and how many connections one process may have."""

    waiting_s_max: float = 10.0
    head_s_max: float = 10.0
    body_s_max: float = 10.0
    answering_s_max: float = 900.0
    """Enough for an export of a whole city over a slow line. Event streams have no such limit."""
    idle_s_max: float = 15.0
    closing_s_max: float = 30.0
    connections_max: int = 1_000
    """WebSockets included."""
    of_client_max: int = 100
    """Per address that is no proxy. An office has many people behind one address, and each browser opens six."""
    reserve_max: int = 32
    """Further connections, for one health check each."""
    look_every_s: float = 0.5

    def s_max(self, state: State) -> float:
        match state:
            case State.WAITING:
                return self.waiting_s_max
            case State.HEAD:
                return self.head_s_max
            case State.BODY:
                return self.body_s_max
            case State.ANSWERING:
                return self.answering_s_max
            case State.IDLE:
                return self.idle_s_max
            case State.CLOSING:
                return self.closing_s_max


class Connection(Protocol):
    """What Connections needs of a connection."""

    state: State
    owner: str | None
    """The client's address; None where connections are not counted per client."""
    is_reserve: bool

    def timed_out(self) -> None:
        """Act on a connection that has been in its state for too long."""

    def evict(self) -> None:
        """Close the connection now, in favour of another one."""


class Connections:
    """The HTTP connections of one process. `client_of` names the client at an address; None for a proxy.

    `spoken` are the languages of the city.
    """

    def __init__(
        self,
        client_of: Callable[[str], str | None] = lambda _: None,
        limits: ConnectionLimits | None = None,
        clock: Callable[[], float] | None = None,
        spoken: Languages = tuple(Language),
    ) -> None:
        self.spoken = spoken
        self.limits = limits or ConnectionLimits()
        self.client_of = client_of
        self._clock = clock
        # The times at which connections entered their state, oldest first.
        self._waited_for: dict[Connection, float] = {}
        self._answered: dict[Connection, float] = {}
        self._of_owner: Counter[str] = Counter()
        self._reserve = 0
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, new: Connection, open_now: int) -> bool:
        """Admit a new connection besides `open_now` others: by evicting one if need be, or as a reserved one.

        Returns False where that is impossible.
        """
        limits = self.limits
        if new.owner is not None and self._of_owner[new.owner] >= limits.of_client_max:
            if not self._evict(lambda one: one.owner == new.owner):
                return False
            open_now -= 1
        new.is_reserve = False
        if open_now - self._reserve >= limits.connections_max and not self._evict(lambda one: not one.is_reserve):
            if self._reserve >= limits.reserve_max and not self._evict(lambda one: one.is_reserve):
                return False
            new.is_reserve = True
        self._reserve += new.is_reserve
        if new.owner is not None:
            self._of_owner[new.owner] += 1
        self._waited_for[new] = self._now_s()
        if self._timer is None:
            self._look_later()
        return True

    def entered(self, one: Connection) -> None:
        """Note that a connection has just entered its state. Ignores one that has left."""
        if self._waited_for.pop(one, None) is None and self._answered.pop(one, None) is None:
            return
        (self._answered if one.state is State.ANSWERING else self._waited_for)[one] = self._now_s()

    def leave(self, one: Connection) -> None:
        """Forget a connection that is closed or became a WebSocket. May be called repeatedly."""
        if self._waited_for.pop(one, None) is None and self._answered.pop(one, None) is None:
            return
        self._reserve -= one.is_reserve
        if one.owner is not None:
            self._of_owner[one.owner] -= 1
            if not self._of_owner[one.owner]:
                del self._of_owner[one.owner]

    def look(self) -> None:
        """Call `timed_out` of each connection that has been in its state for too long."""
        now_s = self._now_s()
        for one, since_s in [*self._waited_for.items(), *self._answered.items()]:
            if now_s - since_s >= self.limits.s_max(one.state):
                one.timed_out()

    def _evict(self, which: Callable[[Connection], bool]) -> bool:
        """Evict the matching connection for which the hub has waited longest, if it waits for one."""
        longest = next(filter(which, self._waited_for), None)
        if longest is None:
            return False
        self.leave(longest)
        longest.evict()
        return True

    def _look_later(self) -> None:
        # One timer for all connections: one per connection, reset at each request, would cost more.
        self._timer = asyncio.get_running_loop().call_later(self.limits.look_every_s, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self.look()
        if self._waited_for or self._answered:
            self._look_later()

    def _now_s(self) -> float:
        return self._clock() if self._clock is not None else asyncio.get_running_loop().time()


def last_answer(status: HTTPStatus, error: HubError, language: Language) -> bytes:
    """A raw answer that closes the connection, sent without calling the application."""
    body = dumped(error_body(error, language))
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"content-type: {JSON}; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "vary: Accept-Language",
        "connection: close",
    ]
    if status is not HTTPStatus.REQUEST_TIMEOUT:
        lines.append(f"retry-after: {RETRY_AFTER_S}")
    return "\r\n".join([*lines, "", ""]).encode() + body
