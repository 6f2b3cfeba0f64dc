"""Where the hub has looked for copies of a person's data: the receipt of an erasure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_searches",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False, comment="an ErasurePlace; text, as above"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "looked",
            sa.Integer(),
            nullable=True,
            comment="how many things were looked at; null: the place could not be searched",
        ),
        sa.Column("found", sa.Integer(), nullable=True),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", "place", name=op.f("pk_erasure_searches")),
    )


def downgrade() -> None:
    op.drop_table("erasure_searches")
