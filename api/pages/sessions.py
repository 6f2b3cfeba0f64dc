"""Sessions: who has signed in on the pages, sealed in a cookie of their browser; the hub itself keeps nothing of it."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from models.values import Nik
from models.viewer import Role, Viewer
from store.seals import Seals

COOKIE: Final = "simpul_session"
SESSION_S_MAX: Final = 30 * 60
"""How long somebody stays signed in. It is not prolonged: what an issuer has taken back is gone after it."""
_FORM: Final = "form"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in. `id` is a new one at each sign-in."""

    id: str
    viewer: Viewer
    ends_s: int


class Cookies:
    """Values that only this hub can read and write, in cookies that no script sees."""

    def __init__(self, secret: bytes, public_url: str | None, clock: Callable[[], float] = time.time) -> None:
        self._seals = Seals(secret, b"simpul pages 1")
        self._is_https = (public_url or "").startswith("https:")
        self.clock = clock

    def put(self, response: Response, http: HttpRequest, name: str, value: dict[str, Any], s_max: int) -> None:
        """Send a value along with a response, good for so many seconds."""
        text = orjson.dumps({**value, "ends": int(self.clock()) + s_max}).decode()
        sealed = base64.b64decode(self._seals.sealed(name, text))
        response.set_cookie(
            name,
            base64.urlsafe_b64encode(sealed).decode().rstrip("="),
            s_max,
            secure=self._is_https or http.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )

    def get(self, http: HttpRequest, name: str) -> dict[str, Any] | None:
        """The value that a request brings back, unless its time is over or somebody has changed it."""
        given = http.cookies.get(name)
        if given is None:
            return None
        try:
            sealed = base64.b64encode(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))).decode()
            value: dict[str, Any] = orjson.loads(self._seals.opened(name, sealed))
        except (InvalidTag, ValueError):
            return None
        return value if value["ends"] > self.clock() else None


class Sessions:
    """Begins and ends sessions, and tells whose a request is."""

    def __init__(self, secret: bytes, public_url: str | None = None, clock: Callable[[], float] = time.time) -> None:
        self.cookies = Cookies(secret, public_url, clock)
        self._seals = Seals(secret, b"simpul forms 1")

    def of(self, http: HttpRequest) -> Session | None:
        """Whose request it is; None where nobody has signed in, or not lately."""
        kept = self.cookies.get(http, COOKIE)
        if kept is None:
            return None
        nik = kept["nik"]
        viewer = Viewer(Role(kept["role"]), kept["subject"], kept["department"], Nik(nik) if nik is not None else None)
        return Session(kept["id"], viewer, kept["ends"])

    def begin(self, response: Response, http: HttpRequest, viewer: Viewer) -> None:
        """Sign somebody in, under a new id whatever the browser brought along."""
        value = {
            "id": secrets.token_urlsafe(16),
            "role": viewer.role.value,
            "subject": viewer.subject,
            "department": viewer.department_code,
            "nik": viewer.nik,
        }
        self.cookies.put(response, http, COOKIE, value, SESSION_S_MAX)

    def end(self, response: Response) -> None:
        """Let the browser forget who it was."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def form_token(self, session: Session) -> str:
        """What stands in the forms of a session, and in nobody else's."""
        return self._seals.sealed(_FORM, session.id)

    def is_form_token(self, session: Session, given: str) -> bool:
        """Whether a form is one of this session's."""
        try:
            return hmac.compare_digest(self._seals.opened(_FORM, given), session.id)
        except (InvalidTag, ValueError):
            return False
