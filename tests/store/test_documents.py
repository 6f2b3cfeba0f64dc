"""Trusted documents in the hub's database: bounded, one text for one identifier, and a state that shows any change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store import documents
from store.database.engine import HubDatabase
from store.documents import DocumentsRefused, Manifest, Registered, State, documents_in, manifests, register, state_of

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


async def test_documents_of_two_clients(database: HubDatabase) -> None:
    assert await state_of(database) == State(0, None)
    assert await register(database, "app", {"a": "{ x }", "b": "{ y }"}, lambda: NOW) == Registered(2, 0)
    assert await register(database, "kiosk", {"a": "{ x }"}, lambda: LATER) == Registered(1, 0)
    assert await register(database, "app", {"b": "{ y }", "c": "{ z }"}, lambda: LATER) == Registered(1, 1)
    assert await documents_in(database) == {"a": "{ x }", "b": "{ y }", "c": "{ z }"}
    assert await manifests(database) == [Manifest("app", 3, LATER), Manifest("kiosk", 1, LATER)]
    assert await state_of(database) == State(4, LATER)
    assert await documents.remove(database, "app", "a") == 1
    assert await documents.remove(database, "app", "a") == 0
    assert await state_of(database) == State(3, LATER)


async def test_documents_are_bounded(database: HubDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENTS_MAX", 3)
    monkeypatch.setattr(documents, "DOCUMENTS_CHARS_MAX", 12)
    await register(database, "app", {"a": "1234", "b": "1234"}, lambda: NOW)
    with pytest.raises(DocumentsRefused, match=r"^3 documents may be registered; 2 are$"):
        await register(database, "app", {"c": "1", "d": "1"}, lambda: NOW)
    with pytest.raises(DocumentsRefused, match=r"^all documents together may have 12 characters$"):
        await register(database, "app", {"c": "12345"}, lambda: NOW)
    assert await register(database, "app", {"c": "1234"}, lambda: NOW) == Registered(1, 0)
    with pytest.raises(DocumentsRefused, match="has 1 to 100 characters"):
        await register(database, "x" * 101, {"c": "1234"}, lambda: NOW)
