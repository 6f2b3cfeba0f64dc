"""Kinds of columns: what a database says that a column holds, and what a mapping was written for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary

import sqlalchemy as sa

from connectors.mapping import Mapping

_TEXT_TYPES = ("CHAR", "VARCHAR", "NCHAR", "NVARCHAR", "CITEXT", "ENUM", "SET", "CLOB", "STRING")
_WHOLE_TYPES = re.compile(r"(TINY|SMALL|MEDIUM|BIG)?(INT|SERIAL)(?!ERVAL)")
_NUMBER_TYPES = ("NUM", "DEC", "FLOAT", "REAL", "DOUBLE", "BIT", "YEAR", "MONEY")
_MOMENT_TYPES = ("DATE", "TIME")


def kind_of_type(name: str) -> str | None:
    """What a database's type holds: a text, a number or a moment; None for one that says nothing, or something else."""
    upper = name.upper()
    if "TEXT" in upper or upper.startswith(_TEXT_TYPES):
        return "text"
    if _WHOLE_TYPES.match(upper) or upper.startswith(_NUMBER_TYPES):
        return "number"
    return "moment" if upper.startswith(_MOMENT_TYPES) else None


def declared_kind(mapping: Mapping, legacy: str) -> str | None:
    """What a mapping says that a legacy column holds; None where it leaves that open."""
    kind = mapping.selectable.c[legacy].type
    if isinstance(kind, sa.String):
        return "text"
    return "number" if isinstance(kind, sa.Integer | sa.Numeric) else None


def changed_columns(mapping: Mapping, present: Dictionary[str, str]) -> frozenset[str]:
    """The columns that hold another kind of value than the mapping was written for.

    Of moments nothing is said: some databases call a text a date, and their values tell.
    """
    return frozenset(
        name
        for name, kind in present.items()
        if name in mapping.selectable.c and {declared_kind(mapping, name), kind_of_type(kind)} == {"text", "number"}
    )
