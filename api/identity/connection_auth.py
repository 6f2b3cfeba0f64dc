"""Authenticates requests, and long-lived connections again and again.

A subscription could outlive its credential. It is therefore read anew every few seconds, in the same way as that of a
request, which notices expiry, revocation and a change of role.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from api.graphql.incoming import HttpRefusal, purpose_of
from api.identity.viewers import KEY_HEADER, NOBODY, Authenticated, ViewerReader, viewer_of
from api.overload.admission import RETRY_AFTER_S
from models.errors import Forbidden, SignInUnavailable, Unauthenticated
from models.policy.purposes import may_state
from models.policy.viewer import Purpose, Scope, Viewer

READ_EVERY_S = 10.0
"""How long a connection may outlive the revocation of its credential. Expiry ends it at once."""

CREDENTIAL_HEADERS = ("authorization", KEY_HEADER)


async def signed_in(viewers: ViewerReader, headers: Mapping[str, str], scope: Scope = Scope.READ) -> Authenticated:
    """The sender of these headers, if their credential has the scope.

    Raises HttpRefusal: 401, 403, or 503 where sign-in is unavailable.
    """
    try:
        authenticated = await viewer_of(viewers, headers)
    except Unauthenticated as error:
        raise HttpRefusal(401, error, {"www-authenticate": "Bearer"}) from None
    except SignInUnavailable as error:
        raise HttpRefusal(503, error, {"retry-after": str(RETRY_AFTER_S)}) from None
    if not authenticated.viewer.may(scope):
        raise HttpRefusal(403, Forbidden("scope_missing", scope=scope.value))
    return authenticated


def stated_purpose(headers: Mapping[str, str], viewer: Viewer) -> Purpose | None:
    """The purpose that these headers state. Raises HttpRefusal: 400, or 403 where the viewer may not state it."""
    purpose = purpose_of(headers.get("hub-purpose"))
    if purpose is not None and not may_state(viewer.role, purpose):
        raise HttpRefusal(403, Forbidden("purpose_role", purpose=purpose.value))
    return purpose


class ConnectionAuth:
    """The viewer of one connection; anonymous until `begin`."""

    def __init__(
        self,
        viewers: ViewerReader,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._viewers = viewers
        self._now = now
        self._sleep = sleep
        self._credential: dict[str, str] = {}
        self._authenticated = NOBODY

    @property
    def viewer(self) -> Viewer:
        return self._authenticated.viewer

    async def begin(self, headers: Mapping[str, str]) -> None:
        """Read the credential, and keep it for reading again. Raises HttpRefusal as `signed_in` does."""
        self._authenticated = await signed_in(self._viewers, headers)
        self._credential = {name: headers[name] for name in CREDENTIAL_HEADERS if name in headers}

    async def lost(self) -> None:
        """Wait until the credential no longer gives this viewer; for ever where there is no credential."""
        while True:
            await self._sleep(self._next_s())
            if not self._credential:
                continue
            try:
                authenticated = await signed_in(self._viewers, self._credential)
            except HttpRefusal as refusal:
                if refusal.status == 503:
                    continue  # The credential may still be valid.
                return
            if authenticated.viewer != self.viewer or self._next_s() <= 0:
                return

    def _next_s(self) -> float:
        ends_at = self._authenticated.expires_at
        if ends_at is None:
            return READ_EVERY_S
        return min(READ_EVERY_S, max(0.0, (ends_at - self._now()).total_seconds()))
