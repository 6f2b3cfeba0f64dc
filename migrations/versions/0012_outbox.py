"""Accepted actions until they are delivered, the keys that stand for them, what they changed, and leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False, comment="what one process at a time may do"),
        sa.Column("holder", sa.Text(), nullable=False, comment="the process; empty: nobody"),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="grows with each holder"),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "intents",
        sa.Column("caller", sa.Text(), nullable=False, comment="the pseudonym of a person, or the name of a client"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the idempotency key, as the caller chose it"),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="HMAC of the canonical variables"),
        sa.Column("receipt", sa.Text(), nullable=False, comment="the outbox.id that this key stands for"),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("caller", "action", "key", name=op.f("pk_intents")),
    )
    op.create_index(op.f("ix_intents_expires_at"), "intents", ["expires_at"])
    _create_outbox()
    op.create_table(
        "delivery_attempts",
        sa.Column("receipt", sa.Text(), nullable=False, comment="the outbox.id"),
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False, comment="by which the worker had it"),
        sa.Column("at", _TIME, nullable=False, comment="when it ended"),
        sa.Column("lasted_ms", sa.Integer(), nullable=False, comment="on the worker's monotonic clock"),
        sa.Column("rung", sa.Text(), nullable=False, comment="a Rung: how surely it happens once"),
        sa.Column("outcome", sa.Text(), nullable=False, comment="an AttemptOutcome; no text of a department"),
        sa.PrimaryKeyConstraint("receipt", "token", name=op.f("pk_delivery_attempts")),
    )
    op.create_table(
        "record_changes",
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), comment="null: of a new row whose key is not known"),
        sa.Column("kind", sa.Text(), nullable=False, comment="a ChangeKind; text, as above"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("cursor", name=op.f("pk_record_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_record_changes_at"), "record_changes", ["at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False, comment="random; of the receipt, and of what is delivered"),
        sa.Column("caller", sa.Text(), nullable=False, comment="as in intents"),
        sa.Column("action", sa.Text(), nullable=False, comment="its name in the graph"),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), comment="of a new row: null until it is delivered"),
        sa.Column("reference", sa.Text(), comment="the number that the hub gave to a new row"),
        sa.Column("source", sa.Text(), comment="null: its effects are in the hub's own tables"),
        sa.Column("chain", sa.Text(), nullable=False, comment="what is delivered in order: a row, or a new one"),
        sa.Column("place", sa.Integer(), nullable=False, comment="in its chain, from 1"),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="a ReceiptState; text, so that an older hub reads a newer one's",
        ),
        sa.Column("reason", sa.Text(), comment="a RefusalReason; text, as above"),
        sa.Column(
            "sealed", sa.Text(), comment="the effects, encrypted; null once they are erased or not needed any more"
        ),
        sa.Column("accepted_at", _TIME, nullable=False),
        sa.Column("waits_since", _TIME, nullable=False, comment="accepted, or tried again by a person"),
        sa.Column("settled_at", _TIME, comment="delivered or refused; null: neither yet"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often a worker has taken it"),
        sa.Column("next_at", _TIME, nullable=False, comment="not to be tried before"),
        sa.Column("lease_until", _TIME, comment="null: no worker has it"),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="grows with each worker that takes it"),
        sa.Column("trace", sa.Text(), comment="what an attempt kept before it could commit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("source", "chain", "place", name=op.f("uq_outbox_source_chain_place")),
        sa.CheckConstraint("place > 0", name=op.f("ck_outbox_place_positive")),
    )
    op.create_index("ix_outbox_state_source_next_at", "outbox", ["state", "source", "next_at"])
    op.create_index("ix_outbox_caller_accepted_at", "outbox", ["caller", "accepted_at", "id"])


def downgrade() -> None:
    for table in ("record_changes", "delivery_attempts", "outbox", "intents", "leases"):
        op.drop_table(table)
