"""Seals: texts about people that the hub has to keep for a while, encrypted with a key that derives from its secret."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12


class Seals:
    """Seals texts and opens them again. A seal belongs to its place: moved to another row, it does not open."""

    def __init__(self, secret: bytes, use: bytes = b"simpul rights 1") -> None:
        """Seals of one `use` do not open as those of another."""
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=use).derive(secret)
        self._cipher = AESGCM(key)

    def sealed(self, place: str, text: str) -> str:
        """The text, readable only here and only at this place; never the same twice."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())).decode()

    def opened(self, place: str, sealed: str) -> str:
        """The text of a seal. Raises InvalidTag for one of another place or another hub, or that was changed."""
        kept = base64.b64decode(sealed)
        return self._cipher.decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], place.encode()).decode()
