"""An issuer: where its keys are and people sign in (OpenID Connect Discovery 1.0), its keys (RFC 7517), its tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from httpx2 import URL

from connectors.http import HttpAccess, UnusableAnswer
from connectors.http_client import HttpClient, HttpLimits, base_url
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from models.issuers import Issuer

DISCOVERY: Final = "/.well-known/openid-configuration"
LIMITS: Final = HttpLimits(connect_s=2.0, read_s=3.0, total_s=5.0, bytes_max=256 * 1024)

_TYPES: Final = ("application/json", "application/*+json", "text/plain", "application/octet-stream")


class SignInPlaces(NamedTuple):
    """Where people sign in, and where a code is exchanged for a token."""

    authorization: str
    token: str


class IssuerDocuments:
    """Fetches the keys of one issuer, by discovery unless `keys_url` says where they are, and tokens for codes.

    The issuer's own host may be a private one, since the operator has named it; any other host may not, unless
    `access` lets it.
    """

    def __init__(self, issuer: Issuer, keys_url: str | None, access: HttpAccess, connections_max: int = 1) -> None:
        self.issuer = issuer
        self._keys_url = keys_url
        named = {issuer.host} if keys_url is None else {issuer.host, base_url(keys_url).host}
        access = replace(access, private_hosts=access.private_hosts | named)
        self._client = HttpClient.of(
            keys_url or issuer.url, access, LoadContract(connections_max=connections_max), LIMITS
        )

    async def keys(self) -> list[Any]:
        """The issuer's keys as it gives them, which may be anything. Raises SourceFailure."""
        place = self._keys_url or await self._discovered()
        keys = (await self._document(place)).get("keys")
        if not isinstance(keys, list):
            raise UnusableAnswer("what lies where keys should be is no set of keys")
        return keys

    async def sign_in(self) -> SignInPlaces:
        """Where people sign in, and where the code that they bring back is exchanged. Raises SourceFailure."""
        said = await self._said()
        places = SignInPlaces(str(said.get("authorization_endpoint")), str(said.get("token_endpoint")))
        for place in places:
            self._checked(place)
        return places

    async def access_token(self, token_place: str, form: Mapping[str, str]) -> str:
        """What the issuer gives for a code. Raises SourceFailure, also where it does not take the code."""
        answer = await self._client.post(self._checked(token_place), form, _TYPES)
        token = _object_of(answer.body).get("access_token")
        if not isinstance(token, str):
            raise UnusableAnswer("the issuer gives no access token for a code")
        return token

    async def close(self) -> None:
        await self._client.close()

    async def _discovered(self) -> str:
        return str(self._checked((await self._said()).get("jwks_uri")))

    async def _said(self) -> dict[str, Any]:
        said = await self._document(self.issuer.url.rstrip("/") + DISCOVERY)
        if said.get("issuer") != self.issuer.url:
            raise UnusableAnswer("the issuer calls itself otherwise than HUB_ISSUERS does")
        return said

    def _checked(self, said: object) -> URL:
        """A place that the issuer names. Raises UnusableAnswer for none, and for one without the issuer's own TLS."""
        try:
            place = base_url(str(said))
        except SourceUrlError as error:
            raise UnusableAnswer("the issuer does not say where its keys are, or where people sign in") from error
        if place.scheme != self._client.base.scheme:
            raise UnusableAnswer("the issuer names a place without TLS")
        return place

    async def _document(self, url: str) -> dict[str, Any]:
        return _object_of((await self._client.get(base_url(url), _TYPES)).body)


def _object_of(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnusableAnswer("the issuer's answer is no JSON") from error
    if not isinstance(document, dict):
        raise UnusableAnswer("the issuer's answer is no JSON object")
    return document
