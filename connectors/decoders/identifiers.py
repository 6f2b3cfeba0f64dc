"""Identifiers: keys, resident numbers and area codes, however a source spells them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Raw, Spellings, SqlForms
from models.findings import FindingKind
from models.predicates import Operator
from models.values import AreaCode, Nik

_BIGINT_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NumberKey:
    """A whole number that identifies a row; in the graph it is a text."""

    clean_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = [str(value) if type(value) is int else None for value in column]
        bad = sum(clean is None and value is not None for clean, value in zip(values, column, strict=True))
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def encode(self, value: object) -> Spellings:
        text = str(value)
        if not text.isascii() or not text.isdigit() or len(text) > 19 or str(int(text)) != text:
            return Spellings(())
        return Spellings((int(text),) if int(text) <= _BIGINT_MAX else ())

    def expression(self, columns: Sequence[sa.ColumnElement[object]], sql: SqlForms) -> sa.ColumnElement[object]:
        return columns[0]

    def comparable(self, value: object) -> Raw:
        return int(str(value))


def number_key() -> NumberKey:
    """A whole number that identifies a row."""
    return NumberKey()


@dataclass(frozen=True, slots=True)
class SpelledDigits:
    """Digits that a source writes in one of several shapes, such as `36.71.##.####` or `3671######`; `#` is any digit.

    The first shape with as many digits is the canonical one. `clean_type` raises ValueError for digits that mean nothing; where it
    refuses more than the shapes do, `shapes_suffice` is False and the source is not asked to order or to find nulls.
    """

    shapes: tuple[str, ...]
    clean_type: type[Nik] | type[AreaCode]
    nulls: tuple[str, ...]
    shapes_suffice: bool
    matcher: re.Pattern[str]
    arity: int = 1

    @property
    def operators(self) -> frozenset[Operator]:
        return EQUALITY | RANGE if self.shapes_suffice else frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = []
        bad = 0
        for value in column:
            clean = self._clean(value) if isinstance(value, str) else None
            bad += clean is None and value is not None and value not in self.nulls
            values.append(clean)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def _clean(self, value: str) -> str | None:
        if not self.matcher.fullmatch(value):
            return None
        digits = _NOT_DIGIT.sub("", value)
        try:
            return self.clean_type(_in_shape(digits, self._canonical_shape(len(digits))))
        except ValueError:
            return None

    def _canonical_shape(self, digits: int) -> str:
        return next(shape for shape in self.shapes if _digit_count(shape) == digits)

    def encode(self, value: object) -> Spellings:
        digits = _NOT_DIGIT.sub("", str(value))
        spellings = (_in_shape(digits, shape) for shape in self.shapes if _digit_count(shape) == len(digits))
        return Spellings(tuple(dict.fromkeys(spelling for spelling in spellings if self._clean(spelling) == value)))

    def expression(self, columns: Sequence[sa.ColumnElement[object]], sql: SqlForms) -> sa.ColumnElement[object]:
        column = sa.type_coerce(columns[0], sa.String)
        return sa.case(*(
            (sql.shaped(column, shape), _rearranged(column, shape, self._canonical_shape(_digit_count(shape)), sql))
            for shape in self.shapes
        ))  # fmt: skip

    def comparable(self, value: object) -> Raw:
        return str(value)


_NOT_DIGIT = re.compile(r"[^0-9]")


def _digit_count(shape: str) -> int:
    return sum(sign == "#" or sign.isdigit() for sign in shape)


def _in_shape(digits: str, shape: str) -> str:
    rest = iter(digits)
    return "".join(next(rest) if sign == "#" or sign.isdigit() else sign for sign in shape)


def _rearranged(column: sa.ColumnElement[str], shape: str, canonical: str, sql: SqlForms) -> sa.ColumnElement[object]:
    """The digits of a column of one shape, written in another: runs of digits are cut out and joined anew."""
    if shape == canonical:
        return column
    places = [index for index, sign in enumerate(shape, start=1) if sign == "#" or sign.isdigit()]
    parts: list[sa.ColumnElement[str]] = []
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


def _spelled(
    shapes: tuple[str, ...], kind: type[Nik] | type[AreaCode], nulls: tuple[str, ...], *, shapes_suffice: bool
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


def nik(*, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A resident number: plain, or with dots, dashes or spaces where offices put them."""
    return _spelled(NIK_SHAPES, Nik, nulls, shapes_suffice=False)


def area_code(shapes: tuple[str, ...], *, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A Kemendagri code of one of the city's shapes (`36.71.##`), with or without its dots. Never for BPS codes."""
    undotted = tuple(shape.replace(".", "") for shape in shapes)
    return _spelled((*shapes, *undotted), AreaCode, nulls, shapes_suffice=True)
