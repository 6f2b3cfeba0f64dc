"""Limits the long-lived connections, per client and in total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.graphql.incoming import HttpRefusal
from api.serving.frozen_head import Head
from models.errors import RateLimited

STREAMS_MAX = 500
"""Half of all connections of a process (`ConnectionLimits`), so that ordinary requests always find one."""
STREAMS_OF_CLIENT_MAX = 50
"""As many as nginx allows per address (deploy/nginx.conf). An office has many people behind one address."""
RETRY_AFTER_S = 5


@dataclass(slots=True)
class StreamLimits:
    """The long-lived connections of one process. `address_of` identifies the client."""

    address_of: Callable[[Head], str]
    slots_max: int = STREAMS_MAX
    of_client_max: int = STREAMS_OF_CLIENT_MAX
    refused: int = 0
    _taken: Counter[str] = field(default_factory=Counter, init=False)

    @property
    def taken(self) -> int:
        return self._taken.total()

    @contextmanager
    def slot(self, head: Head) -> Iterator[None]:
        """Hold a slot for a connection. Raises HttpRefusal: 429 over the client's limit, 503 over the total."""
        client = self.address_of(head)
        if self._taken[client] >= self.of_client_max:
            self.refused += 1
            raise HttpRefusal(429, RateLimited("connections_many"), {"retry-after": str(RETRY_AFTER_S)})
        if self.taken >= self.slots_max:
            self.refused += 1
            raise HttpRefusal(503, RateLimited("connections_many"), {"retry-after": str(RETRY_AFTER_S)})
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
