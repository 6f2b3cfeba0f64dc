"""Formats: the interface of the formats of feeds, and the conversion of their entries to rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.feeds.origins import FeedOrigin
from connectors.http.access import UnusableAnswer
from connectors.http.client import Validators
from connectors.http.texts import storable
from models.sources.findings import FindingKind

Entry = Dictionary[str, str | None]
"""One row of a feed, by column name."""

XML_TYPES = ("application/xml", "text/xml", "application/*+xml", "text/plain", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Found:
    """The current content of a feed: its entries, the number of flaws by kind, and its validators."""

    entries: Sequence[Entry]
    flaws: Dictionary[FindingKind, int]
    validators: Validators


class Format(Protocol):
    """The format of a feed. A frozen value in a city package."""

    @property
    def table(self) -> str:
        """The name of the table that holds the feed."""
        ...

    def has(self, column: str) -> bool:
        """Whether feeds of this format can have this column; all columns are texts."""
        ...

    async def read(self, origin: FeedOrigin, known: Validators, now: datetime) -> Found | None:
        """Everything, or None if it is still the known version. Raises SourceFailure."""
        ...

    def stays(self, before: datetime, now: datetime) -> bool:
        """Whether an unchanged document gives the same entries at both moments."""
        ...


async def document(
    origin: FeedOrigin, content_types: tuple[str, ...], known: Validators, link: str = ""
) -> Document | None:
    """A document of a feed; None if it is unchanged. Raises SourceFailure, also if there is no document."""
    answer = await origin.fetch(link, content_types, known)
    if answer.status == 304:
        return None
    if answer.status == 404:
        raise UnusableAnswer("status 404")
    return Document(answer.body, answer.content_type, answer.validators)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a document, its content type and validators."""

    body: bytes
    content_type: str
    validators: Validators


def row_of(entry: Entry, columns: Iterable[str]) -> tuple[str | None, ...]:
    return tuple(storable(text) if (text := entry.get(name)) is not None else None for name in columns)
