"""The client of HTTP sources: requests bounded in bytes, seconds and redirects.

It keeps no cookies, reads no environment and logs no URL, because a URL may hold a key or a person's number.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

import httpcore2
import httpx2

from connectors.guard.connections import Connections
from connectors.http.access import (
    AnswerTooLarge,
    CheckedTransport,
    GarbledAnswer,
    HttpAccess,
    UnsafeAddress,
    UnusableAnswer,
)
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.protocol import SourceFailure, SourceTimeout, SourceUnreachable

REDIRECTS_MAX = 3
MEBIBYTE = 1024 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DECODED = frozenset({"", "identity", "gzip"})
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_OVERLOADED = frozenset({408, 425, 429})
_TRY_LATER = _OVERLOADED | {401, 403}
"""Refused access or overload: unreachable, as for SQL."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """The limits of one request. `bytes_max` bounds the decompressed body, `total_s` all redirects together."""

    connect_s: float = 3.0
    read_s: float = 10.0
    total_s: float = 30.0
    bytes_max: int = 8 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class SourceLogin:
    """How a service takes HUB_SOURCE_<NAME>_CREDENTIAL; made by the four functions below."""

    way: Literal["header", "parameter", "basic", "bearer"]
    name: str = ""

    def headers(self, credential: str) -> dict[str, str]:
        if self.way == "header":
            return {self.name: credential}
        if self.way == "bearer":
            return {"authorization": f"Bearer {credential}"}
        if self.way == "basic":
            return {"authorization": f"Basic {base64.b64encode(credential.encode()).decode()}"}
        return {}

    def parameters(self, credential: str) -> dict[str, str]:
        return {self.name: credential} if self.way == "parameter" else {}


def api_key_header(name: str) -> SourceLogin:
    """The credential is the value of a header, such as `X-Api-Key`."""
    return SourceLogin("header", name)


def api_key_parameter(name: str) -> SourceLogin:
    """The credential is a query parameter. The service's logs will hold it: prefer a header."""
    return SourceLogin("parameter", name)


def basic() -> SourceLogin:
    """The credential is `user:password`."""
    return SourceLogin("basic")


def bearer() -> SourceLogin:
    """The credential is a token."""
    return SourceLogin("bearer")


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators of an answer, for conditional requests (RFC 9110)."""

    etag: str = ""
    last_modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        said = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response: 200 with a body, or 304 (unchanged) or 404 without one."""

    status: int
    url: httpx2.URL
    body: bytes = b""
    content_type: str = ""
    validators: Validators = Validators()
    next_link: str = ""


@dataclass(slots=True)
class HttpClient:
    """Requests below one base URL. Raises SourceUrlError for a base or a credential that it cannot use.

    `sign_in` says how the credential is sent; it is sent only to the base's host.
    """

    base: httpx2.URL
    limits: HttpLimits
    transport: httpx2.AsyncBaseTransport
    connections: Connections
    signed: dict[str, str] = field(default_factory=dict, repr=False)
    signed_parameters: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        url: str,
        access: HttpAccess,
        load: LoadContract,
        limits: HttpLimits,
        sign_in: SourceLogin | None = None,
        credential: str | None = None,
    ) -> HttpClient:
        base = base_url(url)
        if credential is not None and sign_in is None:
            raise SourceUrlError("This source takes no credential. Remove HUB_SOURCE_<NAME>_CREDENTIAL.")
        if credential is None and sign_in is not None:
            raise SourceUrlError("This source wants a credential. Set HUB_SOURCE_<NAME>_CREDENTIAL.")
        if credential is not None and not (credential.isascii() and credential.isprintable()):
            raise SourceUrlError("The credential has signs that cannot be sent.")
        transport = access.transports.get(base.host)
        if transport is None:
            transport = CheckedTransport(access, load.connections_max, secure=base.scheme == "https")
        connections = Connections(load.connections_max, load.statements_per_second_max)
        client = cls(base, limits, transport, connections)
        if sign_in is not None and credential is not None:
            client.signed = sign_in.headers(credential)
            client.signed_parameters = sign_in.parameters(credential)
        return client

    def url(self, path: str, parameters: Mapping[str, str] | None = None) -> httpx2.URL:
        """The URL of a path below the base."""
        joined = self.base.copy_with(path=f"{self.base.path.rstrip('/')}/{path.lstrip('/')}") if path else self.base
        return joined.copy_merge_params(dict(parameters)) if parameters else joined

    def linked(self, link: str, here: httpx2.URL | None = None) -> httpx2.URL:
        """The URL of a link in an answer. Raises UnsafeAddress for another host, UnusableAnswer for an invalid link."""
        try:
            target = (here or self.base).join(link)
        except (httpx2.InvalidURL, ValueError) as error:
            raise UnusableAnswer("a link of the source cannot be read") from error
        if not _same_host(here or self.base, target):
            raise UnsafeAddress("the source leads to another host")
        return target

    async def get(
        self, url: httpx2.URL, content_types: tuple[str, ...], known: Validators = Validators()
    ) -> HttpResponse:
        """GET a URL of this host. `content_types` are patterns such as `application/*+json`.

        Raises SourceUnreachable, SourceTimeout or UnusableAnswer, the last as UnsafeAddress or AnswerTooLarge too.
        """
        return await self._within_limits(lambda: self._followed(url, content_types, known))

    async def post(self, url: httpx2.URL, form: Mapping[str, str], content_types: tuple[str, ...]) -> HttpResponse:
        """POST a form once; a redirect is refused. Raises as `get` does."""
        return await self._within_limits(lambda: self._posted(url, form, content_types))

    async def send(
        self, method: Literal["POST", "PUT", "PATCH"], url: httpx2.URL, document: object, headers: Mapping[str, str]
    ) -> HttpResponse:
        """Send a JSON document once; the answer has any status that says what became of it.

        Raises as `get` does: for a redirect, and where the service says to try later.
        """
        return await self._within_limits(lambda: self._sent(method, url, document, headers))

    async def _sent(self, method: str, url: httpx2.URL, document: object, headers: Mapping[str, str]) -> HttpResponse:
        own = {"content-type": "application/json", **headers}
        request = self._request(url, own, method=method, content=json.dumps(document, ensure_ascii=False).encode())
        response = await self.transport.handle_async_request(request)
        try:
            status = response.status_code
            if status >= 500 or status in _OVERLOADED:
                raise SourceUnreachable(f"status {status}")
            if status in _REDIRECTS:
                raise UnusableAnswer(f"status {status}")
            return HttpResponse(status, url, await self._body(response))
        finally:
            await response.aclose()

    async def _within_limits(self, ask: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse:
        try:
            async with self.connections.one(), asyncio.timeout(self.limits.total_s):
                return await ask()
        except SourceFailure:
            raise
        except (TimeoutError, httpcore2.TimeoutException, httpx2.TimeoutException) as error:
            raise SourceTimeout(f"no whole answer in time ({type(error).__name__})") from error
        except (httpx2.DecodingError, httpcore2.RemoteProtocolError, httpx2.RemoteProtocolError) as error:
            raise GarbledAnswer(f"the answer is broken ({type(error).__name__})") from error
        except (httpcore2.NetworkError, httpx2.TransportError, httpcore2.ProtocolError, OSError) as error:
            raise SourceUnreachable(type(error).__name__) from error

    async def close(self) -> None:
        await self.transport.aclose()

    async def _followed(self, url: httpx2.URL, content_types: tuple[str, ...], known: Validators) -> HttpResponse:
        for _ in range(REDIRECTS_MAX + 1):
            response = await self.transport.handle_async_request(self._request(url, known.headers))
            try:
                if response.status_code not in _REDIRECTS:
                    return await self._answer(url, response, content_types, asked_again=bool(known.headers))
                url = self.linked(response.headers.get("location", ""), url)
            finally:
                await response.aclose()
        raise UnsafeAddress(f"more than {REDIRECTS_MAX} redirects")

    async def _posted(self, url: httpx2.URL, form: Mapping[str, str], content_types: tuple[str, ...]) -> HttpResponse:
        response = await self.transport.handle_async_request(self._request(url, {}, method="POST", form=form))
        try:
            return await self._answer(url, response, content_types, asked_again=False)
        finally:
            await response.aclose()

    def _request(
        self,
        url: httpx2.URL,
        own: Mapping[str, str],
        *,
        method: str = "GET",
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx2.Request:
        headers = {
            "accept": "*/*",
            "accept-encoding": "gzip",
            "user-agent": "simpul",
            **own,
            **self.signed,
        }
        seconds = self.limits.read_s
        timeouts = {"connect": self.limits.connect_s, "read": seconds, "write": seconds, "pool": self.limits.total_s}
        target = url.copy_merge_params(self.signed_parameters) if self.signed_parameters else url
        extensions = {"timeout": timeouts}
        return httpx2.Request(method, target, headers=headers, data=form, content=content, extensions=extensions)

    async def _answer(
        self, url: httpx2.URL, response: httpx2.Response, content_types: tuple[str, ...], *, asked_again: bool
    ) -> HttpResponse:
        status = response.status_code
        if status == 404 or (status == 304 and asked_again):
            return HttpResponse(status, url)
        if status in _TRY_LATER or status >= 500:
            raise SourceUnreachable(f"status {status}")
        if status != 200:
            raise UnusableAnswer(f"status {status}")
        content_type = response.headers.get("content-type", "")
        essence = content_type.partition(";")[0].strip().lower()
        if essence and not any(fnmatchcase(essence, pattern) for pattern in content_types):
            raise UnusableAnswer(f"the answer is {_shown(essence)}")
        body = await self._body(response)
        validators = Validators(response.headers.get("etag", ""), response.headers.get("last-modified", ""))
        return HttpResponse(status, url, body, content_type, validators, _next_link(response))

    async def _body(self, response: httpx2.Response) -> bytes:
        bytes_max = self.limits.bytes_max
        if response.headers.get("content-encoding", "").strip().lower() not in _DECODED:
            raise UnusableAnswer("the answer is compressed in a way that was not asked for")
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > bytes_max:
            raise AnswerTooLarge(f"more than {bytes_max} bytes")
        body = bytearray()
        # Decompressed chunks are at most a mebibyte each.
        async for part in response.aiter_bytes():
            body += part
            if len(body) > bytes_max:
                raise AnswerTooLarge(f"more than {bytes_max} bytes")
        return bytes(body)


def base_url(url: str) -> httpx2.URL:
    """The base URL of a source. Raises SourceUrlError unless it is a plain http(s) URL."""
    try:
        base = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise SourceUrlError("The URL cannot be read. Write it like https://host/path.") from None
    if base.scheme not in _PORTS or not _HOST.fullmatch(base.host):
        raise SourceUrlError("The URL must begin with https:// or http:// and a host.")
    if base.userinfo or base.fragment:
        raise SourceUrlError("The URL must hold no user and no fragment. A password is HUB_SOURCE_<NAME>_CREDENTIAL.")
    return base


def _same_host(here: httpx2.URL, there: httpx2.URL) -> bool:
    """Whether a redirect or link stays on the host, or upgrades from http to https on the default ports."""
    if there.host != here.host or there.userinfo or there.scheme not in _PORTS:
        return False
    ports = [url.port or _PORTS[url.scheme] for url in (here, there)]
    if here.scheme == there.scheme:
        return ports[0] == ports[1]
    return there.scheme == "https" and ports == [_PORTS["http"], _PORTS["https"]]


def _next_link(response: httpx2.Response) -> str:
    """The target of the header `Link: <...>; rel="next"` (RFC 8288)."""
    return str(response.links.get("next", {}).get("url", ""))


def _shown(essence: str) -> str:
    """A content type that is safe to log: usual characters, and short."""
    return "".join(sign for sign in essence if sign.isalnum() or sign in "/+.-")[:60]
