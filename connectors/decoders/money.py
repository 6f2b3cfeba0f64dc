"""Money: amounts and ranges as Indonesian offices write them, `Rp. 11.000,-` and `1 - 2 Juta`; read, not compared.

A dot groups thousands and a comma is decimal, except in `11000.00`, which is how a database writes an amount.
"""

from __future__ import annotations

import re
from decimal import Decimal

from connectors.decoders.read_only import ReadOnly
from models.values import Money, MoneyRange

_SIGNS = {"IDR": r"(?:Rp\.?|IDR)"}
"""How people write a currency in front of an amount; one that is not here is written by its code."""

_NUMBER = r"(?:[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5}|0|[1-9][0-9]{0,15})"
_AMOUNT = re.compile(rf"({_NUMBER})(?:,--?|,([0-9]{{1,2}})|\.([0-9]{{2}}))?")
_FREE = frozenset({"gratis", "tidak dipungut biaya"})

_MULTIPLES = {"juta": 1_000_000, "jt": 1_000_000, "ribu": 1_000, "rb": 1_000}
_TERM = re.compile(rf"(.+?)(?: ?({'|'.join(_MULTIPLES)})\.?)?", re.IGNORECASE | re.ASCII)
_TO = re.compile(r" ?(?:-|\u2013|\bs/d\b|\bs\.d\.|\bsampai(?: dengan)?\b|\bhingga\b) ?", re.IGNORECASE | re.ASCII)
_AT_LEAST = re.compile(r"(?:>=?|min\.|minimal|mulai(?: dari)?|di ?atas|lebih dari) ?(.+)", re.IGNORECASE | re.ASCII)
_AT_MOST = re.compile(r"(?:<=?|maks?\.|maksimal|di ?bawah|kurang dari) ?(.+)", re.IGNORECASE | re.ASCII)
_SHORT = re.compile(r"[0-9]{1,3}(?:,[0-9]{1,2})?")
_BLANKS = re.compile(r"\s+")


def money(currency: str, *, nulls: tuple[str, ...] = ("", "-", "0")) -> ReadOnly:
    """An exact amount: `Rp. 11.000,-`, `11.000`, `1.200.000`, `11000.00`, `Gratis`. A bare `0` says nothing."""
    return ReadOnly(Money, _Reader(currency).money, nulls)


def money_range(currency: str, *, nulls: tuple[str, ...] = ("", "-", "0")) -> ReadOnly:
    """A range of amounts: `1 - 2 Juta`, `Rp. 3.000.000 s/d 4.500.000`, `> 5 Juta`; one amount is both its bounds."""
    return ReadOnly(MoneyRange, _Reader(currency).range, nulls)


class _Reader:
    """Reads texts in one currency. Each method gives None for what it does not understand."""

    def __init__(self, currency: str) -> None:
        Money(Decimal(0), currency)  # Refuses what is no currency when the city is built, not at the first row.
        self._currency = currency
        self._sign = re.compile(rf"{_SIGNS.get(currency, currency)} ?", re.IGNORECASE | re.ASCII)

    def money(self, text: str) -> Money | None:
        written = _tidy(text)
        amount = Decimal(0) if written.lower() in _FREE else _amount(self._without_sign(written))
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
        """One bound. `lent` is the multiple of the other, which a short number without its own shares: `1 - 2 Juta`."""
        term = _TERM.fullmatch(text)
        if term is None:
            return None
        number = self._without_sign(term[1])
        multiple = _multiple(term[2]) if term[2] else lent if _SHORT.fullmatch(number) else 1
        amount = _amount(number)
        return self._money(None if amount is None else amount * multiple)

    def _without_sign(self, text: str) -> str:
        sign = self._sign.match(text)
        return text[sign.end() :] if sign else text

    def _money(self, amount: Decimal | None) -> Money | None:
        """An amount of whole rupiah has no decimals, however it was written."""
        if amount is None:
            return None
        whole = amount.to_integral_value()
        return Money(whole if whole == amount else amount, self._currency)


def _amount(text: str) -> Decimal | None:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    whole, decimals, database_decimals = found.groups()
    if database_decimals is not None and "." in whole:
        return None
    return Decimal(f"{whole.replace('.', '')}.{decimals or database_decimals or 0}")


def _multiple(word: str | None) -> int:
    return _MULTIPLES[word.lower()] if word else 1


def _lent(text: str) -> int:
    """What a bound multiplies by, to be shared with the other one."""
    term = _TERM.fullmatch(text)
    return _multiple(term[2]) if term is not None else 1


def _tidy(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _terms(text: str) -> list[str] | None:
    """One amount or the two of a range; the dash at the end of `11.000,-` is none between two."""
    terms = _TO.split(text.replace(",--", "").replace(",-", ""))
    return terms if len(terms) <= 2 and all(terms) else None
