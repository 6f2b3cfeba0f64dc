"""Statements: a writing and an effect -> INSERT, UPDATE and SELECT for one dialect, with parameters. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa

from connectors.decoders.protocol import Raw
from connectors.sql.dialects import Condition, Dialect
from connectors.writing.writings import NewRow, Writing
from models.actions.effects import Effect
from models.records import KEY

COMMENT = "/* simpul write */"
"""Begins every statement, so that the owner sees in the log of the server whose it is."""

MARKER_COLUMNS = ("delivery", "row_key", "written_at")
MARKER_KEY_CHARS = 64


class Write(Enum):
    """What a statement is for."""

    INSERT = "insert"
    FIND = "find"
    UPDATE = "update"


_KEYLESS = frozenset({"mariadb"})
"""Where an INSERT that returns the key would need the right to give it; MySQL returns nothing at all."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one line with its parameters in order. `repr` shows no values."""

    text: str
    parameters: tuple[Any, ...]

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class WriteStatements:
    """The statements of one dialect."""

    dialect: Dialect

    def insert(self, writing: Writing, row: NewRow, effect: Effect, first_key: object = None) -> Statement:
        """A new row. The first one of a record returns its key, where the database returns any.

        The others refer to it by `first_key`.
        """
        cells: dict[str, Any] = writing.cells(row, effect)
        if row.key_in is not None:
            cells[row.key_in] = first_key
        inserting = sa.insert(row.table).values({name: _value(row.table.c[name], raw) for name, raw in cells.items()})
        returns = row.key_in is None and self.dialect.name not in _KEYLESS
        return self._compiled(inserting.returning(writing.key) if returns else inserting)

    def key_given(self, writing: Writing, effect: Effect) -> Statement:
        """The key that the database has just given to a new row, where an INSERT does not return it."""
        if isinstance(writing.key.type, sa.Integer):
            return Statement(f"{COMMENT} SELECT LAST_INSERT_ID()", ())
        return self.found(writing, effect)

    def update(self, writing: Writing, effect: Effect) -> Statement:
        """Other values of one row, if it is still alive and as it is expected to be."""
        table = writing.table
        cells = writing.changes(effect)
        updating = sa.update(table).values({name: _value(table.c[name], raw) for name, raw in cells.items()})
        return self._compiled(updating.where(*self._row(writing, effect), *self._expected(writing, effect)))

    def as_expected(self, writing: Writing, effect: Effect) -> Statement:
        """The key of the row, if it is alive and as it is expected to be."""
        return self._compiled(
            sa.select(writing.key).where(*self._row(writing, effect), *self._expected(writing, effect))
        )

    def still_there(self, writing: Writing, effect: Effect) -> Statement:
        """The key of the row, if there is one that is alive."""
        return self._compiled(sa.select(writing.key).where(*self._row(writing, effect)))

    def as_told(self, writing: Writing, effect: Effect) -> Statement:
        """The key of the row, if it has the values of the effect already."""
        cells = writing.changes(effect)
        return self._compiled(
            sa.select(writing.key).where(*self._row(writing, effect), *self._alike(writing.table, cells))
        )

    def found(self, writing: Writing, effect: Effect) -> Statement:
        """The keys of the rows that look like a new one, the first of them first; also of those that were deleted."""
        alike = self._alike(writing.table, writing.likeness(effect))
        return self._compiled(sa.select(writing.key).where(*alike).order_by(writing.key))

    def mark(self, table: str, delivery: str, key: str | None, at: str) -> Statement:
        marked = _marker(table)
        cells = dict(zip(MARKER_COLUMNS, (delivery, key, at), strict=True))
        return self._compiled(
            sa.insert(marked).values({name: _value(marked.c[name], one) for name, one in cells.items()})
        )

    def marked(self, table: str, delivery: str) -> Statement:
        marked = _marker(table)
        return self._compiled(sa.select(marked.c.row_key).where(*self._alike(marked, {MARKER_COLUMNS[0]: delivery})))

    def templates(self, writing: Writing) -> dict[Write, tuple[str, ...]]:
        """The texts that write a record, for the owner of its tables; values are placeholders."""
        nothing = Effect(writing.record, {})
        found_by = dict.fromkeys(columns_found_by(writing), "")
        found = sa.select(writing.key).where(*self._alike(writing.table, found_by)).order_by(writing.key)
        made = {
            Write.INSERT: tuple(self.insert(writing, row, nothing).text for row in writing.new),
            Write.FIND: (self._compiled(found).text,),
        }
        if writing.changed:
            table = writing.table
            row = [*self._alike(table, {writing.mapping.legacy_key: ""}), *self._alive(writing)]
            updating = sa.update(table).values({name: _value(table.c[name], "") for name in columns_updated(writing)})
            made[Write.UPDATE] = (self._compiled(updating.where(*row)).text,)
        return made

    def tries(self, writing: Writing) -> list[tuple[str, Statement]]:
        """Statements that change nothing, each with the right that it needs: the database says whether it is there."""
        never = sa.literal_column("1") == sa.literal_column("0")
        tried: list[tuple[str, Statement]] = []
        for row in writing.new:
            columns = columns_inserted(writing, row)
            nothing = sa.select(*[sa.null() for _ in columns]).where(never)
            inserting = sa.insert(row.table).from_select(list(columns), nothing, include_defaults=False)
            tried.append((f"INSERT ({', '.join(columns)}) ON {row.table.fullname}", self._compiled(inserting)))
        table, changed, looked_at = writing.table, columns_updated(writing), columns_selected(writing)
        if changed:
            updating = sa.update(table).values(dict.fromkeys(changed, sa.null())).where(never)
            tried.append((f"UPDATE ({', '.join(changed)}) ON {table.fullname}", self._compiled(updating)))
        looking = sa.select(*(table.c[name] for name in looked_at)).where(never)
        tried.append((f"SELECT ({', '.join(looked_at)}) ON {table.fullname}", self._compiled(looking)))
        return tried

    def tries_marker(self, table: str) -> list[tuple[str, Statement]]:
        """As `tries`, for the table of markers."""
        marked = _marker(table)
        never = sa.literal_column("1") == sa.literal_column("0")
        nothing = sa.select(*[sa.null() for _ in MARKER_COLUMNS]).where(never)
        inserting = sa.insert(marked).from_select(list(MARKER_COLUMNS), nothing, include_defaults=False)
        return [
            (f"INSERT ON {table}", self._compiled(inserting)),
            (f"SELECT ON {table}", self._compiled(sa.select(marked.c.row_key).where(never))),
        ]

    # --- Conditions ---------------------------------------------------------------------------------------------------

    def _row(self, writing: Writing, effect: Effect) -> list[Condition]:
        (raw,) = writing.spell(KEY, effect.key, writing.first)
        return [*self._alike(writing.table, {writing.mapping.legacy_key: raw}), *self._alive(writing)]

    def _alive(self, writing: Writing) -> list[Condition]:
        found: list[Condition] = []
        for legacy, values in writing.alive.items():
            column = writing.table.c[legacy]
            found.append(column.is_(None) if values is None else self._one_of(column, values))
        return found

    def _expected(self, writing: Writing, effect: Effect) -> list[Condition]:
        found: list[Condition] = []
        for legacy, (values, complement, or_null) in writing.expected(effect).items():
            column = writing.table.c[legacy]
            one_of = self._one_of(column, values) if values else sa.false()
            told = sa.not_(one_of) if complement else one_of
            found.append(sa.or_(told, column.is_(None)) if or_null else told)
        return found

    def _alike(self, table: sa.TableClause, cells: Dictionary[str, Raw | None]) -> list[Condition]:
        return [
            table.c[name].is_(None) if raw is None else self._one_of(table.c[name], (raw,))
            for name, raw in cells.items()
        ]

    def _one_of(self, column: sa.ColumnElement[Any], values: tuple[Raw, ...]) -> Condition:
        """Whether a column has one of these values: exactly, and by an index where the database can use it."""
        if not isinstance(column.type, sa.String):
            return column.in_([_value(column, one) for one in values])
        plain = all(str(one).isascii() for one in values)
        subject = self.dialect.exact(column, plain=plain)
        if subject is column:
            return column.in_([_value(column, one) for one in values])
        exact = subject.in_([self.dialect.exact_value(_value(column, one)) for one in values])
        return sa.and_(column.in_([_value(column, one) for one in values]), exact) if plain else exact

    def _compiled(self, statement: sa.Select[Any] | sa.Insert | sa.Update) -> Statement:
        made = statement.compile(dialect=self.dialect.core, compile_kwargs={"render_postcompile": True})
        text = f"{COMMENT} {' '.join(made.string.split())}"
        return Statement(text, tuple(made.params[name] for name in made.positiontup or ()))


def columns_inserted(writing: Writing, row: NewRow) -> tuple[str, ...]:
    """The columns of a table that a new row fills."""
    by_fields = [legacy for name in row.written for legacy in writing.mapped(name, row).legacy]
    return tuple(dict.fromkeys((*row.constants, *by_fields, *((row.key_in,) if row.key_in is not None else ()))))


def columns_updated(writing: Writing) -> tuple[str, ...]:
    """The columns of the first table that changes fill."""
    return tuple(dict.fromkeys(legacy for name in writing.changed for legacy in writing.mapped(name).legacy))


def columns_selected(writing: Writing) -> tuple[str, ...]:
    """The columns of the first table by which rows are found, and compared with what they are expected to be."""
    key, found_by, changed = writing.mapping.legacy_key, columns_found_by(writing), columns_updated(writing)
    return tuple(dict.fromkeys((key, *found_by, *writing.alive, *changed)))


def columns_found_by(writing: Writing) -> tuple[str, ...]:
    """The columns of the first table by which a new row is found again."""
    found_by = (writing.number.field,) if writing.number is not None else writing.found_by
    return tuple(legacy for name in found_by for legacy in writing.mapped(name).legacy)


def _value(column: sa.ColumnElement[Any], raw: object) -> Any:
    return sa.literal(raw, column.type)


def _marker(table: str) -> sa.TableClause:
    key = sa.String(MARKER_KEY_CHARS)
    return sa.table(table, *(sa.column(name, key) for name in MARKER_COLUMNS))


def marker_ddl(table: str) -> str:
    """The table of markers, in every dialect that is written to."""
    delivery, row_key, written_at = MARKER_COLUMNS
    return (
        f"CREATE TABLE {table} ({delivery} varchar({MARKER_KEY_CHARS}) PRIMARY KEY, "
        f"{row_key} varchar({MARKER_KEY_CHARS}), {written_at} varchar({MARKER_KEY_CHARS}))"
    )
