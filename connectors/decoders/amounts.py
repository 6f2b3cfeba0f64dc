"""Amounts: money in a few known text forms, which a source can also compare and sort.

SQL tells the forms apart and cuts out digits; nothing is cast. `money` reads free text, which cannot be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Expression,
    Memory,
    Raw,
    Spellings,
    SqlForms,
    WritesFirst,
    cleaned,
)
from models.predicates import Operator
from models.values.types import Money

DIGITS_MAX = 12
_FORM = re.compile(r"([A-Za-z0-9 .,-]*)\{\}([A-Za-z0-9 .,-]*)")
_DIGIT = re.compile(r"[0-9]")
_PLAIN = "0|[1-9][0-9]*"
_GROUPED = r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+"


@dataclass(frozen=True, slots=True)
class _Shape:
    """One form for amounts of so many digits: `#` is a digit, `runs` are its digits as (start from 1, length)."""

    text: str
    digits: int
    runs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Amount(WritesFirst):
    """A whole amount of at most `digits_max` digits. `forms` are pairs of the texts before and after it."""

    currency: str
    forms: tuple[tuple[str, str], ...]
    digits_max: int
    nulls: tuple[str, ...]
    shapes: tuple[_Shape, ...]
    matcher: re.Pattern[str]
    clean_type: type = Money
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE
    _memory: Memory | None = field(default=None, compare=False, repr=False)

    def remembering(self) -> Amount:
        return replace(self, _memory=Memory(self._clean, self.nulls))

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._memory or self._clean, self.nulls)

    def _clean(self, value: str) -> Money | None:
        found = self.matcher.fullmatch(value)
        if found is None or value in self.nulls:
            return None
        digits = next(number for number in found.groups() if number is not None).replace(".", "")
        return Money(Decimal(digits), self.currency) if len(digits) <= self.digits_max else None

    def encode(self, value: object) -> Spellings:
        if not isinstance(value, Money) or value.amount != value.amount.to_integral_value() or value.amount < 0:
            return Spellings(())
        whole = int(value.amount)
        grouped = f"{whole:,}".replace(",", ".")
        written = (
            f"{before}{number}{after}"
            for before, after in self.forms
            for number in dict.fromkeys((str(whole), grouped))
        )
        return Spellings(tuple(text for text in written if self._clean(text) == value))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """The digits padded to `digits_max`, so that texts sort as amounts do."""
        column = sa.type_coerce(columns[0], sa.String)
        whens = [(sql.shaped(column, shape.text), self._padded(column, shape, sql)) for shape in self.shapes]
        nothing = [(sql.one_of(column, self.nulls), sa.null())] if self.nulls else []
        return sa.case(*nothing, *whens)

    def _padded(self, column: Expression, shape: _Shape, sql: SqlForms) -> Expression:
        parts = [sql.part(column, start, length) for start, length in shape.runs]
        missing = self.digits_max - shape.digits
        padded = sql.joined(*([sql.constant("0" * missing)] if missing else []), *parts)
        if shape.digits == 1:
            return padded
        first = sql.part(column, shape.runs[0][0], 1)
        return sa.case((first != sql.constant("0"), padded))

    def comparable(self, value: object) -> Raw:
        """Digits as `expression` writes them; a fractional amount sorts between two whole ones."""
        if not isinstance(value, Money) or value.currency != self.currency:
            raise ValueError("an amount is compared with one in the same currency")
        if value.amount < 0:
            return ""
        if value.amount >= 10**self.digits_max:
            return "9" * (self.digits_max + 1)
        whole, _, rest = f"{value.amount:f}".partition(".")
        return whole.rjust(self.digits_max, "0") + rest.rstrip("0")


def amount(
    currency: str,
    *forms: str,
    digits_max: int,
    nulls: tuple[str, ...] = ("", "-"),
    zero_is_null: bool = False,
) -> Amount:
    """A whole amount in these forms, where `{}` is the amount with or without dots for thousands.

    With `zero_is_null`, zero in any of them says that nobody knows the amount.
    Before a dot (`{}.00`, as databases write) it has none. Raises ValueError for an invalid or a repeated form.
    """
    Money(Decimal(0), currency)  # Checks the currency when the city is built.
    found = [_FORM.fullmatch(form) for form in forms]
    if not forms or not all(found) or not 1 <= digits_max <= DIGITS_MAX:
        raise ValueError(f"forms are written like 'Rp. {{}},-', and amounts have 1 to {DIGITS_MAX} digits")
    parts = tuple((form[1], form[2]) for form in found if form is not None)
    shapes = tuple(shape for before, after in parts for shape in _shapes(before, after, digits_max))
    if len({_DIGIT.sub("#", shape.text) for shape in shapes}) != len(shapes):
        raise ValueError("two forms of an amount say the same")
    if zero_is_null:
        nulls = tuple(dict.fromkeys((*nulls, *(f"{before}0{after}" for before, after in parts))))
    pattern = "|".join(
        f"{re.escape(before)}({_PLAIN if after.startswith('.') else f'{_PLAIN}|{_GROUPED}'}){re.escape(after)}"
        for before, after in parts
    )
    return Amount(currency, parts, digits_max, nulls, shapes, re.compile(pattern))


def _shapes(before: str, after: str, digits_max: int) -> Iterator[_Shape]:
    for digits in range(1, digits_max + 1):
        yield _shape(before, (digits,), after)
        if digits > 3 and not after.startswith("."):
            yield _shape(before, (digits % 3 or 3, *[3] * ((digits - 1) // 3)), after)


def _shape(before: str, groups: tuple[int, ...], after: str) -> _Shape:
    """The shape with dots between these groups of digits."""
    runs, start = [], len(before) + 1
    for length in groups:
        runs.append((start, length))
        start += length + 1
    text = before + ".".join("#" * length for length in groups) + after
    return _Shape(text, sum(groups), tuple(runs))
