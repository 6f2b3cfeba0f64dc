"""The authorization code flow with PKCE at an issuer (RFC 9700).

Its state is sealed in a cookie of the browser, so nobody can finish a flow that another browser began.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # it has none
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.identity.viewers import Authenticated, ViewerReader
from api.pages.sign_in.sessions import Cookies
from connectors.http.issuer_documents import IssuerDocuments
from connectors.protocol import SourceFailure
from models.errors import SignInUnavailable, Unauthenticated

COOKIE: Final = "simpul_sign_in"
FLOW_S_MAX: Final = 10 * 60
DONE: Final = "/sign-in/done"
CODE_CHARS_MAX: Final = 2_000


class SignInFailed(Exception):
    """Sign-in failed. `is_away` says that the issuer did not answer."""

    def __init__(self, *, is_away: bool) -> None:
        super().__init__("sign-in failed")
        self.is_away = is_away


@dataclass(frozen=True, slots=True)
class CodeFlow:
    """Signs people in at issuers. `public_url` is the hub's URL for browsers; None: that of the request."""

    issuers: tuple[IssuerDocuments, ...]
    viewers: ViewerReader
    cookies: Cookies
    public_url: str | None

    async def begin(self, http: HttpRequest, number: int, back_to: str) -> Response:
        """Send a browser to the issuer of this number. Raises SignInFailed."""
        documents = self.issuers[number]
        try:
            places = await documents.sign_in()
        except SourceFailure as error:
            raise SignInFailed(is_away=True) from error
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        parameters = {
            "response_type": "code",
            "client_id": documents.issuer.client or "",
            "redirect_uri": self._done(http),
            "scope": "openid",
            "state": state,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
            **self._resource(documents),
        }
        joint = "&" if urlsplit(places.authorization).query else "?"
        response = RedirectResponse(f"{places.authorization}{joint}{urlencode(parameters)}", 303)
        kept = {"issuer": number, "state": state, "verifier": verifier, "next": back_to}
        self.cookies.put(response, http, COOKIE, kept, FLOW_S_MAX)
        return response

    async def finish(self, http: HttpRequest) -> tuple[Authenticated, str]:
        """The viewer who came back from an issuer, and the path that they wanted. Raises SignInFailed."""
        kept, given = self.cookies.get(http, COOKIE), http.query_params
        code = given.get("code", "")
        if kept is None or not 0 < len(code) <= CODE_CHARS_MAX:
            raise SignInFailed(is_away=False)
        documents = self.issuers[kept["issuer"]]
        is_theirs = given.get("iss") in (None, documents.issuer.url)  # RFC 9207
        if not is_theirs or not hmac.compare_digest(kept["state"].encode(), given.get("state", "").encode()):
            raise SignInFailed(is_away=False)
        token = await self._token(http, documents, code, kept)
        # The token is verified like any other. It came from the issuer directly, over TLS.
        try:
            return await self.viewers.read(token), kept["next"]
        except Unauthenticated as error:
            raise SignInFailed(is_away=False) from error
        except SignInUnavailable as error:
            raise SignInFailed(is_away=True) from error

    async def _token(self, http: HttpRequest, documents: IssuerDocuments, code: str, kept: dict[str, Any]) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._done(http),
            "client_id": documents.issuer.client or "",
            "code_verifier": kept["verifier"],
            **self._resource(documents),
        }
        try:
            return await documents.access_token((await documents.sign_in()).token, form)
        except SourceFailure as error:
            raise SignInFailed(is_away=True) from error

    def _done(self, http: HttpRequest) -> str:
        return (self.public_url or str(http.base_url)).rstrip("/") + DONE

    @staticmethod
    def _resource(documents: IssuerDocuments) -> dict[str, str]:
        resource = documents.issuer.resource
        return {"resource": resource} if resource is not None else {}


def local_path(given: str | None) -> str:
    """The path to go to after sign-in: always one of this hub, whatever the URL says."""
    is_path = given is not None and given.startswith("/") and not given.startswith(("//", "/\\"))
    return given if given is not None and is_path and given.isprintable() and given.isascii() else "/sign-in"
