"""The rights of the person: requests to departments with their steps, and consents that were withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_requests",
        sa.Column("id", sa.Text(), nullable=False, comment="random, so that nobody guesses another one's"),
        sa.Column("person", sa.Text(), nullable=False, comment="the mark of whose data it is about"),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="a RightsKind; text, so that an older hub reads a newer one's rows",
        ),
        sa.Column("purpose", sa.Text(), nullable=False, comment="of a withdrawal of consent; else empty"),
        sa.Column("department", sa.Text(), nullable=False, comment="which department has to answer"),
        sa.Column("state", sa.Text(), nullable=False, comment="a RightsState; text, as above"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True, comment="null: still to be answered"),
        sa.Column(
            "sealed",
            sa.Text(),
            nullable=True,
            comment="the resident number and the reason, encrypted; null once it is closed",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_requests")),
    )
    op.create_index(op.f("ix_rights_requests_due_at"), "rights_requests", ["due_at"])
    op.create_index("ix_rights_requests_person_due_at", "rights_requests", ["person", "due_at"])
    op.create_index(
        "uq_rights_requests_open",
        "rights_requests",
        ["person", "kind", "purpose", "department"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "rights_steps",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="of who brought it into this state"),
        sa.Column("note", sa.Text(), nullable=True, comment="what was answered, encrypted; null: nothing"),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_rights_steps")),
    )
    op.create_table(
        "consent_withdrawals",
        sa.Column("person", sa.Text(), nullable=False, comment="the mark of who took the consent back"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person", "purpose", name=op.f("pk_consent_withdrawals")),
    )


def downgrade() -> None:
    op.drop_table("consent_withdrawals")
    op.drop_table("rights_steps")
    op.drop_index("uq_rights_requests_open", table_name="rights_requests")
    op.drop_index("ix_rights_requests_person_due_at", table_name="rights_requests")
    op.drop_index(op.f("ix_rights_requests_due_at"), table_name="rights_requests")
    op.drop_table("rights_requests")
