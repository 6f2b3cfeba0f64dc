"""Finds the credential in the headers of a request, and the viewer that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from models.errors import Unauthenticated
from models.keys import KEY_START
from models.policy.viewer import ANONYMOUS, Viewer

KEY_HEADER: Final = "x-api-key"
"""The header of an API key. Pages of any origin may send it, and `Authorization` only those of trusted origins."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A viewer, and when the credential expires, which also ends subscriptions. None: it does not expire."""

    viewer: Viewer
    expires_at: datetime | None = None


NOBODY: Final = Authenticated(ANONYMOUS)
"""The viewer without a credential."""


class ViewerReader(Protocol):
    """Reads a credential, as text. Raises Unauthenticated without a reason, or SignInUnavailable."""

    async def read(self, token: str) -> Authenticated: ...


def credential_in(headers: Mapping[str, str]) -> str | None:
    """The credential of a request, or None.

    Raises Unauthenticated for another scheme than Bearer (RFC 6750), for two credentials, and for a credential in the
    header of the other kind, since CORS treats the two headers differently.
    """
    authorization, key = headers.get("authorization"), headers.get(KEY_HEADER)
    if authorization is None:
        if key is None:
            return None
        if key.strip().startswith(KEY_START):
            return key.strip()
        if _has_form_of_token(key):
            raise Unauthenticated("token_in_key_header")
        raise Unauthenticated("token_invalid")
    scheme, _, token = authorization.partition(" ")
    if key is not None or scheme.lower() != "bearer":
        raise Unauthenticated("token_invalid")
    if token.strip().startswith(KEY_START):
        raise Unauthenticated("key_in_token_header")
    return token.strip()


def _has_form_of_token(text: str) -> bool:
    return text.count(".") == 2 or text.lstrip().lower().startswith("bearer ")


async def viewer_of(reader: ViewerReader, headers: Mapping[str, str]) -> Authenticated:
    """The viewer of a request with these headers. Raises Unauthenticated or SignInUnavailable."""
    credential = credential_in(headers)
    return NOBODY if credential is None else await reader.read(credential)
