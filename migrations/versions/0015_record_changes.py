"""What is noted of a change besides its key: which fields, who may know of it, and the digest of the row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ADDED = (
    ("fields", "JSON: the names of those with other values; null: any may have"),
    ("visibility_before", "JSON: what policy decides by; null: not there, or not known"),
    ("visibility_after", "JSON, as above"),
    ("digest", "of the whole row; null: the hub has not read it"),
)


def upgrade() -> None:
    for name, comment in _ADDED:
        op.add_column("record_changes", sa.Column(name, sa.Text(), comment=comment))
    op.create_index("ix_record_changes_record_cursor", "record_changes", ["record", "cursor"])


def downgrade() -> None:
    op.drop_index("ix_record_changes_record_cursor", "record_changes")
    for name, _ in reversed(_ADDED):
        op.drop_column("record_changes", name)
