"""Layout: code on lines of at most 120 characters, broken as the formatter breaks it. Pure.

What does not fit on one line, or holds comments, stands one item a line with a comma behind each.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

LINE_CHARS_MAX = 120
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls one after another on what `head` is: where they do not fit, each stands on a line of its own."""

    head: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a block: code, or an inner block behind a label, with comments above it or a short remark behind."""

    code: str | Block | Chain
    label: str = ""
    comments: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Something in brackets: `opening` ends with the bracket, `closing` begins with it. `after` are loose comments."""

    opening: str
    lines: tuple[Line, ...]
    closing: str
    exploded: bool = False
    after: tuple[str, ...] = field(default=())


def call(name: str, *arguments: Line | str | Block, exploded: bool = False) -> Block:
    """A call; an argument may carry its own label and comments."""
    lines = tuple(argument if isinstance(argument, Line) else Line(argument) for argument in arguments)
    return Block(f"{name}(", lines, ")", exploded)


def statement(label: str, code: str | Block, *, depth: int = 0) -> list[str]:
    """A statement, or a part of one, so many indents deep, in lines without these."""
    return [line.removeprefix(INDENT * depth) for line in _lines(Line(code, label), depth=depth, ending="")]


def _lines(line: Line, *, depth: int, ending: str) -> list[str]:
    indent = INDENT * depth
    above = [text for comment in line.comments for text in comment_lines(comment, depth)]
    flat = _flat(line.code)
    if flat is not None and not line.remark and len(indent + line.label + flat + ending) <= LINE_CHARS_MAX:
        return [*above, indent + line.label + flat + ending]
    if isinstance(line.code, str):
        remark = f"  # {line.remark}" if line.remark else ""
        return [*above, indent + line.label + line.code + ending + remark]
    if isinstance(line.code, Chain):
        *calls, last = line.code.calls
        return [*above, indent + line.label + line.code.head, *(indent + one for one in calls), indent + last + ending]
    inner = [text for each in line.code.lines for text in _lines(each, depth=depth + 1, ending=",")]
    inner += [text for comment in line.code.after for text in comment_lines(comment, depth + 1)]
    return [*above, indent + line.label + line.code.opening, *inner, indent + line.code.closing + ending]


def _flat(code: str | Block | Chain) -> str | None:
    """Code on one line; None for what must not be."""
    if isinstance(code, str):
        return code
    if isinstance(code, Chain):
        return code.head + "".join(code.calls)
    if code.exploded or code.after or any(line.comments for line in code.lines):
        return None
    inner = [_flat(line.code) for line in code.lines]
    if None in inner:
        return None
    texts = [line.label + text for line, text in zip(code.lines, inner, strict=True) if text is not None]
    comma = "," if code.opening == "(" and len(texts) == 1 else ""
    return f"{code.opening}{', '.join(texts)}{comma}{code.closing}"


def comment_lines(comment: str, depth: int) -> list[str]:
    """A comment, broken where it is too long."""
    indent = INDENT * depth + "# "
    return textwrap.wrap(
        comment, LINE_CHARS_MAX, initial_indent=indent, subsequent_indent=indent, break_long_words=False
    )


def quoted(value: object) -> str:
    """A value as the formatter writes it: texts in double quotes, unless they hold more of these than of the others."""
    if not isinstance(value, str):
        return repr(value)
    mark = "'" if value.count('"') > value.count("'") else '"'
    signs = (f"\\{sign}" if sign == mark else sign if sign in "'\"" else repr(sign)[1:-1] for sign in value)
    return f"{mark}{''.join(signs)}{mark}"


def tuple_of(values: Sequence[object]) -> str:
    """A tuple of constants."""
    inner = ", ".join(quoted(value) for value in values)
    return f"({inner},)" if len(values) == 1 else f"({inner})"
