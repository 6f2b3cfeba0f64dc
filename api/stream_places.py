"""Stream places: how many connections may stay open for events, of each client and of all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.types import Scope

from api.incoming import HttpRefusal
from models.errors import RateLimited

PLACES_MAX = 500
"""Of all connections of a process (CONNECTIONS_MAX) half: ordinary requests find room whatever listens."""
PLACES_OF_CLIENT_MAX = 50
"""As many as nginx lets one address open (deploy/nginx.conf); an office has many people behind one address."""
RETRY_AFTER_S = 5


@dataclass(slots=True)
class StreamPlaces:
    """The connections that are open for events. Belongs to one process. Clients are told apart by `address_of`."""

    address_of: Callable[[Scope], str]
    places_max: int = PLACES_MAX
    of_client_max: int = PLACES_OF_CLIENT_MAX
    refused: int = 0
    _taken: Counter[str] = field(default_factory=Counter, init=False)

    @property
    def taken(self) -> int:
        return self._taken.total()

    @contextmanager
    def place(self, scope: Scope) -> Iterator[None]:
        """A place for a connection. Raises HttpRefusal: 429 where its client has enough, 503 where all together do."""
        client = self.address_of(scope)
        if self._taken[client] >= self.of_client_max:
            self.refused += 1
            raise HttpRefusal(429, RateLimited("connections_many"), {"retry-after": str(RETRY_AFTER_S)})
        if self.taken >= self.places_max:
            self.refused += 1
            raise HttpRefusal(503, RateLimited("connections_many"), {"retry-after": str(RETRY_AFTER_S)})
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
