"""A short text in the two languages that the hub speaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Language(Enum):
    """A language of labels and error messages (BCP 47 primary tag)."""

    ID = "id"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Localized:
    """One meaning in every language of the hub."""

    id: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.id if language is Language.ID else self.en
