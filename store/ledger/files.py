"""Where the ledger keeps its journals and anchors: folders of their own for each database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from store.database.engine import sqlite_path


@dataclass(frozen=True, slots=True)
class LedgerFiles:
    """The folders of one database. `journals_left` is where earlier versions wrote journals, if it is another one."""

    journals: Path
    anchors: Path
    journals_left: Path | None = None

    @property
    def all_journals(self) -> tuple[Path, ...]:
        """Every folder that may hold journals."""
        return (self.journals,) if self.journals_left is None else (self.journals, self.journals_left)


def places_of(url: URL, var: Path) -> LedgerFiles:
    """The folders for the database at a URL; they do not depend on the account in it.

    Journals are under `var`, so that a full disk of the database does not fill them too. Anchors are beside a SQLite
    file, otherwise under `var`.
    """
    path = sqlite_path(url)
    base = path.resolve().parent if path is not None else var
    name = str(path.resolve()) if path is not None else repr((url.host, url.port, url.database))
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    journals, left = var.resolve() / "ledger" / digest, base.resolve() / "ledger" / digest
    return LedgerFiles(journals, base / "anchors" / digest, left if left != journals else None)
