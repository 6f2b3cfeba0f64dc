"""Identifiers: keys, resident numbers and area codes, in all spelling variants of sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    MEANINGS_MAX,
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
from models.sources.findings import FindingKind
from models.values.identity import NIK_SHAPES
from models.values.types import AreaCode, BpsCode, FamilyCardNumber, Nik, Nisn, Npsn

_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,40}")
_BIGINT_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NumberKey(WritesFirst):
    """A numeric key: a text in the graph, compared as a number."""

    clean_type: type = str
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # By its exact type: a boolean is an int too.
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
        """The number, clamped to 64 bits."""
        if not _NUMBER.fullmatch(str(value)):
            raise ValueError("not a whole number")
        return min(max(int(str(value)), -_BIGINT_MAX), _BIGINT_MAX)


def number_key() -> NumberKey:
    """A numeric key."""
    return NumberKey()


@dataclass(frozen=True, slots=True)
class SpelledDigits(WritesFirst):
    """Digits in one of several shapes, such as `36.71.##.####`, `3671######` or `E05######`, where `#` is any digit.

    The first shape with as many digits and the same letters is the canonical one. `clean_type` raises ValueError for
    invalid digits; if it rejects more than the shapes do, `shapes_suffice` is False, and the source cannot sort or find
    nulls.
    """

    shapes: tuple[str, ...]
    clean_type: type[Nik | AreaCode | BpsCode | FamilyCardNumber | Npsn | Nisn]
    nulls: tuple[str, ...]
    shapes_suffice: bool
    matcher: re.Pattern[str]
    raw_type: type = str
    arity: int = 1
    written_as: str | None = None
    """The shape that is written; by default the canonical one."""
    _memory: Memory | None = field(default=None, compare=False, repr=False)
    _known_spellings: Callable[[object], Spellings] | None = field(default=None, compare=False, repr=False)

    def remembering(self) -> SpelledDigits:
        return replace(
            self, _memory=Memory(self._clean, self.nulls), _known_spellings=lru_cache(MEANINGS_MAX)(self._spelled)
        )

    @property
    def operators(self) -> frozenset[Operator]:
        return EQUALITY | RANGE if self.shapes_suffice else frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._memory or self._clean, self.nulls)

    def _clean(self, value: str) -> str | None:
        if not self.matcher.fullmatch(value):
            return None
        try:
            return self.clean_type(_forms(self.shapes, _bare(value))[0] % tuple(_digits_of(value)))
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        return (self._known_spellings or self._spelled)(value)

    def _spelled(self, value: object) -> Spellings:
        digits = tuple(_digits_of(str(value)))
        spellings = [form % digits for form in _forms(self.shapes, _bare(str(value)))]
        known = [spelling for spelling in spellings if self.matcher.fullmatch(spelling)]
        if not known:
            return Spellings(())
        # A value of the right type was validated when it was made.
        meant = (isinstance(value, self.clean_type) and spellings[0] == value) or self._clean(known[0]) == value
        return Spellings(tuple(known) if meant else ())

    def write(self, value: object) -> tuple[Raw | None, ...]:
        (spelled,) = WritesFirst.write(self, value)
        if spelled is None or self.written_as is None:
            return (spelled,)
        return (self.written_as.translate(_PLACES) % tuple(_digits_of(str(spelled))),)

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        column = sa.type_coerce(columns[0], sa.String)
        canonical = {shape: _alike(self.shapes, _bare(shape))[0] for shape in self.shapes}
        return sa.case(*(
            (sql.shaped(column, shape), _rearranged(column, shape, canonical[shape], sql)) for shape in self.shapes
        ))  # fmt: skip

    def comparable(self, value: object) -> Raw:
        return str(value)


_FORMS_MAX = 1_000

_NOT_DIGIT = re.compile(r"[^0-9]")
_PLACES = str.maketrans({"%": "%%", **dict.fromkeys("#0123456789", "%s")})


def _digits_of(text: str) -> str:
    # Many numbers are plain digits already.
    return text if text.isdigit() and text.isascii() else _NOT_DIGIT.sub("", text)


def _bare(text: str) -> str:
    """Only the letters and digits of a text or a shape, each digit as `#`."""
    return "#" * len(text) if text.isdigit() and text.isascii() else _DIGIT.sub("#", _PUNCTUATION.sub("", text))


_DIGIT, _PUNCTUATION = re.compile(r"[0-9]"), re.compile(r"[^#0-9A-Za-z]")


@lru_cache(_FORMS_MAX)
def _forms(shapes: tuple[str, ...], bare: str) -> tuple[str, ...]:
    """The shapes of this bare form as `%` formats, cached because building one takes longer than using it."""
    return tuple(shape.translate(_PLACES) for shape in _alike(shapes, bare))


def _alike(shapes: tuple[str, ...], bare: str) -> tuple[str, ...]:
    return tuple(shape for shape in shapes if _bare(shape) == bare)


def _rearranged(column: Expression, shape: str, canonical: str, sql: SqlForms) -> Expression:
    """A column of one shape rewritten in another: its runs of digits are cut out and joined."""
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


def nik(*, nulls: tuple[str, ...] = ("", "-", "0"), width: int = 0, written_as: str = NIK_SHAPES[0]) -> SpelledDigits:
    """A resident number: plain, or with dots, dashes or spaces where offices put them.

    `width` is that of a char(n) column, which some databases pad with blanks. `written_as` is the shape of today's app.
    """
    if written_as not in NIK_SHAPES:
        raise ValueError(f"a resident number is written as one of {', '.join(NIK_SHAPES)}")
    filled = [tuple(dict.fromkeys((*texts, *(text.ljust(width) for text in texts)))) for texts in (NIK_SHAPES, nulls)]
    return replace(spelled(filled[0], Nik, filled[1], shapes_suffice=False), written_as=written_as)


def family_card(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A family card number, with the spelling variants of a resident number."""
    return spelled(NIK_SHAPES, FamilyCardNumber, nulls, shapes_suffice=False)


def area_code(shapes: tuple[str, ...], *, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """An official code of one of the city's shapes (`36.71.##`, `E05######`), with or without its dots.

    Never for BPS codes.
    """
    undotted = tuple(shape.replace(".", "") for shape in shapes)
    return spelled((*shapes, *undotted), AreaCode, nulls, shapes_suffice=True)


def npsn(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """The ministry's number of a school; never written with dots."""
    return spelled(("########",), Npsn, nulls, shapes_suffice=True)


def nisn(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """The ministry's number of a pupil. Without its leading zero, lost in a spreadsheet, it is invalid."""
    return spelled(("##########",), Nisn, nulls, shapes_suffice=True)


_DOUBLE_EXACT_MAX = 2**53
"""From here on a double holds only every second whole number, so two residents could share one."""


@dataclass(frozen=True, slots=True)
class NikNumber(WritesFirst):
    """A resident number in a bigint, numeric(16,0) or wider column, or a double.

    Narrower columns clamp it (2147483647), which makes it invalid.
    """

    nulls: tuple[int, ...]
    clean_type: type = Nik
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = []
        bad = 0
        for value in column:
            number = _whole(value)
            digits = str(number)
            clean = Nik(digits) if number is not None and Nik.is_valid(digits) else None
            bad += clean is None and value is not None and number not in self.nulls
            values.append(clean)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def encode(self, value: object) -> Spellings:
        return Spellings((int(str(value)),) if Nik.is_valid(str(value)) else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        return sql.whole_number(columns[0])

    def comparable(self, value: object) -> Raw:
        return int(Nik(str(value)))


def nik_number(*, nulls: tuple[int, ...] = (0,)) -> NikNumber:
    """A resident number in a column of numbers, which the mapping declares as `sa.BigInteger`."""
    return NikNumber(nulls)


def _whole(value: object) -> int | None:
    """The whole number in an int, Decimal or float of a driver, if it is exact."""
    # By its exact type: a boolean is an int too.
    if type(value) is int:
        return value
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _DOUBLE_EXACT_MAX else None
    return None
