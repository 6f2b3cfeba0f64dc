"""Cursors of the change log as they are given to the outside: opaque, and nobody makes one up."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from models.keys import derived_key

_BYTES: Final = 8
CHANGE_CURSOR_CHARS_MAX: Final = 64


class BadChangeCursor(ValueError):
    """The text is no cursor that this hub has given."""


class ChangeCursors:
    """Encrypts cursors (AES-SIV, RFC 5297): how many changes there were is nobody's business."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(derived_key(secret, b"simpul change cursor 1", 64))

    def written(self, cursor: int) -> str:
        """The text of a cursor: 32 characters, the same for the same cursor."""
        sealed = self._cipher.encrypt(cursor.to_bytes(_BYTES, "big"), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, text: str) -> int:
        """The cursor of a text. Raises BadChangeCursor."""
        if len(text) > CHANGE_CURSOR_CHARS_MAX:
            raise BadChangeCursor
        try:
            sealed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(sealed, None)
        except (InvalidTag, binascii.Error, UnicodeEncodeError, ValueError) as error:
            raise BadChangeCursor from error
        if len(plain) != _BYTES:
            raise BadChangeCursor
        return int.from_bytes(plain, "big")
