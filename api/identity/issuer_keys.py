"""Keeps the public keys of an issuer: fetched in the background, and when a token names an unknown key.

While fetching fails, the last good keys stay. A key that the issuer has removed from its set is dropped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from connectors.protocol import SourceFailure
from models.errors import SignInUnavailable
from models.mechanisms.single_flight import Flights

KEYS_MAX: Final = 64
KEY_ID_CHARS_MAX: Final = 256
RSA_BITS_MIN: Final = 2048
REFRESH_S: Final = 600.0
REFETCH_S_MIN: Final = 60.0
"""The least time between two fetches, so that tokens with invented keys cannot flood the issuer."""
FIRST_FETCH_S_MIN: Final = 5.0
"""The same, as long as no key was ever heard."""
FETCH: Final = "fetch"

RSA_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVE_ALGORITHMS: Final = {"P-256": "ES256", "P-384": "ES384"}
ALGORITHMS: Final = RSA_ALGORITHMS | frozenset(CURVE_ALGORITHMS.values())
"""The algorithms that a token may be signed with: all asymmetric, and never `none`."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and the algorithms that it may be used with."""

    key: RSAKey | ECKey
    algorithms: frozenset[str]


class IssuerKeys:
    """The keys of one issuer, for one event loop. `fetch` raises SourceFailure; `clock` is monotonic, in seconds."""

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
        self._fetching: Flights[None] = Flights()

    async def find(self, key_id: str) -> VerifyingKey | None:
        """The key of this name; None where the issuer has none. Raises SignInUnavailable while none at all is known."""
        if key_id not in self.known and (FETCH in self._fetching or self._may_fetch()):
            await self._refreshed()
        if not self.known:
            raise SignInUnavailable("sign_in_unavailable")
        return self.known.get(key_id)

    async def refresh(self) -> None:
        """Fetch the keys now. Raises SourceFailure or NoUsableKey, and keeps the known keys."""
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
            refreshing.cancel()
            await asyncio.gather(refreshing, return_exceptions=True)
            await self._fetching.close()
            await self.close()

    async def _refresh_for_ever(self) -> None:
        while True:
            await self._refreshed()
            await asyncio.sleep(REFRESH_S if self.known else FIRST_FETCH_S_MIN)

    async def _refreshed(self) -> None:
        """One fetch for all who want it at the same moment; none of them stops it by leaving."""
        await asyncio.shield(self._fetching.begin(FETCH, self._try_to_refresh).result)

    async def _try_to_refresh(self) -> None:
        # `doctor` and the next fetch say what is wrong; the known keys go on.
        with suppress(SourceFailure, NoUsableKey):
            await self.refresh()

    def _may_fetch(self) -> bool:
        if self._fetched_at is None:
            return True
        return self._clock() - self._fetched_at >= (REFETCH_S_MIN if self.known else FIRST_FETCH_S_MIN)


class NoUsableKey(Exception):
    """The issuer answers, but with no key that could verify a token."""


def verifying_keys(given: Iterable[Any]) -> dict[str, VerifyingKey]:
    """The accepted keys of a set by id; of two with one id the first."""
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
    """A verifying key; None for another kind or use, a short or a broken one. Private parts are not read."""
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
