"""Texts that can be read and nothing else: no source can be asked to compare what only the hub understands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.decoders.protocol import Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.predicates import Operator


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """One text through `clean`, which gives None for what it does not understand. `nulls` are spellings of nothing."""

    clean_type: type
    clean: Callable[[str], object]
    nulls: tuple[str, ...]
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = frozenset()

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> object:
        return None if value in self.nulls else self.clean(value)

    def encode(self, value: object) -> Spellings:
        raise NotImplementedError("what can only be read declares no operator")

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        raise NotImplementedError("what can only be read declares no operator")

    def comparable(self, value: object) -> Raw:
        raise NotImplementedError("what can only be read declares no operator")
