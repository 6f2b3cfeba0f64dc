"""Addresses: e-mail addresses in lower case, people by their city's identity, and links that are safe to follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from connectors.decoders.protocol import Decoded, Expression, Raw, ReadOnly, Spellings, SqlForms, WritesFirst, cleaned
from models.predicates import Operator
from models.values.identity import EMAIL, Identity
from models.values.types import URL_CHARS_MAX, Url


@dataclass(frozen=True, slots=True)
class Person(WritesFirst):
    """A person by a scheme of identity, in one of its spellings. It supports equality only."""

    identity: Identity
    nulls: tuple[str, ...]
    clean_type: type
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> str | None:
        try:
            found = self.identity.parse(value)
        except ValueError:
            return None
        return self.clean_type(found) if value in self.identity.spellings(found) else None

    def encode(self, value: object) -> Spellings:
        return Spellings(self.identity.spellings(str(value)) if self._clean(str(value)) == value else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        raise NotImplementedError("people are neither sorted nor searched for nulls")

    def comparable(self, value: object) -> Raw:
        raise NotImplementedError("people are neither sorted nor searched for nulls")


def email(*, nulls: tuple[str, ...] = ("", "-")) -> Person:
    """An e-mail address, in lower case and without blanks around it."""
    return Person(EMAIL, nulls, str)


def person(identity: Identity, *, nulls: tuple[str, ...] = ("", "-")) -> Person:
    """A person by the city's scheme of identity. For a NIK, `nik` also reads columns that are padded."""
    return Person(identity, nulls, identity.kind)


_UNWRITTEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
"""Control characters, some of which browsers ignore, and the backslash, which they take for a slash."""
_KEPT = "%:/?#[]@!$&'()*+,;=~"
"""The characters with a meaning in a URL, which stay unquoted."""
_FILE = re.compile(r"(?!\.\.?(?:/|$))[^/:?#]+(?:/(?!\.\.?(?:/|$))[^/:?#]+)*")


def url(*, below: str = "", nulls: tuple[str, ...] = ("", "-")) -> ReadOnly:
    """An http(s) link; blanks and non-ASCII letters are quoted as in RFC 3987. Other schemes and hidden hosts are null.

    `below` is the base of relative links, such as `https://portal.example.com/foto/`.
    """

    def clean(text: str) -> Url | None:
        written = text.strip(" ")
        if len(written) > URL_CHARS_MAX or _UNWRITTEN.search(written):
            return None
        if below and _FILE.fullmatch(written):
            written = below + written
        try:
            return Url(quote(written, safe=_KEPT))
        except ValueError:
            return None

    return ReadOnly(Url, clean, nulls)
