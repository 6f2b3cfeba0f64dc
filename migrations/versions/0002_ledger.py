"""The ledger: who read which personal fields, the head of each writer's chain, and the entries about each person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column(
            "writer", sa.Text(), nullable=False, comment="the process that wrote it; each has a chain of its own"
        ),
        sa.Column(
            "seq", sa.BigInteger(), autoincrement=False, nullable=False, comment="the place in that chain, from 1"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="READ, CUT or GAP"),
        sa.Column(
            "viewer", sa.Text(), nullable=True, comment="who read: the mark of a person, or the name of a client"
        ),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True, comment="of an officer"),
        sa.Column("purpose", sa.Text(), nullable=True, comment="null: none was stated"),
        sa.Column("operation", sa.Text(), nullable=True, comment="the name that the client gave its operation"),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False, comment="sorted, separated by one space"),
        sa.Column(
            "persons",
            sa.Text(),
            nullable=True,
            comment="marks of whom it was about, separated by one space; null: not known",
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "detail",
            sa.Text(),
            nullable=True,
            comment="of a CUT or a GAP: which entries are not there, and why; of an unlock: the reason that was given",
        ),
        sa.Column("previous", sa.Text(), nullable=False, comment="the hash of the entry before"),
        sa.Column("hash", sa.Text(), nullable=False, comment="hexadecimal SHA-256 of previous and of what stands here"),
        sa.PrimaryKeyConstraint("writer", "seq", name=op.f("pk_ledger_entries")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_ledger_entries_seq_positive")),
    )
    op.create_index(op.f("ix_ledger_entries_at"), "ledger_entries", ["at"])
    op.create_index(op.f("ix_ledger_entries_kind"), "ledger_entries", ["kind"])
    op.create_table(
        "ledger_heads",
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="of the last entry of the writer"),
        sa.Column("hash", sa.Text(), nullable=False, comment="of the last entry of the writer"),
        sa.PrimaryKeyConstraint("writer", name=op.f("pk_ledger_heads")),
    )
    op.create_table(
        "ledger_persons",
        sa.Column("person", sa.Text(), nullable=False, comment="the mark of whom an entry is about"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person", "at", "writer", "seq", name=op.f("pk_ledger_persons")),
    )


def downgrade() -> None:
    op.drop_table("ledger_persons")
    op.drop_table("ledger_heads")
    op.drop_index(op.f("ix_ledger_entries_kind"), table_name="ledger_entries")
    op.drop_index(op.f("ix_ledger_entries_at"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
