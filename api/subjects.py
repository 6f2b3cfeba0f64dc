"""Subjects: what stands for somebody who signs in, the same at every request, and tells nothing of them."""

from __future__ import annotations

import base64
import hmac
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_BYTES: Final = 16


class Subjects:
    """HMACs under a key that derives from the hub's secret: an issuer's `sub` may be an address or a number."""

    def __init__(self, secret: bytes) -> None:
        self._key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"simpul subjects 1").derive(secret)

    def of(self, issuer: str, subject: str) -> str:
        """What stands for a subject of an issuer: 22 characters."""
        text = f"{issuer}\n{subject}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, text, "sha256")[:_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
