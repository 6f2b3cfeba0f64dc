"""The portal: what the pages for developers, residents and operators share of the hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.charging import Charging
from api.pages.asking import Asking
from api.pages.catalogue import DataCatalogue
from api.pages.forms import FormRefused
from api.pages.frame import Frame
from api.viewers import ViewerReader
from store.database import HubDatabase


def now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Portal:
    """`is_sandbox` says that the city behind the hub is a sample: whoever asks for a key gets one at once."""

    frame: Frame
    asking: Asking
    charging: Charging
    viewers: ViewerReader
    database: HubDatabase
    catalogue: DataCatalogue
    is_sandbox: bool
    clock: Callable[[], datetime] = now_utc

    def refused(self, http: HttpRequest, refusal: FormRefused) -> Response:
        """The page that answers a form which no page of the hub has sent."""
        return self.frame.page(http, "form_refused.html", status=refusal.status)
