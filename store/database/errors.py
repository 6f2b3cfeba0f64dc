"""The errors of the hub's own database. Each message tells the operator what to do.

StoreError
├── BadDatabaseUrl      the operator corrects HUB_DATABASE_URL
├── WrongRevision       the operator migrates, or runs the hub that fits the database
├── CopiesAway          the operator looks at the second place of the anchors
├── OtherDatabase       the operator puts back the database that was opened, or restarts the hub
└── LockTimeout         the operator waits until the other migration has ended, and runs the command again
"""

from __future__ import annotations


class StoreError(Exception):
    """The hub's own database cannot be used. The message never holds an address or a password."""


class BadDatabaseUrl(StoreError):
    """The URL names no database that the hub can use."""


class WrongRevision(StoreError):
    """The tables are of another revision than this hub needs."""


class OtherDatabase(StoreError):
    """The database was replaced or deleted while the hub ran."""


class CopiesAway(StoreError):
    """The second place of the ledger's anchors cannot be opened or read."""


class LockTimeout(StoreError):
    """Another process held the lock for longer than the migration may wait."""
