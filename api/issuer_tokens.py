"""Access tokens of an issuer (RFC 9068, and as Keycloak makes them): verified, then believed as far as settings say."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jws import JWSRegistry

from api.issuer_keys import ALGORITHMS, IssuerKeys, VerifyingKey
from api.subjects import Subjects
from api.token_claims import Believed, TokenFault, believed
from api.viewers import Authenticated
from models.city import City
from models.errors import Unauthenticated
from models.issuers import ClaimPaths, Issuer

CLOCK_APART_S_MAX: Final = 5
"""By how much the issuer's clock may be ahead, for `nbf` and `iat`. The end of a token is the end."""

TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
REFUSED_PARAMETERS: Final = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "enc", "zip"})
"""Parameters of a header by which a token would bring its own key, or ask to be read in another way."""

_REGISTRIES: Final = {name: JWSRegistry(algorithms=[name], strict_check_header=False) for name in ALGORITHMS}


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
        """Whom a token stands for, and until when. Raises Unauthenticated or SignInUnavailable."""
        try:
            verified = await self.verified(token)
            return Authenticated(self.believed(verified).viewer, verified.expires_at)
        except TokenFault as fault:
            raise Unauthenticated("token_invalid") from fault

    async def verified(self, token: str) -> Verified:
        """The claims, if they are the issuer's, for this hub and for now. Raises TokenFault or SignInUnavailable."""
        header = header_of(token)
        algorithm, key_id = _asked_for(header)
        key = await self.keys.find(key_id)
        if key is None:
            raise TokenFault("The token names a key (kid) that the issuer does not have now.")
        claims = self._claims(token, key, algorithm)
        return Verified(claims, self._end(claims))

    def believed(self, verified: Verified) -> Believed:
        """Who it is. Raises TokenFault."""
        subject = self._subjects.of(self.issuer.url, verified.claims["sub"])
        return believed(verified.claims, self.issuer, self._paths, self._city, subject)

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
        # Keycloak says here what a token is for; an ID token or a refresh token is not for asking.
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
        """What is wrong with a claim, without the claim's value."""
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
    """The header of a token, which nobody has verified. Raises TokenFault."""
    try:
        header, _, _ = token.split(".")
        said = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise TokenFault("This is no signed token: three parts of base64, joined by dots.") from None
    if not isinstance(said, dict):
        raise TokenFault("The header of the token is no JSON object.")
    return said


def _asked_for(header: Mapping[str, Any]) -> tuple[str, str]:
    """The algorithm and the name of the key. Raises TokenFault."""
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
