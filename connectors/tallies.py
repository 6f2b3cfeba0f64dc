"""Tallies: what a walk over a source counts, page by page: flaws, codes, repeated and broken keys, order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.decoders.codes import Codes
from connectors.decoders.protocol import Decoded
from connectors.mapping import MappedColumn
from models.findings import FindingKind
from models.records import Field, PersonalClass

ROW_KEYS_MAX = 5
"""How many rows are named by their keys for each thing that is wrong."""
CODES_MAX = 20
"""How many different unknown codes of a field are told apart."""
CODE_CHARS_MAX = 24
CODE_DIGITS_MAX = 5
JOIN_VALUES_MAX = 2_000
"""How many different values of a reference are looked up in the record that they refer to."""

RowKeys = Sequence[object]
"""The clean key of each row of a page; None for a row that has none."""


@dataclass(slots=True)
class Tally:
    """How many rows, and the keys of the first of them; never a value."""

    rows: int = 0
    keys: list[str] = field(default_factory=list)

    def add(self, key: object, rows: int = 1) -> None:
        self.rows += rows
        if key is not None and self.wants_keys:
            self.keys.append(str(key))

    @property
    def wants_keys(self) -> bool:
        return len(self.keys) < ROW_KEYS_MAX


class FieldTally:
    """One field of a record: nulls, flaws, unknown codes, and the kinds of raw values in each legacy column."""

    def __init__(self, contract: Field, mapped: MappedColumn) -> None:
        self.name = contract.name
        self.rows = 0
        self.nulls = 0
        self.flaws: dict[FindingKind, Tally] = {}
        self.codes: dict[str, int] = {}
        self.codes_not_shown = 0
        self.raw_kinds: dict[str, set[str]] = {name: set() for name in mapped.legacy}
        self._mapped = mapped
        self._shows_codes = contract.personal is PersonalClass.NON_PERSONAL

    def add(self, columns: Sequence[Sequence[object]], keys: RowKeys) -> Sequence[object]:
        """Count one page; returns the clean column."""
        decoded = self._mapped.decoder.decode(*columns)
        self.rows += len(decoded.values)
        self.nulls += decoded.values.count(None)
        for name, column in zip(self._mapped.legacy, columns, strict=True):
            self.raw_kinds[name] |= {_raw_kind(kind) for kind in set(map(type, column)) - {type(None)}}
        for kind, count in decoded.flaws.items():
            self._note(kind, count, columns, keys)
        if FindingKind.UNKNOWN_CODE in decoded.flaws and isinstance(self._mapped.decoder, Codes):
            self._note_codes(self._mapped.decoder, columns[0])
        return decoded.values

    def _note(self, kind: FindingKind, count: int, columns: Sequence[Sequence[object]], keys: RowKeys) -> None:
        tally = self.flaws.setdefault(kind, Tally())
        tally.rows += count
        for row in flawed_rows(self._mapped.decoder, columns, kind, decoded_count=count):
            if not tally.wants_keys:
                break
            tally.add(keys[row], rows=0)

    def _note_codes(self, decoder: Codes, column: Sequence[object]) -> None:
        known = {None, *decoder.nulls, *decoder.meanings}
        for value in column:
            if value in known:
                continue
            code = shown_code(value) if self._shows_codes else None
            if code is None or (code not in self.codes and len(self.codes) >= CODES_MAX):
                self.codes_not_shown += 1
            else:
                self.codes[code] = self.codes.get(code, 0) + 1


class _Decodes(Protocol):
    def decode(self, *columns: Sequence[object]) -> Decoded: ...


def flawed_rows(
    decoder: _Decodes, columns: Sequence[Sequence[object]], kind: FindingKind, *, decoded_count: int
) -> Iterator[int]:
    """The rows that have a flaw, in order. Found by halves, as a decoder counts flaws and does not say where."""
    if decoded_count:
        yield from _flawed_within(decoder, columns, kind, 0, len(columns[0]))


def _flawed_within(
    decoder: _Decodes, columns: Sequence[Sequence[object]], kind: FindingKind, start: int, end: int
) -> Iterator[int]:
    if end - start == 1:
        yield start
        return
    middle = (start + end) // 2
    for low, high in ((start, middle), (middle, end)):
        if kind in decoder.decode(*(column[low:high] for column in columns)).flaws:
            yield from _flawed_within(decoder, columns, kind, low, high)


def shown_code(value: object) -> str | None:
    """An unknown code as operators see it; None for what is too long for a code, or could be a number of a person."""
    code = str(value)
    digits = sum(sign.isdigit() for sign in code)
    if len(code) > CODE_CHARS_MAX or digits > CODE_DIGITS_MAX or "@" in code:
        return None
    return code if code.isprintable() else ascii(code)


@dataclass(slots=True)
class UniqueTally:
    """A field that should be unique, since rows are addressed or referred to by it; counts the rows that repeat one."""

    name: str
    repeated: Tally = field(default_factory=Tally)
    _seen: set[object] = field(default_factory=set)

    def add(self, values: Sequence[object], keys: RowKeys) -> None:
        for value, key in zip(values, keys, strict=True):
            if value is None:
                continue
            if value in self._seen:
                self.repeated.add(key)
            else:
                self._seen.add(value)


@dataclass(slots=True)
class JoinTally:
    """The different values by which rows refer to another record: at most JOIN_VALUES_MAX, and who carries them."""

    name: str
    values: dict[object, Tally] = field(default_factory=dict)
    stopped: bool = False

    def add(self, values: Sequence[object], keys: RowKeys) -> None:
        for value, key in zip(values, keys, strict=True):
            if value is None:
                continue
            tally = self.values.get(value)
            if tally is None:
                if len(self.values) >= JOIN_VALUES_MAX:
                    self.stopped = True
                    continue
                tally = self.values[value] = Tally()
            tally.add(key)

    def orphans(self, values: Sequence[object]) -> Tally:
        """The rows that carry one of these values."""
        orphans = Tally()
        for value in values:
            tally = self.values[value]
            orphans.rows += tally.rows
            orphans.keys += tally.keys
        orphans.keys = orphans.keys[:ROW_KEYS_MAX]
        return orphans


@dataclass(slots=True)
class OrderTally:
    """Rows in the order of a field's `sorts_as`: how many have a value, and how many fall behind the one before."""

    name: str
    sorts_as: str
    rows: int = 0
    backwards: Tally = field(default_factory=Tally)
    _last: Any = None

    def add(self, values: Sequence[Any], keys: RowKeys) -> None:
        for value, key in zip(values, keys, strict=True):
            if value is None:
                continue
            self.rows += 1
            if self._last is not None and value < self._last:
                self.backwards.add(key)
            self._last = value


def _raw_kind(kind: type) -> str:
    names = {
        "str": "text", "int": "number", "float": "number", "Decimal": "number",
        "date": "moment", "datetime": "moment", "time": "moment", "timedelta": "moment",
    }  # fmt: skip
    return names.get(kind.__name__, "other")
