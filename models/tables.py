"""The hub's own tables, as SQLAlchemy Core; no legacy table is among them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """A time: aware when written, aware and in UTC when read, on SQLite as on PostgreSQL.

    SQLite has no type for times and its driver drops the offset, so every time is converted to UTC. A naive datetime
    raises ValueError (which SQLAlchemy wraps in StatementError), because its meaning is unknown.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a moment needs its offset: pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Constraint names are fixed, so that migrations can drop them by name on every database.
metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)

clients: Final = Table(
    "clients",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_prefix", Text, nullable=False, comment="the visible start of the key, by which people name it"),
    Column("key_sha256", Text, nullable=False, comment="hexadecimal SHA-256 of the key; the key itself is not kept"),
    Column("scopes", Text, nullable=False, comment="sorted, separated by one space"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, comment="null: does not expire"),
    Column("revoked_at", UtcDateTime, comment="null: not revoked"),
    Column("contact", Text, nullable=False, comment="how to reach the people behind the client"),
    Column("last_used_at", UtcDateTime, comment="to the minute; null: never"),
    UniqueConstraint("key_prefix"),
    UniqueConstraint("key_sha256"),
    CheckConstraint("length(key_sha256) = 64", name="key_sha256_length"),
    # Ids are stored elsewhere too (limits, the trail), so the id of a deleted client is never reused.
    sqlite_autoincrement=True,
)

key_requests: Final = Table(
    "key_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, comment="what the client is to be called"),
    Column("contact", Text, nullable=False, comment="how to reach the people behind it"),
    Column("intent", Text, nullable=False, comment="what they want the key for, in their words"),
    Column("code_sha256", Text, nullable=False, comment="hexadecimal SHA-256 of the code that the key is fetched with"),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime, comment="null: an operator has still to look at it"),
    Column("days", Integer, comment="how long the key lasts that was granted; null: refused, or not decided"),
    Column("client_id", Integer, comment="the client whose key was fetched; null: none yet"),
    UniqueConstraint("code_sha256"),
    CheckConstraint("length(code_sha256) = 64", name="code_sha256_length"),
    sqlite_autoincrement=True,
)
"""Requests for API keys that an operator decides. A key is made when it is fetched, and not stored."""

complaint_feedback: Final = Table(
    "complaint_feedback",
    metadata,
    Column("complaint", Text, primary_key=True, comment="the key of the complaint in its source"),
    Column(
        "kind", Text, primary_key=True, comment="a FeedbackKind; text, so that an older hub reads a newer one's rows"
    ),
    Column("person", Text, primary_key=True, index=True, comment="the mark of who says it"),
    Column("rating", Integer, comment="of a rating: 1 to 5"),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating_range"),
)
"""What residents say of complaints and of their answers."""

findings: Final = Table(
    "findings",
    metadata,
    Column("source", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("field", Text, primary_key=True, comment="empty: the record as a whole"),
    Column(
        "kind", Text, primary_key=True, comment="a FindingKind; text, so that an older hub reads a newer one's rows"
    ),
    Column("count", BigInteger, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False, index=True),
    CheckConstraint("count > 0", name="count_positive"),
)

ledger_entries: Final = Table(
    "ledger_entries",
    metadata,
    Column("writer", Text, primary_key=True, comment="the process that wrote it; each has a chain of its own"),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="the place in that chain, from 1"),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("kind", Text, nullable=False, index=True, comment="READ, CUT or GAP"),
    Column("viewer", Text, comment="who read: the mark of a person, or the name of a client"),
    Column("role", Text, nullable=False),
    Column("department", Text, comment="of an officer"),
    Column("purpose", Text, comment="null: none was stated"),
    Column("operation", Text, comment="the name that the client gave its operation"),
    Column("request_id", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("fields", Text, nullable=False, comment="sorted, separated by one space"),
    Column("persons", Text, comment="marks of whom it was about, separated by one space; null: not known"),
    Column("rows", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column(
        "detail",
        Text,
        comment="of a CUT or a GAP: which entries are not there, and why; of an unlock: the reason that was given",
    ),
    Column("previous", Text, nullable=False, comment="the hash of the entry before"),
    Column("hash", Text, nullable=False, comment="hexadecimal SHA-256 of previous and of what stands here"),
    CheckConstraint("seq > 0", name="seq_positive"),
)
"""Who read which personal fields for which purpose; never a value. Append-only, by store/ledger/recording.py."""

ledger_heads: Final = Table(
    "ledger_heads",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="of the last entry of the writer"),
    Column("hash", Text, nullable=False, comment="of the last entry of the writer"),
    Column(
        "indexed",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="up to which entry ledger_persons has its people",
    ),
)

ledger_persons: Final = Table(
    "ledger_persons",
    metadata,
    Column("person", Text, primary_key=True, comment="the mark of whom an entry is about"),
    Column("at", UtcDateTime, primary_key=True),
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)
"""The index of trails: the entries about a person, from ledger_entries.persons, some seconds behind."""

ledger_anchored: Final = Table(
    "ledger_anchored",
    metadata,
    Column("chain", Text, primary_key=True, comment="the chain of anchors of one folder"),
    Column("number", BigInteger, nullable=False, comment="of its last line"),
    Column("hash", Text, nullable=False, comment="of its last line: hexadecimal SHA-256"),
    Column("at", Text, nullable=False, comment="when it was written"),
)
"""The last line of each chain of anchors, so that a truncated file is noticed."""

generation: Final = Table(
    "generation",
    metadata,
    Column("id", Text, primary_key=True, comment="random: another database has another one"),
)
"""The id of this database in one row, replaced when a backup is restored."""

rights_requests: Final = Table(
    "rights_requests",
    metadata,
    Column("id", Text, primary_key=True, comment="random, so that nobody guesses another one's"),
    Column("person", Text, nullable=False, comment="the mark of whose data it is about"),
    Column("kind", Text, nullable=False, comment="a RightsKind; text, so that an older hub reads a newer one's rows"),
    Column("purpose", Text, nullable=False, comment="of a withdrawal of consent; else empty"),
    Column("department", Text, nullable=False, comment="which department has to answer"),
    Column("state", Text, nullable=False, comment="a RightsState; text, as above"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("closed_at", UtcDateTime, comment="null: still to be answered"),
    Column("sealed", Text, comment="the resident number and the reason, encrypted; null once it is closed"),
    Index("ix_rights_requests_person_due_at", "person", "due_at"),
    # A second equal request while one is open is the same request.
    Index(
        "uq_rights_requests_open",
        "person",
        "kind",
        "purpose",
        "department",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)
"""What people ask departments to do with their data."""

rights_steps: Final = Table(
    "rights_steps",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("role", Text, nullable=False, comment="of who brought it into this state"),
    Column("note", Text, comment="what was answered, encrypted; null: nothing"),
)
"""The steps of each request. Append-only."""

erasure_searches: Final = Table(
    "erasure_searches",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("place", Text, primary_key=True, comment="an ErasurePlace; text, as above"),
    Column("at", UtcDateTime, nullable=False),
    Column("looked", Integer, comment="how many things were looked at; null: the place could not be searched"),
    Column("found", Integer),
    Column("removed", Integer),
)
"""Where the hub searched for a person's data after a request for erasure: the receipt, in numbers."""

consent_withdrawals: Final = Table(
    "consent_withdrawals",
    metadata,
    Column("person", Text, primary_key=True, comment="the mark of who took the consent back"),
    Column("purpose", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
"""Withdrawn consents: whose data may not be read for a purpose."""

trusted_documents: Final = Table(
    "trusted_documents",
    metadata,
    Column("client", Text, primary_key=True, comment="the app whose document it is"),
    Column("identifier", Text, primary_key=True, comment="what the app names it by; of one text only"),
    Column("text", Text, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
)
"""Operations of apps that clients may name instead of sending them."""

source_changes: Final = Table(
    "source_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("condition", Text, nullable=False, comment="a SourceCondition; text, as in findings"),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_source_changes_source_id", "source", "id"),
)
"""The newest state changes of sources. Only store/source_changes.py writes them."""

views: Final = Table(
    "views",
    metadata,
    Column("name", Text, primary_key=True, comment="that of its pages, /views/<name>.json and .csv"),
    Column("identifier", Text, nullable=False, comment="of the trusted document that it answers"),
    Column("variables", Text, nullable=False, comment="a JSON object; of public values only"),
    Column("language", Text, nullable=False),
    Column("every_s", Integer, nullable=False, comment="after how many seconds it is worked out anew, at most"),
    Column("registered_at", UtcDateTime, nullable=False),
)
"""The trusted documents whose answers are kept up to date."""

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True, comment="what one process at a time may do"),
    Column("holder", Text, nullable=False, comment="the process; empty: nobody"),
    Column("token", BigInteger, nullable=False, comment="grows with each holder"),
    Column("until", UtcDateTime, nullable=False),
)
"""Which process does what only one may do. Only store/leases.py writes them."""

intents: Final = Table(
    "intents",
    metadata,
    Column("caller", Text, primary_key=True, comment="the pseudonym of a person, or the name of a client"),
    Column("action", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="the idempotency key, as the caller chose it"),
    Column("fingerprint", Text, nullable=False, comment="HMAC of the canonical variables"),
    Column("receipt", Text, nullable=False, comment="the outbox.id that this key stands for"),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)
"""Which receipt each idempotency key stands for."""

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True, comment="random; of the receipt, and of what is delivered"),
    Column("caller", Text, nullable=False, comment="as in intents"),
    Column("action", Text, nullable=False, comment="its name in the graph"),
    Column("record", Text, nullable=False),
    Column("record_key", Text, comment="of a new row: null until it is delivered"),
    Column("reference", Text, comment="the number that the hub gave to a new row"),
    Column("source", Text, comment="null: its effects are in the hub's own tables"),
    Column("chain", Text, nullable=False, comment="what is delivered in order: a row, or a new one"),
    Column("place", Integer, nullable=False, comment="in its chain, from 1"),
    Column("state", Text, nullable=False, comment="a ReceiptState; text, so that an older hub reads a newer one's"),
    Column("reason", Text, comment="a RefusalReason; text, as above"),
    Column("sealed", Text, comment="the effects, encrypted; null once they are erased or not needed any more"),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("waits_since", UtcDateTime, nullable=False, comment="accepted, or tried again by a person"),
    Column("settled_at", UtcDateTime, comment="delivered or refused; null: neither yet"),
    Column("attempts", Integer, nullable=False, comment="how often a worker has taken it"),
    Column("next_at", UtcDateTime, nullable=False, comment="not to be tried before"),
    Column("lease_until", UtcDateTime, comment="null: no worker has it"),
    Column("token", BigInteger, nullable=False, comment="grows with each worker that takes it"),
    Column("trace", Text, comment="what an attempt kept before it could commit"),
    UniqueConstraint("source", "chain", "place"),
    CheckConstraint("place > 0", name="place_positive"),
    Index("ix_outbox_state_source_next_at", "state", "source", "next_at"),
    Index("ix_outbox_caller_accepted_at", "caller", "accepted_at", "id"),
)
"""Accepted actions and what became of them. Only store/outbox/ writes them."""

delivery_attempts: Final = Table(
    "delivery_attempts",
    metadata,
    Column("receipt", Text, primary_key=True, comment="the outbox.id"),
    Column("token", BigInteger, primary_key=True, autoincrement=False, comment="by which the worker had it"),
    Column("at", UtcDateTime, nullable=False, comment="when it ended"),
    Column("lasted_ms", Integer, nullable=False, comment="on the worker's monotonic clock"),
    Column("rung", Text, nullable=False, comment="a Rung: how surely it happens once"),
    Column("outcome", Text, nullable=False, comment="an AttemptOutcome; no text of a department"),
)
"""How each attempt to deliver ended. Append-only."""

record_changes: Final = Table(
    "record_changes",
    metadata,
    Column("cursor", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    Column("key", Text, comment="null: of a new row whose key is not known"),
    Column("kind", Text, nullable=False, comment="a ChangeKind; text, as above"),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("fields", Text, comment="JSON: the names of those with other values; null: any may have"),
    Column("visibility_before", Text, comment="JSON: what policy decides by; null: not there, or not known"),
    Column("visibility_after", Text, comment="JSON, as above"),
    Column("digest", Text, comment="of the whole row; null: the hub has not read it"),
    Index("ix_record_changes_record_cursor", "record", "cursor"),
    # A cursor is never given twice, also when the newest change is deleted.
    sqlite_autoincrement=True,
)
"""The newest changes of rows, in the order of their cursors. Only store/changes/ writes them."""

uploads: Final = Table(
    "uploads",
    metadata,
    Column("owner", Text, primary_key=True, comment="as caller in intents"),
    Column("key", Text, primary_key=True, comment="the idempotency key, as the owner chose it"),
    Column("photo", Text, nullable=False, unique=True, comment="the photos.id that this key stands for"),
    Column("fingerprint", Text, comment="HMAC of the body; null: it is still being received"),
    Column("running_until", UtcDateTime, nullable=False, comment="then a request that did not end is given up"),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index("ix_uploads_owner_accepted_at", "owner", "accepted_at"),
)
"""Which photo each idempotency key of an upload stands for. Only store/evidence/ writes them, and the next two."""

photos: Final = Table(
    "photos",
    metadata,
    Column("id", Text, primary_key=True, comment="random; of what lies in the folder of objects, too"),
    Column("owner", Text, nullable=False, index=True, comment="as caller in intents"),
    Column("width", Integer, nullable=False, comment="in pixels, as it is kept"),
    Column("height", Integer, nullable=False),
    Column("bytes", Integer, nullable=False, comment="of the larger of the images that are kept"),
    Column("sha256", Text, nullable=False, comment="of the same"),
    Column("thumbnail_sha256", Text, nullable=False),
    Column("fingerprints", Text, nullable=False, comment="two hashes of 64 bits, hexadecimal"),
    Column("sealed", Text, comment="where and when it was taken, encrypted; null once it is attached"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("reference", Text, index=True, comment="the number of its record; null: nothing names the photo yet"),
    Column("purpose", Text, comment="a PhotoPurpose; text, so that an older hub reads a newer one's rows"),
    Column("receipt", Text, comment="the outbox.id of what attached it"),
    Column("attached_at", UtcDateTime, comment="null: it is deleted after a day"),
    Column("distance_verdict", Text, comment="a DistanceVerdict; text, as above"),
    Column("taken_at", UtcDateTime, comment="null: the photo does not say so, or is not attached yet"),
    Column("released_at", UtcDateTime, comment="since when the public may see it; null: it may not"),
    Column("deleted_at", UtcDateTime, index=True, comment="its objects are being deleted; null: it is there"),
    Index("ix_photos_attached_at_received_at", "attached_at", "received_at"),
)
"""Photos: the facts of each, while its bytes lie with the objects."""

photo_bands: Final = Table(
    "photo_bands",
    metadata,
    Column("band", Integer, primary_key=True, autoincrement=False, comment="a part of a hash, and which part"),
    Column("photo", Text, primary_key=True, index=True),
)
"""By which photos that are alike are found: of those that are attached."""
