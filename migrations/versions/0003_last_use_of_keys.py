"""When a client has last used its key, so that keys that nobody uses can be revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "clients", sa.Column("last_used_at", sa.DateTime(timezone=True), comment="to the minute; null: never")
    )


def downgrade() -> None:
    op.drop_column("clients", "last_used_at")
