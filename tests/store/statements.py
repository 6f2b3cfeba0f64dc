"""Runs the outbox's own statements on a database in memory, faster than SQLAlchemy, which only compiles them here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import aiosqlite
from sqlalchemy.sql.elements import ClauseElement

from store.changes import log
from store.outbox import accepting, claiming

_DIALECT: Final = aiosqlite.dialect()
_MADE_ONCE: Final = {
    id(statement)
    for module in (accepting, claiming, log)
    for value in vars(module).values()
    for statement in (value.values() if isinstance(value, dict) else (value,))
    if isinstance(statement, ClauseElement)
}


@dataclass
class Result:
    """The rows of a statement, all of them."""

    rows: list[Any]
    rowcount: int

    def one(self) -> Any:
        (row,) = self.rows
        return row

    def one_or_none(self) -> Any:
        return self.one() if self.rows else None

    def scalar(self) -> Any:
        return self.rows[0][0] if self.rows else None


class Prepared:
    """A statement as SQLAlchemy compiles it, with what turns values into the database's and back."""

    def __init__(self, statement: Any, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=names)
        self.text: str = str(compiled)
        constant, binds = compiled.params, compiled._bind_processors
        self._binds = [(name, constant.get(name), binds.get(name)) for name in compiled.positiontup or ()]
        columns = compiled._result_columns
        self._reads: list[Callable[[Any], Any] | None] = [
            one.type._cached_result_processor(_DIALECT, None) for one in columns
        ]
        fields = {one.keyname: property(itemgetter(place)) for place, one in enumerate(columns)}
        self._row = type("Row", (tuple,), fields)

    def run(self, connection: sqlite3.Connection, values: Mapping[str, Any]) -> Result:
        bound = []
        for name, constant, write in self._binds:
            value = values.get(name, constant)
            bound.append(write(value) if write is not None else value)
        cursor = connection.execute(self.text, bound)
        return Result([self._read(row) for row in cursor.fetchall()], cursor.rowcount)

    def _read(self, row: tuple[Any, ...]) -> Any:
        return self._row([read(one) if read is not None else one for one, read in zip(row, self._reads, strict=True)])


@dataclass
class Statements:
    """A connection to a database in memory. Statements that are made anew each time run by SQLAlchemy."""

    connection: sqlite3.Connection = field(
        default_factory=lambda: sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    )
    slow: sa.Connection = field(init=False)
    _prepared: dict[int, Prepared] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine = sa.create_engine("sqlite://", creator=lambda: self.connection, poolclass=sa.StaticPool)
        self.slow = engine.connect()

    @property
    def dialect(self) -> sa.Dialect:
        return _DIALECT

    def execute(self, statement: Any, values: Any = None) -> Any:
        if id(statement) not in _MADE_ONCE:
            return self.slow.execute(statement, values)
        prepared = self._prepared.get(id(statement))
        rows = values if isinstance(values, list) else [values or {}]
        if prepared is None:
            prepared = self._prepared[id(statement)] = Prepared(statement, list(rows[0]))
        return [prepared.run(self.connection, row) for row in rows][-1]
