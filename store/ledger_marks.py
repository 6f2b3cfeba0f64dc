"""Marks: what stands in the ledger for a person. The same person has the same mark; nobody can tell whose it is.

A mark is an HMAC under a key that derives from the hub's secret, so that no list of all possible resident numbers
opens the ledger. Whoever has the secret can ask for the mark of one person.
"""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.viewer import Role, Viewer

_BYTES: Final = 16
_CHARS: Final = 22
"""What so many bytes take in base64, without the signs that only fill it up."""
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Marks:
    """Marks of the people of one hub."""

    def __init__(self, secret: bytes) -> None:
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"simpul ledger 1").derive(secret)
        # The two halves of an HMAC (RFC 2104) with the key in them: every mark begins with the same ones.
        self._inner, self._outer = (sha256(bytes(byte ^ pad for byte in key.ljust(64, b"\0"))) for pad in (0x36, 0x5C))

    def of_person(self, nik: str) -> str:
        """The mark of whoever has this resident number: 22 characters."""
        return self._mark(b"person:" + nik.encode())

    def of_subject(self, subject: str) -> str:
        """The mark of a person whom only the sign-in knows, by its subject."""
        return self._mark(b"subject:" + subject.encode())

    def of_viewer(self, viewer: Viewer) -> str | None:
        """What stands for a viewer: the mark of a person; the plain name of a client, which is none."""
        if viewer.nik is not None:
            return self.of_person(viewer.nik)
        if viewer.subject is None or viewer.role is Role.DEVELOPER:
            return viewer.subject
        return self.of_subject(viewer.subject)

    def _mark(self, text: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return b2a_base64(outer.digest()[:_BYTES])[:_CHARS].translate(_URL_SAFE).decode()
