"""Looks: what the sampled values of a column look like, as shares. Nothing here keeps or shows a value. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from connectors.decoders import email, nik, time_of_day
from connectors.decoders.protocol import Decoder
from connectors.drafting.lexicon import NOTHING
from connectors.drafting.tables import SampledColumn

CUT_VALUES_MIN = 5

_PHONE = re.compile(r"(?:\+|00)?(?:62|0|\(0)[0-9 ().-]{7,18}|[1-9][0-9]{2}[ -][0-9]{3}[ -]?[0-9]{3,5}")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(?:nbsp|amp|quot|lt|gt|#[0-9]+);")
_FILE = re.compile(r"\S+\.(?:jpe?g|png|gif|webp|bmp|pdf)", re.IGNORECASE)
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ud800-\udfff\ufffd]|[ÂÃâ][\x80-\xff€‚„†‡‰‹‘’“”•–—˜™›œ]")  # noqa: RUF001  # look-alikes are the point
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{1,15})?")


def is_nothing(value: object) -> bool:
    """Whether a value is a spelling of nothing."""
    return isinstance(value, str) and value.strip().lower() in NOTHING


@dataclass(frozen=True)
class Looks:
    """What one column looks like; not slotted, for the shares that are kept."""

    column: SampledColumn

    @cached_property
    def said(self) -> dict[str, int]:
        """The different texts that say something, and how often each stands there."""
        return {text: count for text, count in self.column.texts.items() if not is_nothing(text)}

    @cached_property
    def nothings(self) -> tuple[str, ...]:
        """The spellings of nothing that stand there."""
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
        return self.share(lambda text: "@" in text and _decodes(email(), text))

    @cached_property
    def niks(self) -> float:
        return self.share(lambda text: len(text) >= 16 and _decodes(nik(), text))

    @cached_property
    def phones(self) -> float:
        return self.share(lambda text: _PHONE.fullmatch(text.strip()) and not _decodes(nik(), text))

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
        """How many words a text has, on average."""
        return self.mean(lambda text: len(text.split()))

    @cached_property
    def broken(self) -> int:
        """How many texts hold bytes of another encoding, or signs that no text has."""
        return self.count(_BROKEN.search)

    @cached_property
    def cut(self) -> int:
        """How many long texts are exactly as long as the column is wide, which says that they were cut off."""
        width = self.column.declared.width
        if width is None or width < 15 or len(self.said) < 2 * CUT_VALUES_MIN:
            return 0
        full = self.count(lambda text: len(text) == width)
        return full if CUT_VALUES_MIN <= full < self.total else 0

    @cached_property
    def personal(self) -> float:
        """The share of what identifies people by its form alone: numbers of residents, phones and addresses."""
        return max(self.niks, self.phones, self.emails)


def _decodes(decoder: Decoder, text: str) -> bool:
    return decoder.decode([text]).values[0] is not None
