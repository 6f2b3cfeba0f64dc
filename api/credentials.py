"""Credentials: a bearer token -> a viewer. In the dev profile the hub signs tokens itself, with a key of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import OctKey

from api.viewers import Authenticated
from models.city import City
from models.errors import Unauthenticated
from models.values import Nik
from models.viewer import Role, Viewer

ISSUER = "simpul-dev"
AUDIENCE = "simpul"
ALGORITHM = "HS256"
TOKEN_S_MAX = 24 * 3600
TOKEN_CHARS_MAX = 4_000


class TokenRefused(Exception):
    """A token that cannot be made; the sentence says what to give instead."""


class DevTokens:
    """Signs and reads tokens of the dev profile. Nobody outside of this machine can make one."""

    def __init__(self, secret: bytes, city: City, clock: Callable[[], float] = time.time) -> None:
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"simpul dev tokens 1").derive(secret)
        self._key = OctKey.import_key(derived)
        self._city = city
        self._clock = clock

    def issue(self, role: Role, *, department: str | None = None, nik: str | None = None) -> str:
        """A token that lasts a day. Raises TokenRefused for an impossible resident number or an unknown department."""
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
            claims["nik"] = self._nik(nik)
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

    def _nik(self, text: str) -> str:
        try:
            return Nik.parse(text)
        except ValueError:
            raise TokenRefused("This is no possible NIK: 16 digits that hold a date of birth.") from None

    async def read(self, token: str) -> Authenticated:
        """Whom a token stands for, and until when. Raises Unauthenticated, and says no more than that."""
        if len(token) > TOKEN_CHARS_MAX:
            raise Unauthenticated("token_invalid")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            registry = jwt.JWTClaimsRegistry(
                now=lambda: int(self._clock()),
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
                role={"essential": True},
            )
            registry.validate(decoded.claims)
            expires_at = datetime.fromtimestamp(decoded.claims["exp"], UTC)
            return Authenticated(self._viewer(decoded.claims), expires_at)
        except Exception as error:  # whatever a library stumbles over in a stranger's token
            raise Unauthenticated("token_invalid") from error

    def _viewer(self, claims: dict[str, object]) -> Viewer:
        nik, department, subject = claims.get("nik"), claims.get("department"), claims.get("sub")
        return Viewer(
            Role(claims["role"]),
            subject=str(subject) if subject is not None else None,
            department_code=str(department) if department is not None else None,
            nik=Nik(str(nik)) if nik is not None else None,
        )
