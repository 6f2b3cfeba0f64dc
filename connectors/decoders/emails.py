"""E-mail addresses: lower case in the graph, however phones and forms spelled them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.decoders.protocol import Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.predicates import Operator

_ADDRESS = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_ADDRESS_CHARS_MAX = 254


def _spellings(address: str) -> tuple[str, ...]:
    """As it should be, in capitals, with the capital that phones begin with, and with the blank that they leave behind.

    Few, since each is one search of an index per address: any mix of cases would be a scan of the whole table.
    """
    return tuple(dict.fromkeys((address, address.upper(), address[0].upper() + address[1:], f"{address} ")))


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address in one of four spellings. It is looked up, never sorted by: two people may share one, and many do."""

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> str | None:
        address = value.strip(" ").lower()
        return address if value in self.encode(address).values else None

    def encode(self, value: object) -> Spellings:
        address = str(value)
        known = len(address) <= _ADDRESS_CHARS_MAX and _ADDRESS.fullmatch(address)
        return Spellings(_spellings(address) if known else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        raise NotImplementedError("addresses are neither sorted nor searched for nulls")

    def comparable(self, value: object) -> Raw:
        raise NotImplementedError("addresses are neither sorted nor searched for nulls")


def email(*, nulls: tuple[str, ...] = ("", "-")) -> EmailAddress:
    """An e-mail address, lower case and without blanks around it."""
    return EmailAddress(nulls)
