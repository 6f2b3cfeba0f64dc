"""What keeps the hub from taking or attaching a photo.

EvidenceError
├── PhotosNotYours      the client names uploads of its own that no action has named, each once
├── UploadKeyReused     the client takes a new key: this one stands for another picture (422)
├── UploadStillRunning  the client tries again: another request with this key has not ended (409)
└── TooManyUploads      the client waits until a day has passed
"""

from __future__ import annotations


class EvidenceError(Exception):
    """It is not taken, and nothing was stored."""


class PhotosNotYours(EvidenceError):
    """An upload that is there no more, is somebody else's, or was named by another action."""


class UploadKeyReused(EvidenceError):
    """The key stands for another picture of the same owner."""


class UploadStillRunning(EvidenceError):
    """Another request with this key is being received."""


class TooManyUploads(EvidenceError):
    """The owner has sent as many pictures within a day as it may."""
