"""Cursors: a place in a list, encrypted, and bound to the list with its order and filter.

The source's own sort values may be personal, so a cursor shows nothing. AES-SIV (RFC 5297) gives the same row the same
cursor, which caches like, and refuses whatever was changed or belongs to another list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.criteria import Keyset
from models.errors import BadInput

CURSOR_CHARS_MAX = 16_000


class CursorCodec:
    """Writes and reads cursors with a key that is derived from the hub's secret."""

    def __init__(self, secret: bytes) -> None:
        key = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=b"simpul cursor 1").derive(secret)
        self._cipher = AESSIV(key)

    def encode(self, identity: bytes, source: str, values: tuple[object, ...]) -> str:
        """The cursor of a row: its source and sort values, readable only here and only for the list `identity`."""
        plain = orjson.dumps([source, *map(_packed, values)])
        return base64.urlsafe_b64encode(self._cipher.encrypt(plain, [identity])).decode().rstrip("=")

    def decode(self, identity: bytes, cursor: str, *, before: bool) -> Keyset:
        """The place that a cursor stands for. Raises BadInput for one that is damaged, forged or of another list."""
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
        # Bytes that are no text, kept as escapes, would not pass as JSON.
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
