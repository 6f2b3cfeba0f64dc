"""Photos: what the hub keeps of a picture that was sent to it, and the bounds of what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from models.evidence.fingerprints import Fingerprints
from models.values.types import Position
from models.values.vocabulary import Vocabulary

UPLOAD_BYTES_MAX: Final = 15_000_000
"""How long the body of an upload may be."""
PHOTOS_MAX: Final = 5
"""How many photos one action takes."""
SIDE_PIXELS_MAX: Final = 20_000
PIXELS_MAX: Final = 64_000_000
"""How large a picture may be before it is opened: cameras of phones take up to 50 megapixels."""
UNUSED_KEPT: Final = timedelta(days=1)
"""After how long an upload that no action names is deleted, with the place and moment that were read from it."""
FAR_FROM_M: Final = 500.0
"""How far from the place of its complaint a photo counts as far: streets are long, and positions in streets vague."""
LINK_KEPT: Final = timedelta(minutes=15)
"""How long a link to a photo works."""


class PhotoPurpose(Vocabulary):
    """What a photo shows."""

    REPORT = "REPORT", "Laporan", "Report", "The problem, as its reporter saw it"
    RESOLUTION = "RESOLUTION", "Penyelesaian", "Resolution", "What the department did about it"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


class DistanceVerdict(Vocabulary):
    """Whether a photo was taken where it should have been. It is all that is kept of where it was taken."""

    NEAR = "NEAR", "Dekat", "Near", "It was taken near the place of the complaint"
    FAR = "FAR", "Jauh", "Far", "It was taken more than 500 metres from the place of the complaint"
    NONE = "NONE", "Tidak ada", "None", "The photo or the complaint does not say where"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


class PhotoSize(Enum):
    """How large a photo is shown."""

    THUMBNAIL = "THUMBNAIL"
    SCREEN = "SCREEN"


SIDE_PIXELS: Final = {PhotoSize.THUMBNAIL: 320, PhotoSize.SCREEN: 2048}
"""The longer side of each size; a smaller picture is not enlarged."""


class PictureKind(Enum):
    """The kinds of pictures that are taken, told by their content. Everything is kept as JPEG."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"


KEPT_AS: Final = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Seen:
    """Where and when a picture says that it was taken. `repr` shows nothing of it; it is never stored in the clear.

    `taken_at` is aware; a camera that states no offset is taken to be in the time zone of the city.
    """

    position: Position | None = field(default=None, repr=False)
    taken_at: datetime | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture that was decoded and encoded anew, so that nothing but its pixels is left.

    `width` and `height` are those of SCREEN, in pixels. `images` has the bytes of each size.
    """

    width: int
    height: int
    fingerprints: Fingerprints
    seen: Seen
    images: dict[PhotoSize, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that was accepted, and that no action names yet. `width` and `height` as of Cleaned."""

    id: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a record. `reference` is the number by which people know the record (`Complaint.ticket_number`).

    `owner` is the pseudonym of who sent it, or the name of a client. `bytes` and `sha256` are of SCREEN, `width` and
    `height` in pixels too. `released_at`: since when the public may see it; None: it may not.
    """

    id: str
    reference: str
    purpose: PhotoPurpose
    owner: str
    width: int
    height: int
    bytes: int
    sha256: str
    fingerprints: Fingerprints
    distance_verdict: DistanceVerdict
    attached_at: datetime
    taken_at: datetime | None = None
    released_at: datetime | None = None
