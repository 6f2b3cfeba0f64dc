"""Context: what every resolver gets besides its parent and arguments: the request, and the services that answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from strawberry import Info

from connectors.source_board import SourceBoard
from models.city import City
from models.request import Request
from resolvers.erasing import Erasing
from resolvers.geography import Polygons
from resolvers.records import Records
from resolvers.reference import Loaders
from resolvers.relations import Relations
from resolvers.search import Search
from schema.cursors import CursorCodec
from store.ledger import Ledger
from store.ledger_trail import Trail
from store.rights import Rights


@dataclass(frozen=True, slots=True)
class Services:
    """What the hub has, for every operation the same."""

    city: City
    records: Records
    relations: Relations
    cursors: CursorCodec
    polygons: Polygons | None
    search: Search | None = None
    trail: Trail | None = None
    rights: Rights | None = None
    erasing: Erasing | None = None
    ledger: Ledger | None = None
    source_board: SourceBoard | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One operation's request with the hub's services."""

    request: Request
    services: Services
    loaders: Loaders = field(default_factory=Loaders)


def context_of(info: Info) -> Context:
    return cast(Context, info.context)
