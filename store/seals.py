"""Encrypts texts about people that the hub keeps for a while, with a key that derives from its secret."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.keys import derived_key

_NONCE_BYTES: Final = 12


class Seals:
    """Encrypts and decrypts texts (AES-GCM). The place is authenticated: a text moved to another row does not open."""

    def __init__(self, secret: bytes, use: bytes = b"simpul rights 1") -> None:
        """Each `use` has its own key."""
        key = derived_key(secret, use)
        self._cipher = AESGCM(key)

    def sealed(self, place: str, text: str) -> str:
        """The encrypted text for a place, with a random nonce."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())).decode()

    def opened(self, place: str, sealed: str) -> str:
        """The decrypted text. Raises InvalidTag if it was changed, or is of another place or hub."""
        kept = base64.b64decode(sealed)
        return self._cipher.decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], place.encode()).decode()
