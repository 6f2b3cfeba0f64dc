"""Derives a key for each use of the hub's secret. A key reveals neither the secret nor another key."""

from __future__ import annotations

import hmac
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_START: Final = "simpul_"
"""How the API key of a client begins."""


def derived_key(secret: bytes, info: bytes, length_bytes: int = 32) -> bytes:
    """The key of one use, named by `info`: HKDF with SHA-256 and no salt (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=length_bytes, salt=None, info=info).derive(secret)


class HashKey:
    """An HMAC key that derives from the hub's secret. Its `repr` does not show it."""

    __slots__ = ("_key",)

    def __init__(self, secret: bytes, info: bytes) -> None:
        self._key = derived_key(secret, info)

    def hash_of(self, data: bytes) -> str:
        """HMAC-SHA-256, hexadecimal."""
        return hmac.digest(self._key, data, "sha256").hex()
