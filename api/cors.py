"""CORS: any origin may read what everybody may read, also with an API key; only those of the settings send tokens."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers

PREFLIGHT_S = 7200
_PLAIN_HEADERS = "Content-Type, Accept, Accept-Language, Hub-Explain, Hub-Purpose, X-Api-Key, X-Request-Id"
_EXPOSED = "X-Request-Id, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins that may send a token, exactly as browsers name them."""

    origins: tuple[str, ...]

    def headers(self, request: Headers) -> tuple[tuple[str, str], ...]:
        """The headers of an answer. A request with a token is readable only from a trusted origin."""
        origin = request.get("origin")
        if origin is None:
            return ()
        if origin in self.origins:
            return (("access-control-allow-origin", origin), ("access-control-expose-headers", _EXPOSED))
        if "authorization" in request:
            return ()
        return (("access-control-allow-origin", "*"), ("access-control-expose-headers", _EXPOSED))

    def preflight(self, request: Headers) -> tuple[tuple[str, str], ...]:
        """The headers of the answer to OPTIONS. `Authorization` is allowed to trusted origins only."""
        origin = request.get("origin")
        if origin is None:
            return (("allow", "GET, POST, OPTIONS"),)
        trusted = origin in self.origins
        return (
            ("access-control-allow-origin", origin if trusted else "*"),
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-headers", _PLAIN_HEADERS + (", Authorization" if trusted else "")),
            ("access-control-max-age", str(PREFLIGHT_S)),
        )
