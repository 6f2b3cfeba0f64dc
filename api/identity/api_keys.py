"""Reads an API key into a developer with the scopes of the key.

Every key is looked up in the database at every request, so a revoked key is refused at once by all processes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from api.identity.viewers import Authenticated
from models.errors import SignInUnavailable, Unauthenticated
from models.keys import KEY_START
from models.policy.viewer import Role, Scope, Viewer
from store.clients import Client, ClientsUnavailable, find_client_by_key_hash, hash_of_key, note_uses
from store.database.engine import HubDatabase

LOOKUPS_MAX: Final = 2
"""Concurrent lookups: a flood of invented keys leaves the other connections to the ledger."""
LOOKUP_S_MAX: Final = 2.0
USES_NOTED_EVERY_S: Final = 60.0

_KEY: Final = re.compile(rf"{KEY_START}[A-Za-z0-9_-]{{43}}")


class ApiKeys:
    """Reads API keys from the hub's own database. Belongs to one event loop."""

    def __init__(self, database: HubDatabase, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock
        self._turns = asyncio.Semaphore(LOOKUPS_MAX)
        self._uses: dict[int, datetime] = {}

    async def read(self, token: str) -> Authenticated:
        """The owner of a key. Raises Unauthenticated, and SignInUnavailable where the database does not answer."""
        if _KEY.fullmatch(token) is None:
            raise Unauthenticated("token_invalid")
        client = await self._found(hash_of_key(token))
        if client is None:
            raise Unauthenticated("token_invalid")
        self._uses[client.id] = self._clock()
        return Authenticated(viewer_of_client(client), client.expires_at)

    async def _found(self, key_sha256: str) -> Client | None:
        try:
            async with asyncio.timeout(LOOKUP_S_MAX), self._turns:
                return await find_client_by_key_hash(self._database, key_sha256, clock=self._clock)
        except (ClientsUnavailable, TimeoutError) as error:
            raise SignInUnavailable("sign_in_unavailable") from error

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Record every minute, and at the end of the context, which clients have used their keys."""
        noting = asyncio.create_task(self._note_for_ever())
        try:
            yield
        finally:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            await self.note()

    async def _note_for_ever(self) -> None:
        while True:
            await asyncio.sleep(USES_NOTED_EVERY_S)
            await self.note()

    async def note(self) -> None:
        """Record which clients have used their keys since the last time. If that fails, it is tried again later."""
        uses, self._uses = self._uses, {}
        try:
            await note_uses(self._database, uses)
        except ClientsUnavailable:
            self._uses = uses | self._uses


def viewer_of_client(client: Client) -> Viewer:
    """A developer with the known scopes of a client; unknown ones are ignored."""
    known = {scope.value for scope in Scope}
    scopes = frozenset(Scope(scope) for scope in client.scopes if scope in known)
    return Viewer(Role.DEVELOPER, subject=f"client-{client.id}", scopes=scopes)
