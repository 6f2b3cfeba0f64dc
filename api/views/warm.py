"""Keeps views warm: refreshes each before its answer is too old, whether anybody looks or not.

A view costs the departments one read per refresh, however many screens show it. Each process refreshes its own; with a
shared cache of reads (HUB_CACHE_URL) the departments are asked once for all processes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Final

import orjson
from graphql import GraphQLSyntaxError, OperationType

from api.graphql.age import age_of
from api.graphql.incoming import HttpRefusal, Incoming
from api.graphql.operations import Operations, Ready, Refused, has_personal_arguments
from api.graphql.outgoing import dumped, error_body
from api.overload.admission import Admission
from api.responses.cache import Answered, Responses, is_settled
from api.responses.kept import Kept, Shape
from api.responses.lifetime import is_public
from api.views.tables import NotTabular, ViewTable, table_of
from connectors.catalog import Catalog
from engine.documents.kept import InvalidDocument
from engine.documents.limits import LimitExceeded
from engine.lanes import Lanes
from models.policy.erasure import Searched
from models.policy.viewer import ANONYMOUS, Role
from models.request import Request
from store.database.engine import HubDatabase
from store.database.patience import DATABASE_AWAY
from store.documents import State, documents_in
from store.documents import state_of as state_of_documents
from store.views import View, ViewRefused, ViewsState, state_of, views_in

TICK_S: Final = 0.5
FOLLOWED_EVERY_S: Final = 5.0
"""How long a running process may not notice that a view was registered or removed."""
RETRY_S: Final = 10.0
"""After how long a view is refreshed again whose refresh failed or whose sources answered with stale data."""
REFRESHES_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """A view that everybody may see, with its operation and the table in its answer."""

    view: View
    ready: Ready
    table: ViewTable

    @property
    def asks(self) -> tuple[View, str]:
        """What the answer depends on."""
        return self.view, self.ready.incoming.query


def checked(view: View, text: str | None, lanes: Lanes, catalog: Catalog) -> Checked:
    """Check a view of the document `text`. Raises ViewRefused with the reason."""
    if text is None:
        raise ViewRefused(f"no trusted document is registered as {view.identifier}")
    try:
        prepared = lanes.prepare(text)
    except (LimitExceeded, GraphQLSyntaxError, InvalidDocument):
        raise ViewRefused(f"{view.identifier} is no document of this hub's schema") from None
    operation = prepared.operation(None)
    if operation is None or operation.operation is not OperationType.QUERY:
        raise ViewRefused(f"{view.identifier} must hold one operation, and that a query")
    ready = Ready(Incoming(text, None, dict(view.variables), is_trusted=True), prepared, operation, lanes)
    plan = ready.priced.plan
    if plan is None:
        raise ViewRefused("the variables do not fit the document, or the hub cannot plan it")
    if not is_public(plan, catalog) or has_personal_arguments(ready.priced):
        raise ViewRefused("a view shows public data only, of sources that state how long it is fresh")
    try:
        table = table_of(lanes.schema, prepared.fragments, operation)
    except NotTabular as reason:
        raise ViewRefused(str(reason)) from None
    return Checked(view, ready, table)


class Form(Enum):
    """A format of views: the extension of its address, and its media type."""

    JSON = "json", "application/json"
    CSV = "csv", "text/csv"

    @property
    def media_type(self) -> str:
        return self.value[1]


class Freshness(Enum):
    FRESH = "FRESH"
    STALE = "STALE"


@dataclass(slots=True)
class LastGood:
    """The last good answer: its data, its age, and until when it is fresh by the contracts of its sources.

    `unconnected` are the errors of what the city has not connected: the answer has all the rest. `as_of` is when its
    oldest data was true, and `read_at` when the hub read it. Other times are in seconds of the clock of the responses.
    """

    data: Mapping[str, Any]
    unconnected: Sequence[Mapping[str, Any]]
    as_of: str | None
    read_at: str
    made_at_s: float
    fresh_until_s: float
    ends_at_s: float
    shown: dict[tuple[Form, Freshness], Kept] = field(default_factory=dict)

    def freshness(self, now_s: float) -> Freshness:
        return Freshness.FRESH if now_s < self.ends_at_s else Freshness.STALE


@dataclass(slots=True)
class Warm:
    """One view of a process. `trouble` is the error body of its last refresh, if that failed."""

    checked: Checked
    good: LastGood | None = None
    trouble: bytes | None = None
    due_at_s: float = 0.0

    def shown(self, form: Form, now_s: float) -> Kept | None:
        """The last good answer in this form; None where there never was one."""
        good = self.good
        if good is None:
            return None
        freshness = good.freshness(now_s)
        kept = good.shown.get((form, freshness))
        if kept is None:
            kept = good.shown[form, freshness] = self._made(good, form, freshness)
        return kept

    def _made(self, good: LastGood, form: Form, freshness: Freshness) -> Kept:
        is_fresh = freshness is Freshness.FRESH
        body = self._json(good, freshness) if form is Form.JSON else self.checked.table.csv_of(good.data)
        shape = Shape.of(body, packed=False)
        # A stale answer may be fresh again at any moment, so no cache on the way may keep it.
        fresh_until_s, ends_at_s = (good.fresh_until_s, good.ends_at_s) if is_fresh else (good.made_at_s,) * 2
        return Kept(shape, good.made_at_s, fresh_until_s, ends_at_s, due_at_s=ends_at_s, made_for=Role.ANONYMOUS)

    def _json(self, good: LastGood, freshness: Freshness) -> bytes:
        view = {"name": self.checked.view.name, "state": freshness.value, "asOf": good.as_of}
        errors = {"errors": good.unconnected} if good.unconnected else {}
        return dumped({**errors, "data": good.data, "extensions": {"view": view}})


@dataclass(slots=True)
class WarmViews:
    """The views of one process; their number is bounded where they are registered."""

    operations: Operations
    admission: Admission
    responses: Responses
    refused: Callable[[str, str], None]
    _views: dict[str, Warm] = field(default_factory=dict)
    _state: tuple[ViewsState, State] | None = None

    def named(self, name: str) -> Warm | None:
        return self._views.get(name)

    def all(self) -> Sequence[Warm]:
        """Every view, by name."""
        return [self._views[name] for name in sorted(self._views)]

    async def follow(self, database: HubDatabase) -> None:
        """Read the registered views again if they have changed. Raises DATABASE_AWAY."""
        state = (await state_of(database), await state_of_documents(database))
        if state == self._state:
            return
        self.take_over(await views_in(database), await documents_in(database))
        self._state = state

    def take_over(self, registered: Sequence[View], texts: Mapping[str, str]) -> None:
        """Keep exactly these views warm. A view that no longer fits the city is left out."""
        catalog = self.operations.services.records.catalog
        known, self._views = self._views, {}
        for view in registered:
            before = known.get(view.name)
            try:
                made = checked(view, texts.get(view.identifier), self.operations.lanes, catalog)
            except ViewRefused as reason:
                self.refused(view.name, str(reason))
                continue
            if before is None or before.checked.asks != made.asks:
                before = Warm(made)
            self._views[view.name] = before

    async def run(self, database: HubDatabase, failed: Callable[[BaseException], None]) -> None:
        """Keep all views warm, until cancelled. While the hub's database is away, the known ones stay."""
        followed_at_s = self.responses.clock()
        while True:
            now_s = self.responses.clock()
            if now_s - followed_at_s >= FOLLOWED_EVERY_S:
                followed_at_s = now_s
                try:
                    await self.follow(database)
                except DATABASE_AWAY as error:
                    failed(error)
            await self.refresh_due()
            await asyncio.sleep(TICK_S)

    async def refresh_due(self) -> None:
        """Refresh every view that is due, a few at once."""
        slots = asyncio.Semaphore(REFRESHES_AT_ONCE)

        async def refresh(warm: Warm) -> None:
            async with slots:
                await self.refresh(warm)

        now_s = self.responses.clock()
        await asyncio.gather(*(refresh(warm) for warm in self.all() if now_s >= warm.due_at_s))

    async def warmed(self, warm: Warm) -> Warm:
        """A view for a request: refreshed first if it has no answer yet, once for all concurrent requests."""
        if warm.good is None and self.responses.clock() >= warm.due_at_s:
            await self.refresh(warm)
        return warm

    async def refresh(self, warm: Warm) -> None:
        """Refresh a view. A failure leaves the last good answer as it is."""
        ready, view = warm.checked.ready, warm.checked.view
        request = self.operations.request(os.urandom(16).hex(), ANONYMOUS, view.language, ready)
        key = self.responses.key_of(ready, request)
        try:
            answered = await self.responses.renewed(key, ready, request, self._run)
        except Refused as refusal:
            self._failed(warm, dumped(refusal.body))
        except HttpRefusal as refusal:
            self._failed(warm, dumped(error_body(refusal.error, view.language)))
        else:
            self._answered(warm, answered)

    def forget_where(self, is_unwanted: Callable[[bytes], bool]) -> Searched:
        """Drop every last good answer whose bytes are unwanted; its view is then due at once."""
        good = [warm for warm in self._views.values() if warm.good is not None]
        unwanted = [warm for warm in good if warm.good is not None and is_unwanted(dumped(warm.good.data))]
        for warm in unwanted:
            warm.good, warm.due_at_s = None, 0.0
        return Searched(len(good), len(unwanted), len(unwanted))

    def forget_records(self, records: frozenset[str]) -> None:
        """Have every view refreshed at once that shows one of these records."""
        for warm in self._views.values():
            plan = warm.checked.ready.priced.plan
            if plan is not None and any(read.record in records for read in plan.reads):
                warm.due_at_s = 0.0

    async def _run(self, ready: Ready, request: Request) -> dict[str, Any]:
        async with self.admission.turn(request.deadline, urgent=ready.is_urgent):
            return await self.operations.run(ready, request)

    def _answered(self, warm: Warm, answered: Answered) -> None:
        answer = orjson.loads(answered.body)
        errors = answer.get("errors", ())
        if not is_settled(answer) or (errors and not warm.checked.table.is_in(answer["data"])):
            self._failed(warm, dumped({"errors": errors}))
            return
        now_s, every_s, kept = self.responses.clock(), warm.checked.view.every_s, answered.kept
        ends_s = (kept.made_at_s, kept.fresh_until_s, kept.ends_at_s) if kept is not None else (now_s,) * 3
        age, read_at = age_of(answer), self._shown(now_s - ends_s[0])
        as_of = age.isoformat(timespec="milliseconds") if age is not None else None
        warm.good, warm.trouble = LastGood(answer["data"], errors, as_of, read_at, *ends_s), None
        in_s = kept.fresh_until_s - now_s if kept is not None else RETRY_S
        warm.due_at_s = now_s + min(every_s, in_s)

    def _shown(self, ago_s: float) -> str:
        """A moment of the past on the city's clock."""
        records = self.operations.services.records
        moment = records.reader.clock() - timedelta(seconds=ago_s)
        return moment.astimezone(records.catalog.city.time_zone).isoformat(timespec="milliseconds")

    def _failed(self, warm: Warm, body: bytes) -> None:
        warm.trouble = body
        warm.due_at_s = self.responses.clock() + min(warm.checked.view.every_s, RETRY_S)
