"""Formats: what every format of a feed can be asked, and how what it says becomes rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.feeds.places import Place
from connectors.http import UnusableAnswer
from connectors.http_client import Validators
from connectors.texts import storable
from models.findings import FindingKind

Entry = Dictionary[str, str | None]
"""One row of a feed, by the names of its columns."""

XML_TYPES = ("application/xml", "text/xml", "application/*+xml", "text/plain", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Found:
    """What a feed says now: its entries, how often each kind of flaw was met, and what tells this version."""

    entries: Sequence[Entry]
    flaws: Dictionary[FindingKind, int]
    validators: Validators


class Format(Protocol):
    """What a feed is written in. A frozen value, stated in a city's package."""

    @property
    def table(self) -> str:
        """The name of the one table that the feed becomes."""
        ...

    def has(self, column: str) -> bool:
        """Whether a feed of this format can have such a column; all are texts."""
        ...

    async def read(self, place: Place, known: Validators, now: datetime) -> Found | None:
        """Everything, or None when it is still the known version. Raises SourceFailure."""
        ...

    def stays(self, before: datetime, now: datetime) -> bool:
        """Whether the same document means the same at both moments."""
        ...


async def document(place: Place, content_types: tuple[str, ...], known: Validators, link: str = "") -> Document | None:
    """A document of a feed, None when it is still the known one. Raises SourceFailure, also where nothing is there."""
    answer = await place.fetch(link, content_types, known)
    if answer.status == 304:
        return None
    if answer.status == 404:
        raise UnusableAnswer("status 404")
    return Document(answer.body, answer.content_type, answer.validators)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a document, and what was said about them."""

    body: bytes
    content_type: str
    validators: Validators


def row_of(entry: Entry, columns: Iterable[str]) -> tuple[str | None, ...]:
    return tuple(storable(text) if (text := entry.get(name)) is not None else None for name in columns)
