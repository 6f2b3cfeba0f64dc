"""Origins: fetch a feed and its linked documents from a web server or a folder."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

import httpx2

from connectors.http.access import AnswerTooLarge, UnsafeAddress, UnusableAnswer
from connectors.http.client import HttpClient, HttpLimits, HttpResponse, SourceLogin, Validators
from connectors.kinds import Opening, SourceUrlError
from connectors.protocol import SourceUnreachable


class FeedOrigin(Protocol):
    """A web server or a folder."""

    async def fetch(self, link: str, content_types: tuple[str, ...], known: Validators) -> HttpResponse:
        """The feed, or a linked document on the same host or in the same folder. Raises SourceFailure."""
        ...

    async def close(self) -> None: ...


def origin_of(opening: Opening, limits: HttpLimits, sign_in: SourceLogin | None) -> FeedOrigin:
    """The origin of a URL. Raises SourceUrlError unless it is http(s) or a local file."""
    parts = urlsplit(opening.url)
    if parts.scheme not in {"http", "https", "file"}:
        raise SourceUrlError("A feed is named by https://host/path, or by file:///path/to/file.")
    if parts.scheme != "file":
        client = HttpClient.of(opening.url, opening.http, opening.load, limits, sign_in, opening.credential)
        return _WebOrigin(client)
    if opening.credential is not None:
        raise SourceUrlError("A file is read with the rights of the hub: it takes no credential.")
    path = url2pathname(parts.path)
    if parts.netloc not in {"", "localhost"} or not path.strip("/") or "\0" in path:
        raise SourceUrlError("A feed in a file is named by file:///path/to/file, with three slashes.")
    return _FolderOrigin(Path(path), limits.bytes_max)


@dataclass(slots=True)
class _WebOrigin:
    client: HttpClient

    async def fetch(self, link: str, content_types: tuple[str, ...], known: Validators) -> HttpResponse:
        url = self.client.linked(link) if link else self.client.base
        return await self.client.get(url, content_types, known)

    async def close(self) -> None:
        await self.client.close()


@dataclass(slots=True)
class _FolderOrigin:
    file: Path
    bytes_max: int

    async def fetch(self, link: str, content_types: tuple[str, ...], known: Validators) -> HttpResponse:
        return await asyncio.to_thread(self._read, link, known)

    async def close(self) -> None:
        return

    def _read(self, link: str, known: Validators) -> HttpResponse:
        file = self._linked(link) if link else self.file
        url = httpx2.URL("file:///")
        try:
            with file.open("rb") as opened:
                body = opened.read(self.bytes_max + 1)
            stat = file.stat()
        except FileNotFoundError:
            if link:
                return HttpResponse(404, url)
            raise SourceUnreachable("there is no such file") from None
        except (OSError, ValueError) as error:
            raise SourceUnreachable(type(error).__name__) from error
        if len(body) > self.bytes_max:
            raise AnswerTooLarge(f"more than {self.bytes_max} bytes")
        validators = Validators(f"{stat.st_mtime_ns}-{stat.st_size}")
        return HttpResponse(304, url) if validators == known else HttpResponse(200, url, body, "", validators)

    def _linked(self, link: str) -> Path:
        parts = urlsplit(urljoin(self.file.as_uri(), link))
        if parts.scheme != "file" or parts.netloc:
            raise UnsafeAddress("the feed leads out of its folder")
        try:
            target = Path(url2pathname(parts.path)).resolve()
        except (OSError, ValueError) as error:
            raise UnusableAnswer("a link of the feed cannot be read") from error
        if not target.is_relative_to(self.file.parent.resolve()):
            raise UnsafeAddress("the feed leads out of its folder")
        return target
