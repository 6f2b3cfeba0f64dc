"""Unpadded: local moments whose month, day and hour have no leading zeros, `1/2/20 8:05`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from connectors.decoders.times.moments import local_datetime, moment_written, possible
from models.predicates import Operator

_UNPADDED = "mdH"
_PATTERNS = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[1-9][0-9]?",
    "d": "[1-9][0-9]?",
    "H": "[0-9]|[1-9][0-9]",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
}
_WIDTHS = {"Y": 4, "y": 2, "M": 2, "S": 2}
_KINDS = ("Ymd", "YmdH", "YmdHM", "YmdHMS")
_LAST_CENTURY_FROM = 69
"""Two-digit years as in POSIX: 69 is 1969, 68 is 2068."""


@dataclass(frozen=True, slots=True)
class UnpaddedDatetime:
    """A date and time in a fixed format. `parts` are pairs of a literal and the letter after it, empty at the end."""

    parts: tuple[tuple[str, str], ...]
    pattern: re.Pattern[str]
    zone: ZoneInfo
    nulls: tuple[str, ...]
    clean_type: type = datetime
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> datetime | None:
        match = self.pattern.fullmatch(value)
        if match is None:
            return None
        numbers = {letter: int(digits) for letter, digits in match.groupdict().items()}
        if "y" in numbers:
            short = numbers.pop("y")
            numbers["Y"] = short + (1900 if short >= _LAST_CENTURY_FROM else 2000)
        try:
            return datetime(*(numbers[letter] for letter in "YmdHMS" if letter in numbers), tzinfo=self.zone)  # type: ignore[misc, arg-type]  # mypy cannot count them
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        if not isinstance(value, datetime):
            return Spellings(())
        try:
            local = value.astimezone(self.zone)
        except OverflowError:
            return Spellings(())
        digits = {
            "Y": f"{local.year:04}", "y": f"{local.year % 100:02}", "m": str(local.month), "d": str(local.day),
            "H": str(local.hour), "M": f"{local.minute:02}", "S": f"{local.second:02}", "": "",
        }  # fmt: skip
        written = "".join(literal + digits[letter] for literal, letter in self.parts)
        return Spellings((written,) if self._clean(written) == value else ())

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """As exactly as the format has it."""
        return moment_written(self, value, self.zone, *(letter for _, letter in self.parts))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """`YYYY-MM-DD HH:MM:SS` as text, with a case for each combination of widths."""
        column = sa.type_coerce(columns[0], sa.String)
        return sa.case(*(self._case(column, widths, sql) for widths in self._widths()))

    def _widths(self) -> Iterator[dict[str, int]]:
        letters = [letter for _, letter in self.parts if letter]
        for chosen in itertools.product(*((1, 2) if letter in _UNPADDED else (_WIDTHS[letter],) for letter in letters)):
            yield dict(zip(letters, chosen, strict=True))

    def _case(
        self, column: Expression, widths: dict[str, int], sql: SqlForms
    ) -> tuple[sa.ColumnElement[bool], Expression]:
        shape = ""
        found: dict[str, Expression] = {}
        unpadded: list[sa.ColumnElement[bool]] = []
        for literal, letter in self.parts:
            shape += literal
            if not letter:
                continue
            start, width = len(shape) + 1, widths[letter]
            found["Y" if letter == "y" else letter] = _of_width(sql.part(column, start, width), letter, width, sql)
            if letter in _UNPADDED and width > 1:
                unpadded.append(sql.part(column, start, 1) != sql.constant("0"))
            shape += "#" * width
        zero = sql.constant("00")
        canonical = sql.joined(
            found["Y"], sql.constant("-"), found["m"], sql.constant("-"), found["d"], sql.constant(" "),
            found.get("H", zero), sql.constant(":"), found.get("M", zero), sql.constant(":"), found.get("S", zero),
        )  # fmt: skip
        return sql.shaped(column, shape), sa.case((sa.and_(*unpadded, possible(found, sql)), canonical))

    def comparable(self, value: object) -> Raw:
        return local_datetime("%Y-%m-%d %H:%M:%S", self.zone).comparable(value)


def _of_width(digits: Expression, letter: str, width: int, sql: SqlForms) -> Expression:
    """A part, padded to its full width."""
    if letter == "y":
        last = digits >= sql.constant(f"{_LAST_CENTURY_FROM}")
        return sql.joined(sa.case((last, sql.constant("19")), else_=sql.constant("20")), digits)
    return sql.joined(sql.constant("0"), digits) if width == 1 and letter in _UNPADDED else digits


def unpadded_datetime(
    format: str,  # noqa: A002  # strptime's own word
    zone: ZoneInfo,
    *,
    nulls: tuple[str, ...] = ("", "-", "0"),
) -> UnpaddedDatetime:
    """A date and time as local text: month, day and hour without leading zeros, minute and second with them.

    Raises ValueError unless the format has %Y or %y, %m and %d, and optionally %H, %M and %S, each once and separated
    by non-digits.
    """
    parts = tuple(re.findall(r"([^%]*)(?:%(.)|$)", format))
    letters = [letter for _, letter in parts if letter]
    known = "".join(letter for letter in "YmdHMS" if letter in [one.upper() if one == "y" else one for one in letters])
    between = [literal for literal, letter in parts[1:] if letter]
    if known not in _KINDS or len(letters) != len(known) or not all(between) or re.search("[0-9#]", format):
        raise ValueError(f"the format has other parts than {' or '.join(_KINDS)}, each once, or none between them")
    body = "".join(
        re.escape(literal) + (f"(?P<{letter}>{_PATTERNS[letter]})" if letter else "") for literal, letter in parts
    )
    return UnpaddedDatetime(parts, re.compile(body), zone, nulls)
