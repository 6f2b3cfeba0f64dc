"""Dialects: what each database calls the few forms that the hub builds statements from. Pure; no connection is made here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle, sqlite
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect as CoreDialect

from connectors.decoders.protocol import Raw, SqlForms

Expression = sa.ColumnElement[Any]


class Dialect(SqlForms, Protocol):
    """One SQL dialect. `core` compiles; the rest are forms that differ, or that collations would blur."""

    name: str
    core: CoreDialect
    parents_form: str
    """How the children of many parents are asked for: "lateral" (a list of keys joined to a limited select), or "union"."""
    keys_first: bool
    """Whether the parameters of `keys_table` stand before those of the select it is joined to."""
    keys_as_arrays: bool
    """Whether `keys_table` takes two arrays instead of one parameter per value."""

    def exact(self, column: Expression) -> Expression:
        """A column so that `=` compares it character by character: no case folding, no padding, no accents dropped."""
        ...

    def contains(self, text: Expression, pattern: Expression) -> Expression:
        """Whether a text contains what `contains_pattern` made of the words sought."""
        ...

    def contains_pattern(self, sought: str) -> str:
        """The words sought as a pattern that ignores the case of ASCII letters; wildcards stand for themselves."""
        ...

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        """The text of a table `p(n, k)` of `count` ordinals and keys; `first` parameters stand before its own."""
        ...

    def lateral_join(self, branch: str) -> str:
        """The text that joins `p` to a select that mentions `p.k`, as `u`."""
        ...

    def union_branch(self, branch: str, index: int) -> str:
        """The text of one limited select as a term of a UNION ALL."""
        ...

    def limit(self, rows_max: int) -> str:
        """The text of a row limit, to stand after ORDER BY; the number is in the text, since an optimiser needs to see it."""
        ...

    def time_limit(self, statement_ms: int) -> str | None:
        """A statement that makes the server itself stop whatever takes longer in this session."""
        ...


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _like_pattern(sought: str) -> str:
    return "%" + re.sub(r"([%_\\])", r"\\\1", sought) + "%"


class _Forms:
    """The forms that are the same in most dialects."""

    keys_first = True
    keys_as_arrays = False
    text_type: sa.types.TypeEngine[str] = sa.String()

    def constant(self, value: str) -> sa.ColumnElement[str]:
        return sa.literal_column(quoted(value), self.text_type)

    def one_of(self, column: Expression, values: Sequence[Raw]) -> sa.ColumnElement[bool]:
        texts = all(isinstance(value, str) for value in values)
        subject = self.exact(column) if texts else column
        return subject.in_([self.constant(v) if isinstance(v, str) else sa.literal_column(str(v)) for v in values])

    def exact(self, column: Expression) -> Expression:
        return column

    def part(self, column: sa.ColumnElement[str], start: int, length: int) -> sa.ColumnElement[str]:
        return sa.func.substr(column, sa.literal_column(str(start)), sa.literal_column(str(length)), type_=sa.String)

    def joined(self, *parts: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.concat(part)
        return whole

    def contains_pattern(self, sought: str) -> str:
        return _like_pattern(sought)

    def limit(self, rows_max: int) -> str:
        return f"LIMIT {rows_max}"

    def union_branch(self, branch: str, index: int) -> str:
        return f"SELECT * FROM ({branch}) b{index}"

    def lateral_join(self, branch: str) -> str:
        return f"CROSS JOIN LATERAL ({branch}) u"

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        raise NotImplementedError("this dialect asks for children by a union")

    def _regex(self, shape: str) -> str:
        return "".join("[0-9]" if sign == "#" else f"[{sign}]" if sign in ".:/" else sign for sign in shape)

    def _characters(self, shape: str) -> str:
        return "".join("[0-9]" if sign == "#" else sign for sign in shape)


class SqliteDialect(_Forms):
    """SQLite 3.32 or newer: 500 terms in a compound select, 32,766 parameters."""

    name = "sqlite"
    core: CoreDialect = sqlite.dialect(paramstyle="qmark")
    parents_form = "union"

    def shaped(self, column: sa.ColumnElement[str], shape: str) -> sa.ColumnElement[bool]:
        return column.op("GLOB", is_comparison=True)(self.constant(self._characters(shape)))

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        return column.op("NOT GLOB", is_comparison=True)(self.constant("*[a-z]*"))

    def contains(self, text: Expression, pattern: Expression) -> Expression:
        return text.op("LIKE", is_comparison=True)(pattern.op("ESCAPE")(self.constant("\\")))

    def time_limit(self, statement_ms: int) -> str | None:
        return None


class PostgresqlDialect(_Forms):
    """PostgreSQL 12 or newer, over asyncpg."""

    name = "postgresql"
    core: CoreDialect = PGDialect_asyncpg()
    keys_first = False
    keys_as_arrays = True
    parents_form = "lateral"

    def shaped(self, column: sa.ColumnElement[str], shape: str) -> sa.ColumnElement[bool]:
        return column.op("~", is_comparison=True)(self.constant(f"^{self._regex(shape)}$"))

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        return column.collate("C").op("!~", is_comparison=True)(self.constant("[a-z]"))

    def contains(self, text: Expression, pattern: Expression) -> Expression:
        folded = sa.func.lower(sa.type_coerce(text, sa.Text).collate("C"))
        return folded.op("LIKE", is_comparison=True)(sa.func.lower(pattern.collate("C")))

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        kind = "TEXT" if isinstance(key_type, sa.String) else key_type.compile(dialect=self.core)
        return f"unnest(${first + 1}::INTEGER[], ${first + 2}::{kind}[]) AS p(n, k)"

    def time_limit(self, statement_ms: int) -> str | None:
        return f"SET statement_timeout = {statement_ms}"


class MariadbDialect(_Forms):
    """MariaDB 10.6 or newer and MySQL's dialect, over asyncmy. Its collations fold case and pad blanks, so exactness is asked for."""

    name = "mariadb"
    core: CoreDialect = MySQLDialect_asyncmy(is_mariadb=True)
    parents_form = "union"

    def exact(self, column: Expression) -> Expression:
        return sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4")), type_=sa.String).collate(
            "utf8mb4_nopad_bin"
        )

    def shaped(self, column: sa.ColumnElement[str], shape: str) -> sa.ColumnElement[bool]:
        whole = sa.func.char_length(column) == sa.literal_column(str(len(shape)))
        return sa.and_(column.op("REGEXP", is_comparison=True)(self.constant(f"^{self._regex(shape)}")), whole)

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        return self.exact(column).op("NOT REGEXP", is_comparison=True)(self.constant("[a-z]"))

    def joined(self, *parts: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return sa.func.concat(*parts, type_=sa.String)

    def union_branch(self, branch: str, index: int) -> str:
        return f"({branch})"

    def contains(self, text: Expression, pattern: Expression) -> Expression:
        return self.exact(text).op("REGEXP", is_comparison=True)(pattern)

    def contains_pattern(self, sought: str) -> str:
        return "".join(
            f"[{sign.lower()}{sign.upper()}]" if sign.isascii() and sign.isalpha()
            else f"\\x{{{ord(sign):x}}}" if sign.isascii() else sign
            for sign in sought
        )  # fmt: skip

    def time_limit(self, statement_ms: int) -> str | None:
        return f"SET max_statement_time = {statement_ms / 1000:.3f}"


class SqlServerDialect(_Forms):
    """SQL Server 2017 or newer. Checked by golden text; run where a live server's URL is given."""

    name = "mssql"
    core: CoreDialect = mssql.dialect(paramstyle="qmark")
    parents_form = "lateral"
    text_type: sa.types.TypeEngine[str] = sa.Unicode()

    def exact(self, column: Expression) -> Expression:
        return column.collate("Latin1_General_100_BIN2")

    def part(self, column: sa.ColumnElement[str], start: int, length: int) -> sa.ColumnElement[str]:
        return sa.func.substring(column, sa.literal_column(str(start)), sa.literal_column(str(length)), type_=sa.String)

    def shaped(self, column: sa.ColumnElement[str], shape: str) -> sa.ColumnElement[bool]:
        whole = sa.func.datalength(column) == sa.func.datalength(self.part(column, 1, len(shape)))
        return sa.and_(self.exact(column).op("LIKE", is_comparison=True)(self.constant(self._characters(shape))), whole)

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        return self.exact(column).op("NOT LIKE", is_comparison=True)(self.constant("%[a-z]%"))

    def joined(self, *parts: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return sa.func.concat(*parts, type_=sa.String)

    def contains(self, text: Expression, pattern: Expression) -> Expression:
        folded = sa.func.lower(self.exact(text))
        return folded.op("LIKE", is_comparison=True)(sa.func.lower(pattern).op("ESCAPE")(self.constant("\\")))

    def contains_pattern(self, sought: str) -> str:
        return "%" + re.sub(r"([%_\[\\])", r"\\\1", sought) + "%"

    def limit(self, rows_max: int) -> str:
        return f"OFFSET 0 ROWS FETCH NEXT {rows_max} ROWS ONLY"

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        return f"(VALUES {', '.join(['(?, ?)'] * count)}) AS p(n, k)"

    def lateral_join(self, branch: str) -> str:
        return f"CROSS APPLY ({branch}) AS u"

    def time_limit(self, statement_ms: int) -> str | None:
        return f"SET LOCK_TIMEOUT {statement_ms}"


class OracleDialect(_Forms):
    """Oracle 12.2 or newer; the empty text is null there. Checked by golden text; run where a live server's URL is given."""

    name = "oracle"
    core: CoreDialect = oracle.dialect(paramstyle="named")
    parents_form = "lateral"

    def shaped(self, column: sa.ColumnElement[str], shape: str) -> sa.ColumnElement[bool]:
        return sa.func.regexp_like(column, self.constant(f"^{self._regex(shape)}$"), type_=sa.Boolean)

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        return sa.not_(sa.func.regexp_like(column, self.constant("[a-z]"), self.constant("c"), type_=sa.Boolean))

    def contains(self, text: Expression, pattern: Expression) -> Expression:
        return sa.func.lower(text).op("LIKE", is_comparison=True)(
            sa.func.lower(pattern).op("ESCAPE")(self.constant("\\"))
        )

    def limit(self, rows_max: int) -> str:
        return f"FETCH FIRST {rows_max} ROWS ONLY"

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        rows = (f"SELECT :n{index} AS n, :k{index} AS k FROM dual" for index in range(count))
        return f"({' UNION ALL '.join(rows)}) p"

    def time_limit(self, statement_ms: int) -> str | None:
        return None


_SQLITE, _POSTGRESQL, _MARIADB = SqliteDialect(), PostgresqlDialect(), MariadbDialect()

DIALECTS: dict[str, Dialect] = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    "mysql": _MARIADB,
    "mariadb": _MARIADB,
    "mssql": SqlServerDialect(),
    "oracle": OracleDialect(),
}
"""The dialects by the scheme of a source's URL."""
