"""What residents say of complaints and of their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint_feedback",
        sa.Column("complaint", sa.Text(), nullable=False, comment="the key of the complaint in its source"),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="a FeedbackKind; text, so that an older hub reads a newer one's rows",
        ),
        sa.Column("person", sa.Text(), nullable=False, comment="the mark of who says it"),
        sa.Column("rating", sa.Integer(), comment="of a rating: 1 to 5"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name=op.f("ck_complaint_feedback_rating_range")),
        sa.PrimaryKeyConstraint("complaint", "kind", "person", name=op.f("pk_complaint_feedback")),
    )
    op.create_index(op.f("ix_complaint_feedback_person"), "complaint_feedback", ["person"])


def downgrade() -> None:
    op.drop_table("complaint_feedback")
