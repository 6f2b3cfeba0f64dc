"""Identifiers: keys, resident numbers and area codes, however a source spells them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.findings import FindingKind
from models.predicates import Operator
from models.values import AreaCode, BpsCode, FamilyCardNumber, Nik, Nisn, Npsn

_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,40}")
_BIGINT_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NumberKey:
    """A whole number that identifies a row; in the graph it is a text, and ranges are those of the number."""

    clean_type: type = str
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # By its type: a boolean is an int too, and is no key.
        values: list[object] = [str(value) if type(value) is int else None for value in column]
        bad = values.count(None) - column.count(None)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def encode(self, value: object) -> Spellings:
        if not _NUMBER.fullmatch(str(value)):
            return Spellings(())
        number = int(str(value))
        return Spellings((number,) if -_BIGINT_MAX <= number <= _BIGINT_MAX else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        return sql.whole_number(columns[0])

    def comparable(self, value: object) -> Raw:
        """The number; one beyond 64 bits as the outermost that a database can be asked about."""
        if not _NUMBER.fullmatch(str(value)):
            raise ValueError("not a whole number")
        return min(max(int(str(value)), -_BIGINT_MAX), _BIGINT_MAX)


def number_key() -> NumberKey:
    """A whole number that identifies a row."""
    return NumberKey()


@dataclass(frozen=True, slots=True)
class SpelledDigits:
    """Digits that a source writes in one of several shapes, such as `36.71.##.####` or `3671######`; `#` is any digit.

    The first shape with as many digits is the canonical one. `clean_type` raises ValueError for digits that mean
    nothing; where it refuses more than the shapes do, `shapes_suffice` is False and the source is not asked to order or
    to find nulls.
    """

    shapes: tuple[str, ...]
    clean_type: type[Nik | AreaCode | BpsCode | FamilyCardNumber | Npsn | Nisn]
    nulls: tuple[str, ...]
    shapes_suffice: bool
    matcher: re.Pattern[str]
    raw_type: type = str
    arity: int = 1
    _clean: Callable[[str], str | None] = field(init=False, compare=False, repr=False)
    _spellings: Callable[[object], Spellings] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        kept = lru_cache(KNOWN_DIGITS_MAX) if self.clean_type in _NOBODYS else _not_kept
        object.__setattr__(self, "_clean", kept(self._cleaned))
        object.__setattr__(self, "_spellings", kept(self._spelled))

    @property
    def operators(self) -> frozenset[Operator]:
        return EQUALITY | RANGE if self.shapes_suffice else frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _cleaned(self, value: str) -> str | None:
        if not self.matcher.fullmatch(value):
            return None
        digits = _digits_of(value)
        try:
            return self.clean_type(_forms(self.shapes, len(digits))[0] % tuple(digits))
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        return self._spellings(value)

    def _spelled(self, value: object) -> Spellings:
        digits = tuple(_digits_of(str(value)))
        spellings = [form % digits for form in _forms(self.shapes, len(digits))]
        known = [spelling for spelling in spellings if self.matcher.fullmatch(spelling)]
        if not known:
            return Spellings(())
        # All have the same digits, so they mean the same; a value of the right type was looked at when it was made.
        meant = (isinstance(value, self.clean_type) and spellings[0] == value) or self._clean(known[0]) == value
        return Spellings(tuple(known) if meant else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        column = sa.type_coerce(columns[0], sa.String)
        canonical = {shape: _with_digits(self.shapes, _digit_count(shape))[0] for shape in self.shapes}
        return sa.case(*(
            (sql.shaped(column, shape), _rearranged(column, shape, canonical[shape], sql)) for shape in self.shapes
        ))  # fmt: skip

    def comparable(self, value: object) -> Raw:
        return str(value)


KNOWN_DIGITS_MAX = 5_000
"""How many texts each decoder of numbers that are nobody's keeps with their meaning: a city has a few hundred codes."""

_NOBODYS = frozenset({AreaCode, BpsCode, Npsn})
"""Numbers of places, each worked out once. Those of people are never kept."""


def _not_kept(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return work


_NOT_DIGIT = re.compile(r"[^0-9]")
_PLACES = str.maketrans({"%": "%%", **dict.fromkeys("#0123456789", "%s")})


def _digits_of(text: str) -> str:
    # Most sources write some of their numbers plain, and then there is nothing to take out.
    return text if text.isdigit() and text.isascii() else _NOT_DIGIT.sub("", text)


@cache
def _forms(shapes: tuple[str, ...], digits: int) -> tuple[str, ...]:
    """The shapes of so many digits as formats of `%`, kept because making one takes longer than filling it in."""
    return tuple(shape.translate(_PLACES) for shape in _with_digits(shapes, digits))


@cache
def _with_digits(shapes: tuple[str, ...], digits: int) -> tuple[str, ...]:
    return tuple(shape for shape in shapes if _digit_count(shape) == digits)


@cache
def _digit_count(shape: str) -> int:
    return sum(sign == "#" or sign.isdigit() for sign in shape)


def _rearranged(column: Expression, shape: str, canonical: str, sql: SqlForms) -> Expression:
    """The digits of a column of one shape, written in another: runs of digits are cut out and joined anew."""
    if shape == canonical:
        return column
    places = [index for index, sign in enumerate(shape, start=1) if sign == "#" or sign.isdigit()]
    parts: list[Expression] = []
    taken = 0
    for run, is_digits in ((match.group(), match.group()[0] in "#0123456789") for match in _RUN.finditer(canonical)):
        if not is_digits:
            parts.append(sql.constant(run))
            continue
        parts.extend(sql.part(column, start, length) for start, length in _runs(places[taken : taken + len(run)]))
        taken += len(run)
    return sql.joined(*parts)


_RUN = re.compile(r"[#0-9]+|[^#0-9]+")


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Consecutive positions as (start, length)."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][0] + runs[-1][1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def spelled(
    shapes: tuple[str, ...],
    kind: type[Nik | AreaCode | BpsCode | FamilyCardNumber | Npsn | Nisn],
    nulls: tuple[str, ...],
    *,
    shapes_suffice: bool,
) -> SpelledDigits:
    pattern = "|".join(re.escape(shape).replace(re.escape("#"), "[0-9]") for shape in shapes)
    return SpelledDigits(shapes, kind, nulls, shapes_suffice, re.compile(pattern))


NIK_SHAPES = (
    "################",
    "##.##.##.######.####",
    "####-####-####-####",
    "#### #### #### ####",
    "######.######.####",
    "######-######-####",
)


def nik(*, nulls: tuple[str, ...] = ("", "-", "0"), width: int = 0) -> SpelledDigits:
    """A resident number: plain, or with dots, dashes or spaces where offices put them.

    `width` is that of a char(n) column, where some databases fill every text up with blanks.
    """
    filled = [tuple(dict.fromkeys((*texts, *(text.ljust(width) for text in texts)))) for texts in (NIK_SHAPES, nulls)]
    return spelled(filled[0], Nik, filled[1], shapes_suffice=False)


def family_card(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A family card number, spelled in the ways of a resident number."""
    return spelled(NIK_SHAPES, FamilyCardNumber, nulls, shapes_suffice=False)


def area_code(shapes: tuple[str, ...], *, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A Kemendagri code of one of the city's shapes (`36.71.##`), with or without its dots. Never for BPS codes."""
    undotted = tuple(shape.replace(".", "") for shape in shapes)
    return spelled((*shapes, *undotted), AreaCode, nulls, shapes_suffice=True)


def npsn(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """The ministry's number of a school, which nobody writes with dots."""
    return spelled(("########",), Npsn, nulls, shapes_suffice=True)


def nisn(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """The ministry's number of a pupil. One that has lost its leading zero in a spreadsheet is no number any more."""
    return spelled(("##########",), Nisn, nulls, shapes_suffice=True)
