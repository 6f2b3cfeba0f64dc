"""Rows of photos, read and written."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row

from models.evidence.fingerprints import HASH_BITS, Fingerprints
from models.evidence.photos import DistanceVerdict, Photo, PhotoPurpose
from models.tables import photos

_P = photos.c

PHOTO: Final = (
    _P.id,
    _P.reference,
    _P.purpose,
    _P.owner,
    _P.width,
    _P.height,
    _P.bytes,
    _P.sha256,
    _P.fingerprints,
    _P.distance_verdict,
    _P.attached_at,
    _P.taken_at,
    _P.released_at,
)


def photo_of(row: Row[*tuple[Any, ...]]) -> Photo:
    """A photo that is attached, of a row of PHOTO."""
    return Photo(
        row.id,
        row.reference,
        # During a rollout an older hub reads codes that only the newer one knows.
        PhotoPurpose.__members__.get(row.purpose, PhotoPurpose.UNKNOWN),
        row.owner,
        row.width,
        row.height,
        row.bytes,
        row.sha256,
        fingerprints_of(row.fingerprints),
        DistanceVerdict.__members__.get(row.distance_verdict, DistanceVerdict.UNKNOWN),
        row.attached_at,
        row.taken_at,
        row.released_at,
    )


def written(fingerprints: Fingerprints) -> str:
    """Both hashes as one text: no database has whole numbers of 64 bits without a sign."""
    digits = HASH_BITS // 4
    return f"{fingerprints.difference:0{digits}x}{fingerprints.dct:0{digits}x}"


def fingerprints_of(text: str) -> Fingerprints:
    digits = HASH_BITS // 4
    return Fingerprints(int(text[:digits], 16), int(text[digits:], 16))
