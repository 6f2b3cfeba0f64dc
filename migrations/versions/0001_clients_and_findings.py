"""The first tables: clients with their keys, and findings about the sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "key_prefix", sa.Text(), nullable=False, comment="the visible start of the key, by which people name it"
        ),
        sa.Column(
            "key_sha256",
            sa.Text(),
            nullable=False,
            comment="hexadecimal SHA-256 of the key; the key itself is not kept",
        ),
        sa.Column("scopes", sa.Text(), nullable=False, comment="sorted, separated by one space"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True, comment="null: does not expire"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="null: not revoked"),
        sa.Column("contact", sa.Text(), nullable=False, comment="how to reach the people behind the client"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("key_prefix", name=op.f("uq_clients_key_prefix")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_clients_key_sha256")),
        sa.CheckConstraint("length(key_sha256) = 64", name=op.f("ck_clients_key_sha256_length")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "findings",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False, comment="empty: the record as a whole"),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="a FindingKind; text, so that an older hub reads a newer one's rows",
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "record", "field", "kind", name=op.f("pk_findings")),
        sa.CheckConstraint("count > 0", name=op.f("ck_findings_count_positive")),
    )
    op.create_index(op.f("ix_findings_last_seen_at"), "findings", ["last_seen_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_findings_last_seen_at"), table_name="findings")
    op.drop_table("findings")
    op.drop_table("clients")
