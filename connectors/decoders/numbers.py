"""Resident numbers in columns of numbers, which hold them only where they are wide enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.decoders.protocol import Decoded, Expression, Raw, Spellings, SqlForms
from models.findings import FindingKind
from models.predicates import Operator
from models.values import Nik

_DOUBLE_EXACT_MAX = 2**53
"""From here on a double holds only every second whole number, and two residents would be one."""


@dataclass(frozen=True, slots=True)
class NikNumber:
    """A resident number as a number: of an integer, bigint, numeric(16,0) or wider column, or of a double.

    What is stored in too narrow a column is clamped there (2147483647) and is no resident number any more.
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
    """A resident number in a column of numbers, whatever it is called; the mapping declares it as `sa.BigInteger`."""
    return NikNumber(nulls)


def _whole(value: object) -> int | None:
    """The whole number that a driver hands over as int, Decimal or float, if it is exact."""
    # By its type: a boolean is an int too, and is nobody's number.
    if type(value) is int:
        return value
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _DOUBLE_EXACT_MAX else None
    return None
