"""Keys: the same secret gives the same key for a use for ever, or cursors, marks and seals of yesterday are lost."""

from __future__ import annotations

import hashlib
import hmac

from models.keys import derived_key

SECRET = b"a secret of these tests, which is long enough"


def test_a_key_is_what_rfc_5869_says_and_another_for_each_use() -> None:
    extracted = hmac.digest(bytes(32), SECRET, hashlib.sha256)
    first = hmac.digest(extracted, b"simpul cursor 1\x01", hashlib.sha256)
    second = hmac.digest(extracted, first + b"simpul cursor 1\x02", hashlib.sha256)
    assert derived_key(SECRET, b"simpul cursor 1", 64) == first + second
    assert derived_key(SECRET, b"simpul ledger 1") == hmac.digest(extracted, b"simpul ledger 1\x01", hashlib.sha256)
    assert derived_key(SECRET, b"simpul ledger 2") != derived_key(SECRET, b"simpul ledger 1")
