"""Cursors: a keyset, encrypted and bound to its list, order and filter.

Sort values may be personal, so a cursor reveals nothing. AES-SIV (RFC 5297) is deterministic, so that equal cursors can
be cached, and authenticated, so that a changed cursor or one of another list is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from connectors.criteria import Keyset
from models.errors import BadInput
from models.keys import derived_key

CURSOR_CHARS_MAX = 16_000


class CursorCodec:
    """Encrypts and decrypts cursors with a key that derives from the hub's secret."""

    def __init__(self, secret: bytes) -> None:
        key = derived_key(secret, b"simpul cursor 1", 64)
        self._cipher = AESSIV(key)

    def encode(self, identity: bytes, source: str, values: tuple[object, ...]) -> str:
        """The cursor of a row for the list `identity`: its source and sort values, encrypted."""
        plain = orjson.dumps([source, *map(_packed, values)])
        return base64.urlsafe_b64encode(self._cipher.encrypt(plain, [identity])).decode().rstrip("=")

    def decode(self, identity: bytes, cursor: str, *, before: bool) -> Keyset:
        """The keyset of a cursor. Raises BadInput if it is damaged, forged or of another list."""
        if len(cursor) > CURSOR_CHARS_MAX:
            raise BadInput("cursor_invalid")
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            plain = self._cipher.decrypt(base64.b64decode(padded, altchars=b"-_", validate=True), [identity])
        except (InvalidTag, binascii.Error, UnicodeEncodeError, ValueError) as error:
            raise BadInput("cursor_invalid") from error
        source, *values = orjson.loads(plain)
        return Keyset(tuple(map(_unpacked, values)), before, source)


def _packed(value: object) -> object:
    if isinstance(value, str) and not value.isprintable():
        # Bytes that are no text are surrogate escapes, which JSON refuses.
        return {"bytes": value.encode("utf-8", "surrogateescape").hex()}
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"no source sorts by a {type(value).__name__}")


def _unpacked(value: object) -> object:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return _UNPACKERS[kind](text)


def _text_of(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode("utf-8", "surrogateescape")


_UNPACKERS: dict[str, Callable[[str], object]] = {
    "bytes": _text_of,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}
