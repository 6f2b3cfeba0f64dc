"""Object stores: a folder, or a bucket that speaks S3."""

from __future__ import annotations

from obstore.store import LocalStore, ObjectStore, from_url


def object_store_at(url: str, *, drops_empty_folders: bool = False) -> ObjectStore:
    """The store at a `file:` or `s3:` URL. S3 credentials come from the environment, as for S3's own tools.

    Connects to nothing; a folder is made. Raises BaseError or OSError.
    """
    if url.startswith("file://"):
        return LocalStore(url.removeprefix("file://"), mkdir=True, automatic_cleanup=drops_empty_folders)
    # A bucket with object lock requires a checksum.
    return from_url(url, config={"checksum_algorithm": "SHA256"})
