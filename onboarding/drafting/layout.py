"""Layout: code on lines of at most 120 characters, broken as the formatter does. Pure.

Code that does not fit on one line, or holds comments, has one item per line, each with a comma.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

LINE_CHARS_MAX = 120
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Chain:
    """Chained calls on `head`; if they do not fit, each has a line of its own."""

    head: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a block: code or an inner block after a label, with comments above or a short remark behind."""

    code: str | Block | Chain
    label: str = ""
    comments: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Items in brackets: `opening` ends with the bracket, `closing` begins with it. `after` are trailing comments."""

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
    """The lines of a statement for this depth of indents, without the indents."""
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
    """Code on one line; None if it must be broken."""
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
    """A comment, wrapped."""
    indent = INDENT * depth + "# "
    return textwrap.wrap(
        comment, LINE_CHARS_MAX, initial_indent=indent, subsequent_indent=indent, break_long_words=False
    )


def quoted(value: object) -> str:
    """A literal as the formatter writes it: in double quotes, unless the text holds more of these than single ones."""
    if not isinstance(value, str):
        return repr(value)
    mark = "'" if value.count('"') > value.count("'") else '"'
    signs = (f"\\{sign}" if sign == mark else sign if sign in "'\"" else repr(sign)[1:-1] for sign in value)
    return f"{mark}{''.join(signs)}{mark}"


def tuple_of(values: Sequence[object]) -> str:
    """A tuple of constants."""
    inner = ", ".join(quoted(value) for value in values)
    return f"({inner},)" if len(values) == 1 else f"({inner})"
