"""The tables that the hub itself owns, as SQLAlchemy Core; no legacy table is ever among them."""

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
    """A moment: aware on the way in, aware and in UTC on the way out, on SQLite as on PostgreSQL.

    SQLite has no type for moments and its driver drops the offset, so every moment is moved to UTC first. A naive
    datetime raises ValueError (which SQLAlchemy wraps in StatementError), because nobody can know what it means.
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


# Names are fixed here, so that a migration can name what it drops on every database.
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
    # Ids are remembered elsewhere (limits, the trail of reads), so the id of a deleted client is never given again.
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
"""Who asks for an API key where an operator decides. A key is made when it is fetched: it is kept nowhere."""

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
"""Who read which personal fields, for what; never a value. Only ever added to, by store/ledger.py."""

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
"""The entries about a person, for that person's own trail: an index over ledger_entries.persons, seconds behind."""

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
    # Who asks for the same thing again while it is open has asked once.
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
"""How each request came into its state. Only ever added to."""

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
"""Where the hub has looked for copies of a person's data because of a request for erasure: the receipt, in numbers."""

consent_withdrawals: Final = Table(
    "consent_withdrawals",
    metadata,
    Column("person", Text, primary_key=True, comment="the mark of who took the consent back"),
    Column("purpose", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
"""Whose data may no longer be read for a purpose that rests on consent."""

trusted_documents: Final = Table(
    "trusted_documents",
    metadata,
    Column("client", Text, primary_key=True, comment="the app whose document it is"),
    Column("identifier", Text, primary_key=True, comment="what the app names it by; of one text only"),
    Column("text", Text, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
)
"""The operations of apps that clients may name instead of sending them."""

source_changes: Final = Table(
    "source_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("condition", Text, nullable=False, comment="a SourceCondition; text, as in findings"),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_source_changes_source_id", "source", "id"),
)
"""How the sources were over time: a row for each change, the newest of them. Only store/source_changes.py writes it."""

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
"""The trusted documents whose answers are kept warm."""
