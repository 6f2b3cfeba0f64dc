"""Codes: a closed list of legacy values, each of which means one clean value; flags among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, Decoded, Expression, Raw, Spellings, SqlForms, WritesFirst
from models.policy.masks import masked_text
from models.predicates import Operator
from models.sources.findings import FindingKind
from models.values.dictionary_column import VALUES_MAX, numbered
from models.values.vocabulary import UNKNOWN, Vocabulary

RAW_CHARS_MAX = 64
"""How much of an unknown code is shown."""


_STRANGE = 0


class _Numbers(dict[object, int]):
    """The number of the meaning of each declared legacy value."""

    def __missing__(self, _: object) -> int:
        return _STRANGE


@dataclass(frozen=True, eq=False, slots=True)
class Codes(WritesFirst):
    """Legacy values to clean ones; several may mean the same, of which the first is written.

    Any other value decodes to `unknown`, with a finding.

    For a vocabulary, `unknown` is its UNKNOWN, also for null; for plain codes it is null.
    """

    meanings: Mapping[Raw, object]
    clean_type: type
    unknown: object
    nulls: tuple[Raw, ...]
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY
    _members: tuple[object, ...] = field(init=False, repr=False)
    _numbers: _Numbers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Number the clean values. The first stands for legacy values that are not declared."""
        known: dict[object, object] = dict.fromkeys((None, *self.nulls), self.unknown)
        known.update(self.meanings.items())
        members = (self.unknown, *dict.fromkeys(known.values()))
        number_of = {member: number for number, member in enumerate(members)}
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_numbers", _Numbers({raw: number_of[member] for raw, member in known.items()}))

    @property
    def raw_type(self) -> type:
        return type(next(iter(self.meanings)))

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # Bytes are searched much faster, and hold numbers up to 255.
        pack = bytes if len(self._members) <= VALUES_MAX else list
        numbers: Sequence[int] = pack(map(self._numbers.__getitem__, column))
        values = numbered(self._members, numbers)
        if _STRANGE not in numbers:
            return Decoded(values)
        rows = [row for row, number in enumerate(numbers) if number == _STRANGE]
        shown = {value: _shown(value) for value in {column[row] for row in rows}}
        raws = {row: shown[column[row]] for row in rows}
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
    """An unknown code, fit to be shown: without invalid characters, masked if it is a person's number, then cut.

    People write anything into a column of codes. It is masked before it is cut, so that no part of a number remains.
    """
    return masked_text("".join(sign for sign in str(raw) if sign.isprintable()))[:RAW_CHARS_MAX]


def codes(meanings: Mapping[str, object] | Mapping[int, object], *, nulls: tuple[Raw, ...] = ()) -> Codes:
    """Legacy values to members of one vocabulary, or to plain texts. `nulls` are legacy values that mean null.

    Texts and numbers are never mixed: some databases evaluate `'Proses' = 0` as true.
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


def flag(yes: str, no: str, *, nulls: tuple[str, ...] = ("", "-")) -> Codes:
    """True or false. The letters differ per table: `T` is true in one and means no, `tidak`, in another."""
    return codes({yes: True, no: False}, nulls=nulls)
