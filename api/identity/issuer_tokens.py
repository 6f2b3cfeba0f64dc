"""Verifies access tokens of an issuer (RFC 9068, and Keycloak's), and reads the viewer out of their claims."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jws import JWSRegistry

from api.identity.issuer_keys import ALGORITHMS, IssuerKeys, VerifyingKey
from api.identity.token_claims import Identity, TokenFault, identity_of
from api.identity.viewers import Authenticated
from models.city import City
from models.errors import Unauthenticated
from models.keys import derived_key
from models.policy.issuers import ClaimPaths, Issuer

CLOCK_APART_S_MAX: Final = 5
"""How far the issuer's clock may be ahead, for `nbf` and `iat`. `exp` has no leeway."""

TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
REFUSED_PARAMETERS: Final = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "enc", "zip"})
"""Header parameters with which a token would supply its own key, or change how it is read."""

_SUBJECT_BYTES: Final = 16
_REGISTRIES: Final = {name: JWSRegistry(algorithms=[name], strict_check_header=False) for name in ALGORITHMS}


class Subjects:
    """Makes the pseudonym of a person who signs in: an HMAC, since an issuer's `sub` may be an address or a number."""

    def __init__(self, secret: bytes) -> None:
        self._key = derived_key(secret, b"simpul subjects 1")

    def of(self, issuer: str, subject: str) -> str:
        """The pseudonym of a subject of an issuer: 22 characters."""
        text = f"{issuer}\n{subject}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, text, "sha256")[:_SUBJECT_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Verified:
    """The claims of a token whose signature, issuer, audience and times hold."""

    claims: Mapping[str, Any]
    expires_at: datetime


class IssuerTokens:
    """Reads the tokens of one issuer. `clock` gives seconds since 1970."""

    def __init__(
        self,
        issuer: Issuer,
        audience: str,
        paths: ClaimPaths,
        keys: IssuerKeys,
        city: City,
        subjects: Subjects,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.keys = keys
        self._audience = issuer.audience or audience
        self._paths = paths
        self._city = city
        self._subjects = subjects
        self._clock = clock
        self._expected = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=CLOCK_APART_S_MAX,
            iss={"essential": True, "value": issuer.url},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def read(self, token: str) -> Authenticated:
        """The viewer of a token, and when it expires. Raises Unauthenticated or SignInUnavailable."""
        try:
            verified = await self.verified(token)
            return Authenticated(self.identity(verified).viewer, verified.expires_at)
        except TokenFault as fault:
            raise Unauthenticated("token_invalid") from fault

    async def verified(self, token: str) -> Verified:
        """The claims, if signature, issuer, audience and times are valid. Raises TokenFault or SignInUnavailable."""
        header = header_of(token)
        algorithm, key_id = _asked_for(header)
        key = await self.keys.find(key_id)
        if key is None:
            raise TokenFault("The token names a key (kid) that the issuer does not have now.")
        claims = self._claims(token, key, algorithm)
        return Verified(claims, self._end(claims))

    def identity(self, verified: Verified) -> Identity:
        """The person of verified claims. Raises TokenFault."""
        subject = self._subjects.of(self.issuer.url, verified.claims["sub"])
        return identity_of(verified.claims, self.issuer, self._paths, self._city, subject)

    def _claims(self, token: str, key: VerifyingKey, algorithm: str) -> dict[str, Any]:
        if algorithm not in key.algorithms:
            raise TokenFault("The token is signed in another way than its key (kid) is for.")
        try:
            claims = jwt.decode(token, key.key, algorithms=[algorithm], registry=_REGISTRIES[algorithm]).claims
        except (JoseError, ValueError, RecursionError):
            raise TokenFault("The signature does not hold, or the token is damaged.") from None
        try:
            self._expected.validate(claims)
        except ClaimError as error:
            raise TokenFault(self._why(error)) from None
        # Keycloak states the use of a token here; an ID token or a refresh token is no access token.
        if claims.get("typ", "Bearer") != "Bearer" or "at_hash" in claims:
            raise TokenFault("This is no access token: it was made for the client that signed in, or to renew another.")
        if "cnf" in claims:
            raise TokenFault("The token is bound to the key of one client (cnf), whose proof the hub does not ask for.")
        return claims

    def _end(self, claims: Mapping[str, Any]) -> datetime:
        try:
            end = datetime.fromtimestamp(claims["exp"], UTC)
        except (ValueError, OverflowError, OSError):
            raise TokenFault("The end of the token (exp) is no time.") from None
        if end.timestamp() <= self._clock():
            raise TokenFault(f"The token has expired, at {end.isoformat(timespec='seconds')}.")
        return end

    def _why(self, error: ClaimError) -> str:
        """What is wrong with a claim, without its value."""
        if isinstance(error, ExpiredTokenError):
            return "The token has expired."
        if isinstance(error, MissingClaimError):
            return f"The token lacks {error.claim.replace(',', ', ')}."
        if isinstance(error, InvalidClaimError) and error.claim == "aud":
            return f"The token is for somebody else: its audience (aud) has no {self._audience}."
        if isinstance(error, InvalidClaimError) and error.claim == "nbf":
            return "The token does not count yet (nbf), or the clocks of issuer and hub are apart."
        return f"The token's {error.claim} is not what it has to be."


def header_of(token: str) -> dict[str, Any]:
    """The unverified header of a token. Raises TokenFault."""
    try:
        header, _, _ = token.split(".")
        said = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise TokenFault("This is no signed token: three parts of base64, joined by dots.") from None
    if not isinstance(said, dict):
        raise TokenFault("The header of the token is no JSON object.")
    return said


def _asked_for(header: Mapping[str, Any]) -> tuple[str, str]:
    """The algorithm and the key id. Raises TokenFault."""
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ")
    brought = sorted(REFUSED_PARAMETERS & header.keys())
    if brought:
        raise TokenFault(f"The header of the token brings {', '.join(brought)}, which the hub takes from nobody.")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenFault(f"The token is signed in a way that is not taken (alg): {', '.join(sorted(ALGORITHMS))} are.")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise TokenFault("The header of the token has another type (typ) than JWT or at+jwt.")
    if not isinstance(key_id, str):
        raise TokenFault("The header of the token names no key (kid).")
    return algorithm, key_id
