"""Texts: compile SQLAlchemy Core to one line of SQL with named parameters. Pure."""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.sql.dialects import Dialect


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter of kind `p` (value), `k` (key) or `n` (ordinal of a parent) with its index, or `c` (constant)."""

    kind: str
    index: int = 0
    constant: object = None


def compiled(dialect: Dialect, statement: sa.Select[Any]) -> tuple[str, tuple[Name, ...]]:
    """The text of a select on one line, and its parameters in order."""
    made = statement.compile(dialect=dialect.core, compile_kwargs={"render_postcompile": True})
    text = _LINE_END.sub(lambda found: found[1] or " ", made.string)
    names = getattr(made, "positiontup", None)
    if names is None:
        names = filter(None, _NAMED_PARAMETER.findall(text))
    # Other parameters are constants of the mapping's select.
    constants = made.params
    return text, tuple(
        Name(name[0], int(name[1:])) if _OURS.fullmatch(name) else Name("c", constant=constants[name]) for name in names
    )


def sweep() -> None:
    """Collect the reference cycles of building a text, in 0.1 ms.

    Otherwise they pile up, and one collection blocks the process for 50 ms.
    """
    gc.collect(generation=0)


def numbered_behind(dialect: Dialect, text: str, numbers: int) -> str:
    """The text with its parameters renumbered after so many others, in a dialect that numbers them."""
    if not dialect.core.paramstyle.startswith("numeric"):
        return text
    return _NUMBERED_PARAMETER.sub(lambda found: found[1] or f"${int(found[2]) + numbers}", text)


_LINE_END = re.compile(r"('(?:[^']|'')*')|\s*\n\s*")
"""A line break of the compiler, outside constants."""

_NAMED_PARAMETER = re.compile(r"'(?:[^']|'')*'|:(\w+)")
_NUMBERED_PARAMETER = re.compile(r"('(?:[^']|'')*')|\$(\d+)")
_OURS = re.compile(r"[knp]\d+")
