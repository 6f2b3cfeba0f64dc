"""Texts that can be read and nothing else: no source can be asked to compare what only the hub understands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.decoders.protocol import Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.predicates import Operator


class OnlyRead:
    """The faces that are never asked: who declares no operator is in no filter and no order."""

    __slots__ = ()

    @property
    def operators(self) -> frozenset[Operator]:
        return frozenset()

    def encode(self, value: object) -> Spellings:
        raise NotImplementedError(_NEVER_ASKED)

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        raise NotImplementedError(_NEVER_ASKED)

    def comparable(self, value: object) -> Raw:
        raise NotImplementedError(_NEVER_ASKED)


_NEVER_ASKED = "a decoder that is only read declares no operator"


@dataclass(frozen=True, slots=True)
class ReadOnly(OnlyRead):
    """One text through `clean`, which gives None for what it does not understand. `nulls` are spellings of nothing."""

    clean_type: type
    clean: Callable[[str], object]
    nulls: tuple[str, ...]
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> object:
        return None if value in self.nulls else self.clean(value)
