"""Copies the head of a request before anything is awaited; every decision about the request reads this copy.

uvicorn appends the trailers of a body to its list of headers while the request is answered. Otherwise one part of the
hub could take a request for anonymous, and the next one for an officer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from api.graphql.incoming import JSON, HttpRefusal, language_of, request_id_of, takes_gzip
from api.graphql.outgoing import dumped, error_body
from models.errors import BadRequest
from models.policy.viewer import Role
from models.values.localized import Language, Languages

HEAD: Final = "simpul.head"
"""The key of the head in the scope of a request."""

SINGLE: Final = frozenset(
    b"authorization content-length content-type cookie host hub-explain hub-purpose idempotency-key origin "
    b"sec-fetch-site transfer-encoding x-api-key x-request-id".split()
)
"""Headers that decide something and may occur once: of two, a proxy might read another one than the hub."""

_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_READING: Final = ("GET", "HEAD")


class Fields(Mapping[str, str]):
    """The headers by their names in lower case. Lines of one name are joined into one list (RFC 9110, 5.3)."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.encode("latin-1")].decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode("latin-1") in self._values

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._values)

    def __len__(self) -> int:
        return len(self._values)

    def has_any(self, names: frozenset[bytes]) -> bool:
        return not names.isdisjoint(self._values)

    def raw(self, name: bytes) -> bytes:
        """The bytes of a header; empty where there is none."""
        return self._values.get(name, b"")


class Head(NamedTuple):
    """The head of a request. `peer` is the address that opened the connection."""

    method: str
    path: str
    query_string: bytes
    fields: Fields
    peer: str | None
    request_id: str
    has_credential: bool
    spoken: Languages

    @property
    def reads(self) -> bool:
        """Whether the method is GET or HEAD."""
        return self.method in _READING

    @property
    def language(self) -> Language:
        return language_of(self.fields.get("accept-language"), self.spoken)

    @property
    def takes_gzip(self) -> bool:
        return takes_gzip(self.fields.raw(b"accept-encoding"))

    @property
    def names_no_other_origin(self) -> bool:
        """Whether it comes from a page of this hub, or from none. The origin `null` may be anybody's page."""
        origin = self.fields.get("origin")
        if origin is None:
            return True
        _, _, host = origin.partition("://")
        return bool(host) and host == self.fields.get("host")

    @property
    def kept_for(self) -> Role | None:
        """The role whose cached answers it may get; None for requests with a credential, which get none."""
        return None if self.has_credential else Role.ANONYMOUS


def head_of(scope: Scope) -> Head:
    """The head of a request that has passed FrozenHead."""
    head: Head = scope[HEAD]
    return head


def freeze(scope: Scope, spoken: Languages = tuple(Language)) -> Head:
    """Copy the head of a request to a city that speaks these, and replace the list that the server keeps changing.

    Raises HttpRefusal (400) for a repeated header of SINGLE, and without a valid host.
    """
    # Nothing else reads it, and nothing changes it from now on (tests/test_house.py).
    lines = scope["headers"] = tuple(scope["headers"])
    values = dict(lines)
    if len(values) != len(lines):
        values = _joined(lines)
    host = values.get(b"host")
    if not _is_host(host) if host is not None else scope.get("http_version") != "1.0":
        raise HttpRefusal(400, BadRequest("host_invalid"))
    peer, named = scope.get("client"), values.get(b"x-request-id")
    return Head(
        scope.get("method", "GET"),
        scope["path"],
        scope["query_string"],
        Fields(values),
        peer[0] if peer is not None else None,
        request_id_of(named.decode("latin-1") if named is not None else None),
        b"authorization" in values or b"x-api-key" in values,
        spoken,
    )


@lru_cache(maxsize=256)
def _is_host(host: bytes) -> bool:
    return _HOST.fullmatch(host) is not None


def _joined(lines: tuple[tuple[bytes, bytes], ...]) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for name, value in lines:
        if name not in values:
            values[name] = value
        elif name in SINGLE:
            raise HttpRefusal(400, BadRequest("header_repeated", name=name.decode("latin-1").title()))
        else:
            values[name] += b", " + value
    return values


class FrozenHead:
    """The outermost middleware, which freezes the head of a request before anything reads it."""

    def __init__(self, app: ASGIApp, spoken: Languages = tuple(Language)) -> None:
        self._app = app
        self._spoken = spoken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and HEAD not in scope:
            try:
                scope[HEAD] = freeze(scope, self._spoken)
            except HttpRefusal as refusal:
                await _refuse(scope, receive, send, refusal, self._spoken)
                return
        await self._app(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: HttpRefusal, spoken: Languages) -> None:
    language = language_of(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"), spoken)
    start, end = "http.response.start", "http.response.body"
    if scope["type"] == "websocket":
        await receive()
        start, end = f"websocket.{start}", f"websocket.{end}"
    body = dumped(error_body(refusal.error, language))
    headers = [
        (b"content-type", f"{JSON}; charset=utf-8".encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": start, "status": refusal.status, "headers": headers})
    await send({"type": end, "body": body, "more_body": False})
