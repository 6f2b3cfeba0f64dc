"""Pseudonyms: what stands in the ledger for a person. The same person always has the same pseudonym.

A pseudonym is an HMAC under a key that derives from the hub's secret, so that a list of all possible resident numbers
does not reveal it. A holder of the secret can compute the pseudonym of one person.
"""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha256
from typing import Final

from models.keys import derived_key
from models.policy.viewer import Role, Viewer

_BYTES: Final = 16
_CHARS: Final = 22
"""The length of _BYTES in base64, without padding."""
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Pseudonyms:
    """Computes the pseudonyms of one hub."""

    def __init__(self, secret: bytes) -> None:
        key = derived_key(secret, b"simpul ledger 1")
        # The two halves of an HMAC (RFC 2104) with the key hashed in, which all pseudonyms share.
        self._inner, self._outer = (sha256(bytes(byte ^ pad for byte in key.ljust(64, b"\0"))) for pad in (0x36, 0x5C))

    def of_person(self, nik: str) -> str:
        """The pseudonym of the person with this resident number: 22 characters."""
        return self._hmac_of(b"person:" + nik.encode())

    def of_subject(self, subject: str) -> str:
        """The pseudonym of a person of whom only the subject of the sign-in is known."""
        return self._hmac_of(b"subject:" + subject.encode())

    def of_viewer(self, viewer: Viewer) -> str | None:
        """How the ledger names a viewer: a person by pseudonym, a client by its plain name."""
        if viewer.nik is not None:
            return self.of_person(viewer.nik)
        if viewer.subject is None or viewer.role is Role.DEVELOPER:
            return viewer.subject
        return self.of_subject(viewer.subject)

    def _hmac_of(self, text: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return b2a_base64(outer.digest()[:_BYTES])[:_CHARS].translate(_URL_SAFE).decode()
