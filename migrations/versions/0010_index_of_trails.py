"""How far the index of trails has come: entries are brought into it behind the answers that left them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ledger_heads",
        sa.Column(
            "indexed",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="up to which entry ledger_persons has its people",
        ),
    )
    # So far each entry has come together with its people.
    op.execute("UPDATE ledger_heads SET indexed = seq")


def downgrade() -> None:
    op.drop_column("ledger_heads", "indexed")
