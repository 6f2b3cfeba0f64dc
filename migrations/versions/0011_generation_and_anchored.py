"""Which database this is, and how far the anchors of the ledger have come outside of it."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_anchored",
        sa.Column("chain", sa.Text(), nullable=False, comment="the chain of anchors of one folder"),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="of its last line"),
        sa.Column("hash", sa.Text(), nullable=False, comment="of its last line: hexadecimal SHA-256"),
        sa.Column("at", sa.Text(), nullable=False, comment="when it was written"),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_ledger_anchored")),
    )
    generation = op.create_table(
        "generation",
        sa.Column("id", sa.Text(), nullable=False, comment="random: another database has another one"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generation")),
    )
    op.execute(generation.insert().values(id=secrets.token_hex(16)))


def downgrade() -> None:
    op.drop_table("generation")
    op.drop_table("ledger_anchored")
