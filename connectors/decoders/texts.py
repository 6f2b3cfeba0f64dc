"""Texts: exact ones that can be compared, capitals that become names, and prose that is repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Expression, Raw, Spellings, SqlForms
from connectors.decoders.read_only import OnlyRead
from models.findings import FindingKind
from models.predicates import Operator

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""NUL, and the escapes of bytes that are no UTF-8: no clean text has them."""


def _storable(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise ValueError("no text of a source has NUL or half a character")
    return text


def _is_storable(values: Sequence[object]) -> bool:
    """Whether all of these are texts that can be stored: looked at as one text, which takes a fraction of the time."""
    try:
        text = "".join(values)  # type: ignore[arg-type]  # what is no text raises
        if not text.isascii():
            text.encode()
    except (TypeError, UnicodeEncodeError):
        return False
    return "\0" not in text


@dataclass(frozen=True, slots=True)
class ExactText:
    """A text that is kept as it is stored. `nulls` are the spellings of nothing."""

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE | {Operator.CONTAINS}

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        nulls = {None, *self.nulls}
        values: list[object] = [None if value in nulls else value for value in column]
        if _is_storable([value for value in values if value is not None]):
            return Decoded(values)
        bad = [row for row, value in enumerate(values) if value is not None and not self._clean(value)]
        for row in bad:
            values[row] = None
        return Decoded(values, {FindingKind.UNDECODABLE: len(bad)} if bad else {})

    def _clean(self, value: object) -> bool:
        return isinstance(value, str) and not _UNSTORABLE.search(value)

    def encode(self, value: object) -> Spellings:
        storable = isinstance(value, str) and self._clean(value) and value not in self.nulls
        return Spellings((value,) if storable and isinstance(value, str) else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        (column,) = columns
        if not self.nulls:
            return column
        return sa.case((sql.one_of(column, self.nulls), sa.null()), else_=column)

    def comparable(self, value: object) -> Raw:
        return _storable(str(value))


def text(*, nulls: tuple[str, ...] = ("", "-")) -> ExactText:
    """A text that is kept as it is stored."""
    return ExactText(nulls)


_REFUSED_IN_CAPITALS = re.compile(r"[a-z\x00\ud800-\udfff]")
_WORD_REST = re.compile(r"(?<=[^\W\d_])[A-Z]+")
_ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_ASCII_UPPER = str.maketrans({chr(code + 32): chr(code) for code in range(ord("A"), ord("Z") + 1)})


def _named(capital: str) -> str:
    """Only A to Z change, so that every name has one spelling: other letters fold in ways that no database shares."""
    return _WORD_REST.sub(lambda rest: rest.group().translate(_ASCII_LOWER), capital)


@dataclass(frozen=True, slots=True)
class Capitals:
    """A name that the source stores in capitals, `KARANG TENGAH`, and that people write `Karang Tengah`."""

    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE | {Operator.CONTAINS}

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = []
        bad = 0
        for value in column:
            if isinstance(value, str) and value and not _REFUSED_IN_CAPITALS.search(value):
                values.append(_named(value))
            else:
                bad += value is not None and value != ""
                values.append(None)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def encode(self, value: object) -> Spellings:
        capital = str(value).translate(_ASCII_UPPER)
        storable = capital and _named(capital) == value and not _REFUSED_IN_CAPITALS.search(capital)
        return Spellings((capital,) if storable else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        (column,) = columns
        return sa.case((sql.one_of(column, [""]), sa.null()), (sql.without_lowercase(column), column))

    def comparable(self, value: object) -> Raw:
        return _storable(str(value).translate(_ASCII_UPPER))


def capitals() -> Capitals:
    """A name that the source stores in capitals."""
    return Capitals()


_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PersonName(OnlyRead):
    """The name of a person or of a place where people are born, in capitals or as people write it; it is only read.

    Unlike a name of `capitals` it keeps whatever case it is stored in, if that has small letters at all.
    """

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        repaired = Prose(self.nulls).decode(*columns)
        return Decoded([_in_words(value) for value in repaired.values], repaired.flaws)


def person_name(*, nulls: tuple[str, ...] = ("", "-")) -> PersonName:
    """The name of a person, `SITI RAHMA` or `Siti Rahma`."""
    return PersonName(nulls)


def _in_words(name: object) -> object:
    if not isinstance(name, str) or name != name.upper():
        return name
    return _WORD.sub(lambda word: word.group()[0] + word.group()[1:].lower(), name)


_MOJIBAKE_RUN = re.compile(r"[^\x00-\x7f]+")
_MOJIBAKE = re.compile(r"[ÂÃâ][\x80-\xff€‚ƒ„…†‡ˆ‰Š‹Œ\u017d‘’“”•–—˜™š›œ\u017eŸ]")  # noqa: RUF001  # look-alikes are the point


@dataclass(frozen=True, slots=True)
class Prose(OnlyRead):
    """What people wrote: Windows-1252 bytes, and UTF-8 read as such, are repaired, NUL is dropped, ends are trimmed.

    It can be read, and nothing else: no index serves a text that has to be repaired first.
    """

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = []
        bad = 0
        for value in column:
            clean = _repaired(value)
            bad += clean is None and value is not None
            values.append(None if clean is None or clean in self.nulls else clean)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})


def prose(*, nulls: tuple[str, ...] = ("", "-")) -> Prose:
    """What people wrote, repaired."""
    return Prose(nulls)


def _repaired(value: object) -> str | None:
    """The clean text, or None when the bytes mean nothing in any encoding that the hub knows."""
    if not isinstance(value, str):
        return None
    if value.isascii() and "\0" not in value:
        return value.strip()
    text = value.replace("\0", "")
    if _UNSTORABLE.search(text):
        try:
            text = text.encode("utf-8", "surrogateescape").decode("cp1252")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return None
    if _MOJIBAKE.search(text):
        text = _MOJIBAKE_RUN.sub(_once_less, text)
    return text.strip()


def _once_less(run: re.Match[str]) -> str:
    """A run of non-ASCII characters as it was before somebody read its UTF-8 as Windows-1252, if somebody did."""
    try:
        return run.group().encode("cp1252").decode("utf-8")
    except UnicodeError:
        return run.group()
