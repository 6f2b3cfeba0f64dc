"""Keeps sessions in sealed cookies; the hub itself stores nothing of them."""

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

from models.policy.viewer import Role, Viewer
from models.values.types import PersonId
from store.seals import Seals

COOKIE: Final = "simpul_session"
SESSION_S_MAX: Final = 30 * 60
"""How long a session lasts. It is not prolonged, so revocation by the issuer takes effect after it."""
_FORM: Final = "form"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in viewer. Each sign-in has a new `id`."""

    id: str
    viewer: Viewer
    ends_s: int


class Cookies:
    """Writes and reads sealed values in cookies that scripts cannot see."""

    def __init__(self, secret: bytes, public_url: str | None, clock: Callable[[], float] = time.time) -> None:
        self._seals = Seals(secret, b"simpul pages 1")
        self._is_https = (public_url or "").startswith("https:")
        self.clock = clock

    def put(self, response: Response, http: HttpRequest, name: str, value: dict[str, Any], s_max: int) -> None:
        """Set a cookie that is valid for `s_max` seconds."""
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
        """The value of a cookie; None if it is missing, expired or tampered with."""
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
    """Begins and ends sessions, and finds the session of a request."""

    def __init__(self, secret: bytes, public_url: str | None = None, clock: Callable[[], float] = time.time) -> None:
        self.cookies = Cookies(secret, public_url, clock)
        self._seals = Seals(secret, b"simpul forms 1")

    def of(self, http: HttpRequest) -> Session | None:
        """The session of a request; None without one."""
        kept = self.cookies.get(http, COOKIE)
        if kept is None:
            return None
        nik = kept["nik"]
        viewer = Viewer(
            Role(kept["role"]), kept["subject"], kept["department"], PersonId(nik) if nik is not None else None
        )
        return Session(kept["id"], viewer, kept["ends"])

    def begin(self, response: Response, http: HttpRequest, viewer: Viewer) -> None:
        """Begin a session with a new id, against session fixation."""
        value = {
            "id": secrets.token_urlsafe(16),
            "role": viewer.role.value,
            "subject": viewer.subject,
            "department": viewer.department_code,
            "nik": viewer.nik,
        }
        self.cookies.put(response, http, COOKIE, value, SESSION_S_MAX)

    def end(self, response: Response) -> None:
        """Clear the session cookie."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def form_token(self, session: Session) -> str:
        """The CSRF token of the session's forms."""
        return self._seals.sealed(_FORM, session.id)

    def is_form_token(self, session: Session, given: str) -> bool:
        """Whether this is the session's CSRF token."""
        try:
            return hmac.compare_digest(self._seals.opened(_FORM, given), session.id)
        except (InvalidTag, ValueError):
            return False
