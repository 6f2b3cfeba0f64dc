"""Warm views: every view is worked for again before its answer is too old, whether anybody looks or not.

So a view costs the departments one question for each refresh, however many screens show it. Each process keeps its
own; with a shared cache of reads (HUB_CACHE_URL) they ask the departments once for all of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

import orjson

from api.admission import Admission
from api.incoming import HttpRefusal
from api.operations import Operations, Ready, Refused
from api.outgoing import dumped, error_body
from api.response_kept import Kept, Shape
from api.responses import Answered, Responses
from api.views.checking import Checked, checked
from models.erasure import Searched
from models.request import Request
from models.viewer import ANONYMOUS
from store.database import HubDatabase
from store.documents import State, documents_in
from store.documents import state_of as state_of_documents
from store.patience import DATABASE_AWAY
from store.views import View, ViewRefused, ViewsState, state_of, views_in

TICK_S: Final = 0.5
FOLLOWED_EVERY_S: Final = 5.0
"""How long a view that was registered or removed may be unknown, or known, to a process that runs."""
RETRY_S: Final = 10.0
"""After how many seconds a view is worked for again that could not be, or whose sources answered with what they had."""
REFRESHES_AT_ONCE: Final = 4


class Form(Enum):
    """What a view is shown as: the ending of its address, and its media type."""

    JSON = "json", "application/json"
    CSV = "csv", "text/csv"

    @property
    def media_type(self) -> str:
        return self.value[1]


class Freshness(Enum):
    FRESH = "FRESH"
    STALE = "STALE"


@dataclass(slots=True)
class Good:
    """The last good answer: its data, how old that is, and until when it is within the contracts of its sources.

    Times are in seconds of the clock of the responses.
    """

    data: Mapping[str, Any]
    as_of: str | None
    made_at_s: float
    fresh_until_s: float
    ends_at_s: float
    shown: dict[tuple[Form, Freshness], Kept] = field(default_factory=dict)

    def freshness(self, now_s: float) -> Freshness:
        return Freshness.FRESH if now_s < self.ends_at_s else Freshness.STALE


@dataclass(slots=True)
class Warm:
    """One view as a process has it. `trouble` is what its last refresh said instead of an answer."""

    checked: Checked
    good: Good | None = None
    trouble: bytes | None = None
    due_at_s: float = 0.0

    def shown(self, form: Form, now_s: float) -> Kept | None:
        """The last good answer as it is given now; None where there never was one."""
        good = self.good
        if good is None:
            return None
        freshness = good.freshness(now_s)
        kept = good.shown.get((form, freshness))
        if kept is None:
            kept = good.shown[form, freshness] = self._made(good, form, freshness)
        return kept

    def _made(self, good: Good, form: Form, freshness: Freshness) -> Kept:
        is_fresh = freshness is Freshness.FRESH
        body = self._json(good, freshness) if form is Form.JSON else self.checked.table.csv_of(good.data)
        shape = Shape.of(body, packed=False)
        # What is stale may be fresh again at any moment: nobody on the way keeps it.
        fresh_until_s, ends_at_s = (good.fresh_until_s, good.ends_at_s) if is_fresh else (good.made_at_s,) * 2
        return Kept(shape, good.made_at_s, fresh_until_s, ends_at_s, due_at_s=ends_at_s)

    def _json(self, good: Good, freshness: Freshness) -> bytes:
        view = {"name": self.checked.view.name, "state": freshness.value, "asOf": good.as_of}
        return dumped({"data": good.data, "extensions": {"view": view}})


@dataclass(slots=True)
class WarmViews:
    """The views of one process, bounded where they are registered."""

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
        """Take over what is registered, if that has changed. Raises what says that the database is away."""
        state = (await state_of(database), await state_of_documents(database))
        if state == self._state:
            return
        self.take_over(await views_in(database), await documents_in(database))
        self._state = state

    def take_over(self, registered: Sequence[View], texts: Mapping[str, str]) -> None:
        """Keep these views warm, and no others. What is a view no longer, since the city has changed, is left out."""
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
        """Keep all views warm, until cancelled. While the hub's database is away, they are those that were known."""
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
        """Work for every view whose time has come, a few at once."""
        places = asyncio.Semaphore(REFRESHES_AT_ONCE)

        async def refresh(warm: Warm) -> None:
            async with places:
                await self.refresh(warm)

        now_s = self.responses.clock()
        await asyncio.gather(*(refresh(warm) for warm in self.all() if now_s >= warm.due_at_s))

    async def warmed(self, warm: Warm) -> Warm:
        """A view that somebody looks at: worked for at once if that was never done, together for all who look."""
        if warm.good is None and self.responses.clock() >= warm.due_at_s:
            await self.refresh(warm)
        return warm

    async def refresh(self, warm: Warm) -> None:
        """Work for a view anew. What does not answer leaves the last good answer as it is."""
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
        """Keep no last good answer any more whose bytes this is true of; it is then worked for at once."""
        good = [warm for warm in self._views.values() if warm.good is not None]
        unwanted = [warm for warm in good if warm.good is not None and is_unwanted(dumped(warm.good.data))]
        for warm in unwanted:
            warm.good, warm.due_at_s = None, 0.0
        return Searched(len(good), len(unwanted), len(unwanted))

    async def _run(self, ready: Ready, request: Request) -> dict[str, Any]:
        async with self.admission.turn(request.deadline, urgent=ready.is_urgent):
            return await self.operations.run(ready, request)

    def _answered(self, warm: Warm, answered: Answered) -> None:
        answer = orjson.loads(answered.body)
        if "errors" in answer:
            self._failed(warm, dumped({"errors": answer["errors"]}))
            return
        now_s, every_s, kept = self.responses.clock(), warm.checked.view.every_s, answered.kept
        ends_s = (kept.made_at_s, kept.fresh_until_s, kept.ends_at_s) if kept is not None else (now_s,) * 3
        warm.good, warm.trouble = Good(answer["data"], _as_of(answer), *ends_s), None
        in_s = kept.fresh_until_s - now_s if kept is not None else RETRY_S
        warm.due_at_s = now_s + min(every_s, in_s)

    def _failed(self, warm: Warm, body: bytes) -> None:
        warm.trouble = body
        warm.due_at_s = self.responses.clock() + min(warm.checked.view.every_s, RETRY_S)


def _as_of(answer: Mapping[str, Any]) -> str | None:
    """How old the oldest data is of all sources that were asked. The texts are of one zone."""
    sources = answer.get("extensions", {}).get("sources", ())
    moments = [datetime.fromisoformat(source["asOf"]) for source in sources if source["asOf"] is not None]
    return min(moments).isoformat(timespec="milliseconds") if moments else None
