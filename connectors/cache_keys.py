"""Cache keys: one name per question, by HMAC, so that no value of a question stands in it; and a seal for each answer.

Two questions share a name only where they are the same one, asked of the same source by the same mapping. The seal lets
nothing be read back that this hub did not write under that very name.
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
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.mapping import Mapping

FORMAT = 2
"""Part of every name: raised whenever the hub would read what is kept under a name differently than it was written."""
SEAL_BYTES = 32

Question = Criteria | CountCriteria | GroupCriteria


class NotNameable(Exception):
    """A question holds a value of a kind that has no name; such a question is not cached."""


class CacheKeys:
    """Names and seals with keys that are derived from the hub's secret.

    `scope` is what a shared cache must tell apart: the city and where its sources are.
    """

    def __init__(self, secret: bytes, scope: str = "") -> None:
        info = b"simpul reads 1 " + scope.encode()
        keys = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=info).derive(secret)
        self._naming, self._sealing = keys[:32], keys[32:]

    def name(self, binding: Binding, question: Question) -> str:
        """The name of a question to the source of a binding. Raises NotNameable."""
        words = [FORMAT, binding.place, _version(binding.mapping), sorted(binding.missing), _words(question)]
        try:
            return hmac.digest(self._naming, msgspec.msgpack.encode(words), "sha256").hex()
        except (ValueError, OverflowError) as error:
            # A text that is none, or a number over 64 bits. The error's own words may hold it.
            raise NotNameable(type(error).__name__) from None

    def sealed(self, name: str, data: bytes) -> bytes:
        return hmac.digest(self._sealing, name.encode() + data, "sha256") + data

    def opened(self, name: str, sealed: bytes) -> bytes | None:
        """What was sealed under a name; None for anything else."""
        seal, data = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
        genuine = hmac.digest(self._sealing, name.encode() + data, "sha256")
        return data if hmac.compare_digest(seal, genuine) else None


# --- Questions as words -----------------------------------------------------------------------------------------------

_AS_IS: frozenset[type] = frozenset({str, int, float, bool, bytes, type(None)})


def _words(value: object) -> object:
    """A value as itself or as a list that begins with the name of its type, so that unequal values never look alike."""
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
    """One moment may be written with many offsets."""
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
    """Changes with whatever decides what a source is asked for and how it is compared, and is the same in each process.

    Functions in decoders count by their names: who changes what one does to a question changes FORMAT. Raises
    NotNameable for what can be said in one dialect of SQL only.
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
    """As `repr`, without what differs from process to process: addresses, and the order of sets."""
    kind = type(value).__name__
    if isinstance(value, frozenset | set):
        return f"{kind}({', '.join(sorted(map(_described, value)))})"
    if isinstance(value, Dictionary):
        return f"{{{', '.join(f'{_described(key)}: {_described(one)}' for key, one in value.items())}}}"
    if isinstance(value, tuple | list):
        return f"{kind}({', '.join(map(_described, value))})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return f"{kind}({', '.join(_described(getattr(value, name)) for name in value.__dataclass_fields__)})"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
