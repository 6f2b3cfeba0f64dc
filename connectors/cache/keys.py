"""Cache keys: an HMAC name for each question, which reveals no value, and a seal for each answer.

Two questions share a name only if source, mapping and question are the same. The seal rejects whatever this hub did not
write under that name.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import hmac
import re
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
import sqlalchemy as sa

from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.mapping import Mapping
from models.changes import NO_CHANGES, NewestChanges
from models.keys import derived_key

FORMAT = 2
"""Part of every name. Raise it when the meaning of kept bytes changes."""
SEAL_BYTES = 32

Question = Criteria | CountCriteria | GroupCriteria


class NotNameable(Exception):
    """A question holds a value that cannot be named; it is not cached."""


class CacheKeys:
    """Names and seals, with keys derived from the hub's secret.

    `scope` separates hubs that share a cache: the city and the addresses of its sources. `changes` has the newest
    change by the hub of each record, as it is known now: what was read before it has another name.
    """

    def __init__(self, secret: bytes, scope: str = "", changes: NewestChanges = NO_CHANGES) -> None:
        info = b"simpul reads 1 " + scope.encode()
        keys = derived_key(secret, info, 64)
        self._naming, self._sealing = keys[:32], keys[32:]
        self._changes = changes

    def name(self, binding: Binding, question: Question) -> str:
        """The cache name of a question to a binding. Raises NotNameable."""
        words = [FORMAT, binding.place, _version(binding.mapping), sorted(binding.missing), _words(question)]
        if self._changes:
            changes = [self._changes.get(record, 0) for record in _records_of(binding, question)]
            words += [changes] if any(changes) else []
        try:
            return hmac.digest(self._naming, msgspec.msgpack.encode(words), "sha256").hex()
        except (ValueError, OverflowError) as error:
            # An invalid text, or a number over 64 bits. The error's message may quote it.
            raise NotNameable(type(error).__name__) from None

    def sealed(self, name: str, data: bytes) -> bytes:
        return hmac.digest(self._sealing, name.encode() + data, "sha256") + data

    def opened(self, name: str, sealed: bytes) -> bytes | None:
        """The data that was sealed under this name; None for anything else."""
        seal, data = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
        genuine = hmac.digest(self._sealing, name.encode() + data, "sha256")
        return data if hmac.compare_digest(seal, genuine) else None


def _records_of(binding: Binding, question: Question) -> list[str]:
    """The records from which the answer comes, in an order that depends on the question alone."""
    joined = question.joins if isinstance(question, Criteria) else ()
    others = (*(join.target for join in joined), *question.related)
    return [binding.mapping.record.name, *(mapping.record.name for mapping in others)]


# --- Questions as words -----------------------------------------------------------------------------------------------

_AS_IS: frozenset[type] = frozenset({str, int, float, bool, bytes, type(None)})


def _words(value: object) -> object:
    """A value as itself, or as a list that begins with the name of its type, so that unequal values differ."""
    kind: type[Any] = type(value)
    if kind in _AS_IS:
        return value
    if isinstance(value, Enum):
        return [kind.__name__, value.name]
    if isinstance(value, tuple):
        return [kind.__name__, *map(_words, value)]
    if isinstance(value, Mapping):
        return [kind.__name__, _version(value)]
    if dataclasses.is_dataclass(value):
        return [kind.__name__, *(_words(getattr(value, name)) for name in value.__dataclass_fields__)]
    if isinstance(value, str):
        return [kind.__name__, str(value)]
    text = _TEXTS.get(kind)
    if text is None:
        raise NotNameable(kind.__name__)
    return [kind.__name__, text(value)]


def _moment(value: datetime) -> str:
    """In UTC, because one moment can be written with many offsets."""
    return value.isoformat() if value.tzinfo is None else repr(value - _EPOCH)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_TEXTS: dict[type, Callable[[Any], str]] = {
    datetime: _moment,
    date: str,
    time: str,
    timedelta: repr,
    Decimal: str,
}


@functools.lru_cache(maxsize=512)
def _version(mapping: Mapping) -> str:
    """A text that changes with the mapping and is the same in every process.

    Functions in decoders count by name: raise FORMAT when one changes. Raises NotNameable for a selectable that only
    one SQL dialect can compile.
    """
    try:
        table = mapping.selectable.compile(compile_kwargs={"literal_binds": True})
    except sa.exc.SQLAlchemyError as error:
        raise NotNameable(type(error).__name__) from error
    columns = [(column.key, str(column.type)) for column in mapping.selectable.c]
    parts = (str(table), getattr(mapping.selectable, "fullname", ""), columns, mapping.columns)
    rest = (mapping.record.name, mapping.source, mapping.conditions_alive, mapping.as_of, mapping.unique_key)
    return hashlib.sha256(_described((parts, rest)).encode()).hexdigest()


def _described(value: object) -> str:
    """`repr` without what differs between processes: memory addresses, the order of sets, what decoders remember."""
    kind = type(value).__name__
    if isinstance(value, frozenset | set):
        return f"{kind}({', '.join(sorted(map(_described, value)))})"
    if isinstance(value, Dictionary):
        return f"{{{', '.join(f'{_described(key)}: {_described(one)}' for key, one in value.items())}}}"
    if isinstance(value, tuple | list):
        return f"{kind}({', '.join(map(_described, value))})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        means = [_described(getattr(value, one.name)) for one in dataclasses.fields(value) if one.compare]
        return f"{kind}({', '.join(means)})"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
