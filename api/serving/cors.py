"""CORS: any origin may read public data, also with an API key; only trusted origins may send tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFLIGHT_S = 7200
_PLAIN_HEADERS = "Content-Type, Accept, Accept-Language, Hub-Explain, Hub-Purpose, X-Api-Key, X-Request-Id"
_EXPOSED = "X-Request-Id, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"


@dataclass(frozen=True, slots=True)
class Cors:
    """The trusted origins, which may send tokens, exactly as browsers name them."""

    origins: tuple[str, ...]

    def headers(self, request: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The headers of an answer. A request with a token is readable only from a trusted origin."""
        origin = request.get("origin")
        if origin is None:
            return ()
        if origin in self.origins:
            return (("access-control-allow-origin", origin), ("access-control-expose-headers", _EXPOSED))
        if "authorization" in request:
            return ()
        return (("access-control-allow-origin", "*"), ("access-control-expose-headers", _EXPOSED))

    def preflight(self, request: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The headers of the answer to OPTIONS. `Authorization` is allowed to trusted origins only."""
        origin = request.get("origin")
        if origin is None:
            return (("allow", "GET, HEAD, POST, OPTIONS"),)
        trusted = origin in self.origins
        return (
            ("access-control-allow-origin", origin if trusted else "*"),
            ("access-control-allow-methods", "GET, HEAD, POST"),
            ("access-control-allow-headers", _PLAIN_HEADERS + (", Authorization" if trusted else "")),
            ("access-control-max-age", str(PREFLIGHT_S)),
        )
