"""The documents of an issuer: where its keys are (OpenID Connect Discovery 1.0) and the keys themselves (RFC 7517)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from connectors.http import HttpAccess, UnusableAnswer
from connectors.http_client import HttpClient, HttpLimits, base_url
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from models.issuers import Issuer

DISCOVERY: Final = "/.well-known/openid-configuration"
LIMITS: Final = HttpLimits(connect_s=2.0, read_s=3.0, total_s=5.0, bytes_max=256 * 1024)

_TYPES: Final = ("application/json", "application/*+json", "text/plain", "application/octet-stream")


class IssuerDocuments:
    """Fetches the keys of one issuer, by discovery unless `keys_url` says where they are.

    The issuer's own host may be a private one, since the operator has named it; any other host may not, unless
    `access` lets it.
    """

    def __init__(self, issuer: Issuer, keys_url: str | None, access: HttpAccess) -> None:
        self.issuer = issuer
        self._keys_url = keys_url
        named = {issuer.host} if keys_url is None else {issuer.host, base_url(keys_url).host}
        access = replace(access, private_hosts=access.private_hosts | named)
        self._client = HttpClient.of(keys_url or issuer.url, access, LoadContract(connections_max=1), LIMITS)

    async def keys(self) -> list[Any]:
        """The issuer's keys as it gives them, which may be anything. Raises SourceFailure."""
        place = self._keys_url or await self._discovered()
        keys = (await self._document(place)).get("keys")
        if not isinstance(keys, list):
            raise UnusableAnswer("what lies where keys should be is no set of keys")
        return keys

    async def close(self) -> None:
        await self._client.close()

    async def _discovered(self) -> str:
        said = await self._document(self.issuer.url.rstrip("/") + DISCOVERY)
        if said.get("issuer") != self.issuer.url:
            raise UnusableAnswer("the issuer calls itself otherwise than HUB_ISSUERS does")
        try:
            place = base_url(str(said.get("jwks_uri")))
        except SourceUrlError as error:
            raise UnusableAnswer("the issuer does not say where its keys are") from error
        if place.scheme != self._client.base.scheme:
            raise UnusableAnswer("the issuer's keys are to be fetched without TLS")
        return str(place)

    async def _document(self, url: str) -> dict[str, Any]:
        answer = await self._client.get(base_url(url), _TYPES)
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise UnusableAnswer("the issuer's answer is no JSON") from error
        if not isinstance(document, dict):
            raise UnusableAnswer("the issuer's answer is no JSON object")
        return document
