"""Decoders: decode a column, encode a value to its spelling variants, express a column in SQL.

`decode` accepts exactly the spellings that `encode` emits. `expression` is null exactly where `decode` returns null,
and contains no cast that can fail. Texts with NUL or invalid bytes are an exception: they decode to null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa

from models.batch import Column
from models.predicates import Operator
from models.sources.findings import FindingKind

EQUALITY = frozenset({Operator.IN, Operator.IS_NULL})
RANGE = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})

Raw = str | int | float
"""A value as a source stores it."""

Expression = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A clean column, as long as the legacy one, and the number of flaws by kind. Null is not a flaw.

    `raws` are the unknown codes by row, fit to be shown.
    """

    values: Column
    flaws: dict[FindingKind, int] = field(default_factory=dict)
    raws: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spellings:
    """The legacy values of one clean value. `complement`: all values but these, with null if `or_null`."""

    values: tuple[Raw, ...]
    complement: bool = False
    or_null: bool = False


class SqlForms(Protocol):
    """The SQL forms that decoders build expressions from; none can fail at run time."""

    def shaped(self, column: Expression, shape: str) -> sa.ColumnElement[bool]:
        """Whether a text has exactly this shape: `#` is an ASCII digit, anything else is itself."""
        ...

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        """Whether a text holds none of the letters a to z."""
        ...

    def whole_number(self, column: Expression) -> Expression:
        """The column if it holds a whole number, else null: SQLite stores anything in any column."""
        ...

    def degrees(self, column: Expression) -> Expression:
        """The number of a text in degrees; for any other text some number, or null."""
        ...

    def part(self, column: Expression, start: int, length: int) -> Expression:
        """`length` characters from position `start`, counted from 1."""
        ...

    def joined(self, *parts: Expression) -> Expression:
        """The parts, concatenated."""
        ...

    def one_of(self, column: Expression, values: Sequence[Raw]) -> sa.ColumnElement[bool]:
        """Whether a column is exactly one of the constants, whatever its collation."""
        ...

    def unless(self, column: Expression, values: Sequence[str]) -> Expression:
        """The column, or null where it is exactly one of the constants."""
        ...

    def constant(self, value: str) -> Expression:
        """A literal in the statement's text."""
        ...

    def epoch_seconds(self, column: Expression) -> Expression | None:
        """The whole seconds since 1970 of a text that is a valid moment of RFC 3339; None if they are computed."""
        ...


class Decoder(Protocol):
    """Cleans one field. `arity` is the number of legacy columns, `operators` are the supported comparisons.

    `raw_type` is what the source stores, str or int; None if it may be either.
    """

    @property
    def clean_type(self) -> type: ...

    @property
    def raw_type(self) -> type | None: ...

    @property
    def arity(self) -> int: ...

    @property
    def operators(self) -> frozenset[Operator]: ...

    def decode(self, *columns: Sequence[object]) -> Decoded: ...

    def encode(self, value: object) -> Spellings:
        """The spelling variants of a clean value; none if the source cannot store it."""
        ...

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """The canonical text or number, for ranges, orders and groups."""
        ...

    def comparable(self, value: object) -> Raw:
        """A clean value as `expression` writes it. Raises ValueError if it cannot be compared."""
        ...


class Unwritable(ValueError):
    """A value of which the source has no spelling. The text says why, without the value."""


@runtime_checkable
class Writes(Protocol):
    """A decoder of a field that the hub may also write."""

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """The one spelling of a value that today's app of the department writes, by legacy column; null for None.

        `decode` gives the value back, a moment or a position as exactly as the column holds it. Dirt is never written:
        raises Unwritable for a value that the source cannot store.
        """
        ...


class WritesFirst:
    """A decoder that writes the first spelling of `encode`: a mapping names the one of today's app first."""

    __slots__ = ()

    def write(self, value: object) -> tuple[Raw | None, ...]:
        if value is None:
            return (None,)
        spelled = self.encode(value)  # type: ignore[attr-defined]  # of the decoder
        if spelled.complement or not spelled.values:
            raise Unwritable("no spelling means this value")
        return (spelled.values[0],)


class WritesAsRead:
    """A decoder that writes a text as it stands, if it reads the same text from it."""

    __slots__ = ()

    def write(self, value: object) -> tuple[Raw | None, ...]:
        if value is None:
            return (None,)
        if not isinstance(value, str) or self.decode([value]).values[0] != value:  # type: ignore[attr-defined]  # of the decoder
            raise Unwritable("this text would be read as another one, or as none")
        return (value,)


@runtime_checkable
class CutsMoments(Protocol):
    """A decoder of days or moments that can also group rows cheaply by year, month, day or hour."""

    def beginning(self, columns: Sequence[Expression], sql: SqlForms, chars: int) -> Expression:
        """The stored digits of the first `chars` characters of the canonical text.

        Null only where `decode` returns null. Where only `decode` returns null, `begun` does too.
        """
        ...

    def begun(self, stored: Sequence[str | None], chars: int) -> Column:
        """The first clean value with each of these beginnings; None for an invalid one."""
        ...


class Surprise(ValueError):
    """A text that means nothing: its column is decoded with care."""


class Memory(dict[object, Any]):
    """What the texts of a column mean. Columns repeat them, and a lookup takes a tenth of the time of cleaning.

    It keeps only short texts that mean something: people write anything into any column. A decoder has no memory until
    a mapping gives it one, and a mapping has none for personal fields (`Mapping`).
    """

    def __init__(self, clean: Callable[[str], object], nulls: Sequence[str] = ()) -> None:
        self._clean = clean
        self._nothing: dict[object, object] = {None: None, **{null: clean(null) for null in nulls}}
        super().__init__(self._nothing)

    def __missing__(self, value: object) -> Any:
        meaning = self._clean(value) if isinstance(value, str) else None
        if meaning is None:
            raise Surprise
        if len(self) >= MEANINGS_MAX:
            self.clear()
            self.update(self._nothing)
        if len(value) <= MEANING_CHARS_MAX:  # type: ignore[arg-type]  # what is no text was a surprise
            self[value] = meaning
        return meaning

    def meaning(self, value: str) -> Any:
        """The meaning of a text, None for a flaw."""
        try:
            return self[value]
        except Surprise:
            return None


MEANINGS_MAX = 5_000
"""How many texts each memory holds: days of 13 years, or all minutes of a day; a city has a few hundred codes."""
MEANING_CHARS_MAX = 64


@runtime_checkable
class Remembers(Protocol):
    """A decoder that decodes faster with a memory."""

    def remembering(self) -> Decoder:
        """The same decoder with an empty memory."""
        ...


def cleaned(column: Sequence[object], clean: Callable[[str], object] | Memory, nulls: Sequence[str]) -> Decoded:
    """Clean a column of texts, each distinct one once; a text that is neither clean nor in `nulls` is a flaw."""
    if isinstance(clean, Memory):
        try:
            return Decoded(list(map(clean.__getitem__, column)))
        except Surprise:
            clean = clean.meaning
    known = {value: clean(value) if isinstance(value, str) else None for value in set(column)}
    flawed = {value for value, meaning in known.items() if meaning is None} - {None, *nulls}
    bad = sum(value in flawed for value in column) if flawed else 0
    return Decoded([known[value] for value in column], {FindingKind.UNDECODABLE: bad} if bad else {})


class OnlyRead:
    """A decoder that only decodes: it supports no comparison, so no filter or order uses it."""

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
    """Cleans one text by `clean`, which returns None for a flaw. `nulls` are the texts that mean null."""

    clean_type: type
    clean: Callable[[str], object]
    nulls: tuple[str, ...]
    raw_type: type = str
    arity: int = 1
    _memory: Memory | None = field(default=None, compare=False, repr=False)

    def remembering(self) -> ReadOnly:
        return replace(self, _memory=Memory(self._clean, self.nulls))

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._memory or self._clean, self.nulls)

    def _clean(self, value: str) -> object:
        return None if value in self.nulls else self.clean(value)
