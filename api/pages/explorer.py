"""`/explorer`: an editor that knows the schema, saved queries, and what every answer cost and came from."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import POLICY, Frame, gettext_noop, language_on
from api.pages.saved_queries import BY_NAME, FIRST, SAVED
from models.batch import SourceState
from models.localized import Language
from models.purposes import GROUNDS

EXPLORER_POLICY = (
    *(part for part in POLICY if not part.startswith(("style-src", "script-src"))),
    "script-src 'self'",
    # The editor writes its colours and the places of its lines into the page by itself.
    "style-src 'self' 'unsafe-inline'",
    # It checks what is typed in workers, which are files of the hub.
    "worker-src 'self'",
)
"""The policy of the other pages but for styles and workers. No script may be written into this page either."""

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
"""What GraphiQL says, in English alone, and what it means, for pages in another language."""


@dataclass(frozen=True, slots=True)
class ExplorerPage:
    """The editor's place, and all words that its island shows."""

    frame: Frame

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        return self.frame.page(
            http,
            "explorer.html",
            policy=EXPLORER_POLICY,
            islands=("explorer",),
            saved=SAVED,
            chosen=BY_NAME.get(http.query_params.get("saved"), FIRST),
            purposes=[(purpose.value, ground.about.in_language(language)) for purpose, ground in GROUNDS.items()],
            editor_words=EDITOR_WORDS if language is not Language.EN else (),
            states=[state.value for state in SourceState],
        )
