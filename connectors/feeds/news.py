"""News: RSS, Atom and JSON Feed -> one row per article."""

from __future__ import annotations

import asyncio
import html
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.parsers import expat

import feedparser

from connectors.feeds.formats import XML_TYPES, Document, Entry, Found, document
from connectors.feeds.origins import FeedOrigin
from connectors.http.access import AnswerTooLarge, UnusableAnswer
from connectors.http.client import Validators
from connectors.rest.documents import at, items_at, parsed

COLUMNS = (
    "id",
    "title",
    "summary",
    "content",
    "link",
    "published",
    "updated",
    "author",
    "categories",
    "image",
)
JSON_TYPES = ("application/feed+json", "application/json")
SLOPPY_BYTES_MAX = 256 * 1024
"""The largest malformed XML that is still read: the lenient parser is slow."""

_END_OF_FEED = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|RDF)\s*>(?:\s|<!--.*?-->)*\Z", re.DOTALL)
_TAIL_BYTES = 4_096
_ZONES = {"WIB": "+0700", "WITA": "+0800", "WIT": "+0900"}
"""The zones of Indonesia, which portals write although RFC 822 has none of them."""


@dataclass(frozen=True, slots=True)
class News:
    """Articles: `id` is the guid, `content` is HTML, `categories` are joined by `;`, times keep their offset.

    A time without a known offset stays as it is written, so that it becomes a finding and not a guess.
    """

    table: str = "entries"

    def has(self, column: str) -> bool:
        return column in COLUMNS

    def stays(self, before: datetime, now: datetime) -> bool:
        return True

    async def read(self, origin: FeedOrigin, known: Validators, now: datetime) -> Found | None:
        got = await document(origin, (*XML_TYPES, *JSON_TYPES), known)
        if got is None:
            return None
        return Found(await asyncio.to_thread(entries_of, got), {}, got.validators)


def entries_of(got: Document) -> list[Entry]:
    """The articles in a document, each once. Raises UnusableAnswer, AnswerTooLarge."""
    is_json = got.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    entries = _json_entries(got.body) if is_json else _xml_entries(got)
    unique: dict[str | None, Entry] = {}
    for entry in entries:
        unique.setdefault(entry["id"], entry)
    return list(unique.values())


# --- RSS and Atom -----------------------------------------------------------------------------------------------------


def _xml_entries(got: Document) -> Iterable[Entry]:
    whole = _is_whole(got.body)
    headers = {"content-type": got.content_type or "application/xml"}
    # As a byte stream: the library might take a text for a URL and fetch it.
    stream = io.BytesIO(got.body)
    try:
        feed = feedparser.parse(stream, response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # noqa: BLE001  # whatever the library raises, the feed is broken
        raise UnusableAnswer(f"the feed cannot be read ({type(error).__name__})") from None
    if not feed.get("version"):
        raise UnusableAnswer("the answer is no feed")
    if not whole and not _END_OF_FEED.search(got.body[-_TAIL_BYTES:]):
        raise UnusableAnswer("the feed breaks off")
    return map(_xml_entry, feed.entries)


def _is_whole(body: bytes) -> bool:
    """Whether a feed is well-formed XML. A malformed one, such as with HTML entities, is still read.

    Raises UnusableAnswer if it has declarations of its own, AnswerTooLarge if it is malformed and large.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _bare_document_type
    parser.EntityDeclHandler = _no_entity
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        if len(body) > SLOPPY_BYTES_MAX:
            raise AnswerTooLarge(f"more than {SLOPPY_BYTES_MAX} bytes of XML with mistakes") from None
        return False
    except (ValueError, LookupError) as error:
        raise UnusableAnswer("the answer is in no encoding that the hub knows") from error
    return True


def _bare_document_type(_name: str, _system: str | None, _public: str | None, has_declarations: int) -> None:
    if has_declarations:
        raise UnusableAnswer("the answer has a document type of its own")


def _no_entity(*_: Any) -> None:
    raise UnusableAnswer("the answer declares entities")


def _xml_entry(entry: Any) -> Entry:
    contents = [part.value for part in entry.get("content", ()) if part.get("value")]
    summary = entry.get("summary") or None
    return {
        "id": entry.get("id") or entry.get("link") or None,
        "title": entry.get("title") or None,
        "summary": summary,
        "content": contents[0] if contents else summary,
        "link": entry.get("link") or None,
        "published": _moment(entry.get("published")),
        "updated": _moment(entry.get("updated")) if "updated" in entry else None,
        "author": entry.get("author") or None,
        "categories": _joined(tag.get("term") for tag in entry.get("tags", ())),
        "image": _picture(entry),
    }


def _picture(entry: Any) -> str | None:
    """The first picture among enclosures and media."""
    media = [*entry.get("enclosures", ()), *entry.get("media_content", ())]
    for one in media:
        if one.get("type", "").startswith("image/") or one.get("medium") == "image":
            return one.get("href") or one.get("url") or None
    thumbnails = entry.get("media_thumbnail", ())
    return (thumbnails[0].get("url") or None) if thumbnails else None


def _moment(text: str | None) -> str | None:
    """A time as ISO 8601 with its offset, or as it is written if the offset is unknown."""
    if not text or not (written := text.strip()):
        return None
    words = written.split()
    words[-1] = _ZONES.get(words[-1].upper(), words[-1])
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at_moment = read(" ".join(words))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if at_moment.tzinfo is not None:
            return at_moment.isoformat(timespec="seconds")
    return written


# --- JSON Feed --------------------------------------------------------------------------------------------------------


def _json_entries(body: bytes) -> Iterable[Entry]:
    feed = parsed(body)
    version = at(feed, "version")
    if not isinstance(version, str) or not version.startswith("https://jsonfeed.org/version/"):
        raise UnusableAnswer("the answer is no JSON Feed")
    return map(_json_entry, items_at(feed, "items"))


def _json_entry(item: dict[str, Any]) -> Entry:
    def said(*paths: str) -> str | None:
        found = (at(item, path) for path in paths)
        return next((text for text in found if isinstance(text, str) and text), None)

    plain = said("content_text")
    return {
        "id": said("id", "url"),
        "title": said("title"),
        "summary": said("summary"),
        "content": said("content_html") or (html.escape(plain, quote=False) if plain else None),
        "link": said("url", "external_url"),
        "published": _moment(said("date_published")),
        "updated": _moment(said("date_modified")),
        "author": said("authors.0.name", "author.name"),
        "categories": _joined(_texts(at(item, "tags"))),
        "image": said("image", "banner_image"),
    }


def _texts(found: object) -> Sequence[str]:
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else ()


def _joined(texts: Iterable[str | None]) -> str | None:
    return ";".join(text.strip() for text in texts if text and text.strip()) or None
