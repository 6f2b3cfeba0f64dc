"""Signs and reads the bearer tokens of the dev profile, with a key derived from the hub's secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from joserfc import jwt
from joserfc.jwk import OctKey

from api.identity.viewers import Authenticated
from models.city import City
from models.errors import Unauthenticated
from models.keys import derived_key
from models.policy.viewer import Role, Viewer

ISSUER = "simpul-dev"
AUDIENCE = "simpul"
ALGORITHM = "HS256"
TOKEN_S_MAX = 24 * 3600
TOKEN_CHARS_MAX = 4_000


class TokenRefused(Exception):
    """The token cannot be issued; the sentence says what to change."""


class DevTokens:
    """Signs and reads tokens of the dev profile."""

    def __init__(self, secret: bytes, city: City, clock: Callable[[], float] = time.time) -> None:
        derived = derived_key(secret, b"simpul dev tokens 1")
        self._key = OctKey.import_key(derived)
        self._city = city
        self._clock = clock
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock()),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            role={"essential": True},
        )

    def issue(self, role: Role, *, department: str | None = None, nik: str | None = None) -> str:
        """A token valid for a day. Raises TokenRefused for an invalid resident number or an unknown department."""
        now = int(self._clock())
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": f"dev-{role.value}",
            "role": role.value,
            "iat": now,
            "exp": now + TOKEN_S_MAX,
        }
        if department is not None:
            if self._city.department(department) is None:
                codes = ", ".join(known.code for known in self._city.departments)
                raise TokenRefused(f"There is no department {department!r}. There are: {codes}.")
            claims["department"] = department
        if nik is not None:
            try:
                claims["nik"] = self._city.identity.parse(nik)
            except ValueError as error:
                raise TokenRefused(str(error)) from None
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

    async def read(self, token: str) -> Authenticated:
        """The viewer of a token, and when it expires. Raises Unauthenticated without a reason."""
        if len(token) > TOKEN_CHARS_MAX:
            raise Unauthenticated("token_invalid")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            self._claims.validate(decoded.claims)
            expires_at = datetime.fromtimestamp(decoded.claims["exp"], UTC)
            return Authenticated(self._viewer(decoded.claims), expires_at)
        except Exception as error:  # libraries raise anything for a malformed token
            raise Unauthenticated("token_invalid") from error

    def _viewer(self, claims: dict[str, object]) -> Viewer:
        nik, department, subject = claims.get("nik"), claims.get("department"), claims.get("sub")
        return Viewer(
            Role(claims["role"]),
            subject=str(subject) if subject is not None else None,
            department_code=str(department) if department is not None else None,
            nik=self._city.identity.parse(str(nik)) if nik is not None else None,
        )
