"""Views: trusted documents whose answers the hub keeps up to date, by the names of their pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import func, select

from models.tables import trusted_documents, views
from models.values.localized import Language
from store.database.engine import HubDatabase
from store.database.errors import StoreError

VIEWS_MAX: Final = 200
"""Every process refreshes each of them."""
VARIABLES_CHARS_MAX: Final = 16_384
EVERY_S_MIN: Final = 5
EVERY_S_MAX: Final = 3_600
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class ViewRefused(StoreError):
    """A view cannot be registered; nothing was changed."""


@dataclass(frozen=True, slots=True)
class View:
    """The answer to a trusted document with variables, refreshed every `every_s` seconds."""

    name: str
    identifier: str
    variables: Mapping[str, Any]
    language: Language
    every_s: int


class ViewsState(NamedTuple):
    """Changes with every registration and removal."""

    views: int
    last_registered_at: datetime | None


async def register(database: HubDatabase, view: View, clock: Callable[[], datetime]) -> None:
    """Register a view. Raises ViewRefused for a malformed or taken name, and beyond the limits."""
    variables = orjson.dumps(view.variables).decode()
    if not _NAME.fullmatch(view.name):
        raise ViewRefused(f"{view.name[:64]!r} is no name of a view: small letters, digits and dashes, at most 64")
    if not EVERY_S_MIN <= view.every_s <= EVERY_S_MAX:
        raise ViewRefused(f"a view is worked out anew every {EVERY_S_MIN} to {EVERY_S_MAX:,} seconds")
    if len(variables) > VARIABLES_CHARS_MAX:
        raise ViewRefused(f"the variables of a view may have {VARIABLES_CHARS_MAX:,} characters")
    async with database.writing() as connection:
        known = set((await connection.execute(select(views.c.name))).scalars())
        if view.name in known:
            raise ViewRefused(f"{view.name} is a view already: remove it first")
        if len(known) >= VIEWS_MAX:
            raise ViewRefused(f"{VIEWS_MAX} views may be registered")
        row = {
            "name": view.name,
            "identifier": view.identifier,
            "variables": variables,
            "language": view.language.value,
            "every_s": view.every_s,
            "registered_at": clock(),
        }
        await connection.execute(views.insert(), [row])


async def remove(database: HubDatabase, name: str) -> bool:
    """Remove a view; whether there was one."""
    async with database.writing() as connection:
        return bool((await connection.execute(views.delete().where(views.c.name == name))).rowcount)


async def state_of(database: HubDatabase) -> ViewsState:
    async with database.reading() as connection:
        counted = select(func.count(), func.max(views.c.registered_at))
        return ViewsState(*(await connection.execute(counted)).one())


async def views_in(database: HubDatabase) -> list[View]:
    """All views, sorted by name."""
    async with database.reading() as connection:
        rows = await connection.execute(select(views).order_by(views.c.name))
        return [
            View(row.name, row.identifier, orjson.loads(row.variables), Language(row.language), row.every_s)
            for row in rows
        ]


async def text_of(database: HubDatabase, identifier: str) -> str | None:
    """The text of the trusted document with this identifier; None if there is none."""
    table = trusted_documents.c
    async with database.reading() as connection:
        return (await connection.execute(select(table.text).where(table.identifier == identifier))).scalars().first()
