"""Codes: a closed list of legacy values, each of which means one clean value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, Decoded, Expression, Raw, Spellings, SqlForms
from models.dictionary_column import DictionaryColumn, encoded, per_value, rows_with
from models.findings import FindingKind
from models.masks import masked_text
from models.predicates import Operator
from models.vocabulary import UNKNOWN, Vocabulary

RAW_CHARS_MAX = 64
"""How much is shown of a code that the hub does not know."""


@dataclass(frozen=True, eq=False, slots=True)
class Codes:
    """Legacy values to clean ones; several may mean the same. What is not listed is `unknown`, and a finding.

    For a vocabulary `unknown` is its UNKNOWN, null included; for plain codes it is null.
    """

    meanings: Mapping[Raw, object]
    clean_type: type
    unknown: object
    nulls: tuple[Raw, ...]
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY

    @property
    def raw_type(self) -> type:
        return type(next(iter(self.meanings)))

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        column = encoded(column)
        present = set(column.values if isinstance(column, DictionaryColumn) else column)
        strange = present.difference(self.meanings, self.nulls, (None,))
        meaning_of: dict[object, object] = dict.fromkeys(present, self.unknown)
        meaning_of.update(self.meanings.items())
        values = per_value(column, lambda known: list(map(meaning_of.__getitem__, known)))
        if not strange:
            return Decoded(values)
        shown = {value: _shown(value) for value in strange}
        raws = {row: shown[column[row]] for row in rows_with(column, strange)}
        return Decoded(values, {FindingKind.UNKNOWN_CODE: len(raws)}, raws)

    def encode(self, value: object) -> Spellings:
        if value is None:
            return Spellings(())
        if value == self.unknown:
            others = tuple(raw for raw, meaning in self.meanings.items() if meaning != self.unknown)
            return Spellings(others, complement=True, or_null=True)
        return Spellings(tuple(raw for raw, meaning in self.meanings.items() if meaning == value))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        (column,) = columns
        by_meaning: dict[object, list[Raw]] = {}
        for raw, meaning in self.meanings.items():
            by_meaning.setdefault(meaning, []).append(raw)
        whens = [
            (sql.one_of(column, raws), sql.constant(self._written(meaning))) for meaning, raws in by_meaning.items()
        ]
        otherwise = sa.null() if self.unknown is None else sql.constant(self._written(self.unknown))
        return sa.case(*whens, else_=otherwise)

    def comparable(self, value: object) -> Raw:
        return self._written(value)

    def _written(self, meaning: object) -> str:
        return str(meaning.value) if isinstance(meaning, Vocabulary) else str(meaning)


def _shown(raw: object) -> str:
    """A code as its system wrote it, without signs that no text may hold, and covered where it is somebody's number.

    Who fills in a column of codes is not held to codes, and it is masked before it is cut, lest half a number remain.
    """
    return masked_text("".join(sign for sign in str(raw) if sign.isprintable()))[:RAW_CHARS_MAX]


def codes(meanings: Mapping[str, object] | Mapping[int, object], *, nulls: tuple[Raw, ...] = ()) -> Codes:
    """Legacy values to members of one vocabulary, or to plain texts. `nulls` are legacy values that say nothing.

    Texts and numbers are not mixed: a database that compares one with the other finds `'Proses' = 0` true.
    """
    kinds = {type(meaning) for meaning in meanings.values()}
    if len(kinds) != 1:
        raise TypeError("all meanings of a list of codes are of one type")
    if len({type(raw) for raw in (*meanings, *nulls)}) != 1:
        raise TypeError("all legacy values of a list of codes are of one type")
    kind = kinds.pop()
    return Codes(
        dict[Raw, object](meanings.items()), kind, kind[UNKNOWN] if issubclass(kind, Vocabulary) else None, nulls
    )
