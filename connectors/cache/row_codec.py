"""Row codec: answers of sources <-> msgpack bytes for a cache. Pure; bytes never make it run code.

A value comes back equal and of the same type, or the answer is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from connectors.protocol import RawGroups, Rows


class NotStorable(Exception):
    """An answer holds a value that this codec or msgpack cannot encode."""


class Unreadable(Exception):
    """The bytes are not an answer."""


class _StoredRows(msgspec.Struct, array_like=True, frozen=True):
    length: int
    columns: dict[str, list[Any]]
    keyset: list[tuple[Any, ...]]
    parents: list[int]
    joined: tuple[dict[str, list[Any]], ...]
    copied_at: datetime | None


class _StoredGroups(msgspec.Struct, array_like=True, frozen=True):
    length: int
    columns: dict[str, list[Any]]
    moments: list[str | None]
    counts: list[int]
    copied_at: datetime | None
    oldest: list[str | None]


def packed_rows(rows: Rows) -> bytes:
    """Raises NotStorable."""
    try:
        return _encoded(_stored(rows, _storable))
    except UnicodeEncodeError:
        # Connectors keep invalid legacy bytes as surrogates. That is rare, so only then is each value escaped.
        return _encoded(_stored(rows, lambda values: _storable(map(_escaped, values))))


def _stored(rows: Rows, storable: Callable[[Iterable[object]], list[object]]) -> _StoredRows:
    return _StoredRows(
        rows.length,
        {name: storable(column) for name, column in rows.columns.items()},
        [tuple(storable(values)) for values in rows.keyset],
        list(rows.parents),
        tuple({name: storable(column) for name, column in one.items()} for one in rows.joined),
        rows.copied_at,
    )


def unpacked_rows(data: bytes | msgspec.Raw) -> Rows:
    """Raises Unreadable."""
    stored = _decoded(_ROWS, data)
    return Rows(stored.length, stored.columns, stored.keyset, stored.parents, stored.joined, stored.copied_at)


def packed_groups(groups: RawGroups) -> bytes:
    """Raises NotStorable."""
    try:
        return _encoded(_stored_groups(groups, _storable))
    except UnicodeEncodeError:
        return _encoded(_stored_groups(groups, lambda values: _storable(map(_escaped, values))))


def _stored_groups(groups: RawGroups, storable: Callable[[Iterable[object]], list[object]]) -> _StoredGroups:
    columns = {name: storable(column) for name, column in groups.columns.items()}
    moments, counts, oldest = list(groups.moments), list(groups.counts), list(groups.oldest)
    return _StoredGroups(groups.length, columns, moments, counts, groups.copied_at, oldest)


def unpacked_groups(data: bytes | msgspec.Raw) -> RawGroups:
    """Raises Unreadable."""
    stored = _decoded(_GROUPS, data)
    return RawGroups(stored.length, stored.columns, stored.moments, stored.counts, stored.copied_at, stored.oldest)


def packed_counts(counts: Sequence[int]) -> bytes:
    """Raises NotStorable."""
    return _encoded(_storable(counts))


def unpacked_counts(data: bytes | msgspec.Raw) -> list[int]:
    """Raises Unreadable."""
    counts: list[int] = _decoded(_COUNTS, data)
    return counts


# --- Values -----------------------------------------------------------------------------------------------------------

_AS_IS: frozenset[type] = frozenset({str, int, float, bool, bytes, type(None)})


def _storable(values: Iterable[object]) -> list[object]:
    values = list(values)
    if _AS_IS.issuperset(map(type, values)):
        return values
    return [value if type(value) in _AS_IS else _extension(value) for value in values]


def _escaped(value: object) -> object:
    """A text with surrogates as its marked bytes; anything else unchanged."""
    if type(value) is not str or value.isprintable():
        return value
    return Ext(_NO_TEXT, value.encode(errors="surrogatepass"))


def _extension(value: object) -> Ext:
    if type(value) is Ext:
        return value
    code = _CODES.get(type(value))
    if code is None:
        raise NotStorable(type(value).__name__)
    return Ext(code, _TO_TEXT[code](value).encode())


def _days_and_less(value: timedelta) -> str:
    return f"{value.days} {value.seconds} {value.microseconds}"


def _timedelta(text: str) -> timedelta:
    days, seconds, microseconds = map(int, text.split(" "))
    return timedelta(days, seconds, microseconds)


_NO_TEXT = 6
_CODES: dict[type, int] = {Decimal: 1, datetime: 2, date: 3, time: 4, timedelta: 5}
_TO_TEXT: dict[int, Callable[[Any], str]] = {
    1: str,
    2: datetime.isoformat,
    3: date.isoformat,
    4: time.isoformat,
    5: _days_and_less,
}
_FROM_TEXT: dict[int, Callable[[str], object]] = {
    1: Decimal,
    2: datetime.fromisoformat,
    3: date.fromisoformat,
    4: time.fromisoformat,
    5: _timedelta,
}


def _from_extension(code: int, data: memoryview) -> object:
    if code == _NO_TEXT:
        return bytes(data).decode(errors="surrogatepass")
    return _FROM_TEXT[code](bytes(data).decode())


# --- Bytes ------------------------------------------------------------------------------------------------------------

_ENCODER = msgspec.msgpack.Encoder()
_ROWS = msgspec.msgpack.Decoder(_StoredRows, ext_hook=_from_extension)
_GROUPS = msgspec.msgpack.Decoder(_StoredGroups, ext_hook=_from_extension)
_COUNTS = msgspec.msgpack.Decoder(list[int])


def _encoded(value: object) -> bytes:
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        # Such as a number over 64 bits. The error's message may hold the value, so it is dropped.
        raise NotStorable(type(error).__name__) from None


def _decoded(decoder: msgspec.msgpack.Decoder[Any], data: bytes | msgspec.Raw) -> Any:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, KeyError, ArithmeticError) as error:
        raise Unreadable(type(error).__name__) from None
