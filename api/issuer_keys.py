"""The keys of an issuer as they were last heard: fetched in the background, and when a token names a key not known yet.

Whatever goes wrong with fetching, the last good keys stay. A key that the issuer has taken out of its set is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from connectors.protocol import SourceFailure
from models.errors import SignInUnavailable

KEYS_MAX: Final = 64
KEY_ID_CHARS_MAX: Final = 256
RSA_BITS_MIN: Final = 2048
REFRESH_S: Final = 600.0
REFETCH_S_MIN: Final = 60.0
"""Between two fetches, whoever wants them: tokens with invented keys bring the issuer no more than this."""
FIRST_FETCH_S_MIN: Final = 5.0
"""The same, as long as no key was ever heard."""

RSA_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVE_ALGORITHMS: Final = {"P-256": "ES256", "P-384": "ES384"}
ALGORITHMS: Final = RSA_ALGORITHMS | frozenset(CURVE_ALGORITHMS.values())
"""All that a token may be signed with: never with a secret that the hub shares, and never not at all."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and what may be signed with it."""

    key: RSAKey | ECKey
    algorithms: frozenset[str]


class IssuerKeys:
    """Belongs to one event loop. `fetch` raises SourceFailure; `clock` gives seconds that only go forward."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Iterable[Any]]],
        close: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.known: dict[str, VerifyingKey] = {}
        self._fetch = fetch
        self.close = close
        self._clock = clock
        self._fetched_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> VerifyingKey | None:
        """The key of this name; None where the issuer has none. Raises SignInUnavailable while none at all is known."""
        if key_id not in self.known and (self._fetching is not None or self._may_fetch()):
            await self._refreshed()
        if not self.known:
            raise SignInUnavailable("sign_in_unavailable")
        return self.known.get(key_id)

    async def refresh(self) -> None:
        """Fetch the keys now. Raises SourceFailure, and NoUsableKey; the keys that are known stay then."""
        self._fetched_at = self._clock()
        fetched = verifying_keys(await self._fetch())
        if not fetched:
            raise NoUsableKey("the issuer's set holds no key that tokens may be signed with")
        self.known = fetched

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Keep the keys fresh, until the end of the context."""
        refreshing = asyncio.create_task(self._refresh_for_ever())
        try:
            yield
        finally:
            tasks = [refreshing, *([self._fetching] if self._fetching is not None else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()

    async def _refresh_for_ever(self) -> None:
        while True:
            await self._refreshed()
            await asyncio.sleep(REFRESH_S if self.known else FIRST_FETCH_S_MIN)

    async def _refreshed(self) -> None:
        """One fetch for all who want it at the same moment; none of them stops it by leaving."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._try_to_refresh())
        await asyncio.shield(self._fetching)

    async def _try_to_refresh(self) -> None:
        try:
            await self.refresh()
        except (SourceFailure, NoUsableKey):
            pass  # `doctor` and the next fetch say what is wrong; the known keys go on
        finally:
            self._fetching = None

    def _may_fetch(self) -> bool:
        if self._fetched_at is None:
            return True
        return self._clock() - self._fetched_at >= (REFETCH_S_MIN if self.known else FIRST_FETCH_S_MIN)


class NoUsableKey(Exception):
    """An issuer answers, but with nothing that a token could be verified with."""


def verifying_keys(given: Iterable[Any]) -> dict[str, VerifyingKey]:
    """The keys of a set that the hub takes, by their names; of two with one name the first."""
    keys: dict[str, VerifyingKey] = {}
    for one in given:
        key_id = one.get("kid") if isinstance(one, dict) else None
        if not isinstance(key_id, str) or not 0 < len(key_id) <= KEY_ID_CHARS_MAX or key_id in keys:
            continue
        key = _verifying_key(one)
        if key is not None and len(keys) < KEYS_MAX:
            keys[key_id] = key
    return keys


def _verifying_key(given: dict[str, Any]) -> VerifyingKey | None:
    """A key for signatures; None for one of another kind or use, too short, or broken. Secret parts are not read."""
    if given.get("use", "sig") != "sig":
        return None
    try:
        key: RSAKey | ECKey
        if given.get("kty") == "RSA" and base64_to_int(given["n"]).bit_length() >= RSA_BITS_MIN:
            key = RSAKey.import_key({name: given[name] for name in ("kty", "n", "e")})
            algorithms = RSA_ALGORITHMS
        elif given.get("kty") == "EC":
            key = ECKey.import_key({name: given[name] for name in ("kty", "crv", "x", "y")})
            algorithms = frozenset({CURVE_ALGORITHMS[given["crv"]]})
        else:
            return None
    except (JoseError, ValueError, TypeError, LookupError):
        return None
    if "alg" in given:
        algorithms &= {given["alg"]} if isinstance(given["alg"], str) else set()
    return VerifyingKey(key, algorithms) if algorithms else None
