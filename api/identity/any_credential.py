"""Hands each credential to its reader: an API key by its prefix, a token by the issuer that it names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Final

import orjson

from api.identity.api_keys import ApiKeys
from api.identity.dev_tokens import ISSUER, DevTokens
from api.identity.issuer_tokens import IssuerTokens
from api.identity.viewers import Authenticated, ViewerReader
from models.errors import Unauthenticated
from models.keys import KEY_START

CREDENTIAL_CHARS_MAX: Final = 8_000


class AnyCredential:
    """Reads credentials of every kind. The keys of `issuers` are compared with `iss`; `dev` reads the hub's own tokens.

    A kind of credential without its reader is refused.
    """

    def __init__(
        self,
        keys: ApiKeys | None = None,
        issuers: Mapping[str, IssuerTokens] = MappingProxyType({}),
        dev: DevTokens | None = None,
    ) -> None:
        self._keys = keys
        self.issuers = issuers
        self._readers: dict[str, ViewerReader] = {**issuers, **({ISSUER: dev} if dev is not None else {})}

    async def read(self, token: str) -> Authenticated:
        """The viewer of a credential. Raises Unauthenticated or SignInUnavailable."""
        if len(token) > CREDENTIAL_CHARS_MAX:
            raise Unauthenticated("token_invalid")
        reader = self._keys if token.startswith(KEY_START) else self._readers.get(issuer_named_in(token) or "")
        if reader is None:
            raise Unauthenticated("token_invalid")
        return await reader.read(token)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Run the background work of the readers until the end of the context."""
        async with AsyncExitStack() as stack:
            if self._keys is not None:
                await stack.enter_async_context(self._keys.run())
            for tokens in self.issuers.values():
                await stack.enter_async_context(tokens.keys.run())
            yield


def issuer_named_in(token: str) -> str | None:
    """The unverified issuer (`iss`) of a token; None where it names none."""
    try:
        _, payload, _ = token.split(".")
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    named = claims.get("iss") if isinstance(claims, dict) else None
    return named if isinstance(named, str) else None
