"""Server: uvicorn with the bounds that it lacks, on a socket that listens before anything is said."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.door import Door
from api.event_stream import STOPS
from api.incoming import QUERY_STRING_BYTES_MAX
from api.response_front import ResponseFront
from api.slow_readers import SlowReaders
from api.socket import MESSAGE_BYTES_MAX
from api.whole_requests import whole_request

HEAD_BYTES_MAX = QUERY_STRING_BYTES_MAX + 65_536
"""A request line with the longest query string that is read, and as much again for headers."""
HEAD_S_MAX = 10.0
"""How long a client may take to send the head of a request, and to say anything at all."""
KEEP_ALIVE_S = 15
CONNECTIONS_MAX = 1_000
CONNECTIONS_WAITING_MAX = 1_024
ACCEPTED_AT_ONCE = 16
"""Connections let in at each turn of the loop. libuv lets in one for each socket that listens, and under load a turn
takes milliseconds: of many that come together the last would wait for seconds, even for a refusal."""
PING_EVERY_S = 20.0
PONG_S_MAX = 20.0
"""A socket whose other side has gone without a word is found out in so long."""
SHUTDOWN_S_MAX = 10
START_FAILED = 3
"""The exit code of a process whose application did not start."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread waits for the interpreter until it asks for it. SQLite's threads, which read the copies, need it
anew for every row: with Python's 5 ms, a page of a copy takes 300 ms longer while the loop is busy."""
GARBAGE_THRESHOLDS = (50_000, 20, 50)
"""New objects until the youngest are looked through, and how often that is until the older ones are (see `gc`)."""


class CannotListen(Exception):
    """The address cannot be listened on; the sentence says what to change."""


class BoundedHttp(SlowReaders, HttpToolsProtocol):
    """HTTP/1.1 whose heads are bounded in bytes and in time: uvicorn bounds neither with this parser.

    What `front` knows and what `door` refuses is answered at once: no parser, no task, one write.
    """

    front: ResponseFront | None = None
    door: Door | None = None
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _answered_at_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        answer = self._answer_to(data) if self._is_between_requests else None
        if answer is not None:
            self._answer(answer)
            return
        super().data_received(data)
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._stop_timer()
                self.send_400_response("The head of the request is too large.")

    def _answer_to(self, data: bytes) -> bytes | None:
        """The answer to a request that came whole, as far as it takes no more than to send it."""
        request = whole_request(data)
        if request is None:
            return None
        answer = self.front.answer(request, self.server_state.default_headers) if self.front is not None else None
        if answer is None and self.door is not None:
            answer = self.door.refusal(request)
        return answer

    @property
    def _is_between_requests(self) -> bool:
        # None before the first request, whatever its annotation says.
        cycle: RequestResponseCycle | None = self.cycle
        done = cycle is None or (cycle.response_complete and not cycle.more_body)
        return done and not self.pipeline and not self._head_bytes and not self.flow.write_paused

    def _answer(self, answer: bytes) -> None:
        """Answer without a request; the connection may wait for the next one as after any other."""
        self.transport.write(answer)
        self.server_state.total_requests += 1
        self._stop_timer()
        self._answered_at_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._close_when_idle(self.timeout_keep_alive)

    def _close_when_idle(self, after_s: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(after_s, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        # A timer that is moved with every answer costs more than one that looks again.
        idle_s = self.loop.time() - self._answered_at_s
        if idle_s < self.timeout_keep_alive:
            self._close_when_idle(self.timeout_keep_alive - idle_s)
        else:
            super().timeout_keep_alive_handler()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self._head_bytes = 0
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Requests are finished; a stream, which has no end of its own, is told to end."""
        super().shutdown()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete and STOPS in cycle.scope:
            cycle.scope[STOPS]()  # type: ignore[literal-required]  # scopes are open

    def _await_head(self) -> None:
        self._stop_timer()
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_S_MAX, self.transport.close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class BoundedSocket(SlowReaders, WebSocketsSansIOProtocol):
    """A WebSocket that is cut off where its other side takes nothing, or answers no ping."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            # uvicorn would write the stack of it into the log, as often as a stranger likes.
            self.conn.fail(1007)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            # Refused with an answer is answered: uvicorn would take it for a defect, and log it.
            self.handshake_complete = True


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def protocol_of(front: ResponseFront | None, door: Door | None) -> type[BoundedHttp]:
    """The protocol of a process, with what answers in its place."""
    return type("HubHttp", (BoundedHttp,), {"front": front, "door": door})


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises CannotListen."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=CONNECTIONS_WAITING_MAX)
        # Connections inherit it. Without it, where there is no uvloop, the end of every answer waits 40 ms for the
        # client to confirm its beginning.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Whether accept waits is said of the one socket that all processes share, and each duplicate says it anew.
        # Where it is to wait, a process that starts lets the others stand still until the next connection comes.
        listener.setblocking(False)
        return listener
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotListen(
            f"Nothing can listen on {host}, port {port}: {reason}. Set HUB_HOST and HUB_PORT to a free address."
        ) from error


def accepting(listener: socket.socket) -> list[socket.socket]:
    """The listener as often as connections are to be let in at once; all of them are to be closed."""
    return [listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def base_url(listener: socket.socket) -> str:
    """Where a browser on this machine finds what listens."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # compared, not bound
    return f"http://{shown}:{port}"


def tune_interpreter() -> None:
    """Once, when everything that stays has been made.

    The schema and the libraries are never looked through again, which costs 100 ms each time. A large answer is ten
    thousands of dictionaries at once, none of them garbage: the default looks through them again and again.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def config_of(app: ASGIApp, front: ResponseFront | None = None, door: Door | None = None) -> uvicorn.Config:
    """How an application is served. What the front answers and the door refuses never gets to it."""
    return uvicorn.Config(
        app,
        http=protocol_of(front, door),
        ws=BoundedSocket,
        ws_max_size=MESSAGE_BYTES_MAX,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_S_MAX,
        ws_per_message_deflate=False,
        # Its warnings are of strangers' broken requests, as many as they like to send.
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S_MAX,
    )


def serve_on(
    listener: socket.socket, app: ASGIApp, front: ResponseFront | None = None, door: Door | None = None
) -> None:
    """Serve until the process is told to stop; requests in flight are finished first.

    Ends the process with START_FAILED where the application does not start.
    """
    tune_interpreter()
    server = uvicorn.Server(config_of(app, front, door))
    server.run(sockets=accepting(listener))
    if not server.started:
        sys.exit(START_FAILED)
