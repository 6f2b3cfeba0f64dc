"""`/explorer`: a schema-aware editor with saved queries; `/explorer/plain`: the same without scripts."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.developers.saved_queries import chosen_of, saved_with
from api.pages.frame import POLICY, Frame, gettext_noop, language_on
from api.pages.queries import PageQueries
from models.batch import SourceState
from models.policy.purposes import GROUNDS
from models.values.localized import Language

EXPLORER_POLICY = (
    *(part for part in POLICY if not part.startswith(("style-src", "script-src"))),
    "script-src 'self'",
    # The editor writes inline styles.
    "style-src 'self' 'unsafe-inline'",
    # It validates in workers, which are files of the hub.
    "worker-src 'self'",
)
"""The policy of the other pages, except for styles and workers. Inline scripts stay forbidden."""

_N = gettext_noop

EDITOR_WORDS: tuple[tuple[str, str], ...] = (
    ("Show Documentation Explorer", _N("the types and fields of the graph")),
    ("Show History", _N("what was asked in this tab before")),
    ("Re-fetch GraphQL schema", _N("read the types and fields again")),
    ("Open short keys dialog", _N("what the keyboard can do")),
    ("Open settings dialog", _N("colours, and forgetting what was typed")),
    ("New tab", _N("an empty question beside this one")),
    ("Execute query", _N("run the question, as the button above does")),
    ("Prettify query", _N("set the question out line by line")),
    ("Merge fragments", _N("write named parts where they are used")),
    ("Copy query", _N("copy the question")),
    ("Show editor tools", _N("show the values below, or hide them")),
    ("Variables", _N("values that the question names with a $")),
)
"""The labels of GraphiQL, which are English only, explained for pages in another language."""


@dataclass(frozen=True, slots=True)
class ExplorerPage:
    """The page of the editor, with all texts that its script shows."""

    frame: Frame
    asking: PageQueries

    async def __call__(self, http: HttpRequest) -> Response:
        language, saved = language_on(http), saved_with(self.asking.catalog, self.asking.now)
        return self.frame.page(
            http,
            "explorer.html",
            policy=EXPLORER_POLICY,
            islands=("explorer",),
            saved=saved,
            chosen=chosen_of(saved, http.query_params.get("saved")),
            purposes=[(purpose.value, ground.about.in_language(language)) for purpose, ground in GROUNDS.items()],
            editor_words=EDITOR_WORDS if language is not Language.EN else (),
            states=[state.value for state in SourceState],
        )


@dataclass(frozen=True, slots=True)
class PlainExplorerPage:
    """`/explorer/plain`: a form for a query and its anonymous answer, without scripts. `saved` preselects a query."""

    frame: Frame
    asking: PageQueries

    async def __call__(self, http: HttpRequest) -> Response:
        query = http.query_params.get("query")
        saved = saved_with(self.asking.catalog, self.asking.now)
        chosen = chosen_of(saved, http.query_params.get("saved"))
        body = await self.asking.ask(http, query, language_on(http)) if query else None
        shown = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if body is not None else None
        return self.frame.page(http, "query.html", query=query or chosen.text, answer=shown, saved=saved)
