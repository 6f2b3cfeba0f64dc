"""Short texts in the two languages of the hub."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Language(Enum):
    """A language of labels and error messages (BCP 47 primary tag)."""

    ID = "id"
    EN = "en"


Languages = tuple[Language, ...]
"""The languages of a city, the first one for those who ask for none of them."""


@dataclass(frozen=True, slots=True)
class Localized:
    """One meaning in every language of the hub."""

    id: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.id if language is Language.ID else self.en
