"""Documents of an issuer: its endpoints (OpenID Connect Discovery 1.0), its keys (RFC 7517) and its tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from httpx2 import URL

from connectors.http.access import HttpAccess, UnusableAnswer
from connectors.http.client import HttpClient, HttpLimits, base_url
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from models.policy.issuers import Issuer

DISCOVERY: Final = "/.well-known/openid-configuration"
LIMITS: Final = HttpLimits(connect_s=2.0, read_s=3.0, total_s=5.0, bytes_max=256 * 1024)

_TYPES: Final = ("application/json", "application/*+json", "text/plain", "application/octet-stream")


class SignInEndpoints(NamedTuple):
    """The authorization endpoint and the token endpoint."""

    authorization: str
    token: str


class IssuerDocuments:
    """Fetches the keys of an issuer, by discovery unless `keys_url` is given, and tokens for codes.

    The issuer's host may be private, since the operator has named it; other hosts only if `access` allows them.
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
        """The issuer's keys, unchecked. Raises SourceFailure."""
        endpoint = self._keys_url or await self._discovered()
        keys = (await self._document(endpoint)).get("keys")
        if not isinstance(keys, list):
            raise UnusableAnswer("what lies where keys should be is no set of keys")
        return keys

    async def sign_in(self) -> SignInEndpoints:
        """The endpoints for signing in. Raises SourceFailure."""
        said = await self._said()
        endpoints = SignInEndpoints(str(said.get("authorization_endpoint")), str(said.get("token_endpoint")))
        for endpoint in endpoints:
            self._checked(endpoint)
        return endpoints

    async def access_token(self, token_endpoint: str, form: Mapping[str, str]) -> str:
        """The token for a code. Raises SourceFailure, also if the issuer rejects the code."""
        answer = await self._client.post(self._checked(token_endpoint), form, _TYPES)
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
        """The URL of an endpoint. Raises UnusableAnswer if it is invalid, or not https while the issuer is."""
        try:
            endpoint = base_url(str(said))
        except SourceUrlError as error:
            raise UnusableAnswer("the issuer does not say where its keys are, or where people sign in") from error
        if endpoint.scheme != self._client.base.scheme:
            raise UnusableAnswer("the issuer names a place without TLS")
        return endpoint

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
