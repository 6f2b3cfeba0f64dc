"""Writing: how new rows and changes of one record are written. Declared in a city package and checked at start.

A writing says which fields are written into which tables, with what constants, and by what a new row is found again
when nobody knows whether it was written. Values are spelled by the decoders of the record's mapping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from connectors.decoders.protocol import Raw, Unwritable, Writes
from connectors.mapping import MappedColumn, Mapping, MappingError
from models.actions.effects import Effect
from models.records import KEY

REFERENCE_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without those that people take for another (I, L, O, U): five bits each."""
REFERENCE_BITS_MIN: Final = 40
_BITS_OF_SIGN: Final = 5


@dataclass(frozen=True, slots=True)
class Number:
    """The field of a new row that takes the hub's number, of at most `chars_max` characters.

    `prefix` is reserved with the owner of the system for the hub, so that no other number begins with it.
    """

    field: str
    prefix: str
    chars_max: int

    def of(self, receipt: str) -> str:
        """The number of the row that a receipt is about: always the same, and random for anybody else."""
        signs = self.chars_max - len(self.prefix)
        drawn = int.from_bytes(hashlib.sha256(receipt.encode()).digest())
        return self.prefix + "".join(
            REFERENCE_SIGNS[drawn >> _BITS_OF_SIGN * place & len(REFERENCE_SIGNS) - 1] for place in range(signs)
        )


@dataclass(frozen=True, eq=False, slots=True)
class NewRow:
    """A row that a new record has in one table: these fields of it, and what today's app puts beside them.

    `columns` are fields that are written otherwise than the mapping reads them. `key_in` is the column that refers to
    the first row of the record, whose key the source has just given.
    """

    table: sa.TableClause
    fields: tuple[str, ...]
    constants: Dictionary[str, Raw] = field(default_factory=dict)
    columns: Dictionary[str, MappedColumn] = field(default_factory=dict)
    key_in: str | None = None

    @property
    def written(self) -> tuple[str, ...]:
        """The fields of the record that it holds."""
        return (*self.fields, *self.columns)


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that the source cannot store. `chars_max`: a shorter text could be."""

    record: str
    field: str
    chars_max: int | None = None


class CannotStore(Exception):
    """The source cannot store a value of an effect."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.record}.{refused.field}")
        self.refused = refused


@dataclass(frozen=True, eq=False, slots=True)
class Writing:
    """How one record is written, beside the `mapping` that reads it. Raises MappingError if it cannot work.

    `new` are the rows of a new record: the first has its key, which the source generates. `changed` are the fields of
    the first table that may get other values, and that a change may expect to be as they were. `number` takes the hub's
    number; a record without one is looked for by the fields of `found_by`, which together tell a row from others.
    """

    mapping: Mapping
    new: tuple[NewRow, ...]
    changed: tuple[str, ...] = ()
    number: Number | None = None
    found_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.new or any((row.key_in is None) is not (row is self.new[0]) for row in self.new):
            raise self._wrong("has no first row, or a row after it that does not refer to it: say key_in for these.")
        if (self.number is None) is not bool(self.found_by):
            raise self._wrong("is found either by the hub's number or by the fields of found_by: declare one of them.")
        for row in self.new:
            self._check_row(row)
        first = set(self.first.written)
        looked_for = (self.number.field,) if self.number is not None else self.found_by
        for name in looked_for:
            if name not in first:
                raise self._wrong(f"is looked for by {name!r}, which its first row does not have.")
        for name in self.changed:
            self._columns_of(name, self.first)
        self._check_key()
        if self.number is not None:
            self._check_number(self.number)

    @property
    def record(self) -> str:
        return self.mapping.record.name

    @property
    def source(self) -> str:
        return self.mapping.source

    @property
    def first(self) -> NewRow:
        return self.new[0]

    @property
    def table(self) -> sa.TableClause:
        """The table of the first row."""
        return self.first.table

    @property
    def key(self) -> sa.ColumnElement[Any]:
        return self.table.c[self.mapping.legacy_key]

    @property
    def alive(self) -> Dictionary[str, tuple[str | int, ...] | None]:
        """The values that a row of the first table has if it exists, by column; None for null."""
        return {one.legacy: one.values for one in self.mapping.conditions_alive if one.legacy in self.table.c}

    def mapped(self, name: str, row: NewRow | None = None) -> MappedColumn:
        """How a field is written in a row, by default in the first."""
        return (row or self.first).columns.get(name) or self.mapping.columns[name]

    # --- Values -------------------------------------------------------------------------------------------------------

    def check(self, effect: Effect) -> Refused | None:
        """The first value of an effect that the source cannot store. Pure."""
        try:
            if effect.is_new:
                for row in self.new:
                    self.cells(row, effect)
            else:
                self.changes(effect)
                self.expected(effect)
                self.spell(KEY, effect.key, self.first)
        except CannotStore as failure:
            return failure.refused
        return None

    def cells(self, row: NewRow, effect: Effect) -> dict[str, Raw | None]:
        """The cells of a new row, without the key of the first. Raises CannotStore.

        Raises ValueError for a field that this record is not written with.
        """
        self._known(effect.values, {name for one in self.new for name in one.written})
        cells: dict[str, Raw | None] = dict(row.constants)
        for name in row.written:
            cells |= self._spelled(name, effect.values.get(name), row)
        return cells

    def changes(self, effect: Effect) -> dict[str, Raw | None]:
        """The cells that get other values. Raises as `cells` does."""
        self._known(effect.values, set(self.changed))
        cells: dict[str, Raw | None] = {}
        for name, value in effect.values.items():
            cells |= self._spelled(name, value, self.first)
        return cells

    def expected(self, effect: Effect) -> dict[str, tuple[tuple[Raw, ...], bool, bool]]:
        """By legacy column: the spellings of what must still stand there, whether it is all but these, or null too."""
        self._known(effect.expects, set(self.changed))
        found: dict[str, tuple[tuple[Raw, ...], bool, bool]] = {}
        for name, values in effect.expects.items():
            mapped = self.mapping.columns[name]
            spelled = [mapped.decoder.encode(value) for value in values]
            if len(spelled) == 1:
                found[mapped.legacy[0]] = (spelled[0].values, spelled[0].complement, spelled[0].or_null)
            elif any(one.complement for one in spelled):
                raise ValueError(f"{self.record} cannot expect {name!r} to be unknown or something else")
            else:
                found[mapped.legacy[0]] = (tuple(raw for one in spelled for raw in one.values), False, False)
        return found

    def likeness(self, effect: Effect) -> dict[str, Raw | None]:
        """The cells by which a new row is found again."""
        names = (self.number.field,) if self.number is not None else self.found_by
        cells: dict[str, Raw | None] = {}
        for name in names:
            cells |= self._spelled(name, effect.values.get(name), self.first)
        return cells

    def spell(self, name: str, value: object, row: NewRow) -> tuple[Raw | None, ...]:
        """A value of a field as the source stores it. Raises CannotStore."""
        decoder = self.mapped(name, row).decoder
        assert isinstance(decoder, Writes)  # checked when the writing was made
        try:
            return decoder.write(value)
        except Unwritable as error:
            raise CannotStore(Refused(self.record, name)) from error

    def key_of(self, raw: object) -> str | None:
        """The key of a row as the hub names it."""
        (key,) = self.mapping.columns[KEY].decoder.decode([raw]).values
        return key if isinstance(key, str) else None

    def _spelled(self, name: str, value: object, row: NewRow) -> dict[str, Raw | None]:
        cells = dict(zip(self.mapped(name, row).legacy, self.spell(name, value, row), strict=True))
        for legacy, raw in cells.items():
            chars_max = getattr(row.table.c[legacy].type, "length", None)
            if chars_max is not None and isinstance(raw, str) and len(raw) > chars_max:
                raise CannotStore(Refused(self.record, name, chars_max))
        return cells

    def _known(self, named: Iterable[str], fields: set[str]) -> None:
        unknown = sorted(set(named) - fields)
        if unknown:
            raise ValueError(f"The writing of {self.record} does not write {', '.join(unknown)}.")

    # --- Checks -------------------------------------------------------------------------------------------------------

    def _wrong(self, what: str) -> MappingError:
        return MappingError(f"The writing of {self.record} {what}")

    def _check_row(self, row: NewRow) -> None:
        taken: dict[str, str] = {}
        for name in row.written:
            for legacy in self._columns_of(name, row):
                if legacy in taken or legacy in row.constants:
                    raise self._wrong(f"writes {legacy} twice: by {name!r} and by {taken.get(legacy, 'a constant')!r}.")
                taken[legacy] = name
        for legacy in (*row.constants, *((row.key_in,) if row.key_in is not None else ())):
            if legacy not in row.table.c:
                raise self._wrong(f"names {legacy}, which the table {row.table.name} does not have.")
        if row is self.first:
            self._check_alive(row)

    def _check_alive(self, row: NewRow) -> None:
        """A new row must be one that the mapping reads."""
        for legacy, values in self.alive.items():
            if values is not None and row.constants.get(legacy) not in values:
                raise self._wrong(f"makes rows that nobody reads: give {legacy} one of {values} among its constants.")

    def _columns_of(self, name: str, row: NewRow) -> tuple[str, ...]:
        table = row.table
        if name not in self.mapping.columns:
            raise self._wrong(f"writes {name!r}, which its mapping does not read.")
        mapped = self.mapped(name, row)
        if not isinstance(mapped.decoder, Writes):
            raise self._wrong(f"writes {name!r}, whose decoder only reads: take one that writes, or leave it out.")
        missing = [legacy for legacy in mapped.legacy if legacy not in table.c]
        if missing:
            raise self._wrong(f"writes {name!r} into {table.name}.{missing[0]}, which is not declared there.")
        if mapped.decoder.raw_type is None and not all(
            isinstance(table.c[one].type, sa.String) for one in mapped.legacy
        ):
            raise self._wrong(f"writes {name!r} as texts: declare its columns in {table.name} as such.")
        return mapped.legacy

    def _check_key(self) -> None:
        if self.mapping.legacy_key not in self.table.c or not isinstance(self.mapping.columns[KEY].decoder, Writes):
            raise self._wrong(f"needs the key {self.mapping.legacy_key} in its first table.")
        if KEY in self.first.written:
            raise self._wrong("gives a new row its key: the source does that.")

    def _check_number(self, number: Number) -> None:
        column = self.table.c[self.mapped(number.field).legacy[0]]
        length = getattr(column.type, "length", None)
        if length is not None and number.chars_max > length:
            raise self._wrong(f"has a number of {number.chars_max} characters, {column.name} holds {length}.")
        if (number.chars_max - len(number.prefix)) * _BITS_OF_SIGN < REFERENCE_BITS_MIN:
            raise self._wrong(f"leaves its number too few characters after {number.prefix!r}: shorten the prefix.")
