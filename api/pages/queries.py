"""Queries the graph for a page, with the same budget and admission as any client, and reads the answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from starlette.requests import Request as HttpRequest

from api.graphql.age import age_of, provenances_in
from api.graphql.charging import Charging, paced
from api.graphql.incoming import HttpRefusal, Incoming
from api.graphql.operations import Operations, Refused
from api.graphql.outgoing import error_body
from api.overload.admission import Admission
from api.serving.frozen_head import Head, head_of
from connectors.catalog import Catalog
from models.batch import Freshness, SourceState
from models.policy.viewer import ANONYMOUS, Purpose, Viewer
from models.values.localized import Language

_WELL = frozenset({"OK", "STALE"})


@dataclass(frozen=True, slots=True)
class PageQueries:
    """Queries the graph for the reader of a page."""

    operations: Operations
    admission: Admission
    charging: Charging

    @property
    def catalog(self) -> Catalog:
        """What the city has connected."""
        return self.operations.services.records.catalog

    @property
    def now(self) -> datetime:
        """The current time, by the hub's clock."""
        return self.operations.services.records.reader.clock()

    @property
    def newest(self) -> Mapping[str, datetime]:
        """When the youngest data was true that everybody was shown, by source."""
        return self.operations.services.records.reader.newest

    async def ask(
        self,
        http: HttpRequest,
        query: str,
        language: Language,
        variables: dict[str, Any] | None = None,
        viewer: Viewer = ANONYMOUS,
        purpose: Purpose | None = None,
        *,
        is_own: bool = False,
    ) -> dict[str, Any]:
        """The answer of the graph. A refused query has `errors` and no `data`.

        The hub's own queries (`is_own`) are charged like trusted documents. Only a POST may run a mutation.
        """
        incoming = Incoming(query, operation_name=None, variables=variables, is_trusted=is_own)
        read_only = http.method != "POST"
        return await self._answer(incoming, language, viewer, head_of(http.scope), purpose, read_only=read_only)

    async def ask_for_all(
        self, query: str, language: Language, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer to one of the hub's own queries, which all readers share and nobody is charged for."""
        incoming = Incoming(query, operation_name=None, variables=variables)
        return await self._answer(incoming, language, ANONYMOUS, None)

    async def _answer(
        self,
        incoming: Incoming,
        language: Language,
        viewer: Viewer,
        payer: Head | None,
        purpose: Purpose | None = None,
        *,
        read_only: bool = True,
    ) -> dict[str, Any]:
        try:
            async with paced(self.charging, incoming, viewer, payer):
                prepare = partial(self.operations.prepare, incoming, language, read_only=read_only)
                ready = prepare() if payer is None else await self.charging.prepared(prepare, incoming, viewer, payer)
                request = self.operations.request(uuid.uuid4().hex, viewer, language, ready, purpose)
                if payer is not None:
                    await self.charging.charge(ready, viewer, payer, language)
                async with self.admission.turn(request.deadline):
                    return await self.operations.run(ready, request)
        except Refused as refused:
            return refused.body
        except HttpRefusal as refusal:
            return error_body(refusal.error, language, refusal.details)


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """An answer of which any field may be missing. `oldest` is the time of its oldest data."""

    data: Mapping[str, Any]
    problems: tuple[str, ...]
    oldest: datetime | None
    is_stale: bool
    sources: tuple[str, ...]
    down: tuple[str, ...]

    def part(self, name: str) -> Mapping[str, Any]:
        """A root field; empty if it failed."""
        return self.data.get(name) or {}

    def rows(self, name: str, of: str = "nodes") -> list[Mapping[str, Any]]:
        return list(self.part(name).get(of) or ())


def read(body: Mapping[str, Any]) -> PageAnswer:
    """Read the body of a response. Its messages are translated already; each is kept once."""
    data = body.get("data") or {}
    told = body.get("extensions", {}).get("sources", ())
    is_stale = any(one.get("freshness") == Freshness.STALE.value for one in provenances_in(data))
    return PageAnswer(
        data,
        tuple(dict.fromkeys(error["message"] for error in body.get("errors", ()))),
        age_of(body),
        is_stale or any(line["state"] == SourceState.STALE.value for line in told),
        tuple(line["source"] for line in told),
        tuple(line["source"] for line in told if line["state"] not in _WELL),
    )
