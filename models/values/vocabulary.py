"""Enums whose members have a label in each language and a description, always with UNKNOWN."""

from __future__ import annotations

from enum import Enum
from typing import Self

from models.values.localized import Language, Localized

UNKNOWN = "UNKNOWN"


class Vocabulary(Enum):
    """A closed list of codes. A member is written `NAME = "NAME", label_id, label_en, description`.

    Every vocabulary has UNKNOWN, so that a code nobody has met before never fails a query.
    """

    label: Localized
    description: str

    def __new__(cls, code: str, label_id: str, label_en: str, description: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.label = Localized(label_id, label_en)
        member.description = description
        return member

    # Identity is enough: members equal only themselves, and Enum computes its hash in Python each time.
    __hash__ = object.__hash__

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if UNKNOWN not in cls.__members__:
            raise TypeError(f"{cls.__name__} has no member UNKNOWN")
        for name, member in cls.__members__.items():
            if member.value != name:
                raise TypeError(f"{cls.__name__}.{name} has the code {member.value}; name and code must be the same")

    def label_in(self, language: Language) -> str:
        return self.label.in_language(language)
