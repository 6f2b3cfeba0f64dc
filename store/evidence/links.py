"""Links to the bytes of photos: each for one viewer, one photo in one size, one purpose, and a while."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from models.evidence.photos import LINK_KEPT, PhotoSize
from models.keys import HashKey
from models.policy.viewer import Purpose

PUBLIC: Final = ""
"""The viewer of a link that works for everybody, as long as the photo is released."""


@dataclass(frozen=True, slots=True)
class PhotoLinks:
    """Makes links and knows them again."""

    key: HashKey

    @classmethod
    def of(cls, secret: bytes) -> PhotoLinks:
        return cls(HashKey(secret, b"simpul photo links 1"))

    def path(self, photo_id: str, size: PhotoSize, viewer: str, purpose: Purpose | None, now: datetime) -> str:
        """The path of a link that works until `now` and LINK_KEPT.

        `viewer` is the pseudonym of who asked (Pseudonyms.of_viewer), or PUBLIC. `purpose` is noted in the ledger when
        the photo is looked at. Whoever makes a link has decided that the viewer may see the photo.
        """
        # Links are the same for a while, so that a browser need not fetch a photo anew with each page.
        until = int(now.timestamp()) // _STEP_S * _STEP_S + _STEP_S + int(LINK_KEPT.total_seconds())
        stated = purpose.value if purpose is not None else ""
        signature = self._signature(photo_id, size, viewer, stated, until)
        asked = {"until": until, **({"purpose": stated} if stated else {}), "signature": signature}
        return f"/photos/{photo_id}/{size.value.lower()}?{urlencode(asked)}"

    def works(
        self, photo_id: str, size: PhotoSize, viewer: str, purpose: str, until: int, signature: str, now: datetime
    ) -> bool:
        """Whether a link is one of this hub, for this viewer, unaltered, and not expired."""
        expected = self._signature(photo_id, size, viewer, purpose, until)
        # Both are always looked at, so that the time tells nothing.
        is_ours = hmac.compare_digest(expected.encode(), signature.encode())
        return is_ours and now <= datetime.fromtimestamp(until, UTC)

    def _signature(self, photo_id: str, size: PhotoSize, viewer: str, purpose: str, until: int) -> str:
        return self.key.hash_of("\n".join((photo_id, size.value, viewer, purpose, str(until))).encode())


_STEP_S: Final = 300
