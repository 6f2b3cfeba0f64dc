"""Tallies: the counts of an inspection, page by page: flaws, codes, repeated and broken keys, order. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.decoders.codes import Codes
from connectors.decoders.protocol import Decoded
from connectors.mapping import MappedColumn
from models.records import Field, PersonalClass
from models.sources.findings import FindingKind
from onboarding.drafting.looks import is_email, is_phone, is_resident_number

ROW_KEYS_MAX = 5
"""How many rows are named by key for each kind of flaw."""
CODES_MAX = 20
"""How many different unknown codes of a field are counted."""
CODE_CHARS_MAX = 24
CODE_DIGITS_MAX = 5
JOIN_VALUES_MAX = 2_000
"""How many different values of a reference are looked up in the target."""

PEOPLE_VALUES_MAX = 5_000
"""How many different values of a public field are compared with what people's look like."""
PEOPLE_SHARE_MIN = 0.2
NAMES_SHARE_MIN = 0.3
NAME_WORDS_MAX = 5

RowKeys = Sequence[object]
"""The clean key of each row of a page; None for a row without one."""


@dataclass(slots=True)
class RowSample:
    """The number of rows, and the keys of the first ones; never a value."""

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
        self.flaws: dict[FindingKind, RowSample] = {}
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
        tally = self.flaws.setdefault(kind, RowSample())
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
    """The rows with a flaw, in order, found by bisection, since a decoder only counts flaws."""
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
    """An unknown code to show to operators; None if it is too long, or could be a person's number."""
    code = str(value)
    digits = sum(sign.isdigit() for sign in code)
    if len(code) > CODE_CHARS_MAX or digits > CODE_DIGITS_MAX or "@" in code:
        return None
    return code if code.isprintable() else ascii(code)


@dataclass(slots=True)
class PeopleTally:
    """A field that everybody may read: how many of its values look like people's numbers or names.

    `kind` and `rows` are of the likeliest kind, after `judge`.
    """

    name: str
    values: int = 0
    kind: str = ""
    rows: int = 0
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, values: Sequence[object], _keys: RowKeys) -> None:
        for value in values:
            if isinstance(value, str) and value:
                self.values += 1
                if value in self._counts or len(self._counts) < PEOPLE_VALUES_MAX:
                    self._counts[value] += 1

    @property
    def may_be_names(self) -> bool:
        return self._share(is_like_a_name) >= NAMES_SHARE_MIN

    @property
    def refused(self) -> bool:
        return bool(self.kind)

    def judge(self, register: frozenset[str]) -> None:
        """Compare the values with what people's look like, and with the names in the register."""
        tests = {
            "resident numbers": is_resident_number,
            "e-mail addresses": is_email,
            "phone numbers": is_phone,
            "names in the register": lambda text: plain_name(text) in register,
        }
        for kind, test in tests.items():
            if self._share(test) >= PEOPLE_SHARE_MIN:
                self.kind, self.rows = kind, self._rows(test)
                return

    def _rows(self, test: Callable[[str], bool]) -> int:
        return sum(count for text, count in self._counts.items() if test(text))

    def _share(self, test: Callable[[str], bool]) -> float:
        seen = self._counts.total()
        return self._rows(test) / seen if seen else 0.0


_TITLES = re.compile(r"^(?:(?:drg?|prof|ir|h|hj|mr|mrs|ms)\.?\s+)+|,.*$", re.IGNORECASE)


def plain_name(text: str) -> str:
    """A name without titles, in small letters, to be compared."""
    return " ".join(_TITLES.sub("", text.strip()).casefold().split())


def is_like_a_name(text: str) -> bool:
    words = plain_name(text).split()
    return 2 <= len(words) <= NAME_WORDS_MAX and all(word.replace("'", "").isalpha() for word in words)


@dataclass(slots=True)
class UniqueTally:
    """A field that should be unique, because it identifies rows; counts the rows that repeat a value."""

    name: str
    repeated: RowSample = field(default_factory=RowSample)
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
    """The different values of a reference, at most JOIN_VALUES_MAX, and the rows that have them."""

    name: str
    values: dict[object, RowSample] = field(default_factory=dict)
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
                tally = self.values[value] = RowSample()
            tally.add(key)

    def orphans(self, values: Sequence[object]) -> RowSample:
        """The rows with one of these values."""
        orphans = RowSample()
        for value in values:
            tally = self.values[value]
            orphans.rows += tally.rows
            orphans.keys += tally.keys
        orphans.keys = orphans.keys[:ROW_KEYS_MAX]
        return orphans


@dataclass(slots=True)
class OrderTally:
    """Rows in the order of a field's `sorts_as`: counts the values, and those that are less than the one before."""

    name: str
    sorts_as: str
    rows: int = 0
    backwards: RowSample = field(default_factory=RowSample)
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
