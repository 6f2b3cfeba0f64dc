"""Viewers: a credential out of the headers of a request -> who is asking, and until when that holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from models.errors import Unauthenticated
from models.viewer import ANONYMOUS, Viewer

KEY_HEADER: Final = "x-api-key"
"""Where an API key may stand. It may be sent from a page of any origin; `Authorization` from trusted ones only."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A viewer, and the end of the credential: whatever lasts longer, such as a subscription, must end there.

    None means that the credential has no end of its own.
    """

    viewer: Viewer
    expires_at: datetime | None = None


NOBODY: Final = Authenticated(ANONYMOUS)
"""Who asks without any credential."""


class ViewerReader(Protocol):
    """Turns a credential, as text, into a viewer.

    Raises Unauthenticated, which says no more than that, and SignInUnavailable where nothing can be said now.
    """

    async def read(self, token: str) -> Authenticated: ...


def credential_in(headers: Mapping[str, str]) -> str | None:
    """The credential that a request brings; None where it brings none.

    Raises Unauthenticated for another scheme than Bearer (RFC 6750), and for two credentials at once.
    """
    authorization, key = headers.get("authorization"), headers.get(KEY_HEADER)
    if authorization is None:
        return key.strip() if key is not None else None
    scheme, _, token = authorization.partition(" ")
    if key is not None or scheme.lower() != "bearer":
        raise Unauthenticated("token_invalid")
    return token.strip()


async def viewer_of(reader: ViewerReader, headers: Mapping[str, str]) -> Authenticated:
    """Who sends a request with these headers. Raises Unauthenticated or SignInUnavailable."""
    credential = credential_in(headers)
    return NOBODY if credential is None else await reader.read(credential)
