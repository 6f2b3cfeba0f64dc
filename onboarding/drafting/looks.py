"""Looks: features of the sampled values of a column, mostly shares of their forms. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from connectors.decoders import email, nik, time_of_day
from connectors.decoders.protocol import Decoder
from onboarding.drafting.tables import SampledColumn
from onboarding.drafting.words.lexicon import NOTHING

CUT_VALUES_MIN = 5

_PHONE = re.compile(r"(?:\+|00)?(?:62|0|\(0)[0-9 ().-]{7,18}|[1-9][0-9]{2}[ -][0-9]{3}[ -]?[0-9]{3,5}")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(?:nbsp|amp|quot|lt|gt|#[0-9]+);")
_FILE = re.compile(r"\S+\.(?:jpe?g|png|gif|webp|bmp|pdf)", re.IGNORECASE)
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ud800-\udfff\ufffd]|[ÂÃâ][\x80-\xff€‚„†‡‰‹‘’“”•–—˜™›œ]")  # noqa: RUF001  # look-alikes are the point
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{1,15})?")


def is_nothing(value: object) -> bool:
    """Whether a value means null."""
    return isinstance(value, str) and value.strip().lower() in NOTHING


@dataclass(frozen=True)
class Looks:
    """The features of one column; not slotted, for cached properties."""

    column: SampledColumn

    @cached_property
    def said(self) -> dict[str, int]:
        """The different texts that do not mean null, and how often each occurs."""
        return {text: count for text, count in self.column.texts.items() if not is_nothing(text)}

    @cached_property
    def nothings(self) -> tuple[str, ...]:
        """The texts in the column that mean null."""
        return tuple(sorted(text for text in self.column.texts if is_nothing(text)))

    @cached_property
    def total(self) -> int:
        return sum(self.said.values())

    def count(self, test: Callable[[str], object]) -> int:
        return sum(count for text, count in self.said.items() if test(text))

    def share(self, test: Callable[[str], object]) -> float:
        return self.count(test) / self.total if self.total else 0.0

    def mean(self, measure: Callable[[str], int]) -> float:
        return sum(measure(text) * count for text, count in self.said.items()) / self.total if self.total else 0.0

    @cached_property
    def emails(self) -> float:
        return self.share(is_email)

    @cached_property
    def niks(self) -> float:
        return self.share(is_resident_number)

    @cached_property
    def phones(self) -> float:
        return self.share(is_phone)

    @cached_property
    def clocks(self) -> float:
        return self.share(lambda text: _decodes(time_of_day(), text[:5]) and len(text) in (5, 8))

    @cached_property
    def tags(self) -> float:
        return self.share(_TAG.search)

    @cached_property
    def files(self) -> float:
        return self.share(_FILE.fullmatch)

    @cached_property
    def letters(self) -> float:
        return self.share(lambda text: len(_LETTER.findall(text)) * 2 > len(text))

    @cached_property
    def capitals(self) -> float:
        return self.share(lambda text: _LETTER.search(text) and not re.search(r"[a-z]", text))

    @cached_property
    def numbers(self) -> float:
        return self.share(lambda text: _NUMBER.fullmatch(text.strip()))

    @cached_property
    def words(self) -> float:
        """The average number of words of a text."""
        return self.mean(lambda text: len(text.split()))

    @cached_property
    def broken(self) -> int:
        """The number of texts with bytes of another encoding or with control characters."""
        return self.count(_BROKEN.search)

    @cached_property
    def cut(self) -> int:
        """The number of long texts that fill the column's width, and so were probably cut off."""
        width = self.column.declared.width
        if width is None or width < 15 or len(self.said) < 2 * CUT_VALUES_MIN:
            return 0
        full = self.count(lambda text: len(text) == width)
        return full if CUT_VALUES_MIN <= full < self.total else 0

    @cached_property
    def personal(self) -> float:
        """The share of values whose form identifies people: resident numbers, phones and addresses."""
        return max(self.niks, self.phones, self.emails)


def is_email(text: str) -> bool:
    return "@" in text and _decodes(email(), text)


def is_resident_number(text: str) -> bool:
    return len(text) >= 16 and _decodes(nik(), text)


def is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text.strip()) is not None and not _decodes(nik(), text)


def _decodes(decoder: Decoder, text: str) -> bool:
    return decoder.decode([text]).values[0] is not None
