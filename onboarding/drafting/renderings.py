"""Renderings: SQL that turns a column into a text that a decoder can read.

Each has two equivalent forms: an expression for sampling, and code for the mapping file.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import sqlalchemy as sa

from onboarding.drafting.tables import SqlType

Expression = sa.ColumnElement[Any]


class Rendering(Enum):
    """How the source converts a column for its decoder."""

    PLAIN = "as it is"
    TEXT = "as text"
    DAY = "the day as text"
    MOMENT = "the moment as text"
    ZONED = "the moment in UTC as text"
    CLOCK = "the time of day as text"
    HEAD_5 = "the first 5 characters"
    HEAD_10 = "the first 10 characters"
    HEAD_19 = "the first 19 characters"
    EIGHT_DIGITS = "as text of eight digits"


SAMPLED_AS = {
    SqlType.DAY: Rendering.DAY,
    SqlType.MOMENT: Rendering.MOMENT,
    SqlType.ZONED: Rendering.ZONED,
    SqlType.CLOCK: Rendering.CLOCK,
    SqlType.EXACT: Rendering.TEXT,
    SqlType.TYPED: Rendering.TEXT,
}
"""The renderings of types that no decoder reads as drivers return them."""

_DAY_FORM, _MOMENT_FORM, _CLOCK_FORM = "YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS", "HH24:MI"
_TEXT = "type_=sa.String"
_CODE: dict[tuple[str, Rendering], tuple[str, ...]] = {
    ("postgresql", Rendering.DAY): ("sa.func.to_char", "{0}", f'"{_DAY_FORM}"', _TEXT),
    ("postgresql", Rendering.MOMENT): ("sa.func.to_char", "{0}", f'"{_MOMENT_FORM}"', _TEXT),
    ("postgresql", Rendering.ZONED): (
        "sa.func.to_char", 'sa.func.timezone("UTC", {0})', f'"{_MOMENT_FORM}"', _TEXT,
    ),
    ("postgresql", Rendering.CLOCK): ("sa.func.to_char", "{0}", f'"{_CLOCK_FORM}"', _TEXT),
    ("postgresql", Rendering.EIGHT_DIGITS): ("sa.func.lpad", "sa.cast({0}, sa.String)", "8", '"0"', _TEXT),
    ("mariadb", Rendering.EIGHT_DIGITS): ("sa.func.lpad", "{0}", "8", '"0"', _TEXT),
    ("sqlite", Rendering.EIGHT_DIGITS): (
        "sa.func.substr", 'sa.literal("00000000").concat(sa.cast({0}, sa.String))', "-8", "8", _TEXT,
    ),
}  # fmt: skip
_HEADS = {
    Rendering.HEAD_5: 5, Rendering.HEAD_10: 10, Rendering.HEAD_19: 19,
    # MariaDB converts moments to texts itself, with or without fractions of a second.
    Rendering.CLOCK: 5, Rendering.DAY: 10, Rendering.MOMENT: 19, Rendering.ZONED: 19,
}  # fmt: skip


def code_for(rendering: Rendering, dialect: str, column: str) -> tuple[str, ...]:
    """The function and arguments of the rendering of `column`, as code in a mapping file for this dialect."""
    form = _CODE.get((dialect, rendering))
    if form is None and rendering in _HEADS:
        form = ("sa.func.substr", "{0}", "1", str(_HEADS[rendering]), _TEXT)
    return tuple(part.format(column) for part in form or ("sa.cast", "{0}", "sa.String"))


def sampled(kind: SqlType, dialect: str, column: Expression) -> Expression:
    """The expression to sample a column of this kind; none in SQLite, whose types are only hints."""
    rendering = SAMPLED_AS.get(kind)
    if rendering is None or dialect == "sqlite":
        return column
    if rendering is Rendering.TEXT:
        return sa.cast(column, sa.String)
    if dialect == "mariadb":
        return sa.func.substr(column, 1, _HEADS[rendering], type_=sa.String)
    moment = sa.func.timezone("UTC", column) if rendering is Rendering.ZONED else column
    forms = {Rendering.DAY: _DAY_FORM, Rendering.CLOCK: _CLOCK_FORM}
    return sa.func.to_char(moment, forms.get(rendering, _MOMENT_FORM), type_=sa.String)
