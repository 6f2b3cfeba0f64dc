"""Runs uvicorn with limits that it lacks, on a socket that listens before the hub reports its address."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.graphql.incoming import QUERY_STRING_BYTES_MAX, language_of
from api.serving.connections import HEALTH, Connections, State, last_answer
from api.streams.event_stream import STOPS
from api.streams.socket import MESSAGE_BYTES_MAX
from models.errors import BadRequest, HubError, RateLimited

HEAD_BYTES_MAX = QUERY_STRING_BYTES_MAX + 65_536
"""The longest query string that is read, and 64 KiB for headers."""
PIPELINED_MAX = 64
"""Requests of one connection that wait for an earlier one. One read can hold thousands."""
CONNECTIONS_WAITING_MAX = 1_024
ACCEPTED_AT_ONCE = 16
"""Connections accepted per turn of the event loop. libuv accepts one per listening socket, and under load a turn takes
milliseconds: the last of many concurrent connections would wait for seconds, even for a refusal."""
PING_EVERY_S = 20.0
PONG_S_MAX = 20.0
"""A WebSocket whose client has vanished is closed after both times."""
READS_NOTHING_S_MAX = 30.0
"""How long a full send buffer of a connection may stay full."""
SHUTDOWN_S_MAX = 10
START_FAILED = 3
"""The exit code of a process whose application did not start."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread waits before it requests the interpreter lock. SQLite's threads, which read the copies, need the
lock for every row: with Python's default of 5 ms, a page of a copy takes 300 ms longer while the event loop is busy."""
GARBAGE_THRESHOLDS = (50_000, 20, 50)
"""Rarer collections than the default, since a large answer is tens of thousands of live dictionaries (see `gc`)."""


class CannotListen(Exception):
    """The hub cannot listen on the address; the sentence says what to change."""


class _Refused(Exception):
    """Raised in the parser, so that it stops reading a connection that is being closed."""


class SlowReaders(asyncio.Protocol):
    """Mixin for a protocol of uvicorn: aborts a connection whose client reads nothing, which would hold it for ever."""

    transport: asyncio.Transport
    reads_nothing_s_max = READS_NOTHING_S_MAX
    _full_timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full_timer = asyncio.get_running_loop().call_later(self.reads_nothing_s_max, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_full_timer()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_full_timer()
        super().connection_lost(exc)

    def _stop_full_timer(self) -> None:
        if self._full_timer is not None:
            self._full_timer.cancel()
            self._full_timer = None


class BoundedHttp(SlowReaders, HttpToolsProtocol):
    """HTTP/1.1 with limits on connections (`api.serving.connections`), heads and pipelines.

    Drops the trailers of a body, which uvicorn takes for headers of the request.
    """

    hub_connections: Connections
    state = State.WAITING
    owner: str | None = None
    is_reserve = False
    _reading: State | None = None
    """HEAD or BODY while a request is being read."""
    _state_scope: object = None
    """The scope of the request that the state is about."""
    _parts = 0
    """How many heads, parts of bodies and ends of messages have come."""
    _between_bytes = 0
    """The bytes since the last of them: of an incomplete head, of chunk extensions, of trailers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.owner = self.hub_connections.client_of(self.client[0]) if self.client is not None else None
        if not self.hub_connections.admit(self, len(self.connections) - 1):
            self.evict()

    def connection_lost(self, exc: Exception | None) -> None:
        self.hub_connections.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        parts = self._parts
        super().data_received(data)
        if self.transport.get_protocol() is not self:
            return  # It has become a WebSocket.
        self._move()
        if self._parts != parts:
            self._between_bytes = 0
            return
        self._between_bytes += len(data)
        if self._between_bytes > HEAD_BYTES_MAX:
            self.send_400_response("The head of the request is too large.")

    def _move(self) -> None:
        """Enter the state that follows from what was read and answered."""
        state = self._state()
        if state is not self.state or self._state_scope is not self.scope:
            self.state, self._state_scope = state, self.scope
            self.hub_connections.entered(self)

    def _state(self) -> State:
        cycle: RequestResponseCycle | None = self.cycle
        if self.transport.is_closing():
            return State.CLOSING
        if self.pipeline:
            return State.ANSWERING
        if cycle is not None and not cycle.response_complete:
            return State.BODY if self._reading is State.BODY else State.ANSWERING
        return self._reading or (State.WAITING if cycle is None else State.IDLE)

    def timed_out(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if self.state is State.ANSWERING and cycle is not None and STOPS in cycle.scope:
            self.hub_connections.entered(self)
        elif self.state in (State.ANSWERING, State.CLOSING):
            self.transport.abort()
        elif self.state is State.BODY and cycle is not None and not cycle.response_started:
            slow = BadRequest("body_slow", maximum_s=f"{self.hub_connections.limits.body_s_max:g}")
            self._say_last(HTTPStatus.REQUEST_TIMEOUT, slow)
            # The application sees a disconnect, and its answer is dropped.
            cycle.disconnected = True
            cycle.message_event.set()
        else:
            self.transport.close()
            self._move()

    def evict(self) -> None:
        self.connections.discard(self)
        self.transport.abort()

    def _say_last(self, status: HTTPStatus, error: HubError) -> None:
        accepted = dict(self.headers).get(b"accept-language", b"").decode("latin-1")
        self.transport.write(last_answer(status, error, language_of(accepted, self.hub_connections.spoken)))
        self.transport.close()
        self._move()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading = State.HEAD

    def on_header(self, name: bytes, value: bytes) -> None:
        # Headers after the head are trailers, by which nothing may be decided.
        if self._reading is State.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._parts += 1
        if len(self.pipeline) >= PIPELINED_MAX:
            raise _Refused
        if self.is_reserve and self.url.partition(b"?")[0] not in HEALTH:
            self._say_last(HTTPStatus.SERVICE_UNAVAILABLE, RateLimited("connections_many"))
            raise _Refused
        super().on_headers_complete()
        if self.is_reserve:
            if self.cycle is None:
                raise _Refused  # It would be a WebSocket.
            self.cycle.keep_alive = False
        self._reading = State.BODY

    def on_body(self, body: bytes) -> None:
        self._parts += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._parts += 1
        self._reading = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Any bytes reset uvicorn's own keep-alive timer, even if they are no request.
        self._unset_keepalive_if_required()
        self._move()

    def handle_websocket_upgrade(self) -> None:
        self.hub_connections.leave(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answer 400 and close, unless the client would take the 400 for the answer to an earlier request."""
        cycle: RequestResponseCycle | None = self.cycle
        if self.transport.is_closing():
            return
        if cycle is None or cycle.response_complete:
            # If an answer was sent before its request was complete, the malformed rest belongs to that request.
            is_first_answer = self._reading is not State.BODY
        else:
            is_first_answer = self._reading is State.BODY and not self.pipeline and not cycle.response_started
        if is_first_answer:
            super().send_400_response(msg)
            if cycle is not None:
                cycle.disconnected = True
        self.transport.close()
        self._move()

    def shutdown(self) -> None:
        """Finish running requests, and end streams, which would not end by themselves."""
        super().shutdown()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete and STOPS in cycle.scope:
            cycle.scope[STOPS]()  # type: ignore[literal-required]  # scopes are open


class BoundedSocket(SlowReaders, WebSocketsSansIOProtocol):
    """A WebSocket that is aborted if its client reads nothing or answers no ping."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            # uvicorn would log a stack for every such message of a client.
            self.conn.fail(1007)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            # uvicorn would log a refused handshake as an error.
            self.handshake_complete = True


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def protocol_of(connections: Connections | None = None) -> type[BoundedHttp]:
    """The protocol class of a process, bound to its connections."""
    return type("HubHttp", (BoundedHttp,), {"hub_connections": connections or Connections()})


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises CannotListen."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=CONNECTIONS_WAITING_MAX)
        # Connections inherit it. Without uvloop, Nagle's algorithm would delay the end of every answer by 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # All processes share this flag, and each duplicate sets it. If it blocked, a process that starts would block
        # the others until the next connection.
        listener.setblocking(False)
        return listener
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotListen(
            f"Nothing can listen on {host}, port {port}: {reason}. Set HUB_HOST and HUB_PORT to a free address."
        ) from error


def accepting(listener: socket.socket) -> list[socket.socket]:
    """The listener and duplicates of it, so that several connections are accepted per turn. Close all of them."""
    return [listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def base_url(listener: socket.socket) -> str:
    """The URL of the listener for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # compared, not bound
    return f"http://{shown}:{port}"


def tune_interpreter() -> None:
    """Tune threads and garbage collection, once, after everything permanent was made.

    Freezing exempts the schema and the libraries from collection, which would take 100 ms each time.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def config_of(app: ASGIApp, connections: Connections | None = None) -> uvicorn.Config:
    """The configuration of uvicorn for an application."""
    return uvicorn.Config(
        app,
        http=protocol_of(connections),
        ws=BoundedSocket,
        ws_max_size=MESSAGE_BYTES_MAX,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_S_MAX,
        ws_per_message_deflate=False,
        # Its warnings are about malformed requests, of which clients may send any number.
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S_MAX,
    )


def serve_on(listener: socket.socket, app: ASGIApp, connections: Connections | None = None) -> None:
    """Serve until the process is told to stop; requests in flight are finished first.

    Exits with START_FAILED if the application does not start.
    """
    tune_interpreter()
    server = uvicorn.Server(config_of(app, connections))
    server.run(sockets=accepting(listener))
    if not server.started:
        sys.exit(START_FAILED)
