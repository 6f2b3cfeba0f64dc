"""Money: amounts and ranges as offices write them, `Rp. 11.000,-`, `1 - 2 Juta` and `$1,234.56`. Read only.

With a decimal comma, dots group thousands; with a decimal point, commas do. `11000.00`, as databases write amounts, is
read either way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.decoders.protocol import Decoded, ReadOnly
from models.values.types import Money, MoneyRange

_SIGNS = {"IDR": r"(?:Rp\.?|IDR)", "USD": r"(?:US ?\$|\$|USD)", "EUR": "(?:\u20ac|EUR)", "GBP": "(?:\u00a3|GBP)"}
"""How people write a currency before an amount; others by their code."""

_ZERO = r"0+[.,]0+"
_PLAIN = "0|[1-9][0-9]{0,15}"
_AMOUNTS = {
    ",": re.compile(
        rf"((?:[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}}){{1,5}}|{_PLAIN}))(?:,--?|,([0-9]{{1,2}})|\.([0-9]{{2}}))?|{_ZERO}"
    ),
    ".": re.compile(rf"((?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}}){{1,5}}|{_PLAIN}))(?:\.([0-9]{{1,2}}))?()|{_ZERO}"),
}
"""How amounts are written, by the decimal sign; zero has as many decimals as it likes."""
_FREE = frozenset({"gratis", "tidak dipungut biaya"})

_MULTIPLES = {"juta": 1_000_000, "jt": 1_000_000, "ribu": 1_000, "rb": 1_000}
_TERM = re.compile(rf"(.+?)(?: ?({'|'.join(_MULTIPLES)})\.?)?", re.IGNORECASE | re.ASCII)
_TO = re.compile(r" ?(?:-|\u2013|\bs/d\b|\bs\.d\.|\bsampai(?: dengan)?\b|\bhingga\b) ?", re.IGNORECASE | re.ASCII)
_AT_LEAST = re.compile(r"(?:>=?|min\.|minimal|mulai(?: dari)?|di ?atas|lebih dari) ?(.+)", re.IGNORECASE | re.ASCII)
_AT_MOST = re.compile(r"(?:<=?|maks?\.|maksimal|di ?bawah|kurang dari) ?(.+)", re.IGNORECASE | re.ASCII)
_SHORT = re.compile(r"[0-9]{1,3}(?:,[0-9]{1,2})?")
_BLANKS = re.compile(r"\s+")


def money(
    currency: str, *, decimal: str = ",", nulls: tuple[str, ...] = ("", "-"), zero_is_null: bool = False
) -> ReadOnly:
    """An exact amount: `Rp. 11.000,-`, `1.200.000`, `11000.00`, `Gratis`; `$1,234.56` with the `decimal` point.

    With `zero_is_null`, zero in any spelling says that nobody knows the amount.
    """
    zero = Money(Decimal(0), currency) if zero_is_null else None
    return _Amounts(Money, _Reader(currency, decimal).money, nulls, zero=zero)


def money_range(
    currency: str, *, decimal: str = ",", nulls: tuple[str, ...] = ("", "-"), zero_is_null: bool = False
) -> ReadOnly:
    """A range of amounts: `1 - 2 Juta`, `Rp. 3.000.000 s/d 4.500.000`, `> 5 Juta`; one amount is both its bounds."""
    nothing = Money(Decimal(0), currency)
    zero = MoneyRange(nothing, nothing) if zero_is_null else None
    return _Amounts(MoneyRange, _Reader(currency, decimal).range, nulls, zero=zero)


@dataclass(frozen=True, slots=True)
class _Amounts(ReadOnly):
    """Texts of amounts, in which `zero` stands for nothing."""

    zero: Money | MoneyRange | None = None

    def decode(self, *columns: Sequence[object]) -> Decoded:
        decoded = ReadOnly.decode(self, *columns)
        if self.zero is None:
            return decoded
        return Decoded([None if value == self.zero else value for value in decoded.values], decoded.flaws)


class _Reader:
    """Reads texts in one currency. Methods return None for texts that they do not understand."""

    def __init__(self, currency: str, decimal: str) -> None:
        Money(Decimal(0), currency)  # Checks the currency when the city is built.
        self._currency = currency
        self._amounts = _AMOUNTS[decimal]
        self._sign = re.compile(rf"{_SIGNS.get(currency, currency)} ?", re.IGNORECASE | re.ASCII)

    def money(self, text: str) -> Money | None:
        written = _tidy(text)
        amount = Decimal(0) if written.lower() in _FREE else self._amount(self._without_sign(written))
        return self._money(amount)

    def range(self, text: str) -> MoneyRange | None:
        written = _tidy(text)
        for pattern, is_lower in ((_AT_LEAST, True), (_AT_MOST, False)):
            open_range = pattern.fullmatch(written)
            if open_range is not None:
                bound = self._term(open_range[1])
                if bound is None:
                    return None
                return MoneyRange(bound, None) if is_lower else MoneyRange(None, bound)
        terms = _terms(written)
        if terms is None:
            return None
        low, high = self._term(terms[0], _lent(terms[-1])), self._term(terms[-1])
        if low is None or high is None or low.amount > high.amount:
            return None
        return MoneyRange(low, high)

    def _term(self, text: str, lent: int = 1) -> Money | None:
        """One bound. A short number without a multiple takes that of the other bound, `lent`: `1 - 2 Juta`."""
        term = _TERM.fullmatch(text)
        if term is None:
            return None
        number = self._without_sign(term[1])
        multiple = _multiple(term[2]) if term[2] else lent if _SHORT.fullmatch(number) else 1
        amount = self._amount(number)
        return self._money(None if amount is None else amount * multiple)

    def _without_sign(self, text: str) -> str:
        sign = self._sign.match(text)
        return text[sign.end() :] if sign else text

    def _amount(self, text: str) -> Decimal | None:
        found = self._amounts.fullmatch(text)
        if found is None:
            return None
        whole, decimals, database_decimals = found.groups()
        if database_decimals and "." in whole:
            return None
        digits = "".join(filter(str.isdigit, whole or "0"))
        return Decimal(f"{digits}.{decimals or database_decimals or 0}")

    def _money(self, amount: Decimal | None) -> Money | None:
        """The amount, without decimals if they are zero."""
        if amount is None:
            return None
        whole = amount.to_integral_value()
        return Money(whole if whole == amount else amount, self._currency)


def _multiple(word: str | None) -> int:
    return _MULTIPLES[word.lower()] if word else 1


def _lent(text: str) -> int:
    """The multiple of a bound, for the other one."""
    term = _TERM.fullmatch(text)
    return _multiple(term[2]) if term is not None else 1


def _tidy(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _terms(text: str) -> list[str] | None:
    """The one amount or the two of a range; the dash of `11.000,-` separates nothing."""
    terms = _TO.split(text.replace(",--", "").replace(",-", ""))
    return terms if len(terms) <= 2 and all(terms) else None
