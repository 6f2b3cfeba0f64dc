"""`/explorer`: an editor that knows the schema, saved queries, and what every answer cost and came from."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import POLICY, Frame, language_on
from api.pages.saved_queries import BY_NAME, FIRST, SAVED
from models.batch import SourceState
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
            states=[state.value for state in SourceState],
        )
