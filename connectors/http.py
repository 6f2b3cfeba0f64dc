"""HTTP: how the hub may use the network to reach a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2


@dataclass(frozen=True, slots=True)
class HttpAccess:
    """`private_hosts` may be reached although their addresses are private. `transports` serve hosts in this process."""

    private_hosts: frozenset[str] = frozenset()
    transports: Mapping[str, httpx2.AsyncBaseTransport] = field(default_factory=dict)
