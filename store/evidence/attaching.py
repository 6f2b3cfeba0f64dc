"""Attaching: makes uploads photos of a record, within the transaction that accepts the action that names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from models.evidence.fingerprints import bands_of
from models.evidence.photos import DistanceVerdict, PhotoPurpose
from models.tables import photo_bands, photos
from store.evidence.problems import PhotosNotYours
from store.evidence.rows import fingerprints_of

_P = photos.c


@dataclass(frozen=True, slots=True)
class Attachment:
    """One upload that becomes a photo: from where it was taken, only the verdict is left."""

    id: str
    fingerprints: str
    distance_verdict: DistanceVerdict
    taken_at: datetime | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attaching:
    """Uploads of one owner that are to become photos of a record. `run` is a `Told.during` of the outbox."""

    owner: str
    reference: str
    purpose: PhotoPurpose
    at: datetime
    attachments: Sequence[Attachment]

    def run(self, connection: Connection, receipt: str) -> None:
        """Attach all of them. Raises PhotosNotYours, if one is gone or was attached meanwhile."""
        for one in self.attachments:
            free = (
                _P.id == one.id,
                _P.owner == self.owner,
                _P.attached_at.is_(None),
                _P.deleted_at.is_(None),
            )
            values = {
                "reference": self.reference,
                "purpose": self.purpose.value,
                "receipt": receipt,
                "attached_at": self.at,
                "distance_verdict": one.distance_verdict.value,
                "taken_at": one.taken_at,
                "sealed": None,
            }
            if connection.execute(photos.update().where(*free).values(values)).rowcount != 1:
                raise PhotosNotYours
        bands = [
            {"band": band, "photo": one.id}
            for one in self.attachments
            for band in set(bands_of(fingerprints_of(one.fingerprints)))
        ]
        if bands:
            connection.execute(photo_bands.insert(), bands)
