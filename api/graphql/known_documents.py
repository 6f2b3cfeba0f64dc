"""Known documents: those that clients may name instead of sending them, by `documentId`.

Two kinds: what an operator has registered, which is trusted, and what anonymous clients have asked of public data.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from api.graphql.incoming import Named
from models.mechanisms.bounded_map import BoundedMap
from store.database.engine import HubDatabase
from store.database.patience import DATABASE_AWAY
from store.documents import SHA256_START, State, documents_in, state_of

DOCUMENTS_MAX = 1_000
DOCUMENTS_CHARS_MAX = 4_000_000
REFRESHED_EVERY_S = 5.0
"""How long a document that was registered or removed may be unknown, or known, to a process that runs."""


class KnownDocuments:
    """Documents by their identifiers. Of those that were asked, the least recently used are dropped first.

    Only those that asked for nothing but public data are remembered, so that a name tells nobody anything. What is
    registered is bounded where it is registered (store/documents.py).
    """

    def __init__(self, documents_max: int = DOCUMENTS_MAX, chars_max: int = DOCUMENTS_CHARS_MAX) -> None:
        self._texts: BoundedMap[str, str] = BoundedMap(documents_max, chars_max, len)
        self._registered: Mapping[str, str] = MappingProxyType({})
        self._state: State | None = None

    def remember(self, text: str) -> None:
        self._texts[identifier_of(text)] = text

    def find(self, identifier: str) -> Named | None:
        registered = self._registered.get(identifier)
        if registered is not None:
            return Named(registered, is_trusted=True)
        text = self._texts.get(identifier)
        return Named(text, is_trusted=False) if text is not None else None

    async def refresh(self, database: HubDatabase) -> None:
        """Take over what is registered, if that has changed. Raises what says that the database is away."""
        state = await state_of(database)
        if state != self._state:
            self._registered = MappingProxyType(await documents_in(database))
            self._state = state

    async def follow(self, database: HubDatabase, failed: Callable[[BaseException], None]) -> None:
        """Refresh again and again, until cancelled. While the database is away, what was registered stays trusted."""
        while True:
            await asyncio.sleep(REFRESHED_EVERY_S)
            try:
                await self.refresh(database)
            except DATABASE_AWAY as error:
                failed(error)


def identifier_of(text: str) -> str:
    """The "SHA256 hex document identifier" of GraphQL over HTTP, appendix on persisted documents."""
    return SHA256_START + hashlib.sha256(text.encode()).hexdigest()
