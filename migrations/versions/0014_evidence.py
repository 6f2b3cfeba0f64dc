"""Photos as evidence: uploads, what is known of each photo, and by what photos that are alike are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("owner", sa.Text(), nullable=False, comment="as caller in intents"),
        sa.Column("key", sa.Text(), nullable=False, comment="the idempotency key, as the owner chose it"),
        sa.Column("photo", sa.Text(), nullable=False, comment="the photos.id that this key stands for"),
        sa.Column("fingerprint", sa.Text(), comment="HMAC of the body; null: it is still being received"),
        sa.Column(
            "running_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="then a request that did not end is given up",
        ),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_uploads")),
        sa.UniqueConstraint("photo", name=op.f("uq_uploads_photo")),
    )
    op.create_index(op.f("ix_uploads_expires_at"), "uploads", ["expires_at"])
    op.create_index("ix_uploads_owner_accepted_at", "uploads", ["owner", "accepted_at"])
    op.create_table(
        "photos",
        sa.Column("id", sa.Text(), nullable=False, comment="random; of what lies in the folder of objects, too"),
        sa.Column("owner", sa.Text(), nullable=False, comment="as caller in intents"),
        sa.Column("width", sa.Integer(), nullable=False, comment="in pixels, as it is kept"),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False, comment="of the larger of the images that are kept"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the same"),
        sa.Column("thumbnail_sha256", sa.Text(), nullable=False),
        sa.Column("fingerprints", sa.Text(), nullable=False, comment="two hashes of 64 bits, hexadecimal"),
        sa.Column("sealed", sa.Text(), comment="where and when it was taken, encrypted; null once it is attached"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), comment="the number of its record; null: nothing names the photo yet"),
        sa.Column("purpose", sa.Text(), comment="a PhotoPurpose; text, so that an older hub reads a newer one's rows"),
        sa.Column("receipt", sa.Text(), comment="the outbox.id of what attached it"),
        sa.Column("attached_at", sa.DateTime(timezone=True), comment="null: it is deleted after a day"),
        sa.Column("distance_verdict", sa.Text(), comment="a DistanceVerdict; text, as above"),
        sa.Column(
            "taken_at",
            sa.DateTime(timezone=True),
            comment="null: the photo does not say so, or is not attached yet",
        ),
        sa.Column(
            "released_at", sa.DateTime(timezone=True), comment="since when the public may see it; null: it may not"
        ),
        sa.Column(
            "deleted_at",
            sa.DateTime(timezone=True),
            comment="its objects are being deleted; null: it is there",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index("ix_photos_attached_at_received_at", "photos", ["attached_at", "received_at"])
    op.create_index(op.f("ix_photos_deleted_at"), "photos", ["deleted_at"])
    op.create_index(op.f("ix_photos_owner"), "photos", ["owner"])
    op.create_index(op.f("ix_photos_reference"), "photos", ["reference"])
    op.create_table(
        "photo_bands",
        sa.Column(
            "band", sa.Integer(), autoincrement=False, nullable=False, comment="a part of a hash, and which part"
        ),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("band", "photo", name=op.f("pk_photo_bands")),
    )
    op.create_index(op.f("ix_photo_bands_photo"), "photo_bands", ["photo"])


def downgrade() -> None:
    op.drop_table("photo_bands")
    op.drop_table("photos")
    op.drop_table("uploads")
