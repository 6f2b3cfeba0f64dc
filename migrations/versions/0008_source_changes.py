"""How the sources were over time, for the status page and its feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False, comment="a SourceCondition; text, as in findings"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_changes")),
    )
    op.create_index(op.f("ix_source_changes_source_id"), "source_changes", ["source", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_source_changes_source_id"), table_name="source_changes")
    op.drop_table("source_changes")
