"""Requests for API keys, which an operator grants or refuses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "key_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what the client is to be called"),
        sa.Column("contact", sa.Text(), nullable=False, comment="how to reach the people behind it"),
        sa.Column("intent", sa.Text(), nullable=False, comment="what they want the key for, in their words"),
        sa.Column(
            "code_sha256",
            sa.Text(),
            nullable=False,
            comment="hexadecimal SHA-256 of the code that the key is fetched with",
        ),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("decided_at", moment, comment="null: an operator has still to look at it"),
        sa.Column(
            "days", sa.Integer(), comment="how long the key lasts that was granted; null: refused, or not decided"
        ),
        sa.Column("client_id", sa.Integer(), comment="the client whose key was fetched; null: none yet"),
        sa.CheckConstraint("length(code_sha256) = 64", name=op.f("ck_key_requests_code_sha256_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_requests")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_key_requests_code_sha256")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("key_requests")
