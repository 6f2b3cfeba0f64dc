"""Evidence: receives photos, attaches them to records, finds those that are alike, and deletes them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Executable, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.evidence.fingerprints import alike, bands_of
from models.evidence.photos import (
    FAR_FROM_M,
    UNUSED_KEPT,
    Cleaned,
    DistanceVerdict,
    Photo,
    PhotoPurpose,
    PhotoSize,
    Seen,
    Upload,
)
from models.keys import HashKey
from models.policy.erasure import Searched, Sought
from models.tables import UtcDateTime, photo_bands, photos, uploads
from models.values.distances import meters_between
from models.values.types import Position
from store.database.clock import database_now
from store.database.engine import HubDatabase
from store.evidence.attaching import Attaching, Attachment
from store.evidence.objects import Objects
from store.evidence.problems import PhotosNotYours, TooManyUploads, UploadKeyReused, UploadStillRunning
from store.evidence.rows import PHOTO, photo_of, written
from store.ledger.pseudonyms import Pseudonyms
from store.seals import Seals

REFERENCES_MAX: Final = 1_000
"""Of how many records one statement reads the photos."""
PHOTOS_OF_REFERENCES_MAX: Final = 5_000
SIMILAR_MAX: Final = 20_000
"""How many photos that share a band are compared bit by bit."""
FORGOTTEN_MAX: Final = 1_000
"""How many photos are deleted at a time."""
RECEIVED_WITHIN: Final = timedelta(minutes=2)
"""After how long a request that did not end is given up, and its key is free again."""
DAY: Final = timedelta(days=1)
ID_BYTES: Final = 16

_P, _U, _B = photos.c, uploads.c, photo_bands.c


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload that is being received. `done` is what the key stands for already: then `body_hash` must be equal."""

    owner: str
    key: str
    photo_id: str
    running_until: datetime
    body_hash: str | None = None
    done: Upload | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The photos of a city. Every method raises the errors of the database; those that touch bytes, ObjectsAway."""

    database: HubDatabase
    objects: Objects
    pseudonyms: Pseudonyms
    seals: Seals
    bodies: HashKey
    clock: Callable[[Connection], datetime] = field(default=database_now)

    @classmethod
    def of(cls, secret: bytes, database: HubDatabase, objects: Objects) -> Evidence:
        return cls(
            database,
            objects,
            Pseudonyms(secret),
            Seals(secret, b"simpul photos 1"),
            HashKey(secret, b"simpul photo bodies 1"),
        )

    # --- For those who send photos ------------------------------------------------------------------------------------

    async def begin(self, owner: str, key: str, a_day_max: int) -> Begun:
        """Keep the key for an upload that is about to be received.

        Raises UploadStillRunning or TooManyUploads.
        """
        async with self.database.writing() as connection:
            return await connection.run_sync(self._begun, owner, key, a_day_max)

    async def finish(self, begun: Begun, body_sha256: str, cleaned: Cleaned) -> Upload:
        """Store a picture. Raises UploadStillRunning, if another request has taken the key over."""
        image, thumbnail = cleaned.images[PhotoSize.SCREEN], cleaned.images[PhotoSize.THUMBNAIL]
        digest = await self.objects.put(begun.photo_id, image)
        thumbnail_digest = await self.objects.put(begun.photo_id, thumbnail)
        row = {
            "id": begun.photo_id,
            "owner": begun.owner,
            "width": cleaned.width,
            "height": cleaned.height,
            "bytes": len(image),
            "sha256": digest,
            "thumbnail_sha256": thumbnail_digest,
            "fingerprints": written(cleaned.fingerprints),
            "sealed": self._sealed(begun.photo_id, cleaned.seen),
        }
        mine = (
            _U.owner == begun.owner,
            _U.key == begun.key,
            _U.running_until == begun.running_until,
            _U.fingerprint.is_(None),
        )
        ended = update(uploads).where(*mine).values(fingerprint=self.body_hash(body_sha256))

        def stored(connection: Connection) -> None:
            if connection.execute(ended).rowcount != 1:
                raise UploadStillRunning
            connection.execute(photos.insert(), {**row, "received_at": self.clock(connection)})

        async with self.database.writing() as connection:
            await connection.run_sync(stored)
        return Upload(begun.photo_id, cleaned.width, cleaned.height, len(image))

    async def again(self, begun: Begun, body_sha256: str) -> Upload:
        """What the key stands for already, for the same body. Raises UploadKeyReused for another one."""
        if begun.done is None or begun.body_hash != self.body_hash(body_sha256):
            raise UploadKeyReused
        return begun.done

    async def give_up(self, begun: Begun) -> None:
        """Free the key of an upload that was refused: nothing of it was stored."""
        mine = (_U.owner == begun.owner, _U.key == begun.key, _U.running_until == begun.running_until)
        async with self.database.writing() as connection:
            await connection.execute(delete(uploads).where(*mine, _U.fingerprint.is_(None)))

    def body_hash(self, body_sha256: str) -> str:
        """What is kept of the body of an upload, to know it again."""
        return self.bodies.hash_of(body_sha256.encode())

    # --- For actions --------------------------------------------------------------------------------------------------

    async def attaching(
        self,
        owner: str,
        upload_ids: Sequence[str],
        reference: str,
        purpose: PhotoPurpose,
        place: Position | None,
        at: datetime,
    ) -> Attaching:
        """What makes uploads of `owner` photos of a record; its `run` goes into `Told.during`.

        `reference` is the number by which people know the record, `place` where the record is. Raises PhotosNotYours.
        """
        free = (_P.id.in_(upload_ids), _P.owner == owner, _P.attached_at.is_(None), _P.deleted_at.is_(None))
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(_P.id, _P.fingerprints, _P.sealed).where(*free))).all()
        if len(rows) != len(upload_ids):
            raise PhotosNotYours
        attachments = []
        for row in rows:
            seen = self._seen(row.id, row.sealed)
            verdict = verdict_of(seen.position, place)
            attachments.append(Attachment(row.id, row.fingerprints, verdict, seen.taken_at))
        return Attaching(owner, reference, purpose, at, attachments)

    def releasing(self, photo_id: str, reference: str, at: datetime) -> Executable:
        """The statement that lets the public see a photo of a record: a `Told.own`."""
        mine = (_P.id == photo_id, _P.reference == reference, _P.deleted_at.is_(None))
        return update(photos).where(*mine).values(released_at=at)

    def withdrawing(self, reference: str) -> Executable:
        """The statement that hides the photos of a record from the public again: a `Told.own`."""
        return update(photos).where(_P.reference == reference).values(released_at=None)

    # --- For readers --------------------------------------------------------------------------------------------------

    async def photos_of(self, references: Sequence[str]) -> dict[str, list[Photo]]:
        """The photos of those of these records that have any, oldest first: one statement for 1,000 records."""
        found: dict[str, list[Photo]] = {}
        asked = select(*PHOTO).order_by(_P.attached_at, _P.received_at, _P.id).limit(PHOTOS_OF_REFERENCES_MAX)
        async with self.database.reading() as connection:
            for start in range(0, len(references), REFERENCES_MAX):
                some = (_P.reference.in_(references[start : start + REFERENCES_MAX]), _P.deleted_at.is_(None))
                for row in await connection.execute(asked.where(*some)):
                    found.setdefault(row.reference, []).append(photo_of(row))
        return found

    async def photo(self, photo_id: str) -> Photo | None:
        """A photo that is attached; None for any other id."""
        there = (_P.id == photo_id, _P.attached_at.is_not(None), _P.deleted_at.is_(None))
        async with self.database.reading() as connection:
            row = (await connection.execute(select(*PHOTO).where(*there))).one_or_none()
        return photo_of(row) if row is not None else None

    async def image(self, photo_id: str, size: PhotoSize) -> bytes | None:
        """The bytes of a photo that is attached, a JPEG; None for any other id."""
        there = (_P.id == photo_id, _P.attached_at.is_not(None), _P.deleted_at.is_(None))
        column = _P.sha256 if size is PhotoSize.SCREEN else _P.thumbnail_sha256
        async with self.database.reading() as connection:
            digest = await connection.scalar(select(column).where(*there))
        return await self.objects.get(photo_id, digest) if digest is not None else None

    async def similar(self, sought: Sequence[Photo]) -> dict[str, list[Photo]]:
        """For the id of each of these photos the others of the whole city that are alike, found by their bands."""
        bands = {band for photo in sought for band in bands_of(photo.fingerprints)}
        sharing = select(_B.photo).where(_B.band.in_(bands)).limit(SIMILAR_MAX)
        there = (_P.id.in_(sharing), _P.deleted_at.is_(None))
        async with self.database.reading() as connection:
            others = [photo_of(row) for row in await connection.execute(select(*PHOTO).where(*there).order_by(_P.id))]
        found = {
            photo.id: [
                other for other in others if other.id != photo.id and alike(photo.fingerprints, other.fingerprints)
            ]
            for photo in sought
        }
        return {photo_id: alike_ones for photo_id, alike_ones in found.items() if alike_ones}

    # --- Deleting -----------------------------------------------------------------------------------------------------

    async def forget_unused(self) -> int:
        """Delete uploads that no action named within a day; returns how many."""

        def marked(connection: Connection) -> int:
            now = self.clock(connection)
            unused = (_P.attached_at.is_(None), _P.received_at <= now - UNUSED_KEPT, _P.deleted_at.is_(None))
            return connection.execute(update(photos).where(*unused).values(deleted_at=now, sealed=None)).rowcount

        async with self.database.writing() as connection:
            count = await connection.run_sync(marked)
        await self._delete_marked()
        return count

    async def erase(self, sought: Sought) -> Searched:
        """Delete all photos that the person sent."""
        mine = (_P.owner == self.pseudonyms.of_person(sought.nik), _P.deleted_at.is_(None))

        def marked(connection: Connection) -> Searched:
            looked = connection.execute(select(func.count()).select_from(photos)).scalar_one()
            gone = {"deleted_at": self.clock(connection), "sealed": None}
            count = connection.execute(update(photos).where(*mine).values(gone)).rowcount
            return Searched(looked, count, count)

        async with self.database.writing() as connection:
            searched = await connection.run_sync(marked)
        await self._delete_marked()
        return searched

    # ------------------------------------------------------------------------------------------------------------------

    def _begun(self, connection: Connection, owner: str, key: str, a_day_max: int) -> Begun:
        now = self.clock(connection)
        today = (_U.owner == owner, _U.accepted_at > now - DAY)
        count = connection.execute(select(func.count()).select_from(uploads).where(*today)).scalar_one()
        until = now + RECEIVED_WITHIN
        row = {
            "owner": owner,
            "key": key,
            "photo": secrets.token_urlsafe(ID_BYTES),
            "running_until": until,
            "accepted_at": now,
            "expires_at": now + UNUSED_KEPT,
        }
        if count < a_day_max and connection.execute(_BEGIN[connection.dialect.name], {**row, "at": now}).rowcount:
            kept = connection.execute(select(_U.photo).where(_U.owner == owner, _U.key == key)).scalar_one()
            return Begun(owner, key, kept, until)
        known = connection.execute(select(uploads).where(_U.owner == owner, _U.key == key)).one_or_none()
        if known is None:
            raise TooManyUploads
        if known.fingerprint is None:
            raise UploadStillRunning
        measures = select(_P.width, _P.height, _P.bytes).where(_P.id == known.photo)
        stored = connection.execute(measures).one_or_none()
        done = Upload(known.photo, stored.width, stored.height, stored.bytes) if stored is not None else None
        return Begun(owner, key, known.photo, known.running_until, known.fingerprint, done)

    async def _delete_marked(self) -> None:
        """Delete the objects of what is marked and of what never became a photo, then their rows."""
        async with self.database.reading() as connection:
            now = await connection.run_sync(self.clock)
            marked = select(_P.id).where(_P.deleted_at.is_not(None)).limit(FORGOTTEN_MAX)
            ids = set((await connection.execute(marked)).scalars())
            no_photo = _U.photo.not_in(select(_P.id))
            broken = select(_U.photo).where(_U.expires_at <= now, no_photo).limit(FORGOTTEN_MAX)
            ids |= set((await connection.execute(broken)).scalars())
        for photo_id in ids:
            await self.objects.delete(photo_id)
        async with self.database.writing() as connection:
            await connection.execute(delete(photo_bands).where(_B.photo.in_(ids)))
            await connection.execute(delete(photos).where(_P.id.in_(ids), _P.deleted_at.is_not(None)))
            await connection.execute(delete(uploads).where(_U.expires_at <= now))

    def _sealed(self, photo_id: str, seen: Seen) -> str | None:
        if seen.position is None and seen.taken_at is None:
            return None
        told = {"position": seen.position and list(seen.position), "taken_at": seen.taken_at}
        return self.seals.sealed(photo_id, orjson.dumps(told).decode())

    def _seen(self, photo_id: str, sealed: str | None) -> Seen:
        """Nothing if it is another hub's."""
        if sealed is None:
            return Seen()
        try:
            told = orjson.loads(self.seals.opened(photo_id, sealed))
        except (InvalidTag, ValueError):
            return Seen()
        position = Position(*told["position"]) if told["position"] is not None else None
        taken_at = datetime.fromisoformat(told["taken_at"]) if told["taken_at"] is not None else None
        return Seen(position, taken_at)


def verdict_of(taken: Position | None, place: Position | None) -> DistanceVerdict:
    """Whether a photo was taken where its record is."""
    if taken is None or place is None:
        return DistanceVerdict.NONE
    return DistanceVerdict.FAR if meters_between(taken, place) > FAR_FROM_M else DistanceVerdict.NEAR


def _beginning(insert: Any) -> Any:
    """Let a key stand for an upload, unless it does already; take over one that was given up."""
    anew = {"running_until": insert.excluded.running_until, "accepted_at": insert.excluded.accepted_at}
    given_up = _U.fingerprint.is_(None) & (_U.running_until <= bindparam("at", type_=UtcDateTime()))
    return insert.on_conflict_do_update(index_elements=(_U.owner, _U.key), set_=anew, where=given_up)


_BEGIN: Final = {
    "postgresql": _beginning(postgresql.insert(uploads)),
    "sqlite": _beginning(sqlite.insert(uploads)),
}
