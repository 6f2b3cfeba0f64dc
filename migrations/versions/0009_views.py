"""The trusted documents whose answers are kept warm, by the names of their pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("name", sa.Text(), nullable=False, comment="that of its pages, /views/<name>.json and .csv"),
        sa.Column("identifier", sa.Text(), nullable=False, comment="of the trusted document that it answers"),
        sa.Column("variables", sa.Text(), nullable=False, comment="a JSON object; of public values only"),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "every_s",
            sa.Integer(),
            nullable=False,
            comment="after how many seconds it is worked out anew, at most",
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_views")),
    )


def downgrade() -> None:
    op.drop_table("views")
