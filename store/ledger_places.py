"""Where the ledger keeps what is not in the database: its journals and its anchors, apart for each database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from store.database import sqlite_path


@dataclass(frozen=True, slots=True)
class Places:
    """Two folders of one database of the hub: what waits for one, or vouches for it, never gets mixed with another."""

    journals: Path
    anchors: Path


def places_of(url: URL, var: Path) -> Places:
    """Beside the file of a SQLite database, else under `var`. Whoever signs in at a server, they are the same."""
    path = sqlite_path(url)
    base = path.resolve().parent if path is not None else var
    name = str(path.resolve()) if path is not None else repr((url.host, url.port, url.database))
    mark = hashlib.sha256(name.encode()).hexdigest()[:12]
    return Places(base / "ledger" / mark, base / "anchors" / mark)
