"""Brackets: names that say something more in brackets, `Beras I/A (kg)`, however people set the blank before those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.decoders.protocol import Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.predicates import Operator


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A text in which every bracket has one blank before it, or none has; perhaps with a blank behind it all.

    It is found by equality, which is what keys need; a source is not asked to sort by it or to tell where it is null.
    """

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> str | None:
        spaced = _spaced(value.strip(" "))
        return spaced if value not in self.nulls and value in _spellings(spaced) else None

    def encode(self, value: object) -> Spellings:
        spelled = _spellings(str(value))
        return Spellings(tuple(text for text in spelled if self._clean(text) == value))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        raise NotImplementedError("a text with brackets declares neither order nor null")

    def comparable(self, value: object) -> Raw:
        raise NotImplementedError("a text with brackets declares neither order nor null")


def bracketed(*, nulls: tuple[str, ...] = ("", "-")) -> Bracketed:
    """A name with brackets, `Beras I/A (kg)` or `Beras I/A(kg)`: the first is how it is given."""
    return Bracketed(nulls)


def _spaced(text: str) -> str:
    return text.replace(" (", "(").replace("(", " (")


def _spellings(spaced: str) -> tuple[str, ...]:
    tight = spaced.replace(" (", "(")
    return tuple(dict.fromkeys((spaced, tight, f"{spaced} ", f"{tight} ")))
