"""The context of every resolver: the request, and the services that answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from strawberry import Info

from connectors.source_board import SourceBoard
from models.city import City
from models.request import Request
from resolvers.acting import Acting
from resolvers.areas.at import AreasAt
from resolvers.areas.geography import Polygons
from resolvers.areas.populations import Populations
from resolvers.erasing import Erasing
from resolvers.records import Records
from resolvers.reference import Loaders
from resolvers.relations import Relations
from resolvers.search import Search
from schema.core.cursors import CursorCodec
from store.evidence.evidence import Evidence
from store.evidence.links import PhotoLinks
from store.feedback import Feedback
from store.ledger.recording import Ledger
from store.ledger.trails import Trail
from store.subject_requests.requests import SubjectRequests


@dataclass(frozen=True, slots=True)
class Services:
    """The services of the hub, the same for every operation."""

    city: City
    records: Records
    relations: Relations
    populations: Populations
    cursors: CursorCodec
    polygons: Polygons | None
    search: Search | None = None
    trail: Trail | None = None
    subject_requests: SubjectRequests | None = None
    erasing: Erasing | None = None
    ledger: Ledger | None = None
    source_board: SourceBoard | None = None
    acting: Acting | None = None
    feedback: Feedback | None = None
    evidence: Evidence | None = None
    photo_links: PhotoLinks | None = None

    @property
    def area_at(self) -> AreasAt:
        """Finds the area at a position."""
        return AreasAt(self.city.box, self.relations.areas, self.polygons)


@dataclass(frozen=True, slots=True)
class Context:
    """The request of one operation, with the services of the hub."""

    request: Request
    services: Services
    loaders: Loaders = field(default_factory=Loaders)


def context_of(info: Info) -> Context:
    return cast(Context, info.context)
