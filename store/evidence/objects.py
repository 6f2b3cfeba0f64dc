"""Objects: the bytes of photos, in a folder or in a bucket that speaks S3.

`<id of the photo>/<SHA-256 of the bytes>`: a name tells nothing, and bytes that are not what was stored are never
handed out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from store.object_stores import object_store_at


class ObjectsAway(Exception):
    """The folder or the bucket does not answer, or does not have what it should have."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Stores, reads and deletes the bytes of photos. Every method raises ObjectsAway."""

    store: ObjectStore

    async def put(self, photo_id: str, image: bytes) -> str:
        """Store bytes of a photo; returns their SHA-256, hexadecimal, by which they are read."""
        digest = hashlib.sha256(image).hexdigest()
        try:
            await self.store.put_async(f"{photo_id}/{digest}", image)
        except (BaseError, OSError) as error:
            raise ObjectsAway from error
        return digest

    async def get(self, photo_id: str, digest: str) -> bytes:
        """The bytes with this SHA-256."""
        try:
            image = bytes(await (await self.store.get_async(f"{photo_id}/{digest}")).bytes_async())
        except (BaseError, OSError) as error:
            raise ObjectsAway from error
        if hashlib.sha256(image).hexdigest() != digest:
            raise ObjectsAway
        return image

    async def delete(self, photo_id: str) -> None:
        """Delete everything of a photo; nothing happens if there is nothing."""
        try:
            async for some in self.store.list(prefix=photo_id):
                await self.store.delete_async([one["path"] for one in some])
        except (BaseError, OSError) as error:
            raise ObjectsAway from error


def objects_at(url: str) -> Objects:
    """The objects at HUB_OBJECTS_URL. Raises ObjectsAway if it is a folder that cannot be made."""
    try:
        return Objects(object_store_at(url, drops_empty_folders=True))
    except (BaseError, OSError) as error:
        raise ObjectsAway from error
