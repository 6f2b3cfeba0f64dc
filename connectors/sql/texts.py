"""Texts: what SQLAlchemy Core compiles to, on one line, with the parameters of a statement by name. Pure."""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.sql.dialects import Dialect


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter: `p` and the index of a value, `k` and that of a key, `n` the ordinal of a parent, `c` a constant."""

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
    # Those that are not ours are constants of the mapping's own select.
    constants = made.params
    return text, tuple(
        Name(name[0], int(name[1:])) if _OURS.fullmatch(name) else Name("c", constant=constants[name]) for name in names
    )


def sweep() -> None:
    """Free what building a text has left behind: hundreds of objects that hold each other, in a tenth of a millisecond.

    Left to Python's collector, those of all that is asked of one record would be freed together, and everybody would
    wait for it, 50 ms.
    """
    gc.collect(generation=0)


def numbered_behind(dialect: Dialect, text: str, numbers: int) -> str:
    """The text with its parameters numbered behind so many others, in a dialect that numbers them."""
    if not dialect.core.paramstyle.startswith("numeric"):
        return text
    return _NUMBERED_PARAMETER.sub(lambda found: found[1] or f"${int(found[2]) + numbers}", text)


_LINE_END = re.compile(r"('(?:[^']|'')*')|\s*\n\s*")
"""Where the compiler begins a new line, but not inside a constant."""

_NAMED_PARAMETER = re.compile(r"'(?:[^']|'')*'|:(\w+)")
_NUMBERED_PARAMETER = re.compile(r"('(?:[^']|'')*')|\$(\d+)")
_OURS = re.compile(r"[knp]\d+")
