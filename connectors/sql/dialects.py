"""Dialects: the SQL forms that differ between databases. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle, sqlite
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect as CoreDialect
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from connectors.decoders.protocol import Expression, Raw, SqlForms

Condition = sa.ColumnElement[bool]


class Dialect(SqlForms, Protocol):
    """One SQL dialect. `core` compiles; the rest are forms that differ, or that collations affect."""

    name: str
    core: CoreDialect
    parents_form: Literal["lateral", "union"]
    """How to read the children of many parents: a list of keys joined to a limited select, or a UNION ALL."""
    keys_form: Literal["arrays", "pairs"]
    """The parameters of `keys_table`: two arrays after those of the select, or alternating ordinals and keys before."""

    nulls_first: bool
    """Whether null comes first in ascending order by default."""
    empty_text: bool
    """Whether the empty text is distinct from null."""
    list_values_max: int
    """How many values an IN list takes."""
    any_text: bool
    """Whether any text can be compared with a column, or only those in its character set."""

    groups_exactly: bool
    """Whether rows can be grouped by `exact` texts and return them as stored."""

    def wide(self, column: Expression) -> Expression:
        """A text that can be compared with any other, by a similar collation; without an index."""
        ...

    def exact(self, column: Expression, *, plain: bool = False) -> Expression:
        """A text that `=` compares exactly: case, trailing blanks and accents count.

        `plain`: it is only compared with ASCII texts, which may be quicker.
        """
        ...

    def exact_value(self, value: Expression) -> Expression:
        """The value to compare with `exact`."""
        ...

    def contains(self, text: Expression, sought: Expression) -> Condition:
        """Whether a text contains the result of `sought`."""
        ...

    def sought(self, words: str) -> str:
        """The search pattern: ignores the case of ASCII letters and escapes wildcards."""
        ...

    def to_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        """Rows as the subquery of a grouping, so that it is planned well."""
        ...

    def grouped(self, column: Expression) -> tuple[Expression, Expression]:
        """The expression to group a text by exactly, and the text of such a group."""
        ...

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        """The text of a table `p(n, k)` of `count` ordinals and keys, after `first` other parameters."""
        ...

    def lateral_join(self, branch: str) -> str:
        """The text that joins `p` to a select over `p.k`, named `u`."""
        ...

    def union_branch(self, branch: str, index: int) -> str:
        """The text of a limited select as a term of a UNION ALL."""
        ...

    def limit(self, rows_max: int) -> str:
        """The text of a row limit after ORDER BY. It is a literal, because optimisers need to see it."""
        ...


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_LOWER = str.maketrans(_CAPITALS, _CAPITALS.lower())


class _Forms:
    """The forms that most dialects share."""

    keys_form: Literal["arrays", "pairs"] = "pairs"
    nulls_first = True
    empty_text = True
    list_values_max = 32_000
    any_text = True
    groups_exactly = True
    pattern_signs = ""
    """The special characters in a pattern of `shaped`, which brackets escape."""

    def constant(self, value: str) -> Expression:
        return sa.literal_column(quoted(value), sa.String())

    def one_of(self, column: Expression, values: Sequence[Raw]) -> Condition:
        if not all(isinstance(value, str) for value in values):
            return column.in_([sa.literal_column(str(value)) for value in values])
        subject = self.exact(column, plain=all(str(value).isascii() for value in values))
        return subject.in_([self.exact_value(self.constant(str(value))) for value in values])

    def unless(self, column: Expression, values: Sequence[str]) -> Expression:
        return sa.case((self.one_of(column, values), sa.null()), else_=column)

    def wide(self, column: Expression) -> Expression:
        return column

    def exact(self, column: Expression, *, plain: bool = False) -> Expression:
        return column

    def exact_value(self, value: Expression) -> Expression:
        return value

    def whole_number(self, column: Expression) -> Expression:
        return column

    def epoch_seconds(self, column: Expression) -> Expression | None:
        return None

    def part(self, column: Expression, start: int, length: int) -> Expression:
        return sa.func.substr(column, sa.literal_column(str(start)), sa.literal_column(str(length)), type_=sa.String)

    def joined(self, *parts: Expression) -> Expression:
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.concat(part)
        return whole

    def sought(self, words: str) -> str:
        return words.translate(_TO_LOWER)

    def limit(self, rows_max: int) -> str:
        return f"LIMIT {rows_max}"

    def to_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        return rows

    def grouped(self, column: Expression) -> tuple[Expression, Expression]:
        exactly = self.exact(column)
        return exactly, exactly

    def union_branch(self, branch: str, index: int) -> str:
        return f"SELECT * FROM ({branch}) b{index}"  # noqa: S608  # the branch is the compiler's text

    def lateral_join(self, branch: str) -> str:
        return f"CROSS JOIN LATERAL ({branch}) u"

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        raise NotImplementedError("this dialect asks for children by a union")

    def _pattern(self, shape: str) -> str:
        return "".join(
            "[0-9]" if sign == "#" else f"[{sign}]" if sign in self.pattern_signs else sign for sign in shape
        )


_DEGREES = r"^-?[0-9]{1,3}([.][0-9]{1,15})?$"
"""A number in degrees that every cast accepts."""

_REGEX_SIGNS = ".:/*+?(){}|$"


class SqliteDialect(_Forms):
    """SQLite 3.32 or newer: 500 terms in a compound select, 32,766 parameters. A column may hold anything."""

    name = "sqlite"
    core: CoreDialect = sqlite.dialect(paramstyle="qmark")
    parents_form: Literal["lateral", "union"] = "union"
    pattern_signs = "*?["

    def shaped(self, column: Expression, shape: str) -> Condition:
        return column.op("GLOB", is_comparison=True)(self.constant(self._pattern(shape)))

    def without_lowercase(self, column: Expression) -> Condition:
        return column.op("NOT GLOB", is_comparison=True)(self.constant("*[a-z]*"))

    def degrees(self, column: Expression) -> Expression:
        # The cast of any other text is zero and never fails.
        return sa.cast(column, sa.REAL)

    def whole_number(self, column: Expression) -> Expression:
        return sa.case((sa.func.typeof(column) == self.constant("integer"), column))

    def unless(self, column: Expression, values: Sequence[str]) -> Expression:
        # A column that is computed is computed once, not for the comparison and for the result.
        for value in values:
            column = sa.func.nullif(column, self.constant(value), type_=sa.String)
        return column

    def epoch_seconds(self, column: Expression) -> Expression | None:
        # A tenth of the time of looking up each pair of digits.
        return sa.func.strftime(self.constant("%s"), column, type_=sa.String)

    def grouped(self, column: Expression) -> tuple[Expression, Expression]:
        # With a sign before it no index serves: in its order each row is fetched by itself, which takes twice as long.
        exactly = self.exact(column)
        return UnaryExpression(exactly, operator=custom_op("+")), exactly

    def contains(self, text: Expression, sought: Expression) -> Condition:
        # SQLite's lower() knows only ASCII letters, as wanted.
        return sa.func.instr(sa.func.lower(text), sought, type_=sa.Integer) > sa.literal_column("0")


class PostgresqlDialect(_Forms):
    """PostgreSQL 12 or newer, over asyncpg."""

    name = "postgresql"
    core: CoreDialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    keys_form: Literal["arrays", "pairs"] = "arrays"
    nulls_first = False
    parents_form: Literal["lateral", "union"] = "lateral"
    pattern_signs = _REGEX_SIGNS

    def shaped(self, column: Expression, shape: str) -> Condition:
        return column.op("~", is_comparison=True)(self.constant(f"^{self._pattern(shape)}$"))

    def degrees(self, column: Expression) -> Expression:
        # CASE is evaluated first, so the cast never fails.
        written = column.op("~", is_comparison=True)(self.constant(_DEGREES))
        return sa.case((written, sa.cast(column, sa.Double)))

    def without_lowercase(self, column: Expression) -> Condition:
        return column.collate("C").op("!~", is_comparison=True)(self.constant("[a-z]"))

    def contains(self, text: Expression, sought: Expression) -> Condition:
        # In the collation "C" lower() knows only ASCII letters.
        folded = sa.func.lower(text.collate("C"))
        return sa.func.strpos(folded, sought, type_=sa.Integer) > sa.literal_column("0")

    def to_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        # Else it expects a group per row and sorts them all, which takes three times as long.
        return rows.offset(sa.literal_column("0"))

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        kind = "TEXT" if isinstance(key_type, sa.String) else key_type.compile(dialect=self.core)
        return f"unnest(${first + 1}::INTEGER[], ${first + 2}::{kind}[]) AS p(n, k)"


class MariadbDialect(_Forms):
    """MariaDB 10.6 or newer, over asyncmy. Its collations fold case and pad blanks, so exact forms are needed.

    Columns in ucs2, utf16 or utf32 are not supported: comparisons with ASCII are bytewise.
    """

    name = "mariadb"
    core: CoreDialect = MySQLDialect_asyncmy(is_mariadb=True)
    parents_form: Literal["lateral", "union"] = "union"
    any_text = False
    pattern_signs = _REGEX_SIGNS

    def wide(self, column: Expression) -> Expression:
        return sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4")), type_=sa.String)

    def constant(self, value: str) -> Expression:
        # The meaning of a backslash depends on the server's mode.
        return super().constant(value) if "\\" not in value else (
            sa.literal_column(f"_utf8mb4 0x{value.encode().hex()}", sa.String())
        )  # fmt: skip

    def exact(self, column: Expression, *, plain: bool = False) -> Expression:
        # ASCII is encoded as itself in every supported character set.
        return sa.cast(column, sa.BINARY) if plain else self.wide(column).collate("utf8mb4_nopad_bin")

    def grouped(self, column: Expression) -> tuple[Expression, Expression]:
        # Grouping by bytes takes half the time of a collation. All texts of a group are equal, so any may be taken.
        return sa.cast(column, sa.BINARY), sa.func.min(column)

    def shaped(self, column: Expression, shape: str) -> Condition:
        # By length, because "$" also matches before a newline.
        whole = sa.func.char_length(column) == sa.literal_column(str(len(shape)))
        pattern = self.constant(f"^{self._pattern(shape)}")
        return sa.and_(self.exact(column).op("REGEXP", is_comparison=True)(pattern), whole)

    def without_lowercase(self, column: Expression) -> Condition:
        return self.exact(column).op("NOT REGEXP", is_comparison=True)(self.constant("[a-z]"))

    def degrees(self, column: Expression) -> Expression:
        # The cast of any other text is its leading digits or zero, with a warning.
        return sa.cast(column, sa.DECIMAL(20, 15))

    def joined(self, *parts: Expression) -> Expression:
        return sa.func.concat(*parts, type_=sa.String)

    def union_branch(self, branch: str, index: int) -> str:
        return f"({branch})"

    def contains(self, text: Expression, sought: Expression) -> Condition:
        # Over bytes, where a regular expression folds only ASCII letters.
        return sa.cast(self.exact(text), sa.BINARY).op("REGEXP", is_comparison=True)(sought)

    def sought(self, words: str) -> str:
        return r"(?i)\Q" + words.replace(r"\E", r"\E\\E\Q") + r"\E"


class SqlServerDialect(_Forms):
    """SQL Server 2017 or newer. Tested by golden text, and on a live server if its URL is given."""

    name = "mssql"
    groups_exactly = False  # its exact texts have an extra character
    core: CoreDialect = mssql.dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    parents_form: Literal["lateral", "union"] = "lateral"
    pattern_signs = "%_["

    def constant(self, value: str) -> Expression:
        return super().constant(value) if value.isascii() else sa.literal_column(f"N{quoted(value)}", sa.Unicode())

    def exact(self, column: Expression, *, plain: bool = False) -> Expression:
        # With a character appended, since `=` ignores trailing blanks in every collation.
        return self._binary(column).concat(self.constant("."))

    def _binary(self, column: Expression) -> Expression:
        return column.collate("Latin1_General_100_BIN2")

    def exact_value(self, value: Expression) -> Expression:
        return value.concat(self.constant("."))

    def part(self, column: Expression, start: int, length: int) -> Expression:
        return sa.func.substring(column, sa.literal_column(str(start)), sa.literal_column(str(length)), type_=sa.String)

    def shaped(self, column: Expression, shape: str) -> Condition:
        return self.exact(column).op("LIKE", is_comparison=True)(self.constant(f"{self._pattern(shape)}."))

    def without_lowercase(self, column: Expression) -> Condition:
        return self.exact(column).op("NOT LIKE", is_comparison=True)(self.constant("%[a-z]%"))

    def degrees(self, column: Expression) -> Expression:
        return sa.try_cast(column, sa.Double)

    def joined(self, *parts: Expression) -> Expression:
        return sa.func.concat(*parts, type_=sa.String)

    def contains(self, text: Expression, sought: Expression) -> Condition:
        folded = sa.func.translate(self._binary(text), self.constant(_CAPITALS), self.constant(_CAPITALS.lower()))
        return sa.func.charindex(sought, folded, type_=sa.Integer) > sa.literal_column("0")

    def limit(self, rows_max: int) -> str:
        return f"OFFSET 0 ROWS FETCH NEXT {rows_max} ROWS ONLY"

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        return f"(VALUES {', '.join(['(?, ?)'] * count)}) AS p(n, k)"

    def lateral_join(self, branch: str) -> str:
        return f"CROSS APPLY ({branch}) AS u"


class OracleDialect(_Forms):
    """Oracle 12.2 or newer; its empty text is null. Tested by golden text, and on a live server if its URL is given."""

    name = "oracle"
    groups_exactly = False  # never tested on a server
    empty_text = False
    list_values_max = 1_000
    core: CoreDialect = oracle.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    nulls_first = False
    parents_form: Literal["lateral", "union"] = "lateral"
    pattern_signs = _REGEX_SIGNS

    def shaped(self, column: Expression, shape: str) -> Condition:
        return sa.func.regexp_like(column, self.constant(f"^{self._pattern(shape)}$"), type_=sa.Boolean)

    def degrees(self, column: Expression) -> Expression:
        written = sa.func.regexp_like(column, self.constant(_DEGREES), type_=sa.Boolean)
        signs = self.constant("NLS_NUMERIC_CHARACTERS = '.,'")
        return sa.case((written, sa.func.to_number(column, self.constant(f"999D{'9' * 15}"), signs, type_=sa.Double)))

    def without_lowercase(self, column: Expression) -> Condition:
        return sa.not_(sa.func.regexp_like(column, self.constant("[a-z]"), self.constant("c"), type_=sa.Boolean))

    def contains(self, text: Expression, sought: Expression) -> Condition:
        folded = sa.func.translate(text, self.constant(_CAPITALS), self.constant(_CAPITALS.lower()))
        return sa.func.instr(folded, sought, type_=sa.Integer) > sa.literal_column("0")

    def limit(self, rows_max: int) -> str:
        return f"FETCH FIRST {rows_max} ROWS ONLY"

    def keys_table(self, count: int, key_type: sa.types.TypeEngine[Any], first: int) -> str:
        rows = (f"SELECT :n{index} AS n, :k{index} AS k FROM dual" for index in range(count))  # noqa: S608  # only numbers
        return f"({' UNION ALL '.join(rows)}) p"


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
