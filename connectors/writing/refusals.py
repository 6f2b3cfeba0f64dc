"""Refusals: errors by which a database says that it will not take what was written, now or later."""

from __future__ import annotations

import sqlite3

from models.actions.receipts import RefusalReason

_POSTGRESQL_CLASSES = {"22": RefusalReason.NOT_TAKEN, "23": RefusalReason.NOT_TAKEN, "P0": RefusalReason.NOT_TAKEN}
"""Data exceptions, violated constraints, errors of a trigger."""
_MARIADB_NUMBERS = {
    **dict.fromkeys((1142, 1143, 1227, 1370), RefusalReason.NO_RIGHT),
    **dict.fromkeys(
        (1048, 1062, 1216, 1264, 1265, 1292, 1364, 1366, 1406, 1452, 1644, 3819, 4025), RefusalReason.NOT_TAKEN
    ),
}
"""Rights on tables, columns and routines; values that are null, doubled, without a parent,
out of range, cut, wrong, missing, of no character of the column, too long; what a trigger or a check refuses."""
_SQLITE_CODES = {
    sqlite3.SQLITE_CONSTRAINT: RefusalReason.NOT_TAKEN,
    sqlite3.SQLITE_TOOBIG: RefusalReason.NOT_TAKEN,
    sqlite3.SQLITE_MISMATCH: RefusalReason.NOT_TAKEN,
    sqlite3.SQLITE_READONLY: RefusalReason.NO_RIGHT,
    sqlite3.SQLITE_PERM: RefusalReason.NO_RIGHT,
}


def refusal_of(error: Exception, dialect: str) -> RefusalReason | None:
    """Why the database refuses for good; None for an error after which a retry may help."""
    if dialect == "postgresql":
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return RefusalReason.NO_RIGHT if state == "42501" else _POSTGRESQL_CLASSES.get(state[:2])
        # The driver cannot encode a parameter as the type of its column.
        return RefusalReason.NOT_TAKEN if isinstance(error, ValueError) else None
    if dialect == "mariadb":
        return _MARIADB_NUMBERS.get(error.args[0]) if error.args else None
    return _SQLITE_CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
