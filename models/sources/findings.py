"""Finding: a counted fact about the data quality of a source, never a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

COUNT_MAX: Final = 2**63 - 1
"""The largest count that is stored, in 64 bits; larger sums stay at it."""

# Names are identifiers of the code. The pattern refuses legacy values (a NIK, a date, a sentence).
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


class FindingKind(Enum):
    """What is wrong. A member is written `NAME = "NAME", description`."""

    description: str

    UNDECODABLE = "UNDECODABLE", "A value is in none of the spellings that the mapping knows, so it is shown as null."
    UNKNOWN_CODE = "UNKNOWN_CODE", "A code is not in the mapping's list, so it is shown as UNKNOWN."
    INVALID_TEXT = "INVALID_TEXT", "A text holds bytes that are not text in the encoding of the source."
    TRUNCATED = "TRUNCATED", "A text fills its column's width and was probably cut there."
    MISSING_KEY = "MISSING_KEY", "A row has no usable key, so that it cannot be addressed."
    DUPLICATE_KEY = "DUPLICATE_KEY", "A key that should be unique is carried by more than one row."
    BROKEN_REFERENCE = "BROKEN_REFERENCE", "A value refers to a record that does not exist."
    SWAPPED_COORDINATES = "SWAPPED_COORDINATES", "Latitude and longitude were exchanged, and are shown put right."
    OUTSIDE_CITY = "OUTSIDE_CITY", "A position lies outside the city's box, so it is shown as null."
    CONTRADICTION = (
        "CONTRADICTION",
        "Two columns of a row say different things; the one that the mapping trusts is shown.",
    )
    MISSING_COLUMN = "MISSING_COLUMN", "A column that the mapping reads is no longer in the source."
    CHANGED_TYPE = "CHANGED_TYPE", "A column has another type than the mapping was written for."
    UNREADABLE = "UNREADABLE", "A file or an answer of the source cannot be read; what was loaded before is kept."
    TOO_LARGE = "TOO_LARGE", "A file or an answer is larger than the hub takes; what was loaded before is kept."
    TOO_MANY = (
        "TOO_MANY",
        "There are more files, or times of events, than the hub takes; the newest files and the first times are used.",
    )
    EMPTY = "EMPTY", "The source has nothing where it had rows before; what was loaded before is kept."
    LATE = "LATE", "What the source should have brought by now has not come."
    UNREACHABLE = "UNREACHABLE", "The source could not be reached to be loaded; what was loaded before is kept."
    UNSAFE_ADDRESS = "UNSAFE_ADDRESS", "The source leads to an address that the hub does not follow."
    OVERFLOW = (
        "OVERFLOW",
        "Findings whose place is not known, because the hub met more distinct ones than it keeps apart.",
    )
    UNKNOWN = "UNKNOWN", "A kind that was recorded by another version of the hub."

    def __new__(cls, code: str, description: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.description = description
        return member


@dataclass(frozen=True, slots=True)
class Finding:
    """`count` times, something of this kind was found at this place.

    `source`, `record` and `field` are identifiers, never legacy values; an empty `field` means the whole record. Raises
    ValueError for a malformed name, or a count outside of 1..COUNT_MAX; the message repeats neither, because a wrong
    value may be personal.
    """

    source: str
    record: str
    field: str
    kind: FindingKind
    count: int = 1

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.source) is None:
            raise ValueError("a finding's source must be the name of a source")
        if _NAME.fullmatch(self.record) is None:
            raise ValueError("a finding's record must be the name of a record")
        if self.field and _NAME.fullmatch(self.field) is None:
            raise ValueError("a finding's field must be the name of a field, or empty for the record as a whole")
        if not 1 <= self.count <= COUNT_MAX:
            raise ValueError("a finding's count must be at least 1 and fit into 64 bits")
