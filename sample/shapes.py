"""The shape of a legacy source: its tables, their DDL in three dialects, and the stream of rows that fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sample.city import Size

Dialect = Literal["sqlite", "postgresql", "mariadb"]
Row = tuple[object, ...]


@dataclass(frozen=True)
class Table:
    """One legacy table, its types shared by all three dialects; `charset` and `engine` matter on MariaDB only."""

    name: str
    columns: tuple[tuple[str, str], ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    charset: Literal["latin1", "utf8mb4"] = "latin1"
    engine: Literal["InnoDB", "MyISAM"] = "InnoDB"

    @property
    def text_positions(self) -> tuple[int, ...]:
        """Where the free texts stand: the only cells that may hold raw bytes or a NUL."""
        return tuple(at for at, (_, kind) in enumerate(self.columns) if kind == "text")

    def create_sql(self, dialect: Dialect, name: str) -> str:
        """The CREATE TABLE statement, under another name while it is being filled."""
        columns = ", ".join(f"{column} {kind}" for column, kind in self.columns)
        ending = f" ENGINE={self.engine} DEFAULT CHARSET={self.charset}" if dialect == "mariadb" else ""
        return f"CREATE TABLE {name} ({columns}){ending}"

    def insert_sql(self, dialect: Dialect, name: str) -> str:
        """The INSERT statement for one row; on SQLite a free text given as bytes stays those bytes, typed as text."""
        marks = ["?" if dialect == "sqlite" else "%s"] * len(self.columns)
        if dialect == "sqlite":
            for at in self.text_positions:
                marks[at] = "CAST(? AS TEXT)"
        return f"INSERT INTO {name} VALUES ({', '.join(marks)})"  # noqa: S608  # names are the sample's own


@dataclass(frozen=True)
class Source:
    """One legacy system. `rows` streams (table name, row) in order; `total` counts the rows of its `main` table."""

    name: str
    tables: tuple[Table, ...]
    main: str
    total: Callable[[Size], int]
    rows: Callable[[Size, int], Iterator[tuple[str, Row]]]


@dataclass(frozen=True)
class Drop:
    """A legacy system that is read as files: `write` puts them into a folder that is there and empty."""

    name: str
    write: Callable[[Path, Size, int], None]
