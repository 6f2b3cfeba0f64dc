"""Texts: exact texts, names in capitals or with brackets, and prose that is repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Expression,
    OnlyRead,
    Raw,
    Spellings,
    SqlForms,
    WritesAsRead,
    WritesFirst,
    cleaned,
)
from models.predicates import Operator
from models.sources.findings import FindingKind

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""NUL, and the surrogates of invalid UTF-8 bytes: no clean text has them."""


def _storable(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise ValueError("no text of a source has NUL or half a character")
    return text


def _joined(texts: Sequence[object]) -> str | None:
    """The texts as one, in which a look costs a fraction of one into each; None if one is not storable, or no text."""
    try:
        text = "".join(texts)  # type: ignore[arg-type]  # what is no text raises
        if not text.isascii():
            text.encode()
    except (TypeError, UnicodeEncodeError):
        return None
    return text if "\0" not in text else None


def _without(nulls: tuple[str, ...], texts: Sequence[object]) -> Sequence[object]:
    """The texts with None in the place of each of `nulls`."""
    if not any(null in texts for null in nulls):
        return texts
    return [None if text in nulls else text for text in texts]


@dataclass(frozen=True, slots=True)
class ExactText(WritesFirst):
    """A text as it is stored. `nulls` are the texts that mean null."""

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE | {Operator.CONTAINS}

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        if _joined([value for value in column if value is not None]) is not None:
            return Decoded(_without(self.nulls, column))
        nulls = {None, *self.nulls}
        values: list[object] = [None if value in nulls else value for value in column]
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
        return sql.unless(column, self.nulls) if self.nulls else column

    def comparable(self, value: object) -> Raw:
        return _storable(str(value))


def text(*, nulls: tuple[str, ...] = ("", "-")) -> ExactText:
    """A text as it is stored."""
    return ExactText(nulls)


_REFUSED_IN_CAPITALS = re.compile(r"[a-z\x00\ud800-\udfff]")
_WORD_REST = re.compile(r"(?<=[^\W\d_])[A-Z]+")
_ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_ASCII_UPPER = str.maketrans({chr(code + 32): chr(code) for code in range(ord("A"), ord("Z") + 1)})


def _named(capital: str) -> str:
    """Lower-case only A to Z within words: databases disagree about the case of other letters."""
    return _WORD_REST.sub(lambda rest: rest.group().translate(_ASCII_LOWER), capital)


@dataclass(frozen=True, slots=True)
class Capitals(WritesFirst):
    """A name that the source stores in capitals, `KARANG TENGAH` for `Karang Tengah`."""

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
class PersonName(WritesAsRead, OnlyRead):
    """The name of a person or a place of birth, in capitals or mixed case. Not compared.

    Unlike `capitals`, it keeps the stored case if there are lower-case letters.
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
class Prose(WritesAsRead, OnlyRead):
    """Free text: Windows-1252 bytes and mojibake are repaired, NUL is dropped, ends are trimmed. Not compared."""

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        repaired = _trimmed(column)
        if repaired is None:
            repaired = list(map(_repaired, column))
        bad = repaired.count(None) - column.count(None) if None in repaired else 0
        return Decoded(_without(self.nulls, repaired), {FindingKind.UNDECODABLE: bad} if bad else {})


def prose(*, nulls: tuple[str, ...] = ("", "-")) -> Prose:
    """Free text, repaired."""
    return Prose(nulls)


def _trimmed(column: Sequence[Any]) -> list[str | None] | None:
    """A column of texts and nulls, of which only what is not ASCII needs a look; None for any other column."""
    present = [value for value in column if value is not None]
    try:
        text = "".join(present)
    except TypeError:
        return None
    if "\0" in text:
        return None
    if text.isascii() and len(present) == len(column):
        return list(map(str.strip, column))
    return [value if value is None else value.strip() if value.isascii() else _repaired(value) for value in column]


def _repaired(value: object) -> str | None:
    """The clean text; None if the bytes are invalid in every known encoding."""
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
    """Undo one misreading of UTF-8 as Windows-1252 in a run of non-ASCII characters."""
    try:
        return run.group().encode("cp1252").decode("utf-8")
    except UnicodeError:
        return run.group()


@dataclass(frozen=True, slots=True)
class Bracketed(WritesFirst):
    """A text in which every bracket has a blank before it, or none has; perhaps with a trailing blank.

    It supports equality only, for keys.
    """

    nulls: tuple[str, ...]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = frozenset({Operator.IN})

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> str | None:
        spaced = _spaced(value.strip(" "))
        return spaced if value not in self.nulls and value in _spellings(spaced) else None

    def encode(self, value: object) -> Spellings:
        spelled = _spellings(str(value))
        return Spellings(tuple(text for text in spelled if self._clean(text) == value))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        raise NotImplementedError("a text with brackets declares neither order nor null")

    def comparable(self, value: object) -> Raw:
        raise NotImplementedError("a text with brackets declares neither order nor null")


def bracketed(*, nulls: tuple[str, ...] = ("", "-")) -> Bracketed:
    """A name with brackets, `Beras I/A (kg)` or `Beras I/A(kg)`; the first form is the clean one."""
    return Bracketed(nulls)


def _spaced(text: str) -> str:
    return text.replace(" (", "(").replace("(", " (")


def _spellings(spaced: str) -> tuple[str, ...]:
    tight = spaced.replace(" (", "(")
    return tuple(dict.fromkeys((spaced, tight, f"{spaced} ", f"{tight} ")))
