"""What can go wrong with the hub's own database; each message is a sentence for the operator and says what to do.

StoreError
├── BadDatabaseUrl      the operator corrects HUB_DATABASE_URL
├── WrongRevision       the operator migrates, or runs the hub that fits the database
└── LockTimeout         the operator waits until the other migration has ended, and runs the command again
"""

from __future__ import annotations


class StoreError(Exception):
    """The hub's own database cannot be used as it is. The message never holds an address or a password."""


class BadDatabaseUrl(StoreError):
    """The URL names no database that the hub can keep its tables in."""


class WrongRevision(StoreError):
    """The database's tables are not those that this hub was written for."""


class LockTimeout(StoreError):
    """Somebody else held the database for longer than the migration was told to wait."""
